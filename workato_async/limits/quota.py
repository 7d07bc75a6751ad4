"""Quota: how many requests in how many seconds."""

from __future__ import annotations

import math

import attrs

from workato_async._checks import require_count, require_seconds


@attrs.frozen
class Quota:
    """``requests`` per ``per`` seconds, e.g. ``Quota(60, per=60)``.

    Raises:
        ConfigurationError: if either is not a positive, finite number.
    """

    requests: int
    per: float

    def __attrs_post_init__(self) -> None:
        require_count("requests of a quota", self.requests)
        require_seconds("the window of a quota", self.per)

    def scaled(self, *, share: float = 1.0, time_scale: float = 1.0) -> Quota:
        """Return the part of this quota that one limiter may use.

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

ONE_PER_SECOND = Quota(1, per=1)
"""The quota of custom connectors, and of writes such as creating a connection or repeating jobs."""

AGENT_STUDIO_READS = Quota(1000, per=60)
"""The quota of the lists and details of Agent Studio."""
