"""Exporting recipes: the walk, and what it does to the files."""

from __future__ import annotations

from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from workato_async import AuthenticationError, NotFoundError, PermissionDeniedError, ServerError, WorkatoError, fan_out
from workato_async.cli.bars import Bar
from workato_async.cli.exported import Folder, content, file_name
from workato_async.cli.output import Rows, plain
from workato_async.cli.running import Status, listed, say
from workato_async.endpoint import SINCE_ID
from workato_async.resources.recipes.recipes import LIST

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from workato_async import WorkatoSession
    from workato_async.cli.output import Format
    from workato_async.cli.selection import Selection
    from workato_async.resources.recipes.models import Recipe

COLUMNS = ("id", "change", "file", "from")


async def export_recipes(
    workato: WorkatoSession, selection: Selection, to: Path, *, dry_run: bool, output: Format
) -> Status:
    """Bring the files up to date and print a row for each that changes.

    Files of recipes that are gone are removed only if everything was asked for: what a filter leaves out is not gone.
    """
    folder = Folder(to, write=not dry_run)
    projects = await _projects(workato)
    count = 0
    failed: dict[int, WorkatoError] = {}
    with (
        listed(failed),
        Rows(COLUMNS, output, none="nothing changed", changing=True) as rows,
        Bar(workato.limiter, LIST.key, "recipes", calls_each=1 / SINCE_ID.largest, show=output.waits) as bar,
    ):
        if bar.shown and selection.everything:
            with suppress(WorkatoError):  # not every token may ask
                bar.expect((await workato.workspace.me()).recipes_count)
        async with aclosing(_with_code(workato, selection, failed, bar)) as walk:
            async for recipe in walk:
                count += 1
                bar.advance()
                project = projects.get(recipe.project_id or 0)
                parent = file_name(project, recipe.project_id or 0, "project")
                relative = f"{parent}/{file_name(recipe.name, recipe.id, 'recipe')}.json"
                change, former = folder.put(recipe.id, relative, content(plain(recipe)))
                if change:
                    before = former.relative_to(to).as_posix() if former else None
                    rows.add({"id": recipe.id, "change": change, "file": relative, "from": before})
        if selection.everything:
            for recipe_id, paths in folder.remaining.items():
                for path in () if recipe_id in failed else paths:
                    folder.remove(path)
                    rows.add({"id": recipe_id, "change": "removed", "file": path.relative_to(to).as_posix()})
    spent = workato.limiter.snapshot().values()
    calls = sum(state.sent for state in spent)
    if dry_run:  # it has read everything, which is what the real run will do
        seconds = max((state.sent - 1) // state.quota.requests * state.quota.per for state in spent)
        say(f"would export {count:,} recipes to {to}: {calls:,} calls, {seconds / 60:.1f} minutes")
    else:
        say(f"exported {count:,} recipes to {to} with {calls:,} calls")
    return Status.PARTLY if failed else Status.DONE


async def _projects(workato: WorkatoSession) -> dict[int, str | None]:
    try:
        projects = {project.id: project.name async for project in workato.projects.list()}
    except PermissionDeniedError:
        say("the token may not list projects: their folders are called project-ID")
        projects = {}
    return {**projects, 0: "no project"}


async def _with_code(
    workato: WorkatoSession, selection: Selection, failed: dict[int, WorkatoError], bar: Bar
) -> AsyncGenerator[Recipe, None]:
    """Walk through the recipes with their code, 100 a call; where the server breaks down under that, one a call."""
    pages = selection.pages(workato, code=True)
    cursor: str | None = None
    try:
        async with aclosing(pages.pages()) as walk:
            async for page in walk:
                for recipe in filter(selection.passes, page.items):
                    yield recipe
                cursor = page.cursor
        return
    except ServerError:
        bar.say("the server could not list recipes with their code: they are fetched one by one")
    rest = selection.pages(workato).from_cursor(cursor)
    ids = [recipe.id async for recipe in rest if selection.passes(recipe)]
    async with fan_out(lambda recipe_id: workato.recipes.get(recipe_id, includes=["tags"]), ids) as outcomes:
        async for outcome in outcomes:
            if isinstance(outcome.error, WorkatoError) and not isinstance(outcome.error, AuthenticationError):
                if not isinstance(outcome.error, NotFoundError):  # deleted meanwhile
                    failed[outcome.item] = outcome.error
                continue
            yield outcome.unwrap()
