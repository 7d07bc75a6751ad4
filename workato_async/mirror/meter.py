"""What each stream costs: its requests, and the time they waited for quota, counted from the records of the session."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

import attrs

from workato_async.events import Sent, Waited

if TYPE_CHECKING:
    from workato_async.events import Event


@attrs.define
class Meter:
    """What the calls of one stream cost so far.

    Attributes:
        owner: the metering that counts for it.
        requests: requests sent.
        waited: seconds they waited for quota.
    """

    owner: Metering
    requests: int = 0
    waited: float = 0.0


class Metering:
    """A listener that counts the calls of one mirror; other mirrors may use the same session."""

    def start(self) -> Meter:
        """Return a new meter, for the calls that this task and the tasks it creates make from now on."""
        meter = Meter(self)
        _current.set(meter)
        return meter

    def __call__(self, event: Event) -> None:
        """Count a record."""
        meter = _current.get()  # records come in the task that makes the call
        if meter is None or meter.owner is not self:
            return
        if isinstance(event, Sent):
            meter.requests += 1
        elif isinstance(event, Waited):
            meter.waited += event.seconds


_current: ContextVar[Meter | None] = ContextVar("_current", default=None)
