"""Folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, ErrorResponse, error_response, find, handles, invalid, required
from workato_async.testing.handlers.skills import follow_recipe
from workato_async.testing.paging import listed
from workato_async.testing.shapes import OK
from workato_async.testing.state.assets import HOME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async.endpoint import JsonObject
    from workato_async.testing.state import State


@handles("folders.list")
def list_folders(call: Call) -> Sequence[JsonObject]:
    folders = call.state.folders
    parent_id = find(folders, call.text("parent_id") or HOME)["id"] if call.text("parent_id") != "0" else HOME
    if call.flag("with_nested_folders"):
        nested = call.state.below(parent_id)
        return listed(call, [folder for key, folder in folders.items() if key in nested])
    return listed(call, [folder for folder in folders.values() if folder["parent_id"] == parent_id])


@handles("folders.create")
def create(call: Call) -> JsonObject:
    required(call.body, "name")
    name, parent_id = checked_name(call), call.body.get("parent_id")
    if parent_id in (None, 0, "0"):
        parent_id = HOME
    return call.state.add_folder(name, parent_id=find(call.state.folders, parent_id)["id"])


@handles("folders.get")
def get(call: Call) -> JsonObject:
    return call.find(call.state.folders)


@handles("folders.update")
def update(call: Call) -> JsonObject:
    """Rename or move a folder."""
    folder = call.find(call.state.folders)
    name = checked_name(call) if "name" in call.body else folder["name"]
    if "parent_id" in call.body:
        _move(call, folder)
    folder.update(name=name, updated_at=call.state.now())
    if folder["is_project"]:
        call.state.projects[folder["project_id"]]["name"] = name
    return folder


@handles("folders.delete")
def delete(call: Call) -> JsonObject:
    state, folder = call.state, call.find(call.state.folders)
    if folder["is_project"] or folder["id"] == HOME:
        raise cannot_destroy()
    inside = state.inside(folder["id"])
    names = [
        row["name"]
        for table in (state.recipes, state.connections)
        for row in table.values()
        if row["folder_id"] in inside
    ]
    if names and not call.flag("force"):
        raise error_response(400, {"message": f"The folder is not empty: {', '.join(names)}"})
    remove(state, folder)
    return OK


def checked_name(call: Call) -> str:
    """Return the name in a body, which must not contain slashes."""
    name = str(call.body["name"])
    if "/" in name or "\\" in name:
        raise invalid("name", "cannot contain slashes")
    return name


def cannot_destroy() -> ErrorResponse:
    """Return the response for a folder that cannot be deleted."""
    return error_response(403, {"message": "Cannot destroy folder"})


def remove(state: State, folder: JsonObject) -> None:
    """Delete a folder with the folders, recipes and connections inside, or nothing if one of the recipes runs. That
    running recipes prevent it is ours: no source says when the status is 403.
    """
    inside = state.inside(folder["id"])
    recipes = [recipe for recipe in state.recipes.values() if recipe["folder_id"] in inside]
    if any(recipe["running"] for recipe in recipes):
        raise cannot_destroy()
    for recipe in recipes:
        state.remove_recipe(recipe["id"])
        follow_recipe(state, recipe["id"])
    for connection in [row for row in state.connections.values() if row["folder_id"] in inside]:
        del state.connections[connection["id"]]
    for key in inside:
        del state.folders[key]


def _move(call: Call, folder: JsonObject) -> None:
    """Move a folder with everything inside; a project cannot be moved, and a folder cannot become a project."""
    state = call.state
    parent = find(state.folders, call.body["parent_id"])
    inside = state.inside(folder["id"])
    if folder["is_project"] or parent["id"] in {HOME, *inside}:
        raise invalid("parent_id", "is not allowed")
    folder["parent_id"] = parent["id"]
    for table in (state.folders, state.recipes):
        for row in table.values():
            if (row["id"] if table is state.folders else row["folder_id"]) in inside:
                row["project_id"] = parent["project_id"]
