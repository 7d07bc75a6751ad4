"""Lists: pages fetched as they are needed, one ahead of the reader.

:func:`next_cursor` says where the next page begins, as a function of values. :class:`Pages` walks: it drops items that
shifted from one page to the next, and it stops with an error, not in a loop, when the server repeats itself. What it
remembers for that is bounded, so a walk over a million items needs no more memory than one over a thousand.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs

from workato_async.errors import ConfigurationError, PaginationError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence

    from workato_async.calls.caller import Caller
    from workato_async.endpoint import Endpoint, Listing
    from workato_async.http.urls import PathArgument

T = TypeVar("T")

REMEMBERED_PAGES = 1024
"""Pages of which a fingerprint is kept, to notice that one comes again."""
EMPTY_PAGES = 100
"""Pages without items in a row, each with another cursor, after which a walk is given up."""


@attrs.frozen
class Page(Generic[T]):
    """One page of a list.

    Attributes:
        items: what was on it, without the items that the page before had too.
        cursor: where the next page begins; hand it to :meth:`Pages.from_cursor` to resume. None on the last page.
    """

    items: Sequence[T]
    cursor: str | None


def next_cursor(
    listing: Listing,
    cursor: str | None,
    size: int,
    ids: Sequence[object],
    envelope: Mapping[str, object],
    longest: int = 0,
) -> str | None:
    """Say where the next page begins, None after the last one.

    Args:
        listing: how the list is paged.
        cursor: where this page began, None for the first.
        size: items that were asked for; 0 if the endpoint takes no size.
        ids: the ids on this page, in order.
        envelope: what of ``per_page``, the total and the next cursor stands around the items.
        longest: items on the longest page so far; tells how far a total has been walked.
    """
    if listing.following:
        following = envelope.get(listing.following)
        return str(following) if following else None
    if not listing.cursor or not ids:
        return None
    total = envelope.get(listing.total) if listing.total else None
    if listing.numbered:
        number = int(cursor or 1)
        if isinstance(total, int):
            ended = (number - 1) * max(longest, len(ids)) + len(ids) >= total
        else:  # what the server says it gave, should it allow less than was asked for
            given = envelope.get("per_page")
            ended = len(ids) < (given if isinstance(given, int) and given else size)
        return None if ended else str(number + 1)
    if len(ids) < size and not listing.until_empty:
        return None
    return str(ids[0] if listing.ascending else ids[-1])


class Pages(Generic[T]):
    """A list of the API. Nothing is sent before it is iterated, and every iteration starts anew.

    ``async for item in pages`` goes through the items, ``async for page in pages.pages()`` through the pages.

    Raises (while iterating):
        PaginationError: if the server answers a page or a cursor again.
        WorkatoError: whatever a call can raise.
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
            raise ConfigurationError(f"per_page of {endpoint.key} is 1 to {listing.largest}, not {per_page!r}")
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
        """Give the same list from where a page's ``cursor`` points; None gives it from the start.

        Raises:
            ConfigurationError: for a cursor this list cannot have given.
        """
        if cursor is not None:
            if not self._listing.cursor:
                raise ConfigurationError(f"{self._endpoint.key} gives everything at once: it has no cursors")
            if not isinstance(cursor, str) or not cursor:
                raise ConfigurationError(f"a cursor is the text that a page gave, not {cursor!r}")
            if self._listing.numbered and not (cursor.isascii() and cursor.isdigit() and int(cursor) > 0):
                raise ConfigurationError(f"{cursor!r} is no cursor of {self._endpoint.key}, whose pages are numbered")
        return Pages(
            self._caller,
            self._endpoint,
            self._arguments,
            self._query,
            listing=self._listing,
            per_page=self._size or None,
            start=cursor,
            timeout=self._timeout,
        )

    def pages(self) -> AsyncGenerator[Page[T], None]:
        """Iterate over the pages; the next one is fetched while you work on this one."""
        return self._walk(ahead=True)

    async def __aiter__(self) -> AsyncIterator[T]:
        async with aclosing(self._walk(ahead=True)) as pages:
            async for page in pages:
                for item in page.items:
                    yield item

    async def collect(self, *, limit: int | None = None) -> list[T]:
        """Fetch the items into a list.

        Args:
            limit: how many at most, None for all. No page is fetched that the limit does not need.
        """
        if limit is not None and limit < 0:
            raise ConfigurationError(f"limit is a number of items, not {limit!r}")
        items: list[T] = []
        if limit == 0:
            return items
        async with aclosing(self._walk(ahead=limit is None)) as pages:
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

    async def _walk(self, *, ahead: bool) -> AsyncGenerator[Page[T], None]:
        walk = _Walk()
        cursor = self._start
        longest = 0
        fetching: asyncio.Task[tuple[list[T], dict[str, Any]]] | None = None
        try:
            while True:
                items, envelope = await (fetching or self._fetch(cursor))
                fetching = None
                ids = [getattr(item, "id", None) for item in items]
                longest = max(longest, len(items))
                following = next_cursor(self._listing, cursor, self._size, ids, envelope, longest)
                fresh = walk.fresh(self._endpoint.key, items, ids, cursor, following)
                if following is not None and ahead:
                    fetching = asyncio.create_task(self._fetch(following))
                    fetching.add_done_callback(_retrieve)  # a walk that is dropped must not leave it unretrieved
                if items or cursor == self._start:
                    yield Page(fresh, following)
                if following is None:
                    return
                cursor = following
        finally:
            if fetching is not None:
                fetching.cancel()
                await asyncio.gather(fetching, return_exceptions=True)

    async def _fetch(self, cursor: str | None) -> tuple[list[T], dict[str, Any]]:
        listing, parameters = self._listing, dict(self._query)
        if listing.cursor:
            parameters[listing.cursor] = cursor or ("1" if listing.numbered else None)
        if listing.size:
            parameters[listing.size] = self._size
        if cursor is not None and listing.once:
            parameters.pop(listing.once, None)
        return await self._caller.page(self._endpoint, listing, self._arguments, parameters, self._timeout)


