"""The command line: parses arguments, calls the public API, prints. Needs the extra ``cli``."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from io import TextIOWrapper
from pathlib import Path

REQUIRED = ("typer", "rich")
"""Packages that the extra installs."""


def main() -> None:
    """Run ``workato-async``; without the extra, print one line that says so and exit with status 2."""
    if sys.stdout is None:  # closed by the parent process
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - open until the process ends
    elif isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # its encoding may lack characters that names contain
    if any(find_spec(name) is None for name in REQUIRED):
        sys.stderr.write("workato-async: the command line needs an extra: pip install 'workato-async[cli]'\n")
        raise SystemExit(2)
    try:
        from workato_async.cli.app import app

        app(prog_name="workato-async")
    except KeyboardInterrupt:  # while modules are imported; commands handle it themselves
        sys.stderr.write("interrupted\n")
        raise SystemExit(130) from None
