"""Several stores, each with connections of its own as in a process of its own, over a real server."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Callable

import pytest
import redis.asyncio

from tests.redis.server import RedisServer
from tests.redis.shared import ACCOUNT, KEY, Arrivals, call, jittery_calls, until
from workato_async.errors import ConfigurationError, QuotaStoreError, QuotaWaitError
from workato_async.limits.queue import Priority
from workato_async.limits.quota import Quota
from workato_async.limits.redis import RedisStore
from workato_async.limits.redis_bucket import RedisBucket

Open = Callable[..., RedisStore]
OpenBucket = Callable[..., RedisBucket]

PER = 0.1


@pytest.fixture
def open_bucket(
    open_store: Open, shared_server: RedisServer, client: redis.asyncio.Redis
) -> Callable[..., RedisBucket]:
    """Give a function that makes the same bucket in a store of its own."""

    def make(quota: Quota, key: str = KEY, account: str = ACCOUNT, **options: object) -> RedisBucket:
        return open_store(shared_server.url, **options).bucket(quota, key=key, account=account)

    return make


@pytest.mark.parametrize("jitter", [0.0, 0.02, 0.15])
async def test_no_window_ever_has_one_arrival_too_many(open_bucket: OpenBucket, jitter: float) -> None:
    buckets = [open_bucket(Quota(6, PER)) for _ in range(4)]
    arrivals = Arrivals()
    await jittery_calls(buckets, arrivals, 12, jitter)
    assert len(arrivals.log) == 48
    assert arrivals.most_in(PER) == 6


async def test_accounts_and_endpoints_have_tokens_of_their_own(open_bucket: OpenBucket) -> None:
    buckets = [
        open_bucket(Quota(1, 60)),
        open_bucket(Quota(1, 60), key="GET /api/jobs"),
        open_bucket(Quota(1, 60), account="another"),
    ]
    await asyncio.gather(*(bucket.acquire() for bucket in buckets))
    with pytest.raises(QuotaWaitError):
        await open_bucket(Quota(1, 60)).acquire(max_wait=0)


async def test_the_name_of_a_placeholder_makes_no_difference(open_bucket: OpenBucket) -> None:
    await open_bucket(Quota(1, 60), key="GET /api/recipes/{id}").acquire()
    with pytest.raises(QuotaWaitError):
        await open_bucket(Quota(1, 60), key="GET /api/recipes/{recipe_id}").acquire(max_wait=0)


async def test_first_come_first_served_across_workers(open_bucket: OpenBucket) -> None:
    buckets = [open_bucket(Quota(1, 0.04)) for _ in range(3)]
    arrivals = Arrivals()
    held = await buckets[0].acquire()
    for bucket in buckets[1:]:  # all are connected
        with pytest.raises(QuotaWaitError):
            await bucket.acquire(max_wait=0)
    tasks = []
    for number, who in enumerate([2, 0, 1, 2, 0, 1]):
        tasks.append(asyncio.create_task(call(buckets[who], arrivals, number)))
        await asyncio.sleep(0.01)
    buckets[0].answered(held)
    await asyncio.gather(*tasks)
    assert arrivals.by == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("workers", [4, 8])
async def test_workers_that_use_a_quota_to_the_full_have_equal_shares_of_it(
    open_bucket: OpenBucket, workers: int
) -> None:
    buckets = [open_bucket(Quota(24, PER)) for _ in range(workers)]
    arrivals = Arrivals()
    await jittery_calls(buckets, arrivals, 30, 0.005)
    shares = Counter(arrivals.by[: 5 * 24])
    fair = 5 * 24 / workers
    assert all(0.7 * fair <= shares[who] <= 1.3 * fair for who in range(workers)), shares


async def test_one_worker_alone_uses_all_of_it_at_once(open_bucket: OpenBucket) -> None:
    bucket = open_bucket(Quota(60, 60))
    async with asyncio.timeout(1):
        await asyncio.gather(*(bucket.acquire() for _ in range(60)))
    assert (bucket.state().free, bucket.state().waiters, bucket.sent) == (0, 0, 60)


async def test_priorities_and_retries_hold_within_a_worker(open_bucket: OpenBucket) -> None:
    bucket = open_bucket(Quota(1, 0.03))
    held = await bucket.acquire()
    served: list[str] = []

    async def wait(name: str, *, ahead: bool = False, priority: Priority = Priority.NORMAL) -> None:
        taken = await bucket.acquire(ahead=ahead, priority=priority)
        served.append(name)
        bucket.answered(taken)

    tasks = [asyncio.create_task(wait("bulk", priority=Priority.BULK)), asyncio.create_task(wait("first"))]
    await asyncio.sleep(0)
    tasks += [asyncio.create_task(wait("retried", ahead=True))]
    tasks += [asyncio.create_task(wait("interactive", priority=Priority.INTERACTIVE))]
    await asyncio.sleep(0)
    bucket.answered(held)
    await asyncio.gather(*tasks)
    assert served == ["interactive", "retried", "first", "bulk"]


async def test_max_wait_fails_at_once_or_when_it_has_passed(open_bucket: OpenBucket) -> None:
    bucket, other = open_bucket(Quota(1, 60)), open_bucket(Quota(1, 60))
    held = await bucket.acquire(max_wait=0)
    with pytest.raises(QuotaWaitError) as short:
        await bucket.acquire(max_wait=0)
    assert short.value.endpoint == KEY
    with pytest.raises(QuotaWaitError):
        await other.acquire(max_wait=5)
    bucket.answered(held)
    await asyncio.sleep(0.02)
    with pytest.raises(QuotaWaitError) as told:
        await other.acquire(max_wait=5)
    assert 50 < told.value.wait <= 62
    assert other.state().waiters == 0


async def test_cancelled_callers_lose_no_token(open_bucket: OpenBucket) -> None:
    buckets = [open_bucket(Quota(3, PER)) for _ in range(2)]
    arrivals = Arrivals()
    for number in range(20):
        tasks = [asyncio.create_task(call(buckets[n % 2], arrivals)) for n in range(6)]
        await asyncio.sleep(number * 0.0005)
        for task in tasks[number % 3 :]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(2 * PER)
    async with asyncio.timeout(1):
        await asyncio.gather(*(call(buckets[0], arrivals) for _ in range(3)))
    assert arrivals.most_in(PER) <= 3


async def test_what_was_not_sent_is_there_for_others_at_once(open_bucket: OpenBucket) -> None:
    one, two = open_bucket(Quota(1, 60)), open_bucket(Quota(1, 60))
    await one.acquire()
    waiter = asyncio.create_task(two.acquire())
    await until(lambda: two.state().waiters == 1)
    await asyncio.sleep(0.02)
    one.unsent()
    async with asyncio.timeout(1):
        await waiter


async def test_a_pause_is_shared_and_only_ever_extended(open_bucket: OpenBucket) -> None:
    one, two = open_bucket(Quota(5, PER)), open_bucket(Quota(5, PER))
    await two.acquire()
    loop = asyncio.get_running_loop()
    taken, second = await one.acquire(), await one.acquire()
    begun = loop.time()
    assert one.not_accepted(taken, 0.3) == pytest.approx(0.3)
    assert one.not_accepted(second, 0.1) == pytest.approx(0.3, abs=0.01)
    await asyncio.sleep(0.02)
    await asyncio.gather(one.acquire(), two.acquire())
    assert loop.time() - begun >= 0.3
    assert one.state().refused == 2


async def test_pauses_without_retry_after_grow_for_all(open_bucket: OpenBucket) -> None:
    one, two = open_bucket(Quota(9, PER)), open_bucket(Quota(9, PER))
    pauses = []
    for bucket in (one, two, one, two):
        pauses.append(bucket.not_accepted(await bucket.acquire(), None))
    assert pauses == sorted(pauses)
    assert pauses[3] == pytest.approx(8 * pauses[0], rel=0.2)
    two.answered(await two.acquire())
    await asyncio.sleep(0.05)
    assert one.not_accepted(await one.acquire(), None) == pytest.approx(pauses[0], rel=0.2)


async def test_nobody_is_made_to_wait_for_an_endless_pause(open_bucket: OpenBucket) -> None:
    one, two = open_bucket(Quota(2, 60)), open_bucket(Quota(2, 60))
    taken = await one.acquire()
    await one.acquire()
    waiter = asyncio.create_task(one.acquire())
    await asyncio.sleep(0.02)
    one.not_accepted(taken, 86_400.0)
    with pytest.raises(QuotaWaitError) as told:
        await waiter
    assert told.value.paused
    await asyncio.sleep(0.02)
    with pytest.raises(QuotaWaitError):
        await two.acquire()


async def test_closing_hands_back_what_was_not_used_and_reports_the_rest(
    open_store: Open, shared_server: RedisServer, client: redis.asyncio.Redis
) -> None:
    stores = [open_store(shared_server.url) for _ in range(2)]
    one, two = (store.bucket(Quota(2, 0.3), key=KEY, account=ACCOUNT) for store in stores)
    loop = asyncio.get_running_loop()
    await one.acquire()
    await one.acquire()
    one.unsent()
    waiter = asyncio.create_task(one.acquire())
    await asyncio.sleep(0)
    waiter.cancel()
    await stores[0].close()
    begun = loop.time()
    await two.acquire(max_wait=0.05)
    await two.acquire()  # the other one may be on its way: it counts as lost when the store was closed
    assert 0.5 < loop.time() - begun < 1.0
    with pytest.raises(ConfigurationError, match="closed"):
        await one.acquire()
    one.answered(0.0)  # an answer that comes too late does no harm


async def test_callers_that_wait_are_told_when_the_store_is_closed(
    open_store: Open, shared_server: RedisServer, client: redis.asyncio.Redis
) -> None:
    store = open_store(shared_server.url)
    bucket = store.bucket(Quota(1, 60), key=KEY, account=ACCOUNT)
    await bucket.acquire()
    waiter = asyncio.create_task(bucket.acquire())
    await asyncio.sleep(0.01)
    await store.close()
    with pytest.raises(QuotaStoreError, match="closed"):
        await waiter


async def test_a_request_that_is_never_given_back_counts_as_lost_when_its_lease_ends(open_bucket: OpenBucket) -> None:
    one, two = open_bucket(Quota(1, 0.05), lease=0.2), open_bucket(Quota(1, 0.05), lease=0.2)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await one.acquire()
    async with asyncio.timeout(2):
        await two.acquire()
    assert loop.time() - begun >= 0.2 + 0.05 + 0.05


KILLED = """
import asyncio, sys
from workato_async import Quota
from workato_async.limits.redis import RedisStore

