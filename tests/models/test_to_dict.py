"""``to_dict()`` and ``to_json()``: a model as the JSON that Workato sent."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.resources.test_samples import BY_ID, LISTS, OBJECTS, decoded, items, one, sample, wrapped
from tests.support.filled_models import CLASSES, filled
from workato_async import NotFoundError
from workato_async.base_model import Model
from workato_async.models import ApiClientToken, Recipe, RecipeConfig, RepeatResult, TokenRegenerated

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=3), children, max_size=3),
    max_leaves=8,
)


def is_plain(value: Any) -> bool:
    """Whether a value is of exactly the types that ``json.loads`` makes."""
    if type(value) is dict:
        return all(type(key) is str and is_plain(item) for key, item in value.items())
    return all(map(is_plain, value)) if type(value) is list else type(value) in (str, int, float, bool, type(None))


@pytest.mark.parametrize("id_", LISTS + OBJECTS)
def test_it_is_the_object_that_was_sent(id_: str) -> None:
    for model, tree in decoded(BY_ID[id_], sample(id_)):
        assert model.to_dict() == tree
        assert is_plain(model.to_dict())
        assert json.loads(model.to_json()) == tree


@given(
    st.dictionaries(st.text(max_size=5).filter(lambda name: name not in attrs.fields_dict(Recipe)), JSON, max_size=4)
)
def test_any_unknown_fields_are_in_it(unknown: dict[str, Any]) -> None:
    [recipe] = items("recipes.list", json.dumps({"items": [{"id": 1, "config": [unknown], **unknown}]}).encode())
    assert recipe.to_dict() == {"id": 1, "config": [unknown], **unknown}
    assert json.loads(recipe.to_json()) == recipe.to_dict()
    nested = {key: value for key, value in unknown.items() if key not in attrs.fields_dict(RecipeConfig)}
    assert recipe.extra == {**unknown, **({"config": [nested]} if nested else {})}


def test_every_call_returns_a_new_dict() -> None:
    [recipe] = items("recipes.list", b'{"items": [{"id": 1, "parameters": {}}]}')
    recipe.to_dict()["parameters"]["mine"] = 1
    assert recipe.to_dict() == {"id": 1, "parameters": {}}


def test_text_stays_text_in_json() -> None:
    sent = '{"id": 1, "name": "café \\u2603 \\"x\\"", "big": 123456789012345678901234567890, "none": null}'
    recipe = one("recipes.get", sent.encode())
    assert recipe.to_json() == ('{"id":1,"name":"café ☃ \\"x\\"","big":123456789012345678901234567890,"none":null}')


def test_an_object_of_your_own_has_the_fields_that_are_set() -> None:
    assert Recipe(id=1).to_dict() == {"id": 1}
    time = datetime(2026, 1, 15, 16, tzinfo=timezone(timedelta(hours=-8)))
    mine = Recipe(id=1, running=False, stopped_at=time, config=(RecipeConfig(name="x"),), parameters={"a": (1, None)})
    assert mine.to_dict() == {
        "id": 1,
        "running": False,
        "stopped_at": "2026-01-15T16:00:00-08:00",
        "config": [{"name": "x"}],
        "parameters": {"a": [1, None]},
    }
    assert one("recipes.get", mine.to_json().encode()) == attrs.evolve(mine, parameters={"a": [1, None]})


class _Kind(Enum):
    ODD = "odd"


def test_values_that_json_has_no_form_for() -> None:
    values = {"cut": "x\ud83d", "endless": float("inf"), "nothing": float("nan"), "kind": _Kind.ODD, "is": {1: 2}}
    assert Recipe(id=1, parameters=values).to_dict()["parameters"] == {
        "cut": "x\ufffd",
        "endless": None,
        "nothing": None,
        "kind": "odd",
        "is": {"1": 2},
    }
    failed = RepeatResult(requested_job_id="j-1", status="failed", error=NotFoundError("it is gone"))
    assert "it is gone" in failed.to_dict()["error"]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_model_has_a_json_form(cls: type[Any]) -> None:
    value = filled(cls)
    assert set(value.to_dict()) == set(attrs.fields_dict(cls))
    assert is_plain(value.to_dict())
    assert json.loads(value.to_json()) == value.to_dict()


def test_an_object_inside_another_has_its_fields() -> None:
    [recipe] = items("recipes.list", b'{"items": [{"id": 1, "config": [{"name": "x", "news": 1, "keyword": null}]}]}')
    assert recipe.config[0].to_dict() == {"name": "x"}
    assert recipe.to_dict()["config"] == [{"name": "x", "news": 1, "keyword": None}]


@pytest.mark.parametrize(
    "duplicate",
    [copy.copy, copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))],
    ids=["copy", "deepcopy", "pickle"],
)
@pytest.mark.parametrize("id_", LISTS + OBJECTS)
def test_copies_are_equal_in_everything(id_: str, duplicate: Any) -> None:
    known = decoded(BY_ID[id_], sample(id_))[-1][1]
    [(model, tree)] = decoded(BY_ID[id_], wrapped(BY_ID[id_], {**known, "color": [None]}))
    again = duplicate(duplicate(model))
    assert again == model
    assert hash(again) == hash(model)
    assert (again.raw, again.extra, again.to_dict(), repr(again)) == (model.raw, model.extra, tree, repr(model))


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_objects_of_your_own_are_copied(cls: type[Any]) -> None:
    value = filled(cls)
    for again in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert again == value
        assert again.to_dict() == value.to_dict()
        assert not isinstance(again, Model) or again.raw is None


def test_nothing_stale_is_left_after_a_change() -> None:
    [recipe] = items("recipes.list", b'{"items": [{"id": 1, "name": "old", "news": 1}]}')
    changed = attrs.evolve(recipe, name="new")
    assert changed.to_dict() == {"id": 1, "name": "new"}
    assert changed.extra == {}
    assert recipe.to_dict()["name"] == "old"


def test_a_secret_is_in_it() -> None:
    """It is the data: what is shown once must be there to be stored."""
    issued = TokenRegenerated(token=ApiClientToken(value="secret", updated_at=datetime(2026, 1, 1, tzinfo=UTC)))
    assert issued.to_dict() == {"token": {"value": "secret", "updated_at": "2026-01-01T00:00:00+00:00"}}


def test_a_table_is_made_of_dicts() -> None:
    """What ``pd.DataFrame(recipe.to_dict() for recipe in recipes)`` needs: plain dicts of plain values."""
    recipes = items("recipes.list")
    rows = [recipe.to_dict() for recipe in recipes]
    assert all(type(row) is dict for row in rows)
    assert [row["id"] for row in rows] == [recipe.id for recipe in recipes]
    assert is_plain(rows)
