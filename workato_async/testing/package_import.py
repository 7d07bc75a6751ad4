"""Importing a package: its recipes and connections are created or changed in a folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from workato_async.testing.handlers.skills import follow_recipe
from workato_async.testing.package_files import CONNECTION, PackageError, PackedFile, parsed_code, stem_of
from workato_async.testing.state.recipes import applications_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workato_async.endpoint import JsonObject
    from workato_async.testing.state import State


def running_and_affected(state: State, files: Sequence[PackedFile], folder_id: int) -> list[str]:
    """Return the names of running recipes that an import would change."""
    affected = []
    for file in files:
        folder = _folder(state, folder_id, file.folders)
        recipe = None if folder is None else _existing(state.recipes, file, folder)
        if recipe and recipe["running"] and _changes(state, recipe, file):
            affected.append(recipe["name"])
    return affected


def import_files(state: State, files: Sequence[PackedFile], folder_id: int) -> list[JsonObject]:
    """Import what is in a package, and return how it went for each recipe, in the form of the API.

    Raises:
        PackageError: if the folder no longer exists.
    """
    if folder_id not in state.folders:
        raise PackageError("The folder was deleted")
    status = []
    for file in files:
        folder = _folder(state, folder_id, file.folders, create=True)
        assert folder is not None  # noqa: S101 - it was created
        if file.name.endswith(CONNECTION):
            if _existing(state.connections, file, folder) is None:
                name, provider = file.content["name"], file.content["provider"]
                state.add_connection(provider=provider, name=name, folder_id=folder, connected=False)
        else:
            status.append(_import_recipe(state, file, folder))
    return status


def _import_recipe(state: State, file: PackedFile, folder: int) -> JsonObject:
    recipe, result = _existing(state.recipes, file, folder), "no_update_or_updated_without_restart"
    if recipe is None:
        recipe = state.add_recipe(folder_id=folder, **_content(state, file))
    elif changes := _changes(state, recipe, file):
        was_running = recipe["running"]
        state.set_running(recipe["id"], False)
        state.change_recipe(recipe["id"], changes)
        if was_running:
            restarted = recipe["id"] not in state.unstartable
            state.set_running(recipe["id"], restarted)
            result = "restarted" if restarted else "restart_failed"
    follow_recipe(state, recipe["id"])
    return {"id": recipe["id"], "import_result": result}


def _content(state: State, file: PackedFile) -> JsonObject:
    """Return the fields of a recipe that its file has, as recipes have them."""
    config = [{**entry, "account_id": _account(state, entry.get("account_id"))} for entry in file.content["config"]]
    code = json.dumps(file.content["code"])
    fields = {"name": file.content["name"], "description": file.content.get("description")}
    return {**fields, "code": code, "config": config, "applications": applications_in(code, config)}


def _changes(state: State, recipe: JsonObject, file: PackedFile) -> JsonObject:
    """Return the fields of a recipe that its file would change; code is the same however it is written."""
    new = _content(state, file)
    del new["applications"]
    if file.content["code"] == parsed_code(recipe):
        del new["code"]
    return {name: value for name, value in new.items() if value != recipe[name]}


def _account(state: State, reference: object) -> object:
    """Return the id of the connection that a recipe's file names; an id stays one, if there is such a connection."""
    if not isinstance(reference, dict):
        return reference if isinstance(reference, int) and reference in state.connections else None
    named = (row["id"] for row in state.connections.values() if row["name"] == reference.get("name"))
    return next(named, None)


def _existing(table: Mapping[int, JsonObject], file: PackedFile, folder: int) -> JsonObject | None:
    """Return the row that a file stands for: that of its name in the folder, or else of its file's name."""
    rows = [row for row in table.values() if row["folder_id"] == folder]
    by_file = [row for row in rows if file.stem in (stem_of(row), f"{stem_of(row)}_{row['id']}")]
    return next((row for row in (*by_file, *rows) if row["name"] == file.content["name"]), None) or next(
        iter(by_file), None
    )


def _folder(state: State, folder_id: int, names: Sequence[str], *, create: bool = False) -> int | None:
    """Return the folder that names lead to, created if necessary; None if it does not exist."""
    for name in names:
        inside = (key for key, row in state.folders.items() if row["parent_id"] == folder_id and row["name"] == name)
        below = next(inside, None)
        if below is None:
            if not create:
                return None
            below = state.add_folder(name, parent_id=folder_id)["id"]
        folder_id = below
    return folder_id
