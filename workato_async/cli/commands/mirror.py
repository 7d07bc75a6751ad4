"""``workato-async mirror run|follow|status``."""

# No postponed annotations: Typer reads them when the commands are made.

from datetime import timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer

from workato_async.cli.command import Group
from workato_async.cli.command_runner import CommandError, ExitStatus
from workato_async.cli.options import DryRun, parse_duration
from workato_async.cli.output import Format

if TYPE_CHECKING:
    from workato_async import WorkatoSession

app = Group("Sync a workspace to a database.")

DATABASE_VARIABLE = "WORKATO_MIRROR"
Database = Annotated[
    str,
    typer.Argument(
        envvar=DATABASE_VARIABLE,
        metavar="DATABASE",
        help="A SQLite file, or a URL such as postgresql://user@host/name. Put a URL with a password into "
        "WORKATO_MIRROR instead.",
    ),
]
Streams = Annotated[
    list[str] | None,
    typer.Option(
        "--stream", metavar="STREAM", help="Only this stream, e.g. jobs (can be given multiple times; default: all)."
    ),
]


@app.command("run", epilog="Example: workato-async mirror run workato.db --stream jobs")
async def run_once(
    workato: "WorkatoSession",
    output: Format,
    database: Database,
    stream: Streams = None,
    full: Annotated[bool, typer.Option("--full", help="Read every list completely, not just what is new.")] = False,
    allow_deletions: Annotated[
        bool,
        typer.Option("--allow-deletions", help="Mark all rows that are missing as deleted, however many."),
    ] = False,
    dry_run: DryRun = False,
) -> ExitStatus:
    """Update a database once.

    An interrupted run is continued where it stopped. Exit status 1 if anything is incomplete; stderr says what.

    If a run finds all rows of a stream missing, or more than three and more than a tenth, it marks none of them as
    deleted. The next run does, if they are still missing.
    """
    require_extra()
    from workato_async.cli.mirror_runs import print_cost, run_mirror

    if dry_run:
        return await print_cost(workato, database, stream)
    return await run_mirror(workato, database, stream, full=full, allow_deletions=allow_deletions, output=output)


@app.command(epilog="Example: workato-async mirror follow workato.db --every 10m --full-every 7d")
async def follow(
    workato: "WorkatoSession",
    output: Format,
    database: Database,
    every: Annotated[
        timedelta, typer.Option("--every", parser=parse_duration, metavar="DURATION", help="Interval between passes.")
    ] = "10m",  # type: ignore[assignment]  # Typer also parses defaults
    full_every: Annotated[
        timedelta | None,
        typer.Option(
            "--full-every",
            parser=parse_duration,
            metavar="DURATION",
            help="Interval between passes that read every list completely, e.g. 7d.",
        ),
    ] = None,
    stream: Streams = None,
) -> ExitStatus:
    """Update a database repeatedly until Ctrl-C."""
    require_extra()
    from workato_async.cli.mirror_runs import follow_workspace

    return await follow_workspace(workato, database, stream, every=every, full_every=full_every, output=output)


@app.command(epilog="Example: workato-async mirror status workato.db --check --max-age 2h --json")
async def status(
    output: Format,
    database: Database,
    check: Annotated[bool, typer.Option("--check", help="Exit status 1 if anything is incomplete.")] = False,
    max_age: Annotated[
        timedelta | None,
        typer.Option(
            "--max-age",
            parser=parse_duration,
            metavar="DURATION",
            help="With --check, also if a stream was last read to its end longer ago than this, e.g. 2h.",
        ),
    ] = None,
) -> ExitStatus:
    """Show what a database contains.

    Also shows what is due, what is incomplete, since when, and what to do. No token is needed, and a mirror may be
    running.

    To notice a mirror that no longer runs, use --check --max-age. Streams that were never read do not count.

    For monitoring, --json prints one object per stream: stream, rows, deleted, due, cursor, last_pass_at,
    last_full_pass_at, complete, incomplete_since_at, withheld, incomplete, unreadable, error, problem.
    """
    require_extra()
    from workato_async.cli.mirror_runs import print_status

    return await print_status(database, output, check=check, max_age=max_age)


def require_extra() -> None:
    """Raise an error that names the extra, if it is missing."""
    if find_spec("sqlalchemy") is None:
        raise CommandError("error: the mirror needs an extra: pip install 'workato-async[mirror]'", ExitStatus.USAGE)
