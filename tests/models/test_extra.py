"""``extra``: what was sent and is in no field, among it values that did not fit theirs."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.resources.test_samples import BY_ID, LISTS, OBJECTS, WITHOUT_A_FIELD, decoded, items, one, sample
from workato_async.base_model import Model
from workato_async.models import HealthReport, JobErrorParts, JobLine, Recipe, RecipeConfig, RecipeHealth
from workato_async.origin import restore


def received(model: Model, sent: bytes) -> Model:
    """Return a model as the decoder leaves it that could not read all of what was sent."""
    restore(model, sent)
    return model


@pytest.mark.parametrize(
    ("model", "sent", "extra"),
    [
        (Recipe(id=1), b'{"id": 1, "created_at": "yesterday"}', {"created_at": "yesterday"}),
        (Recipe(id=1), b'{"id": 1, "created_at": ""}', {"created_at": ""}),
        (Recipe(id=1), b'{"id": 1, "running": 0, "name": []}', {"running": 0, "name": []}),
        (Recipe(id=1), b'{"id": 1, "config": "none", "tags": {}}', {"config": "none", "tags": {}}),
        (Recipe(id=1), b'{"id": 1, "applications": ["a", null]}', {"applications": ["a", None]}),
        (Recipe(id=1, applications=("a",)), b'{"id": 1, "applications": ["a", {}]}', {"applications": ["a", {}]}),
        (Recipe(id=1), b'{"id": 1, "parameters": [1]}', {"parameters": [1]}),
        (
            Recipe(id=1, config=(RecipeConfig(), RecipeConfig(name="x"))),
            b'{"id": 1, "config": [{"account_id": "no", "new": 1}, {"name": "x"}]}',
            {"config": [{"account_id": "no", "new": 1}, {}]},
        ),
        (
            RecipeHealth(report=HealthReport(impact={})),
            b'{"report": {"impact": {"low": 5}, "total_score": 1}, "version": null}',
            {"report": {"impact": {"low": 5}, "total_score": 1}},
        ),
    ],
)
def test_raw_values_of_fields_that_did_not_fit(model: Model, sent: bytes, extra: dict[str, Any]) -> None:
    assert received(model, sent).extra == extra


@pytest.mark.parametrize(
    ("id_", "sent"),
    [
        ("recipes.get", b'{"id": "1", "user_id": "2", "name": 5, "running": "true", "folder_id": 7.0}'),
        ("recipes.get", b'{"id": 1, "created_at": "2026-01-15T16:00:00"}'),
        ("recipes.get", b'{"id": 1, "applications": null, "parameters": null, "config": null, "created_at": null}'),
        ("recipes.get", b'{"id": 1, "applications": [], "parameters": {}, "config": [], "name": ""}'),
        ("recipes.get", b'{"id": 1, "running": false, "user_id": 0, "trigger_closure": [{}, null]}'),
        ("recipes.get", b'{"id": 1, "trigger_closure": 0, "parameters": {"a": null}, "parameters_schema": [{"b": 1}]}'),
        ("recipes.versions.get", b'{"data": {"id": 1}}'),
        ("recipes.versions.get", b'{"data": [{"id": 1}]}'),
    ],
)
def test_values_that_fit_in_their_way_are_not_in_it(id_: str, sent: bytes) -> None:
    assert one(id_, sent).extra == {}


@pytest.mark.parametrize("id_", LISTS + OBJECTS)
def test_a_sample_has_nothing_but_its_unknown_fields(id_: str) -> None:
    for model, _ in decoded(BY_ID[id_], sample(id_)):
        assert set(model.extra) <= WITHOUT_A_FIELD.get(id_, set())


@attrs.frozen(kw_only=True)
class Counted(Model):
    """A model of a user's own, with defaults of its own."""

    count: int = 0
    open: bool = False
    note: str = ""
    line: JobLine = attrs.field(factory=JobLine)


def test_defaults_other_than_none() -> None:
    odd = {"count": "many", "open": "perhaps", "note": {}, "line": "first"}
    assert received(Counted(), b'{"count": "many", "open": "perhaps", "note": {}, "line": "first"}').extra == odd
    assert received(Counted(), b'{"count": "0", "open": "false", "note": "", "line": {}}').extra == {}
    assert received(Counted(), b'{"count": 0.0, "open": false, "note": null, "line": [{}]}').extra == {}
    assert received(Counted(count=5), b'{"count": "5"}').extra == {}


@attrs.frozen(kw_only=True)
class Holder(Model):
    """A model around a nested object."""

    parts: JobErrorParts = attrs.field(factory=JobErrorParts)


VALUES = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=2) | st.lists(st.none(), max_size=2)


@given(st.dictionaries(st.sampled_from(sorted({*attrs.fields_dict(JobErrorParts), "new"})), VALUES))
def test_whatever_the_fields_do_not_hold_is_in_it(sent: dict[str, Any]) -> None:
    model = received(Holder(), json.dumps({"parts": sent}).encode())
    expected = {key: value for key, value in sent.items() if value is not None or key == "new"}
    assert model.extra == ({"parts": expected} if expected else {})


def test_it_is_empty_for_an_object_of_your_own() -> None:
    assert Recipe(id=1).extra == {}
    [recipe] = items("recipes.list", b'{"items": [{"id": 1, "news": 2}]}')
    assert attrs.evolve(recipe).extra == {}
