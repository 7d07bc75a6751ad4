"""The least time that quotas allow: a lower bound for any client, however it orders its calls.

With n calls in any T seconds, call N cannot be sent sooner than ``floor((N - 1) / n) * T`` after the first. Endpoints
have separate quotas, so their calls run in parallel, and the whole job takes at least as long as its slowest endpoint.
Only where a call needs the responses of another endpoint do the two times partly add up: calls that the earlier
responses cannot have enabled yet are still to come.

Responses are assumed to take no time; network and server time is extra.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from workato_async.limits.quota import Quota


@attrs.frozen
class Load:
    """The number of calls to one endpoint, and its quota."""

    calls: int
    quota: Quota


def least_seconds(load: Load) -> float:
    """Return the least seconds from the first call to an endpoint to the last."""
    return float(max(0, load.calls - 1) // load.quota.requests * load.quota.per)


def least_seconds_chained(first: Load, then: Load, *, needs: int, enables: int) -> float:
    """Return the least seconds for two endpoints, where calls to the second need responses of the first.

    Within k windows, the first endpoint has accepted at most k * n calls; calls to the second that these cannot have
    enabled come later, at the rate of the second. The bound is the maximum over all k.

    Args:
        first: the endpoint whose responses are needed.
        then: the endpoint that needs them.
        needs: the fewest calls to ``first`` that enable any call to ``then``.
        enables: the most calls to ``then`` that they enable.
    """
    windows = max(0, first.calls - 1) // first.quota.requests
    least = least_seconds(then)
    for window in range(windows + 1):
        enabled = window * first.quota.requests // needs * enables
        left = Load(max(0, then.calls - enabled), then.quota)
        least = max(least, window * first.quota.per + least_seconds(left))
    return least
