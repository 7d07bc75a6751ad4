"""Texts keep to the word list: ``python -m tests.support.word_list`` shows every place."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.support.commit_subject import problem
from tests.support.word_list import RULES, Rule, places


@pytest.fixture(scope="module")
def used() -> Counter[str]:
    return Counter(place.rule.name for place in places())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_retired_words_are_not_used(rule: Rule, used: Counter[str]) -> None:
    assert used[rule.name] <= rule.at_most, f"python -m tests.support.word_list shows where; say {rule.instead}"


def names_of(text: str) -> list[str]:
    return [rule.name for rule in RULES if rule.retired.search(text)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('    """Give the recipe."""', "opening"),
        ('r"""\nTell what is not a number."""', "opening"),
        ("see :meth:`Limiter.eta`", "role"),
        ("    ::\n\n        code()", "literal block"),
        ("    Raises (while iterating):\n", "section"),
        ("a Replay-safe write", "replay-safe"),
        ("waits_out_429", "replay-safe"),
        ("its answers", "answer"),
        ("def no_answer():", "answer"),
        ("the call is refused", "refuse"),
        ("one that comes\n    # all the same", "all the same"),
        ("and recipes likewise.", "all the same"),
        ("started by whoever", "all the same"),
        ("one session works, too.", "too"),
        ("one session works too (on Linux)", None),
        ("it takes the object as well.", "as well"),
        ("somebody else", "somebody"),
        ('"a path that is "\n    f"no path"', "is no"),
        ("it is not sent, nor is it lost", "nor is"),
        ("a date that is none", "is none"),
        ("the token works no more.", "no more"),
        ("permits that can be had at once", "be had"),
        ("15 minutes must lie between two imports", "be had"),
        ("one process keeps the books", "books"),
        ("at this moment", "moment"),
        ("a token of the quota", "quota token"),
        ("exponential back-off", "back-off"),
        ("48 responses of 429", "responses of 429"),
        ("an endpoint permits 60 a minute", "permits 60"),
        ("one file a recipe", "distributive a"),
        ("25 a request", "distributive a"),
        ("0.35 scripts a call", "distributive a"),
    ],
)
def test_the_rules_find_what_they_are_for(text: str, name: str | None) -> None:
    assert names_of(text) == ([name] if name else [])


@pytest.mark.parametrize(
    "text",
    [
        "60 a minute",
        "the API token of a workspace",
        "unanswerable",
        "is not a path",
        "there is no path",
        "it is no longer there",
        "if value is None",
        "as well as recipes",
        "too many rows",
        "connection refused",
        "neither rests nor is held",
        "The type of a value::int",
        "unknown_too: bool",
        "a cookbook",
        "cookbook/back-up-recipes",
        "60 permits",
    ],
)
def test_the_rules_let_plain_english_pass(text: str) -> None:
    assert not names_of(text)


def test_commit_subjects() -> None:
    assert problem("pages: end job lists by date") is None
    assert problem("Merge branch 'main'") is None
    assert problem("end job lists by date")
    assert problem("pages: " + "x" * 70)
