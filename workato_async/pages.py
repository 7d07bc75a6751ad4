"""Lists: pages fetched as they are needed, one ahead of the reader.

``next_cursor`` returns where the next page begins, as a pure function. A list ends where the server says so, with
an empty page, or with a short page if the server's counter agrees; neither a short page nor a counter ends it alone.

``Pages`` iterates: it drops items that shifted from one page to the next, and raises an error instead of looping
when the server repeats itself. What it remembers for that is bounded, so a million items need no more memory than a
thousand.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Protocol, TypeVar, cast

import attrs
import msgspec

from workato_async._tasks import cancel_and_wait
from workato_async.arguments import plain
from workato_async.converter import decode_page
from workato_async.errors import ConfigurationError, PaginationError
from workato_async.http.credentials import SHORTEST_SECRET
from workato_async.http.urls import build_target
from workato_async.second_look import UnreadableItem as UnreadableItem
from workato_async.second_look import ids_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Container, Generator, Mapping, Sequence

    from workato_async.calls.caller import Caller
    from workato_async.endpoint import Endpoint, Listing
    from workato_async.http.urls import PathArgument
    from workato_async.page_lengths import PageLengths
    from workato_async.second_look import DecodedPage

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)

logger = logging.getLogger(__name__)

REMEMBERED_PAGES = 1024
"""Pages of which a fingerprint is kept, to detect repetition."""
EMPTY_PAGES = 100
"""Consecutive pages without items, each with another cursor, after which the iteration is abandoned."""
EMPTY_AGAINST_COUNTER = 2
"""Requests made after an empty page where the counter says that there are more items: that page again, and the last of
them for the next page, where pages have numbers."""


class Cut(Protocol[T_contra]):
    """Ends an iteration before the end of the list, e.g. at a date."""

    def keeps(self, item: T_contra, /) -> bool:
        """Whether an item belongs to the iteration."""
        ...

    def ends(self, items: Sequence[T_contra], /) -> bool:
        """Whether no page after one with these items has any that belong to it."""
        ...


@attrs.frozen
class Page(Generic[T]):
    """One page of a list.

    Attributes:
        items: its items; when iterating, without those that were already on the previous pages.
        cursor: where the next page begins; pass it to ``Pages.from_cursor`` or ``Pages.page``. None on the last
            page, except in lists that only an empty page ends.
        total: how many items the whole list has; None if the server does not say so.
        unreadable: the items of the page that cannot be read, such as ``null`` or an object without its id.
    """

    items: Sequence[T]
    cursor: str | None
    total: int | None = None
    unreadable: Sequence[UnreadableItem] = ()

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
        page = decode_page(endpoint, body, listing)
        return cls(page.items, None, _total(listing, page.envelope), page.unreadable)


def next_cursor(
    listing: Listing,
    cursor: str | None,
    short_below: float,
    ids: Sequence[object],
    envelope: Mapping[str, object],
    left: int | None = None,
) -> str | None:
    """Return the cursor of the next page, None after the last one.

    Args:
        listing: how the list is paged.
        cursor: where this page began, None for the first.
        short_below: a page with fewer items is short: the number of items requested, or for a list whose server chooses
            it, what is known of it.
        ids: the ids on this page, in order.
        envelope: ``per_page`` and the next cursor, as far as the response has them.
        left: how many more items there are by the server's counter, None if it has none or the start is not known.

    Raises:
        PaginationError: if the next page begins at an id, and the items have none.
    """
    if listing.following:
        following = envelope.get(listing.following)
        return str(following) if following else None
    if not listing.cursor or not ids:
        return None
    short = len(ids) < _granted(short_below, envelope)
    if short and left == 0:
        return None
    if listing.numbered:
        return str(int(cursor or 1) + 1)
    known = [id_ for id_ in ids if id_ is not None]
    if not known and short:
        return None  # two signs, as well as can be: nothing could be requested after them
    if not known:
        raise PaginationError("no item of a page has an id, so the next page cannot be requested")
    return str(known[0] if listing.ascending else known[-1])


class Pages(Generic[T]):
    """A list, page by page. Nothing is sent before you read it, and every iteration starts from the beginning.

    ``async for item in pages`` iterates over the items, ``async for page in pages.pages()`` over the pages.

    Raises:
        PaginationError: while iterating, if the server returns a page or a cursor again.
        WorkatoError: while iterating, any error of a call.
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
        cut: Cut[T] | None = None,
    ) -> None:
        listing = listing or endpoint.listing
        if listing is None:
            raise ConfigurationError(f"{endpoint.key} is not a list")
        per_page = cast("int | None", plain(per_page))
        if per_page is not None and (
            isinstance(per_page, bool) or not isinstance(per_page, int) or not 1 <= per_page <= listing.largest
        ):
            raise ConfigurationError(f"per_page of {endpoint.key} must be 1 to {listing.largest}, not {per_page!r}")
        if start is None and listing.cursor and (given := query.get(listing.cursor)) is not None:
            start = str(plain(given))
        self._caller = caller
        self._endpoint = endpoint
        self._arguments = arguments
        self._query = query
        self._listing = listing
        self._size = (per_page or listing.largest) if listing.size else 0
        self._start = start
        self._timeout = timeout
        self._cut = cut

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
            cut=self._cut,
        )

    async def page(self, cursor: str | None = None) -> Page[T]:
        """Fetch one page, without fetching the next one ahead. One request.

        Each page is read on its own: unlike an iteration, this does not detect a server that repeats itself, and does
        not drop items that shifted here from the previous page. The last page may be empty.

        Args:
            cursor: from the previous page; None for the page where the list starts.

        Raises:
            ConfigurationError: for a cursor that this list cannot have returned.
            PaginationError: if no item has an id from which the next page could begin.
        """
        start = self._start if cursor is None else self._checked(cursor)
        page = await self._fetch(start)
        ids, total = page.ids, _total(self._listing, page.envelope)
        left = self._counter(start).left_after(len(ids), total)
        try:
            following = self._following(start, page, ids, left)
        except PaginationError as error:
            self._locate(error)
            raise
        return Page(self._kept(page.items), following, total, page.unreadable)

    def pages(self) -> AsyncGenerator[Page[T], None]:
        """Iterate over the pages; the next one is fetched while you work on this one.

        Where the end is certain, the last page has no cursor; otherwise its cursor leads to an empty page.
        """
        return self._iterate(ahead=True)

    async def __aiter__(self) -> AsyncGenerator[T, None]:
        async with aclosing(self._iterate(ahead=True)) as pages:
            async for page in pages:
                for item in page.items:
                    yield item
                del page  # so that the next one can have its memory, which is in the processor's cache

    def __await__(self) -> Generator[Any, None, list[T]]:
        """Fetch all items into a list: ``await pages`` is ``await pages.collect()``."""
        return self.collect().__await__()

    async def collect(self, *, limit: int | None = None) -> list[T]:
        """Fetch the items into a list.

        Args:
            limit: the largest number of items, None for all. Pages beyond the limit are not fetched.

        Raises:
            ConfigurationError: if ``limit`` is negative, or not a whole number.
            PaginationError: if the server returns a page or a cursor again.
            WorkatoError: any error of a call.
        """
        limit = cast("int | None", plain(limit))
        if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 0):
            raise ConfigurationError(f"limit must be a whole number of at least 0, not {limit!r}")
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
        """Fetch the first item; None if the list is empty. One request.

        Raises:
            WorkatoError: any error of a call.
        """
        found = await self.collect(limit=1)
        return found[0] if found else None

    def __repr__(self) -> str:
        return f"<Pages of {self._endpoint.key}>"

    if not TYPE_CHECKING:  # a type checker reports these by itself

        def _not_a_list(self, *_: object) -> NoReturn:
            raise TypeError(f"{self!r} has not been fetched: write `async for item in …`, or `await …` for a list")

        __iter__ = __next__ = __reversed__ = __len__ = __bool__ = __contains__ = __getitem__ = _not_a_list

    def _checked(self, cursor: str) -> str:
        if not self._listing.cursor:
            raise ConfigurationError(f"{self._endpoint.key} returns everything at once: it has no cursors")
        if not isinstance(cursor, str) or not cursor:
            raise ConfigurationError(f"a cursor is the text from page.cursor, not {cursor!r}")
        if self._listing.numbered and not (cursor.isascii() and cursor.isdigit() and int(cursor) > 0):
            raise ConfigurationError(f"{cursor!r} is not a valid cursor: {self._endpoint.key} uses page numbers")
        return cursor

    async def _iterate(self, *, ahead: bool) -> AsyncGenerator[Page[T], None]:
        history, counter = _History(), self._counter(self._start)
        cursor, begun, doubted, behind = self._start, False, 0, 0
        odd: int | None = None  # the fingerprint of a first page that is not as long as requested
        fetching: asyncio.Task[DecodedPage[T] | None] | None = None
        try:
            page: DecodedPage[T] | None = await self._fetch(cursor)
            while page is not None:
                ids, total = page.ids, _total(self._listing, page.envelope)
                left = counter.left_after(len(ids), total)
                if not ids and self._doubts_end(left) and doubted < EMPTY_AGAINST_COUNTER:
                    doubted += 1
                    if self._listing.numbered and doubted == EMPTY_AGAINST_COUNTER:
                        cursor = str(int(cursor or 1) + 1)  # it stays empty, and those after it may not be
                    page = await self._fetch(cursor)
                    continue
                if ids and odd is not None and _fingerprint(page.items, ids, ids) == odd:
                    return  # the server knows no pages: it has given everything twice
                if ids and behind >= len(ids) == ids.count(None):
                    return  # only those without ids that were behind the cursor
                following = self._following(cursor, page, ids, left)
                own = ids_of(page.items) if page.unreadable else ids
                new = history.new_items(self._endpoint.key, page.items, own, cursor, following)
                as_requested = len(ids) == _granted(self._size, page.envelope) or not self._size
                odd = None if begun or as_requested or (left or 0) > 0 else _fingerprint(page.items, ids, ids)
                if following is not None and ahead and self._cut is None:
                    fetching = asyncio.create_task(self._fetch_after(len(ids), left, following))
                    fetching.add_done_callback(_retrieve)  # its error may never be asked for
                if ids or not begun:
                    begun = True
                    yield Page(self._kept(new), following, total, page.unreadable)
                if following is None:
                    if left and left > 0 and not self._cut:
                        self._warn(counter.read, left)
                    return
                del page, new  # while the next one is decoded, they are only as alive as the reader keeps them
                page = await (fetching or self._fetch_after(len(ids), left, following))
                fetching, cursor, doubted, behind = None, following, 0, _behind_cursor(self._listing, ids)
        except PaginationError as error:
            self._locate(error)
            raise
        finally:
            if fetching is not None:
                await cancel_and_wait([fetching])

    def _locate(self, error: PaginationError) -> None:
        path = build_target(self._endpoint.path, self._arguments)
        error.concern(self._endpoint.key, path, self._caller.hosts.get(self._endpoint.host, ""))

    def _counter(self, cursor: str | None) -> _Counter:
        return _Counter(known=cursor is None or (self._listing.numbered and cursor == "1"))

    @property
    def _lengths(self) -> PageLengths:
        """What the session has learned about this list."""
        return self._caller.page_lengths[self._endpoint.key]

    @property
    def _learns(self) -> bool:
        """Whether the server chooses the page length and counts the items."""
        return bool(self._listing.total) and not self._listing.size

    def _following(
        self, cursor: str | None, page: DecodedPage[T], ids: Sequence[object], left: int | None
    ) -> str | None:
        """Return the cursor of the page after this one, None if the list or the iteration ends here."""
        short_below: float = self._size
        if self._learns:
            self._lengths.add(len(ids))
            short_below = self._lengths.short_below
        following = next_cursor(self._listing, cursor, short_below, ids, page.envelope, left)
        return None if self._cut is not None and self._cut.ends(page.items) else following

    def _kept(self, items: Sequence[T]) -> Sequence[T]:
        cut = self._cut
        return items if cut is None else [item for item in items if cut.keeps(item)]

    async def _fetch_after(self, length: int, left: int | None, cursor: str) -> DecodedPage[T] | None:
        """Fetch the page after one of this length; None if there turns out to be none."""
        if not self._learns:
            return await self._fetch(cursor)
        lengths = self._lengths
        if left == 0:
            async with lengths.checking:
                if length < lengths.short_below:
                    return None
                found = await self._fetch(cursor)
                if not found.ids:
                    lengths.ended(length)
        else:
            found = await self._fetch(cursor)
        if found.ids:
            lengths.continued(length)
        return found

    def _doubts_end(self, left: int | None) -> bool:
        """Whether the counter says that an empty page is not the end."""
        return left is not None and left > 0 and self._lengths.dependable

    def _warn(self, read: int, left: int) -> None:
        """Log that the counter says more than there is: at most one warning per list and session."""
        level = logging.WARNING if self._lengths.too_high() else logging.DEBUG
        logger.log(
            level,
            "%s: the server counts %d items, but the pages have %d: the counter is wrong, or items are missing",
            self._endpoint.key, read + left, read,
        )  # fmt: skip

    async def _fetch(self, cursor: str | None) -> DecodedPage[T]:
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
    return total if type(total) is int else None


