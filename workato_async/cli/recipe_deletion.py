"""Deleting recipes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.cli.changing import Changes
from workato_async.cli.command_runner import ExitStatus, interruptible
from workato_async.cli.confirmation import confirm_change
from workato_async.cli.estimates import describe_cost
from workato_async.cli.output import Format, Rows
from workato_async.cli.start_stop import count, read_recipes
from workato_async.cli.terminal import echo_err, report_failures
from workato_async.resources.recipes.recipes import DELETE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async import WorkatoSession

COLUMNS = ("id", "name", "outcome", "error")


async def delete_recipes(
    workato: WorkatoSession, chosen: Sequence[int], *, yes: bool, dry_run: bool, output: Format
) -> ExitStatus:
    """Delete recipes after a question, and print a row for each."""
    failed: dict[int, object] = {}
    recipes = await read_recipes(workato, chosen, failed)
    failed.update({id_: "it is running; stop it first" for id_, recipe in recipes.items() if recipe.running})
    todo = [id_ for id_ in recipes if id_ not in failed]
    if not dry_run and todo:
        names = f" ({recipes[todo[0]].name})" if len(todo) == 1 else ""
        await confirm_change(workato, f"Delete {count(len(todo))}{names}", yes=yes)
    changes = Changes("deleted", failed=failed)
    columns = COLUMNS[:3] if output is Format.TABLE else COLUMNS  # errors are listed below the table
    with (
        interruptible(lambda: changes.summary(count(len(chosen)))),
        report_failures(failed),
        Rows(columns, output, none="nothing to delete", changing=True) as rows,
    ):

        def add(recipe_id: int, outcome: str, error: object = None) -> None:
            name = recipes[recipe_id].name if recipe_id in recipes else None
            rows.add({"id": recipe_id, "name": name, "outcome": outcome, "error": error and str(error)})

        for recipe_id, error in failed.items():
            add(recipe_id, "failed", error)
        if dry_run:
            for recipe_id in todo:
                add(recipe_id, "due")
            echo_err(f"would delete {count(len(todo))}: {describe_cost(workato.limiter, DELETE.key, len(todo))}")
            return ExitStatus.PARTLY_FAILED if failed else ExitStatus.DONE
        await changes.make(workato.recipes.delete, todo, add)
    echo_err(changes.summary(count(len(chosen))))
    return ExitStatus.PARTLY_FAILED if failed else ExitStatus.DONE
