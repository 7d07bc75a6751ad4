"""Optimization reports of recipes, by Performance Copilot (private beta).

Source: "Recipes" (docs: workato-api/recipes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async._checks import require_listener, require_seconds
from workato_async.arguments import id_of
from workato_async.endpoint import Endpoint
from workato_async.limits.quota import Quota
from workato_async.operations import poll
from workato_async.resources._base import Resource, polled
from workato_async.resources.recipes.models import (
    RecipeHealth,
    ScanQueued,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from workato_async.resources.recipes.models import Recipe


GET = Endpoint("recipes.health.get", "GET", "/api/recipes/{recipe_id}/health", RecipeHealth, wrapper="data")
ANALYZE = Endpoint("recipes.health.analyze", "POST", "/api/recipes/{recipe_id}/health", ScanQueued, quota=Quota(20, 60))


class RecipeHealthReports(Resource):
    """Optimization reports of Performance Copilot (private beta): ``workato.recipes.health``."""

    __slots__ = ()

    async def get(self, recipe_id: int | Recipe) -> RecipeHealth | None:
        """Get the newest report; None if the recipe was never scanned.

        ``GET /api/recipes/{recipe_id}/health``, 60 a minute.
        """
        return await self._call_optional(GET, recipe_id)

    async def analyze(self, recipe_id: int | Recipe) -> ScanQueued:
        """Queue a scan. ``POST /api/recipes/{recipe_id}/health``, 20 a minute. Not idempotent."""
        return await self._call(ANALYZE, recipe_id)

    async def wait(
        self,
        recipe_id: int | Recipe,
        *,
        timeout: float = 120.0,
        on_progress: Callable[[RecipeHealth | None], object] | None = None,
    ) -> RecipeHealth:
        """Queue a scan and wait for its report: the calls of ``analyze`` and, for each poll, of ``get``.

        Args:
            recipe_id: the recipe.
            timeout: seconds to wait for the report, counted from when the scan is queued.
            on_progress: called after every poll with the current report: that of an earlier scan, or None, until the
                new one is there.

        Raises:
            WaitTimeoutError: if no newer report came in time; the scan may still finish.
        """
        require_seconds("timeout", timeout)
        require_listener("on_progress", on_progress, "a report", none=True)
        before = await self.get(recipe_id)
        await self.analyze(recipe_id)

        async def newer_report() -> RecipeHealth | None:
            health = await self.get(recipe_id)
            if on_progress is not None:
                on_progress(health)
            return None if health is None or _completed(health) == _completed(before) else health

        what = f"the health scan of recipe {id_of(recipe_id, 'recipe_id')}"
        return await poll(newer_report, timeout=timeout, what=what, polled=polled(self._caller, GET, recipe_id))


def _completed(health: RecipeHealth | None) -> datetime | None:
    return health.report.completed_at if health and health.report else None
