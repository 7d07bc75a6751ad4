"""``workato-async whoami``: the workspace of the token."""

# No postponed annotations: Typer reads them when the commands are made.

from typing import TYPE_CHECKING

from workato_async.cli.output import Format, print_record

if TYPE_CHECKING:
    from workato_async import WorkatoSession


async def whoami(
    workato: "WorkatoSession",
    output: Format,
) -> None:
    """Show the workspace of the token.

    Works only with tokens of the DEV environment.
    """
    found = (await workato.workspace.me()).to_dict()
    print_record({**found, "host": workato.base_url}, output)
