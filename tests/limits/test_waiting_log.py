"""What waits long says so in the log, also if a burst was still using up the quota when it began to wait."""

from __future__ import annotations

import asyncio

import pytest

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


async def test_short_waits_are_no_news(caplog: pytest.LogCaptureFixture) -> None:
    await calls(bucket_of(Quota(1, per=1)), 30)
    assert caplog.records == []


async def test_each_window_in_which_calls_begin_to_wait_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    bucket = bucket_of(Quota(60, per=60))
    await calls(bucket, 100)
    await asyncio.sleep(120)
    await calls(bucket, 100)
    assert len(caplog.records) == 2
