"""Which recipes a command works on: the filters, and the walk that they stand for."""

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
    """Filters; what is None or empty lets everything pass.

    Attributes:
        folder: the folder's id.
        subfolders: what lies in its subfolders, too.
        project: the project's id.
        running: True for running recipes, False for stopped ones.
        connectors: recipes that use at least one of them.
        name: a part of the name, in any case.
        updated_after: recipes updated after this moment.
        stopped_after: recipes stopped after this moment.
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
    def everything(self) -> bool:
        """Tell whether every recipe passes."""
        return self == Selection()

    def pages(self, workato: Api, *, code: bool = False) -> Pages[Recipe]:
        """Give the list that the server can make; :meth:`passes` does the rest."""
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

    def passes(self, recipe: Recipe) -> bool:
        """Tell whether a recipe passes the filters that the server does not know."""
        return (
            (self.project is None or recipe.project_id == self.project)
            and (self.running is None or recipe.running == self.running)
            and (self.name is None or self.name.casefold() in (recipe.name or "").casefold())
        )

    async def recipes(self, workato: Api) -> AsyncGenerator[Recipe, None]:
        """Walk through the recipes, without their code."""
        async with aclosing(self.pages(workato).pages()) as pages:
            async for page in pages:
                for recipe in filter(self.passes, page.items):
                    yield recipe
