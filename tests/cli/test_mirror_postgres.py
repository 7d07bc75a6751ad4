"""``workato-async mirror`` with a PostgreSQL database, given by a URL with a password."""

from __future__ import annotations

import asyncio
import sys

import pytest

from tests.cli.conftest import Shell
from tests.mirror.conftest import postgres as postgres
from tests.support.postgres_server import PostgresServer
from workato_async.testing import FakeWorkato, Mangled

SMALL = ("--stream", "recipes")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a server of our own")
def test_run_and_status_show_no_password(
    shell: Shell, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shell, "_loop", asyncio.new_event_loop)  # a database has no virtual time
    shell.fake = FakeWorkato(recipes=6, jobs=0, window=None)
    url = postgres.new_url().replace("+asyncpg", "").replace("mirror@", "mirror:hush-hush@")
    output = shell("mirror", "run", url, *SMALL).output
    shell.fake.fail("recipes.list", Mangled(lambda body: b'{"items": []}'))
    output += shell("mirror", "run", url, *SMALL, status=1).output
    monkeypatch.setenv("WORKATO_MIRROR", url)
    output += shell("mirror", "status", "--check", status=1).output
    output += shell("mirror", "run", *SMALL, "--dry-run").output
    row = next(row for row in shell.json("mirror", "status") if row["stream"] == "recipes")
    assert (row["rows"], row["withheld"], row["deleted"]) == (6, 6, 0)
    assert "hush" not in output + shell("mirror", "run", "--help").output
