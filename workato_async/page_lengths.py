"""What a session learns about a list whose server chooses the page length and counts the items.

A counter alone never ends an iteration: it may lag behind, and so be equal to the items of a full page while there are
more. A page that is short as well is a second sign. Which page is short is learned from the pages of all iterations of
the session: one that is shorter than another, and, once several lists have ended with a page of the greatest length,
also that page.
"""

from __future__ import annotations

import asyncio
import math

ENOUGH = 4
"""Lists that an empty page has shown to end with the longest page, until such a page counts as short."""
AT_ONCE = 3
"""Iterations that may look for that empty page at the same time; the others wait for what they find."""
DOUBTS = 3
"""Counters that turned out to be too high, until they are no longer checked."""


class PageLengths:
    """The lengths of the pages of one endpoint, and how far its counter can be trusted.

    Attributes:
        checking: bounds the requests that only check a counter.
    """

    __slots__ = ("_ended", "_full", "_longest", "_too_high", "checking")

    def __init__(self) -> None:
        self.checking = asyncio.Semaphore(AT_ONCE)
        self._longest = 0
        self._ended = 0  # lists that ended with a page of that length, as their counters said
        self._full: float = math.inf  # items on the shortest page that more items followed
        self._too_high = 0

    @property
    def short_below(self) -> float:
        """The length from which on a page may be full; a page with fewer items is short."""
        return min(self._full, self._longest + (self._ended >= ENOUGH))

    @property
    def dependable(self) -> bool:
        """Whether the counter has not been too high several times; then it says nothing about an empty page."""
        return self._too_high < DOUBTS

    def add(self, length: int) -> None:
        """Record the length of a page."""
        if length > self._longest:
            self._longest, self._ended = length, 0

    def continued(self, length: int) -> None:
        """Record that more items followed a page of this length."""
        self._full = min(self._full, length)

    def ended(self, length: int) -> None:
        """Record that a list ended with a page of this length, as its counter had said."""
        self._ended += length == self._longest

    def too_high(self) -> bool:
        """Record that the counter was too high; return whether it is the first time."""
        self._too_high += 1
        return self._too_high == 1
