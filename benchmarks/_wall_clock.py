"""A wall clock for this process that can be stepped and counts who reads it."""

from __future__ import annotations

import sys
import time
from datetime import datetime
from typing import TYPE_CHECKING, Self

from workato_async.http import retry_after

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo


class WallClock:
    """Replaces the functions of ``time`` that read the wall clock while its block runs.

    ``datetime`` cannot be replaced everywhere, so it is replaced in the one module of the package that uses it.

    Args:
        package: whose reads are counted.

    Attributes:
        reads: how often code of the package read the clock.
    """

    def __init__(self, package: str) -> None:
        self.reads = 0
        self._package = package
        self._offset = 0.0
        self._time, self._time_ns = time.time, time.time_ns

    def step(self, seconds: float) -> None:
        """Set the clock forward, or back."""
        self._offset += seconds

    def __enter__(self) -> Self:
        time.time = self._read
        time.time_ns = self._read_ns
        retry_after.datetime = self._datetime()  # type: ignore[attr-defined,misc,unused-ignore]
        return self

    def __exit__(self, *_: object) -> None:
        time.time, time.time_ns = self._time, self._time_ns
        retry_after.datetime = datetime  # type: ignore[attr-defined,misc,unused-ignore]

    def _read(self) -> float:
        self._note()
        return self._time() + self._offset

    def _read_ns(self) -> int:
        self._note()
        return self._time_ns() + round(self._offset * 1e9)

    def _note(self) -> None:
        caller = sys._getframe(2).f_globals.get("__name__", "")
        if caller == self._package or caller.startswith(f"{self._package}."):
            self.reads += 1

    def _datetime(self) -> type[datetime]:
        present: Callable[[], float] = self._present

        class Stepped(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Self:
                return cls.fromtimestamp(present(), tz)

        return Stepped

    def _present(self) -> float:
        self.reads += 1
        return self._time() + self._offset
