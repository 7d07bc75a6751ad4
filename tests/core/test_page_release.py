"""While the next page is fetched, the former one is only as alive as its reader keeps it."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.scripted_server import reply, session_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.support.scripted_server import Reply, ScriptedServer, Seen
    from workato_async import Pages
    from workato_async.models import Recipe

PER_PAGE = 10


def _page_of(seen: Seen) -> Reply:
    page = int(seen.query["page"])
    return reply(200, {"items": [{"id": 100 * page + number} for number in range(PER_PAGE)]}, delay=1.0)


async def _item_by_item(recipes: Pages[Recipe], refs: list[Any]) -> AsyncGenerator[None]:
    async for recipe in recipes:
        refs.append(weakref.ref(recipe))
        if len(refs) == PER_PAGE:
            yield


async def _pages_let_go(recipes: Pages[Recipe], refs: list[Any]) -> AsyncGenerator[None]:
    walk = recipes.pages()
    while (page := await anext(walk, None)) is not None:
        refs += map(weakref.ref, page.items)
        del page
        if len(refs) == PER_PAGE:
            yield


@pytest.mark.parametrize("read", [_item_by_item, _pages_let_go])
async def test_a_page_goes_before_the_next_one_comes(server: ScriptedServer, read: Any) -> None:
    server.otherwise = _page_of
    refs: list[Any] = []
    gc.disable()
    try:
        async with session_of(server.url) as workato:
            walk = read(workato.recipes.list(per_page=PER_PAGE), refs)
            await anext(walk)
            waiting = asyncio.ensure_future(anext(walk))
            await asyncio.sleep(0.5)
            alive = [ref().id for ref in refs if ref() is not None]
            waiting.cancel()
            await asyncio.wait([waiting])
    finally:
        gc.enable()
    assert set(alive) <= {100 + PER_PAGE - 1}, "the reader's own variable may hold the last one"
