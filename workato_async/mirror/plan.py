"""How a walk continues after a page, and what the page proves. Pure: no database, no network, no clock.

A walk ends on an empty page, or at a row that is stored and final. What the server counts is only a hint: it can make a
walk go further, never end it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import attrs

from workato_async.mirror.streams import Order

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

Key = int | str

DOUBTS = 1
"""Passes in which a list that seems to lack rows is left due before it is believed."""
AGAIN = 100
"""Rows up to which a list that seems to lack some is read again as a whole, not only where it ended."""
SHORT = 1_000
"""Rows up to which a list stays due, and is read to its end, as long as some of them cannot be read."""


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
        deep: it reads on past rows that are known, to find those that are lacking.
        proves: every page so far was whole, so that what none of them had is missing.
        round: 2 when the list is read once more to confirm what the first round did not find.
        restarts: how often it began anew because the row where its next page begins no longer existed.
        pending: ids of stored rows that were not final when it began and have not been seen since.
        looking_up: the pages are done; only ``pending`` remains to be fetched.
        doubts: passes in which the list had fewer rows than the counters say.
        lacking: by how many rows that was believed.
        missing: stored rows that the page at the cursor lacked when it was read before, None if it was not. Not kept in
            the database.
        onward: where the page after it began then. Not kept in the database.
        nothing_stored: the database had nothing of the list when it began. Not kept in the database.
        failed_before: the pass before could not read it. Not kept in the database.
        late: an earlier pass began it, so the rows that came since are above it. Not kept in the database.
    """

    stream: str
    parent: int = 0
    aim: str = ""
    cursor: str | None = None
    walked: int = 0
    complete: bool = False
    deep: bool = False
    proves: bool = True
    round: int = 1
    restarts: int = 0
    pending: tuple[str, ...] = ()
    looking_up: bool = False
    doubts: int = 0
    lacking: int = 0
    missing: tuple[Key, ...] | None = None
    onward: str | None = None
    nothing_stored: bool = False
    failed_before: bool = False
    late: bool = False


@attrs.frozen
class Page:
    """One page, as far as it decides how the walk continues.

    Attributes:
        ids: of its objects, in order.
        following: the cursor of the next page, None if the list has no more.
        again: ids that the page before also had: if that was not in order, they are stored since, not known.
        whole: everything could be read, and is where it belongs: the page proves what is missing from it.
    """

    ids: Sequence[Key]
    following: str | None
    again: Collection[Key] = ()
    whole: bool = True


@attrs.frozen
class Stored:
    """What the database knows about a page.

    Attributes:
        live: ids of rows, on the page or in its ``scope``, that are not marked as deleted.
        final: those of them that can no longer change.
        unseen: the live rows that no page of the walk had, if this is the last of several.
        many: so many rows of the stream are missing that this pass will mark none of them as deleted.
    """

    live: Collection[Key] = ()
    final: Collection[Key] = ()
    unseen: Sequence[Key] = ()
    many: bool = False


@attrs.frozen
class Step:
    """What follows from a page.

    Attributes:
        walk: how it continues; None if it has ended.
        gone: stored rows that the list no longer has.
        postponed: it continues in the next pass.
        lacking: rows that the counters have more than the list, and that are believed not to be listed.
    """

    walk: Walk | None
    gone: Sequence[Key] = ()
    postponed: bool = False
    lacking: int = 0

    @property
    def pages_done(self) -> bool:
        """Whether the list has been read, apart from rows that are fetched on their own."""
        return self.walk is None or self.walk.looking_up


def in_order(cursor: str | None, ids: Sequence[Key]) -> bool:
    """Whether ids descend from a cursor, as a page of a descending list claims."""
    numbers = [int(cursor)] if cursor else []
    numbers.extend(int(key) for key in ids)
    return all(higher > lower for higher, lower in pairwise(numbers))


def scope(walk: Walk, page: Page, order: Order) -> tuple[Key | None, Key | None] | None:
    """Return the range of ids for which a page is complete, from one to below the other; None if for none.

    A stored row in that range that is not on the page is missing. ``(None, None)`` is the whole list.
    """
    if not page.whole:
        return None
    if order is Order.DESCENDING:
        lower = page.ids[-1] if page.ids else None
        return lower, None if walk.cursor is None else int(walk.cursor)
    return (None, None) if _single(walk, page) else None


