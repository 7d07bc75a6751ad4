"""``workato-async properties list|set``."""

# No postponed annotations: Typer reads them when the commands are made.

from typing import TYPE_CHECKING, Annotated

import typer

from workato_async.cli.command import Group
from workato_async.cli.command_runner import ExitStatus
from workato_async.cli.options import Yes
from workato_async.cli.output import Format, Rows

if TYPE_CHECKING:
    from workato_async import WorkatoSession

app = Group("List and set properties of the environment or of a project.")

Project = Annotated[
    str | None,
    typer.Option(
        "--project", metavar="ID|NAME", help="Properties of this project: its ID or name (default: the environment's)."
    ),
]


@app.command("list", epilog="Example: workato-async properties list crm_ --project Sales")
async def list_properties(
    workato: "WorkatoSession",
    output: Format,
    prefix: Annotated[
        str, typer.Argument(metavar="[PREFIX]", help="Only properties whose names begin with this.", show_default=False)
    ] = "",
    project: Project = None,
) -> None:
    """List properties with their values."""
    from workato_async.cli.names import resolve_optional
    from workato_async.cli.property_changes import read_properties

    project_id = await resolve_optional(workato, "project", project)
    found = await read_properties(workato, project_id)
    with Rows(("name", "value"), output, none="no properties found") as rows:
        for name, value in sorted(found.items()):
            if name.startswith(prefix):
                rows.add({"name": name, "value": value})


@app.command("set", epilog="Example: workato-async properties set crm_host=crm.example.com --project Sales")
async def set_properties(
    workato: "WorkatoSession",
    output: Format,
    properties: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME=VALUE|-",
            help="Properties; - for lines of standard input: NAME=VALUE, or the output of `properties list --json`.",
        ),
    ],
    project: Project = None,
    yes: Yes = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done; change nothing.")] = False,
) -> ExitStatus:
    """Create or change properties, in one call.

    Asks on the terminal before values are replaced. With --json, the output has the earlier values. The API cannot
    delete properties.
    """
    from workato_async.cli.names import resolve_optional
    from workato_async.cli.property_changes import change_properties, given_properties

    wanted = given_properties(properties)
    project_id = await resolve_optional(workato, "project", project)
    return await change_properties(workato, wanted, project_id, yes=yes, dry_run=dry_run, output=output)
