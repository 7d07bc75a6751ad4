"""Lists: every style of paging, what shifts under them, and where the next page begins."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workato_async.endpoint import (
    OFFSET_JOB,
    OFFSET_JOB_NEWER,
    PAGE,
    PAGE_AFTER,
    PAGE_NUMBER,
    SINCE_ID,
    WHOLE,
    Listing,
)
from workato_async.pages import REMEMBERED_PAGES, _History, next_cursor

if TYPE_CHECKING:
    from collections.abc import Sequence
from tests.support.paged_lists import Anonymous, Shelf, below, down_from, ids_of, numbered

# --- the styles


@pytest.mark.parametrize(
    ("count", "per_page", "requests"),
    [
        (0, 10, 1),
        (1, 10, 2),
        (9, 10, 2),
        (10, 10, 2),
        (11, 10, 3),
        (25, 10, 4),
        (250, None, 4),
        (200, None, 3),
        (3, 1, 4),
    ],
)
async def test_page_and_per_page(count: int, per_page: int | None, requests: int) -> None:
    shelf = Shelf(numbered(down_from(count)))
    assert await ids_of(shelf.pages(PAGE, per_page=per_page)) == down_from(count)
    assert [query["page"] for query in shelf.queries] == [str(n) for n in range(1, requests + 1)]
    assert {query["per_page"] for query in shelf.queries} == {str(per_page or 100)}


async def test_a_server_that_gives_less_a_page_than_asked_and_says_so() -> None:
    things = down_from(95)

    def page_of(query: dict[str, str]) -> dict[str, Any]:
        ids = numbered(things)({**query, "per_page": "10"})
        return {"items": [{"id": n} for n in ids], "page": int(query["page"]), "per_page": 10}

    assert await ids_of(Shelf(page_of).pages(PAGE)) == things


async def test_since_id_with_smaller_pages_than_asked_loses_nothing() -> None:
    things = down_from(95)

    def page_of(query: dict[str, str]) -> dict[str, Any]:
        ids = below(things, cursor="since_id", size=10)(query)
        return {"items": [{"id": n} for n in ids], "per_page": 10}

    assert await ids_of(Shelf(page_of).pages(SINCE_ID)) == things


def test_a_server_that_says_more_than_was_asked_for_ends_nothing() -> None:
    assert next_cursor(PAGE, None, 10, list(range(10)), {"per_page": 100}) == "2"


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250])
async def test_since_id(count: int) -> None:
    shelf = Shelf(below(down_from(count), cursor="since_id", size="per_page"))
    assert await ids_of(shelf.pages(SINCE_ID)) == down_from(count)
    assert "since_id" not in shelf.queries[0]
    assert "page" not in shelf.queries[0]
    assert shelf.requests == -(-count // 100) + 1, "the last page is empty"


async def test_since_id_neither_loses_nor_repeats_while_things_come_and_go() -> None:
    things = down_from(300)

    def page_of(query: dict[str, str]) -> Sequence[int]:
        found: Sequence[int] = below(things, cursor="since_id", size="per_page")(query)
        things.insert(0, things[0] + 1)
        things.remove(max(thing for thing in things if thing <= 300))
        return found

    assert await ids_of(Shelf(page_of).pages(SINCE_ID)) == down_from(300)


@pytest.mark.parametrize("count", [0, 1, 7, 8, 100])
async def test_offset_job_id_goes_on_until_a_page_is_empty(count: int) -> None:
    shelf = Shelf(below(down_from(count), cursor="offset_job_id", size=7))
    assert await ids_of(shelf.pages(OFFSET_JOB)) == down_from(count)
    assert shelf.requests == -(-count // 7) + 1
    assert all(set(query) <= {"offset_job_id"} for query in shelf.queries), "the endpoint takes no page size"


async def test_offset_job_id_upwards_goes_on_from_the_newest_of_the_page() -> None:
    def page_of(query: dict[str, str]) -> list[int]:
        newer = [thing for thing in range(1, 51) if thing > int(query["offset_job_id"])]
        return newer[:7][::-1]

    shelf = Shelf(page_of)
    found = await ids_of(shelf.pages(OFFSET_JOB_NEWER, query={"offset_job_id": "10"}))
    assert sorted(found) == list(range(11, 51))
    assert shelf.queries[0]["offset_job_id"] == "10"


@pytest.mark.parametrize(("count", "requests"), [(0, 1), (99, 1), (100, 2), (101, 2), (200, 3), (250, 3)])
async def test_page_number_ends_with_a_short_page_that_reaches_the_total(count: int, requests: int) -> None:
    things = down_from(count)

    def page_of(query: dict[str, str]) -> dict[str, Any]:
        ids = numbered(things, cursor="page[number]", size="page[size]")(query)
        return {"data": [{"id": n} for n in ids], "total": count, "page": {"number": 1, "size": 100}}

    shelf = Shelf(page_of)
    assert await ids_of(shelf.pages(PAGE_NUMBER, wrapper="data")) == things
    assert shelf.requests == requests


async def test_page_number_without_a_total_ends_with_an_empty_page() -> None:
    shelf = Shelf(
        lambda query: {
            "data": [{"id": n} for n in numbered(down_from(250), cursor="page[number]", size="page[size]")(query)]
        }
    )
    assert await ids_of(shelf.pages(PAGE_NUMBER, wrapper="data")) == down_from(250)


async def test_page_number_with_smaller_pages_than_asked_loses_nothing() -> None:
    """A server that allows no more than 40 a page: the total says where the end is, not the size that was asked for."""
    things = down_from(120)

    def page_of(query: dict[str, str]) -> dict[str, Any]:
        ids = numbered(things)({"page": query["page[number]"], "per_page": "40"})
        return {"data": [{"id": n} for n in ids], "total": 120}

    assert await ids_of(Shelf(page_of).pages(PAGE_NUMBER, wrapper="data")) == things


@pytest.mark.parametrize("count", [0, 100, 101, 250])
async def test_page_after(count: int) -> None:
    shelf = Shelf(
        lambda query: {
            "data": [{"id": n} for n in below(down_from(count), cursor="page[after]", size="page[size]")(query)]
        }
    )
    assert await ids_of(shelf.pages(PAGE_AFTER, wrapper="data")) == down_from(count)
    assert all(query["page[size]"] == "100" for query in shelf.queries)


async def test_a_list_without_pages_is_one_request() -> None:
    shelf = Shelf(lambda query: down_from(1000))
    pages = [page async for page in shelf.pages(WHOLE).pages()]
    assert [len(page.items) for page in pages] == [1000]
    assert pages[0].cursor is None
    assert shelf.queries == [{}]


@given(
    count=st.integers(0, 60),
    size=st.integers(1, 20),
    style=st.sampled_from(["page", "since", "after", "offset", "number"]),
)
def test_every_style_delivers_everything_once_in_few_requests(count: int, size: int, style: str) -> None:
    things = down_from(count)
    listing, page_of, wrapper = {
        "page": (PAGE, numbered(things), "items"),
        "since": (SINCE_ID, below(things, cursor="since_id", size="per_page"), "items"),
        "after": (PAGE_AFTER, below(things, cursor="page[after]", size="page[size]"), "items"),
        "offset": (OFFSET_JOB, below(things, cursor="offset_job_id", size=size), "items"),
        "number": (PAGE_NUMBER, numbered(things, cursor="page[number]", size="page[size]"), "items"),
    }[style]
    shelf = Shelf(page_of)
    pages = shelf.pages(listing, per_page=size if listing.size else None, wrapper=wrapper)
    assert asyncio.run(ids_of(pages)) == things
    assert shelf.requests <= -(-count // size) + 1


# --- what shifts


async def test_items_that_shift_to_the_next_page_are_not_delivered_twice() -> None:
    things = down_from(30)

    def page_of(query: dict[str, str]) -> Sequence[int]:
        found: Sequence[int] = numbered(things)(query)
        things[:0] = [things[0] + 2, things[0] + 1]  # two newer ones push everything down
        return list(found)

    shelf = Shelf(page_of)
    pages = [page async for page in shelf.pages(PAGE, per_page=10).pages()]
    assert [thing.id for page in pages for thing in page.items] == down_from(30)
    assert [len(page.items) for page in pages][:2] == [10, 8]


async def test_an_item_that_comes_back_far_behind_is_no_reason_to_remember_all() -> None:
    """What is remembered are the last pages; a thing that was changed and moved to the end may come again."""
    shelf = Shelf(numbered([*down_from(50), 50]))
    assert (await ids_of(shelf.pages(PAGE, per_page=10))).count(50) == 2


async def test_a_page_that_shifted_as_a_whole_and_ends_is_an_empty_page_at_most() -> None:
    def page_of(query: dict[str, str]) -> list[int]:
        return {"1": [5, 4], "2": [4], "3": []}[query["page"]]

    assert await ids_of(Shelf(page_of).pages(PAGE, per_page=2)) == [5, 4]


async def test_the_memory_of_an_iteration_is_bounded() -> None:
    history = _History()
    for number in range(3 * REMEMBERED_PAGES):
        ids = [2 * number, 2 * number + 1]
        assert history.new_items("k", ids, ids, str(number), str(number + 1)) == ids
    assert len(history._seen) == len(history._cursors) == REMEMBERED_PAGES
    assert len(history._last) == 2


async def test_items_without_ids_are_all_delivered() -> None:
    shelf = Shelf(
        lambda query: {"items": [{"name": "same"}] * {"1": 2, "2": 2, "3": 1}.get(query["page"], 0)},
    )
    found = await shelf.pages(PAGE, per_page=2, result=Anonymous).collect()
    assert len(found) == 5


# --- next_cursor is a function of values


@given(listing=st.sampled_from([PAGE, PAGE_NUMBER, PAGE_AFTER, SINCE_ID, OFFSET_JOB, WHOLE]), cursor=st.integers(1, 99))
def test_an_empty_page_is_always_the_last(listing: Listing, cursor: int) -> None:
    assert next_cursor(listing, str(cursor), 100 if listing.size else 0, [], {"total": 10**6, "per_page": 1}) is None


def test_a_per_page_of_nonsense_loses_nothing() -> None:
    for given_size in (0, -5):
        assert next_cursor(PAGE, None, 100, list(range(100)), {"per_page": given_size}) == "2"


def test_cursors_are_text() -> None:
    for listing in (SINCE_ID, PAGE_AFTER, OFFSET_JOB):
        assert next_cursor(listing, None, 2, [3, 2], {}) == "2"
        assert next_cursor(listing, None, 2, ["j-3", "j-2"], {}) == "j-2"
    assert next_cursor(OFFSET_JOB_NEWER, None, 0, ["j-3", "j-2"], {}) == "j-3"
