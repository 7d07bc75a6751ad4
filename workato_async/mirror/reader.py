"""Reads lists page by page, one request at a time, so that what is not committed is one page at most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workato_async.errors import InvalidResponseError, PaginationError
from workato_async.mirror.plan import Page, Walk
from workato_async.mirror.rows import fits
from workato_async.mirror.streams import STREAMS, Order, Stream
from workato_async.pages import next_cursor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async.calls.caller import Caller


async def read_page(caller: Caller, walk: Walk, before: Page | None) -> tuple[Page, Sequence[Any]]:
    """Fetch the page at a walk's cursor.

    Args:
        caller: sends the call.
        walk: which list, and where in it.
        before: the page before, None if it is not known.

    Raises:
        PaginationError: if the server leads back to where the walk was.
        WorkatoError: whatever a call can raise.
    """
    stream = STREAMS[walk.stream]
    listing, endpoint = stream.listing, stream.endpoint
    query = dict(stream.query)
    if listing.cursor:
        query[listing.cursor] = walk.cursor or ("1" if listing.numbered else None)
    if listing.size:
        query[listing.size] = listing.largest
    arguments = (walk.parent,) if stream.parent else ()
    items, around = await caller.page(endpoint, listing, arguments, query)
    ids = [item.id for item in items]
    if odd := [key for key in ids if not fits(key)]:
        raise InvalidResponseError(f"{endpoint.key}: no database can hold the id {odd[0]!r}", endpoint=endpoint.key)
    given, counted = around.get("per_page"), around.get(listing.total)
    size = min(listing.largest, given if isinstance(given, int) and given else listing.largest) if listing.size else 0
    page = Page(
        ids,
        next_cursor(listing, walk.cursor, size, ids, around),
        counted if isinstance(counted, int) else None,
        listing.numbered,
    )
    if ids and (_climbs(stream, walk, page) or (before is not None and ids == before.ids)):
        raise PaginationError(
            f"{endpoint.key}: the server leads back to a page that it gave before (cursor {walk.cursor!r}); "
            "the walk would not end. What was read is stored; the next pass tries again",
            endpoint=endpoint.key,
        )
    return page, items


def _climbs(stream: Stream, walk: Walk, page: Page) -> bool:
    """Tell whether a page has ids that should have been on the pages before."""
    return stream.order is Order.DESCENDING and walk.cursor is not None and max(map(int, page.ids)) >= int(walk.cursor)
