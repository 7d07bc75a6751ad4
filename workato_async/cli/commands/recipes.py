"""``workato-async recipes list|show|start|stop|export``."""

# No postponed annotations: Typer reads them when the commands are made.

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from workato_async.cli.command_runner import ExitStatus, interruptible, run
from workato_async.cli.options import Csv, DryRun, Folder, Json, Limit, Profile, UpdatedAfter, parse_time
from workato_async.cli.output import Format, Rows, print_record
from workato_async.cli.profiles import load_profile
from workato_async.cli.selection import Selection

COLUMNS = ("id", "name", "running", "folder_id", "last_run_at", "job_failed_count", "job_succeeded_count")

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="List, show, start, stop and export recipes.")

Subfolders = Annotated[bool, typer.Option("--subfolders", help="With --folder: include its subfolders.")]
Project = Annotated[int | None, typer.Option("--project", metavar="ID", help="Only those in the project with this ID.")]
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
Ids = Annotated[list[int] | None, typer.Argument(metavar="ID", help="Recipe IDs (or select with filters).", min=0)]
All = Annotated[bool, typer.Option("--all", help="All recipes that the token has access to.")]


@app.command("list", epilog="Example: workato-async recipes list --running --connector salesforce --json")
def list_recipes(
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
            help="Only those stopped since, e.g. 24h, 7d.",
        ),
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

    async def command() -> ExitStatus:
        from workato_async.cli.listing import print_all
        from workato_async.cli.progress_bar import ProgressBar
        from workato_async.resources.recipes.recipes import LIST

        async with load_profile(profile).session() as workato:
            bar = ProgressBar(workato.limiter, LIST.key, "recipes", show=output.allows_progress)
            with Rows(COLUMNS, output, none="no recipes found") as rows, bar:
                await print_all(selection.recipes(workato), rows, bar, limit)
        return ExitStatus.DONE

    run(command)


@app.command(epilog="Example: workato-async recipes show 12389 --json")
def show(
    recipe: Annotated[int, typer.Argument(metavar="ID", help="ID of the recipe.")],
    as_json: Json = False,
    as_csv: Csv = False,
    profile: Profile = None,
) -> None:
    """Show one recipe; use --json to include its code."""
    output = Format.of(as_json, as_csv)

    async def command() -> ExitStatus:
        async with load_profile(profile).session() as workato:
            found = (await workato.recipes.get(recipe, includes=["tags"])).to_dict()
        if output is Format.TABLE:
            del found["code"]
        print_record(found, output)
        return ExitStatus.DONE

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
    """Start recipes.

    Works on the given IDs, or on all stopped recipes that match the filters.
    """
    _start_or_stop(
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
    """Stop recipes.

    Works on the given IDs, or on all running recipes that match the filters.
    """
    _start_or_stop(
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


def _start_or_stop(
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
        raise typer.BadParameter("pass recipe IDs, filters, or --all (exactly one)")

    async def command() -> ExitStatus:
        from workato_async.cli.start_stop import start_or_stop

        async with load_profile(profile).session() as workato:
            return await start_or_stop(workato, ids or selection, on=on, dry_run=dry_run, output=output)

    run(command)


@app.command(epilog="Example: workato-async recipes export --to recipes/ && git diff recipes/")
def export(
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
    as_json: Json = False,
    as_csv: Csv = False,
    profile: Profile = None,
) -> None:
    """Write recipes to files, ready for git diff.

    One folder per project, one file per recipe. Only files whose content changes are touched.
    Files follow recipes that were renamed or moved; without filters, files of deleted recipes are removed. Counters and
    run times are left out.

    A run that misses all recipes, or more than three and more than a tenth, keeps their files and ends with status 1;
    a second run that misses them too removes them. The file .workato-export has the workspace and what was missing.
    """
    selection = Selection(folder=folder, subfolders=subfolders, project=project, connectors=connector or (), name=name)
    output = Format.of(as_json, as_csv)

    async def command() -> ExitStatus:
        from workato_async.cli.recipe_export import export_recipes

        async with load_profile(profile).session() as workato:
            with interruptible(lambda: "files written so far are complete; run the command again for the rest"):
                return await export_recipes(
                    workato, selection, to, dry_run=dry_run, allow_deletions=allow_deletions, output=output
                )

    run(command)
