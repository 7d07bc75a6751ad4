"""Two kinds of tests, so that none depends on how fast the machine is.

Most run in virtual time: workers over the real script on a real server, whose clock is the loop's
(``tests/support/redis_script.py``, ``redis_simulation.py``). Modules with ``OVER_SOCKETS`` go over real connections to
a server with a clock of its own, and so in real time. They only claim what is true on the slowest machine: what may
never happen, and what happens in the end. Both run on each kind of server that is installed (see ``ON_EVERY_SERVER``).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

import pytest
import redis
import redis.asyncio

from tests.support.bucket_callers import NEVER
from tests.support.redis_server import KINDS, RedisServer, find_server
from tests.support.redis_simulation import World
from tests.support.virtual_time import VirtualTimeLoop
from workato_async.limits.redis import RedisStore


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Return an ordinary loop for modules over sockets, the one with the jumping clock for the others."""
    if getattr(getattr(item, "module", None), "OVER_SOCKETS", False):
        return {"real": asyncio.SelectorEventLoop}
    return {"virtual": VirtualTimeLoop}


ON_EVERY_SERVER = ("test_core", "test_loops", "test_sockets")
"""Modules whose tests depend on the server. What the others prove is proven on each in the long profile."""


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what repeats a proof on a second kind of server as long."""
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    if parameters.get("redis_program") == "valkey" and item.path.stem not in ON_EVERY_SERVER:
        item.add_marker(pytest.mark.long)


@pytest.fixture(scope="session", params=KINDS)
def redis_program(request: pytest.FixtureRequest) -> str:
    """Return the program of a server; every test runs on each kind that is there."""
    kind: str = request.param
    program = find_server(kind)
    if program is None:
        pytest.skip(f"no {kind}-server: install it or {KINDS[kind]}, or name one in {kind.upper()}_SERVER")
    return program


@pytest.fixture(scope="session")
def shared_server(redis_program: str) -> Iterator[RedisServer]:
    """A server for tests that do not affect each other."""
    server = RedisServer(redis_program)
    server.start()
    yield server
    server.close()


@pytest.fixture(scope="session")
def blocking_client(shared_server: RedisServer) -> Iterator[redis.Redis]:
    """A client whose exchanges take none of the loop's time, with a database of its own."""
    with redis.Redis(port=shared_server.port, db=1) as connected:
        yield connected


@pytest.fixture
async def world(blocking_client: redis.Redis) -> AsyncIterator[World]:
    """A store in virtual time, whose workers are closed in the end."""
    simulated = World(blocking_client)
    yield simulated
    await simulated.close()


@pytest.fixture
def server(redis_program: str) -> Iterator[RedisServer]:
    """A server for one test, to be stopped and started."""
    server = RedisServer(redis_program)
    server.start()
    yield server
    server.close()


@pytest.fixture
async def open_store() -> AsyncIterator[Callable[..., RedisStore]]:
    """A function that makes stores, which are closed in the end."""
    stores: list[RedisStore] = []

    def make(url: str, **options: Any) -> RedisStore:
        stores.append(RedisStore(url, **{"timeout": NEVER, **options}))
        return stores[-1]

    yield make
    for store in stores:
        await store.close()


@pytest.fixture
async def client(shared_server: RedisServer) -> AsyncIterator[redis.asyncio.Redis]:
    """A client of the shared server, which is empty."""
    async with redis.asyncio.Redis.from_url(shared_server.url) as connected:
        await connected.flushdb()
        yield connected
