"""``workato-async folders list|tree`` and ``projects list``."""

# No postponed annotations: Typer reads them when the commands are made.

from typing import TYPE_CHECKING, Annotated

import typer

from workato_async.cli.command import Group
from workato_async.cli.command_runner import ExitStatus
from workato_async.cli.options import Limit
from workato_async.cli.output import Format, Rows

if TYPE_CHECKING:
    from workato_async import WorkatoSession

FOLDER_COLUMNS = ("id", "path", "project_id", "is_project", "updated_at")
PROJECT_COLUMNS = ("id", "name", "folder_id", "description")

app = Group("List folders.")
projects = Group("List projects.")


@app.command("list", epilog="Example: workato-async folders list --json")
async def list_folders(
    workato: "WorkatoSession",
    output: Format,
    parent: Annotated[
        str | None,
        typer.Option("--parent", metavar="ID|NAME", help="Only the folders directly inside this one."),
    ] = None,
) -> None:
    """List folders with their paths."""
    from workato_async.cli.names import all_folders, resolve
    from workato_async.reports.reading import folder_paths

    if parent is None:
        found = await all_folders(workato)
    else:
        below = await resolve(workato, "folder", parent)
        found = {folder.id: folder async for folder in workato.folders.list(parent_id=below)}
    paths = folder_paths(found.values())
    with Rows(FOLDER_COLUMNS, output, none="no folders found") as rows:
        for folder in sorted(found.values(), key=lambda folder: paths[folder.id].casefold()):
            rows.add({**folder.to_dict(), "path": paths[folder.id]})


@app.command(epilog="Example: workato-async folders tree")
async def tree(workato: "WorkatoSession") -> None:
    """Show the folders as a tree, with their IDs."""
    from workato_async.cli.names import all_folders
    from workato_async.cli.terminal import strip_control_chars

    folders = await all_folders(workato)
    children: dict[int | None, list[int]] = {}
    for folder in folders.values():
        parent = folder.parent_id if folder.parent_id in folders else None
        children.setdefault(parent, []).append(folder.id)

    def show(parent: int | None, indent: str) -> None:
        below = sorted(children.get(parent, ()), key=lambda id_: (folders[id_].name or "").casefold())
        for id_ in below:
            last = id_ == below[-1]
            branch, deeper = ("", "") if parent is None else ("└── ", "    ") if last else ("├── ", "│   ")
            name = strip_control_chars(folders[id_].name or "")
            typer.echo(f"{indent}{branch}{name} ({id_})")
            show(id_, indent + deeper)

    show(None, "")


@projects.command("list", epilog="Example: workato-async projects list --csv")
async def list_projects(workato: "WorkatoSession", output: Format, limit: Limit = None) -> ExitStatus:
    """List projects, with the IDs of their folders."""
    from workato_async.cli.listing import print_all
    from workato_async.cli.progress_bar import ProgressBar
    from workato_async.resources.projects.projects import LIST

    bar = ProgressBar(workato.limiter, LIST.key, "projects", show=output.allows_progress)
    with Rows(PROJECT_COLUMNS, output, none="no projects found") as rows, bar:
        return await print_all(workato.projects.list(), rows, bar, limit)
