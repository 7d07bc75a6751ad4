"""Models in a terminal, in logs, in sets."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest

from tests.resources.test_samples import BY_ID, LISTS, OBJECTS, decoded, items, one, sample
from tests.support.filled_models import CLASSES, filled, part_classes
from workato_async.base_model import Model, Part
from workato_async.models import (
    ApiClientToken,
    Folder,
    HealthReport,
    Job,
    Recipe,
    RecipeConfig,
    RecipeCopied,
    TokenRegenerated,
)


def test_only_set_fields_are_shown() -> None:
    assert repr(Recipe(id=1)) == "Recipe(id=1)"
    assert repr(Recipe(id=1, name="x", running=False, tags=(), config=())) == "Recipe(id=1, name='x', running=False)"
    assert repr(HealthReport()) == "HealthReport()"
    assert str(Folder(id=1)) == f"{Folder(id=1)}" == repr(Folder(id=1))


def test_times_are_iso() -> None:
    time = datetime(2025, 12, 16, 8, tzinfo=timezone(timedelta(hours=-8)))
    assert repr(Recipe(id=1, stopped_at=time)) == "Recipe(id=1, stopped_at=2025-12-16T08:00:00-08:00)"


def test_long_values_are_cut() -> None:
    recipe = Recipe(
        id=1,
        name="n" * 41,
        applications=("a" * 20, "b" * 20),
        action_applications=("slack", "jira"),
        parameters={"key": "v" * 40},
        config=(RecipeConfig(name="x"),),
        description="one\ntwo",
        trigger_closure={"a": 1},
    )
    assert repr(recipe) == (
        f"Recipe(id=1, name='{'n' * 39}…', action_applications=('slack', 'jira'), applications=[2 items], "
        "description='one\\ntwo', parameters={1 key}, config=[1 item], trigger_closure={'a': 1})"
    )


def test_secrets_are_hidden_but_not_that_they_are_there() -> None:
    time = datetime(2026, 1, 1, tzinfo=UTC)
    issued = TokenRegenerated(token=ApiClientToken(value="very-secret", updated_at=time))
    token = "token=ApiClientToken(value=<hidden>, updated_at=2026-01-01T00:00:00+00:00)"
    assert repr(issued) == f"TokenRegenerated({token})"
    assert repr(ApiClientToken()) == "ApiClientToken()"
    assert repr(Recipe(id=1, webhook_url="https://hook.example.com/secret")) == "Recipe(id=1, webhook_url=<hidden>)"


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_model_has_a_short_repr(cls: type[Any]) -> None:
    value = filled(cls)
    shown = repr(value)
    assert shown.startswith(f"{cls.__name__}(")
    assert "\n" not in shown
    assert "datetime" not in shown
    for field in attrs.fields(cls):
        assert f"{field.name}=" in shown
        assert field.repr or f"{field.name}=<hidden>" in shown


@pytest.mark.parametrize("id_", LISTS + OBJECTS)
def test_samples_have_short_reprs(id_: str) -> None:
    for model, _ in decoded(BY_ID[id_], sample(id_)):
        assert len(repr(model)) < 900


def test_objects_with_an_id_hash_by_type_and_id() -> None:
    assert hash(Recipe(id=1)) == hash(Recipe(id=1, name="changed"))
    assert hash(Recipe(id=1)) != hash(Recipe(id=2))
    assert hash(Recipe(id=1)) != hash(Folder(id=1))
    assert hash(RecipeCopied(new_flow_id=1)) != hash(RecipeCopied(new_flow_id=2))
    assert {Job(id="j-1"): "found"}[Job(id="j-1")] == "found"


def test_recipes_of_two_lists_in_a_set() -> None:
    first, again = items("recipes.list"), items("recipes.list")
    assert set(first) == set(again)
    assert len({*first, *again}) == len(first)
    assert len({Recipe(id=1), Recipe(id=1, name="changed")}) == 2, "equality is that of all fields"


@pytest.mark.parametrize("cls", [*CLASSES, *part_classes()], ids=lambda cls: cls.__name__)
def test_every_model_can_be_hashed(cls: type[Any]) -> None:
    value, again = filled(cls), filled(cls)
    assert value == again
    assert hash(value) == hash(again) == hash(pickle.loads(pickle.dumps(value)))
    assert value in {again}
    for field in attrs.fields(cls):  # values that cannot be hashed
        odd: Any = {field.alias: {"a": [1]}}
        assert hash(attrs.evolve(value, **odd)) == hash(attrs.evolve(again, **odd))


def test_objects_without_an_id_hash_by_their_values() -> None:
    assert hash(RecipeConfig(name="x")) != hash(RecipeConfig(name="y"))
    assert hash(HealthReport(impact={})) == hash(HealthReport())


@attrs.frozen(kw_only=True)
class Mine(Model):
    """A model of a user's own."""

    id: int
    values: dict[str, int] = attrs.field(factory=dict)


@attrs.frozen
class Special(Model):
    """A model that does it its own way."""

    id: int

    def __repr__(self) -> str:
        return "special"

    def __hash__(self) -> int:
        return 5


@attrs.frozen
class VerySpecial(Special):
    """A model derived from one."""

    twice: int = attrs.field(default=attrs.Factory(lambda self: 2 * self.id, takes_self=True))
    seen: list[int] = attrs.field(factory=list, init=False)
    own: str = "mine"


def test_models_of_ones_own() -> None:
    derived = VerySpecial(1, own="yours")
    assert (repr(derived), hash(derived)) == ("special", 5)
    assert derived.to_dict() == {"id": 1, "twice": 2, "own": "yours"}
    assert pickle.loads(pickle.dumps(derived)) == derived
    assert hash(Mine(id=1)) == hash(Mine(id=1, values={"a": 1}))
    assert repr(Mine(id=1, values={"a": 1})) == "Mine(id=1, values={'a': 1})"
    assert (repr(Special(1)), hash(Special(1))) == ("special", 5)


def test_models_are_frozen_slotted_attrs_classes() -> None:
    for cls in CLASSES:
        value = filled(cls)
        assert attrs.has(cls)
        assert issubclass(cls, Part)
        assert not hasattr(value, "__dict__")
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(value, attrs.fields(cls)[0].name, 1)
        assert (cls.__doc__ or "").strip(), "it says what it is"
        assert "Method generated by attrs" not in (cls.__doc__ or "")
    assert one("recipes.get", b'{"id": 1}') == Recipe(id=1)
