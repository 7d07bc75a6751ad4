"""Clean-up under frameworks that cancel again at every step (anyio, hence Starlette and FastAPI)."""

from __future__ import annotations

import asyncio
from typing import Any

import anyio
import pytest

from tests.support.paged_lists import Shelf, down_from, numbered
from workato_async import fan_out
from workato_async._tasks import cancel_and_wait
from workato_async.endpoint import PAGE
from workato_async.http.messages import Request

STEPS = 20
"""Steps of the loop that a clean-up takes."""


class Tidy:
    """A function that never ends by itself, and takes its time to clean up."""

    def __init__(self) -> None:
        self.begun = self.ended = 0

    async def __call__(self, item: object) -> object:
        self.begun += 1
        try:
            await asyncio.Event().wait()
        finally:
            await steps(STEPS)
            self.ended += 1
        return item


async def steps(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def begun(tidy: Tidy, count: int) -> None:
    for _ in range(100):
        if tidy.begun == count:
            return
        await asyncio.sleep(0)
    raise AssertionError(f"{tidy.begun} of {count} calls have begun")


@pytest.mark.parametrize("ordered", [False, True])
async def test_a_cancelled_scope_lets_the_functions_of_a_fan_out_clean_up(ordered: bool) -> None:
    tidy = Tidy()
    with anyio.CancelScope() as scope:
        async with fan_out(tidy, range(100), concurrency=5, ordered=ordered) as outcomes:
            await begun(tidy, 5)
            scope.cancel()
            async for _ in outcomes:
                pass
    assert scope.cancelled_caught
    assert (tidy.begun, tidy.ended) == (5, 5)


async def test_a_cancelled_scope_lets_an_iterable_of_items_close() -> None:
    tidy = Tidy()
    closed = 0

    async def items() -> Any:
        nonlocal closed
        try:
            for number in range(100):
                yield number
        finally:
            await steps(STEPS)
            closed += 1

    with anyio.CancelScope() as scope:
        async with fan_out(tidy, items(), concurrency=5):
            await begun(tidy, 5)
            scope.cancel()
            await anyio.sleep(1)
    assert (tidy.ended, closed) == (5, 1)


async def test_a_cancelled_task_group_lets_the_functions_of_a_fan_out_clean_up() -> None:
    tidy = Tidy()

    async def work() -> None:
        async with fan_out(tidy, range(100), concurrency=5) as outcomes:
            async for _ in outcomes:
                pass

    async with anyio.create_task_group() as group:
        group.start_soon(work)
        await begun(tidy, 5)
        group.cancel_scope.cancel()
    assert tidy.ended == 5


@pytest.mark.parametrize("way", ["items", "pages"])
async def test_a_cancelled_scope_lets_the_page_fetched_ahead_clean_up(way: str) -> None:
    tidy = Tidy()

    async def fetch_slowly(request: Request) -> Any:
        return await (tidy(request) if shelf.requests else shelf(request))

    shelf = Shelf(numbered(down_from(30)))
    pages = shelf.pages(PAGE, per_page=10)
    pages._caller = type(pages._caller)(fetch_slowly, 45.0)
    with anyio.CancelScope() as scope:
        async for _ in pages if way == "items" else pages.pages():
            await begun(tidy, 1)
            scope.cancel()
            await anyio.sleep(1)
    await steps(2 * STEPS)  # the loop closes a generator that nobody closes
    assert tidy.ended == 1
    assert scope.cancelled_caught
    assert not [task for task in asyncio.all_tasks() if "Pages._fetch" in repr(task)]


@pytest.mark.parametrize("times", [1, 2, 5])
async def test_further_cancellations_of_the_task_interrupt_no_clean_up(times: int) -> None:
    tidy = Tidy()

    async def work() -> None:
        async with fan_out(tidy, range(100), concurrency=5) as outcomes:
            async for _ in outcomes:
                pass

    task = asyncio.create_task(work())
    await begun(tidy, 5)
    for _ in range(times):
        task.cancel()
        await steps(2)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert tidy.ended == 5


@pytest.mark.parametrize("further", [False, True])
async def test_the_error_of_the_block_stays_unless_the_task_is_cancelled_later(further: bool) -> None:
    tidy = Tidy()

    async def work() -> None:
        async with fan_out(tidy, range(100), concurrency=5):
            await begun(tidy, 5)
            raise KeyError("mine")

    task = asyncio.create_task(work())
    await begun(tidy, 5)
    await steps(3)
    assert tidy.ended == 0
    if further:
        task.cancel()
    with pytest.raises(asyncio.CancelledError if further else KeyError):
        await task
    assert tidy.ended == 5


async def test_tasks_that_have_ended_are_no_reason_to_wait() -> None:
    async def fails() -> None:
        raise KeyError

    task = asyncio.create_task(fails())
    await asyncio.wait([task])
    this = asyncio.current_task()
    assert this is not None
    this.cancel()  # is raised at the next wait
    await cancel_and_wait([task])
    await cancel_and_wait([])
    with pytest.raises(asyncio.CancelledError):
        await asyncio.sleep(0)
    assert isinstance(task.exception(), KeyError)
