"""What `doctor` prints, and the checks that only the command line needs."""

from __future__ import annotations

import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, Self

import attrs
import typer

from workato_async.cli.command_runner import CommandError
from workato_async.cli.config_file import ConfigFile
from workato_async.cli.output import Format, Rows
from workato_async.cli.places import config_path
from workato_async.cli.terminal import strip_control_chars
from workato_async.doctor import Check

if TYPE_CHECKING:
    from pathlib import Path

    from workato_async.cli.profiles import Profile

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
    """Return whether the config file and all its profiles can be used.

    Args:
        path: the file, None for the usual one.
    """
    try:
        path = config_path() if path is None else path
        file = ConfigFile.read(path)
    except CommandError as error:
        return Check("config file", "failed", str(error).removeprefix("error: "))
    except OSError as error:
        return Check("config file", "failed", f"{path}: {error.strerror or error}", "Make it readable")
    wrong = [f"{file.where(name)} {problem}" for name in file.profiles if (problem := file.problem(name))]
    if wrong:
        return Check("config file", "warning", "; ".join(wrong), "Correct it before you use these profiles")
    if not file.profiles:
        return Check("config file", "ok", f"{path} has no profiles, so the environment variables are used")
    return Check("config file", "ok", f"{path}; profiles: {', '.join(file.profiles)}")


def check_profile(profile: Profile) -> Check:
    """Return where the token and the host come from."""
    host = profile.where.source or "default"
    if profile.name is None:
        return Check("profile", "ok", f"none; token from {profile.token_source}, host from {host}")
    found = f"{profile.name} (by {profile.chosen_by}); token from {profile.token_source}, host from {host}"
    return Check("profile", "ok", found)
