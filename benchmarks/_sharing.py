"""Workers that share one quota over Redis: ours, and other limiters with their Redis backends.

A worker is a process that keeps reading its own recipe, ``CONCURRENCY`` calls at a time. The others count what is
*sent*; each is used in the mode closest to a sliding window, and retries a rate-limited read after a pause.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import attrs
import limits.aio.strategies
import pyrate_limiter
import redis.asyncio
import throttled.asyncio
from limits.aio.storage import RedisStorage

from benchmarks._contestants import AT_LEAST, ATTEMPTS, insist, plain_http
from benchmarks._server import TOKEN
from workato_async import Limiter, WorkatoError, WorkatoSession
from workato_async.limits.redis import RedisStore
from workato_async.resources.recipes.recipes import GET

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier, Event

    import aiohttp

    from workato_async import Quota

CONCURRENCY = 32
"""Concurrent reads per worker."""
SOON = 0.05
"""Seconds between two checks whether to stop."""

Read = Callable[[], Awaitable[object]]
Wait = Callable[[], Awaitable[None]]


@attrs.frozen
class Place:
    """Where a worker works: the servers, its recipe, the quota."""

    url: str
    redis: str
    recipe: int
    quota: Quota


@asynccontextmanager
async def ours(place: Place) -> AsyncIterator[Read]:
    """Read with a session whose limiter keeps its permits in Redis."""
    limiter = Limiter(quotas={GET.key: place.quota}, store=RedisStore(place.redis))
    try:
        async with WorkatoSession(TOKEN, base_url=place.url, limiter=limiter) as workato:
            yield lambda: workato.recipes.get(place.recipe)
    finally:
        await limiter.close()


@asynccontextmanager
async def pyrate(place: Place) -> AsyncIterator[Read]:
    """Keep an exact log of what was let through."""
    rates = [pyrate_limiter.Rate(place.quota.requests, round(place.quota.per * 1000))]
    async with redis.asyncio.Redis.from_url(place.redis) as client:
        bucket = pyrate_limiter.RedisBucket.init(rates, client, "benchmark")
        limiter = pyrate_limiter.Limiter(await bucket)

        async def wait() -> None:
            if not await limiter.try_acquire_async():
                raise RuntimeError("pyrate-limiter gave up")

        async with plain_http() as http:
            yield _reader(http, place, wait)


@asynccontextmanager
async def limits_window(place: Place) -> AsyncIterator[Read]:
    """Keep a log of what was let through; it cannot wait, so it is asked again at its reset."""
    storage = RedisStorage(f"async+{place.redis}", implementation="redispy")
    limiter = limits.aio.strategies.MovingWindowRateLimiter(storage)
    item = limits.RateLimitItemPerSecond(place.quota.requests, round(place.quota.per))

    async def wait() -> None:
        while not await limiter.hit(item):
            reset = (await limiter.get_window_stats(item)).reset_time
            await asyncio.sleep(max(AT_LEAST, reset - time.time()))

    async with plain_http() as http:
        yield _reader(http, place, wait)


@asynccontextmanager
async def throttled_sliding(place: Place) -> AsyncIterator[Read]:
    """Count two adjacent windows and weigh them; waits by polling."""
    limiter = throttled.asyncio.Throttled(
        key="benchmark",
        timeout=timedelta(hours=1).total_seconds(),
        using=throttled.asyncio.RateLimiterType.SLIDING_WINDOW.value,
        quota=throttled.asyncio.per_duration(timedelta(seconds=round(place.quota.per)), place.quota.requests),
        store=throttled.asyncio.RedisStore(server=place.redis),
    )

    async def wait() -> None:
        if (await limiter.limit()).limited:
            raise RuntimeError("throttled-py gave up")

    async with plain_http() as http:
        yield _reader(http, place, wait)


CONTESTANTS: Mapping[str, Callable[[Place], AbstractAsyncContextManager[Read]]] = {
    "ours": ours,
    "pyrate-limiter": pyrate,
    "limits": limits_window,
    "throttled-py": throttled_sliding,
}


def _reader(http: aiohttp.ClientSession, place: Place, wait: Wait) -> Read:
    async def send() -> object | None:
        await wait()
        async with http.get(f"{place.url}/api/recipes/{place.recipe}") as response:
            await response.read()
            return None if response.status == 429 else response

    return lambda: insist(send, ATTEMPTS, place.quota.per / 60)


def work(name: str, place: Place, start: Barrier, stop: Event) -> None:
    """Run a worker: wait for the others, then read until stopped."""
    asyncio.run(_work(name, place, start, stop))


async def _work(name: str, place: Place, start: Barrier, stop: Event) -> None:
    async with CONTESTANTS[name](place) as read:

        async def reader() -> None:
            while True:
                with suppress(WorkatoError):
                    await read()

        await asyncio.get_running_loop().run_in_executor(None, start.wait)
        readers = [asyncio.create_task(reader()) for _ in range(CONCURRENCY)]
        while not stop.is_set():  # noqa: ASYNC110 - the other side is another process
            await asyncio.sleep(SOON)
        for task in readers:
            task.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
