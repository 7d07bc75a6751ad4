"""What there is to say at the end of a demonstration, whatever prints it."""

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

CALLS_FOR_FAILURES = 2
"""The least calls that show the failed jobs of a recipe: its one page, and the empty one that ends the list."""


@attrs.frozen
class EndpointLine:
    """One endpoint in the final table: its quota, calls made, how many were refused, least seconds for the others."""

    key: str
    quota: Quota
    calls: int
    refused: int
    least: float


@attrs.frozen(kw_only=True)
class Summary:
    """The end of a demonstration.

    Attributes:
        endpoints: one line for each endpoint used.
        calls: calls made in all.
        refused: 429s, as the server counted them.
        seconds: how long the job took.
        least: the least that the quotas allow for its calls.
        told: what was done, in one sentence.
        missing: one sentence for everything that did not come back.
    """

    endpoints: tuple[EndpointLine, ...]
    calls: int
    refused: int
    seconds: float
    least: float
    told: str
    missing: tuple[str, ...]

    @classmethod
    def of(cls, findings: Findings, inventory: Inventory, states: Mapping[str, BucketState], *, refused: int) -> Self:
        """Sum up.

        Args:
            findings: what the job came back with.
            inventory: what it should have come back with.
            states: the limiter's buckets by endpoint key.
            refused: 429s, as the server counted them.
        """
        # A refused call was made for nothing, so the quotas need not have had room for it.
        loads = {key: Load(state.sent - state.refused, state.quota) for key, state in states.items()}
        least = max((least_seconds(load) for load in loads.values()), default=0.0)
        if LIST_JOBS.key in loads and REPEAT_JOBS.key in loads:
            chained = least_seconds_chained(
                loads[LIST_JOBS.key],
                loads[REPEAT_JOBS.key],
                needs=CALLS_FOR_FAILURES,
                frees=findings.most_repeats,
            )
            least = max(least, chained)
        lines = [
            EndpointLine(key, state.quota, state.sent, state.refused, least_seconds(loads[key]))
            for key, state in states.items()
        ]
        return cls(
            endpoints=tuple(lines),
            calls=sum(line.calls for line in lines),
            refused=refused,
            seconds=findings.seconds,
            least=least,
            told=(
                f"{len(findings.recipe_ids):,} recipes listed, {len(findings.running_ids):,} of them running; "
                f"{len(findings.job_ids):,} jobs read, {len(findings.masters):,} of them failed; "
                f"{findings.enqueued:,} of these repeated"
            ),
            missing=what_is_missing(inventory, findings),
        )

    @property
    def pace(self) -> str:
        """Compare the time needed with the least."""
        if not self.least:
            return f"{self.seconds:.1f} s needed; the quotas would have allowed all calls at once"
        times = self.seconds / self.least
        return f"{self.seconds:.1f} s needed, {self.least:.1f} s is the least the quotas allow: {times:.2f} times that"

    @property
    def verdict(self) -> tuple[str, ...]:
        """Say what came back and what was refused."""
        calls = "1 call was" if self.refused == 1 else f"{self.refused:,} calls were"
        refused = f"{calls} refused with 429" if self.refused else "no call was refused"
        if self.missing:
            return (*self.missing, f"NOT everything came back; {refused}")
        return (f"every input came back; {refused}",)

    @property
    def exit_status(self) -> int:
        """0 only if every input came back and no call was refused."""
        return 1 if self.missing or self.refused else 0
