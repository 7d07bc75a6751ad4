"""Which recipes a command works on: its filters, and the list they select."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from datetime import datetime

    from workato_async import Api, Pages
    from workato_async.resources.recipes.models import Recipe


@attrs.frozen(kw_only=True)
class Selection:
    """Filters; None or empty means no filter.

    Attributes:
        folder: the folder's id.
        subfolders: whether its subfolders are included.
        project: the project's id.
        running: True for running recipes, False for stopped ones.
        connectors: only recipes that use at least one of these.
        name: text in the name, case-insensitive.
        updated_after: only recipes updated after this time.
        stopped_after: only recipes stopped after this time.
    """

    folder: int | None = None
    subfolders: bool = False
    project: int | None = None
    running: bool | None = None
    connectors: Sequence[str] = ()
    name: str | None = None
    updated_after: datetime | None = None
    stopped_after: datetime | None = None

    @property
    def selects_all(self) -> bool:
        """Whether no filter is set."""
        return self == Selection()

    def pages(self, workato: Api, *, code: bool = False) -> Pages[Recipe]:
        """Return the list as far as the server can filter it; ``matches`` does the rest."""
        return workato.recipes.list(
            folder_id=self.folder,
            with_subfolders=True if self.subfolders else None,
            running=True if self.running else None,
            adapter_names_any=[*self.connectors] or None,
            updated_after=self.updated_after,
            stopped_after=self.stopped_after,
            includes=["tags"] if code else None,
            exclude_code=None if code else True,
            paging="since_id",
        )

    def matches(self, recipe: Recipe) -> bool:
        """Whether a recipe matches the filters that the server does not support."""
        return (
            (self.project is None or recipe.project_id == self.project)
            and (self.running is None or recipe.running == self.running)
            and (self.name is None or self.name.casefold() in (recipe.name or "").casefold())
        )

    async def recipes(self, workato: Api) -> AsyncGenerator[Recipe, None]:
        """Iterate over the recipes, without their code."""
        async with aclosing(self.pages(workato).pages()) as pages:
            async for page in pages:
                for recipe in filter(self.matches, page.items):
                    yield recipe
