"""What waits long says so in the log, also if a burst was still using up the quota when it began to wait."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.virtual_time import VirtualTimeLoop
from workato_async import Limiter, Quota
from workato_async.limits.bucket import TokenBucket


async def calls(bucket: TokenBucket, number: int) -> None:
    async def call() -> None:
        permit = await bucket.acquire()
        permit.mark_sent()
        await asyncio.sleep(0.1)
        permit.responded()

    await asyncio.gather(*(call() for _ in range(number)))


def bucket_of(quota: Quota) -> TokenBucket:
    bucket = Limiter(default=quota).bucket("GET /api/tags")
    assert isinstance(bucket, TokenBucket)
    return bucket


async def test_calls_that_begin_at_once(caplog: pytest.LogCaptureFixture) -> None:
    await calls(bucket_of(Quota(60, per=60)), 100)
    assert [record.getMessage() for record in caplog.records] == [
        "GET /api/tags: quota of 60 per 60 s used up; 40 calls wait, the next leaves in 55 s"
    ]


async def test_what_429s_have_left_of_the_quota(caplog: pytest.LogCaptureFixture) -> None:
    bucket = bucket_of(Quota(60, per=60))
    limited = [await bucket.acquire() for _ in range(8)]
    for permit in limited:
        permit.mark_sent()
        permit.rate_limited(1.0)
    await asyncio.sleep(1)
    assert bucket.state().room == 52
    await calls(bucket, 60)
    assert caplog.messages[-1].startswith("GET /api/tags: room for 52 of 60 per 60 s used up; 8 calls wait, the next ")


async def test_short_waits_are_no_news(caplog: pytest.LogCaptureFixture) -> None:
    await calls(bucket_of(Quota(1, per=1)), 30)
    assert caplog.records == []


async def test_a_long_queue_out_of_which_calls_leave(caplog: pytest.LogCaptureFixture) -> None:
    """Something leaves every second, and yet the last one waits for minutes."""
    await calls(bucket_of(Quota(1, per=1)), 160)
    assert caplog.messages == ["GET /api/tags: quota of 1 per 1 s used up; 155 calls wait, the last leaves in 155 s"]


async def test_a_queue_that_stays_long_is_reported_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    bucket = bucket_of(Quota(1, per=1))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(calls(bucket, 100))
        for _ in range(150):
            await asyncio.sleep(1)
            tasks.create_task(calls(bucket, 1))
    assert len(caplog.records) == 3


async def test_each_window_in_which_calls_begin_to_wait_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    bucket = bucket_of(Quota(60, per=60))
    await calls(bucket, 100)
    await asyncio.sleep(120)
    await calls(bucket, 100)
    assert len(caplog.records) == 2


async def test_one_timer_looks_however_many_calls_wait_for_short() -> None:
    loop = asyncio.get_running_loop()
    looks, later = 0, loop.call_later

    def counted(delay: float, callback: Callable[..., object], *args: object, **options: Any) -> asyncio.TimerHandle:
        nonlocal looks
        looks += getattr(callback, "__name__", "") == "_report_waiting"
        return later(delay, callback, *args, **options)

    loop.call_later = counted  # type: ignore[method-assign]
    bucket = bucket_of(Quota(1, per=1))
    async with asyncio.TaskGroup() as tasks:
        for _ in range(100):
            tasks.create_task(calls(bucket, 1))
            await asyncio.sleep(0.9)
    assert looks <= 25


def test_a_loop_that_ends_does_not_silence_the_next_one(caplog: pytest.LogCaptureFixture) -> None:
    bucket = bucket_of(Quota(60, per=60))
    for seconds in (1, 60):
        loop = VirtualTimeLoop()
        with contextlib.suppress(TimeoutError):
            loop.run_until_complete(asyncio.wait_for(calls(bucket, 100), seconds + 1))
        loop.close()
    assert caplog.records
