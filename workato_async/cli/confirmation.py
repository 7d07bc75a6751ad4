"""Asking before much is changed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import typer

from workato_async.cli.command_runner import CommandError, ExitStatus
from workato_async.cli.settings import SETTINGS
from workato_async.cli.terminal import strip_control_chars

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workato_async import WorkatoSession


async def confirm_change(workato: WorkatoSession, action: str, *, yes: bool) -> None:
    """Ask on a terminal whether to go on; elsewhere it must have been confirmed beforehand.

    Args:
        workato: the session whose workspace is named.
        action: what would be done, e.g. ``"Stop 200 recipes"``.
        yes: whether it was confirmed beforehand, which is the option ``--yes``.

    Raises:
        CommandError: if the response is no, or there is nobody to ask.
    """
    if yes:
        return
    if not can_ask():
        raise CommandError(f"error: {action}? There is no terminal to ask; add --yes to confirm", ExitStatus.USAGE)
    host = urlsplit(workato.base_url).netloc
    workspace = await _workspace(workato)
    profile = SETTINGS.get().profile or os.environ.get("WORKATO_PROFILE")
    if workspace is None and profile:  # then it is all that tells one environment from another
        workspace = f"profile {profile}"
    question = f"{action} of {workspace} ({host})?" if workspace else f"{action} ({host})?"
    if not ask(question):
        raise CommandError("nothing was changed")


def can_ask() -> bool:
    """Whether there is a terminal, and so a person to ask."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str) -> bool:
    """Ask a question on the terminal; anything but yes is no, also Ctrl-D.

    Raises:
        CommandError: after Ctrl-C.
    """
    try:
        with _on_the_terminal():
            return typer.confirm(strip_control_chars(question), err=True)
    except typer.Abort:
        typer.echo(err=True)
        raise CommandError("nothing was changed", ExitStatus.INTERRUPTED) from None


def prompt(text: str, *, default: str | None = None, hide_input: bool = False) -> str:
    """Ask for a text on the terminal.

    Args:
        text: what is asked for.
        default: what Enter alone means.
        hide_input: whether the terminal does not show what is typed.

    Raises:
        CommandError: after Ctrl-C or Ctrl-D.
    """
    try:
        with _on_the_terminal():
            return str(typer.prompt(strip_control_chars(text), default=default, hide_input=hide_input, err=True))
    except typer.Abort:
        typer.echo(err=True)
        raise CommandError("nothing was changed", ExitStatus.INTERRUPTED) from None


@contextmanager
def _on_the_terminal() -> Iterator[None]:
    """Let signals end a blocking read, and keep it off the output.

    asyncio's handlers only make notes for the event loop, which is not running; and Typer writes a space to the output
    in front of what is typed, which would become a part of a file.
    """
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


async def _workspace(workato: WorkatoSession) -> str | None:
    """Return the name of the workspace; clients of environments other than DEV may not read it."""
    from workato_async import WorkatoError

    try:
        async with asyncio.timeout(10):
            return (await workato.workspace.me()).name
    except (WorkatoError, TimeoutError):
        return None
