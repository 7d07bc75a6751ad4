"""How walks end: what the last page proves, and what is still to be looked up."""

from __future__ import annotations

import attrs
import pytest

from workato_async.mirror.plan import Page, Step, Stored, Walk, after
from workato_async.mirror.streams import Order

FIRST = Walk("any")
LATER = Walk("any", cursor="50", walked=3)


@pytest.mark.parametrize("ids", [[49, 47, 44], [49]])
def test_a_short_page_is_judged_by_its_lowest_id(ids: list[int]) -> None:
    last = ids[-1]
    page = Page(ids, following=None)
    step = after(LATER, page, Order.DESCENDING, Stored(live=[last + 1, last - 1]))
    assert step.walk is not None
    assert step.walk.cursor == str(last)
    assert step.gone == ([last + 1] if last + 1 not in ids else [])
    assert after(LATER, page, Order.DESCENDING, Stored(live=[last + 1])) == Step(None, step.gone)


def test_the_last_of_descending_ids_ends_the_walk() -> None:
    assert after(LATER, Page([49, 47], following=None), Order.DESCENDING, Stored(live=[49, 47])).walk is None
    assert after(LATER, Page([], following=None), Order.DESCENDING, Stored(live=[12])) == Step(None, [12])


@pytest.mark.parametrize("order", [Order.NEWEST, Order.WHOLE])
def test_after_a_single_page_what_was_not_met_is_looked_up(order: Order) -> None:
    walk = attrs.evolve(FIRST, pending=("b", "x"))
    step = after(walk, Page(["c", "b"], None), order, Stored(live=["b", "a"]))
    assert step == Step(attrs.evolve(walk, walked=2, pending=("x",), looking_up=True), ["a"])


def test_the_second_round_begins_at_the_first_page() -> None:
    """Whatever cursor the last page of the first round names: a counter can end the round before the cursors do."""
    walk = attrs.evolve(FIRST, cursor="2", walked=2)
    page = Page([3], "3", counted=3, numbered=True)
    assert after(walk, page, Order.WHOLE, Stored(unseen=[9])) == Step(attrs.evolve(FIRST, round=2))
