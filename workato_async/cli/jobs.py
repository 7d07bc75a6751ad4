"""``workato-async jobs``: list, show, repeat-failed."""

# No postponed annotations: Typer reads them when the commands are made.

import enum
from datetime import datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from workato_async.cli.options import Csv, DryRun, Json, Limit, Profile, Since, moment
from workato_async.cli.output import Format, Rows, plain, print_record
from workato_async.cli.profiles import load_profile, state_path
from workato_async.cli.running import Status, run

COLUMNS = ("id", "status", "started_at", "error", "title", "master_job_id", "completed_at")

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="List and show jobs, repeat those that failed.")

Recipe = Annotated[int, typer.Argument(metavar="RECIPE", help="Id of the recipe.", min=0)]


class JobStatus(enum.StrEnum):
    """What a list of jobs can be narrowed to."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    PENDING = "pending"


@app.command("list", epilog="Example: workato-async jobs list 12389 --status failed --since 24h --csv")
def list_jobs(
    recipe: Recipe,
    status: Annotated[JobStatus | None, typer.Option("--status", help="Only jobs in this state.")] = None,
    since: Since = None,
    reruns: Annotated[bool, typer.Option("--reruns", help="Only repeats of other jobs.")] = False,
    limit: Limit = None,
    as_json: Json = False,
    as_csv: Csv = False,
    profile: Profile = None,
) -> None:
    """List the jobs of a recipe, newest first."""
    output = Format.of(as_json, as_csv)

    async def command() -> Status:
        from workato_async.cli.bars import Bar
        from workato_async.cli.walking import began_after, print_walk
        from workato_async.resources.jobs import LIST

        async with load_profile(profile).session() as workato:
            found = workato.jobs.list(
                recipe, status=None if status is None else status.value, rerun_only=True if reruns else None
            )
            bar = Bar(workato.limiter, LIST.key, "jobs", show=output.waits)
            with Rows(COLUMNS, output, none="no such jobs") as rows, bar:
                await print_walk(began_after(found, since), rows, bar, limit)
        return Status.DONE

    run(command)


@app.command(epilog="Example: workato-async jobs show 12389 j-AJTAt8w6-wdAgWM --json")
def show(
    recipe: Recipe,
    job: Annotated[str, typer.Argument(metavar="JOB", help="Id of the job.")],
    as_json: Json = False,
    as_csv: Csv = False,
    profile: Profile = None,
) -> None:
    """Show one job; its steps stand in JSON only."""
    output = Format.of(as_json, as_csv)

    async def command() -> Status:
        async with load_profile(profile).session() as workato:
            found = plain(await workato.jobs.get(recipe, job))
        if output is Format.TABLE:
            del found["lines"]
        print_record(found, output)
        return Status.DONE

    run(command)


@app.command("repeat-failed", epilog="Example: workato-async jobs repeat-failed --since 24h --dry-run")
def repeat_failed(
    since: Annotated[
        datetime,
        typer.Option("--since", parser=moment, metavar="SPAN|MOMENT", help="Only jobs that began after it."),
    ] = "24h",  # type: ignore[assignment]  # Typer parses defaults, too
    recipe: Annotated[
        list[int] | None, typer.Option("--recipe", help="Only jobs of this recipe; may be repeated. All otherwise.")
    ] = None,
    again: Annotated[
        list[str] | None, typer.Option("--again", help="Repeat this job whatever the ledger says; may be repeated.")
    ] = None,
    settled: Annotated[
        list[str] | None,
        typer.Option("--settled", help="Write into the ledger that this job was repeated; may be repeated."),
    ] = None,
    ledger: Annotated[
        Path | None,
        typer.Option("--ledger", dir_okay=False, help="Another ledger than the one of the host in ~/.local/state."),
    ] = None,
    dry_run: DryRun = False,
    as_json: Json = False,
    as_csv: Csv = False,
    profile: Profile = None,
) -> None:
    """Repeat failed jobs, 25 a request, 1 request a second; no job of the ledger is repeated twice.

    A ledger is kept: what is about to be sent is written to the disk before it is sent, what became of it afterwards.
    The next run reads it, leaves out what was repeated, and asks you about what was sent without an answer.
    """
    output = Format.of(as_json, as_csv)

    async def command() -> Status:
        from workato_async.cli.ledger import Fate, Ledger, entry
        from workato_async.cli.repeating import Repeating

        whose = load_profile(profile)
        path = ledger or state_path() / f"repeated-jobs-{urlsplit(whose.root).netloc.replace(':', '-')}.jsonl"
        async with whose.session() as workato:
            with Ledger(path, write=not dry_run) as book:
                if settled and not dry_run:
                    book.answered(0, {job_id: entry(Fate.REPEATED) for job_id in settled})
                repeating = Repeating(workato, book, since=since, again=again or (), output=output)
                return await repeating.run(recipe or [], dry_run=dry_run)

    run(command)
