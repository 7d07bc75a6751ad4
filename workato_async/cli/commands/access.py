"""``workato-async access report``."""

# No postponed annotations: Typer reads them when the commands are made.

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from workato_async.cli.command import Group
from workato_async.cli.command_runner import ExitStatus
from workato_async.cli.options import parse_duration
from workato_async.cli.output import Format

if TYPE_CHECKING:
    from workato_async import WorkatoSession

app = Group("Report who may do what.")

SignIns = Annotated[
    timedelta | None,
    typer.Option(
        "--sign-ins",
        parser=parse_duration,
        metavar="DURATION",
        help="Look this far back in the activity log for sign-ins (default: 30d).",
    ),
]


@app.command(epilog="Example: workato-async access report --csv > access.csv")
async def report(workato: "WorkatoSession", output: Format, sign_ins: SignIns = None) -> ExitStatus:
    """Report the access of people and API clients.

    Lists the collaborators with their roles in environments and projects, the groups of collaborators, and the API
    clients with their scopes. Collaborators need two requests each. The table and CSV have a line for each role that
    anyone has; JSON has an object for each collaborator, group, API client and role, with privileges. Exit status 1
    means that something could not be read: stderr lists it. Workato does not mark administrators: they are recognized
    by the names of their roles.
    """
    from workato_async.cli.access_output import print_review
    from workato_async.cli.request_progress import request_progress
    from workato_async.resources.members import PRIVILEGES

    with request_progress(workato, PRIVILEGES.key, output):
        review = await workato.access_review(sign_ins=sign_ins or timedelta(days=30))
    return print_review(review, output)
