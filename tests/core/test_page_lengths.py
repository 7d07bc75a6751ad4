"""What a session learns of the pages of a list, and what it concludes from it."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from workato_async.page_lengths import AT_ONCE, DOUBTS, ENOUGH, PageLengths


def test_nothing_is_short_before_a_page_was_seen() -> None:
    assert PageLengths().short_below == 0


def test_shorter_than_the_longest_page_is_short() -> None:
    lengths = PageLengths()
    for length in (3, 7, 5):
        lengths.add(length)
    assert lengths.short_below == 7


def test_the_longest_page_is_short_once_enough_lists_have_ended_with_it() -> None:
    lengths = PageLengths()
    lengths.add(7)
    for number in range(ENOUGH):
        assert lengths.short_below == 7, number
        lengths.ended(5)  # says nothing about a page of seven
        lengths.ended(7)
    assert lengths.short_below == 8


def test_a_longer_page_has_to_be_proven_anew() -> None:
    lengths = PageLengths()
    lengths.add(7)
    for _ in range(ENOUGH):
        lengths.ended(7)
    lengths.add(7)
    assert lengths.short_below == 8
    lengths.add(9)
    assert lengths.short_below == 9
    lengths.ended(7)
    lengths.add(9)
    for _ in range(ENOUGH - 1):
        lengths.ended(9)
    assert lengths.short_below == 9


@given(
    seen=st.lists(st.integers(1, 30), max_size=30),
    full=st.integers(1, 30),
    ends=st.lists(st.integers(1, 30), max_size=30),
)
def test_a_page_that_was_followed_by_more_is_never_short(seen: list[int], full: int, ends: list[int]) -> None:
    lengths = PageLengths()
    lengths.add(full)
    lengths.continued(full)
    for length in seen:
        lengths.add(length)
    for length in ends:
        lengths.ended(length)
    assert lengths.short_below <= full
    lengths.continued(math.ceil(full / 2))
    assert lengths.short_below <= math.ceil(full / 2)
    lengths.continued(full)
    assert lengths.short_below <= math.ceil(full / 2)


def test_a_counter_that_is_too_high_again_and_again_is_no_longer_checked() -> None:
    lengths = PageLengths()
    firsts = []
    for _ in range(DOUBTS):
        assert lengths.dependable
        firsts.append(lengths.too_high())
    assert not lengths.dependable
    assert firsts == [True, *[False] * (DOUBTS - 1)]


def test_few_check_at_the_same_time() -> None:
    assert PageLengths().checking._value == AT_ONCE
    assert ENOUGH + AT_ONCE <= 12, "what a session spends on it at most"
