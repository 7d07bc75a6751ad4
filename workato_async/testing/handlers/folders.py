"""Folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, find, handles, invalid, required
from workato_async.testing.paging import listed
from workato_async.testing.state.assets import HOME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async.endpoint import JsonObject


@handles("folders.list")
def list_folders(call: Call) -> Sequence[JsonObject]:
    folders = call.state.folders
    parent_id = find(folders, call.text("parent_id") or HOME)["id"]
    if call.flag("with_nested_folders"):
        nested = call.state.below(parent_id)
        return listed(call, [folder for key, folder in folders.items() if key in nested])
    return listed(call, [folder for folder in folders.values() if folder["parent_id"] == parent_id])


@handles("folders.create")
def create(call: Call) -> JsonObject:
    required(call.body, "name")
    name, parent_id = str(call.body["name"]), call.body.get("parent_id")
    if "/" in name or "\\" in name:
        raise invalid("name", "cannot contain slashes")
    if parent_id is None:
        return call.state.folders[call.state.add_project(name)["folder_id"]]
    return call.state.add_folder(name, parent_id=find(call.state.folders, parent_id)["id"])
