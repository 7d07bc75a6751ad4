"""What Redis sees: how many commands, which keys, no token."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
import redis.asyncio

from tests.redis.server import RedisServer
from tests.redis.shared import ACCOUNT, KEY, Arrivals, call, jittery_calls, until
from workato_async import Limiter, WorkatoSession
from workato_async.errors import ConfigurationError
from workato_async.limits.quota import Quota
from workato_async.limits.redis import RedisStore
from workato_async.testing import FakeWorkato

Open = Callable[..., RedisStore]

INSIDE = {"time", "get", "set", "publish", "pubsub|numsub", "pubsub"}
"""Commands that the script gives."""
OURS = {"info", "config", "config|resetstat"}
"""Commands of the tests. A link gives one INFO, too, when it is opened."""


async def commands(client: redis.asyncio.Redis) -> int:
    """Count the commands given so far, those inside of scripts and our own aside."""
    stats = await client.info("commandstats")
    names = {name.removeprefix("cmdstat_"): stat["calls"] for name, stat in stats.items()}
    return sum(calls for name, calls in names.items() if name not in INSIDE and name not in OURS)


async def test_a_call_costs_hardly_more_than_one_command(
    open_store: Open, shared_server: RedisServer, client: redis.asyncio.Redis
) -> None:
    buckets = [open_store(shared_server.url).bucket(Quota(20, 0.1), key=KEY, account=ACCOUNT) for _ in range(4)]
    await client.config_resetstat()
    await jittery_calls(buckets, Arrivals(), 60, 0.005)
    assert await commands(client) <= 1.2 * 240, "connecting included"


async def test_one_call_after_the_other_costs_one_command_each(
    open_store: Open, shared_server: RedisServer, client: redis.asyncio.Redis
) -> None:
    bucket = open_store(shared_server.url).bucket(Quota(1000, 60), key=KEY, account=ACCOUNT)
    await call(bucket, Arrivals())
    await client.config_resetstat()
    for _ in range(50):
        await call(bucket, Arrivals())
    assert await commands(client) <= 51


async def test_nothing_is_asked_while_nothing_can_be_had(
    open_store: Open, shared_server: RedisServer, client: redis.asyncio.Redis
) -> None:
    one, *others = (open_store(shared_server.url).bucket(Quota(1, 0.04), key=KEY, account=ACCOUNT) for _ in range(4))
    held = await one.acquire()
    waiters = [asyncio.create_task(bucket.acquire()) for bucket in others for _ in range(10)]
    await asyncio.sleep(0.05)
    await client.config_resetstat()
    await asyncio.sleep(0.4)  # ten windows
    assert await commands(client) <= 12, "looking after the holder, ever more seldom"
    one.answered(held)
    async with asyncio.timeout(1):
        await asyncio.wait(waiters, return_when=asyncio.FIRST_COMPLETED)
    for waiter in waiters:
        waiter.cancel()
    await asyncio.gather(*waiters, return_exceptions=True)


async def test_idle_workers_give_no_commands(
    open_store: Open, shared_server: RedisServer, client: redis.asyncio.Redis
) -> None:
    bucket = open_store(shared_server.url).bucket(Quota(5, 0.05), key=KEY, account=ACCOUNT)
    await call(bucket, Arrivals())
    await asyncio.sleep(0.1)
    await client.config_resetstat()
    await asyncio.sleep(0.3)
    assert await commands(client) == 0


async def test_redis_sees_hashes_and_never_the_token(shared_server: RedisServer, client: redis.asyncio.Redis) -> None:
    token = "wrkeus-very-secret-token"
    seen: list[str] = []

    async def watch(monitor: redis.asyncio.client.Monitor) -> None:
        async for command in monitor.listen():
            seen.append(str(command))

    async with client.monitor() as monitor, FakeWorkato(recipes=3, jobs=0) as fake:
        watching = asyncio.create_task(watch(monitor))
        limiter = Limiter(store=RedisStore(shared_server.url))
        async with WorkatoSession(token, base_url=fake.url, limiter=limiter) as workato:
            await asyncio.gather(*(workato.recipes.get(recipe) for recipe in fake.state.recipes))
        await limiter.close()
        await asyncio.sleep(0.02)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    assert any("EVALSHA" in command for command in seen)
    keys = await client.keys("*")
    values = [await client.get(key) for key in keys]
    assert [str(key)[:11] for key in keys] == ["b'workato:{"]
    for text in (*seen, repr(keys), repr(values), repr(limiter)):
        assert token not in text
        assert "very-secret" not in text


async def test_keys_expire_by_themselves(
    open_store: Open, shared_server: RedisServer, client: redis.asyncio.Redis
) -> None:
    bucket = open_store(shared_server.url, lease=1.0).bucket(Quota(2, 0.1), key=KEY, account=ACCOUNT)
    await call(bucket, Arrivals())
    (key,) = await client.keys("*")
    assert 0 < await client.pttl(key) <= 2000


async def ask(client: redis.asyncio.Redis, *command: str | int) -> bytes:
    """Give a command for which the client has no method that fits."""
    answer: bytes = await client.execute_command(*command)  # type: ignore[no-untyped-call]
    return answer


async def test_a_cluster_is_followed_to_the_node_that_keeps_the_account(open_store: Open, redis_program: str) -> None:
    first, second = (RedisServer(redis_program, "--cluster-enabled", "yes") for _ in range(2))
    try:
        for server in (first, second):
            server.start()
        one, two = (redis.asyncio.Redis.from_url(server.url) for server in (first, second))
        async with one, two:
            await ask(one, "CLUSTER", "ADDSLOTS", *range(8192))
            await ask(two, "CLUSTER", "ADDSLOTS", *range(8192, 16384))
            await ask(one, "CLUSTER", "MEET", "127.0.0.1", second.port)

            async def complete() -> bool:
                states = [await ask(client, "CLUSTER", "INFO") for client in (one, two)]
                return all(b"cluster_state:ok" in state for state in states)

            await until(complete, timeout=15)
        stores = [open_store(first.url), open_store(second.url)]
        for account in ("a", "b", "c", "d"):
            arrivals = Arrivals()
            buckets = [store.bucket(Quota(3, 0.1), key=KEY, account=account) for store in stores]
            await jittery_calls(buckets, arrivals, 3, 0.002)
            assert (len(arrivals.log), arrivals.most_in(0.1)) == (6, 3)
    finally:
        first.close()
        second.close()


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("http://localhost", {}),
        ("redis://localhost:port", {}),
        ("redis://localhost", {"lease": 0}),
        ("redis://localhost", {"timeout": float("nan")}),
        ("redis://localhost", {"local_share": 0}),
        ("redis://localhost", {"local_share": 1.5}),
        ("redis://localhost", {"on_store_failure": "ignore"}),
    ],
)
def test_wrong_arguments_are_refused(url: str, options: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError):
        RedisStore(url, **options)  # type: ignore[arg-type]


def test_a_store_prints_without_its_password() -> None:
    store = RedisStore("redis://user:hunter2@example.com:6380/3")
    assert "redis://example.com:6380/3" in repr(store)
    assert "hunter2" not in repr(store)
