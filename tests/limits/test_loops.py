"""Event loops other than asyncio's own, one after the other, and several at once."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import uvloop

from workato_async.errors import ConfigurationError, QuotaWaitError
from workato_async.limits.bucket import TokenBucket
from workato_async.limits.limiter import Limiter, forget_shared_limiter, shared_limiter
from workato_async.limits.paced import PacedBucket
from workato_async.limits.permit import Permit
from workato_async.limits.quota import Quota

LOOPS: list[Callable[[], asyncio.AbstractEventLoop]] = [asyncio.SelectorEventLoop, uvloop.new_event_loop]


@pytest.mark.parametrize("new_loop", LOOPS, ids=["asyncio", "uvloop"])
def test_no_call_fails_and_no_permit_is_lost_in_real_time(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """Short windows, so that timers are always about to run: uvloop's handle of such a timer has no ``when()``."""

    async def main() -> tuple[TokenBucket, int]:
        bucket, calls = TokenBucket(Quota(20, per=0.02)), 0

        async def worker() -> None:
            nonlocal calls
            for _ in range(40):
                permit = await bucket.acquire(max_wait=10)
                permit.mark_sent()
                await asyncio.sleep(0.0005)
                permit.responded()
                calls += 1

        await asyncio.gather(*(worker() for _ in range(8)))
        await asyncio.sleep(0.05)
        return bucket, calls

    with asyncio.Runner(loop_factory=new_loop) as runner:
        bucket, calls = runner.run(main())
        assert calls == 320
        assert (bucket.state().free, bucket.state().waiters) == (20, 0)


def test_loops_one_after_the_other_keep_the_quota() -> None:
    bucket = TokenBucket(Quota(3, per=60))

    async def call() -> None:
        (await bucket.acquire(max_wait=0)).responded()

    for _ in range(3):
        asyncio.run(call())
    assert bucket.state().free == 0


def test_two_running_loops_share_the_books() -> None:
    """Each thread has a loop of its own; together they stay inside the quota, and every permit comes back."""
    bucket, lock, most, out = TokenBucket(Quota(4, per=0.01)), threading.Lock(), 0, 0
    begin = threading.Barrier(3)

    async def worker() -> None:
        nonlocal most, out
        for _ in range(20):
            permit = await bucket.acquire()
            with lock:
                out += 1
                most = max(most, out)
            await asyncio.sleep(0.0005)
            with lock:
                out -= 1
            permit.responded()

    async def workers() -> None:
        begin.wait()
        await asyncio.gather(*(worker() for _ in range(4)))

    with ThreadPoolExecutor(3) as threads:
        for done in [threads.submit(asyncio.run, workers()) for _ in range(3)]:
            done.result(timeout=60)
    assert bucket.sent == 240
    assert most <= 4

    async def all_free() -> int:
        permit = await bucket.acquire()
        permit.unsent()
        await asyncio.sleep(0.03)
        return bucket.state().free

    assert asyncio.run(all_free()) == 4


def test_a_caller_on_a_second_loop_takes_over_when_the_first_one_ends() -> None:
    bucket, taken, leave = TokenBucket(Quota(1, per=0.05)), threading.Event(), threading.Event()

    async def first() -> None:
        (await bucket.acquire()).responded()
        taken.set()
        await asyncio.to_thread(leave.wait)

    async def second() -> Permit:
        waiting = asyncio.create_task(bucket.acquire())
        await asyncio.sleep(0)
        leave.set()
        return await waiting

    with ThreadPoolExecutor(2) as threads:
        running = threads.submit(asyncio.run, first())
        taken.wait()
        permit = threads.submit(asyncio.run, second()).result(timeout=60)
        running.result(timeout=60)
    permit.unsent()
    assert (bucket.state().free, bucket.state().waiters) == (1, 0)


