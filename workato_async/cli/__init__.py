"""The command line: parses arguments, calls the public API, prints. Needs the extra ``cli``."""

from __future__ import annotations

import sys

REQUIRED = ("typer", "rich", "platformdirs", "tomlkit")
"""Packages that the extra installs."""


def main() -> None:
    """Run ``workato-async``; without the extra, print one line that says so and exit with status 2.

    It is the whole program: Ctrl-C ends the process from now on, also after this has returned.
    """
    try:
        from workato_async.cli.interrupts import end_on_interrupt

        end_on_interrupt()
        _main()
    except KeyboardInterrupt:  # in the first lines; from there on the process ends without one
        sys.stderr.write("interrupted\n")
        raise SystemExit(130) from None


def _main() -> None:
    import os
    from importlib.util import find_spec
    from io import TextIOWrapper
    from pathlib import Path

    # Those that the parent process has closed; they are open until the process ends.
    if sys.stdin is None:
        sys.stdin = Path(os.devnull).open()  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115
    elif isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # its encoding may lack characters that names contain
    if any(find_spec(name) is None for name in REQUIRED):
        sys.stderr.write("workato-async: the command line needs an extra: pip install 'workato-async[cli]'\n")
        raise SystemExit(2)
    from workato_async.cli.app import app

    app(prog_name="workato-async")
