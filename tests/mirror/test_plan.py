"""Where a walk goes after a page, as a table."""

from __future__ import annotations

import attrs
import pytest

from workato_async.mirror.plan import (
    AGAIN,
    SHORT,
    Page,
    Step,
    Stored,
    Walk,
    after,
    believed,
    collects,
    ends,
    in_order,
    missing,
    scope,
)
from workato_async.mirror.streams import Order

FIRST = Walk("any")
LATER = Walk("any", cursor="50", walked=3)
FULL = attrs.evolve(FIRST, complete=True)


def test_a_page_of_descending_ids_vouches_for_its_range() -> None:
    page = Page([49, 47, 44], following="44")
    assert scope(LATER, page, Order.DESCENDING) == (44, 50)
    assert scope(FIRST, page, Order.DESCENDING) == (44, None)
    assert missing(LATER, page, Order.DESCENDING, [49, 48, 44]) == [48]
    step = after(LATER, page, Order.DESCENDING, Stored(live=[49, 47, 44]))
    assert step == Step(attrs.evolve(LATER, cursor="44", walked=6), [])


@pytest.mark.parametrize("order", Order)
def test_a_page_that_lacks_rows_is_read_once_more(order: Order) -> None:
    """What one of the two readings has is not gone."""
    walk, onward = (LATER, "44") if order is Order.DESCENDING else (FIRST, None)
    page, stored = Page([49, 44], onward), Stored(live=[49, 48, 47, 44])
    again = after(walk, page, order, stored)
    assert again == Step(attrs.evolve(walk, missing=(48, 47), onward=onward))
    assert again.walk is not None
    step = after(again.walk, Page([49, 48, 44], onward), order, stored)
    assert step.gone == [47]
    step = after(again.walk, Page([48, 44], onward), order, stored)
    assert step.gone == [47]
    assert step.walk == (attrs.evolve(walk, cursor="44", walked=5) if onward else None)


def test_a_second_reading_that_has_nothing_does_not_end_the_walk() -> None:
    again = attrs.evolve(LATER, missing=(48,), onward="44")
    step = after(again, Page([], None), Order.DESCENDING, Stored(live=[49, 48, 44, 12]))
    assert step == Step(attrs.evolve(LATER, cursor="44"), [48])


def test_so_many_missing_rows_that_none_will_be_deleted_are_not_read_again() -> None:
    """The next pass is the second reading."""
    stored = Stored(live=[49, 48, 44], unseen=[9], many=True)
    assert after(LATER, Page([49, 44], "44"), Order.DESCENDING, stored).gone == [48]
    assert after(FIRST, Page([49, 44], None), Order.WHOLE, stored) == Step(None, [48])
    assert after(LATER, Page([], None), Order.WHOLE, stored) == Step(None, [9])


@pytest.mark.parametrize(
    ("ids", "live", "following", "gone"),
    [
        ([49, 47], [49, 47, 48], "47", [48]),  # what is below 47 is not in question: an empty page must say so
        ([], [12, 11], None, [12, 11]),
        ([], [], None, []),
    ],
)
def test_an_empty_page_is_the_end_of_descending_ids(
    ids: list[int], live: list[int], following: str | None, gone: list[int]
) -> None:
    page = Page(ids, following=following)
    assert scope(LATER, page, Order.DESCENDING) == (ids[-1] if ids else None, 50)
    again = attrs.evolve(LATER, missing=tuple(live))
    step = after(again, page, Order.DESCENDING, Stored(live=live))
    assert step.gone == gone
    assert (step.walk.cursor if step.walk else None) == following


@pytest.mark.parametrize("order", Order)
def test_a_page_that_is_not_whole_proves_nothing(order: Order) -> None:
    for page in (Page([49, 47], "47", whole=False), Page([], None, whole=False)):
        assert scope(LATER, page, order) is None
        assert not after(LATER, page, order, Stored(live=[48])).gone
    first = after(FIRST, Page(["c", "b"], "2", whole=False), Order.WHOLE, Stored())
    assert first.walk is not None
    assert not first.walk.proves
    assert after(first.walk, Page([], None), Order.WHOLE, Stored(unseen=["z"])) == Step(None)


