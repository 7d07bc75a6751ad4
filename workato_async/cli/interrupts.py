"""Ctrl-C: outside of an event loop it ends the program at once, in one it raises KeyboardInterrupt."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

INTERRUPTED = 130
"""128 plus the number of SIGINT."""
CONSOLE_SCRIPT = "workato_async_command"


def end_on_interrupt() -> None:
    """Let Ctrl-C end the process from now on, without an exception, which would be printed wherever it was raised.

    A process that ignores Ctrl-C, as those in the background do, goes on ignoring it.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler or getattr(before, "__module__", None) == CONSOLE_SCRIPT:
        signal.signal(signal.SIGINT, _end)


@contextmanager
def keyboard_interrupts() -> Iterator[None]:
    """In the block Ctrl-C raises KeyboardInterrupt, as event loops expect it, instead of ending the process."""
    if signal.getsignal(signal.SIGINT) is not _end:
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, _end)


def _end(*_: object) -> None:
    os.write(2, b"interrupted\n")
    os._exit(INTERRUPTED)
