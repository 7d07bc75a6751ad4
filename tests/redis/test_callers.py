"""What callers of a shared bucket are told and promised: the same as with a bucket of this process. In virtual time."""

from __future__ import annotations

import asyncio
import random

import pytest

from tests.support.bucket_callers import Arrivals, crowd
from tests.support.redis_simulation import World
from tests.support.scripted_server import Reply, ScriptedServer, session_of
from workato_async import Limiter
from workato_async.errors import ConfigurationError, QuotaStoreError, QuotaWaitError
from workato_async.limits.permit import LONGEST_MEANT, StalePermitError
from workato_async.limits.quota import Quota
from workato_async.limits.redis.bucket import RedisBucket
from workato_async.limits.wait_queue import Priority


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_priorities_and_retries_hold_within_a_worker(world: World) -> None:
    bucket = world.bucket(Quota(1, 3))
    held = await bucket.acquire()
    served: list[str] = []

    async def wait(name: str, *, ahead: bool = False, priority: Priority = Priority.NORMAL) -> None:
        taken = await bucket.acquire(ahead=ahead, priority=priority)
        served.append(name)
        taken.responded()

    tasks = [asyncio.create_task(wait("bulk", priority=Priority.BULK)), asyncio.create_task(wait("first"))]
    await asyncio.sleep(0)
    tasks += [asyncio.create_task(wait("retried", ahead=True))]
    tasks += [asyncio.create_task(wait("interactive", priority=Priority.INTERACTIVE))]
    await asyncio.sleep(0)
    held.responded()
    await asyncio.gather(*tasks)
    assert served == ["interactive", "retried", "first", "bulk"]


async def test_a_call_that_would_wait_too_long_fails_as_soon_as_that_is_known(world: World) -> None:
    bucket, other = world.bucket(Quota(1, 60)), world.bucket(Quota(1, 60))
    held = await bucket.acquire(max_wait=0)
    begun = now()
    with pytest.raises(QuotaWaitError) as short:
        await bucket.acquire(max_wait=0)
    assert (short.value.endpoint, short.value.max_wait, now() - begun < 0.01) == ("GET /x", 0, True)
    with pytest.raises(QuotaWaitError):
        await other.acquire(max_wait=5)
    held.responded()
    await asyncio.sleep(1)
    with pytest.raises(QuotaWaitError) as told:
        await other.acquire(max_wait=5)
    assert 58 < told.value.wait <= 62
    assert other.state().waiters == 0
    assert "no permit for" in str(told.value)


async def test_a_wait_that_becomes_too_long_ends_when_it_has(world: World) -> None:
    bucket = world.bucket(Quota(1, 60))
    held = await bucket.acquire()
    waiter = asyncio.create_task(bucket.acquire(max_wait=70))
    await asyncio.sleep(30)
    begun = now()
    held.responded()
    with pytest.raises(QuotaWaitError):
        await waiter
    assert now() - begun == pytest.approx(40, abs=0.1)


async def test_a_wait_that_is_short_enough_is_waited(world: World) -> None:
    bucket, other = world.bucket(Quota(1, 60)), world.bucket(Quota(1, 60))
    (await bucket.acquire()).responded()
    await asyncio.sleep(2)
    begun = now()
    await other.acquire(max_wait=65)
    assert 56 < now() - begun < 60


async def test_a_thousand_cancellations_lose_no_permit(world: World) -> None:
    rng = random.Random(7)
    quota = Quota(7, 10)
    buckets = [world.bucket(quota) for _ in range(3)]

    async def one_call(number: int) -> None:
        bucket = buckets[number % 3]
        taken = await bucket.acquire(ahead=rng.random() < 0.1, max_wait=rng.choice([None, None, 5.0, 500.0]))
        taken.mark_sent()
        try:
            await asyncio.sleep(rng.uniform(0, 3))
        except asyncio.CancelledError:
            taken.given_up()
            raise
        if rng.random() < 0.02:
            taken.rate_limited(rng.choice([None, 2.0]))
        else:
            taken.responded()

    tasks = [asyncio.create_task(one_call(number)) for number in range(1_200)]
    for task in tasks:
        moment = rng.choice([0.0, rng.uniform(0, 0.01), rng.uniform(0, 10), rng.uniform(0, 300)])
        asyncio.get_running_loop().call_later(moment, task.cancel)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(isinstance(result, asyncio.CancelledError) for result in results) > 700
    await asyncio.sleep(60)
    begun = now()
    await asyncio.gather(*(buckets[0].acquire() for _ in range(7)))
    assert now() - begun < 0.2
    assert all(bucket.state().waiters == 0 for bucket in buckets)


