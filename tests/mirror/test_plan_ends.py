"""How walks end: what is still to be looked up."""

from __future__ import annotations

import attrs
import pytest

from workato_async.mirror.plan import Page, Step, Stored, Walk, after
from workato_async.mirror.streams import Order

FIRST = Walk("any")
LATER = Walk("any", cursor="50", walked=3)


def test_an_empty_page_ends_the_walk() -> None:
    assert after(LATER, Page([49, 47], "47"), Order.DESCENDING, Stored(live=[49, 47])).walk is not None
    assert after(LATER, Page([], None), Order.DESCENDING, Stored()) == Step(None, [])


@pytest.mark.parametrize("order", [Order.NEWEST, Order.WHOLE])
def test_after_a_single_page_what_was_not_met_is_looked_up(order: Order) -> None:
    walk = attrs.evolve(FIRST, pending=("b", "x"), missing=("a",))
    step = after(walk, Page(["c", "b"], None), order, Stored(live=["b", "a"]))
    assert step == Step(attrs.evolve(walk, walked=2, pending=("x",), looking_up=True, missing=None), ["a"])


def test_the_second_round_begins_at_the_first_page() -> None:
    walk = attrs.evolve(FIRST, cursor="2", walked=2)
    page = Page([], None)
    assert after(walk, page, Order.WHOLE, Stored(unseen=[9])) == Step(attrs.evolve(FIRST, round=2))
