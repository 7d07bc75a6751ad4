"""Versions of recipes.

Source: "Recipes" (docs: workato-api/recipes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.endpoint import PAGE, Endpoint
from workato_async.resources._base import Resource, changes
from workato_async.resources.recipes.models import RecipeVersion

if TYPE_CHECKING:
    from workato_async.pages import Pages
    from workato_async.resources.recipes.models import Recipe


LIST = Endpoint(
    "recipes.versions.list", "GET", "/api/recipes/{recipe_id}/versions", RecipeVersion, wrapper="data", listing=PAGE
)
GET = Endpoint(
    "recipes.versions.get", "GET", "/api/recipes/{recipe_id}/versions/{id}", RecipeVersion, wrapper="data", single=True
)
UPDATE = Endpoint(
    "recipes.versions.update",
    "PATCH",
    "/api/recipes/{recipe_id}/versions/{id}",
    RecipeVersion,
    wrapper="data",
    single=True,
)


class RecipeVersions(Resource):
    """Versions of recipes: ``workato.recipes.versions``."""

    __slots__ = ()

    def list(self, recipe_id: int | Recipe, *, per_page: int | None = None) -> Pages[RecipeVersion]:
        """List the versions of a recipe, newest first. ``GET /api/recipes/{recipe_id}/versions``, 60 a minute.

        Args:
            recipe_id: the recipe.
            per_page: versions per page, 1 to 100.
        """
        return self._pages(LIST, recipe_id, per_page=per_page)

    async def get(self, recipe_id: int | Recipe, version_id: int | RecipeVersion) -> RecipeVersion:
        """Get one version. ``GET /api/recipes/{recipe_id}/versions/{id}``, 60 a minute."""
        return await self._call(GET, recipe_id, version_id)

    async def update(self, recipe_id: int | Recipe, version_id: int | RecipeVersion, *, comment: str) -> RecipeVersion:
        """Update the comment of a version, at most 255 characters.

        ``PATCH /api/recipes/{recipe_id}/versions/{id}``, 60 a minute. Idempotent.

        Raises:
            UnprocessableError: if the comment is too long.
        """
        return await self._call(UPDATE, recipe_id, version_id, body=changes(UPDATE, comment=comment))
