"""``workato-async recipes list|show|start|stop|export``."""

# No postponed annotations: Typer reads them when the commands are made.

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workato_async.cli.command import Group
from workato_async.cli.command_runner import ExitStatus, interruptible
from workato_async.cli.options import DryRun, Folder, Limit, Project, UpdatedAfter, Yes, parse_time
from workato_async.cli.output import Format, Rows, print_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async import WorkatoSession
    from workato_async.cli.selection import Selection
    from workato_async.cli.start_stop import Change

COLUMNS = ("id", "name", "running", "folder_id", "last_run_at", "job_failed_count", "job_succeeded_count")

app = Group("List, show, start, stop and export recipes.")

Subfolders = Annotated[bool, typer.Option("--subfolders", help="With --folder: include its subfolders.")]
Connector = Annotated[
    list[str] | None,
    typer.Option(
        "--connector",
        metavar="NAME",
        help="Only recipes that use this connector, e.g. salesforce (can be given multiple times).",
    ),
]
Name = Annotated[
    str | None,
    typer.Option("--name", metavar="TEXT", help="Only recipes whose name contains this text (case-insensitive)."),
]
Ids = Annotated[
    list[str] | None,
    typer.Argument(metavar="RECIPE", help="IDs or names of recipes, - for standard input (or select with filters)."),
]
Recipe = Annotated[str, typer.Argument(metavar="RECIPE", help="ID or name of the recipe.")]
From = Annotated[
    str | None,
    typer.Option("--from", metavar="FILE|-", help="The output of `recipes start` or `stop` with --json, to undo it."),
]
All = Annotated[bool, typer.Option("--all", help="All recipes that the token has access to.")]


@app.command("list", epilog="Example: workato-async recipes list --running --connector salesforce --json")
async def list_recipes(
    workato: "WorkatoSession",
    output: Format,
    folder: Folder = None,
    subfolders: Subfolders = False,
    project: Project = None,
    running: Annotated[
        bool | None, typer.Option("--running/--stopped", help="Only running, or only stopped, recipes.")
    ] = None,
    connector: Connector = None,
    name: Name = None,
    updated_after: UpdatedAfter = None,
    stopped_after: Annotated[
        datetime | None,
        typer.Option(
            "--stopped-after",
            parser=parse_time,
            metavar="DURATION|TIME",
            help="Only those stopped since this time, e.g. 24h, 7d.",
        ),
    ] = None,
    limit: Limit = None,
) -> ExitStatus:
    """List recipes, highest ID first."""
    from workato_async.cli.listing import print_all
    from workato_async.cli.progress_bar import ProgressBar
    from workato_async.resources.recipes.recipes import LIST

    selection = await _selection(
        workato,
        folder,
        project,
        subfolders=subfolders,
        running=running,
        connectors=connector or (),
        name=name,
        updated_after=updated_after,
        stopped_after=stopped_after,
    )
    bar = ProgressBar(workato.limiter, LIST.key, "recipes", show=output.allows_progress)
    with Rows(COLUMNS, output, none="no recipes found") as rows, bar:
        return await print_all(selection.pages(workato), rows, bar, limit, selection.matches)


@app.command(epilog="Example: workato-async recipes show 12389 --json")
async def show(
    workato: "WorkatoSession",
    output: Format,
    recipe: Recipe,
) -> None:
    """Show one recipe; use --json to include its code."""
    from workato_async.cli.names import resolve

    found = (await workato.recipes.get(await resolve(workato, "recipe", recipe), includes=["tags"])).to_dict()
    if output is Format.TABLE:
        del found["code"]
    print_record(found, output)


