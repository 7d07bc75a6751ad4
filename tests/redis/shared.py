"""What the tests over a real server have in common."""

from __future__ import annotations

import asyncio
import random
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Sequence

from workato_async.limits.redis_bucket import RedisBucket

KEY = "GET /api/recipes/{id}"
ACCOUNT = "0123456789abcdef"


class Arrivals:
    """An exact log of what arrived at a server, by the loop's clock."""

    def __init__(self) -> None:
        self.log: list[tuple[float, int]] = []

    def arrive(self, who: int = 0) -> None:
        self.log.append((asyncio.get_running_loop().time(), who))

    @property
    def by(self) -> list[int]:
        """Who it was each time."""
        return [who for _, who in sorted(self.log)]

    def most_in(self, per: float) -> int:
        """Count the most arrivals in any window."""
        moments = sorted(moment for moment, _ in self.log)
        return max((n + 1 - bisect_right(moments, moment - per) for n, moment in enumerate(moments)), default=0)


async def call(bucket: RedisBucket, arrivals: Arrivals, who: int = 0, there: float = 0.0, back: float = 0.0) -> None:
    """Take a token, arrive, be answered."""
    taken = await bucket.acquire()
    await asyncio.sleep(there)
    arrivals.arrive(who)
    await asyncio.sleep(back)
    bucket.answered(taken)


async def jittery_calls(buckets: Sequence[RedisBucket], arrivals: Arrivals, calls: int, jitter: float) -> None:
    """Make that many calls at each bucket at once, each held up for up to ``jitter`` seconds each way."""
    rng = random.Random(7)
    await asyncio.gather(
        *(
            call(bucket, arrivals, who, rng.uniform(0, jitter), rng.uniform(0, jitter))
            for _ in range(calls)
            for who, bucket in enumerate(buckets)
        )
    )


async def until(condition: Callable[[], bool | Awaitable[bool]], timeout: float = 5.0) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(timeout):
        while True:
            result = condition()
            if result if isinstance(result, bool) else await result:
                return
            await asyncio.sleep(0.005)
