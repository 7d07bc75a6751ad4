"""Repeating jobs: finding those that failed, sending them 25 per request, and keeping the ledger."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import aclosing
from itertools import islice
from typing import TYPE_CHECKING

from workato_async import AuthenticationError, IncompleteListError, WorkatoError
from workato_async._backoff import sleep
from workato_async.cli.command_runner import ExitStatus, interruptible
from workato_async.cli.confirmation import can_ask, confirm_change
from workato_async.cli.estimates import describe_cost
from workato_async.cli.failed_jobs import missing_parts
from workato_async.cli.ledger import Entry, Fate, Ledger, entry
from workato_async.cli.output import Rows
from workato_async.cli.progress_bar import ProgressBar
from workato_async.cli.terminal import echo_err, report_failures
from workato_async.resources.jobs import LIST, REPEAT, REPEAT_AT_MOST

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from workato_async import WorkatoSession
    from workato_async.cli.output import Format
    from workato_async.resources.jobs import RepeatReport, RepeatResult

Found = tuple[int, "Sequence[str]"]
"""A recipe with master ids of its jobs."""
COLUMNS = ("recipe_id", "job_id", "outcome", "repeated_as", "error")
MAX_PAUSE = 3600.0
"""Seconds; a call to an endpoint that pauses longer fails at once, so there is nothing to wait for."""
INTERRUPT_GRACE = 10.0
"""Seconds that a request in flight gets to complete after Ctrl-C."""


class JobRepeater:
    """One run of ``jobs repeat`` or ``jobs repeat-failed``.

    Args:
        workato: the session.
        ledger: the record of earlier runs.
        force_jobs: ids of jobs to repeat even if the ledger excludes them.
        output: how to print.
    """

    def __init__(self, workato: WorkatoSession, ledger: Ledger, *, force_jobs: Iterable[str], output: Format) -> None:
        self._workato = workato
        self._ledger = ledger
        self._force_jobs = set(force_jobs)
        self._counts: Counter[str] = Counter()
        self._failed: dict[str, str] = {}
        self._output = output
        self._bar = ProgressBar(workato.limiter, LIST.key, "recipes with failed jobs", show=output.allows_progress)

    async def repeat_failed(
        self, since: datetime, recipe_ids: Sequence[int] | None, *, yes: bool, dry_run: bool
    ) -> ExitStatus:
        """Repeat the failed jobs of these recipes, or of all, and print a row for each job."""
        return await self._run(self._find(since, recipe_ids), yes=yes, dry_run=dry_run)

    async def repeat(self, job_ids: Mapping[int, Sequence[str]], *, yes: bool, dry_run: bool) -> ExitStatus:
        """Repeat jobs, given by recipe, and print a row for each."""

        async def given() -> AsyncGenerator[Found, None]:
            for found in job_ids.items():
                yield found

        return await self._run(given(), yes=yes, dry_run=dry_run)

    async def _run(self, found: AsyncGenerator[Found, None], *, yes: bool, dry_run: bool) -> ExitStatus:
        """Repeat what is due of the jobs that are found.

        A question needs their number, so all are found before it; without one, the first are sent while others are
        searched for.
        """
        if not (yes or dry_run or can_ask()):
            await confirm_change(self._workato, "Repeat jobs", yes=False)
        with (
            interruptible(lambda: f"{self._summary()}. Run the command again to continue; nothing is repeated twice"),
            report_failures(self._failed),
            Rows(COLUMNS, self._output, none="no failed jobs to repeat", changing=True) as rows,
        ):
            calls = 0
            async with aclosing(found), aclosing(self._batches(found, rows)) as batches:
                if yes or dry_run:
                    with self._bar:
                        async for recipe_id, batch in batches:
                            calls += 1
                            await self._send(recipe_id, batch, rows, dry_run=dry_run)
                else:
                    with self._bar:
                        chosen = [batch async for batch in batches]
                    if chosen:
                        action = f"Repeat {_jobs(sum(len(batch) for _, batch in chosen))}"
                        await confirm_change(self._workato, action, yes=False)
                    self._bar.switch_to(REPEAT.key, "requests", 0, len(chosen))
                    with self._bar:
                        for recipe_id, batch in chosen:
                            await self._send(recipe_id, batch, rows, dry_run=False)
                            self._bar.advance()
            for job_id in self._force_jobs:
                self._failed[job_id] = "given with --force-job, but not among the jobs found"
        if dry_run:
            cost = describe_cost(self._workato.limiter, REPEAT.key, calls)
            echo_err(f"would repeat {_jobs(self._counts[Fate.DUE])}{self._others(Fate.DUE)}: {cost}")
        else:
            echo_err(self._summary())
        return ExitStatus.PARTLY_FAILED if self._failed else ExitStatus.DONE

    async def _find(self, since: datetime, recipe_ids: Sequence[int] | None) -> AsyncGenerator[Found, None]:
        """Iterate over recipes with the master ids of their failed jobs, newest first."""
        masters: dict[str, None] = {}
        recipe_id = 0
        try:
            async with aclosing(aiter(self._workato.jobs.failed(since=since, recipes=recipe_ids))) as jobs:
                async for job in jobs:
                    if masters and job.recipe_id != recipe_id:
                        yield recipe_id, [*masters]
                        masters.clear()
                    if not masters:
                        self._bar.advance()
                    recipe_id = job.recipe_id or 0
                    masters[job.master_job_id or job.id] = None
        except IncompleteListError as error:
            self._failed.update({what: str(reason) for what, reason in missing_parts(error).items()})
        if masters:
            yield recipe_id, [*masters]

    async def _batches(self, found: AsyncGenerator[Found, None], rows: Rows) -> AsyncGenerator[Found, None]:
        """Iterate over what is due, as many jobs at a time as a request takes."""
        async for recipe_id, job_ids in found:
            due = self._due(recipe_id, job_ids, rows)
            while batch := tuple(islice(due, REPEAT_AT_MOST)):
                yield recipe_id, batch

    async def _send(self, recipe_id: int, batch: Sequence[str], rows: Rows, *, dry_run: bool) -> None:
        if dry_run:
            self._record(recipe_id, dict.fromkeys(batch, entry(Fate.DUE)), rows)
        else:
            await self._repeat(recipe_id, batch, rows)

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
        repeated = _jobs(self._counts[Fate.REPEATED])
        return f"repeated {repeated}{self._others(Fate.REPEATED)} (ledger: {self._ledger.path})"

    def _others(self, fate: Fate) -> str:
        """Return how many jobs had another fate, as the rest of a sentence."""
        return "".join(f", {count:,} {other}" for other, count in self._counts.items() if other != fate)


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


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count:,} jobs"
