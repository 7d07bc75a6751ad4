"""Reads lists page by page, one request at a time, so that at most one page is not committed."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from workato_async.errors import PaginationError
from workato_async.mirror import plan
from workato_async.mirror.plan import Page, Walk
from workato_async.mirror.rows import fits
from workato_async.mirror.streams import Order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async import Api
    from workato_async.mirror.streams import Stream

REMEMBERED_PAGES = 1024
"""Pages of a list of which a fingerprint is kept, to notice a server that repeats itself."""


class Reader:
    """Reads the pages of one list.

    Args:
        api: sends the calls.
        stream: the list's.

    Attributes:
        unreadable: objects so far that could not be read, or have an id that cannot be stored.
        disordered: pages so far whose ids were not in the order of the list: they prove nothing missing.
    """

    def __init__(self, api: Api, stream: Stream) -> None:
        self._api = api
        self._stream = stream
        self._seen: deque[int] = deque(maxlen=REMEMBERED_PAGES)
        self._before: Sequence[plan.Key] = ()
        self.unreadable = self.disordered = 0

    def begin_again(self) -> None:
        """Forget the pages that were read: the list is read once more."""
        self._seen.clear()
        self._before = ()

    async def page(self, walk: Walk) -> tuple[Page, Sequence[Any]]:
        """Fetch the page at a walk's cursor, and the objects on it that can be stored.

        Raises:
            PaginationError: if the server returns a page again.
            WorkatoError: any error of a call.
        """
        stream, listing = self._stream, self._stream.listing
        arguments = (walk.parent,) if stream.parent else ()
        found = await self._api.pages(stream.endpoint, *arguments, query=stream.query).page(walk.cursor)
        items = [item for item in found.items if fits(item.id)]
        odd = len(found.items) - len(items) + len(found.unreadable)
        self.unreadable += odd
        ids = [item.id for item in items]
        empty = not ids and not odd
        if ids and self._was_read(ids):
            if not (listing.numbered and ids == self._before and len(ids) < listing.largest):
                raise PaginationError(
                    f"{stream.endpoint.key}: the server returned a page that it had returned before (cursor "
                    f"{walk.cursor!r}). What was read is stored; the next pass tries again",
                    endpoint=stream.endpoint.key,
                )
            ids, items, empty = [], [], True  # the endpoint ignores page numbers: it has only this page
        self._before = ids
        in_place = stream.order is not Order.DESCENDING or plan.in_order(walk.cursor, ids)
        self.disordered += not in_place
        following = None if empty else _following(stream, walk.cursor, ids)
        return Page(ids, following, found.total, listing.numbered, whole=in_place and not odd), items

    def _was_read(self, ids: Sequence[plan.Key]) -> bool:
        fingerprint = hash(tuple(ids))
        if fingerprint in self._seen:
            return True
        self._seen.append(fingerprint)
        return False


def _following(stream: Stream, cursor: str | None, ids: Sequence[plan.Key]) -> str | None:
    """Return where the page after one that is not empty begins; None for a list without pages."""
    if not stream.listing.cursor:
        return None
    if stream.listing.numbered:
        return str(int(cursor or 1) + 1)
    if not ids:
        return None
    return str(min(ids) if stream.order is Order.DESCENDING else ids[-1])
