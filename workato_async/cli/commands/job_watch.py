"""``workato-async jobs watch``."""

# No postponed annotations: Typer reads them when the commands are made.

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workato_async.cli.commands import jobs
from workato_async.cli.options import CursorFileOption, Every, Limit, parse_time
from workato_async.cli.output import Format

if TYPE_CHECKING:
    from workato_async import WorkatoSession
    from workato_async.models import Job

app = jobs.app
COLUMNS = ("completed_at", "recipe_id", "id", "status", "error")


@app.command(epilog="Example: workato-async jobs watch --exec ./page-me --cursor-file jobs.cursor")
async def watch(
    workato: "WorkatoSession",
    output: Format,
    failed: Annotated[bool, typer.Option("--failed/--all", help="Jobs that fail (default), or all that end.")] = True,
    execute: Annotated[
        str | None,
        typer.Option("--exec", metavar="COMMAND", help="Run this in a shell for each job, with its JSON on stdin."),
    ] = None,
    webhook: Annotated[
        str | None,
        typer.Option("--webhook", metavar="URL", help="Post the JSON of each job to this URL (https only)."),
    ] = None,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Print JSON Lines, the default in a pipe.")] = False,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--since",
            parser=parse_time,
            metavar="DURATION|TIME",
            help="Begin with jobs that ended since this time, e.g. 24h (default: now, or where the cursor file says).",
        ),
    ] = None,
    cursor_file: CursorFileOption = None,
    every: Every = "60s",  # type: ignore[assignment]  # Typer also parses defaults
    limit: Limit = None,
) -> None:
    """Watch all recipes for jobs that fail, until Ctrl-C.

    Every job is delivered at least once, in the order of the polls. A command or webhook that fails is tried again
    until it succeeds, and the cursor does not advance before that. The watch starts where the cursor file says, also
    after a crash.
    """
    from workato_async.cli.sinks import Command, Lines, Webhook, as_json, summary
    from workato_async.cli.watching import SAVED_EVERY, CursorFile, Follower, prints_json

    if sum((execute is not None, webhook is not None, jsonl or output is Format.JSON)) > 1:
        raise typer.BadParameter("use one of --exec, --webhook and --jsonl")
    if output.is_csv:
        raise typer.BadParameter("CSV is not available for output without an end; use --jsonl", param_hint="--csv")
    if execute is not None:
        sink: Any = Command(execute)
    elif webhook is not None:
        sink = Webhook(webhook)
    else:
        sink = Lines(as_json if jsonl or prints_json(output) else lambda row: summary(row, COLUMNS))
    file = CursorFile(cursor_file)
    found = workato.jobs.watch(file.read(), status="failed" if failed else None, since=since, every=every)

    async def deliver(job: "Job") -> None:
        await sink({**job.to_dict(), "recipe_id": job.recipe_id})

    save_every = SAVED_EVERY if isinstance(sink, Lines) else 0.0
    await Follower(found, deliver, file, save_every=save_every).run(limit)
