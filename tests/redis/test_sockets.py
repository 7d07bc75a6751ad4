"""RedisStore over sockets: what Redis sees of it, and what becomes of callers when Redis is in trouble."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import logging
import multiprocessing
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable

import pytest
import redis.asyncio

from tests.support.bucket_callers import ACCOUNT, KEY, NEVER, Arrivals, call, crowd
from tests.support.redis_server import RedisServer
from workato_async import Limiter, WorkatoSession
from workato_async.errors import ConfigurationError, QuotaStoreError, QuotaWaitError, RateLimitedError
from workato_async.limits.quota import Quota
from workato_async.limits.redis import RedisStore
from workato_async.limits.redis.bucket import RedisBucket
from workato_async.testing import FakeWorkato
from workato_async.testing.faults import Refuse429

OVER_SOCKETS = True

Open = Callable[..., RedisStore]

PER = 0.05
"""A window that is short in real time."""


def buckets_of(open_store: Open, server: RedisServer, count: int, quota: Quota, **options: object) -> list[RedisBucket]:
    return [open_store(server.url, **options).bucket(quota, key=KEY, account=ACCOUNT) for _ in range(count)]


@contextlib.asynccontextmanager
async def monitored(client: redis.asyncio.Redis) -> AsyncIterator[list[str]]:
    """List what other clients command; it is complete when the context is left."""
    seen: list[str] = []

    async def watch(monitor: redis.asyncio.client.Monitor) -> None:
        async for command in monitor.listen():
            if command["command"] == "ECHO the end":
                return
            seen.append(command["command"])

    async with client.monitor() as monitor:
        watching = asyncio.create_task(watch(monitor))
        yield seen
        await client.echo("the end")
        await asyncio.wait_for(watching, NEVER)


# The rule


async def test_no_window_ever_has_one_arrival_too_many(
    open_store: Open, shared_server: RedisServer, client: redis.asyncio.Redis
) -> None:
    buckets = buckets_of(open_store, shared_server, 4, Quota(6, PER))
    arrivals = Arrivals()
    await asyncio.wait_for(crowd(buckets, arrivals, 12), NEVER)
    assert len(arrivals.log) == 48
    assert arrivals.most_in(PER) <= 6


async def test_accounts_and_endpoints_have_permits_of_their_own(
    open_store: Open, shared_server: RedisServer, client: redis.asyncio.Redis
) -> None:
    one, two = open_store(shared_server.url), open_store(shared_server.url)
    for key, account in ((KEY, ACCOUNT), ("GET /api/jobs", ACCOUNT), (KEY, "another")):
        await one.bucket(Quota(1, 3600), key=key, account=account).acquire(max_wait=NEVER)
    renamed = KEY.replace("{id}", "{recipe_id}")
    with pytest.raises(QuotaWaitError):
        await two.bucket(Quota(1, 3600), key=renamed, account=ACCOUNT).acquire(max_wait=0)


WORKER = """
import asyncio, sys
from workato_async import Quota
from workato_async.limits.redis import RedisStore

async def main():
    bucket = RedisStore(sys.argv[1]).bucket(Quota(4, 0.2), key=sys.argv[2], account=sys.argv[3])
    for _ in range(4):
        await bucket.acquire()
    waiting = [asyncio.ensure_future(bucket.acquire()) for _ in range(40)]
    await asyncio.sleep(0)
    print("ready", flush=True)
    await asyncio.gather(*waiting)

