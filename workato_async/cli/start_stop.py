"""Starting and stopping many recipes, so that it can be undone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import attrs

from workato_async import AuthenticationError, OutcomeUnknownError, WorkatoError, fan_out
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
UNKNOWN = "unknown"
"""The outcome of a request whose response was lost."""


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
    failed: dict[int, WorkatoError] = {}
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
    return await _Changes(workato, change, recipes, failed, output).run(todo)


class _Changes:
    """One run; the rows of what was done are printed however it ends."""

    def __init__(
        self,
        workato: WorkatoSession,
        change: Change,
        recipes: Mapping[int, Recipe],
        failed: dict[int, WorkatoError],
        output: Format,
    ) -> None:
        self._call = workato.recipes.start if change.on else workato.recipes.stop
        self._limiter = workato.limiter
        self._endpoint = START if change.on else STOP
        self._change = change
        self._recipes = recipes
        self._failed = failed
        self._output = output
        self._done: set[int] = set()
        self._reported: set[int] = set()
        self._unknown: set[int] = set()

    async def run(self, todo: Mapping[int, str | None]) -> ExitStatus:
        past, output = self._change.past, self._output
        columns = COLUMNS[:3] if output is Format.TABLE else COLUMNS  # errors are listed below the table
        with (
            interruptible(lambda: f"{self._summary(len(todo))}. Run the command again to continue"),
            report_failures(self._failed),
            Rows(columns, output, none=f"nothing to {self._change.verb}", changing=True) as rows,
            ProgressBar(
                self._limiter, self._endpoint.key, f"recipes {past}", len(todo), show=output.allows_progress
            ) as bar,
        ):
            for recipe_id, error in self._failed.items():
                rows.add(self._row(recipe_id, "failed", error))
            for recipe_id in self._recipes.keys() - todo.keys():
                rows.add(self._row(recipe_id, f"already {past}"))
            try:
                async with fan_out(self._apply, todo) as outcomes:
                    async for outcome in outcomes:
                        if isinstance(outcome.error, AuthenticationError):
                            raise outcome.error
                        self._reported.add(outcome.item)
                        bar.advance()
                        if isinstance(outcome.error, WorkatoError):
                            self._failed[outcome.item] = outcome.error
                            how = UNKNOWN if isinstance(outcome.error, OutcomeUnknownError) else "failed"
                            rows.add(self._row(outcome.item, how, outcome.error))
                        else:
                            outcome.unwrap()
                            rows.add(self._row(outcome.item, past))
            finally:  # what was done and not yet reported, because the command was interrupted
                for recipe_id in sorted(self._done - self._reported):
                    rows.add(self._row(recipe_id, past))
                for recipe_id in sorted(self._unknown - self._reported):
                    rows.add(self._row(recipe_id, UNKNOWN))
        echo_err(self._summary(len(todo)))
        return ExitStatus.PARTLY_FAILED if self._failed else ExitStatus.DONE

    async def _apply(self, recipe_id: int) -> None:
        """Change one recipe, and remember what became of it even if nobody asks any more."""
        try:
            await self._call(recipe_id)
        except asyncio.CancelledError as error:
            if isinstance(error.__cause__, OutcomeUnknownError):
                self._unknown.add(recipe_id)
            raise
        self._done.add(recipe_id)

    def _row(self, recipe_id: int, outcome: str, error: WorkatoError | None = None) -> dict[str, object]:
        recipe = self._recipes.get(recipe_id)
        return {
            "id": recipe_id,
            "name": recipe.name if recipe else None,
            "outcome": outcome,
            "error": str(error) if error else None,
        }

    def _summary(self, total: int) -> str:
        counts = [
            (len(self._recipes) - total, f"already {self._change.past}"),
            (len(self._failed), "failed"),
            (len(self._unknown), "with unknown outcome"),
        ]
        rest = "".join(f", {number:,} {what}" for number, what in counts if number)
        return f"{self._change.past} {len(self._done):,} of {count(total)}{rest}"


async def read_recipes(
    workato: WorkatoSession, chosen: Sequence[int] | Selection, failed: dict[int, WorkatoError]
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
