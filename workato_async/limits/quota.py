"""Quota: how many requests in how many seconds."""

from __future__ import annotations

import math

import attrs

from workato_async.errors import ConfigurationError


@attrs.frozen
class Quota:
    """``requests`` per ``per`` seconds, e.g. ``Quota(60, per=60)``.

    Raises:
        ConfigurationError: if either is not a positive, finite number.
    """

    requests: int
    per: float

    def __attrs_post_init__(self) -> None:
        if isinstance(self.requests, bool) or not isinstance(self.requests, int) or self.requests < 1:
            raise ConfigurationError(f"a quota needs a whole number of requests, at least 1, not {self.requests!r}")
        if isinstance(self.per, bool) or not isinstance(self.per, int | float):
            raise ConfigurationError(f"a quota's window is a number of seconds, not {self.per!r}")
        if not (math.isfinite(self.per) and self.per > 0):
            raise ConfigurationError(f"a quota's window must be longer than 0 s and end, not {self.per!r} s")

    def scaled(self, *, share: float = 1.0, time_scale: float = 1.0) -> Quota:
        """Give the part of this quota that one limiter may use.

        A share that leaves less than one request a window stretches the window instead: half of 1 a second is 1 in
        2 seconds.
        """
        requests = math.floor(self.requests * share + 1e-9)
        if requests >= 1:
            return Quota(requests, per=self.per * time_scale)
        return Quota(1, per=self.per * time_scale / (self.requests * share))

    def __str__(self) -> str:
        return f"{self.requests} per {self.per:g} s"


STANDARD = Quota(60, per=60)
"""The quota of every endpoint for which the documentation states no other."""