@pytest.mark.parametrize(
    ("cursor", "ids", "right"),
    [
        (None, [3, 2, 1], True), ("4", [3, 2, 1], True), (None, [], True), ("4", [], True), (None, [7], True),
        ("3", [3, 2], False), ("4", [5, 3], False), (None, [1, 2], False), (None, [2, 2], False),
        ("9", [3, 5, 4], False),
    ],
)  # fmt: skip
def test_the_order_of_descending_ids(cursor: str | None, ids: list[int], right: bool) -> None:
    assert in_order(cursor, ids) is right


@pytest.mark.parametrize(
    ("walk", "page", "final", "onward"),
    [
        (FIRST, Page(["c", "b"], "b"), [], "b"),
        (FIRST, Page(["c", "b"], "b"), ["b"], None),
        (FIRST, Page(["c", "b"], "b"), ["z"], "b"),
        (FULL, Page(["c", "b"], "b"), ["b"], "b"),
        (attrs.evolve(FIRST, deep=True), Page(["c", "b"], "b"), ["b"], "b"),
        (FIRST, Page(["c", "b"], "b", again={"b"}), ["b"], "b"),
        (FIRST, Page(["c", "b"], "b", again={"c"}), ["c", "b"], None),
        (LATER, Page([], None), [], None),
    ],
)
def test_newest_first(walk: Walk, page: Page, final: list[str], onward: str | None) -> None:
    step = after(walk, page, Order.NEWEST, Stored(live=final, final=final))
    assert (step.walk.cursor if step.walk else None) == onward


def test_a_walk_that_stops_at_what_is_known_proves_nothing_gone() -> None:
    page = Page(["c", "b"], "b")
    assert scope(FIRST, page, Order.NEWEST) is None
    assert after(FIRST, page, Order.NEWEST, Stored(live=["b"], final=["b"])) == Step(None)


def test_one_response_with_everything_proves_the_rest_gone() -> None:
    page = Page(["c", "b"], None)
    for order in (Order.NEWEST, Order.WHOLE):
        assert scope(FIRST, page, order) == (None, None)
        assert not collects(FIRST, page, order)
        again = attrs.evolve(FIRST, missing=("a",))
        assert after(again, page, order, Stored(live=["b", "a"], final=["b"])) == Step(None, ["a"])


def test_jobs_not_met_are_looked_up_after_the_pages() -> None:
    walk = attrs.evolve(FIRST, pending=("b", "x", "y"))
    step = after(walk, Page(["c", "b"], "b"), Order.NEWEST, Stored(live=["b"]))
    assert step.walk == attrs.evolve(walk, cursor="b", walked=2, pending=("x", "y"))
    step = after(walk, Page(["c", "b"], "b"), Order.NEWEST, Stored(live=["b"], final=["b"]))
    assert step.walk == attrs.evolve(walk, walked=2, pending=("x", "y"), looking_up=True)


def test_several_pages_are_walked_twice_before_anything_is_gone() -> None:
    """A row that moves up while the list is walked is on no page; it is not gone for that."""
    first = after(FIRST, Page([1, 2], "2"), Order.WHOLE, Stored())
    assert first.walk == attrs.evolve(FIRST, cursor="2", walked=2)
    last = Page([], None)
    assert collects(first.walk, last, Order.WHOLE)
    assert ends(first.walk, last, Order.WHOLE)
    assert after(first.walk, last, Order.WHOLE, Stored()) == Step(None)
    again = after(first.walk, last, Order.WHOLE, Stored(unseen=[9]))
    assert again == Step(attrs.evolve(FIRST, round=2))
    assert again.walk is not None
    assert collects(again.walk, Page([1, 2, 3], "2"), Order.WHOLE)
    second = attrs.evolve(again.walk, cursor="2", walked=2)
    assert after(second, last, Order.WHOLE, Stored(unseen=[9])) == Step(None, [9])


