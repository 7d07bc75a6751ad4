"""Reads lists page by page, one request at a time, so that at most one page is not committed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workato_async.errors import InvalidResponseError, PaginationError
from workato_async.mirror.plan import Page, Walk
from workato_async.mirror.rows import fits
from workato_async.mirror.streams import STREAMS, Order, Stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async import Api


async def read_page(api: Api, walk: Walk, before: Page | None) -> tuple[Page, Sequence[Any]]:
    """Fetch the page at a walk's cursor.

    Args:
        api: sends the call.
        walk: which list, and where in it.
        before: the page before, None if it is not known.

    Raises:
        PaginationError: if the server returns a page again.
        WorkatoError: any error of a call.
    """
    stream = STREAMS[walk.stream]
    endpoint = stream.endpoint
    arguments = (walk.parent,) if stream.parent else ()
    found = await api.pages(endpoint, *arguments, query=stream.query).page(walk.cursor)
    ids = [item.id for item in found.items]
    if odd := [key for key in ids if not fits(key)]:
        raise InvalidResponseError(
            f"{endpoint.key}: the id {odd[0]!r} cannot be stored in a database", endpoint=endpoint.key
        )
    page = Page(ids, found.cursor, found.total, stream.listing.numbered)
    if ids and (_overlaps(stream, walk, page) or (before is not None and ids == before.ids)):
        raise PaginationError(
            f"{endpoint.key}: the server returned a page that it had returned before (cursor {walk.cursor!r}). "
            "What was read is stored; the next pass tries again",
            endpoint=endpoint.key,
        )
    return page, found.items


def _overlaps(stream: Stream, walk: Walk, page: Page) -> bool:
    """Whether a page has ids that belong on earlier pages."""
    return stream.order is Order.DESCENDING and walk.cursor is not None and max(map(int, page.ids)) >= int(walk.cursor)
