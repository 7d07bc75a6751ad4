"""Slots are never lost, however the wait for one ends; deadlines are kept, in any order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.virtual_time import VirtualTimeLoop
from workato_async.http.deadlines import Deadlines
from workato_async.http.slots import Slots

if TYPE_CHECKING:
    from collections.abc import Sequence


async def test_whoever_comes_first_gets_a_slot_first() -> None:
    slots = Slots(1)
    assert slots.take()
    assert not slots.take()
    order: list[int] = []

    async def waits(number: int) -> None:
        await slots.wait()
        order.append(number)
        slots.give_back()

    tasks = [asyncio.create_task(waits(number)) for number in range(4)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    slots.give_back()
    assert not slots.take(), "it is promised to the first who waits"
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == [0, 2, 3]
    assert slots.take()


async def test_a_slot_that_comes_with_a_cancellation_is_given_back() -> None:
    slots = Slots(1)
    slots.take()
    first, second = asyncio.create_task(slots.wait()), asyncio.create_task(slots.wait())
    await asyncio.sleep(0)
    slots.give_back()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    await asyncio.wait_for(second, 1.0)
    slots.give_back()
    assert slots.take()
    assert not slots.take()


async def test_a_slot_is_free_if_only_those_wait_who_were_cancelled() -> None:
    """They do not know it before their tasks go on."""
    slots = Slots(1)
    slots.take()
    cancelled = asyncio.create_task(slots.wait())
    await asyncio.sleep(0)
    cancelled.cancel()
    slots.give_back()
    assert slots.take(), "else whoever comes now waits for ever"


def test_whoever_is_thrown_away_while_waiting_gets_none() -> None:
    async def main() -> None:
        slots = Slots(1)
        slots.take()
        waiting = slots.wait()
        waiting.send(None)
        waiting.close()
        slots.give_back()
        assert slots.take()

    asyncio.run(main())


@given(
    free=st.integers(1, 3),
    stays=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 8)), max_size=12),
)
def test_never_more_than_there_are_and_all_come_back(free: int, stays: list[tuple[int, int, int]]) -> None:
    async def main() -> None:
        slots, held, most = Slots(free), 0, 0

        async def stay(after: int, seconds: int) -> None:
            nonlocal held, most
            await asyncio.sleep(after)
            if not slots.take():
                await slots.wait()
            try:
                held += 1
                most = max(most, held)
                await asyncio.sleep(seconds)
            finally:
                held -= 1
                slots.give_back()

        tasks = [asyncio.create_task(stay(after, seconds)) for after, seconds, _ in stays]
        for task, (_, _, cancelled) in zip(tasks, stays, strict=True):
            if cancelled < 6:
                asyncio.get_running_loop().call_later(cancelled, task.cancel)
        await asyncio.gather(*tasks, return_exceptions=True)
        assert most <= free
        assert [slots.take() for _ in range(free + 1)] == [True] * free + [False]

    _run(main())


class Awaited:
    """A response that records when it expired."""

    def __init__(self) -> None:
        self.expired: float | None = None

    def expire(self) -> None:
        self.expired = asyncio.get_running_loop().time()


@given(ends=st.lists(st.tuples(st.integers(0, 20), st.integers(1, 20), st.booleans()), max_size=12))
def test_each_deadline_is_kept_by_one_timer(ends: Sequence[tuple[int, int, bool]]) -> None:
    """Whatever begins and ends in between."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        begun, deadlines, found = loop.time(), Deadlines(), []

        async def one(after: int, seconds: int, ended: bool) -> None:
            await asyncio.sleep(after)
            response, end = Awaited(), begun + after + seconds
            deadlines.ends[response] = end
            if end < deadlines.due:
                deadlines.arm(end)
            if ended:
                await asyncio.sleep(seconds - 0.5)
                deadlines.ends.pop(response, None)
            await asyncio.sleep(50)
            found.append((response.expired, None if ended else end))

        await asyncio.gather(*(one(*each) for each in ends))
        assert all(
            expired is None if end is None else expired == pytest.approx(end, abs=0.01) for expired, end in found
        )
        assert deadlines.ends == {}

    _run(main())


def _run(main: object) -> None:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(main)  # type: ignore[arg-type]
