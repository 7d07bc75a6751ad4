"""A store that is restarted, emptied, cut off, slow, or gone. In virtual time."""

from __future__ import annotations

import asyncio
import logging

import pytest

from tests.support.bucket_callers import Arrivals, call, crowd
from tests.support.redis_simulation import NAME, SimulatedLink, World
from workato_async.errors import QuotaStoreError, QuotaWaitError
from workato_async.limits.quota import Quota
from workato_async.limits.redis.bucket import RedisBucket
from workato_async.limits.redis.protocol import Reply


def now() -> float:
    return asyncio.get_running_loop().time()


@pytest.mark.parametrize("moment", [0.001, 0.2, 1.0, 5.0, 9.99, 10.0, 23.0])
async def test_a_restart_that_loses_the_data_leads_to_no_overrun(world: World, moment: float) -> None:
    quota = Quota(4, 10)
    buckets = [world.bucket(quota) for _ in range(3)]
    arrivals = Arrivals()
    calls = asyncio.create_task(crowd(buckets, arrivals, 8, 0.5))
    await asyncio.sleep(moment)
    world.store.restart()
    await asyncio.gather(calls, crowd([world.bucket(quota)], arrivals, 4, 0.5))
    assert (len(arrivals.log), arrivals.most_in(10)) == (28, 4)


async def test_data_lost_under_the_feet_of_workers_lead_to_no_overrun(world: World) -> None:
    buckets = [world.bucket(Quota(4, 10)) for _ in range(3)]
    arrivals = Arrivals()
    calls = asyncio.create_task(crowd(buckets, arrivals, 8, 0.5))
    for _ in range(4):
        await asyncio.sleep(7)
        world.store.scripted.lose(NAME)
    await calls
    assert (len(arrivals.log), arrivals.most_in(10)) == (24, 4)


@pytest.mark.parametrize(("quota", "delay"), [(Quota(4, 2), 0.001), (Quota(1, 2), 0.05)], ids=str)
async def test_connections_cut_again_and_again_neither_lose_nor_make_permits(
    world: World, quota: Quota, delay: float
) -> None:
    world.store.slowest = delay
    buckets = [world.bucket(quota) for _ in range(3)]
    arrivals = Arrivals()
    begun = now()
    calls = asyncio.create_task(crowd(buckets, arrivals, 10 * quota.requests, 0.1))
    number = 0
    while not calls.done():
        await asyncio.sleep(0.37)
        number += 1
        if (name := f"w{number % 3}") in world.store.links:
            world.store.cut(name)
    assert (len(arrivals.log), arrivals.most_in(2)) == (30 * quota.requests, quota.requests)
    assert now() - begun < 1.5 * 60


async def test_calls_wait_out_a_short_outage(world: World) -> None:
    bucket = world.bucket(Quota(1, 5))
    arrivals = Arrivals()
    await call(bucket, arrivals)
    waiter = asyncio.create_task(call(bucket, arrivals))
    await asyncio.sleep(4.5)
    world.store.up = False
    other = asyncio.create_task(call(bucket, arrivals))
    await asyncio.sleep(1.5)
    world.store.up = True
    await asyncio.gather(waiter, other)
    assert (len(arrivals.log), arrivals.most_in(5)) == (3, 1)


async def test_without_the_store_calls_fail_within_its_timeout(world: World) -> None:
    bucket = world.bucket(Quota(2, 60))
    await bucket.acquire()
    world.store.up = False
    begun = now()
    with pytest.raises(QuotaStoreError) as told:
        await bucket.acquire()
    assert now() - begun == pytest.approx(2.0, abs=0.3)
    assert str(told.value) == "GET /x: the store at simulation cannot be reached (refused); wait"
    assert told.value.endpoint == "GET /x"
    begun = now()
    with pytest.raises(QuotaStoreError):
        await bucket.acquire()
    assert now() - begun < 1.1, "known to be out of reach: one more try is enough"
    assert (bucket.state().waiters, bucket.sent) == (0, 1)
    world.store.up = True
    await bucket.acquire()


async def test_a_store_that_hangs_is_not_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = world.bucket(Quota(5, 5))
    await bucket.acquire()

    async def hang(self: SimulatedLink, steps: object) -> list[Reply]:
        await asyncio.Event().wait()
        return []

    with monkeypatch.context() as hanging:
        hanging.setattr(SimulatedLink, "exchange", hang)
        begun = now()
        with pytest.raises(QuotaStoreError, match="no reply within 2"):
            await bucket.acquire()
        assert now() - begun < 2.1
    await bucket.acquire()


