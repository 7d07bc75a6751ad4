"""Starting and stopping recipes, any number of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async import AuthenticationError, WorkatoError, fan_out
from workato_async.cli.bars import Bar, price
from workato_async.cli.output import Format, Rows
from workato_async.cli.running import Status, interruptible, listed, say
from workato_async.cli.selection import Selection
from workato_async.resources.recipes.recipes import LIST, START, STOP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async import WorkatoSession

COLUMNS = ("id", "name", "outcome", "error")


async def switch(
    workato: WorkatoSession, chosen: Sequence[int] | Selection, *, on: bool, dry_run: bool, output: Format
) -> Status:
    """Start or stop recipes, print a row for each, and list those that failed on stderr.

    Args:
        workato: the session.
        chosen: ids, or a selection.
        on: True to start.
        dry_run: only say what would be done.
        output: how to print.

    Raises:
        AuthenticationError: as soon as the server refuses the token.
    """
    endpoint, verb, past = (START, "start", "started") if on else (STOP, "stop", "stopped")
    names = await _names(workato, chosen)
    if dry_run:
        with Rows(COLUMNS[:2], output, none=f"nothing to {verb}") as rows:
            for recipe_id, name in names.items():
                rows.add({"id": recipe_id, "name": name})
        say(f"would {verb} {_recipes(len(names))}: {price(workato.limiter, endpoint.key, len(names))}")
        return Status.DONE
    call = workato.recipes.start if on else workato.recipes.stop
    columns = COLUMNS[:3] if output is Format.TABLE else COLUMNS  # people find the errors below the table
    done = 0
    failed: dict[int, WorkatoError] = {}
    with (
        interruptible(
            lambda: (
                f"{past} {done:,} of {_recipes(len(names))}; those under way may be {past} as well. Run the command "
                f"again to go on: what is {past} stays so"
            )
        ),
        listed(failed),
        Rows(columns, output, none=f"nothing to {verb}", changing=True) as rows,
        Bar(workato.limiter, endpoint.key, f"recipes {past}", len(names), show=output.waits) as bar,
    ):
        async with fan_out(call, names) as outcomes:
            async for outcome in outcomes:
                if isinstance(outcome.error, AuthenticationError):
                    raise outcome.error
                row = {"id": outcome.item, "name": names[outcome.item], "outcome": past, "error": None}
                if isinstance(outcome.error, WorkatoError):
                    failed[outcome.item] = outcome.error
                    row |= {"outcome": "failed", "error": str(outcome.error)}
                else:
                    outcome.unwrap()
                    done += 1
                rows.add(row)
                bar.advance()
    say(f"{past} {done:,} of {_recipes(len(names))}" + (f", {len(failed):,} failed" if failed else ""))
    return Status.PARTLY if failed else Status.DONE


async def _names(workato: WorkatoSession, chosen: Sequence[int] | Selection) -> dict[int, str | None]:
    """Give the recipes to work on by id, with their names where they are known."""
    if not isinstance(chosen, Selection):
        return dict.fromkeys(chosen)
    with (
        interruptible(lambda: "nothing was changed"),
        Bar(workato.limiter, LIST.key, "recipes looked at") as bar,
    ):
        names = {}
        async for recipe in chosen.recipes(workato):
            names[recipe.id] = recipe.name
            bar.advance()
        return names


def _recipes(count: int) -> str:
    return "1 recipe" if count == 1 else f"{count:,} recipes"
