"""How a recipe differs from another one or from an exported file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workato_async.cli.command_runner import CommandError, ExitStatus
from workato_async.cli.export_folder import content
from workato_async.cli.names import resolve
from workato_async.cli.unified_diff import print_unified

if TYPE_CHECKING:
    from workato_async import WorkatoSession

PLACE = frozenset({"id", "folder_id", "project_id", "created_at", "user_id"})
"""Fields in which two recipes differ in any case."""


async def print_diff(workato: WorkatoSession, recipe: str, other: str) -> bool:
    """Print the unified diff from another recipe, or a file, to a recipe.

    Returns:
        Whether they differ.
    """
    recipe_id = await resolve(workato, "recipe", recipe)
    if (before := _read(Path(other))) is None:
        other_id = await resolve(workato, "recipe", other)
        before, name = await _exported(workato, other_id, without=PLACE), f"recipe {other_id}"
        after = await _exported(workato, recipe_id, without=PLACE)
    else:
        name, after = other, await _exported(workato, recipe_id)
    return print_unified(before.splitlines(), after.splitlines(), name, f"recipe {recipe_id}")


async def _exported(workato: WorkatoSession, recipe_id: int, without: frozenset[str] = frozenset()) -> str:
    recipe = (await workato.recipes.get(recipe_id, includes=["tags"])).to_dict()
    return content({name: value for name, value in recipe.items() if name not in without}).decode()


def _read(path: Path) -> str | None:
    """Return the text of an exported file; None if this is not the name of a file."""
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        if path.suffix == ".json":
            raise
        return None
    except ValueError:
        raise CommandError(f"error: {path}: not JSON", ExitStatus.USAGE) from None
    return json.dumps(found, indent=2, sort_keys=True, ensure_ascii=False)
