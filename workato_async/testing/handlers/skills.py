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


def follow_recipe(state: State, recipe_id: int) -> None:
    """Make the skills of a recipe what the recipe is now; if it is gone, so are they.

    Of a recipe that genies trigger, Workato makes a skill by itself.
    """
    recipe = state.recipes.get(recipe_id)
    offered = recipe is not None and recipe["trigger_application"] == "workato_genie"
    if not offered and f"{SKILLS.name}/" not in state.tables:
        return  # nobody has asked for skills yet
    skills = SKILLS.rows(state)
    its_own = [skill for skill in skills.values() if skill["provider_id"] == recipe_id]
    for skill in its_own:
        if recipe is not None:
            skill.update({name: recipe[name] for name in _OF_RECIPES})
            continue
        del skills[skill["id"]]
        for name, assigned in state.tables.items():
            if name.startswith("genies.skills/"):
                assigned.pop(skill["id"], None)
    if recipe is not None and offered and not its_own:
        _make(state, recipe)


def _make(state: State, recipe: JsonObject) -> JsonObject:
    fields = {"provider_id": recipe["id"], **{name: recipe[name] for name in _OF_RECIPES}}
    return SKILLS.add(state, SKILLS.rows(state), fields)
