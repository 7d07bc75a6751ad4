"""``workato-async connections list``."""

# No postponed annotations: Typer reads them when the commands are made.

from typing import Annotated

import typer

from workato_async.cli.command_runner import ExitStatus, run
from workato_async.cli.options import Csv, Folder, Json, Limit, Profile, UpdatedAfter
from workato_async.cli.output import Format, Rows
from workato_async.cli.profiles import load_profile

COLUMNS = ("id", "name", "provider", "authorization_status", "folder_id", "authorized_at", "connection_lost_reason")

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="List connections.")


@app.callback()
def connections() -> None:
    """List connections."""


@app.command("list", epilog="Example: workato-async connections list --provider salesforce --csv")
def list_connections(
    folder: Folder = None,
    project: Annotated[
        int | None, typer.Option("--project", metavar="ID", help="Only those in the project with this ID.")
    ] = None,
    provider: Annotated[
        str | None, typer.Option("--provider", metavar="NAME", help="Only those for this connector.")
    ] = None,
    external_id: Annotated[
        str | None, typer.Option("--external-id", metavar="ID", help="Only the one with this external ID.")
    ] = None,
    updated_after: UpdatedAfter = None,
    limit: Limit = None,
    as_json: Json = False,
    as_csv: Csv = False,
    profile: Profile = None,
) -> None:
    """List connections, without their credentials."""
    output = Format.of(as_json, as_csv)

    async def command() -> ExitStatus:
        from workato_async.cli.listing import print_all
        from workato_async.cli.progress_bar import ProgressBar
        from workato_async.resources.connections import LIST

        async with load_profile(profile).session() as workato:
            found = workato.connections.list(
                folder_id=folder,
                project_id=project,
                provider=provider,
                external_id=external_id,
                updated_after=updated_after,
            )
            bar = ProgressBar(workato.limiter, LIST.key, "connections", show=output.allows_progress)
            with Rows(COLUMNS, output, none="no connections found") as rows, bar:
                await print_all((one async for one in found), rows, bar, limit)
        return ExitStatus.DONE

    run(command)
