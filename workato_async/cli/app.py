"""The commands of ``workato-async``: each parses, calls the public API, prints."""

# No postponed annotations: Typer reads them when the commands are made.

from typing import Annotated

import typer

from workato_async import __version__
from workato_async.cli import connections, jobs, mirror, recipes
from workato_async.cli.demo.command import demo
from workato_async.cli.fake import fake
from workato_async.cli.quotas import quotas
from workato_async.cli.request import request
from workato_async.cli.whoami import whoami

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
app.command(epilog="Example: workato-async whoami --profile sandbox")(whoami)
app.add_typer(recipes.app, name="recipes")
app.add_typer(jobs.app, name="jobs")
app.add_typer(connections.app, name="connections")
app.add_typer(mirror.app, name="mirror")
app.command(epilog="Example: workato-async quotas jobs")(quotas)
app.command(epilog="Example: workato-async request GET '/api/recipes?per_page=1'")(request)
app.command(epilog="Example: workato-async fake --port 8080 --recipes 50")(fake)
app.command(epilog="Example: workato-async demo --recipes 50 --jobs 2000")(demo)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"workato-async {__version__}")
        raise typer.Exit


@app.callback(
    epilog="\b\n"
    "The token comes from WORKATO_API_TOKEN, the host from WORKATO_HOST; or both from\n"
    "a profile in ~/.config/workato-async/config.toml.\n"
    "Exit status: 0 done, 1 partly failed (see stderr), 2 usage, 3 authentication.\n"
    "Example: workato-async recipes list --running"
)
def commands(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """The asyncio SDK for the Workato Developer API, on the command line."""
