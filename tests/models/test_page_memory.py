"""The objects of a page do not keep its bytes alive."""

from __future__ import annotations

import gc
import json
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.resources.test_samples import items, one
from tests.support.scripted_server import session_of
from workato_async.models import Recipe
from workato_async.origin import NEWEST_PAGES, Origin, _former_pages
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from workato_async import Pages

PER_PAGE = 10


def page(number: int, size: int = PER_PAGE) -> list[Recipe]:
    """Return a page of recipes, each with an unknown field."""
    trees = [{"id": number * size + place, "news": "x" * place} for place in range(1, size + 1)]
    return items("recipes.list", b"\n " + json.dumps({"items": trees, "count": size}).encode())


def turn_pages(times: int = 10) -> None:
    """Decode pages of which nothing is kept."""
    for number in range(times):
        page(number)


def bodies() -> int:
    """Return how many pages have their body."""
    gc.collect()
    return sum(isinstance(known, Origin) and len(known.models) > 1 for known in gc.get_objects())


@pytest.fixture(autouse=True)
def _start_clean() -> None:
    _former_pages._pages.clear()  # objects that other tests still hold would be looked at first
    gc.collect()
    gc.freeze()  # and would make every count slow
    turn_pages(100)


def test_one_object_of_each_page_keeps_no_page() -> None:
    before = bodies()
    kept = [page(number)[number % PER_PAGE] for number in range(50)]
    turn_pages()
    assert bodies() <= before + NEWEST_PAGES + 1
    for number, recipe in enumerate(kept):
        expected = {"id": recipe.id, "news": "x" * (number % PER_PAGE + 1)}
        assert recipe.raw == json.dumps(expected).encode()
        assert recipe.to_dict() == expected
        assert recipe.extra == {"news": expected["news"]}


@pytest.mark.parametrize(("left", "released"), [(0, True), (5, True), (6, False), (10, False)])
def test_at_most_half_of_the_objects_are_copied(left: int, released: bool) -> None:
    recipes = page(1)
    before = bodies()
    del recipes[left:]
    turn_pages()
    assert bodies() - before == (-1 if released else 0)
    assert [json.loads(recipe.raw or b"")["id"] for recipe in recipes] == [recipe.id for recipe in recipes]


def test_a_collected_list_that_is_filtered_is_released_by_what_is_decoded_later() -> None:
    before = bodies()
    recipes = [recipe for number in range(30) for recipe in page(number)]
    turn_pages()
    assert bodies() == before + 30
    del recipes[::2], recipes[::2]
    turn_pages(30)
    assert bodies() <= before + 1
    assert {len(recipe.extra["news"]) for recipe in recipes} <= set(range(1, PER_PAGE + 1))


def test_single_objects_that_are_decoded_release_pages_too() -> None:
    before = bodies()
    recipes = [recipe for number in range(10) for recipe in page(number)]
    assert bodies() == before + 10
    recipes = recipes[::PER_PAGE]
    for _ in range(10 * PER_PAGE):
        one("recipes.get", b'{"id": 1}')
    assert bodies() <= before + NEWEST_PAGES
    assert [recipe.to_dict()["id"] for recipe in recipes] == [recipe.id for recipe in recipes]


@pytest.mark.parametrize("others", [0, 100])
def test_looking_at_former_pages_costs_little(others: int, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = 0
    release = Origin.release

    def counting(origin: Origin) -> bool:
        nonlocal looked_at
        looked_at += len(origin.models)
        return release(origin)

    huge = page(0, 1000)
    kept = [page(number) for number in range(others)]
    monkeypatch.setattr(Origin, "release", counting)
    decoded = 0
    for number in range(100):
        kept.append(page(number))
        del kept[others:]
        decoded += PER_PAGE
        assert looked_at <= 2 * decoded + len(huge)
    assert looked_at >= decoded


def test_a_huge_page_does_not_stop_the_others_for_long() -> None:
    huge = page(0, 1000)
    before = bodies()
    kept = [page(number)[0] for number in range(300)]
    assert bodies() <= before + 2 * len(huge) // PER_PAGE
    assert len(kept) == 300


@given(st.lists(st.sets(st.integers(0, PER_PAGE - 1)), max_size=12))
def test_whatever_is_kept_has_its_own_json(kept: list[set[int]]) -> None:
    left = []
    for number, places in enumerate(kept):
        recipes = page(number)
        left += [recipes[place] for place in places]
    turn_pages(3)
    for recipe in left:
        assert recipe.to_dict() == {"id": recipe.id, "news": "x" * ((recipe.id - 1) % PER_PAGE + 1)}


def test_pages_of_two_threads() -> None:
    wrong: list[Recipe] = []

    def work(first: int) -> None:
        kept: list[Recipe] = []
        for number in range(first, first + 200):
            kept.append(page(number)[number % PER_PAGE])
            wrong.extend(recipe for recipe in kept[-5:] if recipe.to_dict()["id"] != recipe.id)

    threads = [threading.Thread(target=work, args=(1000 * number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


async def by_page(recipes: Pages[Recipe]) -> AsyncIterator[Recipe]:
    async for found in recipes.pages():
        yield found.items[0]


async def by_item(recipes: Pages[Recipe]) -> AsyncIterator[Recipe]:
    place = 0
    async for recipe in recipes:
        if place % PER_PAGE == 0:
            yield recipe
        place += 1


async def by_cursor(recipes: Pages[Recipe]) -> AsyncIterator[Recipe]:
    cursor = None
    while True:
        found = await recipes.page(cursor)
        if found.items:
            yield found.items[0]
        if (cursor := found.cursor) is None:
            return


async def by_collect(recipes: Pages[Recipe]) -> AsyncIterator[Recipe]:
    for number in range(1, 31):
        yield (await recipes.from_cursor(str(number)).collect(limit=PER_PAGE))[0]


@pytest.mark.parametrize("read", [by_page, by_item, by_cursor, by_collect], ids=lambda read: read.__name__)
async def test_every_way_to_read_a_list(read: Callable[[Pages[Recipe]], AsyncIterator[Recipe]]) -> None:
    async with FakeWorkato(recipes=300, jobs=0, window=None) as fake, session_of(fake.url) as workato:
        before = bodies()
        kept = [recipe async for recipe in read(workato.recipes.list(per_page=PER_PAGE))]
        assert len(kept) == 30
        assert bodies() <= before + NEWEST_PAGES + 1
        for recipe in kept:
            assert recipe.to_dict()["id"] == recipe.id
