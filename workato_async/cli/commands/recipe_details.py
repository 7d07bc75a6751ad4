"""``workato-async recipes versions|diff|copy|delete|health``, added to the commands of ``recipes``."""

# No postponed annotations: Typer reads them when the commands are made.

from typing import TYPE_CHECKING, Annotated

import typer

from workato_async.cli.command_runner import CommandError, ExitStatus, interruptible
from workato_async.cli.commands.recipes import Recipe, app
from workato_async.cli.options import DryRun, Limit, Yes
from workato_async.cli.output import Format, Rows
from workato_async.cli.terminal import echo_err

if TYPE_CHECKING:
    from workato_async import WorkatoSession

__all__ = ["app"]

VERSION_COLUMNS = ("version_no", "created_at", "author_name", "comment", "id")
HEALTH_COLUMNS = ("level", "rule", "violations", "category", "effort")


@app.command(epilog="Example: workato-async recipes versions 12389 --limit 10")
async def versions(workato: "WorkatoSession", output: Format, recipe: Recipe, limit: Limit = None) -> ExitStatus:
    """List the versions of a recipe, newest first.

    The API says who made a version, when and with which comment, but does not return its code; `recipes export` and git
    keep that.
    """
    from workato_async.cli.listing import print_all
    from workato_async.cli.names import resolve
    from workato_async.cli.progress_bar import ProgressBar
    from workato_async.resources.recipes.versions import LIST

    found = workato.recipes.versions.list(await resolve(workato, "recipe", recipe))
    bar = ProgressBar(workato.limiter, LIST.key, "versions", show=output.allows_progress)
    with Rows(VERSION_COLUMNS, output, none="no versions found") as rows, bar:
        return await print_all(found, rows, bar, limit)


@app.command(epilog="Example: workato-async recipes diff 12389 recipes/sales/leads-12389.json")
async def diff(
    workato: "WorkatoSession",
    recipe: Recipe,
    other: Annotated[
        str, typer.Argument(metavar="OTHER", help="Another recipe (ID or name), or a file of `recipes export`.")
    ],
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit status 1 if there is a difference.")] = False,
) -> ExitStatus:
    """Show how a recipe differs from another one, or from a file.

    Prints a unified diff, from OTHER to RECIPE. To compare two workspaces, see the command `diff`.
    """
    from workato_async.cli.recipe_diff import print_diff

    different = await print_diff(workato, recipe, other)
    return ExitStatus.PARTLY_FAILED if different and exit_code else ExitStatus.DONE


@app.command(epilog="Example: workato-async recipes copy 12389 --to Archive")
async def copy(
    workato: "WorkatoSession",
    output: Format,
    recipe: Recipe,
    to: Annotated[str, typer.Option("--to", metavar="ID|NAME", help="Folder of the copy: its ID, name or path.")],
) -> None:
    """Copy a recipe into a folder."""
    from workato_async import WorkatoError
    from workato_async.cli.changing import may_be_done
    from workato_async.cli.names import resolve

    recipe_id, folder_id = await resolve(workato, "recipe", recipe), await resolve(workato, "folder", to)
    maybe = f"there may be a copy in folder {folder_id}: look there before you copy it again"
    try:
        with interruptible(lambda: maybe):
            copied = await workato.recipes.copy(recipe_id, folder_id=folder_id)
    except WorkatoError as error:
        if not may_be_done(error):
            raise
        raise CommandError(f"error: {error} In short: {maybe}") from None
    with Rows(("id", "copied_from", "folder_id"), output) as rows:
        rows.add({"id": copied.id, "copied_from": recipe_id, "folder_id": folder_id})


@app.command(epilog="Example: workato-async recipes delete 12389 12390 --yes")
async def delete(
    workato: "WorkatoSession",
    output: Format,
    recipes: Annotated[
        list[str], typer.Argument(metavar="RECIPE", help="IDs or names of recipes, - for standard input.")
    ],
    yes: Yes = False,
    dry_run: DryRun = False,
) -> ExitStatus:
    """Delete stopped recipes permanently.

    Asks on the terminal, even for one recipe; without a terminal, --yes is needed. Running recipes are not deleted.
    """
    from workato_async.cli.identifiers import read_ids
    from workato_async.cli.names import resolve_all
    from workato_async.cli.recipe_deletion import delete_recipes

    chosen = await resolve_all(workato, "recipe", read_ids(recipes))
    return await delete_recipes(workato, chosen, yes=yes, dry_run=dry_run, output=output)


@app.command(epilog="Example: workato-async recipes health 12389 --scan")
async def health(
    workato: "WorkatoSession",
    output: Format,
    recipe: Recipe,
    scan: Annotated[bool, typer.Option("--scan", help="Scan the recipe first, and wait for the report.")] = False,
) -> None:
    """Show the report of Performance Copilot (private beta)."""
    from workato_async.cli.names import resolve

    recipe_id = await resolve(workato, "recipe", recipe)
    reports = workato.recipes.health
    report = await reports.wait(recipe_id) if scan else await reports.get(recipe_id)
    if report is None:
        echo_err(f"recipe {recipe_id} was never scanned; --scan does it")
        return
    with Rows(HEALTH_COLUMNS, output, none="no rules checked") as rows:
        for check in report.checks:
            rows.add(
                {
                    "level": check.rule.level,
                    "rule": check.rule.title,
                    "violations": len(check.violations),
                    "category": check.rule.category,
                    "effort": check.rule.effort,
                }
            )
    if report.report and report.report.total_score is not None:
        echo_err(f"score {report.report.total_score:g} of 100")
