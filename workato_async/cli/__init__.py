"""The command line: parses, calls the public API, prints. Needs the extra ``cli``."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from io import TextIOWrapper
from pathlib import Path

NEEDED = ("typer", "rich")
"""What the extra brings."""


def main() -> None:
    """Run ``workato-async``; without the extra, say so in one line and end with status 2."""
    if sys.stdout is None:  # it was closed by whoever started us
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - until the process ends
    elif isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # it may know fewer characters than there are in names
    if any(find_spec(name) is None for name in NEEDED):
        sys.stderr.write("workato-async: the command line needs its extra: install workato-async[cli]\n")
        raise SystemExit(2)
    from workato_async.cli.app import app

    app(prog_name="workato-async")
