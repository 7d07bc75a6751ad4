"""How the server counts: an exact log of arrivals per endpoint and token.

Nothing here is shared with the client's limiter; only the figures (``Quota``) are the same. Which kind of window
Workato uses is not documented, so there are three; a client has to keep within all of them.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from workato_async.endpoint import AnyEndpoint
    from workato_async.limits.quota import Quota

Window = Literal["sliding", "fixed", "token_bucket"]


class SlidingCounter:
    """At most N accepted arrivals in ``(now - T, now]``."""

    def __init__(self, quota: Quota) -> None:
        self._quota = quota
        self._accepted: deque[float] = deque()

    def wait(self, now: float) -> float:
        accepted, per = self._accepted, self._quota.per
        while accepted and accepted[0] + per <= now:
            accepted.popleft()
        return 0.0 if len(accepted) < self._quota.requests else accepted[0] + per - now

    def take(self, now: float) -> None:
        self._accepted.append(now)


class FixedCounter:
    """At most N accepted arrivals in each window; windows begin at the multiples of T."""

    def __init__(self, quota: Quota) -> None:
        self._quota = quota
        self._window = -1.0
        self._taken = 0

    def wait(self, now: float) -> float:
        window = now // self._quota.per
        if window != self._window:
            self._window, self._taken = window, 0
        if self._taken < self._quota.requests:
            return 0.0
        return max((window + 1) * self._quota.per - now, 1e-9)  # rounding may put the end of the window into the past

    def take(self, now: float) -> None:
        self._taken += 1


class TokenBucketCounter:
    """The classic token bucket: capacity N, refilled at N/T."""

    def __init__(self, quota: Quota) -> None:
        self._capacity = float(quota.requests)
        self._rate = quota.requests / quota.per
        self._tokens = self._capacity
        self._filled_at = 0.0

    def wait(self, now: float) -> float:
        self._tokens = min(self._capacity, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        missing = 1.0 - self._tokens
        return missing / self._rate if missing > 1e-9 else 0.0

    def take(self, now: float) -> None:
        self._tokens -= 1.0


Counter = SlidingCounter | FixedCounter | TokenBucketCounter
"""Counts the accepted requests of one token at one endpoint.

``wait(now)`` returns the seconds until a request would be accepted, 0 for now; ``take(now)`` counts it.
"""

_COUNTERS: Mapping[Window, type[Counter]] = {
    "sliding": SlidingCounter,
    "fixed": FixedCounter,
    "token_bucket": TokenBucketCounter,
}


class ArrivalLog:
    """Every arrival of every token at every endpoint, and whether the quotas allow the next one.

    Args:
        window: how to count; None for no quotas.
        quotas: quotas that replace the table's, by endpoint key.
        time_scale: a factor for every window.
    """

    def __init__(self, window: Window | None, quotas: Mapping[str, Quota], time_scale: float) -> None:
        self._new_counter = None if window is None else _COUNTERS[window]
        self._quotas = quotas
        self._time_scale = time_scale
        self._counters: dict[tuple[str, str], Counter] = {}
        self._arrivals: dict[str, dict[str, list[float]]] = {}

    def quota(self, endpoint: AnyEndpoint) -> Quota:
        """Return the quota in force at an endpoint, scaled."""
        return self._quotas.get(endpoint.key, endpoint.quota).scaled(time_scale=self._time_scale)

    def arrived(self, endpoint: AnyEndpoint, token: str, now: float) -> float:
        """Log an arrival; return the seconds until it could be accepted, 0 for now."""
        self._arrivals.setdefault(endpoint.shared_quota or endpoint.key, {}).setdefault(token, []).append(now)
        counter = self._counter(endpoint, token)
        return counter.wait(now) if counter else 0.0

    def accept(self, endpoint: AnyEndpoint, token: str, now: float) -> None:
        """Count the arrival just logged as accepted."""
        if counter := self._counter(endpoint, token):
            counter.take(now)

    def most_in_window(self, endpoint: AnyEndpoint) -> int:
        """Return the most arrivals of one token, accepted or not, in any window of the endpoint's quota.

        If endpoints share the quota, the arrivals at all of them count.
        """
        per = self.quota(endpoint).per
        arrivals = self._arrivals.get(endpoint.shared_quota or endpoint.key, {})
        return max((_most(times, per) for times in arrivals.values()), default=0)

    def _counter(self, endpoint: AnyEndpoint, token: str) -> Counter | None:
        key = endpoint.shared_quota or endpoint.key, token
        if key not in self._counters and self._new_counter:
            self._counters[key] = self._new_counter(self.quota(endpoint))
        return self._counters.get(key)


def _most(arrivals: Iterable[float], per: float) -> int:
    inside: deque[float] = deque()
    most = 0
    for arrival in arrivals:
        inside.append(arrival)
        while inside[0] + per <= arrival:
            inside.popleft()
        most = max(most, len(inside))
    return most
