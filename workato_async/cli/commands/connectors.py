"""``workato-async connectors list|push``."""

# No postponed annotations: Typer reads them when the commands are made.

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workato_async.cli.command import Group
from workato_async.cli.command_runner import ExitStatus
from workato_async.cli.options import Yes
from workato_async.cli.output import Format, Rows

if TYPE_CHECKING:
    from workato_async import WorkatoSession

COLUMNS = ("id", "title", "name", "latest_version", "latest_released_version")

app = Group("List and push custom connectors.")


@app.command("list", epilog="Example: workato-async connectors list --csv")
async def list_connectors(workato: "WorkatoSession", output: Format) -> None:
    """List custom connectors and their versions."""
    with Rows(COLUMNS, output, none="no custom connectors found") as rows:
        async for connector in workato.custom_connectors.list():
            rows.add(connector.to_dict())


@app.command(epilog="Example: workato-async connectors push acme.rb --dry-run")
async def push(
    workato: "WorkatoSession",
    output: Format,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", dir_okay=False, help="Source code of the connector, in Ruby.")
    ],
    title: Annotated[
        str | None,
        typer.Option("--title", metavar="TEXT", help="Title of the connector (default: the title in the code)."),
    ] = None,
    connector: Annotated[
        str | None,
        typer.Option("--connector", metavar="ID|NAME", help="Connector to update (default: the one with this title)."),
    ] = None,
    note: Annotated[str | None, typer.Option("--note", metavar="TEXT", help="Note on the new version.")] = None,
    release: Annotated[
        bool, typer.Option("--release", help="Release the new version, so that recipes use it.")
    ] = False,
    yes: Yes = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the difference to the code in Workato; change nothing.")
    ] = False,
) -> ExitStatus:
    """Create or update a custom connector from a file.

    Workato checks the code first. If it differs from that of the connector, it becomes a new version; if it is the
    same, nothing is done.
    """
    from workato_async.cli.connector_push import push_connector

    return await push_connector(
        workato,
        file,
        title=title,
        connector=connector,
        note=note,
        release=release,
        yes=yes,
        dry_run=dry_run,
        output=output,
    )
