"""What the tests have in common: callers of a bucket, and an exact log of what arrived."""

from __future__ import annotations

import asyncio
import random
from bisect import bisect_right
from collections.abc import Sequence

from workato_async.limits.redis.bucket import RedisBucket

KEY = "GET /api/recipes/{id}"
ACCOUNT = "0123456789abcdef"
NEVER = 60.0
"""Seconds after which a test over sockets that waits for something is called stuck."""


class Arrivals:
    """An exact log of what arrived at a server, by the loop's clock."""

    def __init__(self) -> None:
        self.log: list[tuple[float, int]] = []
        self._awaited: list[tuple[int, asyncio.Event]] = []

    def arrive(self, who: int = 0) -> None:
        self.log.append((asyncio.get_running_loop().time(), who))
        for count, event in self._awaited:
            if len(self.log) >= count:
                event.set()

    async def reach(self, count: int) -> None:
        """Wait until so many have arrived."""
        event = asyncio.Event()
        self._awaited.append((count, event))
        if len(self.log) < count:
            async with asyncio.timeout(NEVER):
                await event.wait()

    @property
    def by(self) -> list[int]:
        """Who it was each time."""
        return [who for _, who in sorted(self.log)]

    def most_in(self, per: float) -> int:
        """Count the most arrivals in any window."""
        times = sorted(time for time, _ in self.log)
        return max((n + 1 - bisect_right(times, time - per) for n, time in enumerate(times)), default=0)


async def call(bucket: RedisBucket, arrivals: Arrivals, who: int = 0, there: float = 0.0, back: float = 0.0) -> None:
    """Take a permit, arrive, get the response; in virtual time, that may take a while."""
    permit = await bucket.acquire()
    permit.mark_sent()
    if there:
        await asyncio.sleep(there)
    arrivals.arrive(who)
    if back:
        await asyncio.sleep(back)
    permit.responded()


async def crowd(buckets: Sequence[RedisBucket], arrivals: Arrivals, calls: int, jitter: float = 0.0) -> None:
    """Make that many calls at each bucket at once, each held up for up to ``jitter`` seconds each way."""
    rng = random.Random(7)
    await asyncio.gather(
        *(
            call(bucket, arrivals, who, rng.uniform(0, jitter), rng.uniform(0, jitter))
            for _ in range(calls)
            for who, bucket in enumerate(buckets)
        )
    )
