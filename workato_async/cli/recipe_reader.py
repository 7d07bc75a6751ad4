"""Reads the recipes of an export, and knows which ones it can tell to be missing.

A page has everything between its cursor and its last id. So a recipe that should be on it and is not there is missing,
unless something on the page could not be read, or its ids are in another order.
"""

from __future__ import annotations

import math
from contextlib import aclosing
from itertools import pairwise
from typing import TYPE_CHECKING

from workato_async import AuthenticationError, ServerError, WorkatoError, fan_out
from workato_async.cli.selection import Selection

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Collection, Iterable, MutableMapping

    from workato_async import Pages, WorkatoSession
    from workato_async.pages import Page
    from workato_async.resources.recipes.models import Recipe


class RecipeReader:
    """Reads the list of recipes.

    Args:
        workato: the session.
        selection: the recipes to read.
        failed: filled with what could not be read, by recipe id or place on a page.

    Attributes:
        listed: ids of the recipes on the pages so far.
    """

    def __init__(
        self, workato: WorkatoSession, selection: Selection, failed: MutableMapping[int | str, object]
    ) -> None:
        self._workato = workato
        self._selection = selection
        self._failed = failed
        self._gaps: list[tuple[float, float]] = []
        self._lowest = math.inf
        self.listed: set[int] = set()

    def reached(self, id_: int) -> bool:
        """Whether the pages so far go down to an id."""
        return self._lowest <= id_

    def missing(self, ids: Iterable[int]) -> set[int]:
        """Return the ids that should have been on the pages so far and were not."""
        return {
            id_
            for id_ in ids
            if id_ not in self.listed and not any(lower <= id_ < upper for lower, upper in self._gaps)
        }

    async def pages(self, list_: Pages[Recipe], below: float = math.inf) -> AsyncGenerator[Page[Recipe], None]:
        """Iterate over the pages down to an empty one: a short page is not the end.

        Args:
            list_: the list.
            below: where to begin: only recipes with lower ids.

        Raises:
            WorkatoError: any error of a call.
        """
        self._lowest = below
        while True:
            page, in_order = None, True
            start = None if math.isinf(self._lowest) else str(int(self._lowest))
            async with aclosing(list_.from_cursor(start).pages()) as pages:
                async for page in pages:
                    in_order = self._note(page)
                    yield page
            if page is None or not page.items or not in_order or page.cursor is not None:
                return  # a last page with a cursor was followed by an empty one

    async def with_code(self, on_fallback: Callable[[], object]) -> AsyncGenerator[Recipe, None]:
        """Iterate over the recipes with their code, 100 per call; if the server fails to do that, one per call.

        Args:
            on_fallback: called when it does so.

        Raises:
            WorkatoError: any error of a call, except those of a single recipe.
        """
        try:
            async with aclosing(self.pages(self._selection.pages(self._workato, code=True))) as pages:
                async for page in pages:
                    for recipe in filter(self._selection.matches, page.items):
                        yield recipe
            return
        except ServerError:
            on_fallback()
        ids = []
        async with aclosing(self.pages(self._selection.pages(self._workato), self._lowest)) as pages:
            async for page in pages:
                ids += [recipe.id for recipe in page.items if self._selection.matches(recipe)]
        async with fan_out(lambda id_: self._workato.recipes.get(id_, includes=["tags"]), ids) as outcomes:
            async for outcome in outcomes:
                if isinstance(outcome.error, WorkatoError) and not isinstance(outcome.error, AuthenticationError):
                    self._failed[outcome.item] = outcome.error
                else:
                    yield outcome.unwrap()

    def _note(self, page: Page[Recipe]) -> bool:
        """Note what a page has and what it does not prove; return whether it is in order."""
        ids = [recipe.id for recipe in page.items]
        for item in page.unreadable:
            where = "on the first page" if math.isinf(self._lowest) else f"below id {self._lowest}"
            self._failed[f"{item.path} {where}"] = item.reason
        in_order = all(higher > lower for higher, lower in pairwise([self._lowest, *ids]))
        if not in_order:
            self._failed["the list of recipes"] = "its ids are not in descending order, so it proves nothing missing"
        if page.unreadable or not in_order:
            self._gaps.append((min(ids, default=0), self._lowest))
        self.listed.update(ids)
        self._lowest = min([self._lowest, *ids])
        return in_order


async def first_listed(workato: WorkatoSession, ids: Collection[int]) -> set[int]:
    """Return those of the ids that are on the first page of the list that has any; usually one request."""
    reader = RecipeReader(workato, Selection(), {})
    async with aclosing(reader.pages(Selection().pages(workato))) as pages:
        async for _ in pages:
            if found := reader.listed.intersection(ids):
                return found
    return set()


async def missing_again(workato: WorkatoSession, ids: Collection[int]) -> set[int]:
    """Read the list once more where these ids belong, and return those that are not there."""
    reader = RecipeReader(workato, Selection(), {})
    async with aclosing(reader.pages(Selection().pages(workato), max(ids) + 1)) as pages:
        async for _ in pages:
            if reader.reached(min(ids)):
                break
    return reader.missing(ids)
