"""Python programs that tests start: the examples, workers of task queues, a fake Workato."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]
NONE: Mapping[str, str] = {}
HANGS = 60.0
"""Seconds after which a program that hangs is killed."""


@contextmanager
def started(
    *command: str, environment: Mapping[str, str] = NONE, killed: bool = False
) -> Iterator[subprocess.Popen[str]]:
    """Start a Python program, which gets a Ctrl-C at the end if it is still running.

    With ``killed``, it and its children are killed instead: third-party programs may ignore Ctrl-C.
    """
    with subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **environment},
        start_new_session=killed,
    ) as process:
        try:
            yield process
        finally:
            if killed:
                os.killpg(process.pid, signal.SIGKILL)
            elif process.poll() is None:
                process.send_signal(signal.SIGINT)
            try:
                out, _ = process.communicate(timeout=HANGS)
            finally:
                process.kill()
            assert "Traceback" not in out, out


def account(host: str, **more: str) -> dict[str, str]:
    """Return the environment that points a program at the fake."""
    return {"WORKATO_API_TOKEN": "any", "WORKATO_HOST": host, **more}


def address_in(process: subprocess.Popen[str]) -> str:
    """Return the address that a server prints first."""
    assert process.stdout
    address = re.search(r"http://[\d.:]+", process.stdout.readline())
    assert address
    return address[0]


def run(host: str, *command: str, **environment: str) -> str:
    """Run a program to its end and return its output."""
    with started(*command, environment=account(host, **environment)) as process:
        assert process.stdout
        out = process.stdout.read()
        assert process.wait(HANGS) == 0, out
    return out
