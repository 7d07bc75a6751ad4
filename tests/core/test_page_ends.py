"""Where a list ends: nothing is lost to a page that is short or empty, and nothing to a counter that is wrong."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.paged_lists import Shelf, Thing, below, down_from, endpoint_of, ids_of, numbered
from workato_async import Pages, PaginationError
from workato_async.calls.caller import Caller
from workato_async.endpoint import (
    AFTER_MESSAGE,
    OFFSET_JOB,
    PAGE,
    PAGE_AFTER,
    PAGE_COUNTED,
    PAGE_NUMBER,
    SINCE_ID,
    WHOLE,
    JsonObject,
    Listing,
)
from workato_async.page_lengths import DOUBTS
from workato_async.pages import EMPTY_AGAINST_COUNTER

if TYPE_CHECKING:
    from collections.abc import Callable

BY_NUMBER = (PAGE, PAGE_COUNTED, PAGE_NUMBER)
BY_ID = (SINCE_ID, PAGE_AFTER, OFFSET_JOB)


def served(listing: Listing, things: list[int], length: int, counter: object = None) -> Callable[[dict[str, str]], Any]:
    """Return a server that gives pages of one length, whatever is requested, and counts as told."""

    def page_of(query: dict[str, str]) -> dict[str, Any]:
        if listing.numbered:
            first = (int(query[listing.cursor]) - 1) * length
            ids = things[first : first + length]
        else:
            ids = list(below(things, cursor=listing.cursor, size=length)(query))
        return {"items": [{"id": number} for number in ids], **({listing.total: counter} if listing.total else {})}

    return page_of


# --- short pages


@pytest.mark.parametrize("listing", [*BY_NUMBER, *BY_ID])
@pytest.mark.parametrize("counter", [None, 250])
async def test_a_server_that_gives_fifty_where_a_hundred_were_requested_loses_nothing(
    listing: Listing, counter: int | None
) -> None:
    shelf = Shelf(served(listing, down_from(250), 50, counter))
    assert await ids_of(shelf.pages(listing)) == down_from(250)


@pytest.mark.parametrize("listing", [*BY_NUMBER, SINCE_ID, PAGE_AFTER])
@pytest.mark.parametrize("short", [1, 2, 4])
async def test_a_short_page_in_the_middle_loses_nothing(listing: Listing, short: int) -> None:
    """As when the server filters a page after having cut it."""
    things = down_from(50)
    hidden = set(things[10 * short + 2 : 10 * short + 9])

    def page_of(query: dict[str, str]) -> dict[str, Any]:
        page = served(listing, things, 10, 50 - len(hidden))(query)
        return {**page, "items": [item for item in page["items"] if item["id"] not in hidden]}

    shelf = Shelf(page_of)
    assert await ids_of(shelf.pages(listing)) == [number for number in things if number not in hidden]


async def test_messages_too_are_read_to_an_empty_page() -> None:
    things = list(range(1, 96))
    served_messages = iter([things[:40], things[40:41], things[41:], []])
    shelf = Shelf(lambda query: next(served_messages))
    endpoint = attrs.evolve(endpoint_of(attrs.evolve(AFTER_MESSAGE, in_body=False)))
    pages: Pages[Thing] = Pages(Caller(shelf, 45.0), endpoint, (), {})
    assert await ids_of(pages) == things


@pytest.mark.parametrize("size", [9, 150])
@pytest.mark.parametrize("listing", [*BY_NUMBER, SINCE_ID, PAGE_AFTER])
async def test_a_server_that_knows_no_pages_has_given_everything(listing: Listing, size: int) -> None:
    """It returns the same again; an error would make the list unusable."""
    shelf = Shelf(lambda query: down_from(size))
    assert await ids_of(shelf.pages(listing)) == down_from(size)
    assert shelf.requests == 2


@pytest.mark.parametrize("around", [{"per_page": 4}, {"count": 20}])
async def test_but_not_if_it_says_that_there_is_more(around: dict[str, int]) -> None:
    shelf = Shelf(lambda query: {"items": [{"id": number} for number in down_from(4)], **around})
    with pytest.raises(PaginationError):
        await shelf.pages(PAGE_COUNTED).collect()


async def test_nor_if_a_later_page_comes_twice() -> None:
    shelf = Shelf(lambda query: {"1": [5, 4, 3], "2": [2, 1]}.get(query["page"], [2, 1]))
    with pytest.raises(PaginationError):
        await shelf.pages(PAGE).collect()


# --- counters


@pytest.mark.parametrize("listing", [PAGE_COUNTED, PAGE_NUMBER])
@pytest.mark.parametrize("counter", [10, 20, 25, 30, 39])
async def test_a_counter_does_not_end_a_list_of_full_pages(listing: Listing, counter: int) -> None:
    shelf = Shelf(served(listing, down_from(40), 10, counter))
    assert await ids_of(shelf.pages(listing, per_page=10)) == down_from(40)


@given(
    count=st.integers(0, 40),
    length=st.integers(1, 12),
    counter=st.one_of(st.none(), st.integers(-5, 60), st.sampled_from(["7", 1.5, True, [3]])),
)
def test_whatever_the_counter_says_no_item_is_lost(count: int, length: int, counter: object) -> None:
    for listing in (PAGE_COUNTED, PAGE_NUMBER, OFFSET_JOB):
        shelf = Shelf(served(listing, down_from(count), length, counter))
        pages = shelf.pages(listing, per_page=length if listing.size else None)
        assert asyncio.run(ids_of(pages)) == down_from(count)
        assert shelf.requests <= -(-count // length) + 1 + EMPTY_AGAINST_COUNTER


@pytest.mark.parametrize("listing", [PAGE_COUNTED, PAGE_NUMBER])
async def test_items_added_meanwhile_do_not_end_a_list(listing: Listing) -> None:
    things = down_from(25)

    def page_of(query: dict[str, str]) -> dict[str, Any]:
        page: dict[str, Any] = served(listing, things, 10, len(things))(query)
        things.insert(0, things[0] + 1)
        return page

    assert set(down_from(25)) <= set(await ids_of(Shelf(page_of).pages(listing, per_page=10)))


def hiccup(listing: Listing, empty: set[int], counter: object) -> Shelf:
    """Return forty things in pages of ten; some requests, counted from one, get an empty page."""

    def page_of(query: dict[str, str]) -> dict[str, Any]:
        page = served(listing, down_from(40), 10, counter)(query)
        return {**page, "items": []} if shelf.requests in empty else page

    shelf = Shelf(page_of)
    return shelf


@pytest.mark.parametrize("number", [1, 2, 3, 4])
@pytest.mark.parametrize("listing", [OFFSET_JOB, PAGE_COUNTED, PAGE_NUMBER])
async def test_an_empty_page_that_the_counter_contradicts_is_requested_again(listing: Listing, number: int) -> None:
    shelf = hiccup(listing, {number}, 40)
    assert await ids_of(shelf.pages(listing, per_page=10 if listing.size else None)) == down_from(40)
    assert shelf.queries[number] == shelf.queries[number - 1]


@pytest.mark.parametrize("listing", [PAGE_COUNTED, PAGE_NUMBER])
async def test_after_a_page_that_stays_empty_against_the_counter_the_next_is_read(listing: Listing) -> None:
    """The items of that page cannot be had; those after it can."""
    shelf = hiccup(listing, {2, 3}, 40)
    assert await ids_of(shelf.pages(listing, per_page=10)) == down_from(40)[:10] + down_from(40)[20:]
    assert [query[listing.cursor] for query in shelf.queries] == ["1", "2", "2", "3", "4", "5", "5", "6"]


async def test_a_counter_that_stays_too_high_is_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    shelf = Shelf(served(OFFSET_JOB, down_from(5), 10, 8))
    pages = shelf.pages(OFFSET_JOB)
    with caplog.at_level(logging.WARNING, "workato_async.pages"):
        for number in range(1, DOUBTS + 2):
            assert await ids_of(pages) == down_from(5)
            dear = min(number, DOUBTS)
            assert shelf.requests == 2 * number + EMPTY_AGAINST_COUNTER * dear
    assert [record.getMessage() for record in caplog.records] == [
        "GET /api/things: the server counts 8 items, but the pages have 5: the counter is wrong, or items are missing"
    ]


async def test_a_list_in_one_response_that_is_not_whole_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    for total, reports in ((100, 0), (99, 0), (None, 0), (150, 1)):
        tree = {"items": [{"id": number} for number in down_from(100)], "total": total}
        shelf = Shelf(lambda query, tree=tree: tree)  # type: ignore[misc]
        assert len(await shelf.pages(attrs.evolve(WHOLE, total="total"))) == 100
        assert (shelf.requests, len(caplog.records)) == (1, reports)


@pytest.mark.parametrize("listing", [PAGE_COUNTED, OFFSET_JOB])
async def test_a_list_that_is_empty_against_its_counter_is_one_empty_page(listing: Listing) -> None:
    shelf = Shelf(served(listing, [], 10, 3))
    assert [(page.items, page.cursor, page.total) async for page in shelf.pages(listing).pages()] == [([], None, 3)]
    assert shelf.requests == 1 + EMPTY_AGAINST_COUNTER


async def test_a_list_read_from_the_middle_is_not_held_against_the_counter(caplog: pytest.LogCaptureFixture) -> None:
    for listing, cursor in ((OFFSET_JOB, "21"), (PAGE_COUNTED, "3")):
        shelf = Shelf(served(listing, down_from(35), 10, 35))
        pages = shelf.pages(listing, per_page=10 if listing.size else None)
        assert len(await ids_of(pages.from_cursor(cursor))) in (15, 20)
        assert shelf.requests == 3
    assert caplog.records == []


# --- items without ids


@pytest.mark.parametrize("listing", [SINCE_ID, PAGE_AFTER, OFFSET_JOB])
@pytest.mark.parametrize("without", [{1}, {1, 2}, {6, 5}, {10, 6, 1}])
async def test_items_without_ids_neither_end_nor_break_a_list_that_continues_at_an_id(
    listing: Listing, without: set[int]
) -> None:
    things = down_from(10)

    def page_of(query: dict[str, str]) -> list[dict[str, Any]]:
        ids: list[int] = list(below(things, cursor=listing.cursor, size=5)(query))
        return [{"name": "no id"} if id_ in without else {"id": id_} for id_ in ids]

    shelf = Shelf(lambda query: {"items": page_of(query)})
    pages = shelf.pages(listing, per_page=5 if listing.size else None, result=JsonObject)
    items = await pages
    assert [item["id"] for item in items if "id" in item] == [id_ for id_ in things if id_ not in without]
    if without <= {1, 2}:
        assert len(items) == 10, "those behind the last cursor come once"


async def test_a_page_without_any_id_is_an_error_where_the_list_continues_at_an_id() -> None:
    shelf = Shelf(lambda query: {"items": [{"name": "no id"}] * 5})
    pages = shelf.pages(SINCE_ID, per_page=5, result=JsonObject)
    for fetching in (pages.page(), pages.collect()):
        with pytest.raises(PaginationError, match=r"^GET /api/things: no item of a page has an id"):
            await fetching


# --- what the errors and mistakes say


async def test_the_error_of_an_endless_list_names_the_object_and_the_host() -> None:
    caller = Caller(Shelf(lambda query: down_from(3)), 45.0, hosts={"api": "app.eu.workato.com"})
    endpoint = attrs.evolve(endpoint_of(PAGE), path="/api/recipes/{id}/things")
    with pytest.raises(PaginationError) as caught:
        await Pages(caller, endpoint, (42,), {}, per_page=3).collect()
    error = caught.value
    assert (error.path, error.host, error.endpoint) == (
        "/api/recipes/42/things", "app.eu.workato.com", "GET /api/recipes/{id}/things"
    )  # fmt: skip
    assert str(error).startswith("GET /api/recipes/42/things on app.eu.workato.com: the server returned the same page")


async def test_awaited_pages_are_a_list() -> None:
    shelf = Shelf(numbered(down_from(25)))
    pages = shelf.pages(PAGE, per_page=10)
    assert await pages == await pages.collect() == [Thing(id=number) for number in down_from(25)]
    one, other = await asyncio.gather(pages, pages)
    assert one == other == await pages


@pytest.mark.parametrize(
    "mistake",
    [list, len, bool, reversed, next, iter, lambda pages: pages[0], lambda pages: 1 in pages, lambda pages: [*pages]],
)  # fmt: skip
def test_pages_that_are_taken_for_a_list_say_what_to_write(mistake: Callable[[Any], object]) -> None:
    pages = Shelf(lambda query: []).pages(PAGE)
    with pytest.raises(TypeError, match=r"<Pages of GET /api/things> .*`async for item in …`.*`await …` for a list"):
        mistake(pages)


# --- items that cannot be read


@pytest.mark.parametrize("listing", [*BY_NUMBER, *BY_ID])
@pytest.mark.parametrize("odd", [None, {"name": "no id"}, 7])
async def test_items_that_cannot_be_read_count_as_items(listing: Listing, odd: object) -> None:
    """The list neither ends with them, nor is any other item lost."""
    things = down_from(35)

    def page_of(query: dict[str, str]) -> dict[str, Any]:
        page: dict[str, Any] = served(listing, things, 10, 35)(query)
        return {**page, "items": [odd if item["id"] in (30, 29, 18, 1) else item for item in page["items"]]}

    shelf = Shelf(page_of)
    pages = [page async for page in shelf.pages(listing, per_page=10 if listing.size else None).pages()]
    assert {thing.id for page in pages for thing in page.items} == set(things) - {30, 29, 18, 1}
    assert shelf.requests <= 6


async def test_a_page_of_items_that_cannot_be_read_ends_no_list() -> None:
    things = down_from(30)

    def page_of(query: dict[str, str]) -> dict[str, Any]:
        items = [{"id": number} for number in numbered(things)(query)]
        return {"items": [None] * 10 if query["page"] == "2" else items}

    pages = [page async for page in Shelf(page_of).pages(PAGE, per_page=10).pages()]
    assert [(len(page.items), len(page.unreadable)) for page in pages] == [(10, 0), (0, 10), (10, 0)]