async def main():
    bucket = RedisStore(sys.argv[1]).bucket(Quota(4, 0.2), key=sys.argv[2], account=sys.argv[3])
    for _ in range(4):
        await bucket.acquire()
    waiting = [asyncio.ensure_future(bucket.acquire()) for _ in range(40)]
    await asyncio.sleep(0.05)
    print("ready", flush=True)
    await asyncio.gather(*waiting)

asyncio.run(main())
"""


async def test_the_tokens_of_a_killed_process_return(open_bucket: OpenBucket, shared_server: RedisServer) -> None:
    bucket = open_bucket(Quota(4, 0.2))
    loop = asyncio.get_running_loop()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, shared_server.url, KEY, ACCOUNT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    waiters = [asyncio.create_task(bucket.acquire()) for _ in range(4)]
    await asyncio.sleep(0.02)
    process.kill()
    await process.wait()
    killed = loop.time()
    async with asyncio.timeout(5):
        taken = await asyncio.gather(*waiters)
    assert all(moment - killed >= 0.4 for moment in taken), "a window after its death, and a window for late arrivals"
    assert all(moment - killed <= 3.0 for moment in taken), "its place in the line does not hold anyone up"


async def test_a_bucket_belongs_to_one_loop(open_bucket: OpenBucket) -> None:
    bucket = open_bucket(Quota(5, 60))
    await bucket.acquire()

    def elsewhere() -> None:
        with pytest.raises(ConfigurationError, match="another event loop"):
            asyncio.run(bucket.acquire())

    await asyncio.get_running_loop().run_in_executor(None, elsewhere)


def test_the_next_loop_may_go_on_where_a_closed_one_stopped(shared_server: RedisServer) -> None:
    store = RedisStore(shared_server.url)
    bucket = store.bucket(Quota(2, 60), key="GET /api/loops", account=ACCOUNT)

    async def first() -> None:
        await bucket.acquire()

    async def second() -> None:
        await bucket.acquire(max_wait=5)
        with pytest.raises(QuotaWaitError):
            await bucket.acquire(max_wait=5)
        await store.close()

    asyncio.run(first())
    asyncio.run(second())


async def test_a_store_is_for_one_limiter(open_store: Open, shared_server: RedisServer) -> None:
    store = open_store(shared_server.url)
    bucket = store.bucket(Quota(1, 60), key=KEY, account=ACCOUNT)
    assert store.bucket(Quota(1, 60), key=KEY, account=ACCOUNT) is bucket
    with pytest.raises(ConfigurationError, match="RedisStore for each Limiter"):
        store.bucket(Quota(2, 60), key=KEY, account=ACCOUNT)


async def test_the_state_is_told_from_what_was_heard(open_bucket: OpenBucket) -> None:
    bucket = open_bucket(Quota(3, 60))
    assert (bucket.state().free, bucket.eta(3), bucket.eta(0)) == (3, 0.0, 0.0)
    assert 59 < bucket.eta(4) < 61
    bucket.answered(await bucket.acquire())
    await asyncio.sleep(0)
    assert bucket.state().free == 2
    waiter = asyncio.create_task(bucket.acquire())
    await waiter
    await until(lambda: bucket.state().free == 1)
    assert repr(bucket) == f"<RedisBucket {KEY}: 3 per 60 s, 1 free, 0 waiting>"
    assert 55 < bucket.eta(2) < 62
