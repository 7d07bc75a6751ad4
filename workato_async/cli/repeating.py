"""Repeating failed jobs: finding them, sending them 25 at a time, and keeping the ledger."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import aclosing
from itertools import islice
from typing import TYPE_CHECKING

from workato_async import AuthenticationError, WorkatoError, fan_out
from workato_async._backoff import back_off
from workato_async.cli.bars import Bar, price
from workato_async.cli.ledger import Entry, Fate, Ledger, entry
from workato_async.cli.output import Rows
from workato_async.cli.running import Status, interruptible, listed, say
from workato_async.cli.walking import began_after
from workato_async.limits.bucket import LONGEST_PAUSE
from workato_async.resources.jobs import LIST, REPEAT, REPEAT_AT_MOST

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from workato_async import WorkatoSession
    from workato_async.cli.output import Format
    from workato_async.resources.jobs import RepeatReport, RepeatResult

COLUMNS = ("recipe_id", "job_id", "outcome", "repeated_as", "error")
CONCURRENCY = 16
"""Recipes whose jobs are read at a time."""
LAST_ANSWER = 10.0
"""Seconds that Ctrl-C leaves a request for its answer."""


class Repeating:
    """One run.

    Args:
        workato: the session.
        ledger: what earlier runs did.
        since: jobs that began before are left alone.
        again: ids of jobs that are repeated whatever the ledger says.
        output: how to print.
    """

    def __init__(
        self, workato: WorkatoSession, ledger: Ledger, *, since: datetime, again: Iterable[str], output: Format
    ) -> None:
        self._workato = workato
        self._ledger = ledger
        self._since = since
        self._again = set(again)
        self._counts: Counter[str] = Counter()
        self._failed: dict[str, str] = {}
        self._output = output
        # The page of a recipe, and the empty one that ends the list.
        self._bar = Bar(workato.limiter, LIST.key, "recipes read", calls_each=2, show=output.waits)

    async def run(self, recipe_ids: Sequence[int], *, dry_run: bool) -> Status:
        """Repeat the failed jobs of these recipes, or of all if there are none, and print a row for each."""
        with (
            interruptible(lambda: f"{self._told()}. Run the command again to go on: nothing is repeated twice"),
            listed(self._failed),
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
                    for chunk in _chunks(self._due(outcome.item, outcome.unwrap(), rows)):
                        calls += 1
                        if dry_run:
                            self._book(outcome.item, dict.fromkeys(chunk, entry(Fate.DUE)), rows)
                        else:
                            await self._repeat(outcome.item, chunk, rows)
            for job_id in self._again:
                self._failed[job_id] = "it was to be repeated again, and is not among the failed jobs found"
        if dry_run:
            say(f"would repeat {_jobs(self._counts['due'])}: {price(self._workato.limiter, REPEAT.key, calls)}")
        else:
            say(self._told())
        return Status.PARTLY if self._failed else Status.DONE

    async def _recipes_with_failures(self) -> AsyncIterator[int]:
        """Find the recipes whose counters do not exclude that a job failed since then."""
        async for recipe in self._workato.recipes.list(exclude_code=True, paging="since_id"):
            last = recipe.last_job_started_at
            if recipe.job_failed_count != 0 and (last is None or last >= self._since):
                yield recipe.id

    async def _failed_jobs(self, recipe_id: int) -> Collection[str]:
        """Read the failed jobs of a recipe, newest first, down to the first that is too old; give their master ids."""
        masters: dict[str, None] = {}
        failed = self._workato.jobs.list(recipe_id, status="failed")
        try:
            async with aclosing(began_after(failed, self._since)) as jobs:
                async for job in jobs:
                    masters[job.master_job_id or job.id] = None
        finally:
            self._bar.advance()
        return masters

    def _due(self, recipe_id: int, job_ids: Iterable[str], rows: Rows) -> Iterator[str]:
        """Leave out the jobs that were repeated, and those of which nobody knows."""
        for job_id in job_ids:
            known = self._ledger.entries.get(job_id)
            if job_id in self._again:
                self._again.discard(job_id)
                yield job_id
            elif known is None or known.fate in (Fate.REFUSED, Fate.FAILED):
                yield job_id
            elif known.fate is Fate.REPEATED:
                self._counts["repeated by an earlier run"] += 1
            else:
                self._book(recipe_id, {job_id: known}, rows)

    async def _repeat(self, recipe_id: int, job_ids: Sequence[str], rows: Rows) -> None:
        """Send one request, with the ledger kept before and after."""
        # What still waits for the quota when the program is killed should not look as if it had been sent.
        if 0 < (wait := self._workato.limiter.eta(REPEAT.key, 1)) <= LONGEST_PAUSE:
            await back_off(wait)
        self._ledger.sending(recipe_id, job_ids)
        call = asyncio.create_task(self._workato.jobs.repeat(recipe_id, job_ids))
        try:
            await asyncio.wait({call})
        except asyncio.CancelledError:  # what has left should not stay in doubt
            self._bar.say("waiting for the answer to what was sent; Ctrl-C again leaves it in doubt")
            await asyncio.wait({call}, timeout=LAST_ANSWER)
            raise
        finally:
            if call.done():
                fates = _fates(job_ids, call)
                self._ledger.answered(recipe_id, fates)
            else:
                call.cancel()
                fates = {job_id: self._ledger.entries[job_id] for job_id in job_ids}
            self._book(recipe_id, fates, rows)
        for result in call.result().results:
            if isinstance(result.error, AuthenticationError):
                raise result.error

    def _book(self, recipe_id: int, fates: Mapping[str, Entry], rows: Rows) -> None:
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

    def _told(self) -> str:
        counts = ", ".join(f"{count:,} {fate}" for fate, count in self._counts.items() if fate != Fate.REPEATED)
        return f"repeated {_jobs(self._counts[Fate.REPEATED])}{counts and ', '}{counts} (ledger: {self._ledger.path})"


def _fates(job_ids: Iterable[str], call: asyncio.Task[RepeatReport]) -> Mapping[str, Entry]:
    if error := call.exception():  # the call itself was wrong, so nothing was sent
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
        f"it was sent at {fate.at} and no answer came, so it may have been repeated. Look for a repeat of it with "
        f"`workato-async jobs list {recipe_id} --reruns` (master_job_id); if there is one, add --settled {job_id} to "
        f"this command, else --again {job_id}"
    )


def _chunks(job_ids: Iterator[str]) -> Iterator[Sequence[str]]:
    while chunk := tuple(islice(job_ids, REPEAT_AT_MOST)):
        yield chunk


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count:,} jobs"
