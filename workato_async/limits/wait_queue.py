"""Who is next: the callers that wait for a permit, by priority and then by arrival."""

from __future__ import annotations

import enum
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

    from workato_async.limits.permit import Permit

PASSES = 4
"""Permits that may go past waiting callers of lower priority before one of those has its turn: they get every fifth,
and of these every fifth goes to the lowest, so that no priority is starved whatever waits above it."""
GONE_AT_MOST = 64
"""Callers that have left the queue and still take up room in it, beyond as many as are waiting."""


class Priority(enum.IntEnum):
    """Which calls go first in the queue of a bucket; within a priority, first come, first served."""

    INTERACTIVE = 0
    NORMAL = 1
    BULK = 2


class WaitQueue:
    """Futures in the order in which they get their permits.

    A future that was cancelled (or given up) stays where it is until it would be its turn, and is skipped then: taking
    it out of the middle would cost a search. ``forget`` keeps the count right and clears up when too many have
    gathered.
    """

    __slots__ = ("_gone", "_levels", "_passed", "waiting")

    def __init__(self) -> None:
        self.waiting = 0
        self._gone = 0
        self._passed: list[int] = []
        self._levels: tuple[deque[asyncio.Future[Permit]], ...] = ()  # made when a caller waits: most queues stay empty

    def push(self, turn: asyncio.Future[Permit], priority: Priority, *, ahead: bool) -> None:
        """Put a caller at the end of its level, or at the head."""
        if not self._levels:
            self._levels = tuple(deque() for _ in Priority)
            self._passed = [0] * len(Priority)
        level = self._levels[priority]
        if ahead:
            level.appendleft(turn)
        else:
            level.append(turn)
        self.waiting += 1

    def before(self, priority: Priority) -> int:
        """Return how many callers go before a new one of this priority (at most: some may be gone)."""
        return min(self.waiting, sum(len(level) for level in self._levels[: priority + 1]))

    def pop(self) -> asyncio.Future[Permit] | None:
        """Take out the caller whose turn it is; None if all that are counted have just been cancelled.

        A cancelled caller is counted until its task has run and calls ``forget``, which can be after this.
        """
        for level in self._in_turn():
            while level:
                turn = level.popleft()
                if not turn.done():
                    self.waiting -= 1
                    return turn
                self._gone -= 1
        return None

    def forget(self) -> None:
        """Record that a waiting future is done without having had its turn."""
        self.waiting -= 1
        self._gone += 1
        if self._gone > self.waiting + GONE_AT_MOST:
            for level in self._levels:
                living = [turn for turn in level if not turn.done()]
                level.clear()
                level.extend(living)
            self._gone = 0

    def _in_turn(self) -> list[deque[asyncio.Future[Permit]]]:
        """Order the levels for the next permit: by priority, but those below are passed at most ``PASSES`` times."""
        filled = [number for number, level in enumerate(self._levels) if level]
        first, last = 0, len(filled) - 1
        while first < last and self._passed[filled[first]] >= PASSES:
            self._passed[filled[first]] = 0
            first += 1
        if first < last:
            self._passed[filled[first]] += 1
        return [self._levels[number] for number in (*filled[first:], *filled[:first])]
