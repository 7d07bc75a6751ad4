"""Skills of Agent Studio, each made of a recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, find, handles, required
from workato_async.testing.family import Family, handle, serve, wrapped

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject

SKILLS = Family(
    "skills",
    new_id=handle("skl"),
    defaults=lambda state: {
        "name": "",
        "description": None,
        "provider_id": next(iter(state.recipes), None),
        "provider_type": "recipe",
        "folder_id": state.first_project()["folder_id"],
        "project_id": state.first_project()["id"],
        "running": False,
        "genies_count": 0,
        "trigger_description": None,
        "applications": [],
    },
    required=("name",),
    times=False,
)
serve(SKILLS, "list", "get")


@handles("skills.create")
def create(call: Call) -> JsonObject:
    required(call.body, "recipe_id")
    recipe = find(call.state.recipes, call.body["recipe_id"])
    shared = ("name", "description", "folder_id", "project_id", "running", "applications")
    fields = {"provider_id": recipe["id"], **{name: recipe[name] for name in shared}}
    return wrapped(call.endpoint, SKILLS.add(call.state, SKILLS.table(call), fields))  # type: ignore[no-any-return]
