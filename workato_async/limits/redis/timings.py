"""What follows from a quota: for how long a token of a shared bucket is where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from workato_async.limits.bucket import CLOCK_DRIFT, LATE_ARRIVAL

if TYPE_CHECKING:
    from workato_async.limits.quota import Quota

PROMPT = 0.25
"""Seconds (at most an eighth of a window) after which returns are reported while other workers use the bucket."""
ALONE = 1.0
"""Seconds (at most a window) after which they are reported otherwise."""
GATHER = 0.005
"""Seconds (at most a 64th of a window) that further callers of a worker already in the line are gathered; also how
early a worker asks for a token whose return it knows of."""
HELD_UP = 0.05
"""Seconds (at most a 16th of a window) for which tokens are kept through a pause instead of being given back."""
YOUNG = 1.0
"""Seconds (at most a window) in the life of a Redis server during which an unknown bucket may be one that was lost."""


@attrs.frozen
class Timings:
    """Times in seconds.

    Attributes:
        quota: what may be sent.
        lease: for how long a token may be out.
        window: for how long it rests, before any credit.
        late: for how much longer if its request was lost.
        gather: for how long callers are gathered.
        prompt: after how long a return is reported while other workers use the bucket.
        alone: after how long otherwise.
        held_up: for how long tokens are kept through a pause.
        young: for how long an unknown bucket of a young server has to wait.
        remembered: for how long the store keeps a bucket that nobody uses, at least: if it has forgotten it before,
            data were lost.
    """

    quota: Quota
    lease: float
    window: float
    late: float
    gather: float
    prompt: float
    alone: float
    held_up: float
    young: float
    remembered: float

    @classmethod
    def of(cls, quota: Quota, lease: float) -> Timings:
        """Work them out."""
        window, late = quota.per * (1 + CLOCK_DRIFT), min(LATE_ARRIVAL, quota.per)
        return cls(
            quota,
            lease,
            window,
            late=late,
            gather=min(GATHER, window / 64),
            prompt=min(PROMPT, window / 8),
            alone=min(ALONE, window),
            held_up=min(HELD_UP, window / 16),
            young=min(YOUNG, window),
            remembered=2 * window + late,
        )
