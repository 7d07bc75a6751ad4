"""How much of a round trip is certain: the credit of ``workato_async.limits.bucket``."""

from __future__ import annotations

import math

CREDIT_SAMPLE = 32
"""Windows with responses that must have been seen before anything is given back."""
CREDIT_SAMPLE_MOST = 4096
"""The most that 429s can raise that to."""
CREDIT_DOUBT = 5.0
"""How cautious the estimate of the shortest round trip is, in mean spreads over the root of the responses seen. If the
way there and the way back vary evenly and independently, it is too long once in a thousand times."""


class RoundTrips:
    """What the responses so far tell about the shortest round trip.

    The requests of one burst are slow together or quick together (connections being made, a busy loop), so only the
    shortest trip of each window counts as a sample.
    """

    __slots__ = ("_best", "_mean", "_next", "_window", "count", "needed", "shortest")

    def __init__(self, window: float) -> None:
        self.needed = CREDIT_SAMPLE
        self._window = window
        self._next = -math.inf
        self.count, self.shortest, self._best, self._mean = 0, math.inf, math.inf, 0.0

    def add(self, seconds: float, now: float) -> None:
        """Take one round trip into account that ended now."""
        if seconds < self._best:
            self._best = seconds
        if now < self._next:
            return
        self._next = now + self._window
        self.count += 1
        self._mean += (self._best - self._mean) / self.count
        self.shortest = min(self.shortest, self._best)
        self._best = math.inf

    def credit(self) -> float:
        """Return the seconds by which a permit may return earlier."""
        if self.count < self.needed:
            return 0.0
        doubt = CREDIT_DOUBT * (self._mean - self.shortest) / math.sqrt(self.count)
        return max(0.0, min(self.shortest, self._best) - doubt)

    def rate_limited(self) -> None:
        """Forget what was seen, since it led to a 429; more has to be seen next time."""
        self.count, self.shortest, self._best, self._mean = 0, math.inf, math.inf, 0.0
        self.needed = min(2 * self.needed, CREDIT_SAMPLE_MOST)