async def test_callers_cancelled_together_lose_no_permit(world: World) -> None:
    """The one whose turn has come gives its permit back before the other one's task has noticed its own end."""
    bucket = world.bucket(Quota(1, 10))
    held = await bucket.acquire()
    waiters = [asyncio.create_task(bucket.acquire()) for _ in range(3)]
    await asyncio.sleep(1)
    for waiter in waiters:
        waiter.cancel()
    held.unsent()
    await asyncio.gather(*waiters, return_exceptions=True)
    begun = now()
    await bucket.acquire()
    assert now() - begun < 0.1


async def test_a_pause_is_shared_and_only_ever_extended(world: World) -> None:
    one, two = (world.bucket(Quota(5, 10), adaptive=False) for _ in range(2))
    await two.acquire()
    taken, second = await one.acquire(), await one.acquire()
    begun = now()
    assert taken.rate_limited(30) == pytest.approx(30)
    assert second.rate_limited(10) == pytest.approx(30)
    await asyncio.sleep(1)
    before = world.store.steps
    await asyncio.gather(one.acquire(), two.acquire())
    assert 30 <= now() - begun < 31
    assert one.state().refused == 2
    assert world.store.steps - before <= 6


async def test_five_hundred_calls_that_meet_a_429_pause_once(world: World) -> None:
    """The server rate limits whatever comes in the first second; later requests come as often as the quota allows."""
    quota = Quota(50, 60)
    buckets = [world.bucket(quota) for _ in range(4)]
    begun, refused, sent = now(), 0, 0

    async def one_call(number: int) -> None:
        nonlocal refused, sent
        bucket = buckets[number % 4]
        while True:
            taken = await bucket.acquire()
            sent += 1
            await asyncio.sleep(0.02)
            if now() - begun > 1:
                taken.responded()
                return
            refused += 1
            taken.rate_limited(10.0)

    await asyncio.gather(*(one_call(number) for number in range(500)))
    assert refused <= 50
    assert sent == 500 + refused


async def test_pauses_without_retry_after_grow_for_all(world: World) -> None:
    one, two = (world.bucket(Quota(9, 10), adaptive=False) for _ in range(2))
    pauses = []
    for bucket in (one, two, one, two):
        pauses.append((await bucket.acquire()).rate_limited(None))
        await asyncio.sleep(0.1)
    assert pauses == pytest.approx([0.625, 1.25, 2.5, 5.0], rel=0.01)
    (await two.acquire()).responded()
    await asyncio.sleep(2)
    assert (await one.acquire()).rate_limited(None) == pytest.approx(pauses[0], rel=0.01)


@pytest.mark.parametrize("retry_after", [3601.0, LONGEST_MEANT])
async def test_nobody_is_made_to_wait_for_an_endless_pause(world: World, retry_after: float) -> None:
    one, two, idle = (world.bucket(Quota(2, 60)) for _ in range(3))
    taken = await one.acquire()
    await one.acquire()
    waiters = [asyncio.create_task(bucket.acquire()) for bucket in (one, two, two)]
    waiters[2].cancel()
    await asyncio.sleep(1)
    begun = now()
    assert taken.rate_limited(retry_after) == pytest.approx(retry_after)
    for waiter in waiters[:2]:
        with pytest.raises(QuotaWaitError) as told:
            await waiter
        assert (told.value.paused, told.value.wait > 3600) == (True, True)
    with pytest.raises(QuotaWaitError, match="asked for"):
        await idle.acquire()
    assert now() - begun < 0.1
    await asyncio.sleep(3500)
    for bucket in (one, two, idle):
        task = asyncio.create_task(bucket.acquire())
        await asyncio.sleep(5)
        assert not task.done() or isinstance(task.exception(), QuotaWaitError), "nothing is sent before its time"
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("retry_after", [300.0, LONGEST_MEANT])
async def test_a_pause_may_be_lifted_for_all(world: World, retry_after: float) -> None:
    one, two, idle = (world.bucket(Quota(9, 10), adaptive=False) for _ in range(3))
    for bucket in (one, two, idle):
        (await bucket.acquire()).rate_limited(retry_after)
        await asyncio.sleep(0.1)
        if retry_after > 3600:
            break
    await asyncio.sleep(1)
    waiting = [asyncio.create_task(bucket.acquire()) for bucket in (two, two)]
    await asyncio.sleep(1)
    begun = now()
    two.resume()
    for bucket in (one, two, idle):
        await asyncio.sleep(0.1)
        await bucket.acquire()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert now() - begun < 0.5
    assert [bucket.state().paused_for for bucket in (one, two, idle)] == [0.0] * 3


async def test_a_reply_that_knows_nothing_of_a_pause_does_not_lift_it(world: World) -> None:
    bucket = world.bucket(Quota(9, 10))
    taken, unused = await bucket.acquire(), await bucket.acquire()
    world.store.quickest = world.store.slowest = 0.5
    unused.unsent()
    await asyncio.sleep(0.1)
    taken.rate_limited(30.0)
    await asyncio.sleep(0.95)
    assert bucket.state().paused_for == pytest.approx(29.05)


