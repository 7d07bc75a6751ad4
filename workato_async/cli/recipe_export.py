"""Exporting recipes: reading them from the server and updating the files."""

from __future__ import annotations

from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from workato_async import AuthenticationError, NotFoundError, PermissionDeniedError, ServerError, WorkatoError, fan_out
from workato_async.cli.command_runner import ExitStatus
from workato_async.cli.estimates import about
from workato_async.cli.export_folder import ExportFolder, content, file_name
from workato_async.cli.output import Rows
from workato_async.cli.progress_bar import ProgressBar
from workato_async.cli.terminal import echo_err, report_failures
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
) -> ExitStatus:
    """Update the files and print a row for each change.

    Files of deleted recipes are removed only without filters: a recipe that a filter excludes still exists.
    """
    folder = ExportFolder(to, write=not dry_run)
    projects = await _projects(workato)
    count = 0
    failed: dict[int, WorkatoError] = {}
    with (
        report_failures(failed),
        Rows(COLUMNS, output, none="nothing changed", changing=True) as rows,
        ProgressBar(
            workato.limiter, LIST.key, "recipes", calls_per_item=1 / SINCE_ID.largest, show=output.allows_progress
        ) as bar,
    ):
        if bar.shown and selection.selects_all:
            with suppress(WorkatoError):  # not every token has this permission
                bar.expect((await workato.workspace.me()).recipes_count)
        async with aclosing(_with_code(workato, selection, failed, bar)) as recipes:
            async for recipe in recipes:
                count += 1
                bar.advance()
                project = projects.get(recipe.project_id or 0)
                parent = file_name(project, recipe.project_id or 0, "project")
                relative = f"{parent}/{file_name(recipe.name, recipe.id, 'recipe')}.json"
                change, former = folder.put(recipe.id, relative, content(recipe.to_dict()))
                if change:
                    before = former.relative_to(to).as_posix() if former else None
                    rows.add({"id": recipe.id, "change": change, "file": relative, "from": before})
        if selection.selects_all:
            for recipe_id, paths in folder.remaining.items():
                for path in () if recipe_id in failed else paths:
                    folder.remove(path)
                    rows.add({"id": recipe_id, "change": "removed", "file": path.relative_to(to).as_posix()})
    states = workato.limiter.snapshot().values()
    calls = sum(state.sent for state in states)
    if dry_run:  # it has read everything, just as the real run will
        seconds = max((state.sent - 1) // state.quota.requests * state.quota.per for state in states)
        echo_err(f"would export {count:,} recipes to {to}: {calls:,} calls, {about(seconds)}")
    else:
        echo_err(f"exported {count:,} recipes to {to} with {calls:,} calls")
    return ExitStatus.PARTLY_FAILED if failed else ExitStatus.DONE


async def _projects(workato: WorkatoSession) -> dict[int, str | None]:
    try:
        projects = {project.id: project.name async for project in workato.projects.list()}
    except PermissionDeniedError:
        echo_err("the token has no permission to list projects; their folders are named project-ID")
        projects = {}
    return {**projects, 0: "no project"}


async def _with_code(
    workato: WorkatoSession, selection: Selection, failed: dict[int, WorkatoError], bar: ProgressBar
) -> AsyncGenerator[Recipe, None]:
    """Iterate over the recipes with their code, 100 per call; if the server fails to do that, one per call."""
    list_ = selection.pages(workato, code=True)
    cursor: str | None = None
    try:
        async with aclosing(list_.pages()) as pages:
            async for page in pages:
                for recipe in filter(selection.matches, page.items):
                    yield recipe
                cursor = page.cursor
        return
    except ServerError:
        bar.echo_err("the server cannot list recipes with their code; fetching them one by one")
    rest = selection.pages(workato).from_cursor(cursor)
    ids = [recipe.id async for recipe in rest if selection.matches(recipe)]
    async with fan_out(lambda recipe_id: workato.recipes.get(recipe_id, includes=["tags"]), ids) as outcomes:
        async for outcome in outcomes:
            if isinstance(outcome.error, WorkatoError) and not isinstance(outcome.error, AuthenticationError):
                if not isinstance(outcome.error, NotFoundError):  # deleted since
                    failed[outcome.item] = outcome.error
                continue
            yield outcome.unwrap()
