"""BucketState: what a bucket of any kind shows of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from workato_async.limits.quota import Quota


@attrs.frozen
class BucketState:
    """What a bucket looks like at one time.

    Attributes:
        quota: the published quota, with share and time scale applied.
        free: permits that are available now.
        waiters: calls waiting for one.
        paused_for: seconds until the pause after a 429 ends, 0 without one.
        sent: requests sent so far.
        refused: how many of them were rate limited (429).
        room: permits in circulation; fewer than the quota's where some are withheld because of 429s.
    """

    quota: Quota
    free: int
    waiters: int
    paused_for: float
    sent: int
    refused: int
    room: int

    @property
    def withheld(self) -> int:
        """Permits that are withheld because requests were rate limited; probes bring them back."""
        return self.quota.requests - self.room

    def __str__(self) -> str:
        room = f", room for {self.room}" if self.withheld else ""
        pause = f", paused for {self.paused_for:.1f} s" if self.paused_for else ""
        return f"{self.quota}, {self.free} free, {self.waiters} waiting{room}{pause}"
