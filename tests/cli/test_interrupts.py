"""Ctrl-C before a command runs: wherever it hits the program, one line and no traceback."""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from tests.support.cli_process import HANGS, ROOT
from workato_async.cli.interrupts import CONSOLE_SCRIPT, end_on_interrupt, keyboard_interrupts

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")

PROGRAM = """
import os, signal, sys
from importlib.abc import MetaPathFinder

class CtrlC(MetaPathFinder):
    left = int(sys.argv.pop(1))

    def find_spec(self, *_):
        if not self.left:
            os.kill(os.getpid(), signal.SIGINT)
        CtrlC.left -= 1

sys.meta_path.insert(0, CtrlC())
import workato_async_command
workato_async_command.main()
"""


@pytest.fixture
def installed(tmp_path: Path) -> dict[str, str]:
    """Return an environment with the module of the console script, as an installation has it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["scripts"] == {"workato-async": f"{CONSOLE_SCRIPT}:main"}
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    [source] = [ROOT / source for source, target in included.items() if target == f"{CONSOLE_SCRIPT}.py"]
    if not source.exists():  # these tests run against an installed wheel
        source = Path(str(importlib.import_module(CONSOLE_SCRIPT).__file__))
    shutil.copy(source, tmp_path / f"{CONSOLE_SCRIPT}.py")
    ours = ("PYTHON", "XDG", "WORKATO")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**environment, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}", "HOME": str(tmp_path)}


@pytest.mark.parametrize(
    "imports", [1, 60, 120, *(pytest.param(count, marks=pytest.mark.long) for count in range(2, 130, 9))]
)
def test_ctrl_c_at_an_import(installed: dict[str, str], imports: int) -> None:
    """The first one is that of the module itself, before which nothing of ours has run."""
    program = [sys.executable, "-c", PROGRAM, str(imports), "whoami"]
    ended = subprocess.run(program, env=installed, capture_output=True, text=True, check=False, timeout=HANGS)
    assert (ended.stdout, ended.stderr, ended.returncode) == ("", "interrupted\n", 130)


@pytest.mark.long
@pytest.mark.parametrize("milliseconds", range(0, 600, 15))
def test_ctrl_c_at_a_time(installed: dict[str, str], milliseconds: int) -> None:
    """Also between imports, while arguments are parsed, and when the program ends."""
    code = "import os, signal, workato_async_command as c; signal.signal(2, c._end); os.write(1, b'.'); c.main()"
    program = [sys.executable, "-c", code, "auth", "status"]
    with subprocess.Popen(program, env=installed, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.read(1) == b"."
        time.sleep(milliseconds / 1000)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=HANGS)
    assert b"Traceback" not in err
    assert b"KeyboardInterrupt" not in err
    assert process.returncode in (130, -signal.SIGINT, 3)  # interrupted, interrupted while it ended, or done before


def test_a_process_in_the_background_goes_on_ignoring_it() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        end_on_interrupt()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        with keyboard_interrupts():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_an_event_loop_gets_the_exception() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        end_on_interrupt()
        ends = signal.getsignal(signal.SIGINT)
        assert ends is not signal.default_int_handler
        with pytest.raises(KeyboardInterrupt), keyboard_interrupts():
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(HANGS)
        assert signal.getsignal(signal.SIGINT) is ends
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.long)]
)
def test_a_token_command_that_hangs_holds_up_nothing(tmp_path: Path, number: signal.Signals, status: int) -> None:
    """Not even by a program that it has started, which keeps its output open."""
    config = tmp_path / "workato-async" / "config.toml"
    config.parent.mkdir()
    config.write_text('[default]\ntoken_command = ["sh", "-c", "sleep 60 & echo $! > begun; mv begun started; wait"]\n')
    config.chmod(0o600)
    program = [sys.executable, "-c", "from workato_async.cli import main; main()", "whoami"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(tmp_path)}
    environment.pop("WORKATO_API_TOKEN", None)
    with subprocess.Popen(program, env=environment, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        while not (tmp_path / "started").exists():
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(number)
        try:
            _, err = process.communicate(timeout=HANGS)
        finally:
            os.kill(int((tmp_path / "started").read_text()), signal.SIGKILL)
    assert (err, process.returncode) == ("interrupted\n", status)
