"""What each stream costs: its requests, and the time they waited for quota, counted from the records of the session."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

import attrs

from workato_async.events import Event, Sent, Waited

if TYPE_CHECKING:
    from workato_async.session import WorkatoSession


@attrs.define
class Meter:
    """The calls made while this is the :data:`current` one."""

    requests: int = 0
    waited: float = 0.0


current: ContextVar[Meter | None] = ContextVar("current", default=None)
"""Whom a call is counted for: records come in the task that makes the call."""


class Tap:
    """Listens to the records of a session, besides whoever does so already.

    Args:
        session: whose calls are counted.
    """

    def __init__(self, session: WorkatoSession) -> None:
        self._observer = session._observe  # noqa: SLF001
        self._before = self._observer._on_event  # noqa: SLF001
        self._observer._on_event = self  # noqa: SLF001

    def __call__(self, event: Event) -> None:
        """Count a record, and pass it on."""
        meter = current.get()
        if meter is not None:
            if isinstance(event, Sent):
                meter.requests += 1
            elif isinstance(event, Waited):
                meter.waited += event.seconds
        if self._before is not None:
            self._before(event)

    def close(self) -> None:
        """Listen no more; a tap on which others were put stays, and counts nothing."""
        if self._observer._on_event is self:  # noqa: SLF001
            self._observer._on_event = self._before  # noqa: SLF001
