"""A thousand cancellations at random moments, one bucket, three event loops one after the other: no token is lost."""

from __future__ import annotations

import asyncio
import random

from tests.support.virtual_time import VirtualTimeLoop
from workato_async.limits.bucket import TokenBucket
from workato_async.limits.quota import Quota

QUOTA = Quota(7, 10)


async def storm(bucket: TokenBucket, rng: random.Random, *, settle: bool) -> int:
    """Start a thousand calls and cancel most of them; tells how many were cancelled."""
    loop = asyncio.get_running_loop()

    async def call() -> None:
        permit = await bucket.acquire(ahead=rng.random() < 0.1, max_wait=rng.choice([None, 5.0, 500.0]))
        permit.mark_sent()
        try:
            await asyncio.sleep(rng.uniform(0, 3))
        except asyncio.CancelledError:
            permit.given_up()
            raise
        if rng.random() < 0.05:
            permit.rate_limited(rng.choice([None, 2.0]))
        else:
            permit.responded()

    tasks = [loop.create_task(call()) for _ in range(1_000)]
    for task in tasks:
        moment = rng.choice([0.0, rng.uniform(0, 10), rng.uniform(0, 300)])
        loop.call_later(moment, task.cancel)
        if rng.random() < 0.2:  # at the very moment at which a turn may come
            loop.call_later(10.001, task.cancel)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    if settle:
        await asyncio.sleep(600)
        state = bucket.state()
        assert (state.free, state.waiters) == (QUOTA.requests, 0)
    return sum(isinstance(result, asyncio.CancelledError) for result in results)


def test_three_loops() -> None:
    bucket, rng, cancelled = TokenBucket(QUOTA), random.Random(7), 0
    clock = 1_000.0
    for number in range(3):
        loop = VirtualTimeLoop()
        loop.now = clock  # as with real loops, whose clocks are the same
        cancelled += loop.run_until_complete(storm(bucket, rng, settle=number != 1))
        clock = loop.now
        loop.close()
    assert cancelled > 1_000


async def test_callers_cancelled_together_lose_no_token() -> None:
    """The one whose turn has come gives its token back before the other one's task has noticed its own end."""
    bucket = TokenBucket(Quota(1, 1))
    permit = await bucket.acquire()
    calls = [asyncio.ensure_future(bucket.acquire()) for _ in range(2)]
    await asyncio.sleep(0)
    permit.unsent()
    for call in calls:
        call.cancel()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(result) for result in results] == [asyncio.CancelledError] * 2
    state = bucket.state()
    assert (state.free, state.waiters) == (1, 0)


async def test_tokens_given_back_unused_leave_one_timer() -> None:
    loop, bucket = asyncio.get_running_loop(), TokenBucket(Quota(2, 60))
    (await bucket.acquire()).responded()
    permit = await bucket.acquire()
    calls = [asyncio.ensure_future(bucket.acquire()) for _ in range(52)]
    for call in calls[:50]:
        await asyncio.sleep(0)
        permit.unsent()
        permit = await call
    timers = [handle for handle in loop._scheduled if not handle.cancelled()]  # type: ignore[attr-defined]
    assert len(timers) == 1
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