@app.command(epilog="Example: workato-async recipes start --from stopped.jsonl")
async def start(
    workato: "WorkatoSession",
    output: Format,
    recipes: Ids = None,
    folder: Folder = None,
    subfolders: Subfolders = False,
    project: Project = None,
    connector: Connector = None,
    name: Name = None,
    every: All = False,
    undo: From = None,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> ExitStatus:
    """Start recipes.

    Works on the given recipes, on all stopped recipes that match the filters, or on those that `recipes stop` stopped.
    More than one recipe is started only after confirmation on the terminal, or with --yes.
    """
    from workato_async.cli.start_stop import STARTING, start_or_stop

    chosen = await _chosen(workato, STARTING, recipes, every, undo, folder, project, subfolders, connector, name)
    return await start_or_stop(workato, chosen, STARTING, yes=yes, dry_run=dry_run, output=output)


@app.command(epilog="Example: workato-async recipes stop --folder Sales --yes --json > stopped.jsonl")
async def stop(
    workato: "WorkatoSession",
    output: Format,
    recipes: Ids = None,
    folder: Folder = None,
    subfolders: Subfolders = False,
    project: Project = None,
    connector: Connector = None,
    name: Name = None,
    every: All = False,
    undo: From = None,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> ExitStatus:
    """Stop recipes.

    Works on the given recipes, on all running recipes that match the filters, or on those that `recipes start` started.
    More than one recipe is stopped only after confirmation on the terminal, or with --yes. Keep the output of --json:
    `recipes start --from FILE` starts exactly those that were stopped.
    """
    from workato_async.cli.start_stop import STOPPING, start_or_stop

    chosen = await _chosen(workato, STOPPING, recipes, every, undo, folder, project, subfolders, connector, name)
    return await start_or_stop(workato, chosen, STOPPING, yes=yes, dry_run=dry_run, output=output)


async def _chosen(
    workato: "WorkatoSession",
    change: "Change",
    recipes: list[str] | None,
    every: bool,
    undo: str | None,
    folder: str | None,
    project: str | None,
    subfolders: bool,
    connector: list[str] | None,
    name: str | None,
) -> "Sequence[int] | Selection":
    """Return what to start or stop, which is given in exactly one way."""
    from workato_async.cli.identifiers import read_ids, read_rows
    from workato_async.cli.names import resolve_all
    from workato_async.cli.start_stop import to_undo

    if subfolders and folder is None:
        raise typer.BadParameter("only together with --folder", param_hint="--subfolders")
    filtered = any((folder, project, connector, name))
    if [bool(recipes), filtered, every, undo is not None].count(True) != 1:
        raise typer.BadParameter("pass recipes, filters, --from or --all (exactly one of them)")
    if undo is not None:
        return await resolve_all(workato, "recipe", to_undo(read_rows(undo, option="--from"), change))
    if recipes:
        return await resolve_all(workato, "recipe", read_ids(recipes))
    return await _selection(
        workato, folder, project, subfolders=subfolders, connectors=connector or (), name=name, running=not change.on
    )


async def _selection(workato: "WorkatoSession", folder: str | None, project: str | None, **filters: Any) -> "Selection":
    """Return a selection; its folder and project may be given by name."""
    from workato_async.cli.names import resolve_optional
    from workato_async.cli.selection import Selection

    return Selection(
        folder=await resolve_optional(workato, "folder", folder),
        project=await resolve_optional(workato, "project", project),
        **filters,
    )


@app.command(epilog="Example: workato-async recipes export --to recipes/ && git diff recipes/")
async def export(
    workato: "WorkatoSession",
    output: Format,
    to: Annotated[
        Path,
        typer.Option("--to", metavar="DIR", file_okay=False, help="Folder to write to; created if it does not exist."),
    ],
    folder: Folder = None,
    subfolders: Subfolders = False,
    project: Project = None,
    connector: Connector = None,
    name: Name = None,
    allow_deletions: Annotated[
        bool, typer.Option("--allow-deletions", help="Remove the files of missing recipes, however many.")
    ] = False,
    dry_run: DryRun = False,
) -> ExitStatus:
    """Write recipes to files, ready for git diff.

    One folder per project, one file per recipe. Only files whose content changes are touched.
    Files follow recipes that were renamed or moved; without filters, files of deleted recipes are removed. Counters and
    run times are left out.

    If a run finds all recipes missing, or more than three and more than a tenth, it keeps their files and ends with
    status 1. The next run removes them, if they are still missing. The file .workato-export records the workspace and
    what was missing.
    """
    from workato_async.cli.recipe_export import export_recipes

    selection = await _selection(workato, folder, project, subfolders=subfolders, connectors=connector or (), name=name)

    with interruptible(lambda: "files written so far are complete; run the command again for the rest"):
        return await export_recipes(
            workato, selection, to, dry_run=dry_run, allow_deletions=allow_deletions, output=output
        )
