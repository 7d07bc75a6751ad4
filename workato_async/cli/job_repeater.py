"""Repeating failed jobs: finding them, sending them 25 per request, and keeping the ledger."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from workato_async import AuthenticationError, WorkatoError, fan_out
from workato_async._backoff import sleep
from workato_async.cli.command_runner import ExitStatus, interruptible
from workato_async.cli.estimates import describe_cost
from workato_async.cli.ledger import Entry, Fate, Ledger, entry
from workato_async.cli.output import Rows
from workato_async.cli.progress_bar import ProgressBar
from workato_async.cli.terminal import echo_err, report_failures
from workato_async.resources.jobs import LIST, REPEAT, REPEAT_AT_MOST

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from workato_async import WorkatoSession
    from workato_async.cli.output import Format
    from workato_async.resources.jobs import RepeatReport, RepeatResult

COLUMNS = ("recipe_id", "job_id", "outcome", "repeated_as", "error")
CONCURRENCY = 16
"""Recipes whose jobs are read concurrently."""
MAX_PAUSE = 3600.0
"""Seconds; a call to an endpoint that pauses longer fails at once, so there is nothing to wait for."""
INTERRUPT_GRACE = 10.0
"""Seconds that a request in flight gets to complete after Ctrl-C."""


class JobRepeater:
    """One run of ``jobs repeat-failed``.

    Args:
        workato: the session.
        ledger: the record of earlier runs.
        since: jobs started earlier are ignored.
        force_jobs: ids of jobs to repeat even if the ledger excludes them.
        output: how to print.
    """

    def __init__(
        self, workato: WorkatoSession, ledger: Ledger, *, since: datetime, force_jobs: Iterable[str], output: Format
    ) -> None:
        self._workato = workato
        self._ledger = ledger
        self._since = since
        self._force_jobs = set(force_jobs)
        self._counts: Counter[str] = Counter()
        self._failed: dict[str, str] = {}
        self._output = output
        # One page of jobs per recipe, and the empty page that ends the list.
        self._bar = ProgressBar(
            workato.limiter, LIST.key, "recipes read", calls_per_item=2, show=output.allows_progress
        )

    async def run(self, recipe_ids: Sequence[int], *, dry_run: bool) -> ExitStatus:
        """Repeat the failed jobs of these recipes, or of all if none are given, and print a row for each job."""
        with (
            interruptible(lambda: f"{self._summary()}. Run the command again to continue; nothing is repeated twice"),
            report_failures(self._failed),
            Rows(COLUMNS, self._output, none="no failed jobs to repeat", changing=True) as rows,
            self._bar as bar,
        ):
            chosen = recipe_ids or [recipe_id async for recipe_id in self._recipes_with_failures()]
            bar.expect(len(chosen))
            calls = 0
            async with fan_out(self._failed_jobs, chosen, concurrency=CONCURRENCY) as outcomes:
                async for outcome in outcomes:
                    if isinstance(outcome.error, AuthenticationError):
                        raise outcome.error
                    if isinstance(outcome.error, WorkatoError):
                        self._failed[f"recipe {outcome.item}"] = str(outcome.error)
                        continue
                    for batch in _batches(self._due(outcome.item, outcome.unwrap(), rows)):
                        calls += 1
                        if dry_run:
                            self._record(outcome.item, dict.fromkeys(batch, entry(Fate.DUE)), rows)
                        else:
                            await self._repeat(outcome.item, batch, rows)
            for job_id in self._force_jobs:
                self._failed[job_id] = "given with --force-job, but not among the failed jobs found"
        if dry_run:
            echo_err(
                f"would repeat {_jobs(self._counts['due'])}: {describe_cost(self._workato.limiter, REPEAT.key, calls)}"
            )
        else:
            echo_err(self._summary())
        return ExitStatus.PARTLY_FAILED if self._failed else ExitStatus.DONE

    async def _recipes_with_failures(self) -> AsyncIterator[int]:
        """Iterate over the recipes that may have failed jobs since then, according to their counters."""
        async for recipe in self._workato.recipes.list(exclude_code=True, paging="since_id"):
            last = recipe.last_job_started_at
            if recipe.job_failed_count != 0 and (last is None or last >= self._since):
                yield recipe.id

    async def _failed_jobs(self, recipe_id: int) -> Collection[str]:
        """Return the master ids of the failed jobs of a recipe, newest first, as far back as ``since``."""
        masters: dict[str, None] = {}
        try:
            async for job in self._workato.jobs.list(recipe_id, status="failed", since=self._since):
                masters[job.master_job_id or job.id] = None
        finally:
            self._bar.advance()
        return masters

    def _due(self, recipe_id: int, job_ids: Iterable[str], rows: Rows) -> Iterator[str]:
        """Iterate over the jobs to repeat, leaving out those already repeated and those whose outcome is unknown."""
        for job_id in job_ids:
            known = self._ledger.entries.get(job_id)
            if job_id in self._force_jobs:
                self._force_jobs.discard(job_id)
                yield job_id
            elif known is None or known.fate in (Fate.REFUSED, Fate.FAILED):
                yield job_id
            elif known.fate is Fate.REPEATED:
                self._counts["repeated by an earlier run"] += 1
            else:
                self._record(recipe_id, {job_id: known}, rows)

    async def _repeat(self, recipe_id: int, job_ids: Sequence[str], rows: Rows) -> None:
        """Send one request, recorded in the ledger before and after."""
        # A job that still waits for its quota when the program is killed must not look as if it had been sent.
        if 0 < (wait := self._workato.limiter.eta(REPEAT.key, 1)) <= MAX_PAUSE:
            await sleep(wait)
        self._ledger.sending(recipe_id, job_ids)
        call = asyncio.create_task(self._workato.jobs.repeat(recipe_id, job_ids))
        try:
            await asyncio.wait({call})
        except asyncio.CancelledError:  # find out what happened to the request in flight
            self._bar.echo_err(
                "waiting for the response to the request in flight; Ctrl-C again leaves its outcome unknown"
            )
            await asyncio.wait({call}, timeout=INTERRUPT_GRACE)
            raise
        finally:
            if call.done():
                fates = _fates(job_ids, call)
                self._ledger.completed(recipe_id, fates)
            else:
                call.cancel()
                fates = {job_id: self._ledger.entries[job_id] for job_id in job_ids}
            self._record(recipe_id, fates, rows)
        for result in call.result().results:
            if isinstance(result.error, AuthenticationError):
                raise result.error

    def _record(self, recipe_id: int, fates: Mapping[str, Entry], rows: Rows) -> None:
        for job_id, fate in fates.items():
            self._counts[fate.fate] += 1
            rows.add(
                {
                    "recipe_id": recipe_id,
                    "job_id": job_id,
                    "outcome": str(fate.fate),
                    "repeated_as": fate.job_id,
                    "error": fate.error,
                }
            )
            if fate.fate is Fate.UNKNOWN:
                self._failed[job_id] = _how_to_decide(recipe_id, job_id, fate)
            elif fate.error is not None:
                self._failed[job_id] = fate.error

    def _summary(self) -> str:
        counts = ", ".join(f"{count:,} {fate}" for fate, count in self._counts.items() if fate != Fate.REPEATED)
        return f"repeated {_jobs(self._counts[Fate.REPEATED])}{counts and ', '}{counts} (ledger: {self._ledger.path})"


def _fates(job_ids: Iterable[str], call: asyncio.Task[RepeatReport]) -> Mapping[str, Entry]:
    if error := call.exception():  # the call itself was invalid, so nothing was sent
        return {job_id: entry(Fate.FAILED, error=str(error)) for job_id in job_ids}
    return {result.requested_job_id: _entry(result) for result in call.result().results}


def _entry(result: RepeatResult) -> Entry:
    if result.error is None:
        return entry(Fate.REPEATED, job_id=result.job_id)
    if isinstance(result.error, WorkatoError):
        return entry(Fate.UNKNOWN if result.outcome_unknown else Fate.FAILED, error=str(result.error))
    return entry(Fate.REFUSED, error=f"{result.error.message} ({result.error.type_id})")


def _how_to_decide(recipe_id: int, job_id: str, fate: Entry) -> str:
    return (
        f"it was sent at {fate.at} and no response arrived, so it may have been repeated. Look for a job with this "
        f"master_job_id in `workato-async jobs list {recipe_id} --reruns`. If there is one, add "
        f"--mark-repeated {job_id} to this command; if not, --force-job {job_id}"
    )


def _batches(job_ids: Iterator[str]) -> Iterator[Sequence[str]]:
    while batch := tuple(islice(job_ids, REPEAT_AT_MOST)):
        yield batch


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count:,} jobs"