def missing(walk: Walk, page: Page, order: Order, live: Collection[Key]) -> list[Key]:
    """Return the live rows that a page should have, and does not."""
    if scope(walk, page, order) is None:
        return []
    ids = set(page.ids)
    return [key for key in live if key not in ids]


def after(walk: Walk, page: Page, order: Order, stored: Stored) -> Step:
    """Return how a walk continues after a page.

    A single response can lack anything, and rows may shift between pages while the list changes. So where rows are
    missing, the page, or a list of several, is read once more: what one of the two readings has is not gone. If too
    many are missing to be marked as deleted by one pass, the next pass is the second reading.

    Args:
        walk: the walk before the page.
        page: the page.
        order: of the stream.
        stored: the stored rows that are on the page or in its scope.
    """
    lacks = missing(walk, page, order, stored.live)
    if lacks and walk.missing is None and not stored.many:
        return Step(attrs.evolve(walk, missing=tuple(lacks), onward=page.following))
    gone = [key for key in lacks if walk.missing is None or key in walk.missing]
    page = attrs.evolve(page, following=page.following or walk.onward)
    rest = _advanced(walk, page)
    ids = set(page.ids)
    if order is Order.DESCENDING:
        return Step(rest if page.following else None, gone)
    if _single(walk, page):
        return Step(_then_look_up(rest), gone)
    reads_on = order is Order.WHOLE or walk.complete or walk.deep
    found_known = not reads_on and any(key in ids and key not in page.again for key in stored.final)
    if page.following is not None and not found_known:
        return Step(rest)
    unseen = stored.unseen if rest.proves else ()
    if unseen and walk.round == 1 and not stored.many:
        return Step(attrs.evolve(rest, cursor=None, walked=0, round=2))
    return Step(_then_look_up(rest), unseen)


def believed(walk: Walk, page: Page, step: Step, lack: int, *, unmet: bool = False) -> Step:
    """Return what follows from the last page of a list that is not read to its end in every pass.

    Where rows seem to be lacking, the next pass asks again where the list ended, or reads a short list once more. If it
    ended at a row that is known, or rows could not be read, it then reads past those that are known. Counters lag, and
    count rows that are no longer listed, so a list is doubted once and then believed.

    Args:
        walk: the walk before the page.
        page: the page.
        step: what follows otherwise.
        lack: rows that the counters have more than the database.
        unmet: it ended on an empty page, without any sign that this is the end.
    """
    if not (walk.proves and page.whole) and (walk.walked < SHORT or walk.doubts < DOUBTS):
        return Step(attrs.evolve(walk, cursor=None, deep=True, doubts=walk.doubts + 1), postponed=True)
    if (lack > walk.lacking or unmet) and walk.doubts < DOUBTS:
        goes_on = page.following is None and (walk.walked > AGAIN or lack <= walk.lacking)
        cursor = walk.cursor if goes_on else None
        again = attrs.evolve(walk, doubts=walk.doubts + 1, cursor=cursor, deep=page.following is None and not goes_on)
        return Step(again, postponed=True)
    if lack > walk.lacking and page.following is not None:
        return attrs.evolve(step, walk=attrs.evolve(_advanced(walk, page), deep=True))
    lack = max(lack, 0)
    return attrs.evolve(step, walk=step.walk and attrs.evolve(step.walk, lacking=lack), lacking=lack)


def collects(walk: Walk, page: Page, order: Order) -> bool:
    """Whether the ids of a page must be kept until the walk has ended."""
    return (order is Order.WHOLE or walk.complete) and order is not Order.DESCENDING and not _single(walk, page)


def ends(walk: Walk, page: Page, order: Order) -> bool:
    """Whether a page is the end of a walk that met every row of the list."""
    return page.following is None and collects(walk, page, order)


def _advanced(walk: Walk, page: Page) -> Walk:
    """Return a walk as it is after a page that is not its last."""
    ids = set(page.ids)
    return attrs.evolve(
        walk,
        cursor=page.following,
        walked=walk.walked + len(ids),
        pending=tuple(key for key in walk.pending if key not in ids),
        proves=walk.proves and page.whole,
        missing=None,
        onward=None,
    )


def _single(walk: Walk, page: Page) -> bool:
    """Whether one response has the whole list."""
    return walk.cursor is None and walk.round == 1 and page.following is None


def _then_look_up(walk: Walk) -> Walk | None:
    return attrs.evolve(walk, cursor=None, looking_up=True) if walk.pending else None
