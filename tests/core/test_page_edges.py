"""The edges of lists: sizes, cursors, timeouts, and what the error of an endless one says."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from tests.support.paged_lists import Anonymous, Shelf, below, down_from, endpoint_of, ids_of, numbered
from workato_async import ConfigurationError, Pages, PaginationError
from workato_async.calls.caller import Caller
from workato_async.endpoint import OFFSET_JOB, PAGE, PAGE_COUNTED, SINCE_ID, WHOLE
from workato_async.http.messages import Request, Response
from workato_async.pages import EMPTY_PAGES, next_cursor


@pytest.mark.parametrize("per_page", [1, PAGE.largest])
async def test_sizes_up_to_the_largest(per_page: int) -> None:
    shelf = Shelf(numbered(down_from(3)))
    assert await ids_of(shelf.pages(PAGE, per_page=per_page)) == [3, 2, 1]
    assert shelf.queries[0]["per_page"] == str(per_page)


@pytest.mark.parametrize("per_page", [0, PAGE.largest + 1, True, "10", 1.0])
def test_other_sizes_are_invalid(per_page: Any) -> None:
    with pytest.raises(ConfigurationError, match="per_page of GET /api/things"):
        Shelf(numbered([])).pages(PAGE, per_page=per_page)


async def test_the_first_page_has_a_cursor_like_any_other() -> None:
    shelf = Shelf(numbered(down_from(3)))
    assert await ids_of(shelf.pages(PAGE).from_cursor("1")) == [3, 2, 1]


async def test_a_list_resumed_is_the_same_list() -> None:
    """It keeps its paging style and timeout, even where the endpoint has others."""
    timeouts: list[object] = []

    async def send(request: Request) -> Response:
        timeouts.append(request.timeout)
        return await shelf(request)

    shelf = Shelf(below(down_from(9), cursor="since_id", size="per_page"))
    pages: Pages[Any] = Pages(
        Caller(send, 45.0), endpoint_of(PAGE), (), {}, listing=SINCE_ID, per_page=3, start="9", timeout=70.0
    )
    assert await ids_of(pages.from_cursor("5")) == [4, 3, 2, 1]
    assert [query["since_id"] for query in shelf.queries] == ["5", "2", "1"]
    assert timeouts == [70.0] * 3


async def test_a_list_without_sizes_sends_none_when_resumed() -> None:
    shelf = Shelf(below(down_from(9), cursor="offset_job_id", size=4))
    assert await ids_of(shelf.pages(OFFSET_JOB).from_cursor("5")) == [4, 3, 2, 1]
    assert all(set(query) == {"offset_job_id"} for query in shelf.queries)


async def test_a_parameter_of_the_first_page_only_is_sent_once() -> None:
    shelf = Shelf(below(down_from(5), cursor="since_id", size="per_page"))
    listing = attrs.evolve(SINCE_ID, once="position")
    assert await ids_of(shelf.pages(listing, query={"position": "10"}, per_page=3)) == down_from(5)
    assert ["position" in query for query in shelf.queries] == [True, False, False]


async def test_the_first_item_costs_one_request() -> None:
    shelf = Shelf(numbered(down_from(3)))
    first = await shelf.pages(PAGE, per_page=1).first()
    assert first is not None
    assert first.id == 3
    assert shelf.requests == 1
    assert await Shelf(numbered([])).pages(PAGE).first() is None


@pytest.mark.parametrize("limit", [-1, -100])
async def test_a_negative_limit_is_invalid(limit: int) -> None:
    with pytest.raises(ConfigurationError, match=f"^limit .*{limit}"):
        await Shelf(numbered([])).pages(PAGE).collect(limit=limit)


def test_a_list_without_pages_has_no_cursors() -> None:
    with pytest.raises(ConfigurationError, match=r"GET /api/things .*no cursors"):
        Shelf(numbered([])).pages(WHOLE).from_cursor("1")


@pytest.mark.parametrize("cursor", ["0", "-1", "x", "", "²", 2])
def test_an_invalid_cursor_is_named(cursor: Any) -> None:
    with pytest.raises(ConfigurationError) as error:
        Shelf(numbered([])).pages(PAGE).from_cursor(cursor)
    assert repr(cursor) in str(error.value)


async def test_an_endpoint_that_is_not_a_list_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"GET /api/things"):
        Pages(Caller(Shelf(numbered([])), 45.0), attrs.evolve(endpoint_of(PAGE), listing=None), (), {})


async def test_the_same_page_again_names_the_endpoint_and_the_cursor() -> None:
    with pytest.raises(PaginationError, match=r"^GET /api/things: .*'2'") as error:
        await Shelf(lambda _: [3, 2, 1]).pages(PAGE, per_page=3).collect()
    assert error.value.endpoint == "GET /api/things"


async def test_a_cursor_that_leads_back_names_the_endpoint_and_the_cursor() -> None:
    following = attrs.evolve(WHOLE, cursor="after", following="next")
    numbers = iter(range(100))

    def page_of(query: dict[str, str]) -> dict[str, Any]:
        return {"items": [{"id": next(numbers)}], "next": {"": "b", "b": "c", "c": "b"}[query.get("after", "")]}

    with pytest.raises(PaginationError, match=r"^GET /api/things: .*'b'") as error:
        await Shelf(page_of).pages(following).collect()
    assert error.value.endpoint == "GET /api/things"


def empty_pages(count: int) -> Shelf:
    """Empty pages, each with a different cursor, between two pages with an item."""

    def page_of(query: dict[str, str]) -> dict[str, Any]:
        number = int(query.get("after", "0"))
        items = [] if 0 < number <= count else [{"id": number}]
        return {"items": items, "next": str(number + 1) if number <= count else None}

    return Shelf(page_of)


async def test_empty_pages_up_to_a_bound() -> None:
    following = attrs.evolve(WHOLE, cursor="after", following="next")
    assert await ids_of(empty_pages(EMPTY_PAGES).pages(following)) == [0, EMPTY_PAGES + 1]
    with pytest.raises(PaginationError, match=r"^GET /api/things: .*without items") as error:
        await empty_pages(EMPTY_PAGES + 1).pages(following).collect()
    assert error.value.endpoint == "GET /api/things"


async def test_items_without_ids_are_compared_by_what_they_are() -> None:
    """Different nameless pages are different, however many there are; only the third same page is one too many."""

    def pages_of(names: list[str]) -> Shelf:
        def page_of(query: dict[str, str]) -> dict[str, Any]:
            page = int(query["page"]) - 1
            return {"items": [{"name": name} for name in names[page : page + 1]], "per_page": 1}

        return Shelf(page_of)

    found = await pages_of(list("abcdab")).pages(PAGE, result=Anonymous).collect()
    assert [thing.name for thing in found] == list("abcdab")
    with pytest.raises(PaginationError):
        await pages_of(list("aaa")).pages(PAGE, result=Anonymous).collect()


@pytest.mark.parametrize("given", ["abc", None, 0, [1]])
def test_a_size_that_is_not_a_number_is_ignored(given: object) -> None:
    ids = list(range(10))
    assert next_cursor(PAGE_COUNTED, "1", 10, ids, {"per_page": given}, left=0) == "2"
    assert next_cursor(PAGE_COUNTED, "1", 11, ids, {"per_page": given}, left=0) is None
