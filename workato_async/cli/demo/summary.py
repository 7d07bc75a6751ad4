"""The summary at the end of a demo, independent of how it is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import attrs

from workato_async.cli.demo.inventory import what_is_missing
from workato_async.cli.demo.least_time import Load, least_seconds, least_seconds_chained
from workato_async.resources.jobs import LIST as LIST_JOBS
from workato_async.resources.jobs import REPEAT as REPEAT_JOBS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workato_async.cli.demo.inventory import Inventory
    from workato_async.cli.demo.repeat_failed import Findings
    from workato_async.limits.quota import Quota
    from workato_async.limits.state import BucketState

CALLS_FOR_FAILURES = 1
"""The fewest calls that find the failed jobs of a recipe: one page, if it is known to be the last."""


@attrs.frozen
class EndpointLine:
    """One endpoint in the final table: quota, calls made, 429s among them, least seconds for the other calls."""

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
        seconds: how long the job took.
        least: the least seconds that the quotas allow for its calls.
        work: what was done, in one sentence.
        missing: sentences about everything without a result.
    """

    endpoints: tuple[EndpointLine, ...]
    calls: int
    rate_limited: int
    seconds: float
    least: float
    work: str
    missing: tuple[str, ...]

    @classmethod
    def of(
        cls, findings: Findings, inventory: Inventory, states: Mapping[str, BucketState], *, rate_limited: int
    ) -> Self:
        """Return the summary.

        Args:
            findings: what the job found.
            inventory: what it should have found.
            states: the limiter's buckets by endpoint key.
            rate_limited: 429s, as counted by the server.
        """
        # A rate-limited call achieved nothing, so the quotas did not need room for it.
        loads = {key: Load(state.sent - state.refused, state.quota) for key, state in states.items()}
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
            EndpointLine(key, state.quota, state.sent, state.refused, least_seconds(loads[key]))
            for key, state in states.items()
        ]
        return cls(
            endpoints=tuple(lines),
            calls=sum(line.calls for line in lines),
            rate_limited=rate_limited,
            seconds=findings.seconds,
            least=least,
            work=(
                f"{len(findings.recipe_ids):,} recipes listed, {len(findings.running_ids):,} of them running; "
                f"{len(findings.job_ids):,} jobs read, {len(findings.masters):,} of them failed; "
                f"{findings.enqueued:,} of these repeated"
            ),
            missing=what_is_missing(inventory, findings),
        )

    @property
    def pace(self) -> str:
        """The time needed compared with the least possible."""
        if not self.least:
            return f"took {self.seconds:.1f} s; the quotas would have allowed all calls at once"
        times = self.seconds / self.least
        return f"took {self.seconds:.1f} s, {times:.2f} times the minimum of {self.least:.1f} s that the quotas allow"

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
