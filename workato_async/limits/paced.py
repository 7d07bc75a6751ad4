"""Evenly spaced calls instead of bursts, for workers that share a workspace with people."""

from __future__ import annotations

import asyncio
import math
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

    __slots__ = ("_gate", "_left_at", "_spaced_for", "_spacing", "_turn")

    _used = "spaced evenly"

    def __init__(self, quota: Quota, *, key: str = "", adaptive: bool = True) -> None:
        super().__init__(quota, key=key, adaptive=adaptive)
        self._left_at = -math.inf
        self._spacing = 0
        self._spaced_for = 0

    async def acquire(
        self, *, ahead: bool = False, priority: Priority = Priority.NORMAL, max_wait: float | None = None
    ) -> Permit:
        """Wait for a permit and for the time to use it; see ``waiting.WaitingBucket.acquire``."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        if max_wait is not None and loop is self._loop:
            place = 0 if ahead else self._queue.before(priority)
            if (wait := self._spaced_in(self._spacing + place, begun)) > max_wait:
                raise self._too_long(wait, max_wait)
        permit = await super().acquire(ahead=ahead, priority=priority, max_wait=max_wait)
        self._spacing += 1
        try:
            async with asyncio.timeout_at(None if max_wait is None else begun + max_wait):
                if (now := loop.time()) >= self._quiet_until:
                    self._look(loop, now)
                async with self._turn:  # one at a time, so that a pause holds all of them and keeps their order
                    await self._let_out()
                    while (left := self._source.paused_until - self._now()) > 0:
                        await asyncio.sleep(max(left, COARSE_CLOCK))
                        await self._let_out()
        except TimeoutError:
            permit.unsent()
            given = 0.0 if max_wait is None else max_wait
            raise self._too_long(given + self._spaced_in(0, loop.time()), given) from None
        except BaseException:
            permit.unsent()
            raise
        finally:
            self._spacing -= 1
        permit.taken = max(permit.taken, self._now())
        return permit

    def eta(self, calls: int) -> float:
        """Return the seconds until the last of this many calls, made now, may leave."""
        if calls <= 0:
            return 0.0
        return max(super().eta(calls), self._spaced_in(self.waiters + calls - 1, self._now()))

    @property
    def waiters(self) -> int:
        """How many calls wait for a permit, or for the time to use theirs."""
        return self._queue.waiting + self._spacing

    def _leaves_in(self, ahead: int, now: float) -> float:
        spaced = self._spaced_in(ahead, now)
        return spaced if ahead < self._spacing else max(spaced, super()._leaves_in(ahead - self._spacing, now))

    def _spaced_in(self, ahead: int, now: float) -> float:
        """Return the seconds until the spacing lets out the call after ``ahead`` others."""
        opens_at = self._left_at + self._interval if self._spaced_for == self._source.room else now
        return max(now, opens_at, self._source.paused_until) + ahead * self._interval - now

    @property
    def _interval(self) -> float:
        return self._source.quota.per / self._source.room

    async def _let_out(self) -> None:
        if self._spaced_for != self._source.room:
            self._spaced_for = self._source.room
            self._gate = AsyncLimiter(1, self._interval)
        await self._gate.acquire()
        self._left_at = self._now()

    def _bind(self, loop: asyncio.AbstractEventLoop) -> asyncio.AbstractEventLoop | None:
        if super()._bind(loop) is not None:
            raise ConfigurationError(
                f"calls of {self.key or 'this endpoint'} are spaced by another event loop of this process: give each "
                "loop a paced Limiter of its own, with share= to divide the quota",
                endpoint=self.key,
            )
        self._gate, self._turn = AsyncLimiter(1, self._interval), asyncio.Lock()
        self._spaced_for = self._source.room
        self._left_at = -math.inf
        return None
