"""Exporting recipes: reading them from the server and updating the files."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

import attrs

from workato_async import PermissionDeniedError
from workato_async._brake import is_too_many
from workato_async.cli.command_runner import ExitStatus
from workato_async.cli.estimates import about
from workato_async.cli.export_folder import ExportFolder, content, file_name
from workato_async.cli.export_state import ExportState, identify, require_overlap, require_same
from workato_async.cli.output import Rows
from workato_async.cli.progress_bar import ProgressBar
from workato_async.cli.recipe_reader import RecipeReader, first_listed, missing_again
from workato_async.cli.terminal import echo_err, report_failures
from workato_async.endpoint import SINCE_ID
from workato_async.resources.recipes.recipes import LIST

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from workato_async import WorkatoSession
    from workato_async.cli.output import Format
    from workato_async.cli.selection import Selection

ONE_BY_ONE = "the server cannot list recipes with their code; fetching them one by one"
NOT_SURE = "it was not listed at first, and then it was; its file was kept. Run the command again"
COLUMNS = ("id", "change", "file", "from")


async def export_recipes(
    workato: WorkatoSession,
    selection: Selection,
    to: Path,
    *,
    dry_run: bool,
    allow_deletions: bool,
    output: Format,
) -> ExitStatus:
    """Update the files and print a row for each change.

    Files of deleted recipes are removed only without filters: a recipe that a filter excludes still exists. A run that
    misses too many recipes keeps all of their files; the next run that misses them too removes them.
    """
    token, workspace = await identify(workato)
    known = ExportState.read(to)
    require_same(known, token, to)
    folder = ExportFolder(to, write=not dry_run)
    before = {*folder.remaining}
    if before and not allow_deletions and not (known and known.is_sure(token)):
        require_overlap(before, await first_listed(workato, before), token, to)
    state = known.joined(token) if known else token
    projects = await _projects(workato)
    failed: dict[int | str, object] = {}
    reader = RecipeReader(workato, selection, failed)
    withheld: set[int] = set()
    count = removed = 0
    with (
        report_failures(failed),
        Rows(COLUMNS, output, none="nothing changed", changing=True) as rows,
        ProgressBar(
            workato.limiter, LIST.key, "recipes", calls_per_item=1 / SINCE_ID.largest, show=output.allows_progress
        ) as bar,
    ):
        if workspace and selection.selects_all:
            bar.expect(workspace.recipes_count)
        try:
            async with aclosing(reader.with_code(lambda: bar.echo_err(ONE_BY_ONE))) as recipes:
                async for recipe in recipes:
                    count += 1
                    bar.advance()
                    parent = _folder_of(recipe.project_id or 0, projects, folder)
                    relative = f"{parent}/{file_name(recipe.name, recipe.id, 'recipe')}.json"
                    change, former = folder.put(recipe.id, relative, content(recipe.to_dict()))
                    if change:
                        moved_from = former.relative_to(to).as_posix() if former else None
                        rows.add({"id": recipe.id, "change": change, "file": relative, "from": moved_from})
            if selection.selects_all:
                doubted = set() if allow_deletions else reader.missing(folder.remaining) - state.withheld
                if is_too_many(len(doubted), len(before)):
                    withheld = doubted
                elif doubted and (back := doubted - await missing_again(workato, doubted)):
                    reader.listed |= back
                    failed.update(dict.fromkeys(back, NOT_SURE))
                for recipe_id in sorted(reader.missing(folder.remaining) - withheld):
                    removed += 1
                    for path in folder.remove(recipe_id):
                        rows.add({"id": recipe_id, "change": "removed", "file": path.relative_to(to).as_posix()})
        finally:
            if not dry_run:
                noted = (state.withheld | withheld).intersection(folder.remaining)
                attrs.evolve(state, withheld=noted).write(to)
    if withheld:
        echo_err(
            f"withheld: {len(withheld):,} of {len(before):,} recipes are no longer listed, too many for a single run, "
            "so their files were kept. Run the command again to confirm, or use --allow-deletions"
        )
    removing = f", {'removing' if dry_run else 'removed'} {removed:,}" if removed else ""
    states = workato.limiter.snapshot().values()
    calls = sum(state.sent for state in states)
    if dry_run:  # it has read everything, just as the real run will
        seconds = max((state.sent - 1) // state.quota.requests * state.quota.per for state in states)
        echo_err(f"would export {count:,} recipes to {to}{removing}: {calls:,} calls, {about(seconds)}")
    else:
        echo_err(f"exported {count:,} recipes to {to}{removing} with {calls:,} calls")
    return ExitStatus.PARTLY_FAILED if failed or withheld else ExitStatus.DONE


async def _projects(workato: WorkatoSession) -> dict[int, str | None]:
    try:
        projects = {project.id: project.name async for project in workato.projects.list()}
    except PermissionDeniedError:
        echo_err("the token has no permission to list projects; new folders are named project-ID")
        projects = {}
    return {**projects, 0: "no project"}


def _folder_of(project_id: int, projects: Mapping[int, str | None], folder: ExportFolder) -> str:
    """Return the folder of a project; one that is not listed keeps the folder that it has."""
    former = None if project_id in projects else folder.project(project_id)
    return former or file_name(projects.get(project_id), project_id, "project")
