"""``workato-async mirror run|follow|status``, and ``quotas --live`` beside one."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Shell
from tests.support.cli_process import finish, served, start
from workato_async.mirror import STREAMS
from workato_async.testing import FakeWorkato, Status


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "workato.db"


@pytest.fixture(autouse=True)
def real_time(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run on a plain loop: the database works in a thread, for which virtual time does not wait."""
    monkeypatch.setattr(shell, "_loop", asyncio.new_event_loop)


def count(database: Path, table: str) -> Any:
    connection = sqlite3.connect(database)
    try:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    finally:
        connection.close()


def test_a_run_and_what_it_came_to(shell: Shell, database: Path) -> None:
    shell.fake = FakeWorkato(recipes=6, jobs=30, connections=4)
    rows = {row["stream"]: row for row in shell.json("mirror", "run", database)}
    assert {*rows} == {*STREAMS}
    assert (rows["recipes"]["added"], rows["jobs"]["added"], rows["connections"]["added"]) == (6, 30, 4)
    assert count(database, "jobs") == 30
    shell.fake.state.add_recipe()
    result = shell("mirror", "run", database, "--stream", "recipes")
    head, row = result.stdout.splitlines()
    assert head.split() == ["stream", "seen", "added", "changed", "deleted", "requests", "waited"]
    assert row.split()[:3] == ["recipes", "7", "1"]
    assert result.stderr.endswith(" requests in 0 s\n")
    assert not database.with_name("workato.db.quotas.json").exists()


def test_status_needs_no_token_and_sends_nothing(shell: Shell, database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.fake = FakeWorkato(recipes=6, jobs=30)
    shell("mirror", "run", database, "--stream", "recipes")
    monkeypatch.delenv("WORKATO_API_TOKEN")
    before = len(shell.fake.requests)
    rows = {row["stream"]: row for row in shell.json("mirror", "status", database)}
    assert rows["recipes"]["rows"] == 6
    assert rows["recipes"]["last_pass_at"] is not None
    assert rows["jobs"]["due"] == 3
    assert len(shell.fake.requests) == before
    monkeypatch.setenv("WORKATO_MIRROR", f"sqlite:///{database}")
    assert shell("mirror", "status").stdout.splitlines()[1].split()[:2] == ["recipes", "6"]


def test_a_database_that_is_not_there(shell: Shell, database: Path) -> None:
    assert shell("mirror", "status", database, status=1).stderr == f"error: {database} does not exist\n"
    assert shell("mirror", "run", "--dry-run", database).stderr.startswith(f"{database} would be created; ")
    assert not database.exists()


def test_a_database_of_something_else_stays_as_it_is(shell: Shell, database: Path) -> None:
    connection = sqlite3.connect(database)
    connection.execute("CREATE TABLE mine (id)")
    connection.close()
    assert f"error: no mirror in {database}" in shell("mirror", "status", database, status=1).stderr
    assert " would be created; " in shell("mirror", "run", "--dry-run", database).stderr
    assert count(database, "sqlite_master") == 1


def test_a_dry_run_tells_calls_and_minutes(shell: Shell, database: Path) -> None:
    shell.fake = FakeWorkato(recipes=150, jobs=75)
    shell("mirror", "run", database, "--stream", "recipes")
    before = len(shell.fake.requests)
    said = shell("mirror", "run", database, "--stream", "recipes", "--stream", "jobs", "--dry-run").stderr
    assert said.startswith("a pass needs about 78 calls, about 1:00 min, plus requests for whatever changed since")
    assert len(shell.fake.requests) == before


def test_a_stream_that_fails_is_listed_and_the_others_go_on(shell: Shell, database: Path) -> None:
    shell.fake = FakeWorkato(recipes=3, jobs=0, connections=4)
    shell.fake.fail("connections.list", Status(403), times=9)
    result = shell("mirror", "run", database, "--csv", status=1)
    assert "failed: connections: GET /api/connections on 127.0.0.1" in result.stderr
    assert count(database, "recipes") == 3


def test_without_the_extra_there_is_one_clear_line(
    shell: Shell, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    monkeypatch.delitem(sys.modules, "workato_async.cli.mirror_runs", raising=False)
    for command in ("run", "follow", "status"):
        result = shell("mirror", command, database, status=2)
        assert result.stderr == "error: the mirror needs an extra: pip install 'workato-async[mirror]'\n"


def test_wrong_use(shell: Shell, database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "there is no stream jbos" in shell("mirror", "run", database, "--stream", "jbos", status=2).stderr
    assert "is a URL such as" in shell("mirror", "run", "mysql://host/name", status=2).stderr
    assert "duration" in shell("mirror", "follow", database, "--every", "often", status=2).stderr
    monkeypatch.setenv("WORKATO_API_TOKEN", "wrong")
    assert "HTTP 401" in shell("mirror", "run", database, status=3).stderr
    assert "HTTP 401" in shell("mirror", "follow", database, status=3).stderr


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_following_until_it_is_ended(shell: Shell, database: Path, tmp_path: Path) -> None:
    fake = FakeWorkato(recipes=3, jobs=0, window=None)
    with served(fake) as arrivals:
        process = start(fake, tmp_path, "mirror", "follow", database, "--every", "0s", "--stream", "recipes", "--json")
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        assert (first["stream"], first["added"]) == ("recipes", 3)
        arrivals.wait_for("recipes.list", 4)
        live = shell("quotas", "--live", database)
        assert [line.split()[:4] for line in live.stdout.splitlines()[2:]] == [["GET", "/api/recipes", "60", "60.0"]]
        assert live.stderr.startswith("as of ")
        process.send_signal(signal.SIGTERM)
        _, err, status = finish(process)
    assert status == 143
    assert "passes done, everything committed is kept; run the command again to continue" in err.splitlines()[-1]
    assert not database.with_name("workato.db.quotas.json").exists()
