"""Texts keep to the word list: ``python -m tests.support.word_list`` shows every place."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.support.commit_subject import problem
from tests.support.word_list import OPENING, RULES, Rule, places


@pytest.fixture(scope="module")
def used() -> Counter[str]:
    return Counter(place.rule.name for place in places())


@pytest.mark.parametrize("rule", [OPENING, *RULES], ids=lambda rule: rule.name)
def test_retired_words_are_not_used(rule: Rule, used: Counter[str]) -> None:
    assert used[rule.name] <= rule.at_most, f"python -m tests.support.word_list shows where; say {rule.instead}"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a Replay-safe write", "replay-safe"),
        ("waits_out_429".replace("_", " "), "replay-safe"),
        ("its answers", "answer"),
        ("a token of the quota", "quota token"),
        ("one file a recipe", "distributive a"),
        ("and recipes likewise.", "trailing"),
    ],
)
def test_the_rules_find_what_they_are_for(text: str, name: str) -> None:
    assert [rule.name for rule in RULES if rule.retired.search(text)] == [name]


@pytest.mark.parametrize("text", ["60 a minute", "the API token of a workspace", "unanswerable", "is not a path"])
def test_the_rules_let_plain_english_pass(text: str) -> None:
    assert not [rule.name for rule in RULES if rule.retired.search(text)]


def test_commit_subjects() -> None:
    assert problem("pages: end job lists by date") is None
    assert problem("Merge branch 'main'") is None
    assert problem("end job lists by date")
    assert problem("pages: " + "x" * 70)
