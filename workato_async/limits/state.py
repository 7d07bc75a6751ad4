"""BucketState: what a bucket of any kind shows of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from workato_async.limits.quota import Quota


@attrs.frozen
class BucketState:
    """What a bucket looks like at one moment.

    Attributes:
        quota: what may be sent.
        free: tokens that can be had at once.
        waiters: calls that wait for one.
        paused_for: seconds until the pause after a 429 ends, 0 without one.
        sent: requests sent so far.
        refused: how many of them were answered 429.
    """

    quota: Quota
    free: int
    waiters: int
    paused_for: float
    sent: int
    refused: int
