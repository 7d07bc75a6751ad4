"""``workato-async jobs list|show|repeat-failed``."""

# No postponed annotations: Typer reads them when the commands are made.

import enum
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from workato_async.cli.command import Group
from workato_async.cli.command_runner import ExitStatus
from workato_async.cli.options import DryRun, Limit, Since, parse_time
from workato_async.cli.output import Format, Rows, print_record

if TYPE_CHECKING:
    from workato_async import WorkatoSession

COLUMNS = ("id", "status", "started_at", "error", "title", "master_job_id", "completed_at")

app = Group("List and show jobs, and repeat failed ones.")

Recipe = Annotated[int, typer.Argument(metavar="RECIPE", help="ID of the recipe.", min=0)]


class JobStatus(enum.StrEnum):
    """States that a list of jobs can be filtered by."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    PENDING = "pending"


@app.command("list", epilog="Example: workato-async jobs list 12389 --status failed --since 24h --csv")
async def list_jobs(
    workato: "WorkatoSession",
    output: Format,
    recipe: Recipe,
    status: Annotated[
        JobStatus | None,
        typer.Option("--status", metavar="STATUS", help="Only jobs with this status: succeeded, failed or pending."),
    ] = None,
    since: Since = None,
    reruns: Annotated[bool, typer.Option("--reruns", help="Only jobs that repeat another job.")] = False,
    limit: Limit = None,
) -> None:
    """List the jobs of a recipe, newest first."""
    from workato_async.cli.listing import print_all
    from workato_async.cli.progress_bar import ProgressBar
    from workato_async.resources.jobs import LIST

    found = workato.jobs.list(
        recipe,
        status=None if status is None else status.value,
        rerun_only=True if reruns else None,
        since=since,
    )
    bar = ProgressBar(workato.limiter, LIST.key, "jobs", show=output.allows_progress)
    with Rows(COLUMNS, output, none="no jobs found") as rows, bar:
        await print_all(aiter(found), rows, bar, limit)


@app.command(epilog="Example: workato-async jobs show 12389 j-AJTAt8w6-wdAgWM --json")
async def show(
    workato: "WorkatoSession",
    output: Format,
    recipe: Recipe,
    job: Annotated[str, typer.Argument(metavar="JOB", help="ID of the job.")],
) -> None:
    """Show one job; use --json to include its steps."""
    found = (await workato.jobs.get(recipe, job)).to_dict()
    if output is Format.TABLE:
        del found["lines"]
    print_record(found, output)


@app.command("repeat-failed", epilog="Example: workato-async jobs repeat-failed --since 24h --dry-run")
async def repeat_failed(
    workato: "WorkatoSession",
    output: Format,
    since: Annotated[
        datetime,
        typer.Option(
            "--since", parser=parse_time, metavar="DURATION|TIME", help="Only jobs started since then, e.g. 24h, 7d."
        ),
    ] = "24h",  # type: ignore[assignment]  # Typer also parses defaults
    recipe: Annotated[
        list[int] | None,
        typer.Option(
            "--recipe", metavar="ID", help="Only jobs of this recipe (can be given multiple times; default: all)."
        ),
    ] = None,
    force_job: Annotated[
        list[str] | None,
        typer.Option(
            "--force-job",
            metavar="JOB",
            help="Repeat this job even if the ledger excludes it (can be given multiple times).",
        ),
    ] = None,
    mark_repeated: Annotated[
        list[str] | None,
        typer.Option(
            "--mark-repeated",
            metavar="JOB",
            help="Record in the ledger that this job was repeated (can be given multiple times).",
        ),
    ] = None,
    again: Annotated[list[str] | None, typer.Option("--again", hidden=True, help="Former name of --force-job.")] = None,
    settled: Annotated[
        list[str] | None, typer.Option("--settled", hidden=True, help="Former name of --mark-repeated.")
    ] = None,
    ledger: Annotated[
        Path | None,
        typer.Option(
            "--ledger",
            metavar="FILE",
            dir_okay=False,
            help="Ledger file (default: ~/.local/state/workato-async/repeated-jobs-HOST.jsonl).",
        ),
    ] = None,
    dry_run: DryRun = False,
) -> ExitStatus:
    """Repeat failed jobs, each at most once.

    Up to 25 jobs are sent per request, at 1 request per second. Every job is recorded in a ledger file before it is
    sent, and again when its outcome is known. Later runs skip jobs that were repeated, and ask you about jobs that
    were sent without a response.
    """
    from workato_async.cli.job_repeater import JobRepeater
    from workato_async.cli.ledger import Fate, Ledger, entry
    from workato_async.cli.profiles import state_path

    host = urlsplit(workato.base_url).netloc.replace(":", "-")
    path = ledger or state_path() / f"repeated-jobs-{host}.jsonl"
    with Ledger(path, write=not dry_run) as journal:
        repeated = [*(mark_repeated or ()), *(settled or ())]
        if repeated and not dry_run:
            journal.completed(0, {job_id: entry(Fate.REPEATED) for job_id in repeated})
        force_jobs = [*(force_job or ()), *(again or ())]
        repeater = JobRepeater(workato, journal, since=since, force_jobs=force_jobs, output=output)
        return await repeater.run(recipe or [], dry_run=dry_run)
