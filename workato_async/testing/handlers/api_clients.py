"""API clients of the Developer API and their tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, handles, invalid, missing, required
from workato_async.testing.paging import listed
from workato_async.testing.shapes import OK, result
from workato_async.testing.state.workspace import ENVIRONMENTS

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
    folder_ids = [] if fields["all_folders"] else fields.get("folder_ids")
    if not isinstance(folder_ids, list) or not (folder_ids or fields["all_folders"]):
        raise missing("folder_ids")
    client = call.state.add_api_client(
        fields["name"],
        api_privilege_group_id=fields["api_privilege_group_id"],
        folder_ids=folder_ids,
        environment=_environment(call, fields),
        ip_allow_list=fields.get("ip_allow_list"),
    )
    return result({**client, "token": _token(call, client)})


@handles("developer_api_clients.regenerate")
def regenerate(call: Call) -> JsonObject:
    client = call.find(call.state.api_clients)
    call.state.regenerate_token(client["id"])
    return result({"token": _token(call, client)})


@handles("developer_api_clients.delete")
def delete(call: Call) -> JsonObject:
    call.state.remove_api_client(call.find(call.state.api_clients)["id"])
    return result(OK)


def _token(call: Call, client: JsonObject) -> JsonObject:
    """Show the token with its value, which only the answers of create and regenerate do."""
    return {"value": call.state.tokens[client["id"]], **client["token"]}


def _environment(call: Call, fields: JsonObject) -> str | None:
    """Give the environment, which is needed where there are several and refused where there are not."""
    environment: str | None = fields.get("environment")
    if not call.options.environments:
        if environment:
            raise invalid("environment", "cannot be given: environments are not provisioned")
        return None
    if environment not in ENVIRONMENTS:
        raise missing("environment")
    return environment
