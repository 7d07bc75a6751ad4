"""Redis restarted, emptied, frozen, or gone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import pytest
import redis.asyncio

from tests.redis.server import RedisServer
from tests.redis.shared import ACCOUNT, KEY, Arrivals, call, jittery_calls, until
from workato_async.errors import QuotaStoreError
from workato_async.limits.quota import Quota
from workato_async.limits.redis import RedisStore
from workato_async.limits.redis_bucket import RedisBucket

Open = Callable[..., RedisStore]

PER = 0.2


def buckets_of(open_store: Open, server: RedisServer, count: int, quota: Quota, **options: object) -> list[RedisBucket]:
    return [open_store(server.url, **options).bucket(quota, key=KEY, account=ACCOUNT) for _ in range(count)]


async def test_the_script_may_be_flushed_at_any_time(open_store: Open, server: RedisServer) -> None:
    buckets = buckets_of(open_store, server, 2, Quota(3, 0.05))
    arrivals = Arrivals()
    calls = asyncio.create_task(jittery_calls(buckets, arrivals, 9, 0.005))
    async with redis.asyncio.Redis.from_url(server.url) as client:
        while not calls.done():
            await client.script_flush()
            await asyncio.sleep(0.01)
    await calls
    assert (len(arrivals.log), arrivals.most_in(0.05)) == (18, 3)


@pytest.mark.parametrize("pause", [0.0, 0.03, 0.1])
async def test_a_restart_that_loses_the_data_leads_to_no_overrun(
    open_store: Open, server: RedisServer, pause: float
) -> None:
    buckets = buckets_of(open_store, server, 3, Quota(4, PER))
    arrivals = Arrivals()
    calls = asyncio.create_task(jittery_calls(buckets, arrivals, 8, 0.02))
    await until(lambda: len(arrivals.log) > 5)
    await asyncio.sleep(pause)
    server.stop()
    await asyncio.sleep(0.02)
    server.start()
    newcomer = buckets_of(open_store, server, 1, Quota(4, PER))
    await asyncio.gather(calls, jittery_calls(newcomer, arrivals, 4, 0.02))
    assert (len(arrivals.log), arrivals.most_in(PER)) == (28, 4)


async def test_data_lost_under_the_feet_of_workers_lead_to_no_overrun(open_store: Open, server: RedisServer) -> None:
    buckets = buckets_of(open_store, server, 3, Quota(4, PER))
    arrivals = Arrivals()
    calls = asyncio.create_task(jittery_calls(buckets, arrivals, 6, 0.02))
    async with redis.asyncio.Redis.from_url(server.url) as client:
        for _ in range(3):
            await asyncio.sleep(0.15)
            await client.flushall()
    await calls
    assert (len(arrivals.log), arrivals.most_in(PER)) == (18, 4)


async def test_calls_wait_out_a_short_outage(open_store: Open, server: RedisServer) -> None:
    (bucket,) = buckets_of(open_store, server, 1, Quota(1, 0.05))
    arrivals = Arrivals()
    await call(bucket, arrivals)
    waiter = asyncio.create_task(call(bucket, arrivals))
    await asyncio.sleep(0.01)
    server.stop()
    other = asyncio.create_task(call(bucket, arrivals))
    await asyncio.sleep(0.3)
    server.start()
    async with asyncio.timeout(5):
        await asyncio.gather(waiter, other)
    assert arrivals.most_in(0.05) == 1


async def test_without_redis_calls_fail_soon_and_say_what_to_do(open_store: Open, server: RedisServer) -> None:
    (bucket,) = buckets_of(open_store, server, 1, Quota(1, 60), timeout=0.2)
    await bucket.acquire()
    waiter = asyncio.create_task(bucket.acquire())
    await asyncio.sleep(0.01)
    server.stop()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    with pytest.raises(QuotaStoreError) as told:
        await waiter
    assert 0.15 < loop.time() - begun < 2
    text = str(told.value)
    assert text.startswith(f"{KEY}: the store at redis://127.0.0.1:{server.port}/0 cannot be reached (")
    assert "start Redis or correct the URL" in text
    assert "on_store_failure='local'" in text
    assert told.value.endpoint == KEY
    begun = loop.time()
    with pytest.raises(QuotaStoreError):
        await bucket.acquire()
    assert loop.time() - begun < 0.2, "known to be out of reach: one try is enough"
    assert (bucket.state().waiters, bucket.sent) == (0, 1)


async def test_calls_go_on_when_redis_is_back(open_store: Open, server: RedisServer) -> None:
    (bucket,) = buckets_of(open_store, server, 1, Quota(1, 0.05), timeout=0.1)
    server.stop()
    with pytest.raises(QuotaStoreError):
        await bucket.acquire()
    server.start()
    async with asyncio.timeout(3):
        await bucket.acquire()


async def test_a_redis_that_does_not_answer_is_not_waited_for_longer_than_said(
    open_store: Open, server: RedisServer
) -> None:
    (bucket,) = buckets_of(open_store, server, 1, Quota(5, 0.05), timeout=0.2)
    await bucket.acquire()
    server.freeze()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    with pytest.raises(QuotaStoreError, match="no answer within"):
        await bucket.acquire()
    assert loop.time() - begun < 2
    server.thaw()
    async with asyncio.timeout(5):
        await bucket.acquire()


async def test_a_wrong_password_is_told_without_quoting_it(open_store: Open, redis_program: str) -> None:
    guarded = RedisServer(redis_program, "--requirepass", "right")
    guarded.start()
    try:
        url = guarded.url.replace("//", "//:hunter2@")
        store = open_store(url, timeout=0.1)
        with pytest.raises(QuotaStoreError) as told:
            await store.bucket(Quota(1, 60), key=KEY, account=ACCOUNT).acquire()
        assert "hunter2" not in f"{told.value!r} {told.value} {store!r}"
        await open_store(url.replace("hunter2", "right")).bucket(Quota(1, 60), key=KEY, account=ACCOUNT).acquire()
    finally:
        guarded.close()


async def test_alone_each_worker_goes_on_with_its_share(
    open_store: Open, server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Two workers with a quarter each: the sum keeps inside the quota before, in and after the outage."""
    quota = Quota(8, PER)
    buckets = buckets_of(open_store, server, 2, quota, timeout=0.1, on_store_failure="local", local_share=0.25)
    arrivals = Arrivals()
    calls = asyncio.create_task(jittery_calls(buckets, arrivals, 30, 0.005))
    await until(lambda: len(arrivals.log) >= 8)
    with caplog.at_level(logging.WARNING, logger="workato_async"):
        server.stop()
        await until(lambda: len(arrivals.log) >= 16)
        assert "without the store" in repr(buckets[0])
        assert buckets[0].state().quota == quota
        server.start()
        await until(lambda: "without the store" not in repr(buckets[0]) + repr(buckets[1]))
        await calls
    assert len(arrivals.log) == 60
    assert arrivals.most_in(PER) == 8
    warnings = [record.getMessage() for record in caplog.records]
    assert sum("going on with a share" in text for text in warnings) == 2, "once for each worker"
    assert sum("answers again" in text for text in warnings) == 2


async def test_a_worker_that_never_reached_redis_begins_with_its_share(open_store: Open, server: RedisServer) -> None:
    server.stop()
    (bucket,) = buckets_of(open_store, server, 1, Quota(8, 60), timeout=0.1, on_store_failure="local", local_share=0.5)
    taken = await asyncio.gather(*(bucket.acquire() for _ in range(4)))
    assert (bucket.state().free, bucket.state().waiters) == (0, 0)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    waiter = asyncio.create_task(bucket.acquire(max_wait=30))
    with pytest.raises(Exception, match="used up"):
        await waiter
    assert loop.time() - begun < 1
    bucket.unsent()
    bucket.answered(taken[0])
    bucket.lost()
    assert bucket.not_accepted(taken[3], 0.05) == pytest.approx(0.05, abs=0.01)
    await asyncio.wait_for(bucket.acquire(), 5)
