"""fan_out: whatever ends it, no call goes on, no input is lost in silence."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING

import pytest

from tests.support.scripted_server import HANG, reply, session_of
from workato_async import NotFoundError, fan_out

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.scripted_server import ScriptedServer
from tests.support.counting_worker import Worker, all_of


@pytest.fixture(autouse=True)
async def nothing_is_left() -> AsyncIterator[None]:
    """Whatever a test does, no task outlives its fan-out."""
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    assert {task for task in left if "aiohttp/web" not in repr(task)} == set()  # those are the server's


# --- leaving


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("way", ["break", "error", "at once"])
async def test_leaving_cancels_what_runs_and_waits_for_it(way: str, ordered: bool) -> None:
    ended = []

    async def tidy(item: int) -> int:
        try:
            await asyncio.sleep(1 if item == 0 else 1e6)
        except asyncio.CancelledError:
            await asyncio.sleep(2)  # takes its time to clean up
            ended.append(item)
            raise
        return item

    with pytest.raises(KeyError) if way == "error" else nullcontext():
        async with fan_out(tidy, range(100), concurrency=10, ordered=ordered) as outcomes:
            if way == "at once":
                await asyncio.sleep(0.5)
            else:
                assert (await anext(aiter(outcomes))).item == 0
                await asyncio.sleep(0.1)
            if way == "error":
                raise KeyError("mine")
    assert len(ended) == 10


@pytest.mark.parametrize("ordered", [False, True])
async def test_cancellation_from_outside_leaves_nothing_running(ordered: bool) -> None:
    worker = Worker(lambda n: 1e6)

    async def consume() -> None:
        async with fan_out(worker, range(100), concurrency=10, ordered=ordered) as outcomes:
            async for _ in outcomes:
                pass

    task = asyncio.create_task(consume())
    await asyncio.sleep(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (worker.running, worker.cancelled) == (0, 10)


async def test_a_timeout_around_the_next_outcome_loses_nothing() -> None:
    for ordered in (False, True):
        seen = []
        async with fan_out(Worker(lambda n: 10 + n), range(5), ordered=ordered) as outcomes:
            iterator = aiter(outcomes)
            while True:
                try:
                    async with asyncio.timeout(1):
                        seen.append((await anext(iterator)).item)
                except TimeoutError:
                    continue
                except StopAsyncIteration:
                    break
        assert seen == list(range(5))


async def test_leaving_closes_an_async_generator_of_items() -> None:
    closed = False

    async def items() -> AsyncIterator[int]:
        nonlocal closed
        try:
            for number in itertools.count():
                yield number
        finally:
            closed = True

    generator = items()
    async with fan_out(Worker(), generator, concurrency=2) as outcomes:
        await anext(aiter(outcomes))
    assert closed


async def test_leaving_starts_nothing_for_items_that_catch_the_cancellation() -> None:
    started = []

    async def items() -> AsyncIterator[int]:
        for item in itertools.count():
            yield item
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(100)

    async def waits(item: int) -> None:
        started.append(item)
        await asyncio.sleep(1e6)

    async with fan_out(waits, items(), concurrency=3):
        await asyncio.sleep(1)
    assert started == [0]


async def test_leaving_ends_the_requests_of_a_list_that_is_the_input(server: ScriptedServer) -> None:
    full = [{"id": n} for n in range(100)]
    server.otherwise = lambda seen: (
        HANG if seen.query.get("page") == "2" else reply(200, {"items": full} if "page" in seen.query else {"id": 1})
    )
    async with session_of(server.url) as workato:
        async with fan_out(workato.recipes.stop, workato.recipes.list()) as outcomes:
            await anext(aiter(outcomes))
            fetching = {task for task in asyncio.all_tasks() if "Pages._fetch" in repr(task)}
        left = {task for task in fetching if not task.done()}
        await asyncio.sleep(1)
    assert fetching, "the list fetches no page ahead, so there is nothing to test"
    assert not left


async def test_an_exit_that_is_cut_short_still_cancels_every_call() -> None:
    """The block is left while its items take long to close, and a timeout ends the wait: no call may go on."""
    worker = Worker(lambda n: 1e6)

    async def slow_to_close() -> AsyncIterator[int]:
        try:
            for number in itertools.count():
                yield number
        finally:
            await asyncio.sleep(100)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(10), fan_out(worker, slow_to_close(), concurrency=5):
            await asyncio.sleep(1)
    await asyncio.sleep(200)
    assert (worker.running, worker.cancelled) == (0, 5)


# --- what is raised that is no Exception


@pytest.mark.parametrize("ordered", [False, True])
async def test_a_cancellation_inside_the_function_is_an_outcome(ordered: bool) -> None:
    async def cancelled(item: int) -> int:
        if item == 3:
            inner = asyncio.get_running_loop().create_future()
            inner.cancel()
            await inner
        return item

    outcomes = await all_of(cancelled, range(6), ordered=ordered, concurrency=2)
    assert sorted(outcome.item for outcome in outcomes) == list(range(6))
    (odd,) = (outcome for outcome in outcomes if outcome.error)
    assert odd.item == 3
    assert isinstance(odd.error, asyncio.CancelledError)


class Unusual(BaseException):
    """As test frameworks and debuggers raise them."""


@pytest.mark.parametrize("ordered", [False, True])
async def test_an_error_that_is_no_exception_loses_no_input_and_hangs_nothing(ordered: bool) -> None:
    async def unusual(item: int) -> int:
        await asyncio.sleep(0.1)
        if item == 1:
            raise Unusual
        return item

    outcomes = []
    raised = False
    try:
        async with asyncio.timeout(100), fan_out(unusual, range(4), concurrency=1, ordered=ordered) as fan:
            async for outcome in fan:
                outcomes.append(outcome)
    except Unusual:
        raised = True
    assert raised or sorted(outcome.item for outcome in outcomes) == list(range(4))


@pytest.mark.parametrize("ordered", [False, True])
async def test_a_task_cancelled_before_it_began_is_an_outcome(ordered: bool) -> None:
    before = asyncio.all_tasks()
    async with asyncio.timeout(100), fan_out(Worker(), range(4), concurrency=2, ordered=ordered) as fan:
        await asyncio.sleep(0)  # the feeder begins its calls, which have not had their first step
        assert fan._calls
        for task in list(fan._calls):
            task.cancel()
        outcomes = [outcome async for outcome in fan]
    assert asyncio.all_tasks() == before
    assert sorted(outcome.item for outcome in outcomes) == list(range(4))


async def test_errors_of_the_api_are_outcomes(server: ScriptedServer) -> None:
    server.otherwise = lambda seen: (
        reply(404, {"message": "Not found"}) if seen.path.endswith("3") else reply(200, {"id": 1})
    )
    async with session_of(server.url) as workato:
        outcomes = await all_of(workato.recipes.get, range(10))
    (lost,) = (outcome for outcome in outcomes if outcome.error)
    assert lost.item == 3
    assert isinstance(lost.error, NotFoundError)
