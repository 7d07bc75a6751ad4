"""Tests of the mirror run in virtual time, which stands still while SQLite's thread works.

Those that talk to a PostgreSQL server or to other processes say so (``REAL_TIME``) and run in real time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.mirror_contents import session_of
from tests.support.postgres_server import PostgresServer, find_programs
from tests.support.virtual_time import VirtualTimeLoop
from workato_async import WorkatoSession
from workato_async.testing import FakeWorkato


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Return an ordinary loop to modules with ``REAL_TIME``, the loop with the jumping clock to the others."""
    real = getattr(getattr(item, "module", None), "REAL_TIME", False)
    return {"real": asyncio.SelectorEventLoop} if real else {"virtual": VirtualTimeLoop}


@pytest.fixture
async def fake() -> AsyncIterator[FakeWorkato]:
    async with FakeWorkato(recipes=12, jobs=60, connections=5, lookup_rows=7, window=None) as running:
        yield running


@pytest.fixture
async def workato(fake: FakeWorkato) -> AsyncIterator[WorkatoSession]:
    async with session_of(fake) as session:
        yield session


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'workato.db'}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    programs = find_programs()
    if programs is None:
        pytest.skip("no PostgreSQL: install the package postgresql, or name the folder of its programs in POSTGRES_BIN")
    server = PostgresServer(programs)
    server.start()
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "asyncpg", "psycopg"])
def any_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a new database, by every driver."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'workato.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_url(request.param)
