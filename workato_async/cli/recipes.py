"""``workato-async recipes``: list, show, start, stop, export."""

# No postponed annotations: Typer reads them when the commands are made.

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from workato_async.cli.options import Csv, DryRun, Folder, Json, Limit, Profile, UpdatedAfter, moment
from workato_async.cli.output import Format, Rows, plain, print_record
from workato_async.cli.profiles import load_profile
from workato_async.cli.running import Status, interruptible, run
from workato_async.cli.selection import Selection

COLUMNS = ("id", "name", "running", "folder_id", "last_run_at", "job_failed_count", "job_succeeded_count")

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="List, show, start, stop and export recipes.")

Subfolders = Annotated[bool, typer.Option("--subfolders", help="With --folder: in its subfolders, too.")]
Project = Annotated[int | None, typer.Option("--project", help="Only those of the project with this id.")]
Connector = Annotated[
    list[str] | None, typer.Option("--connector", help="Only those that use it, e.g. salesforce; may be repeated.")
]
Name = Annotated[str | None, typer.Option("--name", help="Only those with this text in their name, in any case.")]
Ids = Annotated[list[int] | None, typer.Argument(metavar="[ID]...", help="Ids of recipes; filters otherwise.", min=0)]
All = Annotated[bool, typer.Option("--all", help="All recipes that the token can see.")]


@app.command("list", epilog="Example: workato-async recipes list --running --connector salesforce --json")
def list_recipes(
    folder: Folder = None,
    subfolders: Subfolders = False,
    project: Project = None,
    running: Annotated[bool | None, typer.Option("--running/--stopped", help="Only those in this state.")] = None,
    connector: Connector = None,
    name: Name = None,
    updated_after: UpdatedAfter = None,
    stopped_after: Annotated[
        datetime | None,
        typer.Option("--stopped-after", parser=moment, metavar="SPAN|MOMENT", help="Only what stopped after it."),
    ] = None,
    limit: Limit = None,
    as_json: Json = False,
    as_csv: Csv = False,
    profile: Profile = None,
) -> None:
    """List recipes, highest id first."""
    selection = Selection(
        folder=folder,
        subfolders=subfolders,
        project=project,
        running=running,
        connectors=connector or (),
        name=name,
        updated_after=updated_after,
        stopped_after=stopped_after,
    )
    output = Format.of(as_json, as_csv)

    async def command() -> Status:
        from workato_async.cli.bars import Bar
        from workato_async.cli.walking import print_walk
        from workato_async.resources.recipes.recipes import LIST

        async with load_profile(profile).session() as workato:
            bar = Bar(workato.limiter, LIST.key, "recipes", show=output.waits)
            with Rows(COLUMNS, output, none="no such recipes") as rows, bar:
                await print_walk(selection.recipes(workato), rows, bar, limit)
        return Status.DONE

    run(command)


@app.command(epilog="Example: workato-async recipes show 12389 --json")
def show(
    recipe: Annotated[int, typer.Argument(metavar="ID", help="Id of the recipe.")],
    as_json: Json = False,
    as_csv: Csv = False,
    profile: Profile = None,
) -> None:
    """Show one recipe; its code stands in JSON only."""
    output = Format.of(as_json, as_csv)

    async def command() -> Status:
        async with load_profile(profile).session() as workato:
            found = plain(await workato.recipes.get(recipe, includes=["tags"]))
        if output is Format.TABLE:
            del found["code"]
        print_record(found, output)
        return Status.DONE

    run(command)


@app.command(epilog="Example: workato-async recipes start 12389 12390 --dry-run")
def start(
    ids: Ids = None,
    folder: Folder = None,
    subfolders: Subfolders = False,
    project: Project = None,
    connector: Connector = None,
    name: Name = None,
    every: All = False,
    dry_run: DryRun = False,
    as_json: Json = False,
    as_csv: Csv = False,
    profile: Profile = None,
) -> None:
    """Start recipes: those with the given ids, or those stopped ones that pass the filters."""
    _switch(
        True,
        ids or [],
        Selection(
            folder=folder, subfolders=subfolders, project=project, connectors=connector or (), name=name, running=False
        ),
        every,
        dry_run,
        Format.of(as_json, as_csv),
        profile,
    )


@app.command(epilog="Example: workato-async recipes stop --folder 2001 --subfolders --dry-run")
def stop(
    ids: Ids = None,
    folder: Folder = None,
    subfolders: Subfolders = False,
    project: Project = None,
    connector: Connector = None,
    name: Name = None,
    every: All = False,
    dry_run: DryRun = False,
    as_json: Json = False,
    as_csv: Csv = False,
    profile: Profile = None,
) -> None:
    """Stop recipes: those with the given ids, or those running ones that pass the filters."""
    _switch(
        False,
        ids or [],
        Selection(
            folder=folder, subfolders=subfolders, project=project, connectors=connector or (), name=name, running=True
        ),
        every,
        dry_run,
        Format.of(as_json, as_csv),
        profile,
    )


def _switch(
    on: bool,
    ids: list[int],
    selection: Selection,
    every: bool,
    dry_run: bool,
    output: Format,
    profile: str | None,
) -> None:
    filtered = selection != Selection(running=not on)
    if [bool(ids), filtered, every].count(True) != 1:
        raise typer.BadParameter("give ids of recipes, or filters, or --all: one of the three")

    async def command() -> Status:
        from workato_async.cli.switching import switch

        async with load_profile(profile).session() as workato:
            return await switch(workato, ids or selection, on=on, dry_run=dry_run, output=output)

    run(command)


@app.command(epilog="Example: workato-async recipes export --to recipes/ && git diff recipes/")
def export(
    to: Annotated[Path, typer.Option("--to", file_okay=False, help="The folder to write to; made if need be.")],
    folder: Folder = None,
    subfolders: Subfolders = False,
    project: Project = None,
    connector: Connector = None,
    name: Name = None,
    dry_run: DryRun = False,
    as_json: Json = False,
    as_csv: Csv = False,
    profile: Profile = None,
) -> None:
    """Write recipes to files: a folder for each project, a file for each recipe, made for git diff.

    Only files whose content changes are touched. A file whose recipe was renamed or moved follows it, and without
    filters a file whose recipe is gone is removed. Counters and times of runs are left out.
    """
    selection = Selection(folder=folder, subfolders=subfolders, project=project, connectors=connector or (), name=name)
    output = Format.of(as_json, as_csv)

    async def command() -> Status:
        from workato_async.cli.exporting import export_recipes

        async with load_profile(profile).session() as workato:
            with interruptible(lambda: "what is written is whole; run the command again for the rest"):
                return await export_recipes(workato, selection, to, dry_run=dry_run, output=output)

    run(command)
