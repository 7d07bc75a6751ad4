"""Source: what the waiting skin asks of the core that holds the permits, wherever that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from workato_async.limits.quota import Quota


class Source(Protocol):
    """A pure core: values only, no clock, no await. Times are seconds of the event loop's clock."""

    @property
    def quota(self) -> Quota:
        """The quota as published, with share and time scale applied."""
        ...

    @property
    def paused_until(self) -> float:
        """When the pause after a 429 ends; in the past without one."""
        ...

    @property
    def room(self) -> int:
        """Permits in circulation, as far as is known here."""
        ...

    def idle(self, now: float) -> bool:
        """Whether a new core would behave like this one."""
        ...

    def free(self, now: float) -> int:
        """Return the number of permits that can be taken now, pauses apart."""
        ...

    def take(self, now: float) -> bool:
        """Take a permit; return False if there is none."""
        ...

    def responded(self, taken: float, now: float) -> None:
        """Take back a permit whose request was responded to: it rests for a window."""
        ...

    def given_up(self, taken: float, now: float) -> None:
        """Take back a permit whose request may still arrive: it rests for a window and a little more."""
        ...

    def unsent(self, taken: float, now: float) -> None:
        """Take back a permit whose request was not sent."""
        ...

    def rate_limited(self, taken: float, retry_after: float | None, now: float) -> None:
        """Take back a permit whose request was rate limited, and pause."""
        ...

    def next_available_at(self, now: float) -> float | None:
        """Return when the next permit can be taken; None if only a response can tell."""
        ...

    def wait_for(self, ahead: int, now: float) -> float:
        """Return the seconds until the caller after ``ahead`` others gets a permit, as far as can be told now."""
        ...

    def resume(self, now: float) -> None:
        """End the pause."""
        ...

    def abandon(self, now: float, grain: float) -> None:
        """Begin with another clock, which may be ``grain`` seconds behind: requests under way count as given up."""
        ...
