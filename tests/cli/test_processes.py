"""What only a separate process can show: Ctrl-C, kill -9, closed pipes, terminals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli_process import finish, served, start
from workato_async.cli.terminal import strip_control_chars
from workato_async.testing import FakeWorkato, Refuse429, Slow, Stall

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX processes, signals and terminals")

REPEAT = ("jobs", "repeat-failed", "--since", "2025-01-01", "--yes", "--json")


def repeats_of(fake: FakeWorkato) -> dict[str, int]:
    """Return how often each job was repeated."""
    counts: dict[str, int] = {}
    for request in fake.requests:
        if request.endpoint == "jobs.repeat":
            for job_id in request.json["job_ids"]:
                counts[job_id] = counts.get(job_id, 0) + 1
    return counts


def masters_of(fake: FakeWorkato) -> set[str]:
    return {
        job["master_job_id"]
        for recipe_id in fake.state.recipes
        for job in fake.state.jobs[recipe_id].values()
        if job["status"] == "failed"
    }


def test_killed_between_sending_and_response(tmp_path: Path) -> None:
    fake = FakeWorkato(recipes=4, jobs=60, window=None)
    masters = masters_of(fake)
    fake.fail("jobs.repeat", Stall())
    with served(fake) as arrivals:
        first = start(fake, tmp_path, *REPEAT)
        arrivals.wait_for("jobs.repeat")
        first.kill()
        out, _, _ = finish(first)
        assert out == ""
        in_doubt = {*repeats_of(fake)}
        out, err, status = finish(start(fake, tmp_path, *REPEAT))
        assert status == 1
        outcomes = {row["job_id"]: row["outcome"] for row in map(json.loads, out.splitlines())}
        assert {job_id for job_id, outcome in outcomes.items() if outcome == "unknown"} == in_doubt
        assert {job_id for job_id, outcome in outcomes.items() if outcome == "repeated"} == masters - in_doubt
        for job_id in in_doubt:
            assert f"failed: {job_id}: it was sent at " in err
        out, err, status = finish(start(fake, tmp_path, *REPEAT, *(f"--mark-repeated={job_id}" for job_id in in_doubt)))
    assert (out, status) == ("", 0)
    assert f"repeated 0 jobs, {len(masters)} repeated by an earlier run" in err
    assert repeats_of(fake) == dict.fromkeys(masters, 1)


def test_ctrl_c_waits_for_the_response_and_a_second_run_goes_on(tmp_path: Path) -> None:
    fake = FakeWorkato(recipes=4, jobs=60, window=None)
    masters = masters_of(fake)
    fake.fail("jobs.repeat", Slow(0.3))
    with served(fake) as arrivals:
        process = start(fake, tmp_path, *REPEAT)
        arrivals.wait_for("jobs.repeat")
        process.send_signal(signal.SIGINT)
        out, err, status = finish(process)
        assert status == 130
        done = {row["job_id"] for row in map(json.loads, out.splitlines())}
        assert done == {*repeats_of(fake)}
        waiting, line = err.splitlines()
        assert waiting.startswith("waiting for the response")
        assert line.startswith(f"interrupted: repeated {len(done)} job")
        assert line.endswith("Run the command again to continue; nothing is repeated twice")
        _, err, status = finish(start(fake, tmp_path, *REPEAT))
    assert status == 0
    assert repeats_of(fake) == dict.fromkeys(masters, 1)


def test_ctrl_c_while_recipes_are_stopped(tmp_path: Path) -> None:
    fake = FakeWorkato(recipes=40, jobs=0, window=None)
    fake.fail("recipes.stop", Stall(), after=3, times=90)
    with served(fake) as arrivals:
        process = start(fake, tmp_path, "recipes", "stop", "--all", "--yes")
        arrivals.wait_for("recipes.stop", 16)
        process.send_signal(signal.SIGINT)
        _, err, status = finish(process)
    assert status == 130
    (line,) = err.splitlines()
    assert line.startswith("interrupted: stopped ")
    assert " of 20 recipes" in line
    assert "Run the command again" in line


@pytest.mark.parametrize(("number", "exit_status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_while_something_is_read(tmp_path: Path, number: signal.Signals, exit_status: int) -> None:
    fake = FakeWorkato(recipes=4, jobs=0, window=None)
    fake.fail("recipes.list", Stall())
    with served(fake) as arrivals:
        process = start(fake, tmp_path, "recipes", "list")
        arrivals.wait_for("recipes.list")
        process.send_signal(number)
        assert finish(process) == ("", "interrupted\n", exit_status)


def test_sigterm_while_an_export_runs(tmp_path: Path) -> None:
    fake = FakeWorkato(recipes=150, jobs=0, window=None)
    fake.fail("recipes.list", Stall(), after=1)
    with served(fake) as arrivals:
        process = start(fake, tmp_path, "recipes", "export", "--to", tmp_path / "export")
        arrivals.wait_for("recipes.list", 2)
        process.send_signal(signal.SIGTERM)
        _, err, status = finish(process)
    assert status == 143
    assert err.splitlines()[-1].startswith("interrupted: files written so far are complete")


def test_ctrl_c_while_modules_are_imported() -> None:
    code = """
import sys
class CtrlC:
    def find_spec(self, name, *rest):
        if name == "workato_async.cli.app":
            raise KeyboardInterrupt
