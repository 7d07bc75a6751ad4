"""Lists: pages fetched as they are needed, one ahead of the reader.

:func:`next_cursor` returns where the next page begins, as a pure function. :class:`Pages` iterates: it drops items that
shifted from one page to the next, and raises an error instead of looping when the server repeats itself. What it
remembers for that is bounded, so a million items need no more memory than a thousand.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs
import msgspec

from workato_async.converter import decode_page
from workato_async.errors import ConfigurationError, PaginationError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence

    from workato_async.calls.caller import Caller
    from workato_async.endpoint import Endpoint, Listing
    from workato_async.http.urls import PathArgument

T = TypeVar("T")

REMEMBERED_PAGES = 1024
"""Pages of which a fingerprint is kept, to detect repetition."""
EMPTY_PAGES = 100
"""Consecutive pages without items, each with another cursor, after which the iteration is abandoned."""


@attrs.frozen
class Page(Generic[T]):
    """One page of a list.

    Attributes:
        items: its items; when iterating, without those that were already on the previous pages.
        cursor: where the next page begins; pass it to :meth:`Pages.from_cursor` or :meth:`Pages.page`. None on the last
            page.
        total: how many items the whole list has, where the server says so; None where it does not.
    """

    items: Sequence[T]
    cursor: str | None
    total: int | None = None

    @classmethod
    def from_json(cls, endpoint: Endpoint[T], body: bytes) -> Page[T]:
        """Return the page that a stored response of the list contains; its cursor is None.

        Raises:
            ConfigurationError: for an endpoint that is not a list.
            InvalidResponseError: if the body is not such a response.
        """
        listing = endpoint.listing
        if listing is None:
            raise ConfigurationError(f"{endpoint.key} is not a list")
        items, envelope = decode_page(endpoint, body, listing)
        return cls(items, None, _total(listing, envelope))


def next_cursor(
    listing: Listing,
    cursor: str | None,
    size: int,
    ids: Sequence[object],
    envelope: Mapping[str, object],
    longest: int = 0,
) -> str | None:
    """Return the cursor of the next page, None after the last one.

    Args:
        listing: how the list is paged.
        cursor: where this page began, None for the first.
        size: the number of items requested; 0 if the endpoint takes no size.
        ids: the ids on this page, in order.
        envelope: ``per_page``, the total and the next cursor, as far as the response has them.
        longest: items on the longest page so far, from which follows how much of a total has been read.
    """
    if listing.following:
        following = envelope.get(listing.following)
        return str(following) if following else None
    if not listing.cursor or not ids:
        return None
    given = envelope.get("per_page")
    if isinstance(given, int) and given:  # the server may allow fewer than were requested
        size = min(size, given)
    total = envelope.get(listing.total) if listing.total else None
    if listing.numbered:
        number = int(cursor or 1)
        if isinstance(total, int):
            more = (number - 1) * max(longest, len(ids)) + len(ids) < total
            return str(number + 1) if more else None
        return str(number + 1) if len(ids) >= size else None
    if len(ids) < size and not listing.until_empty:
        return None
    return str(ids[0] if listing.ascending else ids[-1])


class Pages(Generic[T]):
    """A list of the API. Nothing is sent before it is iterated, and every iteration starts from the beginning.

    ``async for item in pages`` iterates over the items, ``async for page in pages.pages()`` over the pages.

    Raises (while iterating):
        PaginationError: if the server returns a page or a cursor again.
        WorkatoError: any error of a call.
    """

    def __init__(
        self,
        caller: Caller,
        endpoint: Endpoint[T],
        arguments: Sequence[PathArgument],
        query: Mapping[str, Any],
        *,
        listing: Listing | None = None,
        per_page: int | None = None,
        start: str | None = None,
        timeout: float | None = None,
    ) -> None:
        listing = listing or endpoint.listing
        if listing is None:
            raise ConfigurationError(f"{endpoint.key} is not a list")
        if per_page is not None and (
            isinstance(per_page, bool) or not isinstance(per_page, int) or not 1 <= per_page <= listing.largest
        ):
            raise ConfigurationError(f"per_page of {endpoint.key} must be 1 to {listing.largest}, not {per_page!r}")
        if start is None and listing.cursor and (given := query.get(listing.cursor)) is not None:
            start = str(given)
        self._caller = caller
        self._endpoint = endpoint
        self._arguments = arguments
        self._query = query
        self._listing = listing
        self._size = (per_page or listing.largest) if listing.size else 0
        self._start = start
        self._timeout = timeout

    def from_cursor(self, cursor: str | None) -> Pages[T]:
        """Return the same list from a page's ``cursor`` on; None returns it from the start.

        Raises:
            ConfigurationError: for a cursor that this list cannot have returned.
        """
        return Pages(
            self._caller,
            self._endpoint,
            self._arguments,
            self._query,
            listing=self._listing,
            per_page=self._size or None,
            start=None if cursor is None else self._checked(cursor),
            timeout=self._timeout,
        )

    async def page(self, cursor: str | None = None) -> Page[T]:
        """Fetch one page, and none ahead. One request.

        Each page is read on its own: unlike an iteration, this does not detect a server that repeats itself, and does
        not drop items that shifted here from the previous page. The last page may be empty.

        Args:
            cursor: from the previous page; None for the page where the list starts.

        Raises:
            ConfigurationError: for a cursor that this list cannot have returned.
        """
        start = self._start if cursor is None else self._checked(cursor)
        items, envelope = await self._fetch(start)
        following = next_cursor(self._listing, start, self._size, _ids(items), envelope)
        return Page(items, following, _total(self._listing, envelope))

    def pages(self) -> AsyncGenerator[Page[T], None]:
        """Iterate over the pages; the next one is fetched while you work on this one."""
        return self._iterate(ahead=True)

    async def __aiter__(self) -> AsyncIterator[T]:
        async with aclosing(self._iterate(ahead=True)) as pages:
            async for page in pages:
                for item in page.items:
                    yield item

    async def collect(self, *, limit: int | None = None) -> list[T]:
        """Fetch the items into a list.

        Args:
            limit: the largest number of items, None for all. Pages beyond the limit are not fetched.
        """
        if limit is not None and limit < 0:
            raise ConfigurationError(f"limit must be at least 0, not {limit!r}")
        items: list[T] = []
        if limit == 0:
            return items
        async with aclosing(self._iterate(ahead=limit is None)) as pages:
            async for page in pages:
                items += page.items
                if limit is not None and len(items) >= limit:
                    break
        return items[:limit]

    async def first(self) -> T | None:
        """Fetch the first item, None if the list is empty. One request."""
        found = await self.collect(limit=1)
        return found[0] if found else None

    def __repr__(self) -> str:
        return f"<Pages of {self._endpoint.key}>"

    def _checked(self, cursor: str) -> str:
        if not self._listing.cursor:
            raise ConfigurationError(f"{self._endpoint.key} returns everything at once: it has no cursors")
        if not isinstance(cursor, str) or not cursor:
            raise ConfigurationError(f"a cursor is the text from page.cursor, not {cursor!r}")
        if self._listing.numbered and not (cursor.isascii() and cursor.isdigit() and int(cursor) > 0):
            raise ConfigurationError(f"{cursor!r} is not a valid cursor: {self._endpoint.key} uses page numbers")
        return cursor

    async def _iterate(self, *, ahead: bool) -> AsyncGenerator[Page[T], None]:
        history = _History()
        cursor = self._start
        longest = 0
        fetching: asyncio.Task[tuple[list[T], Mapping[str, Any]]] | None = None
        try:
            while True:
                items, envelope = await (fetching or self._fetch(cursor))
                fetching = None
                ids = _ids(items)
                longest = max(longest, len(items))
                following = next_cursor(self._listing, cursor, self._size, ids, envelope, longest)
                new = history.new_items(self._endpoint.key, items, ids, cursor, following)
                if following is not None and ahead:
                    fetching = asyncio.create_task(self._fetch(following))
                    fetching.add_done_callback(_retrieve)  # its error may never be asked for
                if items or cursor == self._start:
                    yield Page(new, following, _total(self._listing, envelope))
                if following is None:
                    return
                cursor = following
        finally:
            if fetching is not None:
                fetching.cancel()
                await asyncio.gather(fetching, return_exceptions=True)

    async def _fetch(self, cursor: str | None) -> tuple[list[T], Mapping[str, Any]]:
        listing, parameters = self._listing, dict(self._query)
        if listing.cursor:
            parameters[listing.cursor] = cursor or ("1" if listing.numbered else None)
        if listing.size:
            parameters[listing.size] = self._size
        if cursor is not None and listing.once:
            parameters.pop(listing.once, None)
        return await self._caller.page(self._endpoint, listing, self._arguments, parameters, self._timeout)


def _total(listing: Listing, envelope: Mapping[str, Any]) -> int | None:
    total = envelope.get(listing.total)
    return total if isinstance(total, int) else None


def _ids(items: Sequence[object]) -> list[Any]:
    return [getattr(item, "id", None) for item in items]


def _retrieve(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()


class _History:
    """What an iteration remembers of the pages it has read."""

    def __init__(self) -> None:
        self._last: deque[frozenset[Any]] = deque(maxlen=2)
        self._seen: deque[int] = deque(maxlen=REMEMBERED_PAGES)
        self._cursors: deque[str | None] = deque(maxlen=REMEMBERED_PAGES)
        self._empty = 0

    def new_items(
        self, key: str, items: list[T], ids: Sequence[object], cursor: str | None, following: str | None
    ) -> list[T]:
        """Return the items that were not on the last pages.

        Raises:
            PaginationError: if this page was read before, or the next one would be.
        """
        self._cursors.append(cursor)
        self._empty = 0 if items else self._empty + 1
        if self._empty > EMPTY_PAGES:
            raise PaginationError(
                f"{key}: the server returned {EMPTY_PAGES} pages without items, each with another cursor. "
                "Narrow the list, or start again later",
                endpoint=key,
            )
        if items:
            # Items without ids may well be equal, so only the third equal page of those is an error.
            nameless = None in ids
            fingerprint = hash(repr(msgspec.to_builtins(items, enc_hook=repr)) if nameless else tuple(ids))
            if self._seen.count(fingerprint) > nameless:
                raise PaginationError(
                    f"{key}: the server returned the same page twice (cursor {cursor!r}). If items were added while "
                    'it was read, start again; for recipes, paging="since_id" is not affected',
                    endpoint=key,
                )
            self._seen.append(fingerprint)
        if following is not None and following in self._cursors:
            raise PaginationError(
                f"{key}: the server returned the cursor {following!r} again, which would never end. Start again later",
                endpoint=key,
            )
        known = frozenset().union(*self._last)
        self._last.append(frozenset(ids))
        if known.isdisjoint(ids):
            return items
        return [item for item, id_ in zip(items, ids, strict=True) if id_ is None or id_ not in known]
