"""The summary at the end of a demo, independent of how it is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import attrs

from workato_async.cli.demo.inventory import what_is_missing
from workato_async.cli.demo.least_time import Load, least_seconds, least_seconds_chained
from workato_async.cli.estimates import duration
from workato_async.resources.jobs import LIST as LIST_JOBS
from workato_async.resources.jobs import REPEAT as REPEAT_JOBS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workato_async.cli.demo.inventory import Inventory
    from workato_async.cli.demo.repeat_failed import Findings
    from workato_async.limits.quota import Quota
    from workato_async.limits.state import BucketState

MIN_FOR_RATIO = 3.0
"""Seconds of the demo below which it is not compared with the minimum: what every run costs would outweigh the job."""

CALLS_FOR_FAILURES = 1
"""The fewest calls that find the failed jobs of a recipe: one page, if it is known to be the last."""


@attrs.frozen
class EndpointLine:
    """One endpoint in the final table: Workato's quota, calls made, 429s among them, least seconds for the others."""

    key: str
    quota: Quota
    calls: int
    rate_limited: int
    least: float


@attrs.frozen(kw_only=True)
class Summary:
    """The result of a demo.

    Attributes:
        endpoints: one line for each endpoint used.
        calls: calls made in total.
        rate_limited: 429s, as counted by the server.
        jobs: jobs in the workspace, and those that were not read.
        failed: failed jobs, and those that were not repeated.
        seconds: how long the job took.
        time_scale: seconds of the demo per second of Workato's quotas.
        least: the least seconds that the quotas of Workato allow for its calls, not scaled.
        work: what was done, in one sentence.
        missing: sentences about everything without a result.
    """

    endpoints: tuple[EndpointLine, ...]
    calls: int
    rate_limited: int
    jobs: tuple[int, int]
    failed: tuple[int, int]
    seconds: float
    time_scale: float
    least: float
    work: str
    missing: tuple[str, ...]

    @classmethod
    def of(
        cls,
        findings: Findings,
        inventory: Inventory,
        states: Mapping[str, BucketState],
        *,
        rate_limited: int,
        time_scale: float,
    ) -> Self:
        """Return the summary.

        Args:
            findings: what the job found.
            inventory: what it should have found.
            states: the limiter's buckets by endpoint key.
            rate_limited: 429s, as counted by the server.
            time_scale: the scale of their quotas.
        """
        # A rate-limited call achieved nothing, so the quotas did not need room for it.
        quotas = {key: published(state.quota, time_scale) for key, state in states.items()}
        loads = {key: Load(state.sent - state.refused, quotas[key]) for key, state in states.items()}
        least = max((least_seconds(load) for load in loads.values()), default=0.0)
        if LIST_JOBS.key in loads and REPEAT_JOBS.key in loads:
            chained = least_seconds_chained(
                loads[LIST_JOBS.key],
                loads[REPEAT_JOBS.key],
                needs=CALLS_FOR_FAILURES,
                enables=findings.most_repeats,
            )
            least = max(least, chained)
        lines = [
            EndpointLine(key, quotas[key], state.sent, state.refused, least_seconds(loads[key]))
            for key, state in states.items()
        ]
        return cls(
            endpoints=tuple(lines),
            calls=sum(line.calls for line in lines),
            rate_limited=rate_limited,
            jobs=(len(inventory.job_ids), len(inventory.job_ids - findings.job_ids)),
            failed=(len(inventory.failed_ids), len(inventory.failed_ids - findings.repeated_ids)),
            seconds=findings.seconds,
            time_scale=time_scale,
            least=least,
            work=(
                f"{len(findings.recipe_ids):,} recipes listed, {len(findings.running_ids):,} of them running; "
                f"{len(findings.job_ids):,} jobs read, {len(findings.masters):,} of them failed; "
                f"{len(findings.repeated_ids):,} of these repeated"
            ),
            missing=what_is_missing(inventory, findings),
        )

    @property
    def pace(self) -> tuple[str, ...]:
        """The time needed, and the least that Workato's quotas allow."""
        took = f"took {self.seconds:.1f} s{at_speed(self.time_scale)}"
        if not self.least:
            return (f"{took}; the quotas allow all calls at once",)
        least = self.least * self.time_scale
        if least >= MIN_FOR_RATIO:
            took += f", {self.seconds / least:.2f} times the minimum that the quotas allow"
        return (took, f"Workato's own quotas allow this job in no less than {duration(self.least)}")

    @property
    def verdict(self) -> tuple[str, ...]:
        """Sentences about missing results and rate-limited calls."""
        calls = "1 call was" if self.rate_limited == 1 else f"{self.rate_limited:,} calls were"
        rate_limited = f"{calls} rate limited (429)" if self.rate_limited else "no call was rate limited"
        if self.missing:
            return (*self.missing, f"NOT every input has a result; {rate_limited}")
        return (f"every input has a result; {rate_limited}",)

    @property
    def exit_status(self) -> int:
        """0 only if every input has a result and no call was rate limited."""
        return 1 if self.missing or self.rate_limited else 0


def published(quota: Quota, time_scale: float) -> Quota:
    """Return Workato's own quota, of one that is scaled."""
    return attrs.evolve(quota, per=round(quota.per / time_scale, 9))


def at_speed(time_scale: float) -> str:
    """Return how fast time passes, to be appended to a sentence; empty if it is not scaled."""
    return "" if time_scale == 1 else f" at {1 / time_scale:.4g}x speed"
