"""Starting and stopping many recipes, so that it can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from workato_async import AuthenticationError, WorkatoError, fan_out
from workato_async.cli.changing import UNKNOWN, Changes
from workato_async.cli.command_runner import ExitStatus, interruptible
from workato_async.cli.confirmation import confirm_change
from workato_async.cli.estimates import describe_cost
from workato_async.cli.output import Format, Rows
from workato_async.cli.progress_bar import ProgressBar
from workato_async.cli.selection import Selection
from workato_async.cli.terminal import echo_err, report_failures
from workato_async.resources.recipes.recipes import GET, LIST, START, STOP

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from workato_async import WorkatoSession
    from workato_async.resources.recipes.models import Recipe

COLUMNS = ("id", "name", "outcome", "error")
READ_ONE_BY_ONE = 20
"""Recipes that are read with a request each; for more, the whole list costs less time."""


@attrs.frozen
class Change:
    """Starting or stopping.

    Attributes:
        on: whether it starts.
        verb: what is done.
        past: what was done, which is the outcome in the output.
        undone: the outcome that it undoes, in the output of the other one.
    """

    on: bool
    verb: str
    past: str
    undone: str


STARTING = Change(True, "start", "started", "stopped")
STOPPING = Change(False, "stop", "stopped", "started")


def to_undo(rows: Iterable[Mapping[str, object]], change: Change) -> list[str]:
    """Return the ids in the output of an earlier command that a change takes back, or all ids of another command's.

    What that command found as it wanted it, or failed to change, is left as it is.
    """
    return [
        str(row["id"])
        for row in rows
        if row.get("id") is not None and row.get("outcome", UNKNOWN) in (change.undone, UNKNOWN)
    ]


async def start_or_stop(
    workato: WorkatoSession,
    chosen: Sequence[int] | Selection,
    change: Change,
    *,
    yes: bool,
    dry_run: bool,
    output: Format,
) -> ExitStatus:
    """Start or stop recipes, print a row for each, and report failures on stderr.

    Recipes that are as they should be are not touched, so that the rows say what to take back.

    Args:
        workato: the session.
        chosen: ids, or a selection.
        change: what to do.
        yes: whether it was confirmed.
        dry_run: only show what would be done.
        output: how to print.

    Raises:
        AuthenticationError: as soon as the server rejects the token.
    """
    failed: dict[int, object] = {}
    recipes = await read_recipes(workato, chosen, failed)
    todo = {id_: recipe.name for id_, recipe in recipes.items() if recipe.running is not change.on}
    endpoint = START if change.on else STOP
    if dry_run:
        with report_failures(failed), Rows(COLUMNS[:2], output, none=f"nothing to {change.verb}") as rows:
            for recipe_id, name in todo.items():
                rows.add({"id": recipe_id, "name": name})
        cost = describe_cost(workato.limiter, endpoint.key, len(todo))
        echo_err(f"would {change.verb} {count(len(todo))}: {cost}")
        return ExitStatus.PARTLY_FAILED if failed else ExitStatus.DONE
    if len(todo) > 1 or (todo and isinstance(chosen, Selection)):
        await confirm_change(workato, f"{change.verb.capitalize()} {count(len(todo))}", yes=yes)
    changes = Changes(change.past, failed=failed)
    call = workato.recipes.start if change.on else workato.recipes.stop
    already = len(recipes) - len(todo)

    def summary() -> str:
        return changes.summary(count(len(todo)), already=already)

    # A second run that replaces the file of the first one would make its changes impossible to undo.
    append = "" if output is Format.TABLE else ", and append to its output: all of it is needed to undo this"

    columns = COLUMNS[:3] if output is Format.TABLE else COLUMNS  # errors are listed below the table
    with (
        interruptible(lambda: f"{summary()}. Run the command again to continue{append}"),
        report_failures(failed),
        Rows(columns, output, none=f"nothing to {change.verb}", changing=True) as rows,
        ProgressBar(
            workato.limiter, endpoint.key, f"recipes {change.past}", len(todo), show=output.allows_progress
        ) as bar,
    ):

        def add(recipe_id: int, outcome: str, error: object = None) -> None:
            name = recipes[recipe_id].name if recipe_id in recipes else None
            rows.add({"id": recipe_id, "name": name, "outcome": outcome, "error": str(error) if error else None})
            if recipe_id in todo:
                bar.advance()

        for recipe_id, error in failed.items():
            add(recipe_id, "failed", error)
        for recipe_id in recipes:
            if recipe_id not in todo:
                add(recipe_id, f"already {change.past}")
        await changes.make(call, todo, add)
    echo_err(summary())
    return ExitStatus.PARTLY_FAILED if failed else ExitStatus.DONE


async def read_recipes(
    workato: WorkatoSession, chosen: Sequence[int] | Selection, failed: dict[int, object]
) -> dict[int, Recipe]:
    """Return the chosen recipes by id, and add those that cannot be read to ``failed``."""
    one_by_one = not isinstance(chosen, Selection) and len(chosen) <= READ_ONE_BY_ONE
    selection = chosen if isinstance(chosen, Selection) else Selection()
    wanted = None if isinstance(chosen, Selection) else dict.fromkeys(chosen)
    found: dict[int, Recipe] = {}
    with (
        interruptible(lambda: "nothing was changed"),
        ProgressBar(workato.limiter, (GET if one_by_one else LIST).key, "recipes checked") as bar,
    ):
        if not one_by_one:
            async for recipe in selection.recipes(workato):
                bar.advance()
                if wanted is None or recipe.id in wanted:
                    found[recipe.id] = recipe
        if wanted is not None:
            async with fan_out(workato.recipes.get, [id_ for id_ in wanted if id_ not in found]) as outcomes:
                async for outcome in outcomes:
                    bar.advance()
                    if isinstance(outcome.error, AuthenticationError) or not isinstance(
                        outcome.error, WorkatoError | None
                    ):
                        raise outcome.error
                    if outcome.error is None:
                        found[outcome.item] = outcome.unwrap()
                    else:
                        failed[outcome.item] = outcome.error
    return found if wanted is None else {id_: found[id_] for id_ in wanted if id_ in found}


def count(recipes: int) -> str:
    """Return a number of recipes in words."""
    return "1 recipe" if recipes == 1 else f"{recipes:,} recipes"
