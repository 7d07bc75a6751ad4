"""What several workers get of one quota, and when. In virtual time."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from tests.support.bucket_callers import Arrivals, call, crowd
from tests.support.redis_simulation import NAME, World
from workato_async.errors import QuotaWaitError
from workato_async.limits.quota import Quota

MINUTE = Quota(60, 60)
LARGE = Quota(1000, 60)


def now() -> float:
    return asyncio.get_running_loop().time()


@pytest.mark.parametrize(
    ("quota", "jitter"),
    [
        pytest.param(
            quota, jitter, id=f"{quota}-{jitter}", marks=pytest.mark.long if quota == LARGE and jitter != 0.5 else ()
        )
        for quota in (Quota(1, 1), Quota(6, 10), MINUTE, LARGE)
        for jitter in (0.0, 0.5, 20.0)
    ],
)
async def test_no_window_ever_has_one_arrival_too_many(world: World, quota: Quota, jitter: float) -> None:
    buckets = [world.bucket(quota) for _ in range(4)]
    arrivals = Arrivals()
    await crowd(buckets, arrivals, quota.requests, jitter * quota.per / 60)
    assert len(arrivals.log) == 4 * quota.requests
    assert arrivals.most_in(quota.per) == quota.requests


async def test_one_worker_alone_uses_all_of_it_at_once(world: World) -> None:
    bucket = world.bucket(MINUTE, adaptive=False)
    begun = now()
    await asyncio.gather(*(bucket.acquire() for _ in range(60)))
    assert now() - begun < 0.7
    assert (bucket.state().free, bucket.state().waiters, bucket.sent) == (0, 0, 60)


async def test_first_come_first_served_across_workers(world: World) -> None:
    buckets = [world.bucket(Quota(1, 10)) for _ in range(3)]
    arrivals = Arrivals()
    held = await buckets[0].acquire()
    tasks = []
    for number, who in enumerate([2, 0, 1, 2, 0, 1]):
        tasks.append(asyncio.create_task(call(buckets[who], arrivals, number)))
        await asyncio.sleep(0.1)
    held.responded()
    await asyncio.gather(*tasks)
    assert arrivals.by == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("workers", [4, 8])
async def test_workers_that_use_a_quota_to_the_full_have_equal_shares_of_it(world: World, workers: int) -> None:
    buckets = [world.bucket(Quota(60, 6)) for _ in range(workers)]
    arrivals = Arrivals()
    begun = now()
    await crowd(buckets, arrivals, 100, 0.025)
    shares = Counter(who for time, who in arrivals.log if time < begun + 30)
    assert sum(shares.values()) >= 0.97 * 300
    fair = 300 / workers
    assert all(0.7 * fair <= shares[who] <= 1.3 * fair for who in range(workers)), shares


async def test_a_worker_that_joins_later_has_its_share_within_a_window(world: World) -> None:
    quota = Quota(60, 6)
    first, second = world.bucket(quota), world.bucket(quota)
    arrivals = Arrivals()
    calls = [asyncio.create_task(crowd([first], arrivals, 400, 0.01))]
    await asyncio.sleep(20)
    joined = now()
    calls.append(asyncio.create_task(call(second, arrivals, 2)))
    calls += [asyncio.create_task(call(second, arrivals, 2)) for _ in range(199)]
    await asyncio.sleep(18.5)
    shares = Counter(who for time, who in arrivals.log if joined + 6 <= time < joined + 18)
    assert 0.8 * 60 <= shares[2] <= 1.2 * 60 + 15
    for task in calls:
        task.cancel()
    await asyncio.gather(*calls, return_exceptions=True)


async def test_workers_with_a_share_of_the_quota_leave_the_rest_of_it(world: World) -> None:
    one, two = (world.bucket(MINUTE.scaled(share=0.5), adaptive=False) for _ in range(2))
    tasks = [asyncio.create_task(bucket.acquire()) for _ in range(30) for bucket in (one, two)]
    await asyncio.sleep(30)
    assert one.state().waiters + two.state().waiters == 30
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_at_one_a_second_nearly_all_of_the_quota_is_used(world: World) -> None:
    buckets = [world.bucket(Quota(1, 1)) for _ in range(4)]
    arrivals = Arrivals()
    begun = now()
    await crowd(buckets, arrivals, 30, 0.02)
    assert 120 / (now() - begun) >= 0.95


async def test_a_call_costs_few_steps(world: World) -> None:
    for quota, most in ((Quota(60, 6), 0.3), (Quota(1, 1), 2.3), (Quota(1000, 60), 0.05)):
        await world.close()
        world.workers.clear()
        world.store.scripted.lose(NAME)
        buckets = [world.bucket(quota) for _ in range(4)]
        before = world.store.steps
        await crowd(buckets, Arrivals(), max(20, quota.requests), 0.02)
        assert world.store.steps - before <= most * 4 * max(20, quota.requests), quota


async def test_nothing_is_asked_while_nothing_can_be_had(world: World) -> None:
    one, *others = (world.bucket(Quota(1, 1), lease=3600.0) for _ in range(4))
    held = await one.acquire()
    waiters = [asyncio.create_task(bucket.acquire()) for bucket in others for _ in range(10)]
    await asyncio.sleep(1)
    before = world.store.steps
    await asyncio.sleep(600)
    assert world.store.steps - before <= 25, "looking after the holder, ever more seldom"
    held.responded()
    begun = now()
    await asyncio.wait(waiters, return_when=asyncio.FIRST_COMPLETED)
    assert now() - begun < 1.1
    for waiter in waiters:
        waiter.cancel()
    await asyncio.gather(*waiters, return_exceptions=True)


async def test_idle_workers_say_nothing(world: World) -> None:
    bucket = world.bucket(Quota(5, 5))
    await call(bucket, Arrivals())
    await asyncio.sleep(10)
    before = world.store.steps
    await asyncio.sleep(3600)
    assert world.store.steps == before


async def test_what_was_not_sent_is_there_for_others_at_once(world: World) -> None:
    one, two = world.bucket(Quota(1, 60)), world.bucket(Quota(1, 60))
    held = await one.acquire()
    waiter = asyncio.create_task(two.acquire())
    await asyncio.sleep(1)
    begun = now()
    held.unsent()
    await waiter
    assert now() - begun < 0.1


async def test_the_permits_of_a_dead_worker_return_to_the_others_within_a_window(world: World) -> None:
    quota = Quota(60, 6)
    buckets = [world.bucket(quota) for _ in range(4)]
    arrivals = Arrivals()
    tasks = [
        [asyncio.create_task(call(bucket, arrivals, who, 0.02, 0.02)) for _ in range(150)]
        for who, bucket in enumerate(buckets)
    ]
    await asyncio.sleep(15)
    killed = now()
    world.workers[0].kill()
    for task in tasks[0]:
        task.cancel()
    await asyncio.sleep(24)
    used = [who for time, who in arrivals.log if killed + 6 <= time < killed + 12]
    assert len(used) >= 0.97 * 60
    assert 0 not in used
    assert arrivals.most_in(6) <= 60
    everything = [task for of_worker in tasks for task in of_worker]
    for task in everything:
        task.cancel()
    await asyncio.gather(*everything, return_exceptions=True)


async def test_what_a_dead_worker_sent_last_may_still_be_on_its_way(world: World) -> None:
    one, two = world.bucket(Quota(4, 10)), world.bucket(Quota(4, 10))
    await asyncio.gather(*(one.acquire() for _ in range(4)))
    waiters = [asyncio.create_task(two.acquire()) for _ in range(4)]
    await asyncio.sleep(30)
    killed = now()
    world.workers[0].kill()
    taken = await asyncio.gather(*waiters)
    assert all(11 <= permit.taken - killed <= 45 for permit in taken), "a second for them to arrive, and a window"


async def test_the_place_of_a_dead_worker_in_the_line_holds_nobody_up(world: World) -> None:
    one, two = world.bucket(Quota(1, 10)), world.bucket(Quota(1, 10))
    held = await two.acquire()
    waiting = asyncio.create_task(one.acquire())
    await asyncio.sleep(1)
    behind = asyncio.create_task(two.acquire())
    await asyncio.sleep(1)
    world.workers[0].kill()
    waiting.cancel()
    held.responded()
    begun = now()
    await behind
    assert now() - begun < 11


async def test_a_request_that_is_never_given_back_counts_as_lost_when_its_lease_ends(world: World) -> None:
    one, two = (world.bucket(Quota(1, 5), lease=20.0) for _ in range(2))
    begun = now()
    await one.acquire()
    await two.acquire()
    assert 26.0 <= now() - begun < 29.0


async def test_a_hundred_workers_share_one_quota(world: World) -> None:
    quota = Quota(100, 60)
    buckets = [world.bucket(quota) for _ in range(100)]
    arrivals = Arrivals()
    begun = now()
    await crowd(buckets, arrivals, 3, 0.05)
    assert now() - begun < 2 * 60 + 3
    assert arrivals.most_in(60) == 100
    assert world.store.steps <= 2 * 300


@pytest.mark.parametrize(("step", "latest"), [(100.0, 56), (3600.0, 62)])
async def test_a_server_clock_that_is_set_ahead_returns_no_permit_early(world: World, step: float, latest: int) -> None:
    """By an hour, it also makes the key expire: all permits count as just used then."""
    buckets = [world.bucket(Quota(2, 60)) for _ in range(2)]
    for bucket in buckets:
        (await bucket.acquire()).responded()
    await asyncio.sleep(5)
    world.store.clock_ahead += step
    for bucket in buckets:
        with pytest.raises(QuotaWaitError):
            await bucket.acquire(max_wait=1)
    begun = now()
    await asyncio.gather(*(bucket.acquire() for bucket in buckets))
    assert 54 < now() - begun < latest


@pytest.mark.parametrize("step", [3600.0, -3600.0])
async def test_a_server_clock_that_is_set_leads_to_no_overrun_and_no_standstill(world: World, step: float) -> None:
    quota = Quota(6, 10)
    buckets = [world.bucket(quota) for _ in range(3)]
    arrivals = Arrivals()
    calls = asyncio.create_task(crowd(buckets, arrivals, 30, 0.1))
    await asyncio.sleep(32)
    world.store.clock_ahead += step
    begun = now()
    await calls
    assert now() - begun < (90 - 24) / 6 * 10 + 12
    assert arrivals.most_in(quota.per - 0.25) == 6
