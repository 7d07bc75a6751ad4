"""Reads lists page by page, one request at a time, so that at most one page is not committed."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import attrs

from workato_async.errors import PaginationError
from workato_async.mirror import plan
from workato_async.mirror.plan import Page, Walk
from workato_async.mirror.rows import is_key
from workato_async.mirror.streams import Order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async import Api
    from workato_async.mirror.streams import Stream

REMEMBERED_PAGES = 1024
"""Pages of a list of which a fingerprint is kept, to notice a server that repeats itself."""

LONGEST = 1_000
"""Pages of a list that one pass reads although the server counts no more rows; ten times as many if it does."""


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
        self._pages = 0
        self.unreadable = self.disordered = 0

    def begin_again(self) -> None:
        """Forget the pages that were read: the list is read once more."""
        self._seen.clear()
        self._before = ()
        self._pages = 0

    async def page(self, walk: Walk) -> tuple[Page, Sequence[Any]]:
        """Fetch the page at a walk's cursor, and the objects on it that can be stored.

        Raises:
            PaginationError: if the server returns a page again, or pages without end.
            WorkatoError: any error of a call.
        """
        stream = self._stream
        found = await self._fetch(walk)
        if self._may_ignore_numbers(found):
            found = await self._fetch(walk)
        empty = not found.ids and not found.odd
        again = set(found.ids).intersection(self._before)
        ids, items = found.ids, found.items
        if walk.missing is None:
            self._pages += 1
            if self._may_ignore_numbers(found):
                ids, items, empty = [], [], True  # the endpoint ignores page numbers: it has only this page
            elif ids:
                self._check(walk, found)
            self._before = ids
        in_place = stream.order is not Order.DESCENDING or plan.in_order(walk.cursor, ids)
        self.unreadable += found.odd
        self.disordered += not in_place
        following = None if empty else _following(stream, walk.cursor, ids)
        return Page(ids, following, again, whole=in_place and not found.odd), items

    async def _fetch(self, walk: Walk) -> _Found:
        arguments = (walk.parent,) if self._stream.parent else ()
        pages = self._api.pages(self._stream.endpoint, *arguments, query=self._stream.query)
        found = await pages.page(walk.cursor)
        items = [item for item in found.items if is_key(item.id)]
        odd = len(found.items) - len(items) + len(found.unreadable)
        return _Found([item.id for item in items], items, odd, found.total or 0)

    def _may_ignore_numbers(self, found: _Found) -> bool:
        """Whether a page that is not full is the same as the one before."""
        listing = self._stream.listing
        return bool(found.ids) and listing.numbered and found.ids == self._before and len(found.ids) < listing.largest

    def _check(self, walk: Walk, found: _Found) -> None:
        """Raise a PaginationError if a list might never end."""
        stream = self._stream
        fingerprint = hash(frozenset(found.ids))
        counted = max(found.total, stream.expected(walk.aim) if stream.expected else 0)
        if fingerprint in self._seen:
            problem = "the server returned a page that it had returned before"
        elif stream.order is Order.DESCENDING and walk.cursor is not None and int(walk.cursor) <= min(found.ids):
            problem = "the server returned a page whose ids are not below its cursor"
        elif self._pages >= LONGEST * (10 if counted > walk.walked else 1):
            problem = f"{self._pages:,} pages were read, and the list goes on"
        else:
            self._seen.append(fingerprint)
            return
        raise PaginationError(
            f"{stream.endpoint.key}: {problem} (cursor {walk.cursor!r}). What was read is stored; the next pass tries "
            "again",
            endpoint=stream.endpoint.key,
        )


@attrs.frozen
class _Found:
    """What a response has: ids, their objects, how many others, and how many there are in all, 0 if it does not say."""

    ids: Sequence[Any]
    items: Sequence[Any]
    odd: int
    total: int


def _following(stream: Stream, cursor: str | None, ids: Sequence[plan.Key]) -> str | None:
    """Return where the page after one that is not empty begins; None for a list without pages."""
    if not stream.listing.cursor:
        return None
    if stream.listing.numbered:
        return str(int(cursor or 1) + 1)
    if not ids:
        return None
    return str(min(ids) if isinstance(ids[0], int) else ids[-1])  # the last one, whatever the order of the page
