"""Listing the failed jobs of all recipes."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from workato_async import IncompleteListError
from workato_async.cli.command_runner import ExitStatus
from workato_async.cli.output import Format, Rows
from workato_async.cli.progress_bar import ProgressBar
from workato_async.cli.terminal import report_failures
from workato_async.resources.jobs import LIST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from workato_async import WorkatoSession


async def print_failed(
    workato: WorkatoSession,
    since: datetime,
    recipe_ids: Sequence[int] | None,
    output: Format,
    columns: Sequence[str],
) -> ExitStatus:
    """Print the failed jobs, a table with the newest first, and report recipes that could not be read."""
    failed: dict[str, object] = {}
    found = workato.jobs.failed(since=since, recipes=recipe_ids)
    bar = ProgressBar(workato.limiter, LIST.key, "failed jobs", show=output.allows_progress)
    kept: list[dict[str, Any]] = []
    with report_failures(failed), Rows(columns, output, none="no failed jobs found") as rows:
        try:
            with bar:
                async with aclosing(aiter(found)) as jobs:
                    async for job in jobs:
                        recipe = found.recipes.get(job.recipe_id or 0)
                        row = {**job.to_dict(), "recipe_id": job.recipe_id, "recipe_name": recipe and recipe.name}
                        if output is Format.TABLE:
                            kept.append(row)
                        else:
                            rows.add(row)
                        bar.advance()
        except IncompleteListError as error:
            failed.update(missing_parts(error))
        finally:
            for row in sorted(kept, key=lambda row: str(row.get("started_at") or ""), reverse=True):
                rows.add(row)
    return ExitStatus.PARTLY_FAILED if failed else ExitStatus.DONE


def missing_parts(error: IncompleteListError) -> Mapping[str, object]:
    """Return what a list of failed jobs lacks, with the reasons."""
    missing: dict[str, object] = {f"recipe {recipe_id}": reason for recipe_id, reason in error.errors.items()}
    if error.unreadable:
        missing["list of recipes"] = f"{error.unreadable:,} of its entries cannot be read"
    return missing
