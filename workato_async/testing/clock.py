"""The calendar of a fake workspace: it starts at a time that is given and advances with the event loop's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from workato_async.errors import ConfigurationError

if TYPE_CHECKING:
    import asyncio

EPOCH = datetime(2026, 1, 15, 17, 0, tzinfo=UTC)
"""The time at which a fake starts unless it is given another; fixed, so that the same seed gives the same data."""

_PACIFIC = timezone(timedelta(hours=-8))


class Clock:
    """Seconds since the start, and the date and time they stand for. It is stopped until the server is started.

    Only the loop's clock is read, never the wall clock: in a loop with virtual time, the workspace also lives in
    virtual time.

    Attributes:
        epoch: the date and time of the start, to which everything is relative that the fake is filled with.
    """

    def __init__(self, epoch: datetime = EPOCH) -> None:
        if epoch.tzinfo is None:
            raise ConfigurationError(f"now must have a time zone, and {epoch} has none")
        self.epoch = epoch
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

    def advance(self, seconds: float) -> None:
        """Set it forward, for what takes its time: ``fake.state.clock.advance(60)``."""
        self._zero -= seconds

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return (self._loop.time() if self._loop else 0.0) - self._zero

    @property
    def time(self) -> datetime:
        """The date and time in the fake workspace."""
        return self.epoch + timedelta(seconds=self.elapsed)


def start_time(text: str | None) -> datetime:
    """Return when a server from a command line starts, which everything in it is relative to: by default, today.

    Raises:
        ConfigurationError: if the text is not a date or time.
    """
    if text is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(f"now must be a time such as 2026-01-15T17:00:00Z, not {text!r}") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def pacific(time: datetime) -> str:
    """Format a time as in most responses: milliseconds and the offset of Pacific time."""
    return time.astimezone(_PACIFIC).isoformat(timespec="milliseconds")


def zulu(time: datetime) -> str:
    """Format a time as in the other responses: milliseconds and ``Z``."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
