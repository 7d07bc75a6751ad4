"""Walks over lists: every style of paging, what shifts under them, and servers that repeat themselves."""

from __future__ import annotations

import asyncio
import itertools
import json
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlsplit

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workato_async import ConfigurationError, Endpoint, NotFoundError, Page, Pages, PaginationError
from workato_async.caller import Caller
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
from workato_async.exchange import Request, Response
from workato_async.pages import REMEMBERED_PAGES, _Walk, next_cursor

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence


@attrs.frozen(kw_only=True)
class Thing:
    id: int
    name: str | None = None


@attrs.frozen(kw_only=True)
class Anonymous:
    name: str


def endpoint_of(listing: Listing, wrapper: str = "items", result: type = Thing) -> Endpoint[Any]:
    return Endpoint("things.list", "GET", "/api/things", result, wrapper=wrapper, listing=listing)


class Shelf:
    """A pipeline that answers with pages. ``page_of(query)`` gives the ids, or a whole envelope, or raises."""

    def __init__(self, page_of: Callable[[dict[str, str]], Any], *, seconds: float = 0.0) -> None:
        self.page_of = page_of
        self.seconds = seconds
        self.queries: list[dict[str, str]] = []
        self.cancelled = 0

    @property
    def requests(self) -> int:
        return len(self.queries)

    async def __call__(self, request: Request) -> Response:
        query = query_of(request)
        self.queries.append(query)
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        found = self.page_of(query)
        if isinstance(found, Response):
            return found
        tree = found if isinstance(found, dict) else {"items": [{"id": number} for number in found]}
        return Response(200, json.dumps(tree).encode())

    def pages(self, listing: Listing, *, query: Any = None, per_page: int | None = None, **kind: Any) -> Pages[Any]:
        return Pages(Caller(self, 45.0), endpoint_of(listing, **kind), (), query or {}, per_page=per_page)


def query_of(request: Request) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(request.target).query))


def numbered(things: Sequence[int], *, cursor: str = "page", size: str = "per_page") -> Callable[[dict[str, str]], Any]:
    def page_of(query: dict[str, str]) -> Sequence[int]:
        begin = (int(query[cursor]) - 1) * int(query[size])
        return things[begin : begin + int(query[size])]

    return page_of


def below(things: Sequence[int], *, cursor: str, size: str | int) -> Callable[[dict[str, str]], Any]:
    """Give the pages of a descending list by the id of the last item seen."""

    def page_of(query: dict[str, str]) -> Sequence[int]:
        limit = int(query[size]) if isinstance(size, str) else size
        found = [thing for thing in things if cursor not in query or thing < int(query[cursor])]
        return found[:limit]

    return page_of


def down_from(count: int) -> list[int]:
    return list(range(count, 0, -1))


async def ids_of(pages: Pages[Thing]) -> list[int]:
    return [thing.id async for thing in pages]


# --- the styles


@pytest.mark.parametrize(
    ("count", "per_page", "requests"),
    [(0, 10, 1), (1, 10, 1), (9, 10, 1), (10, 10, 2), (11, 10, 2), (25, 10, 3), (250, None, 3), (200, None, 3), (3, 1, 4)],
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


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250])
async def test_since_id(count: int) -> None:
    shelf = Shelf(below(down_from(count), cursor="since_id", size="per_page"))
    assert await ids_of(shelf.pages(SINCE_ID)) == down_from(count)
    assert "since_id" not in shelf.queries[0]
    assert "page" not in shelf.queries[0]
    assert shelf.requests == count // 100 + 1


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


@pytest.mark.parametrize(("count", "requests"), [(0, 1), (100, 1), (101, 2), (200, 2), (250, 3)])
async def test_page_number_ends_when_the_total_is_reached(count: int, requests: int) -> None:
    things = down_from(count)

    def page_of(query: dict[str, str]) -> dict[str, Any]:
        ids = numbered(things, cursor="page[number]", size="page[size]")(query)
        return {"data": [{"id": n} for n in ids], "total": count, "page": {"number": 1, "size": 100}}

    shelf = Shelf(page_of)
    assert await ids_of(shelf.pages(PAGE_NUMBER, wrapper="data")) == things
    assert shelf.requests == requests


async def test_page_number_without_a_total_ends_with_a_short_page() -> None:
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
        return {"1": [5, 4], "2": [4]}[query["page"]]

    assert await ids_of(Shelf(page_of).pages(PAGE, per_page=2)) == [5, 4]


async def test_the_memory_of_a_walk_is_bounded() -> None:
    walk = _Walk()
    for number in range(3 * REMEMBERED_PAGES):
        ids = [2 * number, 2 * number + 1]
        assert walk.fresh("k", ids, ids, str(number), str(number + 1)) == ids
    assert len(walk._seen) == len(walk._cursors) == REMEMBERED_PAGES
    assert len(walk._last) == 2


async def test_items_without_ids_are_all_delivered() -> None:
    shelf = Shelf(
        lambda query: {"items": [{"name": "same"}] * (2 if int(query["page"]) < 3 else 1)},
    )
    found = await shelf.pages(PAGE, per_page=2, result=Anonymous).collect()
    assert len(found) == 5


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


async def test_collect_refuses_a_negative_limit() -> None:
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
    cursors = [page.cursor async for page in Shelf(numbered(down_from(25))).pages(PAGE, per_page=10).pages()]
    assert cursors == ["2", "3", None]


async def test_from_cursor_none_is_the_start() -> None:
    pages = Shelf(numbered(down_from(25))).pages(PAGE, per_page=10)
    assert await ids_of(pages.from_cursor("3").from_cursor(None)) == down_from(25)


@pytest.mark.parametrize("cursor", ["", "0", "-1", "x", "1.5", "²", " 2", "2\n", 2, b"2", True])
def test_a_cursor_that_a_numbered_list_cannot_have_given_is_refused(cursor: Any) -> None:
    with pytest.raises(ConfigurationError):
        Shelf(lambda query: []).pages(PAGE).from_cursor(cursor)


def test_a_list_without_pages_has_no_cursors() -> None:
    with pytest.raises(ConfigurationError):
        Shelf(lambda query: []).pages(WHOLE).from_cursor("2")


@pytest.mark.parametrize("per_page", [0, -1, 101, 10**9, 1.5, "10", True, float("nan")])
def test_per_page_out_of_range_is_refused_before_anything_is_sent(per_page: Any) -> None:
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


# --- next_cursor is a function of values


@given(listing=st.sampled_from([PAGE, PAGE_NUMBER, PAGE_AFTER, SINCE_ID, OFFSET_JOB, WHOLE]), cursor=st.integers(1, 99))
def test_an_empty_page_is_always_the_last(listing: Listing, cursor: int) -> None:
    assert next_cursor(listing, str(cursor), 100 if listing.size else 0, [], {"total": 10**6, "per_page": 1}) is None


def test_a_per_page_of_nonsense_loses_nothing() -> None:
    for given_size in (0, -5):
        assert next_cursor(PAGE, None, 100, list(range(100)), {"per_page": given_size}) == "2"


def test_cursors_are_text() -> None:
    for listing, ids in itertools.product((SINCE_ID, PAGE_AFTER, OFFSET_JOB), ([3, 2], ["j-3", "j-2"])):
        assert next_cursor(listing, None, 2, ids, {}) == str(ids[-1])
    assert next_cursor(OFFSET_JOB_NEWER, None, 0, ["j-3", "j-2"], {}) == "j-3"
