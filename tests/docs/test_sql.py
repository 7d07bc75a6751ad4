"""The SQL of a page prints what the page shows, in a mirror of the workspace.

Pages with PostgreSQL in their name use a real server and ``psql``, the others SQLite.
"""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.support.documents import PAGES, blocks, matches, name
from tests.support.postgres_server import PostgresServer, find_programs
from workato_async import WorkatoSession
from workato_async.mirror import Mirror
from workato_async.testing import FakeWorkato

WITH_SQL = [page for page in PAGES if any(True for _ in blocks(page, "sql"))]


def shown(page: Path) -> Iterator[tuple[str, str]]:
    """Return the queries of a page, and what they print."""
    every = list(blocks(page))
    for block, following in zip(every, [*every[1:], None], strict=True):
        if block.language == "sql":
            yield block.code, following.code if following and following.language == "text" else "…"


@contextmanager
def sqlite(folder: Path) -> Iterator[tuple[str, Callable[[str], str]]]:
    """Return the URL of a database, and what runs a query and returns its output."""
    path = folder / "workato.db"

    def run(query: str) -> str:
        with closing(sqlite3.connect(path)) as connection:
            return "\n".join(" | ".join(map(str, row)) for row in connection.execute(query))

    yield f"sqlite:///{path}", run


@contextmanager
def postgresql(_: Path) -> Iterator[tuple[str, Callable[[str], str]]]:
    """Return the same for PostgreSQL; the output is that of psql, without the spaces at the ends of lines."""
    programs = find_programs()
    if programs is None or not (programs / "psql").exists():
        pytest.skip("no PostgreSQL with psql: install the package postgresql")
    psql = programs / "psql"
    server = PostgresServer(programs)
    server.start()
    url = server.new_url()

    def run(query: str) -> str:
        command = [str(psql), url.replace("+asyncpg", ""), "-X", "-v", "ON_ERROR_STOP=1", "-c", query]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PGTZ": "UTC"})
        assert done.returncode == 0, done.stderr
        return "\n".join(line.rstrip() for line in done.stdout.splitlines())

    try:
        yield url, run
    finally:
        server.close()


async def fill(url: str) -> None:
    async with WorkatoSession() as workato, Mirror(workato, url) as mirror:
        assert (await mirror.run()).is_complete


@pytest.mark.parametrize("page", WITH_SQL, ids=name)
def test_queries(page: Path, tmp_path: Path, fake: FakeWorkato, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKATO_API_TOKEN", "token")
    database = postgresql if "postgresql" in page.stem else sqlite
    with database(tmp_path) as (url, run), fake:
        monkeypatch.setenv("WORKATO_HOST", fake.url)
        asyncio.run(fill(url))
        for query, output in shown(page):
            printed = run(query)
            assert matches(output, printed), printed
