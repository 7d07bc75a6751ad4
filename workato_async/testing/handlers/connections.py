"""Connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, error_response, find, handles, not_found, parse_time, required
from workato_async.testing.paging import filtered, newest_first
from workato_async.testing.shapes import OK, data, target_folder, with_tags

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject


@handles("connections.list")
def list_connections(call: Call) -> list[JsonObject]:
    state = call.state
    found = filtered(call, newest_first(state.connections), "folder_id", "parent_id", "external_id", "provider")
    if not call.flag("include_runtime_connections"):
        found = [connection for connection in found if connection["id"] not in state.runtime_connections]
    if project_id := call.text("project_id"):
        folders = {key for key, folder in state.folders.items() if str(folder["project_id"]) == project_id}
        found = [connection for connection in found if connection["folder_id"] in folders]
    if after := call.time("updated_after"):
        found = [connection for connection in found if parse_time(connection["updated_at"]) > after]
    return [_shown(call, connection) for connection in found]


@handles("connections.create")
def create(call: Call) -> JsonObject:
    fields = call.body
    required(fields, "name", "provider")
    changes = _changes(call, {"folder_id": None, **fields})
    connection = call.state.add_connection(
        provider=fields["provider"],
        connected=bool(fields.get("input")) and not fields.get("shell_connection"),
    )
    connection.update(changes)
    return _shown(call, connection)


@handles("connections.update")
def update(call: Call) -> JsonObject:
    connection = call.find(call.state.connections)
    connection.update(_changes(call, call.body), updated_at=call.state.now())
    return _shown(call, connection)


@handles("connections.disconnect")
def disconnect(call: Call) -> JsonObject:
    connection = call.find(call.state.connections)
    if not (call.flag("force") or call.body.get("force") is True):
        _unused(call, connection)
    connection.update(authorization_status=None, authorized_at=None, updated_at=call.state.now())
    return OK


@handles("connections.delete")
def delete(call: Call) -> JsonObject:
    connection = call.find(call.state.connections)
    if connection["authorization_status"] == "success":
        raise error_response(400, {"message": "The connection is connected: disconnect it first"})
    _unused(call, connection)
    del call.state.connections[connection["id"]]
    return OK


@handles("connections.pick_list")
def pick_list(call: Call) -> JsonObject:
    connection = call.find(call.state.connections)
    required(call.body, "pick_list_name")
    if connection["authorization_status"] != "success":
        raise error_response(
            400, {"message": "The connection is not connected", "errors": {"connection": ["not connected"]}}
        )
    name, parameters = call.body["pick_list_name"], call.body.get("pick_list_params") or {}
    labels = [f"{name} of {value}" for value in parameters.values()] or [name]
    return data([[f"{label} {number}", f"{name}_{number}", None, False] for label in labels for number in (1, 2)])


@handles("connections.runtime_user.create")
def create_runtime(call: Call) -> JsonObject:
    state, fields = call.state, call.body
    required(fields, "parent_id", "folder_id", "external_id")
    folder = target_folder(state, fields["folder_id"], text_only=False)
    parent = find(state.connections, fields["parent_id"])
    connection = state.add_connection(
        provider=parent["provider"],
        name=fields.get("name"),
        folder_id=folder["id"],
        connected=False,
        external_id=fields["external_id"],
        parent_id=parent["id"],
        runtime=True,
    )
    return data({"id": connection["id"], "url": _oauth_url(call)})


@handles("connections.runtime_user.oauth_url")
def oauth_url(call: Call) -> JsonObject:
    if call.find(call.state.connections)["id"] not in call.state.runtime_connections:
        raise not_found()
    return data({"url": _oauth_url(call)})


def _shown(call: Call, connection: JsonObject) -> JsonObject:
    """Return a connection with the project of its folder."""
    return {**with_tags(call, connection), "project_id": call.state.folders[connection["folder_id"]]["project_id"]}


def _oauth_url(call: Call) -> str:
    return f"https://login.example.com/oauth/authorize?state={call.state.random_bits(128):032x}"


def _changes(call: Call, fields: JsonObject) -> JsonObject:
    """Return the fields to change, validated."""
    changes: JsonObject = {name: fields[name] for name in ("name", "external_id") if name in fields}
    if "folder_id" in fields:
        changes["folder_id"] = target_folder(call.state, fields["folder_id"], text_only=False)["id"]
    if fields.get("parent_id"):
        changes["parent_id"] = find(call.state.connections, fields["parent_id"])["id"]
    return changes


def _unused(call: Call, connection: JsonObject) -> None:
    """Raise an ErrorResponse while running recipes use the connection. Status and text are ours: no source has them."""
    for recipe in call.state.recipes.values():
        if recipe["running"] and any(entry.get("account_id") == connection["id"] for entry in recipe["config"]):
            raise error_response(400, {"message": "The connection is used by active recipes"})
