"""The least time that quotas allow: a bound below which no client can stay, however it orders its calls.

An endpoint that takes n calls in any T seconds lets call N out no sooner than ``floor((N - 1) / n) * T`` after the
first one. Endpoints have quotas of their own, so calls of different ones go on side by side, and the work as a whole
needs at least what its slowest endpoint needs. Only where a call needs the answers of calls at another endpoint, the
two times add up in part: what the earlier calls cannot have set free yet is still to come.

Answers are taken to need no time. What the network and the server add comes on top.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from workato_async.limits.quota import Quota


@attrs.frozen
class Load:
    """The calls that one endpoint has to take, and its quota."""

    calls: int
    quota: Quota


def least_seconds(load: Load) -> float:
    """Give the least seconds from the first call of an endpoint to its last."""
    return float(max(0, load.calls - 1) // load.quota.requests * load.quota.per)


def least_seconds_chained(first: Load, then: Load, *, needs: int, frees: int) -> float:
    """Give the least seconds for two endpoints, where calls of the second wait for answers of the first.

    Until k windows have passed, the first endpoint has taken at most k * n calls; what these cannot have set free is
    called at the second endpoint after that moment, at its own rate. The bound is the worst of all such moments.

    Args:
        first: the endpoint whose answers are waited for.
        then: the endpoint that waits.
        needs: the least calls at ``first`` that set anything free at ``then``.
        frees: the most calls at ``then`` that they set free.
    """
    windows = max(0, first.calls - 1) // first.quota.requests
    least = least_seconds(then)
    for window in range(windows + 1):
        freed = window * first.quota.requests // needs * frees
        left = Load(max(0, then.calls - freed), then.quota)
        least = max(least, window * first.quota.per + least_seconds(left))
    return least
