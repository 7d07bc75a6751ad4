"""Several workers find out together how much of a quota is there. In virtual time."""

from __future__ import annotations

import asyncio
import random
from bisect import bisect_right

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from tests.support.redis_simulation import World
from tests.support.virtual_time import run
from workato_async.limits.quota import Quota
from workato_async.limits.redis.bucket import RedisBucket

PER = 10.0


def now() -> float:
    return asyncio.get_running_loop().time()


class Server:
    """Rate limits what exceeds its own idea of the quota, and counts what comes.

    Attributes:
        allowed: requests that it accepts in a window.
        arrivals: when requests came.
        refused: how many of them it rate limited.
    """

    def __init__(self, allowed: int) -> None:
        self.allowed = allowed
        self.arrivals: list[float] = []
        self.refused = 0
        self._accepted: list[float] = []

    def accepts(self) -> bool:
        self.arrivals.append(now())
        if len(self._accepted) - bisect_right(self._accepted, now() - PER) >= self.allowed:
            self.refused += 1
            return False
        self._accepted.append(now())
        return True

    def accepted_since(self, begin: float) -> int:
        return len(self._accepted) - bisect_right(self._accepted, begin)

    @property
    def most(self) -> int:
        return max(n + 1 - bisect_right(self.arrivals, at - PER) for n, at in enumerate(self.arrivals))


async def callers(bucket: RedisBucket, server: Server, rng: random.Random) -> None:
    """Call for ever."""
    while True:
        permit = await bucket.acquire()
        permit.mark_sent()
        await asyncio.sleep(rng.uniform(0.0, 0.1))
        accepted = server.accepts()
        await asyncio.sleep(rng.uniform(0.0, 0.1))
        if accepted:
            permit.responded()
        else:
            permit.rate_limited(None)


@given(requests=st.integers(1, 12), workers=st.integers(1, 3), there=st.integers(0, 12), seed=st.integers(0, 2**16))
def test_never_too_many_one_in_circulation_and_all_come_back(
    blocking_client: redis.Redis, requests: int, workers: int, there: int, seed: int
) -> None:
    """The other client leaves ``there`` permits at first, and is gone later."""

    async def main() -> None:
        world, rng = World(blocking_client), random.Random(seed)
        server = Server(min(there, requests))
        buckets = [world.bucket(Quota(requests, PER)) for _ in range(workers)]
        calls = [asyncio.create_task(callers(bucket, server, rng)) for bucket in buckets for _ in range(requests + 2)]
        for _ in range(15):
            await asyncio.sleep(PER)
            assert all(1 <= bucket.state().room <= requests for bucket in buckets)
        server.allowed = requests
        await asyncio.sleep(12 * PER if there else 25 * PER)
        assert [bucket.state().room for bucket in buckets] == [requests] * workers
        begin = now()
        await asyncio.sleep(4 * PER)
        assert server.accepted_since(begin) >= 3 * requests, "all of it is used again"
        assert server.most <= requests
        for task in calls:
            task.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        await world.close()

    run(main())


@pytest.mark.parametrize("workers", [1, 3])
async def test_after_the_first_volley_few_requests_are_rate_limited(world: World, workers: int) -> None:
    server, rng = Server(20), random.Random(3)
    buckets = [world.bucket(Quota(60, PER)) for _ in range(workers)]
    calls = [asyncio.create_task(callers(bucket, server, rng)) for bucket in buckets for _ in range(40)]
    await asyncio.sleep(5 * PER)
    before, begin = server.refused, now()
    await asyncio.sleep(40 * PER)
    assert server.refused - before <= 0.05 * (len(server.arrivals))
    assert server.accepted_since(begin) >= 0.85 * 40 * 20
    assert buckets[0].state().withheld >= 35
    assert "room for" in repr(buckets[0])
    for task in calls:
        task.cancel()
    await asyncio.gather(*calls, return_exceptions=True)


async def test_without_adaptation_nothing_is_withheld(world: World) -> None:
    bucket = world.bucket(Quota(4, PER), adaptive=False)
    for _ in range(3):
        (await bucket.acquire()).rate_limited(1.0)
    await asyncio.sleep(1)
    assert (bucket.state().room, bucket.state().withheld) == (4, 0)


async def test_what_one_worker_finds_out_the_others_know(world: World) -> None:
    one, two = (world.bucket(Quota(8, PER)) for _ in range(2))
    permits = [await one.acquire() for _ in range(5)]
    permits.pop().rate_limited(1.0)
    await asyncio.sleep(0.1)
    (await two.acquire(max_wait=60)).responded()
    assert 0 < two.state().withheld <= one.state().withheld


async def test_a_worker_begins_slowly(world: World) -> None:
    bucket = world.bucket(Quota(60, PER))
    waiting = [asyncio.create_task(bucket.acquire()) for _ in range(60)]
    await asyncio.sleep(1)
    permits = [task.result() for task in waiting if task.done()]
    assert len(permits) == 10
    permits.pop().responded()
    await asyncio.sleep(0.1)
    assert sum(task.done() for task in waiting) == 12
    await asyncio.sleep(PER)
    assert sum(task.done() for task in waiting) == 60


async def test_a_bucket_is_idle_when_all_that_matters_is_in_the_store(world: World) -> None:
    bucket = world.bucket(Quota(2, PER))
    idle = [bucket.idle]
    permit = await bucket.acquire()
    idle.append(bucket.idle)
    permit.responded()
    for seconds in (1.5 * PER, 2 * PER):
        await asyncio.sleep(seconds)
        idle.append(bucket.idle)
    assert idle == [True, False, False, True]


async def test_a_bucket_that_was_dropped_is_made_anew_and_goes_on(world: World) -> None:
    """Its steps have higher numbers than those of the first one, which the store remembers."""
    bucket = world.bucket(Quota(2, PER))
    (await bucket.acquire()).responded()
    await asyncio.sleep(3 * PER)
    again = RedisBucket(
        bucket.timings, key="GET /x", name=bucket.name, adaptive=True, local_share=None, client=bucket._client
    )
    begin = now()
    await again.acquire()
    assert now() - begin < 0.1


async def test_the_client_forgets_idle_buckets(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first = world.bucket(Quota(2, PER))
    client = world.workers[0].client
    monkeypatch.setattr(client, "_sweep_at", 2)

    def another(name: str) -> RedisBucket:
        return RedisBucket(first.timings, key=name, name=name, adaptive=True, local_share=None, client=client)

    held = another("held")
    (await first.acquire()).responded()
    await held.acquire()
    await asyncio.sleep(3 * PER)
    third = another("third")
    await third.acquire()
    assert list(client._buckets.values()) == [held, third]
    (await first.acquire()).responded()
    assert first in client._buckets.values(), "served as before"
