"""Slots: how many exchanges may be under way. ``asyncio.Semaphore`` does the same with several times the CPU time."""

from __future__ import annotations

import asyncio
from collections import deque


class Slots:
    """A number of slots, first come, first served; each that was taken or waited for must be given back.

    Args:
        free: their number.
    """

    __slots__ = ("_free", "_waiting")

    def __init__(self, free: int) -> None:
        self._free = free
        self._waiting: deque[asyncio.Future[None]] = deque()

    def take(self) -> bool:
        """Take a slot if there is one and nobody waits for it; return whether it was taken."""
        if self._free <= 0:  # those who wait while one is free were cancelled, and do not know it yet
            return False
        self._free -= 1
        return True

    async def wait(self) -> None:
        """Wait for a slot and take it."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except BaseException:  # also GeneratorExit: the waiting coroutine may have been thrown away
            if turn.done() and not turn.cancelled():  # it came at the same time
                self.give_back()
            else:
                self._waiting.remove(turn)
            raise

    def give_back(self) -> None:
        """Return a slot: to the first who waits, if anyone does."""
        for turn in self._waiting:
            if not turn.done():
                self._waiting.remove(turn)
                turn.set_result(None)
                return
        self._free += 1
