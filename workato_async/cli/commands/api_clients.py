"""``workato-async api-clients list|rotate``."""

# No postponed annotations: Typer reads them when the commands are made.

from typing import TYPE_CHECKING, Annotated

import typer

from workato_async.cli.command import Group
from workato_async.cli.command_runner import ExitStatus
from workato_async.cli.options import Limit, Yes
from workato_async.cli.output import Format, Rows

if TYPE_CHECKING:
    from workato_async import WorkatoSession

COLUMNS = ("id", "name", "environment", "all_folders", "ip_allow_list", "token_updated_at")

app = Group("List Developer API clients and rotate their tokens.")


@app.command("list", epilog="Example: workato-async api-clients list --json")
async def list_clients(workato: "WorkatoSession", output: Format, limit: Limit = None) -> None:
    """List API clients, without their tokens."""
    shown = 0
    with Rows(COLUMNS, output, none="no API clients found") as rows:
        async for client in workato.developer_api_clients.list():
            found = client.to_dict()
            rows.add({**found, "token_updated_at": (found.get("token") or {}).get("updated_at")})
            shown += 1
            if shown == limit:
                break


@app.command(epilog="Example: workato-async api-clients rotate Monitoring --to monitoring.token")
async def rotate(
    workato: "WorkatoSession",
    output: Format,
    client: Annotated[str, typer.Argument(metavar="CLIENT", help="ID or name of the API client.")],
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="FILE|-", help="File for the new token, readable by its owner only; - prints it."),
    ] = None,
    save_profile: Annotated[
        str | None, typer.Option("--save-profile", metavar="NAME", help="Profile that keeps the new token.")
    ] = None,
    yes: Yes = False,
) -> ExitStatus:
    """Replace the token of an API client.

    The old token stops working at once, for everything that uses it. The new one is shown only once: it goes into a
    file or a profile, which is prepared beforehand. If the response is lost, so is the new token: run the command
    again.
    """
    from workato_async.cli.token_rotation import rotate_token

    if (to is None) == (save_profile is None):
        raise typer.BadParameter("say where the new token goes: --to FILE, --to - to print it, or --save-profile NAME")
    return await rotate_token(workato, client, to, save_profile, yes=yes, output=output)
