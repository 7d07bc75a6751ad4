"""``workato-async jobs list|show|failed|repeat|repeat-failed|cancel``."""

# No postponed annotations: Typer reads them when the commands are made.

import enum
from collections.abc import Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from workato_async.cli.command import Group
from workato_async.cli.command_runner import ExitStatus
from workato_async.cli.options import DryRun, Limit, Since, Yes, parse_time
from workato_async.cli.output import Format, Rows, print_record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workato_async import WorkatoSession
    from workato_async.cli.job_repeater import JobRepeater

COLUMNS = ("id", "status", "started_at", "error", "title", "master_job_id", "completed_at")

FAILED_COLUMNS = ("id", "recipe_id", "started_at", "error", "recipe_name", "title", "completed_at", "master_job_id")

app = Group("List, show, watch, repeat and cancel jobs.")

Recipe = Annotated[str, typer.Argument(metavar="RECIPE", help="ID or name of the recipe.")]


class JobStatus(enum.StrEnum):
    """States that a list of jobs can be filtered by."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    PENDING = "pending"


LastDay = Annotated[
    datetime,
    typer.Option(
        "--since", parser=parse_time, metavar="DURATION|TIME", help="Only jobs since this time, e.g. 24h, 7d."
    ),
]
Recipes = Annotated[
    list[str] | None,
    typer.Option(
        "--recipe", metavar="ID|NAME", help="Only jobs of this recipe (can be given multiple times; default: all)."
    ),
]
JobIds = Annotated[
    list[str] | None,
    typer.Argument(metavar="JOB", help="IDs of jobs; - reads them, or the output of `jobs failed --json`, from stdin."),
]
RecipeOrStdin = Annotated[
    str, typer.Argument(metavar="RECIPE", help="ID or name of the recipe; - if the lines on stdin have recipe_id.")
]
ForceJob = Annotated[
    list[str] | None,
    typer.Option(
        "--force-job",
        metavar="JOB",
        help="Repeat this job even if the ledger excludes it (can be given multiple times).",
    ),
]
MarkRepeated = Annotated[
    list[str] | None,
    typer.Option(
        "--mark-repeated",
        metavar="JOB",
        help="Record in the ledger that this job was repeated (can be given multiple times).",
    ),
]
LedgerFile = Annotated[
    Path | None,
    typer.Option(
        "--ledger",
        metavar="FILE",
        dir_okay=False,
        help="Ledger file (default: ~/.local/state/workato-async/repeated-jobs-HOST.jsonl).",
    ),
]


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
) -> ExitStatus:
    """List the jobs of a recipe, newest first."""
    from workato_async.cli.listing import print_all
    from workato_async.cli.names import resolve
    from workato_async.cli.progress_bar import ProgressBar
    from workato_async.resources.jobs import LIST

    found = workato.jobs.list(
        await resolve(workato, "recipe", recipe),
        status=None if status is None else status.value,
        rerun_only=True if reruns else None,
        since=since,
    )
    bar = ProgressBar(workato.limiter, LIST.key, "jobs", show=output.allows_progress)
    with Rows(COLUMNS, output, none="no jobs found") as rows, bar:
        return await print_all(found, rows, bar, limit)


@app.command(epilog="Example: workato-async jobs show 12389 j-AJTAt8w6-wdAgWM --json")
async def show(
    workato: "WorkatoSession",
    output: Format,
    recipe: Recipe,
    job: Annotated[str, typer.Argument(metavar="JOB", help="ID of the job.")],
) -> None:
    """Show one job; use --json to include its steps."""
    from workato_async.cli.names import resolve

    found = (await workato.jobs.get(await resolve(workato, "recipe", recipe), job)).to_dict()
    if output is Format.TABLE:
        del found["lines"]
    print_record(found, output)


@app.command(epilog="Example: workato-async jobs failed --since 24h --csv")
async def failed(
    workato: "WorkatoSession",
    output: Format,
    since: LastDay = "24h",  # type: ignore[assignment]  # Typer also parses defaults
    recipe: Recipes = None,
) -> ExitStatus:
    """List the failed jobs of all recipes.

    Recipes without activity since that time are skipped, so it takes one request per 100 recipes and one per active
    recipe.
    """
    from workato_async.cli.failed_jobs import print_failed

    return await print_failed(workato, since, await _ids(workato, recipe), output, FAILED_COLUMNS)


@app.command(epilog="Example: workato-async jobs repeat 12389 j-AJTAt8w6-wdAgWM")
async def repeat(
    workato: "WorkatoSession",
    output: Format,
    recipe: RecipeOrStdin,
    job: JobIds = None,
    force_job: ForceJob = None,
    mark_repeated: MarkRepeated = None,
    ledger: LedgerFile = None,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> ExitStatus:
    """Repeat jobs, each at most once.

    Up to 25 jobs are sent per request, at 1 request per second. The ledger file, shared with `jobs repeat-failed`,
    records what was sent: jobs that were repeated before are skipped. With - as RECIPE, reads the output of
    `jobs failed --json` from standard input.
    """
    from workato_async.cli.given_jobs import read_jobs

    jobs = await read_jobs(workato, recipe, [*(job or ()), *(force_job or ())], master=True)
    with _repeater(workato, output, ledger, force_job, mark_repeated, dry_run=dry_run) as repeater:
        return await repeater.repeat(jobs, yes=yes, dry_run=dry_run)


@app.command("repeat-failed", epilog="Example: workato-async jobs repeat-failed --since 24h --dry-run")
async def repeat_failed(
    workato: "WorkatoSession",
    output: Format,
    since: LastDay = "24h",  # type: ignore[assignment]  # Typer also parses defaults
    recipe: Recipes = None,
    force_job: ForceJob = None,
    mark_repeated: MarkRepeated = None,
    again: Annotated[list[str] | None, typer.Option("--again", hidden=True, help="Former name of --force-job.")] = None,
    settled: Annotated[
        list[str] | None, typer.Option("--settled", hidden=True, help="Former name of --mark-repeated.")
    ] = None,
    ledger: LedgerFile = None,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> ExitStatus:
    """Repeat failed jobs, each at most once.

    Finds all of them first, and sends nothing before you confirm; with --yes, sends the first ones while it searches
    for others. Up to 25 jobs are sent per request, at 1 request per second. Every job is recorded in a ledger file
    before it is sent, and again when its outcome is known. Later runs skip jobs that were repeated, and ask you about
    jobs that were sent without a response.
    """
    force_jobs, repeated = [*(force_job or ()), *(again or ())], [*(mark_repeated or ()), *(settled or ())]
    with _repeater(workato, output, ledger, force_jobs, repeated, dry_run=dry_run) as repeater:
        return await repeater.repeat_failed(since, await _ids(workato, recipe), yes=yes, dry_run=dry_run)


@app.command(epilog="Example: workato-async jobs cancel 12389 j-AJTAt8w6-wdAgWM")
async def cancel(
    workato: "WorkatoSession",
    output: Format,
    recipe: RecipeOrStdin,
    job: JobIds = None,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> ExitStatus:
    """Cancel jobs that have not ended.

    Without JOB, all pending jobs of the recipe are cancelled. Up to 25 jobs are sent per request, at 1 request per
    second.
    """
    from workato_async.cli.given_jobs import read_jobs
    from workato_async.cli.job_canceller import cancel_jobs

    jobs = await read_jobs(workato, recipe, job or (), master=False, pending=True)
    return await cancel_jobs(workato, jobs, yes=yes, dry_run=dry_run, output=output)


async def _ids(workato: "WorkatoSession", recipes: list[str] | None) -> "Sequence[int] | None":
    """Return the ids of the recipes that were given; None for all."""
    from workato_async.cli.names import resolve_all

    return await resolve_all(workato, "recipe", recipes) if recipes else None


@contextmanager
def _repeater(
    workato: "WorkatoSession",
    output: Format,
    ledger: Path | None,
    force_jobs: Sequence[str] | None,
    repeated: Sequence[str] | None,
    *,
    dry_run: bool,
) -> "Iterator[JobRepeater]":
    """Open the ledger, and make what repeats jobs with it."""
    from workato_async.cli.job_repeater import JobRepeater
    from workato_async.cli.ledger import Fate, Ledger, entry
    from workato_async.cli.profiles import state_path

    host = urlsplit(workato.base_url).netloc.replace(":", "-")
    with Ledger(ledger or state_path() / f"repeated-jobs-{host}.jsonl", write=not dry_run) as journal:
        if repeated and not dry_run:
            journal.completed(0, {job_id: entry(Fate.REPEATED) for job_id in repeated})
        yield JobRepeater(workato, journal, force_jobs=force_jobs or (), output=output)
