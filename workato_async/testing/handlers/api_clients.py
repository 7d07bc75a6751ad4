"""API clients of the Developer API and their tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, handles, invalid, missing, required
from workato_async.testing.family import Family, number, serve
from workato_async.testing.paging import listed
from workato_async.testing.shapes import OK, result
from workato_async.testing.state.workspace import ENVIRONMENTS, in_environment

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject


@handles("developer_api_clients.list")
def list_clients(call: Call) -> JsonObject:
    clients = list(call.state.api_clients.values())
    return result({"count": len(clients), "items": listed(call, clients)})


@handles("developer_api_clients.create")
def create(call: Call) -> JsonObject:
    fields = call.body
    required(fields, "name", "api_privilege_group_id", "all_folders")
    client = call.state.add_api_client(
        fields["name"],
        api_privilege_group_id=fields["api_privilege_group_id"],
        folder_ids=_folder_ids(fields),
        environment=_environment(call, fields),
        ip_allow_list=fields.get("ip_allow_list"),
    )
    return result({**client, "token": _token(call, client)})


@handles("developer_api_clients.get")
def get(call: Call) -> JsonObject:
    return result(call.find(call.state.api_clients))


@handles("developer_api_clients.update")
def update(call: Call) -> JsonObject:
    client, fields = call.find(call.state.api_clients), call.body
    required(fields, "all_folders")
    folder_ids, environment = _folder_ids(fields), _environment(call, fields)
    kept = ("name", "api_privilege_group_id", "ip_allow_list")
    client.update(
        {field: fields[field] for field in kept if field in fields},
        all_folders=fields["all_folders"],
        folder_ids=folder_ids,
        updated_at=call.state.now(),
        **in_environment(environment),
    )
    return result(client)


@handles("developer_api_clients.regenerate")
def regenerate(call: Call) -> JsonObject:
    client = call.find(call.state.api_clients)
    call.state.regenerate_token(client["id"])
    return result({"token": _token(call, client)})


@handles("developer_api_clients.delete")
def delete(call: Call) -> JsonObject:
    call.state.remove_api_client(call.find(call.state.api_clients)["id"])
    return result(OK)


CLIENT_ROLES = Family(
    "developer_api_client_roles", new_id=number(1), defaults={"name": ""}, required=("name",), seeds=3
)
serve(CLIENT_ROLES, "list")


@handles("developer_api_client_roles.copy")
def copy_role(call: Call) -> JsonObject:
    """Copy a role. No source documents the response, so it only says that it worked."""
    name = f"Copy of {CLIENT_ROLES.row(call)['name']}"
    CLIENT_ROLES.add(call.state, CLIENT_ROLES.table(call), {"name": name})
    return OK


def _folder_ids(fields: JsonObject) -> list[int]:
    """Return the folders, which are required unless all are meant."""
    folder_ids = [] if fields["all_folders"] else fields.get("folder_ids")
    if not isinstance(folder_ids, list) or not (folder_ids or fields["all_folders"]):
        raise missing("folder_ids")
    return folder_ids


def _token(call: Call, client: JsonObject) -> JsonObject:
    """Return the token with its value, which only create and regenerate show."""
    return {"value": call.state.tokens[client["id"]], **client["token"]}


def _environment(call: Call, fields: JsonObject) -> str | None:
    """Return the environment: required where there are several, invalid where there are not."""
    environment: str | None = fields.get("environment")
    if not call.options.environments:
        if environment:
            raise invalid("environment", "is not allowed: environments are not provisioned")
        return None
    if environment not in ENVIRONMENTS:
        raise missing("environment")
    return environment
