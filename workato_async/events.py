"""What happens to a call, as frozen records, on which logging, metrics and traces are built.

``session.add_listener(print)`` shows them all, and so does ``WorkatoSession(on_event=print)``. The logger
``workato_async`` gets a warning for every pause after a 429, and at level ``DEBUG`` one line per record. As text, a
record is a sentence that names the object, the host and the id of the call:

```text
GET /api/recipes/42 on app.eu.workato.com: HTTP 200 after 0.31 s (1 attempt) [2095b2bb5a2a9fefc9bfbfbabfbad141]
```

No record holds a token, a body or a query.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import attrs

logger = logging.getLogger("workato_async")
_is_logged = logger.isEnabledFor


@attrs.frozen
class Event:
    """Base of the records.

    Attributes:
        endpoint: the endpoint's key.
        correlation_id: the id of the call, the same in all its records.
        attempt: which attempt of the call, from 1.
        path: the path of the request without its query, e.g. ``"/api/recipes/42"``. Like ``host`` it does not count
            when records are compared.
        host: the host of the request, e.g. ``"app.eu.workato.com"``.
    """

    endpoint: str
    correlation_id: str
    attempt: int
    path: str = attrs.field(default="", kw_only=True, eq=False)
    host: str = attrs.field(default="", kw_only=True, eq=False)

    def __str__(self) -> str:
        method, _, template = self.endpoint.partition(" ")
        where = f"{method} {self.path or template}{f' on {self.host}' if self.host else ''}"
        return f"{where}: {self._what()} [{', '.join(self._ids())}]"

    def _what(self) -> str:
        """Return what happened, without where."""
        return f"{type(self).__name__}, attempt {self.attempt}"

    def _ids(self) -> tuple[str, ...]:
        return (self.correlation_id,)


def _text(seconds: float) -> str:
    """Return a duration in hundredths of a second, e.g. ``0.31 s`` and ``58 s``."""
    return f"{f'{seconds:,.2f}'.rstrip('0').rstrip('.')} s"


@attrs.frozen
class Waited(Event):
    """The attempt has its permit, after waiting this many seconds for it."""

    seconds: float

    def _what(self) -> str:
        when = f"after {_text(self.seconds)}" if self.seconds >= 0.005 else "at once"
        return f"has its permit {when} (attempt {self.attempt})"


@attrs.frozen
class Sent(Event):
    """The attempt is about to be sent."""

    def _what(self) -> str:
        return f"sent (attempt {self.attempt})"


@attrs.frozen
class RateLimited(Event):
    """The server rate limited the attempt: it returned 429.

    Attributes:
        retry_after: seconds to wait according to the server, None if it did not say.
    """

    retry_after: float | None

    def _what(self) -> str:
        asked = "" if self.retry_after is None else f", and the server asks to wait {_text(self.retry_after)}"
        return f"rate limited (429){asked} (attempt {self.attempt})"


@attrs.frozen
class Paused(Event):
    """All calls of the endpoint pause for this many seconds.

    Attributes:
        seconds: how long.
        room: permits of its quota that stay in circulation; the others are withheld until probes bring them back.
    """

    seconds: float
    room: int = 0

    def _what(self) -> str:
        return f"all calls of {self.endpoint} pause for {_text(self.seconds)}; permits in circulation: {self.room}"


@attrs.frozen
class Retried(Event):
    """The attempt failed, and another one follows in this many seconds."""

    reason: str
    seconds: float

    def _what(self) -> str:
        return (
            f"{self.reason}; retried {f'in {_text(self.seconds)}' if self.seconds else 'now'} (attempt {self.attempt})"
        )


@attrs.frozen
class Completed(Event):
    """The call is over after ``attempt`` attempts.

    Attributes:
        status: the HTTP status, 0 if there was no response.
        seconds: how long it took, including waits.
        correlation_ids: every known id of the call.
        error: the name of the error that was raised because there was no response, or because a success was rejected or
            could not be read; otherwise empty.
    """

    status: int
    seconds: float
    correlation_ids: tuple[str, ...]
    error: str = ""

    def _what(self) -> str:
        how = ", ".join(filter(None, (f"HTTP {self.status}" if self.status else "", self.error)))
        return f"{how} after {_text(self.seconds)} ({self.attempt} attempt{'s' * (self.attempt > 1)})"

    def _ids(self) -> tuple[str, ...]:
        return self.correlation_ids or (self.correlation_id,)


OnEvent = Callable[[Event], object]
"""A listener: called with every record, in the task that makes the call."""


class Observer:
    """Passes records to the listeners and the log; falsy when nobody listens, so that no records need be made.

    Attributes:
        listeners: those that were added, by a key for each.
    """

    __slots__ = ("listeners",)

    def __init__(self, on_event: OnEvent | None = None) -> None:
        self.listeners: dict[object, OnEvent] = {}
        if on_event is not None:
            self.add(on_event)

    def __bool__(self) -> bool:
        return True if self.listeners else _is_logged(logging.DEBUG)

    def __call__(self, event: Event) -> None:
        """Pass a record on. A listener that raises is logged: it must not break the call."""
        logger.debug("%s", event)
        for listener in (*self.listeners.values(),):  # a copy: a listener may remove itself
            try:
                listener(event)
            except Exception:
                logger.exception("a listener failed on %s of %s", type(event).__name__, event)

    def add(self, listener: OnEvent) -> Callable[[], None]:
        """Add a listener; return a function that removes it, and does nothing if called again."""
        key = object()  # the same listener may be added twice
        self.listeners[key] = listener

        def remove() -> None:
            self.listeners.pop(key, None)

        return remove
