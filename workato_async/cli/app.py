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
    "The options above, except --version, may also follow the command.\n"
    "Exit status: 0 success, 1 something failed (see stderr), 2 usage error,\n"
    "3 authentication error.\n"
    "Example: workato-async recipes list --running",
    version=Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ],
)

# Groups, and functions with an example, each imported when it is used. The summary is the first sentence of its help.
for _name, _where, _summary, _example in (
    ("access", "commands.access:app", "Report who may do what.", ""),
    ("api-clients", "commands.api_clients:app", "List Developer API clients and rotate their tokens.", ""),
    ("auth", "commands.auth:app", "Sign in, and choose between workspaces.", ""),
    ("connections", "commands.connections:app", "List, show and disconnect connections.", ""),
    ("connectors", "commands.connectors:app", "List and push custom connectors.", ""),
    ("demo", "demo.command:demo", "Watch a job run within all rate limits.", "demo --recipes 50 --jobs 2000"),
    (
        "deploy",
        "commands.deploy:deploy",
        "Build a project, test it and deploy it.",
        "deploy Sales --to prod --require-tests --yes",
    ),
    (
        "diff",
        "commands.diff:diff",
        "Show the differences between two workspaces.",
        "diff --from dev --to prod --only recipes,connections",
    ),
    ("doctor", "commands.doctor:doctor", "Check host, token, privileges and clock.", "doctor --json"),
    (
        "export",
        "commands.packages:export_project",
        "Export a project as a package that `import` reads.",
        "export Sales --to sales.zip",
    ),
    ("fake", "commands.fake:fake", "Run a fake Workato on this machine.", "fake --port 8080 --recipes 50"),
    ("folders", "commands.folders:app", "List folders.", ""),
    (
        "import",
        "commands.packages:import_package",
        "Import a package, with a result for each recipe.",
        "import sales.zip --folder Sales --restart",
    ),
    ("jobs", "commands.job_watch:app", "List, show, watch, repeat and cancel jobs.", ""),
    ("logs", "commands.logs:app", "List and follow the activity audit log.", ""),
    ("lookup-tables", "commands.lookup_tables:app", "List, export and sync lookup tables.", ""),
    ("mirror", "commands.mirror_data:app", "Sync a workspace to a database.", ""),
    ("projects", "commands.folders:projects", "List projects.", ""),
    ("properties", "commands.properties:app", "List and set properties of the environment or of a project.", ""),
    ("quotas", "commands.quotas:quotas", "Show the quota (rate limit) of every endpoint.", "quotas jobs"),
    ("recipes", "commands.recipe_details:app", "List, show, start, stop and export recipes.", ""),
    (
        "request",
        "commands.request:request",
        "Call any endpoint, within its quota.",
        "request GET '/api/recipes?per_page=1'",
    ),
    ("usage", "commands.usage:usage", "Show the jobs and tasks of a month.", "usage --month 2026-10 --by project"),
    ("whoami", "commands.whoami:whoami", "Show the workspace of the token.", "whoami --profile sandbox"),
):
    app.later(_name, f"workato_async.cli.{_where}", _summary, epilog=_example and f"Example: workato-async {_example}")
