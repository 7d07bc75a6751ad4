"""What a recipe does, without the ids of its workspace."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workato_async.reports.recipe_code import fingerprint
from workato_async.resources.recipes.models import Recipe, RecipeConfig

NAMES = {"recipes": {7: "Sales/Callee"}, "folders": {7: "Sales"}, "connections": {7: "CRM"}, "lookup_tables": {7: "T"}}
KEYS = {"flow_id": "recipes", "folder_id": "folders", "account_id": "connections", "lookup_table_id": "lookup_tables"}


def recipe(code: Any, account_id: int | None = None) -> Recipe:
    config = (RecipeConfig(keyword="application", name="crm", provider="crm", account_id=account_id),)
    return Recipe(id=1, code=code if isinstance(code, str) else json.dumps(code), config=config)


def step(provider: str, **given: Any) -> dict[str, Any]:
    return {"provider": provider, "keyword": "action", "input": given}


LEAVES = st.none() | st.booleans() | st.integers(8, 99) | st.text(max_size=5)
NAMED = st.sampled_from(sorted(KEYS)).map(lambda key: {key: 7})
FIELDS = st.sampled_from([*sorted(KEYS), "a", "b"])
CODE = st.recursive(
    LEAVES | NAMED,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=3),
    max_leaves=12,
)


@given(CODE, st.integers(100, 999))
def test_other_ids_of_the_same_objects_are_the_same(code: Any, new: int) -> None:
    def renumbered(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: renumbered(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [renumbered(item, key) for item in value]
        return new if key in KEYS and value == 7 and value is not True else value

    names = {kind: dict.fromkeys([new], of[7]) for kind, of in NAMES.items()}
    assert fingerprint(recipe(code, 7), NAMES) == fingerprint(recipe(renumbered(code), new), names)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (step("salesforce", flow_id=7), step("salesforce", flow_id="7"), True),
        (step("salesforce", flow_id=7), step("salesforce", flow_id=8), False),
        (step("workato_recipe_function", flow_id=8), step("workato_recipe_function", flow_id=9), True),
        (step("workato_db_table", data_table_id="a"), step("workato_db_table", data_table_id="b"), True),
        (step("box", folder_id=8), step("box", folder_id=9), False),
        (step("box", object_id=7), step("box", object_id=8), False),
        ({"uuid": "a", "number": 1}, {"number": 1, "uuid": "b"}, True),
        ({"number": 1}, {"number": 2}, False),
        ({"number": 1}, {"number": True}, False),
        (step("box", folder_id="9" * 5000), step("box", folder_id="9" * 5001), False),
        ("not JSON", "not JSON", True),
        ("not JSON", "not JSON either", False),
        ({"title": "\ud800"}, {"title": "\ud800"}, True),
    ],
)
def test_what_counts(one: Any, other: Any, same: bool) -> None:
    assert (fingerprint(recipe(one), NAMES) == fingerprint(recipe(other), NAMES)) is same


def test_the_connection_counts_by_its_name() -> None:
    crm = fingerprint(recipe({}, 7), NAMES)
    assert crm == fingerprint(recipe({}, 8), {"connections": {8: "CRM"}})
    assert crm != fingerprint(recipe({}, 8), {"connections": {8: "Another"}})
    assert crm != fingerprint(recipe({}), NAMES)
    assert fingerprint(recipe({}, 7), {}) == fingerprint(recipe({}, 8), {})  # if their names are unknown


def test_without_code_there_is_none() -> None:
    assert fingerprint(Recipe(id=1), NAMES) is None
