"""Evenly spaced calls instead of bursts, for workers that share a workspace with people."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiolimiter import AsyncLimiter

from workato_async.limits.bucket import TokenBucket
from workato_async.limits.wait_queue import Priority

if TYPE_CHECKING:
    from workato_async.limits.quota import Quota


class PacedBucket(TokenBucket):
    """A token bucket behind whose tokens an aiolimiter lets out one call every ``per / requests`` seconds.

    The tokens keep the promise (never N+1 arrivals in a window, whatever the network delays); the spacing only says
    when, within it.
    """

    __slots__ = ("_gate", "_interval", "_spacing", "_turn")

    def __init__(self, quota: Quota, *, key: str = "") -> None:
        super().__init__(quota, key=key)
        self._interval = quota.per / quota.requests
        self._spacing = 0

    async def acquire(
        self, *, ahead: bool = False, priority: Priority = Priority.NORMAL, max_wait: float | None = None
    ) -> float:
        """Wait for a token and for the moment to use it; see :meth:`TokenBucket.acquire`."""
        if max_wait is not None and (wait := self._spacing * self._interval) > max_wait:
            raise self._too_long(wait, max_wait)
        taken = await super().acquire(ahead=ahead, priority=priority, max_wait=max_wait)
        self._spacing += 1
        try:
            async with self._turn:  # one at a time, so that a pause holds all of them and keeps their order
                await self._gate.acquire()
                while (left := self._tokens.paused_until - self._now()) > 0:
                    await asyncio.sleep(left)
                    await self._gate.acquire()
        except BaseException:
            self.unsent()
            raise
        finally:
            self._spacing -= 1
        return max(taken, self._now())

    def eta(self, calls: int) -> float:
        """Give the seconds after which the last of that many calls, begun now, will be let out."""
        return max(super().eta(calls), (self._spacing + calls - 1) * self._interval) if calls > 0 else 0.0

    def _bind(self, loop: asyncio.AbstractEventLoop) -> None:
        super()._bind(loop)
        self._gate, self._turn = AsyncLimiter(1, self._interval), asyncio.Lock()