async def test_a_pause_is_remembered_by_the_workers_when_the_data_are_lost(world: World) -> None:
    one, two = world.bucket(Quota(2, 10)), world.bucket(Quota(2, 10))
    taken = await one.acquire()
    await two.acquire()
    begun = now()
    taken.rate_limited(200.0)
    await asyncio.sleep(5)
    world.store.restart()
    await asyncio.sleep(5)
    await two.acquire()
    assert now() - begun >= 200


async def test_closing_hands_back_what_was_not_used_and_reports_the_rest(world: World) -> None:
    one, two = world.bucket(Quota(2, 10)), world.bucket(Quota(2, 10))
    sent = await one.acquire()
    sent.mark_sent()
    (await one.acquire()).unsent()
    waiter = asyncio.create_task(one.acquire())
    await asyncio.sleep(0)
    waiter.cancel()
    await world.workers[0].client.close()
    begun = now()
    await two.acquire(max_wait=0.05)
    await two.acquire()  # the other one may be on its way: it counts as lost when the store was closed
    assert 10.9 < now() - begun < 11.5
    with pytest.raises(ConfigurationError, match="closed"):
        await one.acquire()
    sent.responded()  # a response that comes too late does no harm


async def test_callers_that_wait_are_told_when_the_store_is_closed(world: World) -> None:
    bucket = world.bucket(Quota(1, 60))
    await bucket.acquire()
    waiter = asyncio.create_task(bucket.acquire())
    await asyncio.sleep(1)
    await world.workers[0].client.close()
    with pytest.raises(QuotaStoreError, match="closed"):
        await waiter


async def test_the_state_is_told_from_what_was_heard(world: World) -> None:
    bucket = world.bucket(Quota(3, 60))
    assert (bucket.state().free, bucket.eta(3), bucket.eta(0)) == (3, 0.0, 0.0)
    assert 59 < bucket.eta(4) < 61
    (await bucket.acquire()).responded()
    assert bucket.state().free == 2
    await bucket.acquire()
    await asyncio.sleep(0.1)
    assert repr(bucket) == "<RedisBucket GET /x: 3 per 60 s, 1 free, 0 waiting>"
    assert 55 < bucket.eta(2) < 62
    await asyncio.sleep(0)


async def test_a_permit_that_waits_for_a_connection_begins_its_lease_when_it_is_sent(world: World) -> None:
    one, two = (world.bucket(Quota(1, 5), lease=20.0) for _ in range(2))
    begun = now()
    permit = await one.acquire()
    await asyncio.sleep(9)
    permit.mark_sent()
    assert permit.taken == now()
    await two.acquire()
    assert 9 + 20 + 5 + 1 <= now() - begun < 38


async def test_a_permit_that_waited_too_long_for_a_connection_is_given_back_unused(world: World) -> None:
    one, two = (world.bucket(Quota(1, 60), lease=20.0) for _ in range(2))
    taken = await one.acquire()
    await asyncio.sleep(11)
    with pytest.raises(StalePermitError):
        taken.mark_sent()
    taken.unsent()
    begun = now()
    await two.acquire()
    assert now() - begun < 0.1


class StoreOf:
    """A store with one bucket."""

    def __init__(self, bucket: RedisBucket) -> None:
        self._bucket = bucket

    def bucket(self, quota: Quota, *, key: str, account: str, adaptive: bool) -> RedisBucket:
        return self._bucket

    async def close(self) -> None:
        """Leave it to the world."""


async def test_requests_that_waited_for_a_connection_lead_to_no_overrun(world: World) -> None:
    """Five connections, the first 25 responses late: the other requests wait for longer than their permits last."""
    quota = Quota(60, 6)
    one, two = (world.bucket(quota, lease=6.0, adaptive=False) for _ in range(2))
    arrivals = Arrivals()

    def respond(_: object) -> Reply:
        arrivals.arrive()
        return Reply(delay=4.5 if len(server.seen) < 25 else 0.02)

    async with ScriptedServer() as server:
        server.otherwise = respond
        async with session_of(server.url, limiter=Limiter(store=StoreOf(one)), max_connections=5) as workato:
            calls = [asyncio.create_task(workato.request("GET", "/api/x")) for _ in range(60)]
            await asyncio.sleep(0.1)
            await asyncio.gather(*calls, crowd([two], arrivals, 240))
    assert (len(server.seen), len(arrivals.log), arrivals.most_in(6)) == (60, 300, 60)


async def test_a_caller_that_fails_leaves_the_queue(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = world.bucket(Quota(1, 5))

    def fail(*_: object) -> None:
        raise RuntimeError("no step")

    with monkeypatch.context() as broken:
        broken.setattr(world.workers[0].client, "request_step", fail)
        with pytest.raises(RuntimeError, match="no step"):
            await bucket.acquire()
    assert bucket.state().waiters == 0
    await bucket.acquire(max_wait=1)
