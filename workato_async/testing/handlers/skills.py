"""Skills of Agent Studio, each made of a recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workato_async.testing.call import Call, find, handles, required
from workato_async.testing.family import Family, handle, in_folder, serve, wrapped

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject
    from workato_async.testing.state import State

_OF_RECIPES = ("name", "description", "folder_id", "project_id", "running", "applications")
SKILLS = Family(
    "skills",
    new_id=handle("skl"),
    defaults=lambda state: {
        **in_folder(name="", description=None, provider_type="recipe", running=False, applications=[])(state),
        "provider_id": next(iter(state.recipes), None),
        "genies_count": 0,
        "trigger_description": None,
    },
    required=("name",),
    filters=("folder_id",),
    times=False,
)
serve(SKILLS, "list", "get")


@handles("skills.create")
def create(call: Call) -> Any:
    required(call.body, "recipe_id")
    return wrapped(call.endpoint, _make(call.state, find(call.state.recipes, call.body["recipe_id"])))


def offer_as_skill(state: State, recipe: JsonObject) -> None:
    """Make a skill of a recipe that genies trigger, as Workato does by itself."""
    if recipe["trigger_application"] == "workato_genie":
        _make(state, recipe)


def _make(state: State, recipe: JsonObject) -> JsonObject:
    fields = {"provider_id": recipe["id"], **{name: recipe[name] for name in _OF_RECIPES}}
    return SKILLS.add(state, SKILLS.rows(state), fields)
