"""How a command ends: exit status, one-line errors, Ctrl-C, and a pipe that is closed early.

The help needs this module, but neither an event loop nor the errors: they are imported when a command runs.
"""

from __future__ import annotations

import enum
import os
import signal
import sys
import traceback
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from workato_async.cli.interrupts import keyboard_interrupts
from workato_async.cli.settings import SETTINGS
from workato_async.cli.terminal import echo_err

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from workato_async import WorkatoError


class ExitStatus(enum.IntEnum):
    """Exit statuses."""

    DONE = 0
    PARTLY_FAILED = 1
    """Something was not done; stderr lists what failed."""
    USAGE = 2
    AUTHENTICATION = 3
    INTERRUPTED = 130
    """Ctrl-C: 128 plus the number of the signal."""
    PIPE_CLOSED = 141
    """The reader of the output went away: 128 plus the number of SIGPIPE."""
    TERMINATED = 143
    """SIGTERM: 128 plus its number."""


class CommandError(Exception):
    """Ends a command with one line on stderr and an exit status."""

    def __init__(self, message: str, status: ExitStatus = ExitStatus.PARTLY_FAILED) -> None:
        super().__init__(message)
        self.status = status


def run(command: Callable[[], Coroutine[Any, Any, ExitStatus]]) -> NoReturn:
    """Run a command and exit with its status; an exception becomes one line on stderr."""
    raise typer.Exit(_run_to_status(command))


def start(command: Callable[[], Coroutine[Any, Any, ExitStatus]]) -> ExitStatus:
    """Run the coroutine on its own event loop; SIGINT (Ctrl-C) and SIGTERM cancel it.

    Raises:
        CommandError: with the status of SIGTERM, after that.
    """
    import asyncio

    terminated = False

    async def cancellable() -> ExitStatus:
        task = asyncio.current_task()

        def terminate() -> None:
            nonlocal terminated
            terminated = True
            if task is not None:
                task.cancel()

        with suppress(NotImplementedError):  # on Windows
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, terminate)
        try:
            return await command()
        except CommandError as error:
            # Ctrl-C came while modules were imported, and the error before the loop could act on it.
            if not terminated and task and task.cancelling() and error.status is not ExitStatus.INTERRUPTED:
                raise asyncio.CancelledError from None
            raise

    try:
        with keyboard_interrupts():
            return asyncio.run(cancellable())
    except (CommandError, asyncio.CancelledError) as error:
        if terminated:
            raise CommandError(str(error) or "interrupted", ExitStatus.TERMINATED) from None
        raise


@contextmanager
def interruptible(summary: Callable[[], str]) -> Iterator[None]:
    """Turn Ctrl-C in the block into one line that says what was done and how to continue.

    Args:
        summary: called after the block was left; returns that line.
    """
    import asyncio

    try:
        yield
    except asyncio.CancelledError:
        raise CommandError(f"interrupted: {summary()}", ExitStatus.INTERRUPTED) from None


def exit_status_of(error: WorkatoError) -> ExitStatus:
    """Return the exit status for an error of the package."""
    from workato_async import AuthenticationError, ConfigurationError

    if isinstance(error, AuthenticationError):
        return ExitStatus.AUTHENTICATION
    return ExitStatus.USAGE if isinstance(error, ConfigurationError) else ExitStatus.PARTLY_FAILED


def discard_output() -> None:
    """Redirect stdout to the null device; otherwise Python would flush it at exit, fail and complain."""
    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)


def _run_to_status(command: Callable[[], Coroutine[Any, Any, ExitStatus]]) -> ExitStatus:
    import asyncio

    from workato_async import WorkatoError

    try:
        status = start(command)
        sys.stdout.flush()
    except BrokenPipeError:
        discard_output()
        return ExitStatus.PIPE_CLOSED
    except (KeyboardInterrupt, asyncio.CancelledError):
        echo_err("interrupted")
        return ExitStatus.INTERRUPTED
    except CommandError as error:
        echo_err(str(error))
        return error.status
    except WorkatoError as error:
        echo_err(f"error: {error}")
        return exit_status_of(error)
    except OSError as error:
        discard_output()
        where = f"{error.filename}: " if error.filename else ""
        echo_err(f"error: {where}{error.strerror or error}")
        return ExitStatus.PARTLY_FAILED
    except Exception as error:
        if isinstance(error, typer.BadParameter | typer.Exit):
            raise
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(frame.filename).name}, line {frame.lineno}"
        if SETTINGS.get().verbose:
            traceback.print_exception(error)
            hint = ""
        else:
            hint = "; --verbose shows the traceback"
        echo_err(f"error: unexpected {type(error).__name__}: {error} ({where}{hint})")
        return ExitStatus.PARTLY_FAILED
    return status
