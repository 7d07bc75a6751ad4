"""``workato-async mirror``: run, follow, status."""

# No postponed annotations: Typer reads them when the commands are made.

from datetime import timedelta
from importlib.util import find_spec
from typing import Annotated

import typer

from workato_async.cli.options import Csv, DryRun, Json, Profile, span
from workato_async.cli.output import Format
from workato_async.cli.profiles import load_profile
from workato_async.cli.running import CommandError, Status, run

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Keep a database in step with a workspace.")

Database = Annotated[
    str,
    typer.Argument(
        envvar="WORKATO_MIRROR",
        metavar="DATABASE",
        help="An SQLite file, or a URL such as postgresql+asyncpg://user@host/name; one with a password is better "
        "put into WORKATO_MIRROR.",
    ),
]
Streams = Annotated[
    list[str] | None, typer.Option("--stream", help="Only this stream, e.g. jobs; may be repeated. All otherwise.")
]


@app.command("run", epilog="Example: workato-async mirror run workato.db --stream jobs")
def run_once(
    database: Database,
    stream: Streams = None,
    full: Annotated[bool, typer.Option("--full", help="Walk every list to its end.")] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
    as_csv: Csv = False,
    profile: Profile = None,
) -> None:
    """Bring a database up to date, once; a run that was cut short is taken up where it stopped."""
    output = Format.of(as_json, as_csv)

    async def command() -> Status:
        _require_extra()
        from workato_async.cli.mirroring import run_mirror, tell_price

        async with load_profile(profile).session() as workato:
            if dry_run:
                return await tell_price(workato, database, stream)
            return await run_mirror(workato, database, stream, full=full, output=output)

    run(command)


@app.command(epilog="Example: workato-async mirror follow workato.db --every 10m")
def follow(
    database: Database,
    every: Annotated[
        timedelta, typer.Option("--every", parser=span, metavar="SPAN", help="From one pass to the next.")
    ] = "10m",  # type: ignore[assignment]  # Typer parses defaults, too
    stream: Streams = None,
    as_json: Json = False,
    as_csv: Csv = False,
    profile: Profile = None,
) -> None:
    """Bring a database up to date again and again, until Ctrl-C."""
    output = Format.of(as_json, as_csv)

    async def command() -> Status:
        _require_extra()
        from workato_async.cli.mirroring import follow_workspace

        async with load_profile(profile).session() as workato:
            return await follow_workspace(workato, database, stream, every=every.total_seconds(), output=output)

    run(command)


@app.command(epilog="Example: workato-async mirror status workato.db")
def status(database: Database, as_json: Json = False, as_csv: Csv = False) -> None:
    """Show what a database holds and what is due, also while a mirror runs; no token is needed."""
    output = Format.of(as_json, as_csv)

    async def command() -> Status:
        _require_extra()
        from workato_async.cli.mirroring import print_status

        return await print_status(database, output)

    run(command)


def _require_extra() -> None:
    if find_spec("sqlalchemy") is None:
        raise CommandError("error: the mirror needs its extra: install workato-async[mirror]", Status.USAGE)
