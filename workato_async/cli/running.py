"""How a command ends: its exit status, its errors in one line each, Ctrl-C, and a pipe that is closed early."""

from __future__ import annotations

import asyncio
import enum
import os
import signal
import sys
import traceback
import unicodedata
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from workato_async.errors import AuthenticationError, ConfigurationError, WorkatoError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Mapping


class Status(enum.IntEnum):
    """Exit statuses."""

    DONE = 0
    PARTLY = 1
    """Something was not done; what failed stands on stderr."""
    USAGE = 2
    AUTHENTICATION = 3
    INTERRUPTED = 130
    """After Ctrl-C: 128 and the number of the signal."""
    PIPE_CLOSED = 141
    """Whoever read the output went away: 128 and the number of SIGPIPE."""


class CommandError(Exception):
    """The end of a command: one line for stderr, and the exit status."""

    def __init__(self, message: str, status: Status = Status.PARTLY) -> None:
        super().__init__(message)
        self.status = status


def run(command: Callable[[], Coroutine[Any, Any, Status]]) -> NoReturn:
    """Run a command to its end and leave with its exit status; whatever it raises becomes one line on stderr."""
    raise typer.Exit(_status_of(command))


def start(command: Callable[[], Coroutine[Any, Any, Status]]) -> Status:
    """Run the coroutine on a loop of its own; Ctrl-C cancels it, and so does the signal that asks a service to end."""

    async def cancellable() -> Status:
        task = asyncio.current_task()
        with suppress(NotImplementedError):  # on Windows
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: task and task.cancel())
        return await command()

    return asyncio.run(cancellable())


@contextmanager
def interruptible(told: Callable[[], str]) -> Iterator[None]:
    """Let Ctrl-C end the block with a sentence on what was done, and how to go on.

    Args:
        told: is asked for that sentence when the block has been left.
    """
    try:
        yield
    except asyncio.CancelledError:
        raise CommandError(f"interrupted: {told()}", Status.INTERRUPTED) from None


@contextmanager
def listed(failed: Mapping[Any, object]) -> Iterator[None]:
    """List on stderr what failed in the block, however it ends: the inputs with their errors."""
    try:
        yield
    finally:
        for item, error in failed.items():
            say(f"failed: {item}: {error}")


def say(message: str) -> None:
    """Print one line for people, on stderr; what would steer a terminal is made harmless."""
    typer.echo(harmless(message), err=True)


def harmless(text: str) -> str:
    """Replace control and invisible formatting characters, which a terminal would obey."""
    if text.isascii() and text.isprintable():
        return text
    return "".join("\N{REPLACEMENT CHARACTER}" if _steers(character) else character for character in text)


def _steers(character: str) -> bool:
    # The two joiners are part of words in some scripts, and of emoji.
    return unicodedata.category(character) in ("Cc", "Cf", "Cs") and character not in "\u200c\u200d"


def _status_of(command: Callable[[], Coroutine[Any, Any, Status]]) -> Status:
    try:
        status = start(command)
        sys.stdout.flush()
    except BrokenPipeError:
        discard_output()
        return Status.PIPE_CLOSED
    except (KeyboardInterrupt, asyncio.CancelledError):
        say("interrupted")
        return Status.INTERRUPTED
    except CommandError as error:
        say(str(error))
        return error.status
    except WorkatoError as error:
        say(f"error: {error}")
        return status_of(error)
    except OSError as error:
        discard_output()
        where = f"{error.filename}: " if error.filename else ""
        say(f"error: {where}{error.strerror or error}")
        return Status.PARTLY
    except Exception as error:
        if isinstance(error, typer.BadParameter | typer.Exit):
            raise
        frame = traceback.extract_tb(error.__traceback__)[-1]
        say(f"error: unexpected {type(error).__name__}: {error} ({Path(frame.filename).name}, line {frame.lineno})")
        return Status.PARTLY
    return status


def status_of(error: WorkatoError) -> Status:
    """Give the exit status that an error of the package stands for."""
    if isinstance(error, AuthenticationError):
        return Status.AUTHENTICATION
    return Status.USAGE if isinstance(error, ConfigurationError) else Status.PARTLY


def discard_output() -> None:
    """Send what is still to be written nowhere, or Python would try once more at its end, and complain."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
