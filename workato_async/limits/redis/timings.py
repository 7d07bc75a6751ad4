"""The durations that follow from a quota: how long a permit of a shared bucket is where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from workato_async.limits.bucket import CLOCK_DRIFT, LATE_ARRIVAL

if TYPE_CHECKING:
    from workato_async.limits.quota import Quota

REPORT_SHARED = 0.25
"""Seconds (at most an eighth of a window) after which returns are reported while other workers use the bucket."""
REPORT_ALONE = 1.0
"""Seconds (at most a window) after which they are reported if no other worker does."""
GATHER = 0.005
"""Seconds (at most a 64th of a window) for which further callers of a worker already in the queue are gathered; also
how early a worker asks for a permit whose return it knows of."""
SHORT_PAUSE = 0.05
"""Seconds (at most a 16th of a window) of a pause through which permits are kept instead of being given back."""
YOUNG_SERVER = 1.0
"""Seconds (at most a window) after the start of a Redis server during which an unknown bucket may have been lost."""


@attrs.frozen
class Timings:
    """Durations in seconds.

    Attributes:
        quota: what may be sent.
        lease: how long a permit may be out.
        window: how long it rests, before any credit.
        late: how much longer if its request was lost.
        gather: how long callers are gathered.
        report_shared: delay of a report while other workers use the bucket.
        report_alone: delay of a report if no other worker does.
        short_pause: the longest pause through which permits are kept.
        young_server: how long an unknown bucket of a server just started has to wait.
        remembered: how long the store keeps an unused bucket, at least: if it has forgotten it earlier, data were lost.
    """

    quota: Quota
    lease: float
    window: float
    late: float
    gather: float
    report_shared: float
    report_alone: float
    short_pause: float
    young_server: float
    remembered: float

    @classmethod
    def of(cls, quota: Quota, lease: float) -> Timings:
        """Derive them from a quota."""
        window, late = quota.per * (1 + CLOCK_DRIFT), min(LATE_ARRIVAL, quota.per)
        return cls(
            quota,
            lease,
            window,
            late=late,
            gather=min(GATHER, window / 64),
            report_shared=min(REPORT_SHARED, window / 8),
            report_alone=min(REPORT_ALONE, window),
            short_pause=min(SHORT_PAUSE, window / 16),
            young_server=min(YOUNG_SERVER, window),
            remembered=2 * window + late,
        )
