"""Knowledge bases of Agent Studio."""

from __future__ import annotations

from typing import Any

from workato_async.testing.call import Call, handles
from workato_async.testing.family import Family, handle, listed_of, serve

KNOWLEDGE_BASES = Family(
    "knowledge_bases",
    new_id=handle("kb"),
    defaults=lambda state: {
        "name": "",
        "description": None,
        "folder_id": state.first_project()["folder_id"],
        "source_type": "workato_recipe",
        "data_sources": [],
        "storage_size": 0,
        "active_recipes_count": 0,
    },
    required=("name", "folder_id"),
    filters=("folder_id",),
)
serve(KNOWLEDGE_BASES, "list", "get", "create", "update", "delete")


handles("knowledge_bases.data_sources")(lambda call: listed_of(call, KNOWLEDGE_BASES.row(call)["data_sources"] or []))


@handles("knowledge_bases.recipes")
def recipes(call: Call) -> Any:
    """Return the recipes of its folder: nothing in the API says which belong to it."""
    folder_id = KNOWLEDGE_BASES.row(call)["folder_id"]
    found = [recipe for recipe in call.state.recipes.values() if recipe["folder_id"] == folder_id]
    return listed_of(call, [{"id": recipe["id"], "name": recipe["name"]} for recipe in found])
