"""The application: all commands of ``workato-async``."""

# No postponed annotations: Typer reads them when the commands are made.

from typing import Annotated

import typer

from workato_async._version import __version__
from workato_async.cli.command import Group


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(f"workato-async {__version__}")
        raise typer.Exit


app = Group(
    "Command line for the Workato Developer API; stays within its rate limits.",
    epilog="\b\n"
    "Token and host are those of --profile, else of WORKATO_API_TOKEN with\n"
    "WORKATO_HOST or WORKATO_DATA_CENTER, else of WORKATO_PROFILE or the default\n"
    "profile (auth switch).\n"
    "The options above, without --version, may also stand after the command.\n"
    "Exit status: 0 success, 1 something failed (see stderr), 2 usage error,\n"
    "3 authentication error.\n"
    "Example: workato-async recipes list --running",
    version=Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ],
)

# Each is imported when it is used; its summary is the first sentence of its own help.
for _name, _where, _summary in (
    ("auth", "commands.auth:app", "Sign in, and choose between workspaces."),
    ("recipes", "commands.recipe_details:app", "List, show, start, stop and export recipes."),  # and those of `recipes`
    ("jobs", "commands.jobs:app", "List and show jobs, and repeat failed ones."),
    ("connections", "commands.connections:app", "List, show and disconnect connections."),
    ("folders", "commands.folders:app", "List folders."),
    ("projects", "commands.folders:projects", "List projects."),
    ("lookup-tables", "commands.lookup_tables:app", "List, export and sync lookup tables."),
    ("properties", "commands.properties:app", "List and set properties of the environment or of a project."),
    ("connectors", "commands.connectors:app", "List and push custom connectors."),
    ("api-clients", "commands.api_clients:app", "List Developer API clients and rotate their tokens."),
    ("access", "commands.access:app", "Report who may do what."),
    ("mirror", "commands.mirror_data:app", "Sync a workspace to a database."),  # with the commands of `mirror`
):
    app.later(_name, f"workato_async.cli.{_where}", _summary)
for _where, _summary, _example in (
    ("commands.whoami:whoami", "Show the workspace of the token.", "whoami --profile sandbox"),
    (
        "commands.diff:diff",
        "Show what differs between two workspaces.",
        "diff --from dev --to prod --only recipes,connections",
    ),
    ("commands.usage:usage", "Show the jobs and tasks of a month.", "usage --month 2026-10 --by project"),
    ("commands.quotas:quotas", "Show the quota (rate limit) of every endpoint.", "quotas jobs"),
    ("commands.request:request", "Call any endpoint, within its quota.", "request GET '/api/recipes?per_page=1'"),
    ("commands.doctor:doctor", "Check host, token, privileges and clock.", "doctor --json"),
    ("commands.fake:fake", "Run a fake Workato on this machine.", "fake --port 8080 --recipes 50"),
    ("demo.command:demo", "Watch a job run within all rate limits.", "demo --recipes 50 --jobs 2000"),
):
    app.later(
        _where.rpartition(":")[2], f"workato_async.cli.{_where}", _summary, epilog=f"Example: workato-async {_example}"
    )
