"""Other limiters, each in the mode that fits a quota best, and retries without a limiter.

Each of them counts what is *sent*; its mode was chosen by trying all of them: the one with the
fewest 429s that does not take twice the time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import aiohttp
import limits.aio.strategies
import pyrate_limiter
import throttled.asyncio
from aiolimiter import AsyncLimiter
from limits.aio.storage import MemoryStorage

from benchmarks._server import TOKEN

if TYPE_CHECKING:
    from workato_async import Quota

Wait = Callable[[], Awaitable[None]]
"""Wait until a request may be sent."""
Gate = Callable[["Quota"], AbstractContextManager[Wait]]

ATTEMPTS = 10
"""The most attempts per call for contestants with a limiter."""
AT_LEAST = 0.001
"""Least seconds to wait before asking ``limits`` again: it returns a time that its clock may not have reached."""


@contextmanager
def aiolimiter(quota: Quota) -> Iterator[Wait]:
    """Let a whole quota through at once, then one every ``per / requests`` seconds."""
    yield AsyncLimiter(quota.requests, quota.per).acquire


@contextmanager
def aiolimiter_spaced(quota: Quota) -> Iterator[Wait]:
    """Let one through every ``per / requests`` seconds."""
    yield AsyncLimiter(1, quota.per / quota.requests).acquire


@contextmanager
def pyrate(quota: Quota) -> Iterator[Wait]:
    """Keep an exact log of what was let through; every wait is lengthened by 50 ms, which is its default."""
    with pyrate_limiter.Limiter(pyrate_limiter.Rate(quota.requests, round(quota.per * 1000))) as limiter:

        async def wait() -> None:
            if not await limiter.try_acquire_async():
                raise RuntimeError("pyrate-limiter gave up")

        yield wait


@contextmanager
def limits_counter(quota: Quota) -> Iterator[Wait]:
    """Count two adjacent windows and weigh them; it cannot wait, so it is asked again at its reset."""
    limiter = limits.aio.strategies.SlidingWindowCounterRateLimiter(MemoryStorage())
    item = limits.RateLimitItemPerSecond(quota.requests, _whole(quota.per))

    async def wait() -> None:
        while not await limiter.hit(item):
            reset = (await limiter.get_window_stats(item)).reset_time
            await asyncio.sleep(max(AT_LEAST, reset - time.time()))

    yield wait


@contextmanager
def throttled_sliding(quota: Quota) -> Iterator[Wait]:
    """Count two adjacent windows and weigh them; waits by polling, every 0.2 to 0.5 s."""
    limiter = throttled.asyncio.Throttled(
        key="benchmark",
        timeout=timedelta(hours=1).total_seconds(),
        using=throttled.asyncio.RateLimiterType.SLIDING_WINDOW.value,
        quota=throttled.asyncio.per_duration(timedelta(seconds=_whole(quota.per)), quota.requests),
        store=throttled.asyncio.MemoryStore(),
    )

    async def wait() -> None:
        if (await limiter.limit()).limited:
            raise RuntimeError("throttled-py gave up")

    yield wait


async def insist(send: Callable[[], Awaitable[object | None]], attempts: int, pause: float) -> bool:
    """Send until something other than None (a 429) comes back; pauses double. Return whether it did."""
    for attempt in range(attempts):
        if attempt:
            await asyncio.sleep(pause * 2.0 ** (attempt - 1))
        if await send() is not None:
            return True
    return False


def plain_http() -> aiohttp.ClientSession:
    """Return an aiohttp session for contestants without an HTTP client."""
    return aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"})


def _whole(seconds: float) -> int:
    """Return whole seconds: two of the libraries accept nothing else."""
    if seconds != int(seconds):
        raise ValueError(f"{seconds:g} s is not a whole number of seconds")
    return int(seconds)
