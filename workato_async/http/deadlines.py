"""When the responses of a session must have come: one timer for all of them, as a timer for each is costly."""

from __future__ import annotations

import asyncio
import math
from typing import Protocol


class Expires(Protocol):
    """Something that must end in time."""

    def expire(self) -> None:
        """End it: its time is over."""
        ...


class Deadlines:
    """When the responses of one session must have come.

    Attributes:
        ends: the responses that are awaited, with the times of the loop at which they expire.
        due: when they are checked next; ``arm`` it for one that expires sooner.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self.ends: dict[Expires, float] = {}
        self.due = math.inf

    def arm(self, due: float) -> None:
        """Check the responses at this time."""
        self.cancel()
        self.due, self._timer = due, self._loop.call_at(due, self._look)

    def cancel(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        now = max(self._loop.time(), self.due)  # loops may be early by a little
        self.due = math.inf
        for response in [response for response, ends in self.ends.items() if ends <= now]:
            del self.ends[response]
            response.expire()
        if self.ends:
            self.arm(min(self.ends.values()))
