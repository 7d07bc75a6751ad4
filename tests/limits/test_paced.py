"""A paced limiter says how long calls will take, spacing included, and no call waits longer than it may."""

from __future__ import annotations

import asyncio
import threading

import pytest

from tests.support.virtual_time import VirtualTimeLoop
from workato_async import Limiter, Quota, QuotaWaitError
from workato_async.limits.bucket import TokenBucket
from workato_async.limits.paced import PacedBucket

KEY = "GET /api/tags"


def paced(quota: Quota) -> tuple[Limiter, PacedBucket]:
    limiter = Limiter(default=quota, paced=True)
    bucket = limiter.bucket(KEY)
    assert isinstance(bucket, PacedBucket)
    return limiter, bucket


async def calls(bucket: PacedBucket, number: int = 1, max_wait: float | None = None) -> float:
    """Make calls, and return how many seconds later the last one leaves."""
    loop = asyncio.get_running_loop()
    begun = loop.time()

    async def call() -> float:
        permit = await bucket.acquire(max_wait=max_wait)
        permit.mark_sent()
        left = loop.time()
        await asyncio.sleep(0.1)
        permit.responded()
        return left

    return max(await asyncio.gather(*(call() for _ in range(number)))) - begun


async def test_eta_after_a_call() -> None:
    limiter, bucket = paced(Quota(2, per=60))
    await calls(bucket)
    assert limiter.eta(KEY, 1) == pytest.approx(29.9)
    assert await calls(bucket) == pytest.approx(29.9)


async def test_eta_behind_calls_that_wait_for_a_permit() -> None:
    limiter, bucket = paced(Quota(60, per=60))
    begun = [asyncio.create_task(calls(bucket)) for _ in range(100)]
    await asyncio.sleep(0.5)
    eta = limiter.eta(KEY, 3)
    assert await calls(bucket, 3) == pytest.approx(eta, abs=0.5)
    await asyncio.gather(*begun)


async def test_eta_during_a_pause() -> None:
    limiter, bucket = paced(Quota(60, per=60))
    permit = await bucket.acquire()
    permit.mark_sent()
    permit.rate_limited(30.0)
    eta = limiter.eta(KEY, 10)
    assert eta == pytest.approx(30 + 9 * 60 / 59)
    assert await calls(bucket, 10) == pytest.approx(eta, abs=0.01)


async def test_the_spacing_after_the_last_call_counts_for_max_wait() -> None:
    _, bucket = paced(Quota(2, per=60))
    await calls(bucket)
    with pytest.raises(QuotaWaitError, match=r"no permit for 29\.9 s .* may wait at most 2 s"):
        await calls(bucket, max_wait=2)
    assert await calls(bucket, max_wait=30) == pytest.approx(29.9)


async def test_a_pause_that_begins_during_the_spacing_counts_for_max_wait() -> None:
    _, bucket = paced(Quota(60, per=60))
    first = await bucket.acquire()
    first.mark_sent()
    waiting = asyncio.create_task(calls(bucket, max_wait=5))
    await asyncio.sleep(0.5)
    first.rate_limited(30.0)
    begun = asyncio.get_running_loop().time()
    with pytest.raises(QuotaWaitError):
        await waiting
    assert asyncio.get_running_loop().time() - begun == pytest.approx(4.5)
    assert (bucket.sent, bucket.state().waiters) == (1, 0)


async def test_the_log_names_the_spacing_and_the_next_call(caplog: pytest.LogCaptureFixture) -> None:
    _, bucket = paced(Quota(60, per=60))
    await calls(bucket, 50)
    assert caplog.messages == [], "one call leaves every second"
    _, bucket = paced(Quota(60, per=60))
    await calls(bucket, 100)
    _, bucket = paced(Quota(4, per=60))
    await calls(bucket, 3)
    assert caplog.messages == [
        f"{KEY}: quota of 60 per 60 s spaced evenly; 95 calls wait, the last leaves in 94 s",
        f"{KEY}: quota of 4 per 60 s spaced evenly; 2 calls wait, the next leaves in 15 s",
    ]


async def test_calls_that_wait_for_their_time_are_waiters() -> None:
    limiter, bucket = paced(Quota(4, per=60))
    begun = asyncio.create_task(calls(bucket, 3))
    await asyncio.sleep(1)
    assert bucket.state().waiters == 2
    assert "2 waiting" in repr(limiter)
    await begun


def test_another_loop_begins_without_spacing() -> None:
    _, bucket = paced(Quota(2, per=60))
    for _ in range(2):
        loop = VirtualTimeLoop()
        assert loop.run_until_complete(calls(bucket, max_wait=1)) == 0
        loop.close()


def test_a_loop_that_runs_again_leaves_a_bucket_alone_that_another_one_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its look would be at the calls of the other one, in a thread that is not the other's."""
    bucket = Limiter(default=Quota(2, per=1)).bucket(KEY)
    assert isinstance(bucket, TokenBucket)
    looks: list[int] = []

    def looked(_: TokenBucket) -> int:
        looks.append(1)
        return 1

    async def use(number: int) -> None:
        async def call() -> None:
            permit = await bucket.acquire()
            permit.responded()

        await asyncio.gather(*(call() for _ in range(number)))

    first, second = VirtualTimeLoop(), VirtualTimeLoop()
    first.run_until_complete(use(3))  # one waits, so that the loop looks again in five seconds
    waiting = second.create_task(use(9))
    second.run_until_complete(asyncio.sleep(0.1))
    monkeypatch.setattr(TokenBucket, "waiters", property(looked))
    thread = threading.Thread(target=first.run_until_complete, args=(asyncio.sleep(6),))
    thread.start()
    thread.join()
    assert looks == []
    monkeypatch.undo()
    second.run_until_complete(waiting)
    for loop in (first, second):
        loop.close()
