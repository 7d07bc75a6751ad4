"""Who is next, without any bucket: futures in, futures out."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Iterator

import pytest

from workato_async.limits.permit import Permit
from workato_async.limits.wait_queue import PASSES, Priority, WaitQueue

Turn = asyncio.Future[Permit]


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


def push(
    queue: WaitQueue, loop: asyncio.AbstractEventLoop, priority: Priority = Priority.NORMAL, *, ahead: bool = False
) -> Turn:
    turn: Turn = loop.create_future()
    queue.push(turn, priority, ahead=ahead)
    return turn


def leave(queue: WaitQueue, turn: Turn) -> None:
    turn.cancel()
    queue.forget()


def test_an_empty_queue_has_nobody(loop: asyncio.AbstractEventLoop) -> None:
    queue = WaitQueue()
    assert queue.pop() is None
    assert queue.waiting == 0
    assert queue.before(Priority.BULK) == 0


def test_first_come_first_served_and_the_head_for_those_who_ask(loop: asyncio.AbstractEventLoop) -> None:
    queue = WaitQueue()
    first, second = push(queue, loop), push(queue, loop)
    ahead = push(queue, loop, ahead=True)
    assert queue.waiting == 3
    assert [queue.pop() for _ in range(4)] == [ahead, first, second, None]
    assert queue.waiting == 0


def test_those_before_a_newcomer_are_counted_by_priority(loop: asyncio.AbstractEventLoop) -> None:
    queue = WaitQueue()
    for priority, callers in ((Priority.INTERACTIVE, 1), (Priority.NORMAL, 2), (Priority.BULK, 4)):
        for _ in range(callers):
            push(queue, loop, priority)
    assert [queue.before(priority) for priority in Priority] == [1, 3, 7]


def test_never_more_are_before_a_newcomer_than_wait(loop: asyncio.AbstractEventLoop) -> None:
    """Callers who have left may still lie in their level."""
    queue = WaitQueue()
    turns = [push(queue, loop) for _ in range(10)]
    for turn in turns[:8]:
        leave(queue, turn)
    assert queue.before(Priority.NORMAL) == 2


def test_who_has_left_is_skipped(loop: asyncio.AbstractEventLoop) -> None:
    queue = WaitQueue()
    first, second, third = (push(queue, loop) for _ in range(3))
    leave(queue, first)
    leave(queue, third)
    assert queue.waiting == 1
    assert queue.pop() is second
    assert queue.pop() is None
    assert queue.waiting == 0


@pytest.mark.parametrize("waiting", [0, 10, 100])
def test_those_who_left_are_kept_up_to_64_more_than_wait(loop: asyncio.AbstractEventLoop, waiting: int) -> None:
    """The bound on memory; and fewer are not cleared up each time, which would cost a pass per cancellation."""
    queue = WaitQueue()
    stay = [push(queue, loop, Priority(number % 3)) for number in range(waiting)]
    leaving = [push(queue, loop, Priority(number % 3)) for number in range(waiting + 65)]
    kept = weakref.WeakSet(leaving)
    for _ in range(waiting + 64):
        leave(queue, leaving.pop())
    assert len(kept) == waiting + 65
    leave(queue, leaving.pop())
    assert len(kept) == 0
    assert queue.waiting == waiting
    assert {queue.pop() for _ in range(waiting)} == set(stay)


def test_after_clearing_up_the_count_begins_anew(loop: asyncio.AbstractEventLoop) -> None:
    queue = WaitQueue()
    kept: weakref.WeakSet[Turn] = weakref.WeakSet()
    for number in range(1, 1_000):
        turn = push(queue, loop)
        kept.add(turn)
        leave(queue, turn)
        del turn
        assert len(kept) == number % 65


def test_skipping_counts_as_clearing_up(loop: asyncio.AbstractEventLoop) -> None:
    """Those who were skipped are gone for good, so they do not make the next pass come sooner."""
    queue = WaitQueue()
    for _ in range(60):
        leave(queue, push(queue, loop))
    assert queue.pop() is None
    kept: weakref.WeakSet[Turn] = weakref.WeakSet()
    for number in range(1, 66):
        turn = push(queue, loop)
        kept.add(turn)
        leave(queue, turn)
        del turn
        assert len(kept) == number % 65


def served(queue: WaitQueue, turns: dict[Turn, Priority], times: int) -> str:
    return "".join(turns[turn].name[0] for _ in range(times) if (turn := queue.pop()) is not None)


def test_every_fifth_permit_goes_below_and_every_fifth_of_those_to_the_lowest(loop: asyncio.AbstractEventLoop) -> None:
    queue = WaitQueue()
    turns = {push(queue, loop, priority): priority for priority in Priority for _ in range(100)}
    order = served(queue, turns, 50)
    below = (PASSES * "I" + "N") * PASSES + PASSES * "I" + "B"
    assert order == 2 * below


def test_two_levels_share_four_to_one(loop: asyncio.AbstractEventLoop) -> None:
    queue = WaitQueue()
    levels = (Priority.NORMAL, Priority.BULK)
    turns = {push(queue, loop, priority): priority for priority in levels for _ in range(100)}
    assert served(queue, turns, 20) == 4 * (PASSES * "N" + "B")


def test_a_level_whose_callers_have_all_left_costs_nobody_a_turn(loop: asyncio.AbstractEventLoop) -> None:
    queue = WaitQueue()
    leave(queue, push(queue, loop, Priority.INTERACTIVE))
    bulk = push(queue, loop, Priority.BULK)
    assert queue.pop() is bulk
