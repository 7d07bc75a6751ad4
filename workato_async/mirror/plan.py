"""How a walk continues after a page, and what the page proves. Pure: no database, no network, no clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from workato_async.mirror.streams import Order

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

Key = int | str


@attrs.frozen
class Walk:
    """The reading of one list from page to page, as the database remembers it in between.

    Attributes:
        stream: the name of the stream.
        parent: the id of the object that the list belongs to, 0 for none.
        aim: the counters of the parent when the walk began, see ``Stream.moved``.
        cursor: where the next page begins, None for the first.
        walked: rows read so far.
        complete: it reads to the end, whatever it finds.
        round: 2 when the list is read once more to confirm what the first round did not find.
        pending: ids of stored rows that were not final when it began and have not been seen since.
        looking_up: the pages are done; only ``pending`` remains to be fetched.
        nothing_stored: the database had nothing of the list when it began. Not kept in the database.
    """

    stream: str
    parent: int = 0
    aim: str = ""
    cursor: str | None = None
    walked: int = 0
    complete: bool = False
    round: int = 1
    pending: tuple[str, ...] = ()
    looking_up: bool = False
    nothing_stored: bool = False


@attrs.frozen
class Page:
    """One page, as far as it decides how the walk continues.

    Attributes:
        ids: of its objects, in order.
        following: the cursor of the next page, None if this seems to be the last.
        counted: how many objects the whole list has, None if the server does not say.
        numbered: pages have numbers, so rows may shift between them while the list changes.
    """

    ids: Sequence[Key]
    following: str | None
    counted: int | None = None
    numbered: bool = False


@attrs.frozen
class Stored:
    """What the database knows about a page.

    Attributes:
        live: ids of rows, on the page or in its :func:`scope`, that are not marked as deleted.
        final: those of them that can no longer change.
        unseen: the live rows that no page of the walk had, if this is the last of several.
    """

    live: Collection[Key] = ()
    final: Collection[Key] = ()
    unseen: Sequence[Key] = ()


@attrs.frozen
class Step:
    """What follows from a page.

    Attributes:
        walk: how it continues; None if it has ended.
        gone: stored rows that are proven to be deleted.
    """

    walk: Walk | None
    gone: Sequence[Key] = ()


def has_all(walk: Walk, page: Page) -> bool:
    """Whether a walk from the beginning has seen every object of the list with this page."""
    return page.following is None or page.counted == walk.walked + len(page.ids)


def scope(walk: Walk, page: Page, order: Order) -> tuple[Key | None, Key | None] | None:
    """Return the range of ids for which a page is complete, from one to below the other; None if for none.

    A stored row in that range that is not on the page is gone. ``(None, None)`` is the whole list.
    """
    if order is Order.DESCENDING:
        lower = None if page.following is None else page.ids[-1]
        return lower, None if walk.cursor is None else int(walk.cursor)
    return (None, None) if _single(walk, page) else None


def after(walk: Walk, page: Page, order: Order, stored: Stored) -> Step:
    """Return how a walk continues after a page.

    Args:
        walk: the walk before the page.
        page: the page.
        order: of the stream.
        stored: the stored rows that are on the page or in its scope.
    """
    ids = set(page.ids)
    missing = [key for key in stored.live if key not in ids]
    rest = attrs.evolve(
        walk,
        cursor=page.following,
        walked=walk.walked + len(ids),
        pending=tuple(key for key in walk.pending if key not in ids),
    )
    if order is Order.DESCENDING:
        last = page.ids[-1] if page.ids else None
        if page.following is None and last is not None and any(key < last for key in missing):  # type: ignore[operator]
            # A short page may be the end. Before thousands of rows count as gone, an empty page must confirm it.
            return Step(attrs.evolve(rest, cursor=str(last)), [key for key in missing if key > last])  # type: ignore[operator]
        return Step(rest if page.following else None, missing)
    if _single(walk, page):
        return Step(_then_look_up(rest), missing)
    found_known = order is Order.NEWEST and not walk.complete and any(key in ids for key in stored.final)
    if not has_all(walk, page) and not found_known:
        return Step(rest)
    if stored.unseen and page.numbered and walk.round == 1:
        return Step(attrs.evolve(rest, cursor=None, walked=0, round=2))
    return Step(_then_look_up(rest), stored.unseen)


def collects(walk: Walk, page: Page, order: Order) -> bool:
    """Whether the ids of a page must be kept until the walk has ended."""
    return (order is Order.WHOLE or walk.complete) and order is not Order.DESCENDING and not _single(walk, page)


def _single(walk: Walk, page: Page) -> bool:
    """Whether one response has the whole list."""
    return walk.cursor is None and walk.round == 1 and has_all(walk, page)


def _then_look_up(walk: Walk) -> Walk | None:
    return attrs.evolve(walk, cursor=None, looking_up=True) if walk.pending else None
