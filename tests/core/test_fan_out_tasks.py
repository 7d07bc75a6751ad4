"""fan_out: every item has a task of its own, so what one does to its task or its context reaches no other."""

from __future__ import annotations

import asyncio
import gc
import sys
import weakref
from contextvars import ContextVar

import pytest

from tests.support.counting_worker import Worker, all_of
from workato_async import FanOut, Outcome, fan_out

name: ContextVar[int | None] = ContextVar("name", default=None)
ORDERED = pytest.mark.parametrize("ordered", [False, True])


@ORDERED
async def test_a_context_variable_does_not_reach_the_next_item(ordered: bool) -> None:
    async def found(item: int) -> int | None:
        before = name.get()
        name.set(item)
        await asyncio.sleep(1)
        assert name.get() == item
        return before

    outcomes = await all_of(found, range(20), concurrency=2, ordered=ordered)
    assert [outcome.value for outcome in outcomes] == [None] * 20


@ORDERED
async def test_a_late_cancellation_of_a_finished_item_reaches_no_other(ordered: bool) -> None:
    tasks: dict[int, asyncio.Task[object]] = {}

    async def cancels_the_previous(item: int) -> int:
        tasks[item] = asyncio.current_task()  # type: ignore[assignment]
        await asyncio.sleep(1)
        if item:
            tasks[item - 1].cancel()
        await asyncio.sleep(1)
        return item

    outcomes = await all_of(cancels_the_previous, range(6), concurrency=1, ordered=ordered)
    assert outcomes == [Outcome(item, item) for item in range(6)]
    assert len(set(tasks.values())) == 6


@ORDERED
async def test_a_cancelled_item_leaves_the_others_alone(ordered: bool) -> None:
    tasks: dict[int, asyncio.Task[object]] = {}

    async def remembered(item: int) -> int:
        tasks[item] = asyncio.current_task()  # type: ignore[assignment]
        await asyncio.sleep(10)
        return item

    async with fan_out(remembered, range(8), concurrency=4, ordered=ordered) as fan:
        await asyncio.sleep(5)
        tasks[1].cancel()
        tasks[2].cancel()
        outcomes = [outcome async for outcome in fan]
    cancelled = {outcome.item for outcome in outcomes if isinstance(outcome.error, asyncio.CancelledError)}
    assert cancelled == {1, 2}
    assert sorted(outcome.item for outcome in outcomes) == list(range(8))
    assert tasks[1].cancelled(), "whoever cancelled it must see that it is"


@ORDERED
async def test_an_error_is_freed_with_its_outcome(ordered: bool) -> None:
    """The traceback of an error refers to the call, so the call must not refer to the outcome."""

    class LargeError(Exception):
        pass

    async def fails(item: int) -> int:
        raise LargeError

    gc.collect()
    gc.disable()
    try:
        async with fan_out(fails, range(3), concurrency=1, ordered=ordered) as fan:
            error = weakref.ref((await anext(fan)).error)
            assert isinstance((await anext(fan)).error, LargeError)
            assert error() is None
    finally:
        gc.enable()


@ORDERED
async def test_several_consumers_share_the_outcomes(ordered: bool) -> None:
    taken: list[int] = []

    async def consume(fan: FanOut[int, int]) -> None:
        async for outcome in fan:
            taken.append(outcome.unwrap())
            await asyncio.sleep(1)

    async with fan_out(Worker(lambda n: n % 3), range(50), concurrency=4, ordered=ordered) as fan:
        await asyncio.gather(*(consume(fan) for _ in range(3)))
    assert sorted(taken) == [item * 10 for item in range(50)]


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_inside_the_function_ends_the_loop(kind: type[BaseException]) -> None:
    async def interrupted(item: int) -> int:
        await asyncio.sleep(0)
        if item == 2:
            raise kind
        return item

    async def main() -> None:
        await all_of(interrupted, range(5), concurrency=2)

    with pytest.raises(kind):
        asyncio.run(main())


@pytest.mark.skipif(sys.version_info < (3, 12), reason="new in Python 3.12")
@ORDERED
async def test_tasks_that_begin_at_once(ordered: bool) -> None:
    async def odd_ones_wait(item: int) -> int:
        if item % 2:
            await asyncio.sleep(item)
        return item * 10

    loop = asyncio.get_running_loop()
    loop.set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined, unused-ignore]
    try:
        outcomes = await all_of(odd_ones_wait, range(9), concurrency=3, ordered=ordered)
    finally:
        loop.set_task_factory(None)
    assert sorted(outcome.unwrap() for outcome in outcomes) == [item * 10 for item in range(9)]
