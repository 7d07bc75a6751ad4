"""``workato-async usage``."""

# No postponed annotations: Typer reads them when the commands are made.

from typing import TYPE_CHECKING, Annotated

import typer

from workato_async.cli.command_runner import ExitStatus
from workato_async.cli.output import Format

if TYPE_CHECKING:
    from workato_async import WorkatoSession

Month = Annotated[
    str | None,
    typer.Option("--month", metavar="YYYY-MM", help="The month, e.g. 2026-10 (default: the last full month, in UTC)."),
]
By = Annotated[str, typer.Option("--by", metavar="recipe|project", help="One line for each recipe or project.")]


async def usage(workato: "WorkatoSession", output: Format, month: Month = None, by: By = "recipe") -> ExitStatus:
    """Show the jobs and tasks of a month.

    The figures come from Insights, which must be part of the plan and keeps jobs for 365 days. What is counted besides
    jobs depends on the contract; if that is nothing, only jobs are shown. Exit status 1 means that part of the month is
    older than 365 days.
    """
    from workato_async.cli.usage_output import last_full_month, print_usage

    if by not in ("recipe", "project"):
        raise typer.BadParameter(f"{by!r} is not one of recipe, project", param_hint="--by")
    report = await workato.insights.usage(month=month or last_full_month(), by=by)  # type: ignore[arg-type]
    return print_usage(report, output)
