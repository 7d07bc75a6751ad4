"""Starting and stopping many recipes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async import AuthenticationError, WorkatoError, fan_out
from workato_async.cli.command_runner import ExitStatus, interruptible
from workato_async.cli.estimates import describe_cost
from workato_async.cli.output import Format, Rows
from workato_async.cli.progress_bar import ProgressBar
from workato_async.cli.selection import Selection
from workato_async.cli.terminal import echo_err, report_failures
from workato_async.resources.recipes.recipes import LIST, START, STOP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async import WorkatoSession

COLUMNS = ("id", "name", "outcome", "error")


async def start_or_stop(
    workato: WorkatoSession, chosen: Sequence[int] | Selection, *, on: bool, dry_run: bool, output: Format
) -> ExitStatus:
    """Start or stop recipes, print a row for each, and report failures on stderr.

    Args:
        workato: the session.
        chosen: ids, or a selection.
        on: True to start.
        dry_run: only show what would be done.
        output: how to print.

    Raises:
        AuthenticationError: as soon as the server rejects the token.
    """
    endpoint, verb, past = (START, "start", "started") if on else (STOP, "stop", "stopped")
    names = await _names(workato, chosen)
    if dry_run:
        with Rows(COLUMNS[:2], output, none=f"nothing to {verb}") as rows:
            for recipe_id, name in names.items():
                rows.add({"id": recipe_id, "name": name})
        echo_err(f"would {verb} {_recipes(len(names))}: {describe_cost(workato.limiter, endpoint.key, len(names))}")
        return ExitStatus.DONE
    call = workato.recipes.start if on else workato.recipes.stop
    columns = COLUMNS[:3] if output is Format.TABLE else COLUMNS  # errors are listed below the table
    done = 0
    failed: dict[int, WorkatoError] = {}
    with (
        interruptible(
            lambda: (
                f"{past} {done:,} of {_recipes(len(names))}; those in flight may also be {past}. "
                f"Run the command again to continue"
            )
        ),
        report_failures(failed),
        Rows(columns, output, none=f"nothing to {verb}", changing=True) as rows,
        ProgressBar(workato.limiter, endpoint.key, f"recipes {past}", len(names), show=output.allows_progress) as bar,
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
    echo_err(f"{past} {done:,} of {_recipes(len(names))}" + (f", {len(failed):,} failed" if failed else ""))
    return ExitStatus.PARTLY_FAILED if failed else ExitStatus.DONE


async def _names(workato: WorkatoSession, chosen: Sequence[int] | Selection) -> dict[int, str | None]:
    """Return the recipes to work on: names by id, None where a name is not known."""
    if not isinstance(chosen, Selection):
        return dict.fromkeys(chosen)
    with (
        interruptible(lambda: "nothing was changed"),
        ProgressBar(workato.limiter, LIST.key, "recipes checked") as bar,
    ):
        names = {}
        async for recipe in chosen.recipes(workato):
            names[recipe.id] = recipe.name
            bar.advance()
        return names


def _recipes(count: int) -> str:
    return "1 recipe" if count == 1 else f"{count:,} recipes"
