"""Connections and the recipes that use them: what stops working if one of them does."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC
from typing import TYPE_CHECKING

import typer

from workato_async.cli.changing import Changes
from workato_async.cli.command_runner import CommandError, ExitStatus, interruptible
from workato_async.cli.confirmation import confirm_change
from workato_async.cli.names import resolve, resolve_all
from workato_async.cli.output import Format, Rows, print_record
from workato_async.cli.progress_bar import ProgressBar
from workato_async.cli.terminal import echo_err, report_failures
from workato_async.resources.connections import DISCONNECT
from workato_async.resources.recipes.recipes import LIST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workato_async import WorkatoSession
    from workato_async.models import Connection, Recipe

LOST_COLUMNS = ("id", "name", "provider", "running_recipes", "recipes", "connection_lost_at", "lost_reason")
_SHORT = ("id", "name", "running", "recipes", "lost")
"""What a terminal of 80 columns has room for."""
_SHOWN = 3
"""How many recipes of a connection a table names."""
RECIPE_COLUMNS = ("id", "name", "running", "folder_id", "last_run_at")


async def users_of(workato: WorkatoSession, connections: Sequence[int]) -> Mapping[int, Sequence[Recipe]]:
    """Return the recipes that use each connection, running ones first; one pass over the recipes for all."""
    users: dict[int, list[Recipe]] = defaultdict(list)
    if not connections:
        return users
    with ProgressBar(workato.limiter, LIST.key, "recipes found") as bar:
        async for recipe in workato.recipes.using(connections):
            bar.advance()
            for connection_id in recipe.connection_ids:
                users[connection_id].append(recipe)
    for recipes in users.values():
        recipes.sort(key=lambda recipe: not recipe.running)
    return users


async def print_lost(workato: WorkatoSession, lost: Sequence[Connection], output: Format, limit: int | None) -> None:
    """Print connections that do not work, those that most running recipes use first."""
    users = await users_of(workato, [connection.id for connection in lost])
    found = sorted(lost, key=lambda connection: -_running(users.get(connection.id, ())))[:limit]
    with Rows(_SHORT if output is Format.TABLE else LOST_COLUMNS, output, none="no lost connections") as rows:
        for connection in found:
            recipes = users.get(connection.id, ())
            rows.add(_short(connection, recipes) if output is Format.TABLE else _whole(connection, recipes))
    if found:
        together = {recipe.id for one in found for recipe in users.get(one.id, ()) if recipe.running}
        echo_err(f"{_counted(len(found), 'lost connection')}, used by {_counted(len(together), 'running recipe')}")


def _whole(connection: Connection, recipes: Sequence[Recipe]) -> dict[str, object]:
    used_by = [{"id": recipe.id, "name": recipe.name, "running": recipe.running} for recipe in recipes]
    more = {"lost_reason": connection.lost_reason, "running_recipes": _running(recipes), "recipes": used_by}
    return {**connection.to_dict(), **more}


def _short(connection: Connection, recipes: Sequence[Recipe]) -> dict[str, object]:
    since = connection.connection_lost_at
    return {
        "id": connection.id,
        "name": connection.name,
        "running": f"{_running(recipes):,} of {len(recipes):,}",
        "recipes": _first([recipe.name or str(recipe.id) for recipe in recipes]),
        "lost": f"{since.astimezone(UTC):%Y-%m-%d} {connection.lost_reason}" if since else connection.lost_reason,
    }


async def show_connection(workato: WorkatoSession, text: str, output: Format, *, with_recipes: bool) -> None:
    """Print a connection and, if asked for, the recipes that use it.

    Raises:
        CommandError: if there is none.
    """
    [connection] = await _found(workato, [await resolve(workato, "connection", text)])
    record = connection.to_dict()
    if not with_recipes:
        print_record(record, output)
        return
    recipes = (await users_of(workato, [connection.id])).get(connection.id, ())
    rows = [{name: recipe.to_dict().get(name) for name in RECIPE_COLUMNS} for recipe in recipes]
    if output is Format.JSON:
        print_record({**record, "recipes": rows}, output)
        return
    if output is Format.TABLE:
        print_record(record, output)
        typer.echo()
    with Rows(RECIPE_COLUMNS, output, none="no recipe uses it") as printed:
        for row in rows:
            printed.add(row)
    if rows:
        echo_err(f"{_counted(len(rows), 'recipe')}, {_running(recipes):,} running")


async def disconnect_all(
    workato: WorkatoSession, texts: Sequence[str], *, force: bool, yes: bool, dry_run: bool, output: Format
) -> ExitStatus:
    """Disconnect connections, print a row for each, and report failures on stderr.

    Raises:
        CommandError: if one of them is not there, or the response to the question is no.
    """
    found = await _found(workato, await resolve_all(workato, "connection", texts))
    users = await users_of(workato, [connection.id for connection in found])
    rows = {
        connection.id: {
            "id": connection.id,
            "name": connection.name,
            "running_recipes": _running(users.get(connection.id, ())),
        }
        for connection in found
    }
    used = sum(1 for row in rows.values() if row["running_recipes"])
    if dry_run:
        with Rows(("id", "name", "running_recipes"), output) as printed:
            for row in rows.values():
                printed.add(row)
        rejected = used > 0 and not force
        more = f"; {used:,} of them used by running recipes, which takes --force" if rejected else ""
        echo_err(f"would disconnect {_counted(len(rows), 'connection')}{more}")
        return ExitStatus.PARTLY_FAILED if rejected else ExitStatus.DONE  # as the real run
    together = {recipe.id for recipes in users.values() for recipe in recipes if recipe.running}
    hit = f" (used by {_counted(len(together), 'running recipe')})" if together else ""
    name = f"connection {found[0].name or found[0].id}" if len(found) == 1 else _counted(len(found), "connection")
    if found:
        await confirm_change(workato, f"Disconnect {name}{hit}", yes=yes)
    changes = Changes("disconnected")

    def summary() -> str:
        return changes.summary(_counted(len(rows), "connection"))

    with (
        interruptible(lambda: f"{summary()}. Run the command again to continue"),
        report_failures(changes.failed),
        Rows(("id", "name", "outcome", "error"), output, none="nothing to disconnect", changing=True) as printed,
        ProgressBar(workato.limiter, DISCONNECT.key, "connections", len(rows), show=output.allows_progress) as bar,
    ):

        def add(key: int, outcome: str, error: object) -> None:
            bar.advance()
            printed.add({**rows[key], "outcome": outcome, "error": str(error) if error else None})

        await changes.make(lambda key: workato.connections.disconnect(key, force=force or None), rows, add)
    echo_err(summary())
    return ExitStatus.PARTLY_FAILED if changes.failed else ExitStatus.DONE


async def _found(workato: WorkatoSession, ids: Sequence[int]) -> Sequence[Connection]:
    """Return connections; no endpoint returns a single one.

    Raises:
        CommandError: if one of them is not there.
    """
    wanted = dict.fromkeys(ids)
    there: dict[int, Connection] = {}
    for runtime in (None, True):  # those of runtime users are listed only when asked for
        if wanted.keys() - there.keys():
            there |= {one.id: one async for one in workato.connections.list(include_runtime_connections=runtime)}
    if missing := [key for key in wanted if key not in there]:
        raise CommandError(
            f"error: no connection {', '.join(map(str, missing))} in this environment that the token can see"
        )
    return [there[key] for key in wanted]


def _first(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _running(recipes: Sequence[Recipe]) -> int:
    return sum(recipe.running is True for recipe in recipes)


def _counted(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count:,} {what}s"
