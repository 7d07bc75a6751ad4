"""What the fake workspace contains, and which of it has no result."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Self

import attrs

from workato_async import WorkatoError
from workato_async.cli.demo.progress import Stage

if TYPE_CHECKING:
    from collections.abc import Collection

    from workato_async.cli.demo.repeat_failed import Findings
    from workato_async.testing import State

MAX_NAMED = 3
"""Ids and problems named in a sentence; the others are only counted."""


@attrs.frozen(kw_only=True)
class Inventory:
    """The ids that the job must return.

    Attributes:
        recipe_ids: all recipes.
        running_ids: those that are running.
        job_ids: all jobs of those.
        failed_ids: those jobs that failed.
    """

    recipe_ids: frozenset[int]
    running_ids: frozenset[int]
    job_ids: frozenset[str]
    failed_ids: frozenset[str]

    @classmethod
    def of(cls, state: State) -> Self:
        """Return the inventory of a workspace, taken before anything is repeated in it."""
        running = [recipe_id for recipe_id, recipe in state.recipes.items() if recipe["running"]]
        jobs = [job for recipe_id in running for job in state.jobs[recipe_id].values()]
        return cls(
            recipe_ids=frozenset(state.recipes),
            running_ids=frozenset(running),
            job_ids=frozenset(job["id"] for job in jobs),
            failed_ids=frozenset(job["id"] for job in jobs if job["status"] == "failed"),
        )

    @property
    def totals(self) -> dict[Stage, int]:
        """The inputs of each stage."""
        return {
            Stage.RECIPES: len(self.recipe_ids),
            Stage.JOBS: len(self.running_ids),
            Stage.REPEATS: len(self.failed_ids),
        }


def what_is_missing(inventory: Inventory, findings: Findings) -> tuple[str, ...]:
    """Return sentences that name the inputs without a result and the reasons; none if there are no such inputs.

    A failed job has a result if the server responded to its repeat, even by declining it.
    """
    completed = {job_id for job_id, result in findings.results.items() if not isinstance(result.error, WorkatoError)}
    without_result = {job_id for job_id in inventory.failed_ids if findings.masters.get(job_id) not in completed}
    sentences = [
        *_lost("recipes were not listed", inventory.recipe_ids, inventory.recipe_ids - findings.recipe_ids),
        *_lost("jobs were not seen", inventory.job_ids, inventory.job_ids - findings.job_ids),
        *_lost("failed jobs have no result", inventory.failed_ids, without_result),
    ]
    reasons = [*findings.problems]
    reasons += dict.fromkeys(str(r.error) for r in findings.results.values() if isinstance(r.error, WorkatoError))
    more = [f"and {len(reasons) - MAX_NAMED:,} more problems"] if len(reasons) > MAX_NAMED else []
    return (*sentences, *reasons[:MAX_NAMED], *more)


def _lost(what: str, of: Collection[object], lost: Collection[object]) -> list[str]:
    if not lost:
        return []
    names = ", ".join(islice(sorted(map(str, lost)), MAX_NAMED))
    return [f"{len(lost):,} of {len(of):,} {what}: {names}{', ...' if len(lost) > MAX_NAMED else ''}"]
