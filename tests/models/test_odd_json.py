"""Models whose JSON only the standard library reads."""

from __future__ import annotations

import json

import pytest

from tests.resources.test_samples import items, one


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (rb'{"id": 1, "name": "cut \ud83d"}', {"id": 1, "name": "cut \ufffd"}),
        (b'{"id": 1, "news": [NaN, Infinity, -Infinity, 1e999]}', {"id": 1, "news": [None, None, None, None]}),
        (b'{"id": 1, "news": "\xff"}', {"id": 1, "news": "\ufffd"}),
        (b'{"id": 1, "news": "a\tb"}', {"id": 1, "news": "a\tb"}),
    ],
)
def test_to_dict_is_plain_and_raw_is_what_was_sent(sent: bytes, expected: object) -> None:
    other = b'{"id": 2, "news": 1}'
    recipes = [one("recipes.get", sent), *items("recipes.list", b'{"items": [' + sent + b", " + other + b"]}")]
    for recipe in recipes[:2]:
        assert recipe.raw == sent
        assert recipe.to_dict() == expected
        assert json.loads(recipe.to_json()) == expected
    assert recipes[2].raw == other
    assert recipes[2].extra == {"news": 1}
