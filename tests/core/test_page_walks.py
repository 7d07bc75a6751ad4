"""Walks over lists: servers that repeat themselves, one page ahead, leaving and resuming."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast

import pytest

from workato_async import (
    ConfigurationError,
    Endpoint,
    InvalidResponseError,
    NotFoundError,
    Page,
    Pages,
    PaginationError,
)
from workato_async.calls.caller import Caller
from workato_async.endpoint import (
    OFFSET_JOB,
    PAGE,
    PAGE_AFTER,
    PAGE_COUNTED,
    PAGE_NUMBER,
    SINCE_ID,
    WHOLE,
    Listing,
)
from workato_async.http.messages import Response

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
from tests.support.paged_lists import Anonymous, Shelf, Thing, below, down_from, endpoint_of, ids_of, numbered

# --- servers that repeat themselves


@pytest.mark.parametrize("listing", [PAGE, PAGE_NUMBER, SINCE_ID, PAGE_AFTER, OFFSET_JOB])
async def test_a_server_that_ignores_the_cursor_ends_in_an_error(listing: Listing) -> None:
    shelf = Shelf(lambda query: down_from(100))
    found: list[int] = []
    with pytest.raises(PaginationError) as caught:
        async for thing in shelf.pages(listing):
            found.append(thing.id)
    assert found == down_from(100)
    assert shelf.requests == 2
    assert caught.value.endpoint == "GET /api/things"


@pytest.mark.parametrize("period", [1, 2, 3, 7])
async def test_a_server_that_goes_round_in_circles_ends_in_an_error(period: int) -> None:
    def page_of(query: dict[str, str]) -> list[int]:
        number = (int(query["page"]) - 1) % period
        return [number * 10 + n for n in range(10)]

    shelf = Shelf(page_of)
    with pytest.raises(PaginationError):
        await shelf.pages(PAGE, per_page=10).collect()
    assert shelf.requests == period + 1


async def test_a_cursor_that_leads_back_ends_in_an_error() -> None:
    pages = {None: [9, 8], "8": [7, 6], "6": [5, 8]}
    shelf = Shelf(lambda query: pages[query.get("since_id")])
    with pytest.raises(PaginationError):
        await shelf.pages(SINCE_ID, per_page=2).collect()
    assert shelf.requests == 3


async def test_things_without_ids_end_too_if_the_server_repeats_its_only_page() -> None:
    shelf = Shelf(lambda query: {"items": [{"name": "same"}] * 2} if shelf.requests < 50 else {"items": []})
    with pytest.raises(PaginationError):
        await shelf.pages(PAGE, per_page=2, result=Anonymous).collect()


# --- one page ahead


async def test_the_next_page_is_fetched_while_the_caller_works_on_this_one() -> None:
    shelf = Shelf(numbered(down_from(30)), seconds=1)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    async for page in shelf.pages(PAGE, per_page=10).pages():
        before = shelf.requests
        await asyncio.sleep(5)
        assert shelf.requests == min(before + 1, 4)
        assert page.items
    assert loop.time() - begun == pytest.approx(1 + 3 * 5, abs=0.1)


async def test_only_one_page_is_fetched_ahead() -> None:
    shelf = Shelf(numbered(down_from(100)))
    async with aclosing(cast("AsyncGenerator[Page[Thing], None]", shelf.pages(PAGE, per_page=10).pages())) as pages:
        await anext(pages)
        await asyncio.sleep(60)
        assert shelf.requests == 2


@pytest.mark.parametrize("way", ["break", "error", "aclose", "cancel"])
async def test_the_fetch_ahead_is_cancelled_when_the_walk_is_left(way: str) -> None:
    shelf = Shelf(numbered(down_from(100)))
    others = asyncio.all_tasks()

    async def walk() -> None:
        if way == "aclose":
            pages = cast("AsyncGenerator[Page[Thing], None]", shelf.pages(PAGE, per_page=10).pages())
            await anext(pages)
            shelf.seconds = 1e6
            await asyncio.sleep(0.1)
            await pages.aclose()
            return
        async for _ in shelf.pages(PAGE, per_page=10):
            shelf.seconds = 1e6
            await asyncio.sleep(0.1)
            if way == "break":
                break
            if way == "error":
                raise KeyError("mine")
            await asyncio.sleep(1e5)

    walking = asyncio.create_task(walk())
    await asyncio.sleep(1)
    if way == "cancel":
        walking.cancel()
    await asyncio.gather(walking, return_exceptions=True)
    for _ in range(5):
        await asyncio.sleep(0)
    assert shelf.requests == 2
    assert shelf.cancelled == 1
    assert asyncio.all_tasks() == others


async def test_an_error_of_the_fetch_ahead_comes_after_the_items_before_it() -> None:
    def page_of(query: dict[str, str]) -> Any:
        return Response(404, b'{"message": "Not found"}') if query["page"] == "3" else numbered(down_from(30))(query)

    found: list[int] = []
    with pytest.raises(NotFoundError):
        async for thing in Shelf(page_of).pages(PAGE, per_page=10):
            found.append(thing.id)
    assert found == down_from(30)[:20]


async def test_an_error_of_the_fetch_ahead_that_nobody_waits_for_is_no_noise(caplog: pytest.LogCaptureFixture) -> None:
    def page_of(query: dict[str, str]) -> Any:
        return Response(404) if query["page"] == "2" else down_from(10)

    async for _ in Shelf(page_of).pages(PAGE, per_page=10):
        await asyncio.sleep(1)
        break
    await asyncio.sleep(1)
    assert caplog.records == []


# --- first, collect, from_cursor


async def test_first_sends_one_request() -> None:
    shelf = Shelf(numbered(down_from(300)))
    thing = await shelf.pages(PAGE).first()
    await asyncio.sleep(1)
    assert thing == Thing(id=300)
    assert shelf.requests == 1
    empty = Shelf(lambda query: [])
    assert await empty.pages(PAGE).first() is None
    assert empty.requests == 1


@pytest.mark.parametrize(
    ("limit", "requests"), [(0, 0), (1, 1), (10, 1), (11, 2), (20, 2), (29, 3), (30, 3), (31, 4), (10**9, 4), (None, 4)]
)
async def test_collect_fetches_no_page_that_the_limit_does_not_need(limit: int | None, requests: int) -> None:
    shelf = Shelf(numbered(down_from(30)))
    found = await shelf.pages(PAGE, per_page=10).collect(limit=limit)
    await asyncio.sleep(1)
    assert [thing.id for thing in found] == down_from(30)[:limit]
    assert shelf.requests == requests


async def test_collect_takes_no_negative_limit() -> None:
    with pytest.raises(ConfigurationError):
        await Shelf(lambda query: []).pages(PAGE).collect(limit=-1)


async def test_a_list_can_be_walked_again() -> None:
    shelf = Shelf(numbered(down_from(25)))
    pages = shelf.pages(PAGE, per_page=10)
    assert await ids_of(pages) == await ids_of(pages) == down_from(25)


@pytest.mark.parametrize("style", ["page", "since", "offset"])
@pytest.mark.parametrize("after", [1, 2, 3])
async def test_from_cursor_resumes_exactly(style: str, after: int) -> None:
    things = down_from(30)
    listing, page_of = {
        "page": (PAGE, numbered(things)),
        "since": (SINCE_ID, below(things, cursor="since_id", size="per_page")),
        "offset": (OFFSET_JOB, below(things, cursor="offset_job_id", size=10)),
    }[style]
    pages = Shelf(page_of).pages(listing, per_page=10 if listing.size else None, query={"status": "failed"})
    before, cursor = [], None
    async for number, page in _enumerate(pages.pages()):
        before += [thing.id for thing in page.items]
        cursor = page.cursor
        if number == after:
            break
    assert cursor is not None
    shelf = Shelf(page_of)
    resumed = Pages(
        Caller(shelf, 45.0), endpoint_of(listing), (), {"status": "failed"}, per_page=10 if listing.size else None
    ).from_cursor(cursor)
    assert before + await ids_of(resumed) == things
    assert all(query["status"] == "failed" for query in shelf.queries)


async def _enumerate(pages: Any) -> AsyncGenerator[tuple[int, Page[Thing]], None]:
    number = 0
    async for page in pages:
        number += 1
        yield number, page


async def test_the_cursor_of_the_last_page_is_none() -> None:
    def page_of(query: dict[str, str]) -> dict[str, Any]:
        ids = numbered(down_from(25))(query)
        return {"items": [{"id": number} for number in ids], "count": 25}

    cursors = [page.cursor async for page in Shelf(page_of).pages(PAGE_COUNTED, per_page=10).pages()]
    assert cursors == ["2", "3", None]


async def test_a_cursor_may_lead_to_an_empty_page() -> None:
    pages = [page async for page in Shelf(numbered(down_from(25))).pages(PAGE, per_page=10).pages()]
    assert [(len(page.items), page.cursor) for page in pages] == [(10, "2"), (10, "3"), (5, "4")]


async def test_from_cursor_none_is_the_start() -> None:
    pages = Shelf(numbered(down_from(25))).pages(PAGE, per_page=10)
    assert await ids_of(pages.from_cursor("3").from_cursor(None)) == down_from(25)


@pytest.mark.parametrize("cursor", ["", "0", "-1", "x", "1.5", "²", " 2", "2\n", 2, b"2", True])
def test_a_cursor_that_a_numbered_list_cannot_have_given_is_invalid(cursor: Any) -> None:
    with pytest.raises(ConfigurationError):
        Shelf(lambda query: []).pages(PAGE).from_cursor(cursor)


def test_a_list_without_pages_has_no_cursors() -> None:
    with pytest.raises(ConfigurationError):
        Shelf(lambda query: []).pages(WHOLE).from_cursor("2")


@pytest.mark.parametrize("per_page", [0, -1, 101, 10**9, 1.5, "10", True, float("nan")])
def test_per_page_out_of_range_is_invalid_before_anything_is_sent(per_page: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Shelf(lambda query: []).pages(PAGE, per_page=per_page)
    assert "1 to 100" in str(caught.value)


def test_an_endpoint_that_is_no_list_has_no_pages() -> None:
    with pytest.raises(ConfigurationError):
        Pages(Caller(Shelf(lambda query: []), 45.0), Endpoint("x", "GET", "/api/x", Thing), (), {})


def test_nothing_is_sent_before_a_list_is_walked() -> None:
    shelf = Shelf(lambda query: [])
    repr(shelf.pages(PAGE))
    shelf.pages(PAGE).pages()
    assert shelf.requests == 0


# --- one page


async def test_one_page_is_one_request() -> None:
    shelf = Shelf(numbered(down_from(30)))
    pages = shelf.pages(PAGE, per_page=10, query={"status": "failed"})
    page = await pages.page()
    await asyncio.sleep(60)
    assert ([thing.id for thing in page.items], page.cursor, page.total) == (down_from(30)[:10], "2", None)
    assert shelf.queries == [{"page": "1", "per_page": "10", "status": "failed"}]
    again = await pages.page(page.cursor)
    assert [thing.id for thing in again.items] == down_from(20)[:10]
    assert shelf.requests == 2


@pytest.mark.parametrize("style", ["page", "since", "offset", "after", "number"])
async def test_a_list_read_page_by_page_is_whole(style: str) -> None:
    things = down_from(25)
    listing, page_of, wrapper = {
        "page": (PAGE, numbered(things), "items"),
        "since": (SINCE_ID, below(things, cursor="since_id", size="per_page"), "items"),
        "offset": (OFFSET_JOB, below(things, cursor="offset_job_id", size=10), "items"),
        "after": (PAGE_AFTER, below(things, cursor="page[after]", size="page[size]"), "items"),
        "number": (PAGE_NUMBER, numbered(things, cursor="page[number]", size="page[size]"), "items"),
    }[style]
    pages = Shelf(page_of).pages(listing, per_page=10 if listing.size else None, wrapper=wrapper)
    page = await pages.page()
    found = [*page.items]
    while page.cursor is not None:
        page = await pages.page(page.cursor)
        found += page.items
    assert [thing.id for thing in found] == things


async def test_one_page_begins_where_the_list_does() -> None:
    shelf = Shelf(numbered(down_from(30)))
    page = await shelf.pages(PAGE, per_page=10).from_cursor("3").page()
    assert [thing.id for thing in page.items] == down_from(10)


async def test_a_page_says_how_many_items_the_whole_list_has() -> None:
    def page_of(query: dict[str, str]) -> dict[str, Any]:
        ids = numbered(down_from(25), cursor="page[number]", size="page[size]")(query)
        return {"data": [{"id": number} for number in ids], "total": 25}

    pages = Shelf(page_of).pages(PAGE_NUMBER, per_page=10, wrapper="data")
    assert (await pages.page("2")).total == 25
    assert [page.total async for page in pages.pages()] == [25, 25, 25]


async def test_a_total_of_nonsense_is_none() -> None:
    shelf = Shelf(lambda query: {"data": [], "total": "many"})
    assert (await shelf.pages(PAGE_NUMBER, wrapper="data").page()).total is None


def test_a_page_is_read_from_the_json_of_a_response() -> None:
    endpoint = endpoint_of(PAGE_NUMBER, "data")
    page = Page.from_json(endpoint, b'{"data": [{"id": 2}, {"id": 1}], "total": 25}')
    assert page == Page([Thing(id=2), Thing(id=1)], None, 25)
    with pytest.raises(InvalidResponseError):
        Page.from_json(endpoint, b"<html>")
    with pytest.raises(ConfigurationError, match="is not a list"):
        Page.from_json(Endpoint("x", "GET", "/api/x", Thing), b"[]")


@pytest.mark.parametrize("cursor", ["", "0", "x", 2])
async def test_one_page_takes_no_cursor_that_the_list_cannot_have_given(cursor: Any) -> None:
    shelf = Shelf(lambda query: [])
    with pytest.raises(ConfigurationError):
        await shelf.pages(PAGE).page(cursor)
    with pytest.raises(ConfigurationError):
        await shelf.pages(WHOLE).page("2")
    assert shelf.requests == 0
