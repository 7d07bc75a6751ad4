"""The calendar of a fake workspace: it starts at a fixed time and advances with the event loop's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

EPOCH = datetime(2026, 1, 15, 17, 0, tzinfo=UTC)
"""The time at which every fake server starts; fixed, so that the same seed gives the same data."""

_PACIFIC = timezone(timedelta(hours=-8))


class Clock:
    """Seconds since the start, and the date and time they stand for. It is stopped until the server is started.

    Only the loop's clock is read, never the wall clock: in a loop with virtual time, the workspace also lives in
    virtual time.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._zero = 0.0

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run on the time of this loop, from the current time."""
        self._zero = loop.time() - self.elapsed
        self._loop = loop

    def stop(self) -> None:
        """Stop; a server may be started again, on another loop."""
        self._zero = -self.elapsed
        self._loop = None

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return (self._loop.time() if self._loop else 0.0) - self._zero

    @property
    def time(self) -> datetime:
        """The date and time in the fake workspace."""
        return EPOCH + timedelta(seconds=self.elapsed)


def pacific(time: datetime) -> str:
    """Format a time as in most responses: milliseconds and the offset of Pacific time."""
    return time.astimezone(_PACIFIC).isoformat(timespec="milliseconds")


def zulu(time: datetime) -> str:
    """Format a time as in the other responses: milliseconds and ``Z``."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
