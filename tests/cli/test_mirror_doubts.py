"""What ``workato-async mirror`` says about an incomplete mirror, to people and to monitoring."""

from __future__ import annotations

import asyncio
import csv
import json
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.cli.conftest import Shell
from workato_async.cli.live_quotas import snapshot_path, sqlite_file
from workato_async.mirror import STREAMS
from workato_async.testing import FakeWorkato, Mangled, Status

RUN = ("mirror", "run")
SMALL = ("--stream", "recipes", "--stream", "connections")
STATUS_KEYS = {
    "stream", "rows", "deleted", "due", "cursor", "last_pass_at", "last_full_pass_at", "complete",
    "incomplete_since_at", "withheld", "incomplete", "unreadable", "error", "problem",
}  # fmt: skip


@pytest.fixture
def database(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a mirror of 20 recipes and 4 connections."""
    monkeypatch.setattr(shell, "_loop", asyncio.new_event_loop)  # the database's thread has no virtual time
    shell.fake = FakeWorkato(recipes=20, jobs=0, connections=4, window=None)
    shell(*RUN, tmp_path / "workato.db", *SMALL)
    return tmp_path / "workato.db"


def empty_once(shell: Shell) -> None:
    shell.fake.fail("recipes.list", Mangled(lambda body: b'{"items": []}'))


def deleted(database: Path) -> int:
    connection = sqlite3.connect(database)
    try:
        found: int = connection.execute("SELECT count(deleted_at) FROM recipes").fetchone()[0]
    finally:
        connection.close()
    return found


def status_of(shell: Shell, database: object, *options: str, status: int = 0) -> dict[str, dict[str, Any]]:
    return {row["stream"]: row for row in shell.json("mirror", "status", database, *options, status=status)}


def test_withheld_deletions_are_said_and_confirmed(shell: Shell, database: Path) -> None:
    empty_once(shell)
    result = shell(*RUN, database, *SMALL, status=1)
    assert result.stdout.splitlines()[0].split()[-1] == "complete"
    assert [line.split()[-1] for line in result.stdout.splitlines()[1:]] == ["no", "yes"]
    assert result.stderr.splitlines()[0].startswith(
        "incomplete: recipes: 20 deletions withheld (recipe_versions and jobs counted): "
    )
    assert result.stderr.splitlines()[0].endswith("--allow-deletions")
    assert deleted(database) == 0
    empty_once(shell)
    rows = {row["stream"]: row for row in shell.json(*RUN, database, *SMALL)}
    assert (rows["recipes"]["deleted"], rows["recipes"]["withheld"], rows["recipes"]["complete"]) == (20, 0, True)
    assert deleted(database) == 20


def test_a_wrong_list_once_changes_nothing(shell: Shell, database: Path) -> None:
    empty_once(shell)
    shell(*RUN, database, *SMALL, status=1)
    assert "requests in" in shell(*RUN, database, *SMALL).stderr
    assert deleted(database) == 0


def test_deletions_that_are_allowed(shell: Shell, database: Path) -> None:
    # a list that lacks rows is read twice
    shell.fake.fail("recipes.list", Mangled(lambda body: b'{"items": []}'), times=2)
    shell(*RUN, database, *SMALL, "--allow-deletions")
    assert deleted(database) == 20


def test_status_says_what_is_incomplete_and_since_when(shell: Shell, database: Path) -> None:
    assert shell("mirror", "status", database, "--check").stderr == ""
    empty_once(shell)
    shell.fake.fail("connections.list", Status(403), times=9)
    shell(*RUN, database, *SMALL, status=1)
    found = status_of(shell, database)
    assert all({*row} == STATUS_KEYS for row in found.values())
    assert {*found} == {*STREAMS}
    recipes, connections, jobs = found["recipes"], found["connections"], found["jobs"]
    assert (recipes["withheld"], recipes["complete"], recipes["error"]) == (20, False, None)
    assert recipes["problem"].endswith("--allow-deletions")
    assert connections["error"].startswith("GET /api/connections")
    assert connections["problem"].startswith("GET /api/connections")
    assert connections["incomplete"] == 1
    assert connections["problem"].endswith("; 1 list not read to the end: the next pass continues")
    assert ".;" not in connections["problem"]
    for row in (recipes, connections):
        since = datetime.fromisoformat(row["incomplete_since_at"])
        assert since.tzinfo is not None
    assert (jobs["last_pass_at"], jobs["complete"], jobs["problem"]) == (None, True, "")
    result = shell("mirror", "status", database, "--check", status=1)
    assert result.stderr.splitlines()[0].startswith(f"incomplete since {recipes['incomplete_since_at'][:10]} ")
    assert all(len(line) <= 80 for line in result.stdout.splitlines())
    rows = [*csv.DictReader(shell("mirror", "status", database, "--csv").stdout.splitlines())]
    assert {*rows[0]} == STATUS_KEYS - {"cursor", "problem"}
    assert rows[0]["withheld"] == "20"


def test_a_full_pass_is_remembered(shell: Shell, database: Path) -> None:
    assert status_of(shell, database)["recipes"]["last_full_pass_at"] is None
    shell(*RUN, database, *SMALL, "--full")
    last = status_of(shell, database)["recipes"]["last_full_pass_at"]
    assert datetime.fromisoformat(last).tzinfo is not None


def test_another_workspace_is_one_line(shell: Shell, database: Path) -> None:
    connection = sqlite3.connect(database)
    connection.execute("UPDATE mirror_workspace SET workspace = 78")
    connection.commit()
    connection.close()
    result = shell(*RUN, database, *SMALL, "--csv", status=1)
    assert "workspace 78" in result.stderr
    assert "start anew" in result.stderr
    assert result.stdout == ""


def test_full_every_is_a_duration(shell: Shell, database: Path) -> None:
    result = shell("mirror", "follow", database, "--full-every", "weekly", status=2)
    assert "expected a duration such as" in result.stderr


@pytest.mark.parametrize("name", ["plain.db", "odd ?#%41.db"])
@pytest.mark.parametrize("prefix", ["", "sqlite:///", "sqlite+aiosqlite:///"])
def test_a_sqlite_file_by_path_and_by_url(shell: Shell, database: Path, prefix: str, name: str) -> None:
    path = database.with_name(name)
    given = f"{prefix}{quote(str(path))}" if prefix else path
    shell(*RUN, given, *SMALL)
    assert path.exists()
    assert sqlite_file(str(given)) == path
    assert status_of(shell, given)["recipes"]["rows"] == 20


def test_databases_without_a_file() -> None:
    for database in ("sqlite://", "sqlite:///:memory:", "postgresql://user:secret@host/name"):
        assert sqlite_file(database) is None
        assert "secret" not in str(snapshot_path(database))
    assert sqlite_file("sqlite:///file:a%253Fb.db?uri=true") == sqlite_file("sqlite:///a%3Fb.db") == Path("a?b.db")


@pytest.mark.parametrize(
    "url",
    [
        "mysql://user:hush-hush@127.0.0.1/name",
        "postgresql://user:hush-hush@127.0.0.1:1/name",
        "postgresql+asyncpg://user:hush-hush@127.0.0.1:1/name",
        "postgresql://user:hush-hush@127.0.0.1:port/name",
        "postgresql://user:hush-hush@[::1/name",
        "postgresql://127.0.0.1:1/name?user=u&password=hush-hush",
        "://user:hush-hush@host",
    ],
)
@pytest.mark.parametrize("command", [("run",), ("run", "--dry-run"), ("status",), ("status", "--json")])
def test_no_password_is_shown(shell: Shell, database: Path, url: str, command: tuple[str, ...]) -> None:
    result = shell("mirror", *command, url, status=None)
    assert result.exit_code in (0, 1, 2)
    assert result.stderr
    assert "hush" not in result.output
    assert "unexpected" not in result.output


def test_help_names_what_monitoring_reads(shell: Shell) -> None:
    said = " ".join(shell("mirror", "status", "--help").stdout.split())
    assert all(key in said for key in STATUS_KEYS)
    assert "--allow-deletions" in shell("mirror", "run", "--help").stdout
    assert "--full-every" in shell("mirror", "follow", "--help").stdout
    assert "--allow-deletions" in shell("recipes", "export", "--help").stdout


def test_every_row_has_the_same_keys(shell: Shell, database: Path) -> None:
    lines = shell(*RUN, database, *SMALL, "--json").stdout.splitlines()
    assert {tuple(json.loads(line)) for line in lines} == {
        ("stream", "seen", "added", "changed", "deleted", "requests", "waited", "withheld", "incomplete", "unreadable",
         "error", "complete", "problem")
    }  # fmt: skip


def test_a_mirror_that_no_longer_runs_is_found(shell: Shell, database: Path) -> None:
    check = ("mirror", "status", database, "--check", "--max-age")
    assert shell(*RUN, database, "--stream", "connections").stderr == "1 request in 0 s\n"
    assert shell(*check, "1m").stderr == ""
    connection = sqlite3.connect(database)
    connection.execute("UPDATE mirror_walks SET done_at = '2026-01-01 08:00:00' WHERE stream = 'connections'")
    connection.execute("UPDATE mirror_walks SET done_at = NULL WHERE stream = 'recipes'")  # begun, never finished
    connection.commit()
    connection.close()
    result = shell(*check, "1m", status=1)
    assert result.stderr.splitlines() == [
        "old: recipes: not read to the end yet",
        "old: connections: not read to the end since 2026-01-01 08:00Z",
    ]
    shell("mirror", "status", database, "--max-age", "1m")
    shell("mirror", "status", database, "--check")
