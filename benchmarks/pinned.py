"""What is kept in memory when one recipe of each page is kept.

All objects of a page share its body at first, so one that is kept for long could keep the whole page. Recipes are read
in every way that lists have, and one of each page stays: the memory held afterwards is measured, less what was held
before.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import sys
import tracemalloc
from functools import partial
from typing import TYPE_CHECKING

from benchmarks._report import Bound, Verdict, print_machine, print_table
from benchmarks._server import TOKEN, served
from workato_async import Limiter, Quota, WorkatoSession
from workato_async.resources.recipes.recipes import LIST
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from workato_async import Pages
    from workato_async.models import Recipe

MIB = 2**20
HELD = Bound(8, "one recipe kept of each of 200 pages, MiB held")

PER_PAGE = 100
PAGES = 20
"""Pages of the server; they are read again until there are enough."""
LIFTED = Quota(10**9, per=1)


async def _pages(recipes: Pages[Recipe]) -> AsyncIterator[Recipe]:
    async for page in recipes.pages():
        yield page.items[0]


async def _items(recipes: Pages[Recipe]) -> AsyncIterator[Recipe]:
    count = 0
    async for recipe in recipes:
        if count % PER_PAGE == 0:
            yield recipe
        count += 1


async def _cursors(recipes: Pages[Recipe]) -> AsyncIterator[Recipe]:
    cursor = None
    for _ in range(PAGES):
        page = await recipes.page(cursor)
        cursor = page.cursor
        yield page.items[0]


async def _limited(recipes: Pages[Recipe]) -> AsyncIterator[Recipe]:
    for number in range(1, PAGES + 1):
        yield (await recipes.from_cursor(str(number)).collect(limit=PER_PAGE))[0]


async def _filtered(recipes: Pages[Recipe]) -> AsyncIterator[Recipe]:
    for recipe in (await recipes.collect())[::PER_PAGE]:
        yield recipe


WAYS: dict[str, Callable[[Pages[Recipe]], AsyncIterator[Recipe]]] = {
    "async for page in pages.pages()": _pages,
    "async for item in pages": _items,
    "pages.page(cursor)": _cursors,
    "pages.collect(limit=) of each page": _limited,
    f"pages.collect() of {PAGES} pages, filtered": _filtered,
}


async def _measure(url: str, pages: int) -> tuple[int, dict[str, float]]:
    """Return the bytes of a page, and for each way the bytes held."""
    held: dict[str, float] = {}
    async with WorkatoSession(TOKEN, base_url=url, limiter=Limiter(quotas={LIST.key: LIFTED})) as workato:
        recipes = workato.recipes.list(per_page=PER_PAGE)
        length = sum(len(recipe.raw or b"") for recipe in (await recipes.page()).items)
        await recipes.collect()  # what is cached for good is not counted
        for name, read in WAYS.items():
            gc.collect()
            tracemalloc.start()
            kept: list[Recipe] = []
            while len(kept) < pages:
                kept += [recipe async for recipe in read(recipes)]
            gc.collect()
            held[name] = tracemalloc.get_traced_memory()[0]
            tracemalloc.stop()
    return length, held


def main() -> int:
    """Read in every way, print the table, check the bound."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pinned", description=__doc__)
    parser.add_argument("--pages", type=int, default=200, help="pages read in each way (default: 200)")
    pages: int = parser.parse_args().pages
    print_machine("msgspec")
    with served(partial(FakeWorkato, recipes=PAGES * PER_PAGE, jobs=0, window=None)) as server:
        length, held = asyncio.run(_measure(server.url, pages))
    print_table(
        f"One recipe kept of each of {pages} pages, {PER_PAGE} recipes and {length:,} bytes per page",
        ["", "MiB held", "MiB of the pages"],
        [[name, f"{bytes_ / MIB:,.2f}", f"{pages * length / MIB:,.1f}"] for name, bytes_ in held.items()],
    )
    verdict = Verdict()
    for name, bytes_ in held.items():
        verdict.check(HELD, bytes_ / MIB, name)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
