"""The application: all commands of ``workato-async``."""

# No postponed annotations: Typer reads them when the commands are made.

from typing import Annotated

import typer

from workato_async import __version__
from workato_async.cli.commands import connections, jobs, mirror_data, recipes
from workato_async.cli.commands.fake import fake
from workato_async.cli.commands.quotas import quotas
from workato_async.cli.commands.request import request
from workato_async.cli.commands.whoami import whoami
from workato_async.cli.demo.command import demo
from workato_async.cli.quota_sharing import share_quota

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
app.command(epilog="Example: workato-async whoami --profile sandbox")(whoami)
app.add_typer(recipes.app, name="recipes")
app.add_typer(jobs.app, name="jobs")
app.add_typer(connections.app, name="connections")
app.add_typer(mirror_data.app, name="mirror")  # with the commands of `mirror`
app.command(epilog="Example: workato-async quotas jobs")(quotas)
app.command(epilog="Example: workato-async request GET '/api/recipes?per_page=1'")(request)
app.command(epilog="Example: workato-async fake --port 8080 --recipes 50")(fake)
app.command(epilog="Example: workato-async demo --recipes 50 --jobs 2000")(demo)


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(f"workato-async {__version__}")
        raise typer.Exit


@app.callback(
    epilog="\b\n"
    "The token is read from WORKATO_API_TOKEN and the host from WORKATO_HOST, or both\n"
    "from a profile in ~/.config/workato-async/config.toml.\n"
    "Exit status: 0 success, 1 something failed (see stderr), 2 usage error,\n"
    "3 authentication error.\n"
    "Example: workato-async recipes list --running"
)
def commands(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    shared_quota: Annotated[
        bool,
        typer.Option(
            "--shared-quota/--no-shared-quota",
            help="Share quotas with the other commands and programs of this machine (default), or count alone.",
        ),
    ] = True,
) -> None:
    """Command line for the Workato Developer API; stays within its rate limits."""
    share_quota(shared_quota)
