"""The application: all commands of ``workato-async``."""

# No postponed annotations: Typer reads them when the commands are made.

from typing import Annotated

import typer

from workato_async._version import __version__
from workato_async.cli.command import Group
from workato_async.cli.commands import (
    access,
    api_clients,
    connections,
    connectors,
    folders,
    jobs,
    lookup_tables,
    mirror_data,
    properties,
    recipe_details,
)
from workato_async.cli.commands.diff import diff
from workato_async.cli.commands.fake import fake
from workato_async.cli.commands.quotas import quotas
from workato_async.cli.commands.request import request
from workato_async.cli.commands.usage import usage
from workato_async.cli.commands.whoami import whoami
from workato_async.cli.demo.command import demo


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(f"workato-async {__version__}")
        raise typer.Exit


app = Group(
    "Command line for the Workato Developer API; stays within its rate limits.",
    epilog="\b\n"
    "The token is read from WORKATO_API_TOKEN and the host from WORKATO_HOST, or\n"
    "both from a profile in ~/.config/workato-async/config.toml.\n"
    "The options above, without --version, may also stand after the command.\n"
    "Exit status: 0 success, 1 something failed (see stderr), 2 usage error,\n"
    "3 authentication error.\n"
    "Example: workato-async recipes list --running",
    version=Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ],
)
app.command(epilog="Example: workato-async whoami --profile sandbox")(whoami)
app.add_typer(recipe_details.app, name="recipes")  # with the commands of `recipes`
app.add_typer(jobs.app, name="jobs")
app.add_typer(connections.app, name="connections")
app.add_typer(folders.app, name="folders")
app.add_typer(folders.projects, name="projects")
app.add_typer(lookup_tables.app, name="lookup-tables")
app.add_typer(properties.app, name="properties")
app.add_typer(connectors.app, name="connectors")
app.add_typer(api_clients.app, name="api-clients")
app.add_typer(mirror_data.app, name="mirror")  # with the commands of `mirror`
app.add_typer(access.app, name="access")
app.command(epilog="Example: workato-async diff --from dev --to prod --only recipes,connections")(diff)
app.command(epilog="Example: workato-async usage --month 2026-10 --by project")(usage)
app.command(epilog="Example: workato-async quotas jobs")(quotas)
app.command(epilog="Example: workato-async request GET '/api/recipes?per_page=1'")(request)
app.command(epilog="Example: workato-async fake --port 8080 --recipes 50")(fake)
app.command(epilog="Example: workato-async demo --recipes 50 --jobs 2000")(demo)
