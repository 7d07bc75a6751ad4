"""Jobs that are given on the command line or on standard input, by recipe."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import typer

from workato_async.cli.identifiers import STDIN, read_rows
from workato_async.cli.names import resolve
from workato_async.cli.terminal import echo_err

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workato_async import WorkatoSession


async def read_jobs(
    workato: WorkatoSession, recipe: str, given: Sequence[str], *, master: bool, pending: bool = False
) -> Mapping[int, Sequence[str]]:
    """Return the ids of jobs by recipe, each once and in their order.

    Args:
        workato: the session.
        recipe: id or name of the recipe, or ``-`` if the lines on standard input say which it is.
        given: ids, and ``-`` for standard input.
        master: of a line with a job, take the id of the job that it repeats, which can be repeated.
        pending: without ids, return the pending jobs of the recipe.

    Raises:
        typer.BadParameter: if there is no job, or a line names no recipe or job.
    """
    recipe_id = None if recipe == STDIN else await resolve(workato, "recipe", recipe)
    found: defaultdict[int, dict[str, None]] = defaultdict(dict)
    others = 0
    for one in [*([STDIN] if recipe_id is None and STDIN not in given else []), *given]:
        for row in read_rows(STDIN) if one == STDIN else [{"id": one}]:
            of_recipe = row.get("recipe_id", recipe_id)
            job_id = (row.get("master_job_id") if master else None) or row.get("id") or row.get("job_id")
            if type(of_recipe) is not int or not isinstance(job_id, str) or not job_id.strip():
                what = "RECIPE, or recipe_id in each line," if type(of_recipe) is not int else "an id of a job"
                raise typer.BadParameter(f"{what} is missing for {str(job_id or 'a line')[:80]!r}")
            if recipe_id in (None, of_recipe):
                found[of_recipe][job_id] = None
            else:
                others += 1
    if others:
        echo_err(f"left out: {others:,} job{'s' * (others != 1)} of recipes other than {recipe_id}")
    if pending and not found and not given and recipe_id is not None:
        found[recipe_id] = dict.fromkeys([job.id async for job in workato.jobs.list(recipe_id, status="pending")])
    elif not found and not (others or STDIN in given or recipe_id is None):
        raise typer.BadParameter("pass job ids, or - to read them from standard input", param_hint="JOB")
    return {one: [*job_ids] for one, job_ids in found.items()}
