"""The job of the demo: repeat every failed job of every running recipe. Prints nothing.

One stream on the public API: while the pages of recipes arrive, the jobs of the running ones are read, and as soon as
the jobs of one recipe are known, its failed ones are repeated. Nothing here waits, counts or batches because of a
quota: the limiter does that.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

import attrs

from workato_async import WorkatoError, fan_out
from workato_async.cli.demo.progress import Stage
from workato_async.resources.jobs import REPEAT_AT_MOST

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from workato_async import Api, FanOut
    from workato_async.cli.demo.progress import Progress
    from workato_async.resources.jobs import Job, RepeatReport, RepeatResult

CONCURRENCY = 16
"""Recipes processed concurrently in each of the two stages that fan out. More would not be faster, because the quota
allows no more calls; but their last pages, and so their repeats, would all come late."""


@attrs.frozen(kw_only=True)
class Findings:
    """What the job saw and did.

    Attributes:
        recipe_ids: the recipes listed.
        running_ids: those that are running.
        job_ids: the jobs of the running recipes.
        masters: the id to repeat, by id of the failed job.
        results: the results by repeated id.
        most_repeats: the most repeat requests needed for one recipe.
        problems: one sentence for each call that finally failed.
        seconds: duration by the event loop's clock.
    """

    recipe_ids: frozenset[int]
    running_ids: frozenset[int]
    job_ids: frozenset[str]
    masters: Mapping[str, str]
    results: Mapping[str, RepeatResult]
    most_repeats: int
    problems: tuple[str, ...]
    seconds: float

    @property
    def repeated_ids(self) -> frozenset[str]:
        """The failed jobs that Workato accepted for repetition."""
        return frozenset(
            job_id
            for job_id, master in self.masters.items()
            if (result := self.results.get(master)) is not None and result.status == "enqueued"
        )


async def repeat_failed_jobs(workato: Api, progress: Progress) -> Findings:
    """Run the job.

    Args:
        workato: a session, or a view of one.
        progress: receives the progress of the job.

    Returns:
        The findings; a call that fails is listed in ``problems`` and affects only its own results.
    """
    begun = asyncio.get_running_loop().time()
    run = _Run(workato, progress)
    async with (
        fan_out(run.jobs_of, run.running_recipes(), concurrency=CONCURRENCY) as read,
        fan_out(run.repeat, run.recipes_with_failures(read), concurrency=CONCURRENCY) as repeated,
    ):
        async for outcome in repeated:
            run.add_report(outcome.unwrap())
            progress.done(Stage.REPEATS, len(outcome.item.job_ids))
    progress.finished(Stage.REPEATS)
    return run.findings(asyncio.get_running_loop().time() - begun)


@attrs.frozen
class _Failures:
    """The failed jobs of one recipe."""

    recipe_id: int
    job_ids: Sequence[str]
    masters: Sequence[str]


class _Run:
    """Collects the findings while the job runs."""

    def __init__(self, workato: Api, progress: Progress) -> None:
        self._workato = workato
        self._progress = progress
        self._recipe_ids: set[int] = set()
        self._running_ids: set[int] = set()
        self._job_ids: set[str] = set()
        self._masters: dict[str, str] = {}
        self._results: dict[str, RepeatResult] = {}
        self._most_repeats = 0
        self._problems: list[str] = []

    async def running_recipes(self) -> AsyncIterator[int]:
        """List all recipes and yield the running ones as they are consumed."""
        try:
            async for page in self._workato.recipes.list(exclude_code=True).pages():
                running = [recipe.id for recipe in page.items if recipe.running]
                self._recipe_ids.update(recipe.id for recipe in page.items)
                self._running_ids.update(running)
                self._progress.done(Stage.RECIPES, len(page.items))
                for recipe_id in running:
                    yield recipe_id
        except WorkatoError as error:
            self._problems.append(f"the list of recipes broke off: {error}")
        self._progress.finished(Stage.RECIPES)

    async def jobs_of(self, recipe_id: int) -> Sequence[Job]:
        """Read all jobs of one recipe."""
        return await self._workato.jobs.list(recipe_id).collect()

    async def recipes_with_failures(self, read: FanOut[int, Sequence[Job]]) -> AsyncIterator[_Failures]:
        """Yield the failed jobs of each recipe that was read."""
        async for outcome in read:
            self._progress.done(Stage.JOBS, 1)
            if isinstance(outcome.error, WorkatoError):
                self._problems.append(f"the jobs of recipe {outcome.item} could not be read: {outcome.error}")
                continue
            jobs = outcome.unwrap()
            self._job_ids.update(job.id for job in jobs)
            masters = {job.id: job.master_job_id or job.id for job in jobs if job.status == "failed"}
            if masters:
                self._masters |= masters
                yield _Failures(outcome.item, tuple(masters), tuple(masters.values()))
        self._progress.finished(Stage.JOBS)

    async def repeat(self, failures: _Failures) -> RepeatReport:
        """Repeat the failed jobs of one recipe; request errors are in the report."""
        return await self._workato.jobs.repeat(failures.recipe_id, failures.masters)

    def add_report(self, report: RepeatReport) -> None:
        """Add the results of one recipe."""
        self._most_repeats = max(self._most_repeats, math.ceil(len(report.results) / REPEAT_AT_MOST))
        for result in report.results:
            self._results[result.requested_job_id] = result

    def findings(self, seconds: float) -> Findings:
        """Return everything collected."""
        return Findings(
            recipe_ids=frozenset(self._recipe_ids),
            running_ids=frozenset(self._running_ids),
            job_ids=frozenset(self._job_ids),
            masters=self._masters,
            results=self._results,
            most_repeats=self._most_repeats,
            problems=tuple(self._problems),
            seconds=seconds,
        )