def _behind_cursor(listing: Listing, ids: Sequence[object]) -> int:
    """Return how many items without ids lie behind the cursor that a page gives: the next page begins with them."""
    if listing.numbered:
        return 0
    order = ids if listing.ascending else ids[::-1]
    return next((number for number, id_ in enumerate(order) if id_ is not None), 0)


def _granted(size: float, envelope: Mapping[str, object]) -> float:
    """Return the greatest length of a page: the server may allow fewer items than were requested, and say so."""
    given = envelope.get("per_page")
    return min(size, given) if isinstance(given, int) and given > 0 else size


def _shown(cursor: object) -> str:
    """Return a cursor for an error, if it is a number or short: a text from a server may hold anything."""
    return f" (cursor {cursor!r})" if str(cursor).isdecimal() or len(str(cursor)) < SHORTEST_SECRET else ""


def _fingerprint(items: Sequence[object], ids: Sequence[object], distinct: Container[object]) -> int:
    return hash(repr(msgspec.to_builtins(items, enc_hook=repr)) if None in distinct else tuple(ids))


def _retrieve(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()


class _Counter:
    """How many items an iteration has read, next to what the server counts."""

    def __init__(self, *, known: bool) -> None:
        self.read = 0
        self._known = known  # it began at the start of the list
        self._total: int | None = None

    def left_after(self, length: int, total: int | None) -> int | None:
        """Return how many items are left after a page, None if that is not known.

        The smallest total of all pages counts: items that were added since the first page are on none of the next.
        """
        self.read += length
        if total is not None:
            self._total = total if self._total is None else min(self._total, total)
        return self._total - self.read if self._known and self._total is not None else None


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
        distinct = frozenset(ids)
        if items:
            # Items without ids may well be equal, so only the third equal page of those is an error.
            fingerprint = _fingerprint(items, ids, distinct)
            if self._seen.count(fingerprint) > (None in distinct):
                raise PaginationError(
                    f"{key}: the server returned the same page twice{_shown(cursor)}. If items were added while "
                    'it was read, start again; for recipes, paging="since_id" is not affected',
                    endpoint=key,
                )
            self._seen.append(fingerprint)
        if following is not None and following in self._cursors:
            raise PaginationError(
                f"{key}: the server returned the same cursor again{_shown(following)}, which would never end. Start "
                "again later",
                endpoint=key,
            )
        last = [*self._last]
        self._last.append(distinct)
        if all(known.isdisjoint(distinct) for known in last):
            return items
        known = last[0].union(*last[1:])
        return [item for item, id_ in zip(items, ids, strict=True) if id_ is None or id_ not in known]