async def test_a_reply_that_makes_no_sense_fails_the_call_and_hangs_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = world.bucket(Quota(5, 5))

    async def nonsense(self: SimulatedLink, steps: object) -> list[Reply]:
        raise ValueError("not a reply")

    with monkeypatch.context() as broken:
        broken.setattr(SimulatedLink, "exchange", nonsense)
        with pytest.raises(QuotaStoreError, match="ValueError: not a reply"):
            await bucket.acquire()
    await bucket.acquire()


async def test_without_the_store_nobody_knocks_for_ever(world: World) -> None:
    bucket = world.bucket(Quota(2, 10))
    (await bucket.acquire()).responded()
    world.store.up = False
    with pytest.raises(QuotaStoreError):
        await bucket.acquire()
    await asyncio.sleep(60)
    tries = world.store.tries
    assert tries > 10, "while it is not known what became of the permits"
    await asyncio.sleep(3600)
    assert world.store.tries == tries


async def test_alone_each_worker_goes_on_with_its_share(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Two workers with a quarter each: the sum keeps inside the quota before, in and after the outage."""
    quota = Quota(8, 10)
    buckets = [world.bucket(quota, local_share=0.25) for _ in range(2)]
    arrivals = Arrivals()
    calls = asyncio.create_task(crowd(buckets, arrivals, 60, 0.2))
    await asyncio.sleep(24.7)
    with caplog.at_level(logging.WARNING, logger="workato_async"):
        world.store.up = False
        for name in list(world.store.links):
            world.store.cut(name)
        out_of_reach = now()
        await asyncio.sleep(50)
        assert all("without the store" in repr(bucket) for bucket in buckets)
        assert buckets[0].state().quota == quota
        alone = [moment for moment, _ in arrivals.log if out_of_reach + 15 <= moment]
        assert len(alone) >= 3 * 4, "each goes on with two per window"
        world.store.up = True
        await calls
    assert len(arrivals.log) == 120
    assert arrivals.most_in(10) == 8
    assert not any("without the store" in repr(bucket) for bucket in buckets)
    warnings = [record.getMessage() for record in caplog.records]
    assert sum("continuing with a share" in text for text in warnings) == 2, "once for each worker"
    assert sum("reachable again" in text for text in warnings) == 2


async def test_a_worker_that_never_reached_the_store_begins_with_its_share(world: World) -> None:
    world.store.up = False
    bucket = world.bucket(Quota(8, 60), local_share=0.5)
    taken = await asyncio.gather(*(bucket.acquire() for _ in range(4)))
    assert (bucket.state().free, bucket.state().waiters) == (0, 0)
    begun = now()
    with pytest.raises(QuotaWaitError, match="no permit for"):
        await bucket.acquire(max_wait=30)
    assert now() - begun < 1
    taken[1].unsent()
    taken[0].responded()
    taken[2].given_up()
    assert taken[3].rate_limited(5.0) == pytest.approx(5.0)
    await bucket.acquire()
    assert now() - begun >= 5


async def test_while_cut_off_what_is_used_counts_when_the_store_is_back(world: World) -> None:
    one, two = world.bucket(Quota(4, 20), local_share=0.5), world.bucket(Quota(4, 20))
    world.store.up = False
    arrivals = Arrivals()
    await crowd([one], arrivals, 2, 0.1)
    world.store.up = True
    await asyncio.sleep(2)
    await crowd([two], arrivals, 4, 0.1)
    assert (len(arrivals.log), arrivals.most_in(20)) == (6, 4)


async def test_a_request_that_waited_for_a_connection_gives_its_local_permit_back(world: World) -> None:
    world.store.up = False
    bucket = world.bucket(Quota(2, 60), local_share=0.5)
    taken = await bucket.acquire()
    await asyncio.sleep(5)
    taken.mark_sent()
    assert taken.taken == now()
    taken.responded()
    await asyncio.sleep(61)
    assert bucket.state().free == 1


async def test_a_reply_that_cannot_be_applied_leaves_no_other_bucket_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = world.bucket(Quota(1, 5))
    client = world.workers[0].client
    two = RedisBucket(
        one.timings, key="GET /y", name="workato:3:{account}:two", adaptive=True, local_share=None, client=client
    )
    on_reply = RedisBucket.on_reply
    failures = iter([one])

    def fail_once(self: RedisBucket, reply: Reply, at: float) -> None:
        if next(failures, None) is self:
            raise ValueError("cannot be applied")
        on_reply(self, reply, at)

    monkeypatch.setattr(RedisBucket, "on_reply", fail_once)
    await asyncio.gather(one.acquire(), two.acquire())
