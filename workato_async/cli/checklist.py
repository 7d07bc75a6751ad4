"""What `doctor` prints, and the check that only the command line needs."""

from __future__ import annotations

import codecs
import os
import shutil
import stat
import sys
import textwrap
import tomllib
from typing import TYPE_CHECKING, Self

import attrs
import typer

from workato_async.cli.output import Format, Rows
from workato_async.cli.profiles import config_path
from workato_async.cli.terminal import strip_control_chars
from workato_async.doctor import Check

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = ("name", "status", "detail", "next_step")
INDENT = 24


class Checklist:
    """Prints checks as they are found, for people, or as rows.

    Args:
        output: how.
    """

    def __init__(self, output: Format) -> None:
        self.failed = False
        self._rows = None if output is Format.TABLE else Rows(COLUMNS, output)
        self._width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None

    def __enter__(self) -> Self:
        if self._rows is not None:
            self._rows.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        if self._rows is not None:
            self._rows.__exit__(None, *error[1:])

    def add(self, check: Check) -> None:
        """Print a check."""
        self.failed |= check.status == "failed"
        if self._rows is not None:
            self._rows.add(attrs.asdict(check))
            return
        self._line(f"{check.status:<9}{check.name:<{INDENT - 9}}", check.detail)
        if check.next_step:
            self._line(f"{'':<{INDENT - 3}}-> ", check.next_step)

    def _line(self, start: str, text: str) -> None:
        text = strip_control_chars(text)
        if self._width is None:
            typer.echo(f"{start}{text}")
            return
        width = max(self._width, INDENT + 20)
        wrap = textwrap.TextWrapper(
            width, initial_indent=start, subsequent_indent=" " * INDENT, break_on_hyphens=False
        ).wrap
        for line in wrap(text):
            typer.echo(line)


def check_config(path: Path | None = None) -> Check:
    """Return whether the config file can be read, and by its owner only.

    Args:
        path: the file, None for the usual one.
    """
    path = config_path() if path is None else path
    try:
        content = path.read_bytes()
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return Check("config file", "ok", f"{path} does not exist, so the environment counts")
    except OSError as error:
        return Check("config file", "failed", f"{path}: {error.strerror or error}", "Make it readable")
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        return Check("config file", "failed", f"{path} is accessible to other users", f"Run chmod 600 {path}")
    try:
        profiles = tomllib.loads(content.removeprefix(codecs.BOM_UTF8).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        # Parsers may quote what they read.
        line = f": {error}" if isinstance(error, tomllib.TOMLDecodeError) else " (it is not UTF-8)"
        return Check("config file", "failed", f"{path} is not TOML{line}", "Correct it, or write it again")
    found = (
        f"{path}; profiles: {', '.join(name for name, table in profiles.items() if isinstance(table, dict)) or 'none'}"
    )
    if content.startswith(codecs.BOM_UTF8):
        return Check(
            "config file", "warning", f"{found}; it begins with a byte order mark", "Save it as UTF-8 without BOM"
        )
    return Check("config file", "ok", found)
