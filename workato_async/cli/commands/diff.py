"""``workato-async diff``."""

# No postponed annotations: Typer reads them when the commands are made.

from typing import Annotated

import typer

from workato_async.cli.command_runner import ExitStatus
from workato_async.cli.output import Format
from workato_async.cli.profile_names import profile_names

Source = Annotated[
    str,
    typer.Option(
        "--from",
        metavar="PROFILE",
        help="Profile of the first workspace, in the config file.",
        autocompletion=profile_names,
    ),
]
Target = Annotated[
    str,
    typer.Option("--to", metavar="PROFILE", help="Profile of the second workspace.", autocompletion=profile_names),
]
Only = Annotated[
    list[str] | None,
    typer.Option(
        "--only",
        metavar="KIND,...",
        help="Compare only: projects, folders, recipes, connections, properties, lookup-tables, connectors, tags.",
    ),
]
Rows = Annotated[
    bool, typer.Option("--rows/--no-rows", help="Compare the rows of lookup tables, or only their columns.")
]
ExitCode = Annotated[bool, typer.Option("--exit-code", help="Exit with status 1 if anything differs.")]


async def diff(
    output: Format, source: Source, target: Target, only: Only = None, rows: Rows = True, exit_code: ExitCode = False
) -> ExitStatus:
    """Show the differences between two workspaces.

    Lines begin with - for what is only in the first, + for what is only in the second, and ~ for what is different.
    Objects are matched by path and name. Recipes are compared by their code (ignoring the ids of other objects), by the
    connections that they use and by whether they run; properties by their values, which are not shown. Exit status 1
    means that something could not be read (stderr lists it) or, with --exit-code, that something differs.
    """
    from workato_async.cli.diff_output import kinds, print_comparison
    from workato_async.cli.request_progress import request_progress
    from workato_async.cli.sessions import open_session
    from workato_async.reports import compare_workspaces
    from workato_async.resources.recipes.recipes import LIST

    wanted = kinds(only)
    async with open_session(source) as left, open_session(target) as right:
        with request_progress(left, LIST.key, output, right):
            comparison = await compare_workspaces(left, right, only=wanted, rows=rows)
    status = print_comparison(comparison, source, target, output)
    return ExitStatus.PARTLY_FAILED if exit_code and comparison.differences else status