def test_a_caller_on_a_second_loop_that_is_cancelled_loses_no_permit() -> None:
    bucket, taken, leave = TokenBucket(Quota(1, per=60)), threading.Event(), threading.Event()

    async def first() -> tuple[int, int]:
        permit = await bucket.acquire()
        taken.set()
        await asyncio.to_thread(leave.wait)
        permit.unsent()
        await asyncio.sleep(0.01)
        return bucket.state().free, bucket.state().waiters

    async def second() -> None:
        waiting = asyncio.create_task(bucket.acquire())
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        leave.set()

    with ThreadPoolExecutor(2) as threads:
        running = threads.submit(asyncio.run, first())
        taken.wait()
        threads.submit(asyncio.run, second()).result(timeout=60)
        assert running.result(timeout=60) == (1, 0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_begins_with_a_limiter_of_its_own() -> None:
    parent = shared_limiter()
    assert shared_limiter() is parent
    child = os.fork()
    if child == 0:
        os._exit(0 if shared_limiter() is not parent else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_ten_thousand_accounts_leave_no_more_buckets_than_are_in_use() -> None:
    limiter = Limiter()
    busy = limiter.bucket("GET /api/recipes", "busy")
    permit = asyncio.run(busy.acquire())
    for account in range(2_000):
        for endpoint in range(5):
            limiter.bucket(f"GET /api/{endpoint}", str(account))
    assert len(limiter._buckets) <= 512
    assert limiter.bucket("GET /api/recipes", "busy") is busy
    permit.unsent()


def test_a_call_of_a_closed_loop_that_ends_late_adds_no_permit() -> None:
    """Its permit was counted as given up when the next loop began; settling it afterwards changes nothing."""
    bucket = TokenBucket(Quota(2, per=60))
    with asyncio.Runner() as runner:
        late = runner.run(bucket.acquire())

    async def next_loop() -> None:
        permit = await bucket.acquire(max_wait=0)
        late.unsent()
        with pytest.raises(QuotaWaitError):
            await bucket.acquire(max_wait=0)
        permit.responded()

    asyncio.run(next_loop())


def test_the_timer_of_a_former_loop_does_not_ring_when_that_loop_runs_again(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket, rings = TokenBucket(Quota(1, per=0.01)), 0

    def ring(_: TokenBucket) -> None:
        nonlocal rings
        rings += 1

    async def leave_a_timer() -> None:
        (await bucket.acquire()).responded()
        waiting = asyncio.ensure_future(bucket.acquire())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])

    async def ask() -> None:
        with pytest.raises(QuotaWaitError):
            await bucket.acquire(max_wait=0)

    monkeypatch.setattr(TokenBucket, "_ring", ring)
    with asyncio.Runner() as first, asyncio.Runner() as second:
        first.run(leave_a_timer())
        second.run(ask())
        first.run(asyncio.sleep(0.02))
    assert rings == 0


def test_threads_that_begin_at_once_share_one_limiter_and_one_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Limiter] = []
    begin, threads = threading.Event(), 4
    new = Limiter.__init__

    def slow(self: Limiter, *, time_scale: float) -> None:
        made.append(self)
        begin.wait(0.02)  # lets the other threads run
        new(self, time_scale=time_scale)

    monkeypatch.setattr(Limiter, "__init__", slow)
    forget_shared_limiter()
    with ThreadPoolExecutor(threads) as pool:
        shared = [one.result() for one in [pool.submit(shared_limiter) for _ in range(threads)]]
    assert len(made) == 1
    assert len(set(map(id, shared))) == 1
    forget_shared_limiter()


def test_a_caller_on_a_second_loop_takes_over_when_the_first_one_stops_without_being_closed() -> None:
    bucket, running = TokenBucket(Quota(1, per=0.5)), threading.Event()
    first, asked = asyncio.new_event_loop(), threading.Event()

    async def hold() -> None:
        (await bucket.acquire()).responded()
        running.set()
        await asyncio.to_thread(asked.wait, 10)

    async def ask() -> Permit:
        asked.set()
        return await asyncio.wait_for(bucket.acquire(), 10)

    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(first.run_until_complete, hold())
        assert running.wait(10)
        asyncio.run(ask()).responded()
        held.result()
    first.close()


def test_a_paced_bucket_says_that_it_serves_one_loop() -> None:
    bucket, taken, leave = PacedBucket(Quota(20, per=1), key="GET /x"), threading.Event(), threading.Event()

    async def first() -> None:
        (await bucket.acquire()).responded()
        taken.set()
        await asyncio.to_thread(leave.wait)

    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(asyncio.run, first())
        taken.wait()
        with pytest.raises(ConfigurationError, match="GET /x are spaced by another event loop"):
            asyncio.run(bucket.acquire())
        leave.set()
        running.result(timeout=60)


def test_a_pause_is_ended_from_another_thread() -> None:
    limiter, limited, served = Limiter({"GET /x": Quota(5, per=60)}), threading.Event(), threading.Event()

    async def first() -> None:
        bucket = limiter.bucket("GET /x")
        (await bucket.acquire()).rate_limited(3_000)
        limited.set()
        async with asyncio.timeout(60):
            (await bucket.acquire()).unsent()
        served.set()

    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(asyncio.run, first())
        limited.wait()
        while not limiter.snapshot()["GET /x"].waiters:
            pass
        limiter.resume("GET /x")
        running.result(timeout=60)
    assert served.is_set()