asyncio.run(main())
"""


async def test_the_permits_of_a_killed_process_return(
    open_store: Open, shared_server: RedisServer, client: redis.asyncio.Redis
) -> None:
    (bucket,) = buckets_of(open_store, shared_server, 1, Quota(4, 0.2))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WORKER, shared_server.url, KEY, ACCOUNT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    killed = asyncio.get_running_loop().time()
    process.kill()
    await process.wait()
    async with asyncio.timeout(NEVER):
        taken = await asyncio.gather(*(bucket.acquire() for _ in range(4)))
    assert all(permit.taken - killed >= 0.4 for permit in taken), (
        "a window after its death, and a window for late arrivals"
    )


# What Redis sees


async def test_a_call_costs_at_most_two_commands(
    open_store: Open, shared_server: RedisServer, client: redis.asyncio.Redis
) -> None:
    buckets = buckets_of(open_store, shared_server, 3, Quota(1000, 3600))
    async with monitored(client) as seen:
        for _ in range(30):
            for bucket in buckets:
                await call(bucket, Arrivals())
    scripts = [command for command in seen if command.startswith(("EVAL", "EVALSHA"))]
    assert 90 <= len(scripts) <= 180, "one to ask; another one only if it took long enough to report the last"
    others = {command.split()[0] for command in seen if command not in scripts}
    assert others <= {"HELLO", "INFO", "SUBSCRIBE", "SELECT", "CLIENT", "GET", "SET", "TIME", "PUBLISH", "PUBSUB"}


async def test_redis_sees_hashes_and_never_the_token(shared_server: RedisServer, client: redis.asyncio.Redis) -> None:
    token = "wrkeus-very-secret-token"
    async with monitored(client) as seen, FakeWorkato(recipes=3, jobs=0) as fake:
        limiter = Limiter(store=RedisStore(shared_server.url))
        async with WorkatoSession(token, base_url=fake.url, limiter=limiter) as workato:
            await asyncio.gather(*(workato.recipes.get(recipe) for recipe in fake.state.recipes))
        keys = await client.keys("*")
        values = [await client.get(key) for key in keys]
        await limiter.close()
    assert any("EVALSHA" in command for command in seen)
    assert all(re.fullmatch(r"b'workato:3:\{[0-9a-f]+\}:[0-9a-f]+'", str(key)) for key in keys)
    assert keys
    for text in (*seen, repr(keys), repr(values), repr(limiter)):
        assert token not in text
        assert "very-secret" not in text
        assert "recipes" not in text


async def test_keys_expire_by_themselves(
    open_store: Open, shared_server: RedisServer, client: redis.asyncio.Redis
) -> None:
    (bucket,) = buckets_of(open_store, shared_server, 1, Quota(2, 30), lease=100.0)
    await call(bucket, Arrivals())
    (key,) = await client.keys("*")
    assert 0 < await client.pttl(key) <= 1000 * (100 + 3 * 30 + 2)


async def test_a_long_pause_ends_calls_everywhere(
    open_store: Open, shared_server: RedisServer, client: redis.asyncio.Redis
) -> None:
    async with FakeWorkato(recipes=1, jobs=0) as fake:
        limiters = [Limiter(store=open_store(shared_server.url)) for _ in range(2)]
        recipe = next(iter(fake.state.recipes))
        fake.fail("recipes.get", Refuse429(retry_after="86400"))
        async with (
            WorkatoSession("token", base_url=fake.url, limiter=limiters[0]) as one,
            WorkatoSession("token", base_url=fake.url, limiter=limiters[1]) as two,
        ):
            with pytest.raises(RateLimitedError):
                await one.recipes.get(recipe)
            for workato in (one, two):
                with pytest.raises(QuotaWaitError) as told:
                    await workato.recipes.get(recipe)
                assert told.value.paused
    assert len(fake.requests) == 1


# Redis in trouble


async def test_the_script_may_be_flushed_at_any_time(open_store: Open, server: RedisServer) -> None:
    buckets = buckets_of(open_store, server, 2, Quota(3, PER))
    arrivals = Arrivals()
    calls = asyncio.create_task(crowd(buckets, arrivals, 12))
    async with redis.asyncio.Redis.from_url(server.url) as client:
        for count in range(2, 24, 3):
            await arrivals.reach(count)
            await client.script_flush()
    await asyncio.wait_for(calls, NEVER)
    assert len(arrivals.log) == 24
    assert arrivals.most_in(PER) <= 3


async def test_connections_may_be_killed_at_any_time(open_store: Open, server: RedisServer) -> None:
    buckets = buckets_of(open_store, server, 2, Quota(3, PER))
    arrivals = Arrivals()
    calls = asyncio.create_task(crowd(buckets, arrivals, 12))
    async with redis.asyncio.Redis.from_url(server.url) as client:
        for count in range(2, 24, 3):
            await arrivals.reach(count)
            for kind in ("normal", "pubsub"):
                await client.client_kill_filter(_type=kind, skipme=True)
    await asyncio.wait_for(calls, NEVER)
    assert len(arrivals.log) == 24
    assert arrivals.most_in(PER) <= 3


async def test_a_restart_that_loses_the_data_leads_to_no_overrun(open_store: Open, server: RedisServer) -> None:
    buckets = buckets_of(open_store, server, 3, Quota(4, PER))
    arrivals = Arrivals()
    calls = asyncio.create_task(crowd(buckets, arrivals, 8))
    for count in (3, 14):
        await arrivals.reach(count)
        server.stop()
        server.start()
    (newcomer,) = buckets_of(open_store, server, 1, Quota(4, PER))
    await asyncio.wait_for(asyncio.gather(calls, crowd([newcomer], arrivals, 4)), NEVER)
    assert len(arrivals.log) == 28
    assert arrivals.most_in(PER) <= 4


async def test_without_redis_calls_fail_and_say_what_to_do(open_store: Open, server: RedisServer) -> None:
    (bucket,) = buckets_of(open_store, server, 1, Quota(1, PER), timeout=0.05)
    server.stop()
    with pytest.raises(QuotaStoreError) as told:
        await asyncio.wait_for(bucket.acquire(), NEVER)
    text = str(told.value)
    assert text.startswith(f"{KEY}: the store at redis://127.0.0.1:{server.port}/0 cannot be reached (")
    assert "start Redis or correct the URL" in text
    assert "on_store_failure='local'" in text
    assert told.value.endpoint == KEY
    server.start()
    async with asyncio.timeout(NEVER):
        while True:
            with contextlib.suppress(QuotaStoreError):  # with so short a timeout, a slow machine may need a few calls
                await bucket.acquire()
                break


async def test_a_redis_that_does_not_reply_is_not_waited_for(open_store: Open, server: RedisServer) -> None:
    (bucket,) = buckets_of(open_store, server, 1, Quota(5, 3600), timeout=5.0)
    await bucket.acquire()
    server.freeze()
    (other,) = buckets_of(open_store, server, 1, Quota(5, 3600), timeout=0.05)
    with pytest.raises(QuotaStoreError, match="cannot be reached"):
        await asyncio.wait_for(other.acquire(), NEVER)
    server.thaw()
    await asyncio.wait_for(bucket.acquire(), NEVER)


async def test_a_wrong_password_is_told_without_quoting_it(open_store: Open, redis_program: str) -> None:
    guarded = RedisServer(redis_program, "--requirepass", "right")
    guarded.start()
    try:
        url = guarded.url.replace("//", "//:hunter2@")
        store = open_store(url, timeout=0.05)
        with pytest.raises(QuotaStoreError) as told:
            await store.bucket(Quota(1, 60), key=KEY, account=ACCOUNT).acquire()
        assert "hunter2" not in f"{told.value!r} {told.value} {store!r}"
        await open_store(url.replace("hunter2", "right")).bucket(Quota(1, 60), key=KEY, account=ACCOUNT).acquire()
    finally:
        guarded.close()


@pytest.mark.parametrize("useful", ["", "+info +pubsub|numsub"])
async def test_a_user_needs_few_commands(
    open_store: Open, shared_server: RedisServer, client: redis.asyncio.Redis, useful: str
) -> None:
    rules = (
        f"on >password ~workato:* resetchannels &workato:* +eval +evalsha +subscribe +get +set +time +publish {useful}"
    )
    acl = functools.partial(client.execute_command, "ACL")
    await acl("SETUSER", "worker", *rules.split())
    try:
        url = shared_server.url.replace("//", "//worker:password@")
        stores = [open_store(url, lease=0.6) for _ in range(3)]
        one, two, three = (store.bucket(Quota(2, PER), key=KEY, account=ACCOUNT) for store in stores)
        arrivals = Arrivals()
        await asyncio.wait_for(crowd([one, two, three], arrivals, 8), NEVER)
        assert (len(arrivals.log), arrivals.most_in(PER)) == (24, 2)
        for _ in range(2):
            await one.acquire()
        link = stores[1]._client._link
        await asyncio.wait_for(two.acquire(), NEVER)  # the script asks whether the holder lives, until its lease ends
        assert stores[1]._client._link is link, "no step failed"
    finally:
        await acl("DELUSER", "worker")


async def test_a_store_may_be_reached_through_a_unix_socket(
    open_store: Open, redis_program: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("s") / "s"
    server = RedisServer(redis_program, "--unixsocket", str(path))
    server.start()
    try:
        bucket = open_store(f"unix://{path}?db=1").bucket(Quota(1, 60), key=KEY, account=ACCOUNT)
        await bucket.acquire()
    finally:
        server.close()


async def test_a_share_is_used_while_redis_is_gone(
    open_store: Open, server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    options = {"timeout": 0.05, "on_store_failure": "local", "local_share": 0.25}
    (bucket,) = buckets_of(open_store, server, 1, Quota(8, PER), **options)
    arrivals = Arrivals()
    with caplog.at_level(logging.WARNING, logger="workato_async"):
        calls = asyncio.create_task(crowd([bucket], arrivals, 60))
        await arrivals.reach(8)
        server.stop()
        await arrivals.reach(len(arrivals.log) + 12)
        assert "without the store" in repr(bucket)
        server.start()
        await asyncio.wait_for(calls, NEVER)
    assert len(arrivals.log) == 60
    assert arrivals.most_in(PER) <= 8
    warnings = [record.getMessage() for record in caplog.records]
    assert sum("continuing with a share" in text for text in warnings) >= 1


# Whose store it is


async def test_a_bucket_belongs_to_one_loop(open_store: Open, shared_server: RedisServer) -> None:
    (bucket,) = buckets_of(open_store, shared_server, 1, Quota(5, 60))
    await bucket.acquire()

    def elsewhere() -> None:
        with pytest.raises(ConfigurationError, match="another event loop"):
            asyncio.run(bucket.acquire())

    await asyncio.get_running_loop().run_in_executor(None, elsewhere)


def test_the_next_loop_may_go_on_where_a_closed_one_stopped(shared_server: RedisServer) -> None:
    store = RedisStore(shared_server.url)
    bucket = store.bucket(Quota(2, 3600), key="GET /api/loops", account=ACCOUNT)

    async def first() -> None:
        await bucket.acquire()

    async def second() -> None:
        await bucket.acquire(max_wait=NEVER)
        with pytest.raises(QuotaWaitError):
            await bucket.acquire(max_wait=NEVER)
        await store.close()

    asyncio.run(first())
    asyncio.run(second())


def _acquire_in_a_fork(store: RedisStore, told: multiprocessing.Queue[str]) -> None:
    try:
        asyncio.run(store.bucket(Quota(5, 3600), key="GET /api/forks", account=ACCOUNT).acquire())
    except ConfigurationError as error:
        told.put(str(error))
    else:
        told.put("acquired")
    told.close()
    told.join_thread()
    os._exit(0)


@pytest.mark.parametrize(("used", "answer"), [(False, "acquired"), (True, "forked from: make a RedisStore in each")])
def test_a_store_may_be_made_before_a_fork_and_used_after_it(
    shared_server: RedisServer, used: bool, answer: str
) -> None:
    store = RedisStore(shared_server.url)
    if used:
        asyncio.run(store.bucket(Quota(5, 3600), key="GET /api/forks", account=ACCOUNT).acquire())
    context = multiprocessing.get_context("fork")
    told = context.Queue()
    child = context.Process(target=_acquire_in_a_fork, args=(store, told))
    child.start()
    assert answer in told.get(timeout=NEVER)
    child.join()


async def test_a_store_is_for_one_limiter(open_store: Open, shared_server: RedisServer) -> None:
    store = open_store(shared_server.url)
    bucket = store.bucket(Quota(1, 60), key=KEY, account=ACCOUNT)
    assert store.bucket(Quota(1, 60), key=KEY, account=ACCOUNT) is bucket
    with pytest.raises(ConfigurationError, match="RedisStore for each Limiter"):
        store.bucket(Quota(2, 60), key=KEY, account=ACCOUNT)


async def test_a_store_keeps_no_bucket_that_nobody_uses(open_store: Open, shared_server: RedisServer) -> None:
    store = open_store(shared_server.url)
    store.bucket(Quota(1, 60), key=KEY, account=ACCOUNT)
    gc.collect()
    assert repr(store).endswith(": 0 endpoints>")


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("http://localhost", {}),
        ("redis://localhost:port", {}),
        ("redis://localhost?protocol=3", {}),
        ("redis://localhost?foo=hunter2", {}),
        ("redis://localhost?ssl_ca_certs=hunter2", {}),
        ("redis://localhost", {"lease": 0}),
        ("redis://localhost", {"timeout": float("nan")}),
        ("redis://localhost", {"local_share": 0}),
        ("redis://localhost", {"local_share": 1.5}),
        ("redis://localhost", {"on_store_failure": "ignore"}),
    ],
)
def test_invalid_arguments_are_errors(url: str, options: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError) as told:
        RedisStore(url, **options)  # type: ignore[arg-type]
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize(
    "url", ["rediss://localhost?ssl_ca_certs=ca.pem", "unix:///run/redis.sock?db=1", "redis://localhost?protocol=2"]
)
def test_options_of_the_redis_package_may_stand_in_the_url(url: str) -> None:
    RedisStore(url)


def test_a_store_prints_without_its_password() -> None:
    store = RedisStore("redis://user:hunter2@example.com:6380/3")
    assert repr(store) == "<RedisStore at redis://example.com:6380/3: 0 endpoints>"


def test_the_redis_package_is_imported_only_for_a_store() -> None:
    program = "import sys, workato_async; assert not any(name.split('.')[0] == 'redis' for name in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)
