"""Ctrl-C at a chosen time: a signal whose handler raises an exception in the main thread, as that of SIGINT does."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType, TracebackType
from typing import Any, Self


class Interrupted(BaseException):
    """What the handler raises; unlike KeyboardInterrupt, it does not end the tests if something lets it through."""


class Signals:
    """Handles SIGINT while the block runs; ``send()`` may be called in any thread."""

    def __init__(self, error: type[BaseException] = Interrupted) -> None:
        self.error = error

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._raise)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        signal.signal(signal.SIGINT, self._before)

    def send(self, *_: Any) -> None:
        """Send the signal to this process."""
        if sys.platform == "win32":
            signal.raise_signal(signal.SIGINT)
        else:
            os.kill(os.getpid(), signal.SIGINT)

    def _raise(self, number: int, frame: FrameType | None) -> None:
        raise self.error
