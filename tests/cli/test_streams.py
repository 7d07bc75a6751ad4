"""Standard streams that the parent process closed, or that nobody reads any more."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cli_process import HANGS, ROOT
from workato_async.cli import _open_streams

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX pipes")


def run(
    home: Path, code: str, *arguments: str, shell: str = '"$@"', stdout: int = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    """Run a program by a line of a shell, in which it is ``"$@"``."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "XDG", "WORKATO"))
    }
    return subprocess.run(
        ["bash", "-c", shell, "bash", sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        text=True,
        stdout=stdout,
        stderr=subprocess.PIPE,
        env={**environment, "HOME": str(home)},
        timeout=HANGS,
        check=False,
    )


@pytest.mark.parametrize("name", ["stdin", "stdout", "stderr"])
def test_a_closed_stream_is_the_null_device(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, name, None)
    _open_streams()
    with getattr(sys, name) as stream:
        assert stream.name == os.devnull
        assert stream.read() == "" if name == "stdin" else stream.write("x") == 1


@pytest.mark.parametrize(
    ("closed", "err"), [("<&-", "error: no token was given; nothing was stored\n"), ("<&- >&- 2>&-", "")]
)
def test_a_command_without_streams(tmp_path: Path, closed: str, err: str) -> None:
    main = "from workato_async.cli import main; main()"
    ended = run(tmp_path, main, "auth", "login", shell=f'"$@" {closed}')
    assert (ended.stdout, ended.stderr, ended.returncode) == ("", err, 2)


def test_a_file_does_not_get_the_number_of_a_closed_stream(tmp_path: Path) -> None:
    """What prints without Python, such as the line about Ctrl-C, would write into it."""
    code = "import os; from workato_async.cli import _open_streams as f; f(); exit(os.open(os.devnull, os.O_RDONLY))"
    assert run(tmp_path, code, shell='"$@" <&- >&- 2>&-').returncode > 2


@pytest.mark.parametrize("arguments", [("--help",), ("fake", "--port", "0", "--recipes", "1", "--jobs", "0")])
def test_help_and_a_server_that_nobody_reads(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    main = "from workato_async.cli import main; main()"
    ours, theirs = os.pipe()
    os.close(ours)
    ended = run(tmp_path, main, *arguments, stdout=theirs)
    os.close(theirs)
    assert (ended.stderr, ended.returncode) == ("", 141)


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX terminals")
def test_sigterm_gives_the_cursor_back(tmp_path: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", "from workato_async.cli import main; main()", "demo"],
        cwd=ROOT,
        env={**os.environ, "TERM": "xterm", "HOME": str(tmp_path)},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    try:
        while b"\x1b[?25l" not in shown:  # the view has hidden it
            shown += os.read(ours, 1024)
        process.terminate()
        while part := os.read(ours, 1024):
            shown += part
    except OSError:  # the process has closed it
        pass
    finally:
        os.close(ours)
        status = process.wait(HANGS)
    assert status == 143
    assert shown.rfind(b"\x1b[?25h") > shown.rfind(b"\x1b[?25l")
