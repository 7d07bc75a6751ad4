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
    from importlib.util import find_spec
    from io import TextIOWrapper

    _open_streams()
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # its encoding may lack characters that names contain
    if any(find_spec(name) is None for name in REQUIRED):
        sys.stderr.write("workato-async: the command line needs an extra: pip install 'workato-async[cli]'\n")
        raise SystemExit(2)
    from workato_async.cli.app import app

    try:
        app(prog_name="workato-async")
    except SystemExit as end:  # of a help, which Click prints: it ends with 1 if nobody reads it
        if isinstance(end.__context__, BrokenPipeError):
            raise SystemExit(141) from None
        raise


def _open_streams() -> None:
    """Open the null device for standard streams that the parent process closed.

    Otherwise nobody could ask whether they are terminals, and the next file or socket would get their number, which
    those who print without Python write to.
    """
    import os

    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - until the end
