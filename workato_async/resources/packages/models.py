"""Models of exports and imports, and the report of an import.

Source: "Recipe lifecycle management" (docs: workato-api/recipe-lifecycle-management) and the official client spec.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs

from workato_async.base_model import Model, Part
from workato_async.resources.transfers import RecipeNotRestarted, ToDo


@attrs.frozen(kw_only=True)
class RecipeImport(Part):
    """What an import did to one recipe.

    ``import_result`` is e.g. ``"restarted"``, ``"stopped"`` or ``"restart_failed"``. An import can complete although
    some recipes failed, so check each.
    """

    id: int | None = None
    import_result: str | None = None


@attrs.frozen(kw_only=True)
class Package(Model):
    """An export or import.

    ``operation_type`` is ``"export"`` or ``"import"``; ``status`` is ``"in_progress"``, ``"processing"``,
    ``"completed"`` or ``"failed"``, which ``error`` then explains. ``download_url`` of a finished export grants access
    to anyone who has it, so its repr does not show it.
    """

    id: int
    operation_type: str | None = None
    status: str | None = None
    export_manifest_id: int | None = None
    download_url: str | None = attrs.field(default=None, repr=False)
    error: str | None = None
    recipe_status: tuple[RecipeImport, ...] = ()


@attrs.frozen(kw_only=True)
class ImportReport(Part):
    """What became of an import.

    Attributes:
        folder: the id of the folder that it was imported into.
        package: the import itself; ``package.recipe_status`` says what it did to each recipe.
        not_restarted: recipes that ran before and do not run now, or that were not found.
        to_do: what a person must still do.
        ok: whether everything was imported, and all recipes that ran before run again.
        problem: why it failed; empty if it did not.
        waiting_until: when the current wait ends, for the 15 minutes between two imports; None if it is not waiting.
        seconds: how long it took, in seconds.
    """

    folder: int | str
    package: Package | None = None
    not_restarted: tuple[RecipeNotRestarted, ...] = ()
    to_do: tuple[ToDo, ...] = ()
    problem: str = ""
    waiting_until: datetime | None = None
    seconds: float = 0.0
    ok: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the fields that are set, as plain JSON types, without any link to a file."""
        package = self.package and attrs.evolve(self.package, download_url=None)
        return super(ImportReport, attrs.evolve(self, package=package)).to_dict()
