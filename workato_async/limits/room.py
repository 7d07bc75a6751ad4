"""Room: how much of a published quota is really there, found out from what the server rate limits.

The published quota is an upper bound. Other clients of the workspace, a quota that several endpoints share, a plan with
less: nobody announces them, and no single client can know of them. So the permit of a request that was rate limited
is *withheld*. If many requests were on their way, so is every permit that lies unused at that time, because the window
is full as it is: what stays in circulation is what the server accepted within the last window, and one permit at least.

After a window without a 429 a *probe* brings one permit back, then three, nine, …; a probe that is rate limited doubles
the gap before the next one, up to ``LONGEST_GAP`` windows, which also bounds how long it takes to notice that the other
client is gone. The last permit is never withheld; it rests longer instead, up to ``LONGEST_REST`` windows. Gaps and
rests carry jitter, so that clients which know nothing of each other drift apart.

Values only: no clock, no await. ``benchmarks/crowded.py`` and ``benchmarks/others.py`` measure what the rule does.
"""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_GAP = 4
"""Windows between two probes, at most (and a quarter more, by jitter)."""
GROWTH = 3
"""How many times as many permits each further probe brings back, as long as none is rate limited."""
LONGEST_REST = 16
"""Windows for which the last permit in circulation rests after a 429, at most."""
PROBED_FOR = 1.5
"""Windows after a probe in which a 429 counts as caused by it."""
JITTER = 0.25
"""Part of a gap or a rest by which it may be longer."""

random_draw = (
    random.SystemRandom().random
)  # neither a seed set by the program nor a fork may make clients move together


class Room:
    """The permits of one bucket that are withheld, and when they come back. Times are seconds of any clock.

    Args:
        requests: N, the published number of permits.
        window: seconds of the quota's window.
        draw: gives numbers from 0 to 1 for the jitter.

    Attributes:
        withheld: permits that are out of circulation, 0 to N - 1.
        probe_at: when the next of them come back; infinite if none is withheld.
    """

    __slots__ = (
        "_draw",
        "_gap",
        "_probed_at",
        "_requests",
        "_rest",
        "_size",
        "_volley_at",
        "_window",
        "probe_at",
        "withheld",
    )

    def __init__(self, requests: int, window: float, draw: Callable[[], float] = random_draw) -> None:
        self.withheld = 0
        self.probe_at = math.inf
        self._requests = requests
        self._window = window
        self._draw = draw
        self._gap = 1
        self._size = 1
        self._rest = 1
        self._probed_at = -math.inf
        self._volley_at = -math.inf

    @property
    def size(self) -> int:
        """Return the number of permits in circulation, 1 to N."""
        return self._requests - self.withheld

    def forgettable(self, now: float) -> bool:
        """Return whether this room knows no more than a new one would: its last probe was not rate limited, either."""
        return not self.withheld and self._rest == 1 and now - self._probed_at > PROBED_FOR * self._window

    def rate_limited(self, taken: float, unused: int, now: float) -> tuple[int, float]:
        """Record a 429.

        Args:
            taken: when the permit of the request was taken; tells the 429s of one volley from a new one.
            unused: permits that nobody holds and that do not rest; 0 to leave them in circulation.
            now: the time.

        Returns:
            How many of the unused permits are withheld, and for how many windows the permit of the request itself
            rests; 0.0 if it is withheld.
        """
        first = taken > self._volley_at
        rest = 0.0
        if self.size > 1:
            self.withheld += 1
        else:
            self._rest = min(LONGEST_REST, 2 * self._rest)
            rest = self._rest * (1 + JITTER * self._draw())
        idle = 0
        if first:
            idle = min(unused, self.size - 1)
            self.withheld += idle
            probed = now - self._probed_at <= PROBED_FOR * self._window
            self._gap = min(LONGEST_GAP, 2 * self._gap) if probed else max(1, self._gap // 2)
            self._volley_at = now
        self._size = 1
        self.probe_at = now + self._spread(self._gap) if self.withheld else math.inf
        return idle, rest

    def accepted(self) -> None:
        """Record a response that was not a 429."""
        self._rest = max(1, self._rest // 2)

    def probe(self, now: float) -> int:
        """Return how many permits come back into circulation by now."""
        back = 0
        while self.probe_at <= now:
            released = min(self.withheld, self._size)
            self.withheld -= released
            back += released
            self._size *= GROWTH
            self._probed_at = self.probe_at
            self.probe_at = self.probe_at + self._spread(1) if self.withheld else math.inf
        return back

    def dump(self) -> tuple[float, ...]:
        """Return what ``load`` needs to go on from here."""
        return (
            self.withheld,
            self.probe_at,
            self._gap,
            self._size,
            self._rest,
            self._probed_at,
            self._volley_at,
        )

    def load(self, values: tuple[float, ...]) -> None:
        """Go on from what ``dump`` returned, for the same quota."""
        withheld, self.probe_at, gap, size, rest, self._probed_at, self._volley_at = values
        self.withheld = min(int(withheld), self._requests - 1)
        self._gap, self._size, self._rest = int(gap), int(size), int(rest)

    def rebase(self, now: float) -> None:
        """Go on with a clock that may show an earlier time: nothing comes back later than it can from now."""
        self._volley_at = min(self._volley_at, now)
        self._probed_at = min(self._probed_at, now)
        if self.withheld:
            self.probe_at = min(self.probe_at, now + self._spread(LONGEST_GAP))

    def _spread(self, windows: float) -> float:
        return windows * self._window * (1 + JITTER * self._draw())
