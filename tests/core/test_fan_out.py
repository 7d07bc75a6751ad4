"""fan_out: every input comes back as exactly one outcome, with bounded concurrency and memory."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.scripted_server import reply, session_of
from tests.support.virtual_time import run
from workato_async import ConfigurationError, FanOut, Outcome, fan_out

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Iterator

    from tests.support.scripted_server import ScriptedServer
from tests.support.counting_worker import Worker, all_of, counted


@pytest.fixture(autouse=True)
async def nothing_is_left() -> AsyncIterator[None]:
    """Whatever a test does, no task outlives its fan-out."""
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    assert {task for task in left if "aiohttp/web" not in repr(task)} == set()  # those are the server's


# --- every input, once


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("count", [0, 1, 2, 63, 64, 65, 500])
async def test_every_input_comes_back_once(count: int, ordered: bool) -> None:
    outcomes = await all_of(Worker(lambda n: (n * 7919) % 13), range(count), ordered=ordered)
    assert sorted(outcome.item for outcome in outcomes) == list(range(count))
    assert all(outcome.value == outcome.item * 10 and outcome.error is None for outcome in outcomes)


async def test_equal_inputs_each_have_an_outcome() -> None:
    outcomes = await all_of(Worker(), ["a"] * 10)
    assert [outcome.item for outcome in outcomes] == ["a"] * 10


async def test_outcomes_come_as_they_complete() -> None:
    worker = Worker(lambda seconds: seconds)
    assert [outcome.item for outcome in await all_of(worker, [5, 1, 4, 2, 3])] == [1, 2, 3, 4, 5]


async def test_ordered_outcomes_come_in_the_order_of_the_items() -> None:
    worker = Worker(lambda seconds: seconds)
    assert [outcome.item for outcome in await all_of(worker, [5, 1, 4, 2, 3], ordered=True)] == [5, 1, 4, 2, 3]
    assert worker.most == 5, "they still run at the same time"


@pytest.mark.parametrize("ordered", [False, True])
async def test_errors_are_outcomes_and_stop_nothing(ordered: bool) -> None:
    async def fails(item: int) -> int:
        await asyncio.sleep(item % 3)
        if item % 2:
            raise KeyError(item)
        return item

    outcomes = await all_of(fails, range(20), ordered=ordered)
    assert sorted(outcome.item for outcome in outcomes) == list(range(20))
    for outcome in outcomes:
        if outcome.item % 2:
            assert isinstance(outcome.error, KeyError)
            assert outcome.value is None
            with pytest.raises(KeyError):
                outcome.unwrap()
        else:
            assert outcome.error is None
            assert outcome.unwrap() == outcome.item


async def test_a_function_that_returns_nothing_and_one_that_is_none() -> None:
    async def nothing(item: int) -> None:
        return None

    (outcome,) = await all_of(nothing, [1])
    assert (outcome.value, outcome.error, outcome.unwrap()) == (None, None, None)
    (broken,) = await all_of(lambda item: item, [1])
    assert isinstance(broken.error, TypeError)

    def raises(item: int) -> Awaitable[int]:
        raise ValueError(item)

    (early,) = await all_of(raises, [1])
    assert isinstance(early.error, ValueError)


@given(
    delays=st.lists(st.integers(0, 20), max_size=40),
    concurrency=st.integers(1, 50),
    ordered=st.booleans(),
    failing=st.sets(st.integers(0, 40)),
)
def test_the_invariants(delays: list[int], concurrency: int, ordered: bool, failing: set[int]) -> None:
    worker = Worker(lambda number: delays[number])

    async def sometimes(number: int) -> int:
        result: int = await worker(number)
        if number in failing:
            raise KeyError(number)
        return result

    async def main() -> list[Outcome[int, int]]:
        return await all_of(sometimes, range(len(delays)), concurrency=concurrency, ordered=ordered)

    outcomes: Any = run(main())
    assert sorted(outcome.item for outcome in outcomes) == list(range(len(delays)))
    assert worker.begun == list(range(len(delays)))
    assert worker.most <= concurrency
    assert {outcome.item for outcome in outcomes if outcome.error} == failing & set(range(len(delays)))
    if ordered:
        assert [outcome.item for outcome in outcomes] == list(range(len(delays)))


# --- bounds


@pytest.mark.parametrize("concurrency", [1, 2, 7, 64])
@pytest.mark.parametrize("ordered", [False, True])
async def test_concurrency_is_reached_and_never_exceeded(concurrency: int, ordered: bool) -> None:
    worker = Worker(lambda n: 1 + (n * 7919) % 13)
    await all_of(worker, range(200), concurrency=concurrency, ordered=ordered)
    assert worker.most == concurrency


@pytest.mark.parametrize("ordered", [False, True])
async def test_a_slow_consumer_holds_the_input_back(ordered: bool) -> None:
    """Calls begun and not yet handed over are bounded, so that memory does not grow with the input."""
    taken = 0

    def endless() -> Iterator[int]:
        nonlocal taken
        for number in itertools.count():
            taken += 1
            yield number

    async with fan_out(Worker(lambda n: 0.001), endless(), concurrency=8, ordered=ordered) as outcomes:
        handed = 0
        async for _ in outcomes:
            handed += 1
            await asyncio.sleep(10)
            assert taken <= handed + 8 + 1  # one item may be in the hand of the feeder
            if handed == 50:
                break


async def test_endless_input_does_not_fill_memory() -> None:
    worker = Worker(lambda n: 0.01)
    fan: FanOut[int, int] = fan_out(worker, itertools.count(), concurrency=8)
    async with fan as outcomes:
        handed = 0
        async for _ in outcomes:
            handed += 1
            assert len(fan._calls) + len(fan._ready) <= 8
            if handed == 2000:
                break


# --- inputs


@pytest.mark.parametrize("ordered", [False, True])
async def test_async_iterables(ordered: bool) -> None:
    outcomes = await all_of(Worker(), counted(20), ordered=ordered)
    assert sorted(outcome.item for outcome in outcomes) == list(range(20))


async def test_a_list_of_the_api_is_an_input(server: ScriptedServer) -> None:
    server.otherwise = lambda seen: reply(
        200, {"items": [{"id": n} for n in range(10)]} if seen.path == "/api/recipes" else {"id": 1}
    )
    async with session_of(server.url) as workato:
        outcomes = await all_of(workato.recipes.stop, workato.recipes.list())
    assert len(outcomes) == 10


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("asynchronous", [False, True])
async def test_an_error_of_the_items_comes_after_the_outcomes_before_it(ordered: bool, asynchronous: bool) -> None:
    def broken() -> Iterator[int]:
        yield from range(5)
        raise OSError("the file ends here")

    async def async_broken() -> AsyncIterator[int]:
        for item in broken():
            yield item

    seen = []
    with pytest.raises(OSError, match="ends here"):
        async with fan_out(Worker(lambda n: 5 - n), async_broken() if asynchronous else broken(), ordered=ordered) as o:
            async for outcome in o:
                seen.append(outcome.item)
    assert sorted(seen) == list(range(5))


async def test_an_async_items_iterator_that_is_cancelled_inside_does_not_look_like_the_end() -> None:
    """A CancelledError out of the items, e.g. of a task they wait for, must not silently cut the input short."""

    async def cut_short() -> AsyncIterator[int]:
        yield 1
        inner = asyncio.get_running_loop().create_future()
        inner.cancel()
        await inner
        yield 2

    seen = []
    with pytest.raises(BaseException):  # noqa: B017 - any error will do, silence will not
        async with fan_out(Worker(), cut_short()) as outcomes:
            async for outcome in outcomes:
                seen.append(outcome.item)
    assert seen == [1]


@pytest.mark.parametrize("items", [None, 5, object()], ids=["None", "int", "object"])
def test_items_that_cannot_be_iterated_are_invalid(items: Any) -> None:
    with pytest.raises(ConfigurationError):
        fan_out(Worker(), items)


@pytest.mark.parametrize("concurrency", [0, -1, 1.5, "4", None, True, float("inf")])
def test_a_concurrency_that_makes_no_sense_is_invalid(concurrency: Any) -> None:
    with pytest.raises(ConfigurationError):
        fan_out(Worker(), [1], concurrency=concurrency)


async def test_it_is_used_in_a_block_and_once() -> None:
    fan = fan_out(Worker(), [1, 2])
    with pytest.raises(ConfigurationError):
        await anext(fan)
    async with fan:
        pass
    with pytest.raises(ConfigurationError):
        async with fan:
            pass
