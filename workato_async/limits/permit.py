"""Permit: permission to send one request, to be settled exactly once with what became of it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol

from workato_async.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from workato_async.limits.source import Source

BEFORE_REQUEST: ContextVar[Callable[[], Awaitable[None]] | None] = ContextVar("before_request", default=None)
"""Awaited by the calls of a context once they have their permit; if it raises, nothing is sent."""
LONGEST_MEANT = 86_400.0
"""Seconds that a server can mean when it asks for a pause. More is a mistake (epoch seconds, a date in 9999): with
quotas of seconds and minutes it would lock the endpoint for good."""


class Settles(Protocol):
    """The bucket that a permit goes back to; only permits call it."""

    def check_lease(self, permit: Permit) -> None:
        """Raise StalePermitError if the permit must not be used any more."""
        ...

    def responded(self, permit: Permit) -> None:
        """Take back a permit whose request was responded to, and not with a 429 of the quota's."""
        ...

    def given_up(self, permit: Permit) -> None:
        """Take back a permit whose request may or may not have arrived."""
        ...

    def unsent(self, permit: Permit) -> None:
        """Take back a permit whose request was not sent."""
        ...

    def rate_limited(self, permit: Permit, retry_after: float | None) -> float:
        """Take back a permit whose request was rate limited, and pause; return the seconds until the pause ends."""
        ...


class StalePermitError(Exception):
    """A permit was not used for so long that it must not be used any more.

    Never leaves the package: the throttle takes another one.
    """


class Permit:
    """Permission to send one request.

    Settle it with exactly one of ``responded``, ``rate_limited``, ``given_up`` and ``unsent``.

    Attributes:
        source: the core that it was taken from.
        taken: when; seconds on the clock of the bucket's event loop.
        sent: whether the request may have left.
        use_by: when it must have left; None for any time.
        epoch: which of the bucket's clocks and processes it was taken under.
    """

    __slots__ = ("_bucket", "epoch", "sent", "source", "taken", "use_by")

    def __init__(self, bucket: Settles, source: Source, taken: float) -> None:
        self._bucket: Settles | None = bucket
        self.source = source
        self.taken = taken
        self.sent = False
        self.use_by: float | None = None
        self.epoch = 0

    def mark_sent(self) -> None:
        """Record that the request may leave from now on.

        Raises:
            StalePermitError: if it must not, because the permit's lease is running out: settle it as ``unsent``.
        """
        if self.use_by is not None and self._bucket is not None:
            self._bucket.check_lease(self)
        self.sent = True

    def responded(self) -> None:
        """Settle it: a response came, and it was not a 429 of the quota's."""
        self._settle().responded(self)

    def given_up(self) -> None:
        """Settle it: no response came. A request that was marked as sent may still arrive."""
        bucket = self._settle()
        if self.sent:
            bucket.given_up(self)
        else:
            bucket.unsent(self)

    def unsent(self) -> None:
        """Settle it: nothing was sent, so the next caller may have it at once."""
        self._settle().unsent(self)

    def rate_limited(self, retry_after: float | None = None) -> float:
        """Settle it: the response was a 429, so the bucket pauses.

        Args:
            retry_after: seconds that the server asked for; None for growing pauses of up to one window.

        Returns:
            Seconds until the pause ends.
        """
        return self._settle().rate_limited(self, retry_after)

    def _settle(self) -> Settles:
        bucket, self._bucket = self._bucket, None
        if bucket is None:
            raise ConfigurationError("this permit was settled before: settle each permit exactly once")
        return bucket

    def __repr__(self) -> str:
        state = "settled" if self._bucket is None else "sent" if self.sent else "not sent"
        return f"<Permit taken at {self.taken:.3f}, {state}>"
