"""A program that uses the blocking client against a fake server, in a process of its own, strict about warnings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.cli_process import HANGS, ROOT
from workato_async.testing import FakeWorkato

_STRICT = ("-X", "dev", "-W", "error", "-W", "ignore::DeprecationWarning")  # the latter of forks, since 3.12
_BEFORE = """
import atexit, logging, os, signal, sys, threading, time
from workato_async import Limiter, Quota
from workato_async._blocking import call
from workato_async.blocking import Workato
from workato_async.events import Sent
call.GRACE = 0.3
logging.getLogger("workato_async").setLevel(logging.ERROR)
workato = Workato("secret", base_url={url!r}, limiter=lambda: Limiter({{"recipes.get": Quota(1, per=60)}}))
sent = threading.Event()
workato.add_listener(lambda event: sent.set() if isinstance(event, Sent) else None, thread="loop")
def background(function, *arguments):
    threading.Thread(target=function, args=arguments, daemon=True).start()
"""


def run(fake: FakeWorkato, code: str, *, python: str = sys.executable) -> tuple[str, str, int]:
    """Run a program; return what it printed, its errors, and its exit code."""
    done = subprocess.run(
        [
            python,
            "-X",
            "dev",
            "-W",
            "error",
            "-W",
            "ignore::DeprecationWarning",
            "-c",
            _BEFORE.format(url=fake.url) + code,
        ],
        cwd=Path(ROOT),
        text=True,
        capture_output=True,
        timeout=HANGS,
        check=False,
    )
    return done.stdout, done.stderr, done.returncode
