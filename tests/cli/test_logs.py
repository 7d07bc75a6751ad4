"""``workato-async logs list|tail``: the activity log, once or for ever."""

from __future__ import annotations

import asyncio
import csv
import json
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import TOKEN, Shell
from tests.cli.test_jobs_watch import wait_until
from tests.support.cli_process import finish, served, start
from workato_async.cli import watching
from workato_async.cli.commands import logs
from workato_async.testing import FakeWorkato
from workato_async.testing.handlers.members import MEMBERS

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")


@pytest.fixture
def entries(shell: Shell, unused_tcp_port: int) -> list[int]:
    """Entries of an hour, from older to newer ones."""
    shell.fake = FakeWorkato(recipes=1, jobs=0, port=unused_tcp_port, token=TOKEN)
    state = shell.fake.state
    state.activity_logs.clear()
    ids = []
    for number in range(5):
        event = "recipe_started" if number % 2 else "user_login"
        ids.append(state.add_activity(event, resource_id=number, resource_type="Flow", user_id=number)["id"])
    return ids


def ids_of(text: str) -> list[int]:
    return [json.loads(line)["id"] for line in text.splitlines()]


def test_the_list(shell: Shell, entries: list[int]) -> None:
    rows = shell.json("logs", "list", "--since", "2026-01-15")
    assert [row["id"] for row in rows] == [*reversed(entries)]
    assert rows[0]["workspace"]["id"] == 77
    assert [row["id"] for row in shell.json("logs", "list", "--limit", 2)] == [*reversed(entries)][:2]
    assert shell.json("logs", "list", "--since", "2026-02-15") == []
    assert shell.json("logs", "list", "--until", "2025-01-01") == []
    found = shell.json("logs", "list", "--event", "user_login", "--user", 2, "--user", 4, "--resource", "Flow")
    assert [row["id"] for row in found] == [entries[4], entries[2]]
    assert shell("logs", "list", "--event", "no").stderr == "no entries found\n"
    (row, *_) = csv.DictReader(shell("logs", "list", "--csv").stdout.splitlines())
    assert (row["user"], row["resource_type"], row["resource_id"]) == ("kim@example.com", "Flow", "4")
    table = shell("logs", "list", "--limit", 1).stdout.splitlines()
    assert table[0].split() == [*logs.COLUMNS]
    assert "2026-01-15 17:00:00Z" in table[1]


def test_users_by_name_or_address(shell: Shell, entries: list[int]) -> None:
    state = shell.fake.state
    member = next(iter(MEMBERS.rows(state).values()))
    wanted = state.add_activity("user_login", user_id=member["id"])["id"]
    for user in (member["id"], member["name"], member["email"].upper()):
        assert [row["id"] for row in shell.json("logs", "list", "--user", user)] == [wanted]
        found = shell("logs", "tail", "--since", "2026-01-01", "--limit", 1, "--user", user).stdout
        assert ids_of(found) == [wanted]
    assert "no user is named 'nobody'" in shell("logs", "list", "--user", "nobody", status=2).stderr


@pytest.mark.parametrize("command", [("logs", "tail"), ("jobs", "watch")])
@pytest.mark.parametrize("option", ["--csv", "--raw-csv"])
def test_there_is_no_csv_without_an_end(shell: Shell, command: tuple[str, str], option: str) -> None:
    assert "without an end" in shell(*command, option, status=2).stderr
    assert shell.fake.requests == []


def test_the_tail_goes_on_where_it_was(shell: Shell, entries: list[int], tmp_path: Path) -> None:
    cursor = tmp_path / "cursor"
    tail = ("logs", "tail", "--cursor-file", cursor)
    assert ids_of(shell(*tail, "--since", "2026-01-15", "--limit", 3).stdout) == entries[:3]
    assert ids_of(shell(*tail, "--limit", 2).stdout) == entries[3:]
    if sys.platform != "win32":
        assert cursor.stat().st_mode & 0o777 == 0o600
    new = shell.fake.state.add_activity("recipe_stopped")["id"]
    assert ids_of(shell(*tail, "--limit", 1).stdout) == [new]


def test_the_first_run_starts_now(shell: Shell, entries: list[int], tmp_path: Path) -> None:
    cursor = tmp_path / "cursor"
    add = shell.fake.state.add_activity
    begin = shell._start

    def start_and_add(command: Any) -> Any:
        async def with_entries() -> Any:
            loop = asyncio.get_running_loop()
            loop.call_later(90, add, "recipe_stopped")
            return await command()

        return begin(with_entries)

    shell._monkeypatch.setattr("workato_async.cli.command_runner.start", start_and_add)
    (found,) = ids_of(shell("logs", "tail", "--limit", 1, "--cursor-file", cursor, "--every", "1m").stdout)
    assert found == max(shell.fake.state.activity_logs) > max(entries)


def test_lines_on_a_terminal(shell: Shell, entries: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "prints_json", lambda output: False)
    line = shell("logs", "tail", "--since", "2026-01-15", "--limit", 1).stdout
    assert line == "2026-01-15 17:00:00Z  user_login  kim@example.com  Flow  0  Flow 0\n"
    shell("logs", "tail", "--csv", status=2)


@POSIX
def test_killed_and_started_again_no_entry_is_lost(tmp_path: Path) -> None:
    fake = FakeWorkato(recipes=1, jobs=0, window=None)
    fake.state.activity_logs.clear()
    out = tmp_path / "out.jsonl"
    tail = ("logs", "tail", "--every", "0.05s", "--cursor-file", tmp_path / "cursor", "--no-shared-quota")

    def printed() -> list[int]:
        return [json.loads(line)["id"] for line in out.read_text().splitlines(keepends=True) if line.endswith("\n")]

    with served(fake), out.open("a") as stream:
        expected = {fake.state.add_activity("recipe_started")["id"] for _ in range(300)}
        process = start(fake, tmp_path, *tail, "--since", "2026-01-01", stdout=stream)
        wait_until(lambda: len(printed()) > 50)
        process.kill()
        finish(process)
        expected |= {fake.state.add_activity("recipe_stopped")["id"] for _ in range(3)}
        process = start(fake, tmp_path, *tail, stdout=stream)
        wait_until(lambda: {*printed()} == expected)
        process.send_signal(signal.SIGTERM)
        _, err, status = finish(process)
    assert status == 143
    assert "The cursor file has them" in err
