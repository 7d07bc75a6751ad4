"""Evenly spaced calls instead of bursts, for workers that share a workspace with people."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiolimiter import AsyncLimiter

from workato_async.errors import ConfigurationError
from workato_async.limits.bucket import TokenBucket
from workato_async.limits.wait_queue import Priority
from workato_async.limits.waiting import COARSE_CLOCK

if TYPE_CHECKING:
    from workato_async.limits.permit import Permit
    from workato_async.limits.quota import Quota


class PacedBucket(TokenBucket):
    """A bucket behind whose permits an aiolimiter lets out one call every ``per / room`` seconds.

    The permits keep the promise (never N+1 arrivals in a window, whatever the network delays); the spacing only says
    when, within it.
    """

    __slots__ = ("_gate", "_spaced_for", "_spacing", "_turn")

    def __init__(self, quota: Quota, *, key: str = "", adaptive: bool = True) -> None:
        super().__init__(quota, key=key, adaptive=adaptive)
        self._spacing = 0
        self._spaced_for = 0

    async def acquire(
        self, *, ahead: bool = False, priority: Priority = Priority.NORMAL, max_wait: float | None = None
    ) -> Permit:
        """Wait for a permit and for the time to use it; see ``waiting.WaitingBucket.acquire``."""
        if max_wait is not None and (wait := self._spacing * self._interval) > max_wait:
            raise self._too_long(wait, max_wait)
        permit = await super().acquire(ahead=ahead, priority=priority, max_wait=max_wait)
        self._spacing += 1
        try:
            async with self._turn:  # one at a time, so that a pause holds all of them and keeps their order
                await self._let_out()
                while (left := self._source.paused_until - self._now()) > 0:
                    await asyncio.sleep(max(left, COARSE_CLOCK))
                    await self._let_out()
        except BaseException:
            permit.unsent()
            raise
        finally:
            self._spacing -= 1
        permit.taken = max(permit.taken, self._now())
        return permit

    def eta(self, calls: int) -> float:
        """Return the seconds until the last of this many calls, made now, may leave."""
        return max(super().eta(calls), (self._spacing + calls - 1) * self._interval) if calls > 0 else 0.0

    @property
    def _interval(self) -> float:
        return self._source.quota.per / self._source.room

    async def _let_out(self) -> None:
        if self._spaced_for != self._source.room:
            self._spaced_for = self._source.room
            self._gate = AsyncLimiter(1, self._interval)
        await self._gate.acquire()

    def _bind(self, loop: asyncio.AbstractEventLoop) -> asyncio.AbstractEventLoop | None:
        if super()._bind(loop) is not None:
            raise ConfigurationError(
                f"calls of {self.key or 'this endpoint'} are spaced by another event loop of this process: give each "
                "loop a paced Limiter of its own, with share= to divide the quota",
                endpoint=self.key,
            )
        self._gate, self._turn = AsyncLimiter(1, self._interval), asyncio.Lock()
        self._spaced_for = self._source.room
        return None
