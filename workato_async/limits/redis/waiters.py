"""Callers that wait no longer than so many seconds, and what they are told when that is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from workato_async.errors import QuotaWaitError
from workato_async.limits.bucket import LONGEST_PAUSE

if TYPE_CHECKING:
    import asyncio

    from workato_async.limits.quota import Quota


@attrs.frozen(eq=False)
class TimedWaiter:
    """A caller that waits no longer than so many seconds.

    Attributes:
        turn: what it waits for.
        since: when it came.
        most: the seconds.
        place: how many were to be served before it.
        served: how many had been served until then.
        first_step: the first step that speaks of it: the store has no word on its wait before that.
    """

    turn: asyncio.Future[float]
    since: float
    most: float
    place: int
    served: int
    first_step: int


def wait_too_long(key: str, quota: Quota, wait: float, most: float) -> QuotaWaitError:
    """Make the error of a caller that would have to wait longer than it will."""
    return QuotaWaitError(
        f"{key or 'the bucket'}: the quota of {quota} is used up for {wait:.1f} s, longer than the "
        f"{max(0.0, most):g} s that this call may wait; call again later, or allow a longer wait",
        wait=wait,
        max_wait=most,
        endpoint=key,
    )


def pause_too_long(key: str, pause: float) -> QuotaWaitError:
    """Make the error of a caller that meets a pause longer than anyone is made to wait."""
    return QuotaWaitError(
        f"{key or 'the bucket'}: the server answered 429 and asked for {pause:,.10g} s without requests; "
        "call again after that",
        wait=pause,
        max_wait=LONGEST_PAUSE,
        paused=True,
        endpoint=key,
    )
