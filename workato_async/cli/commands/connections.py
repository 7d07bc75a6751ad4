"""``workato-async connections list``."""

# No postponed annotations: Typer reads them when the commands are made.

from typing import TYPE_CHECKING, Annotated

import typer

from workato_async.cli.command import Group
from workato_async.cli.options import Folder, Limit, Project, UpdatedAfter
from workato_async.cli.output import Format, Rows

if TYPE_CHECKING:
    from workato_async import WorkatoSession

COLUMNS = ("id", "name", "provider", "authorization_status", "folder_id", "authorized_at", "connection_lost_reason")

app = Group("List connections.")


@app.command("list", epilog="Example: workato-async connections list --provider salesforce --csv")
async def list_connections(
    workato: "WorkatoSession",
    output: Format,
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
) -> None:
    """List connections, without their credentials."""
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
    bar = ProgressBar(workato.limiter, LIST.key, "connections", show=output.allows_progress)
    with Rows(COLUMNS, output, none="no connections found") as rows, bar:
        await print_all((one async for one in found), rows, bar, limit)
