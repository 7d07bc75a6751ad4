"""``workato-async connections list|show|disconnect``."""

# No postponed annotations: Typer reads them when the commands are made.

from typing import TYPE_CHECKING, Annotated

import typer

from workato_async.cli.command import Group
from workato_async.cli.command_runner import ExitStatus
from workato_async.cli.options import Folder, Limit, Project, UpdatedAfter, Yes
from workato_async.cli.output import Format, Rows

if TYPE_CHECKING:
    from workato_async import WorkatoSession

COLUMNS = ("id", "name", "provider", "authorization_status", "folder_id", "authorized_at", "connection_lost_reason")

app = Group("List, show and disconnect connections.")


@app.command("list", epilog="Example: workato-async connections list --lost")
async def list_connections(
    workato: "WorkatoSession",
    output: Format,
    lost: Annotated[
        bool, typer.Option("--lost", help="Only those that do not work, with the recipes that use them.")
    ] = False,
    folder: Folder = None,
    project: Project = None,
    provider: Annotated[
        str | None, typer.Option("--provider", metavar="NAME", help="Only those for this connector.")
    ] = None,
    external_id: Annotated[
        str | None, typer.Option("--external-id", metavar="ID", help="Only the one with this external ID.")
    ] = None,
    updated_after: UpdatedAfter = None,
    limit: Limit = None,
) -> ExitStatus:
    """List connections, without their credentials.

    With --lost, lists the connections that are not authorized or have lost their authorization, beginning with those
    that the most running recipes use.
    """
    from workato_async.cli.connection_recipes import print_lost
    from workato_async.cli.listing import print_all
    from workato_async.cli.names import resolve_optional
    from workato_async.cli.progress_bar import ProgressBar
    from workato_async.resources.connections import LIST

    found = workato.connections.list(
        folder_id=await resolve_optional(workato, "folder", folder),
        project_id=await resolve_optional(workato, "project", project),
        provider=provider,
        external_id=external_id,
        updated_after=updated_after,
    )
    if lost:
        await print_lost(workato, [one async for one in found if one.is_lost], output, limit)
        return ExitStatus.DONE
    bar = ProgressBar(workato.limiter, LIST.key, "connections", show=output.allows_progress)
    with Rows(COLUMNS, output, none="no connections found") as rows, bar:
        return await print_all(found, rows, bar, limit)


@app.command(epilog="Example: workato-async connections show 'Salesforce production' --recipes")
async def show(
    workato: "WorkatoSession",
    output: Format,
    connection: Annotated[str, typer.Argument(metavar="CONNECTION", help="ID or name of the connection.")],
    recipes: Annotated[bool, typer.Option("--recipes", help="Also list the recipes that use it.")] = False,
) -> None:
    """Show one connection, without its credentials."""
    from workato_async.cli.connection_recipes import show_connection

    await show_connection(workato, connection, output, with_recipes=recipes)


@app.command(epilog="Example: workato-async connections disconnect 5001")
async def disconnect(
    workato: "WorkatoSession",
    output: Format,
    connections: Annotated[
        list[str], typer.Argument(metavar="CONNECTION", help="IDs or names of connections, - for standard input.")
    ],
    force: Annotated[
        bool, typer.Option("--force", help="Also disconnect those that running recipes use; these recipes then fail.")
    ] = False,
    yes: Yes = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done; change nothing.")] = False,
) -> ExitStatus:
    """Disconnect connections, without deleting them. Only a person who knows the credentials can connect them again."""
    from workato_async.cli.connection_recipes import disconnect_all
    from workato_async.cli.identifiers import read_ids

    return await disconnect_all(workato, read_ids(connections), force=force, yes=yes, dry_run=dry_run, output=output)
