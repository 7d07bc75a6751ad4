"""Every style of paging, held against the same questions: does it end, can it loop, does a shift repeat items?"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.paged_lists import Thing, down_from, ids_of, query_of
from workato_async import Endpoint, Pages, PaginationError
from workato_async.calls.caller import Caller
from workato_async.endpoint import (
    AFTER_MESSAGE,
    CONTINUATION,
    OFFSET_JOB,
    OFFSET_JOB_NEWER,
    PAGE,
    PAGE_AFTER,
    PAGE_COUNTED,
    PAGE_NUMBER,
    SINCE_ID,
    WHOLE,
    Listing,
)
from workato_async.http.messages import Request, Response
from workato_async.pages import EMPTY_PAGES, next_cursor

SIZE = 4
"""Items that a server of these tests puts on a page."""
Parameters = dict[str, Any]
Serve = Callable[[Sequence[int], Parameters], dict[str, Any]]
"""From all ids, newest first, and the parameters of a request to an response."""


@attrs.frozen
class Style:
    """A way to page.

    Attributes:
        listing: what the client knows of it.
        serve: what the server does.
        asked: the items a page that the client asks for; None where it cannot.
        query: other parameters.
        ascending: the items come oldest first, at least page by page.
    """

    listing: Listing
    serve: Serve
    asked: int | None = SIZE
    query: Parameters = attrs.field(factory=dict)
    ascending: bool = False


def items_of(ids: Sequence[int], **around: Any) -> dict[str, Any]:
    return {"items": [{"id": one} for one in ids], **around}


def numbered(things: Sequence[int], parameters: Parameters) -> Sequence[int]:
    number = int(parameters.get("page") or parameters["page[number]"])
    return things[(number - 1) * SIZE : number * SIZE]


def older(things: Sequence[int], last: str | None) -> Sequence[int]:
    return [one for one in things if last is None or one < int(last)][:SIZE]


def newer(things: Sequence[int], last: str | None) -> Sequence[int]:
    """Return the next newer items, oldest first."""
    return [one for one in things[::-1] if last is None or one > int(last)][:SIZE]


def by_token(things: Sequence[int], parameters: Parameters) -> dict[str, Any]:
    begin = int(parameters.get("continuation_token", "from-0").removeprefix("from-"))
    end = begin + SIZE
    following = f"from-{end}" if end < len(things) else None
    return items_of(things[begin:end], continuation_token=following, count=SIZE, limit=SIZE)


STYLES: dict[str, Style] = {
    "page": Style(PAGE, lambda things, sent: items_of(numbered(things, sent))),
    "page, less than asked": Style(
        PAGE, lambda things, sent: items_of(numbered(things, sent), page=int(sent["page"]), per_page=SIZE), 10
    ),
    "page, counted": Style(
        attrs.evolve(PAGE, total="count"),
        lambda things, sent: items_of(numbered(things, sent), count=len(things)),
    ),
    "page, counted, less than asked": Style(
        attrs.evolve(PAGE, total="count"),
        lambda things, sent: items_of(numbered(things, sent), count=len(things)),
        10,
    ),
    "page[number]": Style(
        PAGE_NUMBER, lambda things, sent: items_of(numbered(things, sent), total=len(things), page={"size": SIZE})
    ),
    "page[after]": Style(PAGE_AFTER, lambda things, sent: items_of(older(things, sent.get("page[after]")))),
    "since_id": Style(SINCE_ID, lambda things, sent: items_of(older(things, sent.get("since_id")))),
    "offset_job_id": Style(OFFSET_JOB, lambda things, sent: items_of(older(things, sent.get("offset_job_id"))), None),
    "offset_job_id, prev": Style(
        OFFSET_JOB_NEWER,
        lambda things, sent: items_of(newer(things, sent["offset_job_id"])[::-1]),
        None,
        {"offset_job_id": "0", "prev": True},
        ascending=True,
    ),
    "continuation_token": Style(CONTINUATION, by_token),
    "after_message_id": Style(
        AFTER_MESSAGE, lambda things, sent: items_of(newer(things, sent.get("after_message_id"))), ascending=True
    ),
    "none": Style(WHOLE, lambda things, sent: items_of(things), None),
}
PAGED = {name: style for name, style in STYLES.items() if style.listing.cursor}
WITH_CURSOR_OF_SERVER = {name: style for name, style in PAGED.items() if not style.listing.numbered}
every_style = pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
every_paged_style = pytest.mark.parametrize("style", PAGED.values(), ids=PAGED)


class Server:
    """A pipeline that pages ``things`` in some style; ``respond`` may play tricks."""

    def __init__(self, style: Style, things: list[int]) -> None:
        self.style = style
        self.things = things
        self.sent: list[Parameters] = []
        self.respond: Callable[[Parameters], dict[str, Any]] = lambda sent: style.serve(self.things, sent)

    async def __call__(self, request: Request) -> Response:
        parameters: Parameters = query_of(request)
        assert (request.body is not None) is self.style.listing.in_body
        if isinstance(request.body, bytes):
            assert parameters == {}, "what goes into the body does not go into the query"
            parameters = json.loads(request.body)
        assert len(self.sent) <= 2 * EMPTY_PAGES, "without end"
        self.sent.append(parameters)
        return Response(200, json.dumps(self.respond(parameters)).encode())

    def pages(self) -> Pages[Thing]:
        style = self.style
        method = "POST" if style.listing.in_body else "GET"
        endpoint = Endpoint("things.list", method, "/api/things", Thing, wrapper="items", listing=style.listing)
        return Pages(Caller(self, 45.0), endpoint, (), style.query, per_page=style.asked)


# --- the end


@every_style
@given(count=st.integers(0, 30))
def test_a_walk_delivers_everything_once_and_ends(style: Style, count: int) -> None:
    server = Server(style, down_from(count))
    found = asyncio.run(ids_of(server.pages()))
    if style.ascending:
        assert sorted(found) == sorted(server.things)
        assert [max(found[i : i + SIZE]) for i in range(0, count, SIZE)] == sorted(
            max(found[i : i + SIZE]) for i in range(0, count, SIZE)
        )
    else:
        assert found == server.things
    pages = -(-count // SIZE) if style.listing.cursor else 0
    assert len(server.sent) <= pages + 1
    if style.listing.following:  # the server says where the end is, so nothing is asked for in vain
        assert len(server.sent) == max(pages, 1)
    elif style.listing.total and style.listing.size and (count % SIZE or style.asked != SIZE):
        assert len(server.sent) == max(pages, 1), "a short page and the total agree"
    elif style.listing.cursor:
        assert len(server.sent) == pages + 1, "only an empty page is the end"


@every_style
async def test_every_page_is_asked_for_with_the_same_parameters_but_the_cursor(style: Style) -> None:
    server = Server(attrs.evolve(style, query={**style.query, "status": "failed"}), down_from(10))
    await server.pages().collect()
    listing = style.listing
    rest = [{name: value for name, value in sent.items() if name != listing.cursor} for sent in server.sent]
    assert all(sent == rest[0] for sent in rest)
    assert rest[0]["status"] == "failed"
    if listing.size:
        assert int(rest[0][listing.size]) == style.asked
    cursors = [sent.get(listing.cursor) for sent in server.sent]
    assert len(set(cursors)) == len(cursors)


# --- servers that repeat themselves


@every_paged_style
async def test_a_server_that_gives_the_same_page_for_ever_is_left(style: Style) -> None:
    server = Server(style, down_from(20))
    first: list[dict[str, Any]] = []

    def stuck(sent: Parameters) -> dict[str, Any]:
        if not first:
            first.append(style.serve(server.things, sent))
        return first[0]

    server.respond = stuck
    with pytest.raises(PaginationError):
        await server.pages().collect()
    assert len(server.sent) == 2


@every_paged_style
@pytest.mark.parametrize("period", [2, 3])
async def test_a_server_that_leads_in_a_circle_is_left(style: Style, period: int) -> None:
    server = Server(style, down_from(20))
    responses: list[dict[str, Any]] = []

    def circling(sent: Parameters) -> dict[str, Any]:
        if len(responses) < period:
            responses.append(style.serve(server.things, sent))
            return responses[-1]
        return responses[(len(server.sent) - 1) % period]

    server.respond = circling
    with pytest.raises(PaginationError):
        await server.pages().collect()
    assert len(server.sent) <= period + 1


@pytest.mark.parametrize(("empty", "ends"), [(EMPTY_PAGES, True), (EMPTY_PAGES + 1, False)])
async def test_empty_pages_are_followed_but_not_for_ever(empty: int, ends: bool) -> None:
    """A search may find nothing on some pages and go on."""
    server = Server(STYLES["continuation_token"], [])

    def searching(sent: Parameters) -> dict[str, Any]:
        found = len(server.sent) > empty
        return items_of([7] if found else [], continuation_token=None if found else f"token {len(server.sent)}")

    server.respond = searching
    if ends:
        assert [thing.id for thing in await server.pages().collect()] == [7]
    else:
        with pytest.raises(PaginationError, match="100 pages without items"):
            await server.pages().collect()
    assert len(server.sent) == empty + ends


@pytest.mark.parametrize("style", WITH_CURSOR_OF_SERVER.values(), ids=WITH_CURSOR_OF_SERVER)
async def test_a_cursor_that_comes_again_is_left_though_the_items_are_new(style: Style) -> None:
    server = Server(style, down_from(20))

    def same_end(sent: Parameters) -> dict[str, Any]:
        fresh = [1000 - 10 * len(server.sent) - one for one in range(SIZE)]
        fresh[0 if style.listing.ascending else -1] = 7  # the cursor, where it is an id
        return items_of(fresh, continuation_token="again")

    server.respond = same_end
    with pytest.raises(PaginationError):
        await server.pages().collect()
    assert len(server.sent) == 2


# --- what shifts


@every_style
@pytest.mark.parametrize("added", [1, 2, SIZE - 1])
async def test_items_that_shift_while_walking_are_neither_lost_nor_repeated(style: Style, added: int) -> None:
    server = Server(style, down_from(21))

    def shifting(sent: Parameters) -> dict[str, Any]:
        response = style.serve(server.things, sent)
        if len(server.sent) <= 3:
            newest = server.things[0]
            server.things[:0] = range(newest + added, newest, -1)
        return response

    server.respond = shifting
    found = await ids_of(server.pages())
    assert len(found) == len(set(found))
    assert set(found) >= set(down_from(21))
    if style.ascending:
        assert set(found) == set(server.things), "what is added at the end is reached"


# --- next_cursor is a function of values

ids = st.lists(st.integers(1, 10**6), min_size=1, max_size=8, unique=True)


@given(cursor=st.none() | st.text(min_size=1), ids=st.lists(st.integers()), size=st.integers(0, 200))
def test_a_token_alone_decides(cursor: str | None, ids: list[int], size: int) -> None:
    for nothing in ({}, {"continuation_token": None}, {"continuation_token": ""}):
        assert next_cursor(CONTINUATION, cursor, size, ids, nothing) is None
    assert next_cursor(CONTINUATION, cursor, size, ids, {"continuation_token": "abc"}) == "abc"
    assert next_cursor(CONTINUATION, cursor, size, ids, {"continuation_token": 17}) == "17"


UNCOUNTED = (PAGE, PAGE_AFTER, SINCE_ID, AFTER_MESSAGE, OFFSET_JOB_NEWER)
COUNTED = (PAGE_NUMBER, PAGE_COUNTED, OFFSET_JOB)
cursors = st.none() | st.integers(1, 10**6).map(str)
lefts = st.none() | st.integers(-9, 9)


def after(listing: Listing, cursor: str | None, ids: list[int]) -> str:
    """Return the cursor of the page after this one."""
    if listing.numbered:
        return str(int(cursor or 1) + 1)
    return str(ids[0] if listing.ascending else ids[-1])


@given(cursor=cursors, ids=ids, short_below=st.integers(0, 50), left=lefts, given_size=st.integers(-1, 60))
def test_a_page_with_items_is_the_last_only_by_two_signs(
    cursor: str | None, ids: list[int], short_below: int, left: int | None, given_size: int
) -> None:
    for listing in (*UNCOUNTED, *COUNTED):
        following = next_cursor(listing, cursor, short_below, ids, {"per_page": given_size}, left)
        short = len(ids) < (min(short_below, given_size) if given_size > 0 else short_below)
        assert following == (None if short and left == 0 else after(listing, cursor, ids))
        assert next_cursor(listing, cursor, short_below, ids, {}) == after(listing, cursor, ids)


@given(cursor=cursors, short_below=st.integers(0, 50), left=lefts)
def test_an_empty_page_is_the_last(cursor: str | None, short_below: int, left: int | None) -> None:
    for listing in (*UNCOUNTED, *COUNTED):
        assert next_cursor(listing, cursor, short_below, [], {}, left) is None


def test_the_next_page_begins_at_an_id_that_is_there() -> None:
    assert next_cursor(SINCE_ID, None, 3, [9, 8, None], {}) == "8"
    assert next_cursor(OFFSET_JOB_NEWER, None, 0, [None, 8, 7], {}) == "8"
    with pytest.raises(PaginationError, match="no item of a page has an id"):
        next_cursor(SINCE_ID, None, 2, [None, None], {})
    assert next_cursor(SINCE_ID, None, 3, [None, None], {}) is None
    assert next_cursor(PAGE, None, 3, [None, None], {}) == "2"


def test_a_list_in_one_piece_has_no_next_page() -> None:
    assert next_cursor(WHOLE, None, 0, [3, 2, 1], {"total": 10**9, "continuation_token": "x"}) is None
