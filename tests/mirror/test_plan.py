"""Where a walk goes after a page, as a table."""

from __future__ import annotations

import attrs
import pytest

from workato_async.mirror.plan import Page, Step, Stored, Walk, after, collects, scope
from workato_async.mirror.streams import Order

FIRST = Walk("any")
LATER = Walk("any", cursor="50", walked=3)
FULL = attrs.evolve(FIRST, complete=True)


def test_a_page_of_descending_ids_vouches_for_its_range() -> None:
    page = Page([49, 47, 44], following="44")
    assert scope(LATER, page, Order.DESCENDING) == (44, 50)
    assert scope(FIRST, page, Order.DESCENDING) == (44, None)
    step = after(LATER, page, Order.DESCENDING, Stored(live=[49, 48, 44]))
    assert step.gone == [48]
    assert step.walk == attrs.evolve(LATER, cursor="44", walked=6)


@pytest.mark.parametrize(
    ("ids", "live", "cursor", "gone"),
    [
        ([49, 47], [49, 47, 48], None, [48]),  # the last page
        ([49, 47], [49, 48, 12], "47", [48]),  # short, and yet there should be more: an empty page must say so
        ([], [12, 11], None, [12, 11]),
        ([], [], None, []),
    ],
)
def test_the_end_of_descending_ids(ids: list[int], live: list[int], cursor: str | None, gone: list[int]) -> None:
    page = Page(ids, following=None)
    assert scope(LATER, page, Order.DESCENDING) == (None, 50)
    step = after(LATER, page, Order.DESCENDING, Stored(live=live))
    assert step.gone == gone
    assert (step.walk.cursor if step.walk else None) == cursor


@pytest.mark.parametrize(
    ("walk", "page", "final", "onward"),
    [
        (FIRST, Page(["c", "b"], "b"), [], "b"),
        (FIRST, Page(["c", "b"], "b"), ["b"], None),
        (FIRST, Page(["c", "b"], "b"), ["z"], "b"),
        (FULL, Page(["c", "b"], "b"), ["b"], "b"),
        (FIRST, Page(["c", "b"], "b", counted=2), [], None),
        (FIRST, Page(["c", "b"], "b", counted=3), [], "b"),
        (FIRST, Page(["c", "b"], "b", counted=1), [], "b"),  # that counts something else: no proof
        (LATER, Page(["c", "b"], "b", counted=5), [], None),
        (LATER, Page([], None), [], None),
    ],
)
def test_newest_first(walk: Walk, page: Page, final: list[str], onward: str | None) -> None:
    step = after(walk, page, Order.NEWEST, Stored(live=final, final=final))
    assert (step.walk.cursor if step.walk else None) == onward


def test_a_walk_that_stops_at_what_is_known_proves_nothing_gone() -> None:
    page = Page(["c", "b"], "b", counted=9)
    assert scope(FIRST, page, Order.NEWEST) is None
    assert after(FIRST, page, Order.NEWEST, Stored(live=["b"], final=["b"])) == Step(None)


def test_one_response_with_everything_proves_the_rest_gone() -> None:
    for page in (Page(["c", "b"], "b", counted=2), Page(["c", "b"], None)):
        for order in (Order.NEWEST, Order.WHOLE):
            assert scope(FIRST, page, order) == (None, None)
            assert not collects(FIRST, page, order)
            assert after(FIRST, page, order, Stored(live=["b", "a"], final=["b"])) == Step(None, ["a"])


def test_jobs_not_met_are_looked_up_after_the_pages() -> None:
    walk = attrs.evolve(FIRST, pending=("b", "x", "y"))
    step = after(walk, Page(["c", "b"], "b"), Order.NEWEST, Stored(live=["b"]))
    assert step.walk == attrs.evolve(walk, cursor="b", walked=2, pending=("x", "y"))
    step = after(walk, Page(["c", "b"], "b"), Order.NEWEST, Stored(live=["b"], final=["b"]))
    assert step.walk == attrs.evolve(walk, walked=2, pending=("x", "y"), looking_up=True)


def test_numbered_pages_are_walked_twice_before_anything_is_gone() -> None:
    """A row that moves up while the list is walked is on no page; it is not gone for that."""
    first = after(FIRST, Page([1, 2], "2", numbered=True), Order.WHOLE, Stored())
    assert first.walk == attrs.evolve(FIRST, cursor="2", walked=2)
    last = Page([3], None, numbered=True)
    assert collects(first.walk, last, Order.WHOLE)
    assert after(first.walk, last, Order.WHOLE, Stored()) == Step(None)
    again = after(first.walk, last, Order.WHOLE, Stored(unseen=[9]))
    assert again == Step(attrs.evolve(FIRST, round=2))
    assert again.walk is not None
    assert collects(again.walk, Page([1, 2, 3], None, numbered=True), Order.WHOLE)
    second = attrs.evolve(again.walk, cursor="2", walked=2)
    assert after(second, last, Order.WHOLE, Stored(unseen=[9])) == Step(None, [9])
