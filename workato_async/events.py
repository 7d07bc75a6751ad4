"""What happens to a call, as frozen records, on which logging, metrics and traces are built.

``session.add_listener(print)`` shows them all, and so does ``WorkatoSession(on_event=print)``. The logger
``workato_async`` gets one debug line per record and a warning for every pause after a 429. No record holds a token, a
body or a query.
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
    """The attempt has its permit, after waiting this many seconds for it."""

    seconds: float


@attrs.frozen
class Sent(Event):
    """The attempt is about to be sent."""


@attrs.frozen
class RateLimited(Event):
    """The server rate limited the attempt: it returned 429.

    Attributes:
        retry_after: seconds to wait according to the server, None if it did not say.
    """

    retry_after: float | None


@attrs.frozen
class Paused(Event):
    """All calls of the endpoint pause for this many seconds.

    Attributes:
        seconds: how long.
        room: permits of its quota that stay in circulation; the others are withheld until probes bring them back.
    """

    seconds: float
    room: int = 0


@attrs.frozen
class Retried(Event):
    """The attempt failed, and another one follows in this many seconds."""

    reason: str
    seconds: float


@attrs.frozen
class Completed(Event):
    """The call is over after ``attempt`` attempts.

    Attributes:
        status: the HTTP status, 0 if there was no response.
        seconds: how long it took, including waits.
        correlation_ids: every known id of the call.
        error: the name of the error that was raised if there was no response, else empty.
    """

    status: int
    seconds: float
    correlation_ids: tuple[str, ...]
    error: str = ""


OnEvent = Callable[[Event], object]
"""A listener: called with every record, in the task that makes the call."""


class Observer:
    """Passes records to the listeners and the log; falsy when nobody listens, so that no records need be made."""

    __slots__ = ("_listeners",)

    def __init__(self, on_event: OnEvent | None = None) -> None:
        self._listeners: dict[object, OnEvent] = {}
        if on_event is not None:
            self.add(on_event)

    def __bool__(self) -> bool:
        return bool(self._listeners) or logger.isEnabledFor(logging.DEBUG)

    def __call__(self, event: Event) -> None:
        """Pass a record on. A listener that raises is logged: it must not break the call."""
        logger.debug("%s", event)
        for listener in (*self._listeners.values(),):  # a copy: a listener may remove itself
            try:
                listener(event)
            except Exception:
                logger.exception("a listener failed on %s", type(event).__name__)

    def add(self, listener: OnEvent) -> Callable[[], None]:
        """Add a listener; return a function that removes it, and does nothing if called again."""
        key = object()  # the same listener may be added twice
        self._listeners[key] = listener

        def remove() -> None:
            self._listeners.pop(key, None)

        return remove
