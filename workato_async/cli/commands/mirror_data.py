"""``workato-async mirror export|report|datasette``, added to the commands of ``mirror``."""

# No postponed annotations: Typer reads them when the commands are made.

import enum
import os
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from workato_async.cli.command_runner import ExitStatus
from workato_async.cli.commands.mirror import DATABASE_VARIABLE, Database, Streams, app, require_extra
from workato_async.cli.options import parse_time

__all__ = ["app"]


class FileFormat(enum.StrEnum):
    """Formats of exported files."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


@app.command(
    epilog="Example: workato-async mirror export workato.db --format parquet --stream jobs --since 7d --to out"
)
async def export(
    database: Database,
    format: Annotated[FileFormat, typer.Option("--format", help="Format of the files.")],  # noqa: A002
    stream: Streams = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--since",
            parser=parse_time,
            metavar="DURATION|TIME",
            help="Only rows since this time, e.g. 24h, 7d: jobs by started_at, most others by updated_at.",
        ),
    ] = None,
    to: Annotated[
        Path,
        typer.Option("--to", metavar="FOLDER|FILE", help="Folder of the files; for one stream also a file name."),
    ] = Path(),
    deleted: Annotated[bool, typer.Option("--deleted", help="Include rows marked as deleted.")] = False,
) -> ExitStatus:
    """Write streams to files.

    Nothing is sent, and a mirror may be running. Files appear when they are complete. Text is never changed, so
    programs can read it back; in a spreadsheet, import the columns of CSV as text.
    """
    require_extra()
    from workato_async.cli.mirror_data import export_streams

    return await export_streams(database, stream, to, format=format.value, since=since, deleted=deleted)


@app.command(epilog="Example: workato-async mirror report workato.db report.html --since 7d")
async def report(
    database: Database,
    file: Annotated[Path | None, typer.Argument(metavar="FILE.html", help="The file to write.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--since",
            parser=parse_time,
            metavar="DURATION|TIME",
            help="First day of the jobs shown (default: 30 days).",
        ),
    ] = None,
) -> ExitStatus:
    """Write a page about jobs, failures and lost connections.

    It also shows what is missing from the mirror. The page loads nothing from a network.
    """
    require_extra()
    from workato_async.cli.mirror_data import write_report

    if file is None:  # the only argument is the file, if the environment names the database
        file, database = Path(database), os.environ.get(DATABASE_VARIABLE, "")
    if file.suffix not in (".html", ".htm") or not database:
        raise typer.BadParameter("expected a database and a file that ends in .html")
    return await write_report(database, file, since)


@app.command(
    epilog="Example: workato-async mirror datasette workato.db > metadata.json; datasette workato.db -m metadata.json"
)
async def datasette(
    database: Database,
) -> None:
    """Print metadata for showing a database in Datasette."""
    require_extra()
    from workato_async.cli.mirror_data import datasette_metadata

    typer.echo(datasette_metadata(database))
