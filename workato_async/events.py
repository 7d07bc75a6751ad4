"""What happens to a call, as frozen records: one hook for observation, on which logging, metrics and traces are built.

``WorkatoSession(on_event=print)`` shows them all. The logger ``workato_async`` gets one debug line for each and a
warning for every pause after a 429. No record holds a token, a body or a query.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import attrs

logger = logging.getLogger("workato_async")


@attrs.frozen
class Event:
    """Base of the records.

    Attributes:
        endpoint: the endpoint's key.
        correlation_id: the id of the call, the same in all its records.
        attempt: which attempt of the call, from 1.
    """

    endpoint: str
    correlation_id: str
    attempt: int


@attrs.frozen
class Waited(Event):
    """The attempt has its token, after this many seconds of waiting."""

    seconds: float


@attrs.frozen
class Sent(Event):
    """The attempt leaves for the server."""


@attrs.frozen
class Refused(Event):
    """The server answered 429."""

    retry_after: float | None


@attrs.frozen
class Paused(Event):
    """The endpoint's bucket pauses for this many seconds, for all its callers."""

    seconds: float


@attrs.frozen
class Retried(Event):
    """The attempt failed and another one follows after this many seconds."""

    reason: str
    seconds: float


@attrs.frozen
class Completed(Event):
    """The call is over after ``attempt`` attempts.

    Attributes:
        status: the HTTP status, 0 if no answer came.
        seconds: how long it took, waiting included.
        correlation_ids: every id known of the call.
        error: the class of what was raised for want of an answer, empty if one came.
    """

    status: int
    seconds: float
    correlation_ids: tuple[str, ...]
    error: str = ""


OnEvent = Callable[[Event], object]


class Observer:
    """Passes records on to the hook and the log; false when nobody listens, so that none need be made."""

    __slots__ = ("_on_event",)

    def __init__(self, on_event: OnEvent | None = None) -> None:
        self._on_event = on_event

    def __bool__(self) -> bool:
        return self._on_event is not None or logger.isEnabledFor(logging.DEBUG)

    def __call__(self, event: Event) -> None:
        """Pass a record on; a hook that fails is logged, because no call may be lost to its observer."""
        logger.debug("%s", event)
        if self._on_event is not None:
            try:
                self._on_event(event)
            except Exception:
                logger.exception("on_event failed for %s", type(event).__name__)
