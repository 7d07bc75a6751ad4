"""Slow start: how many requests may be under way while nobody knows how much of the quota is there."""

from __future__ import annotations

import math

LEAST_BURST = 8
"""Requests that may always be under way at once."""
BURST_SHARE = 6
"""An unknown bucket begins with one in this many permits of the quota."""


def first_burst(requests: int) -> int:
    """Return how many requests of a quota may be under way at once at first."""
    return max(LEAST_BURST, requests // BURST_SHARE)


class SlowStart:
    """A limit on the requests under way at once, in a bucket's first window and in the window after a 429.

    A client that sends its whole quota at once meets as many 429s as others have left it too little. One that begins
    with a few, and sends one more for every response, learns of it after a handful. As in TCP, it costs a lone client a
    few round trips, once.
    """

    __slots__ = ("_first", "burst", "until")

    def __init__(self, requests: int) -> None:
        self._first = first_burst(requests)
        self.burst = self._first
        """Requests that may be under way at once, as long as the quota is not known."""
        self.until = -math.inf
        """When the quota is known."""

    def allows(self, in_flight: int) -> bool:
        """Whether one more request may leave now, as long as the quota is not known."""
        return in_flight < self.burst

    def begin(self, now: float, window: float) -> None:
        """Begin anew: with the first request, and after every 429."""
        self.burst = self._first
        self.until = now + window

    def accepted(self) -> None:
        """Record a response that was not a 429: one more request may be under way."""
        self.burst += 1
