"""``workato-async export`` and ``workato-async import``: projects as files."""

# No postponed annotations: Typer reads them when the commands are made.

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workato_async.cli.command_runner import ExitStatus
from workato_async.cli.options import DryRun, Yes, parse_duration
from workato_async.cli.output import Format

if TYPE_CHECKING:
    from workato_async import WorkatoSession

Tags = Annotated[bool, typer.Option("--tags", help="Include tags.")]
Timeout = Annotated[
    timedelta, typer.Option("--timeout", parser=parse_duration, metavar="DURATION", help="Longest time to wait for it.")
]


async def export_project(
    workato: "WorkatoSession",
    output: Format,
    to: Annotated[
        Path, typer.Option("--to", metavar="FILE.zip|DIR", help="Zip file to write, or a folder to unpack it into.")
    ],
    project: Annotated[
        str | None, typer.Argument(metavar="PROJECT", help="ID or name of the project (or pass --folder).")
    ] = None,
    folder: Annotated[
        str | None,
        typer.Option("--folder", metavar="ID|NAME", help="Export this folder instead: its ID, name or path."),
    ] = None,
    tags: Tags = False,
    test_cases: Annotated[bool, typer.Option("--test-cases", help="Include test cases.")] = False,
    data: Annotated[bool, typer.Option("--data", help="Include the data of tables.")] = False,
    timeout: Timeout = "10m",  # type: ignore[assignment]  # Typer parses it
    dry_run: DryRun = False,
) -> ExitStatus:
    """Export a project as a package that `import` reads.

    A folder suits version control: files of assets that no longer exist stay there and are listed.
    """
    from workato_async.cli.names import resolve
    from workato_async.cli.package_files import export_to, folder_of_project

    if (project is None) is (folder is None):
        raise typer.BadParameter("pass either a project or --folder")
    folder_id = (
        await resolve(workato, "folder", folder)
        if folder is not None
        else await folder_of_project(workato, await resolve(workato, "project", str(project)))
    )
    return await export_to(
        workato,
        folder_id,
        str(folder or project),
        to,
        tags=tags,
        test_cases=test_cases,
        data=data,
        timeout=timeout.total_seconds(),
        dry_run=dry_run,
        output=output,
    )


async def import_package(
    workato: "WorkatoSession",
    output: Format,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The package: a zip file, or a folder that `export` has written.")
    ],
    folder: Annotated[
        str, typer.Option("--folder", metavar="ID|NAME", help="Folder to import into: its ID, name or path.")
    ],
    restart: Annotated[
        bool, typer.Option("--restart", help="Stop running recipes that are changed, and start them again afterwards.")
    ] = False,
    tags: Tags = False,
    home_folder: Annotated[
        str | None, typer.Option("--home-folder", metavar="ID|NAME", help="Folder for assets of the root folder.")
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Wait for the 15 minutes between two imports (default), or fail.")
    ] = True,
    max_mb: Annotated[
        int, typer.Option("--max-mb", metavar="N", min=1, help="Largest package, in MB; Workato's limit is 30.")
    ] = 30,
    timeout: Timeout = "10m",  # type: ignore[assignment]  # Typer parses it
    yes: Yes = False,
    dry_run: DryRun = False,
) -> ExitStatus:
    """Import a package, with a result for each recipe.

    Needs a confirmation, or --yes. Exit status 1: it was rejected, it failed, or a recipe did not restart.
    """
    from workato_async.cli.names import resolve, resolve_optional
    from workato_async.cli.package_files import import_from

    return await import_from(
        workato,
        file,
        await resolve(workato, "folder", folder),
        folder,
        restart=restart,
        tags=tags,
        home_folder=await resolve_optional(workato, "folder", home_folder),
        max_bytes=max_mb * 2**20,
        max_wait=None if wait else 0.0,
        timeout=timeout.total_seconds(),
        yes=yes,
        dry_run=dry_run,
        output=output,
    )
