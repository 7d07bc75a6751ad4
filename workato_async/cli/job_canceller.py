"""Cancelling jobs, up to 25 per request."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from workato_async import AuthenticationError, OutcomeUnknownError, WorkatoError
from workato_async.cli.changing import UNKNOWN, may_be_done
from workato_async.cli.command_runner import ExitStatus, interruptible
from workato_async.cli.confirmation import confirm_change
from workato_async.cli.estimates import describe_cost
from workato_async.cli.output import Rows
from workato_async.cli.progress_bar import ProgressBar
from workato_async.cli.terminal import echo_err, report_failures
from workato_async.resources.jobs import CANCEL, REPEAT_AT_MOST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workato_async import WorkatoSession
    from workato_async.cli.output import Format

COLUMNS = ("recipe_id", "job_id", "outcome", "error")


async def cancel_jobs(
    workato: WorkatoSession, jobs: Mapping[int, Sequence[str]], *, yes: bool, dry_run: bool, output: Format
) -> ExitStatus:
    """Cancel jobs, given by recipe, after a question; print a row for each."""
    batches = [
        (recipe_id, ids[begin : begin + REPEAT_AT_MOST])
        for recipe_id, ids in jobs.items()
        for begin in range(0, len(ids), REPEAT_AT_MOST)
    ]
    number = sum(map(len, jobs.values()))
    count = "1 job" if number == 1 else f"{number:,} jobs"
    failed: dict[str, str] = {}
    done = 0
    if number and not dry_run:
        await confirm_change(workato, f"Cancel {count}", yes=yes)
    bar = ProgressBar(workato.limiter, CANCEL.key, "requests", len(batches), show=output.allows_progress)
    with (
        interruptible(lambda: f"asked to cancel {done:,} of {count}. Run the command again with the others"),
        report_failures(failed),
        Rows(COLUMNS, output, none="no jobs to cancel", changing=True) as rows,
        bar,
    ):

        def add(recipe_id: int, batch: Sequence[str], outcome: str, error: WorkatoError | None = None) -> None:
            text = str(error) if error else None
            for job_id in batch:
                rows.add({"recipe_id": recipe_id, "job_id": job_id, "outcome": outcome, "error": text})
                if text is not None:
                    failed[job_id] = text

        for recipe_id, batch in batches:
            try:
                outcome, error = await _cancel(workato, recipe_id, batch, dry_run=dry_run)
            except asyncio.CancelledError as stop:
                if isinstance(stop.__cause__, OutcomeUnknownError):  # the request in flight
                    add(recipe_id, batch, UNKNOWN)
                raise
            add(recipe_id, batch, outcome, error)
            done += 0 if error else len(batch)
            bar.advance()
            if isinstance(error, AuthenticationError):
                raise error
    if dry_run:
        echo_err(f"would cancel {count}: {describe_cost(workato.limiter, CANCEL.key, len(batches))}")
    elif number:
        echo_err(f"asked to cancel {done:,} of {count}; `workato-async jobs show` says what became of them")
    return ExitStatus.PARTLY_FAILED if failed else ExitStatus.DONE


async def _cancel(
    workato: WorkatoSession, recipe_id: int, batch: Sequence[str], *, dry_run: bool
) -> tuple[str, WorkatoError | None]:
    """Send one request and return its outcome. Workato does not document what it says of single jobs."""
    if dry_run:
        return "due", None
    try:
        await workato.jobs.cancel(recipe_id, batch)
    except WorkatoError as error:
        return UNKNOWN if may_be_done(error) else "failed", error
    return "requested", None