def _retrieve(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()


class _Walk:
    """What a walk remembers of the pages behind it."""

    def __init__(self) -> None:
        self._last: deque[frozenset[Any]] = deque(maxlen=2)
        self._seen: deque[int] = deque(maxlen=REMEMBERED_PAGES)
        self._cursors: deque[str | None] = deque(maxlen=REMEMBERED_PAGES)
        self._empty = 0

    def fresh(
        self, key: str, items: list[T], ids: Sequence[object], cursor: str | None, following: str | None
    ) -> list[T]:
        """Give the items that the last pages did not have.

        Raises:
            PaginationError: if this page was here before, or the next one would be.
        """
        self._cursors.append(cursor)
        self._empty = 0 if items else self._empty + 1
        if self._empty > EMPTY_PAGES:
            raise PaginationError(
                f"{key}: the server gave {EMPTY_PAGES} pages without items, each with another cursor; the walk would "
                "not end. Ask for less, or start again later",
                endpoint=key,
            )
        if items:
            # Things without ids may well look alike, so of those only the third same page is one too many.
            nameless = None in ids
            fingerprint = hash(repr(items) if nameless else tuple(ids))
            if self._seen.count(fingerprint) > nameless:
                raise PaginationError(
                    f"{key}: the server gave the same page twice (cursor {cursor!r}); the walk would not end. "
                    "If items were added meanwhile, start again; for recipes, paging='since_id' does not mind",
                    endpoint=key,
                )
            self._seen.append(fingerprint)
        if following is not None and following in self._cursors:
            raise PaginationError(
                f"{key}: the server leads back to cursor {following!r}; the walk would not end. Start again later",
                endpoint=key,
            )
        known = frozenset().union(*self._last)
        self._last.append(frozenset(ids))
        if known.isdisjoint(ids):
            return items
        return [item for item, id_ in zip(items, ids, strict=True) if id_ is None or id_ not in known]
