"""``workato-async jobs watch``: to lines, a command or a webhook, at least once."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import TOKEN, Shell
from tests.support.cli_process import HANGS, finish, served, start
from tests.support.virtual_time import run
from tests.support.webhook import webhook
from workato_async.cli import sinks, watching
from workato_async.cli.sinks import Command, DeliveryError, Webhook
from workato_async.testing import FakeWorkato

SINCE = ("--since", "2026-01-14T17:00Z")
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals and programs")


@pytest.fixture
def jobs(shell: Shell, unused_tcp_port: int) -> list[str]:
    """Failed jobs, from older to newer ones."""
    shell.fake = FakeWorkato(recipes=1, jobs=0, port=unused_tcp_port, token=TOKEN)
    return [shell.fake.state.add_job(10001, status="failed")["id"] for _ in range(4)]


def read(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_json_lines_in_a_pipe(shell: Shell, jobs: list[str]) -> None:
    for option in ((), ("--json",), ("--jsonl",)):
        result = shell("jobs", "watch", *SINCE, *option, "--limit", 4)
        rows = [json.loads(line) for line in result.stdout.splitlines()]
        assert sorted(row["id"] for row in rows) == sorted(jobs)
        assert {row["recipe_id"] for row in rows} == {10001}


def test_short_lines_on_a_terminal(shell: Shell, jobs: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "prints_json", lambda output: False)
    shell.fake.state.jobs[10001][jobs[0]]["error"] = "two\nlines"
    line = min(shell("jobs", "watch", *SINCE, "--limit", 4).stdout.splitlines(), key=lambda text: jobs[0] not in text)
    assert line == f"2026-01-15 17:00:00Z  10001  {jobs[0]}  failed  two\N{REPLACEMENT CHARACTER}lines"


@POSIX
def test_the_cursor_file_continues(shell: Shell, jobs: list[str], tmp_path: Path) -> None:
    cursor, seen = tmp_path / "cursor", []
    for number in range(4):
        (row,) = shell.json("jobs", "watch", *SINCE, "--limit", 1, "--cursor-file", cursor)
        seen.append(row["id"])
        assert len({*seen}) == number + 1
        assert cursor.stat().st_mode & 0o777 == 0o600
    assert sorted(seen) == sorted(jobs)
    new = shell.fake.state.add_job(10001, status="failed")["id"]
    (row,) = shell.json("jobs", "watch", "--limit", 1, "--cursor-file", cursor)
    assert row["id"] == new
    assert [path.name for path in tmp_path.iterdir() if "cursor" in path.name] == ["cursor"]
    assert TOKEN not in cursor.read_text()


def test_a_cursor_file_of_something_else(shell: Shell, jobs: list[str], tmp_path: Path) -> None:
    cursor = tmp_path / "cursor"
    for content in (b"hello", b"{}", b"\xff\xfe"):
        cursor.write_bytes(content)
        result = shell("jobs", "watch", "--limit", 1, "--cursor-file", cursor, status=2)
        assert "cursor" in result.stderr
        assert cursor.read_bytes() == content
    shell("logs", "tail", *SINCE, "--limit", 1, "--cursor-file", tmp_path / "logs")
    result = shell("jobs", "watch", "--limit", 1, "--cursor-file", tmp_path / "logs", status=2)
    assert "the cursor of another watch, 'activity_logs'" in result.stderr
    missing = shell("jobs", "watch", "--cursor-file", tmp_path / "no" / "cursor", status=2)
    assert "there is no such folder" in missing.stderr
    (tmp_path / "empty").touch()
    assert len(shell.json("jobs", "watch", *SINCE, "--limit", 1, "--cursor-file", tmp_path / "empty")) == 1


@POSIX
def test_a_command_gets_the_json_and_no_token(shell: Shell, jobs: list[str], tmp_path: Path) -> None:
    out, program = tmp_path / "out", tmp_path / "program.py"
    check = "import os, sys\nassert 'WORKATO_API_TOKEN' not in os.environ\n"
    program.write_text(f"{check}open({str(out)!r}, 'a').write(sys.stdin.read())\n")
    shell("jobs", "watch", *SINCE, "--limit", 2, "--exec", f"{sys.executable} '{program}'")
    cursor = tmp_path / "cursor"
    shell("jobs", "watch", *SINCE, "--limit", 4, "--cursor-file", cursor, "--exec", f"cat >> {tmp_path / 'all'}")
    assert {row["id"] for row in read(out)} <= {*jobs}
    out = tmp_path / "all"
    assert sorted(row["id"] for row in read(out)) == sorted(jobs)


@POSIX
def test_a_command_that_fails_is_tried_again(shell: Shell, jobs: list[str], tmp_path: Path) -> None:
    out, program, cursor = tmp_path / "out", tmp_path / "program.py", tmp_path / "cursor"
    program.write_text(
        f"import os, sys\nopen({str(out)!r}, 'a').write(sys.stdin.read())\n"
        f"sys.exit(len(open({str(out)!r}).readlines()) in (1, 2, 4) and 3)\n"
    )
    result = shell(
        "jobs", "watch", *SINCE, "--limit", 3, "--cursor-file", cursor, "--exec", f"{sys.executable} {program}"
    )
    ids = [row["id"] for row in read(out)]
    assert ids[0] == ids[1] == ids[2]
    assert ids[3] == ids[4]
    assert len({*ids}) == 3
    assert result.stderr.count("ended with status 3; trying again in ") == 3
    (row,) = shell.json("jobs", "watch", "--limit", 1, "--cursor-file", cursor)
    assert row["id"] not in ids


def test_a_webhook_that_fails_is_tried_again(shell: Shell, jobs: list[str], tmp_path: Path) -> None:
    with webhook() as hook:
        hook.statuses.extend([500, 302, -1, 200, 429])
        result = shell("jobs", "watch", *SINCE, "--limit", 4, "--webhook", hook.url)
    ids = [row["id"] for row in hook.posted]
    assert len({*ids[:4]}) == 1
    assert ids[4] == ids[5]
    assert sorted({*ids}) == sorted(jobs)
    lines = result.stderr.splitlines()
    assert [line.partition(";")[0].removeprefix("the webhook at 127.0.0.1 ") for line in lines[:2]] == [
        "responded with HTTP 500",
        "responded with HTTP 302",
    ]
    assert "s3cr3t" not in result.output
    for headers in hook.headers:
        assert headers["Content-Type"] == "application/json; charset=utf-8"
        assert "Authorization" not in headers
        assert TOKEN not in str(headers)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/x",
        "ftp://example.com",
        "example.com",
        "https://",
        "https://user:password@example.com/",
        "http://localhost.example.com/",
        "https://[::1",
        "https://example.com/a b",
        "file:///etc/passwd",
        "",
    ],
)
def test_urls_that_are_no_webhooks(shell: Shell, url: str) -> None:
    result = shell("jobs", "watch", "--webhook", url, status=2)
    assert "Invalid value for --webhook" in result.stderr


@pytest.mark.parametrize(
    "url", ["https://example.com/x?y=z", "http://localhost:1/", "http://[::1]:9/", "http://127.1.2.3/"]
)
def test_urls_that_are(url: str) -> None:
    Webhook(url)


@pytest.mark.parametrize(
    "options", [("--exec", "x", "--webhook", "https://x.com"), ("--exec", "x", "--jsonl"), ("--csv",)]
)
def test_one_way_out(shell: Shell, options: tuple[str, ...]) -> None:
    shell("jobs", "watch", *options, status=2)


def test_an_empty_command(shell: Shell) -> None:
    assert "Invalid value for --exec" in shell("jobs", "watch", "--exec", " ", status=2).stderr


@POSIX
def test_commands_that_cannot_be_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sinks, "TIMEOUT", 0.2)

    async def failure(text: str) -> str:
        with pytest.raises(DeliveryError) as caught:
            await Command(text)({"id": "j-1"})
        return str(caught.value)

    assert run(failure("/no/such/program")) == "the command ended with status 127"
    assert run(failure("sleep 60 | sleep 60")) == "the command did not end within 0.2 s and was killed"
    assert run(failure("kill -9 $$")) == "the command was ended by signal 9"
    run(Command("true")({"id": "j-1" * 100_000}))


def test_a_token_that_is_not_valid_ends_it(shell: Shell, jobs: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKATO_API_TOKEN", "another-token-0123456789")
    assert "HTTP 401" in shell("jobs", "watch", status=3).stderr


@POSIX
def test_killed_and_started_again_nothing_is_lost(tmp_path: Path) -> None:
    fake = FakeWorkato(recipes=5, jobs=0, window=None)
    cursor = ("--cursor-file", tmp_path / "cursor")
    with webhook() as hook, served(fake):
        watch = ("jobs", "watch", "--every", "0.05s", *cursor, "--no-shared-quota", "--webhook", hook.url)
        expected = {fake.state.add_job(10001, status="failed")["id"] for _ in range(30)}
        process = start(fake, tmp_path, *watch, "--since", "2026-01-01")
        wait_until(lambda: len(hook.posted) > 5)
        process.kill()
        finish(process)
        expected |= {fake.state.add_job(10002, status="failed")["id"] for _ in range(3)}
        process = start(fake, tmp_path, *watch)
        wait_until(lambda: {row["id"] for row in hook.posted} == expected)
        process.send_signal(signal.SIGINT)
        _, err, status = finish(process)
    assert status == 130
    assert "The cursor file has them; run the command again to continue" in err
    assert len(hook.posted) <= len(expected) + 1


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + HANGS
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)