sys.meta_path.insert(0, CtrlC())
from workato_async.cli import main
main()
"""
    ended = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (ended.stderr, ended.returncode) == ("interrupted\n", 130)


def test_a_pipe_that_is_closed_early(tmp_path: Path) -> None:
    fake = FakeWorkato(recipes=1500, jobs=0, window=None)
    with served(fake):
        process = start(fake, tmp_path, "recipes", "list", "--json")
        assert process.stdout is not None
        assert process.stdout.readline().startswith("{")
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""
        process.stderr.close()
        assert process.wait() == 141


def test_work_goes_on_when_nobody_reads_of_it(tmp_path: Path) -> None:
    fake = FakeWorkato(recipes=0, jobs=0, window=None)
    for _ in range(50):
        fake.state.add_recipe(name="x" * 255, running=True)
    with served(fake):
        process = start(fake, tmp_path, "recipes", "stop", "--all", "--yes", "--json")
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == "stopped 50 of 50 recipes\n"
        process.stderr.close()
        assert process.wait() == 0
    assert not any(recipe["running"] for recipe in fake.state.recipes.values())


def test_an_output_that_knows_few_characters(tmp_path: Path) -> None:
    fake = FakeWorkato(recipes=0, jobs=0, window=None)
    fake.state.add_recipe(name="Abgleich \u2192 \U0001f389")
    latin = {"PYTHONIOENCODING": "latin-1"}
    with served(fake):
        out, err, status = finish(start(fake, tmp_path, "recipes", "list", env=latin))
        assert (err, status) == ("", 0)
        assert "10001  Abgleich \\u2192 \\U0001f389  no" in out


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a disk that is always full")
def test_a_disk_that_is_full(tmp_path: Path) -> None:
    fake = FakeWorkato(recipes=4, jobs=0, window=None)
    with served(fake), open("/dev/full", "w") as full:
        _, err, status = finish(start(fake, tmp_path, "recipes", "list", stdout=full))
    assert (err, status) == ("error: No space left on device\n", 1)


def on_terminal(fake: FakeWorkato, home: Path, *arguments: object, columns: int, **streams: Any) -> tuple[str, str]:
    """Run with stderr, and stdout unless it goes elsewhere, on a terminal; return what the terminal got, and stdout."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = start(fake, home, *arguments, **{"stdout": theirs, "stderr": theirs, "stdin": theirs, **streams})
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 65536):
            shown += part
    except OSError:  # the last one has closed it
        pass
    finally:
        os.close(ours)
    out, _, status = finish(process)
    assert status == 0
    return shown.decode(), out or ""


def test_a_narrow_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("COLUMNS", raising=False)
    fake = FakeWorkato(recipes=3, jobs=0, window=None)
    with served(fake):
        shown, _ = on_terminal(fake, tmp_path, "recipes", "list", columns=50)
    table = shown.replace("\r\n", "\n").split("\x1b[2K")[-1].splitlines()
    assert "10001  New salesforce event t…  yes      2001" in table
    assert table[-1].startswith("terminal too narrow for last_run_at, ")


HOSTILE = "title \x1b]0;x\x07 clear \x9b2J \x7f turn \u202e tag \U000e0041"


@pytest.mark.parametrize("options", [("--csv",), ("--json",), ()])
@pytest.mark.parametrize("command", [("list",), ("show", "10001")])
def test_a_terminal_gets_no_control_characters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], options: tuple[str, ...]
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    fake = FakeWorkato(recipes=1, jobs=0, window=None)
    fake.state.recipes[10001]["name"] = HOSTILE
    fake.state.recipes[10001]["odd \x9b2J"] = 1
    with served(fake):
        shown, _ = on_terminal(fake, tmp_path, "recipes", *command, *options, columns=200)
        out, _, _ = finish(start(fake, tmp_path, "recipes", *command, *options))
    text = shown.replace("\x1b[1m", "").replace("\x1b[0m", "").replace("\r\n", "")  # a bold header
    assert strip_control_chars(text) == text
    if options == ("--json",):
        assert json.loads(shown) == json.loads(out)
        assert json.loads(shown)["name"] == HOSTILE
    elif options == ("--csv",):
        assert HOSTILE in out


def test_the_bar_is_on_stderr_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    fake = FakeWorkato(recipes=20, jobs=0, window=None, latency=0.05)
    with served(fake):
        shown, out = on_terminal(
            fake, tmp_path, "recipes", "stop", "--all", "--yes", "--csv", columns=100, stdout=subprocess.PIPE
        )
    assert "of 10 recipes stopped, 0 s left" in shown
    assert out.startswith("id,name,outcome,error\n")
    assert len(out.splitlines()) == 11
    assert "\x1b" not in out


def test_commands_share_the_quota_of_the_machine(tmp_path: Path) -> None:
    """A 429 that one command met holds the next one back, unless that counts alone."""
    fake = FakeWorkato(recipes=1, jobs=0, window=None)
    fake.fail("recipes.get", Refuse429(retry_after="30"))
    show = ("recipes", "show", "10001")
    with served(fake):
        for said in ("rate limited (429): pausing", "paused after a 429"):
            process = start(fake, tmp_path, *show)
            assert process.stderr is not None
            assert said in process.stderr.readline()
            process.kill()
            finish(process)
        assert fake.sent("recipes.get") == 1
        assert finish(start(fake, tmp_path, *show, "--no-shared-quota"))[2] == 0
    assert (tmp_path / ".local/state/workato-async/quotas.sqlite3").exists()