KNOWN = Page(["c", "b"], "b")
EMPTY = Page([], None)


@pytest.mark.parametrize("page", [KNOWN, EMPTY])
@pytest.mark.parametrize(("lack", "lacking"), [(0, 0), (-3, 0), (2, 2), (1, 2)])
def test_a_list_that_has_what_the_counters_say_is_believed(page: Page, lack: int, lacking: int) -> None:
    walk = attrs.evolve(LATER, lacking=lacking)
    assert believed(walk, page, Step(None), lack) == Step(None, lacking=max(lack, 0))


def test_a_list_that_lacks_rows_is_asked_again_where_it_ended() -> None:
    long = attrs.evolve(LATER, walked=AGAIN + 1)
    step = believed(long, EMPTY, Step(None), 3)
    assert step.postponed
    assert step.walk == attrs.evolve(long, doubts=1)
    assert believed(step.walk, EMPTY, Step(None), 3) == Step(None, lacking=3)  # twice is enough


def test_a_short_list_that_lacks_rows_is_read_again() -> None:
    """A row may have been left out of any of its pages."""
    step = believed(attrs.evolve(LATER, walked=AGAIN), EMPTY, Step(None), 3)
    assert step == Step(attrs.evolve(LATER, walked=AGAIN, doubts=1, cursor=None, deep=True), postponed=True)


def test_a_walk_that_ended_at_a_known_row_goes_deeper_if_rows_are_lacking_twice() -> None:
    step = believed(LATER, KNOWN, Step(None), 3)
    assert step.postponed
    assert step.walk == attrs.evolve(LATER, cursor=None, doubts=1)
    step = believed(attrs.evolve(LATER, doubts=1), KNOWN, Step(None), 3)
    assert not step.postponed
    assert step.walk == attrs.evolve(LATER, cursor="b", walked=5, doubts=1, deep=True)


@pytest.mark.parametrize(("proves", "whole"), [(False, True), (True, False)])
def test_a_list_with_rows_that_could_not_be_read_stays_due(proves: bool, whole: bool) -> None:
    """The next pass reads past the rows that are known, again and again: nothing else would ever fetch that row."""
    walk = attrs.evolve(LATER, proves=proves, doubts=1)
    page = attrs.evolve(KNOWN, whole=whole)
    step = believed(walk, page, Step(None, ["x"]), 0)
    assert step == Step(attrs.evolve(walk, cursor=None, deep=True, doubts=2), postponed=True)
    long = attrs.evolve(walk, walked=SHORT, doubts=0)
    assert believed(long, page, Step(None), 0).postponed  # a long one only once
    assert believed(attrs.evolve(long, doubts=1), page, Step(None), 0) == Step(None)


def test_a_list_that_ends_without_a_sign_is_asked_again_where_it_ended() -> None:
    step = believed(LATER, EMPTY, Step(None), 0, unmet=True)
    assert step == Step(attrs.evolve(LATER, doubts=1), postponed=True)
    assert step.walk is not None
    assert believed(step.walk, EMPTY, Step(None), 0, unmet=True) == Step(None)


def test_a_list_that_is_doubted_proves_nothing_missing() -> None:
    assert believed(LATER, EMPTY, Step(None, ["x"]), 1).gone == ()
    assert believed(attrs.evolve(LATER, doubts=1), EMPTY, Step(None, ["x"]), 1).gone == ["x"]


def test_what_is_believed_is_kept_while_rows_are_looked_up() -> None:
    looking = attrs.evolve(LATER, looking_up=True, pending=("x",))
    step = believed(attrs.evolve(LATER, doubts=1), EMPTY, Step(looking), 2)
    assert step.walk == attrs.evolve(looking, lacking=2)
