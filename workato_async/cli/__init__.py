"""The command line: parses, calls the public API, prints. Needs the extra ``cli``."""

from __future__ import annotations

import sys
from importlib.util import find_spec

NEEDED = ("typer", "rich")
"""What the extra brings."""


def main() -> None:
    """Run ``workato-async``; without the extra, say so in one line and end with status 2."""
    if any(find_spec(name) is None for name in NEEDED):
        sys.stderr.write("workato-async: the command line needs its extra: install workato-async[cli]\n")
        raise SystemExit(2)
    from workato_async.cli.app import app

    app(prog_name="workato-async")
