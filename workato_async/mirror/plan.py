"""Where a walk goes after a page, and what the page proves. Pure: no database, no network, no clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from workato_async.mirror.streams import Order

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

Key = int | str


@attrs.frozen
class Walk:
    """A walk through one list, as the database remembers it between two pages.

    Attributes:
        stream: the name of the stream.
        parent: the id of the object under which the list stands, 0 for none.
        aim: what the parent said when the walk began.
        cursor: where the next page begins, None for the beginning.
        walked: rows met so far.
        complete: it goes to the end whatever it meets.
        round: 2 when it is walked once more to make sure of what the first round missed.
        pending: ids of stored rows that were not final when it began and were not met since.
        looking_up: the pages are through, ``pending`` is what remains to be done.
        fresh: nothing of the list was stored when it began. Not kept in the database.
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
    fresh: bool = False


@attrs.frozen
class Page:
    """One page, by what decides on the way.

    Attributes:
        ids: of its objects, in order.
        following: the cursor of the next page as the style of paging has it, None if this seems to be the last.
        counted: how many objects the whole list has, None if the server does not say.
        numbered: pages have numbers, so that rows may shift between them while the list changes.
    """

    ids: Sequence[Key]
    following: str | None
    counted: int | None = None
    numbered: bool = False


@attrs.frozen
class Stored:
    """What the database knows that matters for a page.

    Attributes:
        live: ids of rows, on the page or in its :func:`scope`, that are not marked as deleted.
        final: those of them that will not change any more.
        unmet: the live rows that a walk of several pages, of which this is the last, has not met.
    """

    live: Collection[Key] = ()
    final: Collection[Key] = ()
    unmet: Sequence[Key] = ()


@attrs.frozen
class Step:
    """What follows from a page.

    Attributes:
        walk: how it goes on; None if it has ended.
        gone: stored rows that are proved to be gone.
    """

    walk: Walk | None
    gone: Sequence[Key] = ()


def has_all(walk: Walk, page: Page) -> bool:
    """Tell whether a walk from the beginning has met every object of the list with this page."""
    return page.following is None or page.counted == walk.walked + len(page.ids)


def scope(walk: Walk, page: Page, order: Order) -> tuple[Key | None, Key | None] | None:
    """Say which stored rows a page answers for, beside those on it: ids from one to below the other; None for none.

    ``(None, None)`` is all of the list.
    """
    if order is Order.DESCENDING:
        lower = None if page.following is None else page.ids[-1]
        return lower, None if walk.cursor is None else int(walk.cursor)
    return (None, None) if _single(walk, page) else None


def after(walk: Walk, page: Page, order: Order, stored: Stored) -> Step:
    """Say how a walk goes on after a page.

    Args:
        walk: the walk before the page.
        page: the page.
        order: of the stream.
        stored: the rows on the page that are stored, and those the page answers for.
    """
    ids = set(page.ids)
    missing = [key for key in stored.live if key not in ids]
    onward = attrs.evolve(
        walk,
        cursor=page.following,
        walked=walk.walked + len(ids),
        pending=tuple(key for key in walk.pending if key not in ids),
    )
    if order is Order.DESCENDING:
        last = page.ids[-1] if page.ids else None
        if page.following is None and last is not None and any(key < last for key in missing):  # type: ignore[operator]
            # A short page may be the end. Before thousands of rows are called gone, an empty page must say so, too.
            return Step(attrs.evolve(onward, cursor=str(last)), [key for key in missing if key > last])  # type: ignore[operator]
        return Step(onward if page.following else None, missing)
    if _single(walk, page):
        return Step(_then_look_up(onward), missing)
    met_known = order is Order.NEWEST and not walk.complete and any(key in ids for key in stored.final)
    if not has_all(walk, page) and not met_known:
        return Step(onward)
    if stored.unmet and page.numbered and walk.round == 1:
        return Step(attrs.evolve(onward, cursor=None, walked=0, round=2))
    return Step(_then_look_up(onward), stored.unmet)


def collects(walk: Walk, page: Page, order: Order) -> bool:
    """Tell whether the ids of a page must be kept until the walk has ended."""
    return (order is Order.WHOLE or walk.complete) and order is not Order.DESCENDING and not _single(walk, page)


def _single(walk: Walk, page: Page) -> bool:
    """Tell whether one answer has the whole list."""
    return walk.cursor is None and walk.round == 1 and has_all(walk, page)


def _then_look_up(walk: Walk) -> Walk | None:
    return attrs.evolve(walk, cursor=None, looking_up=True) if walk.pending else None
