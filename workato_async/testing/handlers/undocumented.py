"""Endpoints that other clients use and no documentation shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workato_async.testing.call import Call, handles, missing, required
from workato_async.testing.family import serve, wrapped
from workato_async.testing.handlers.api_platform import COLLECTIONS, ENDPOINTS
from workato_async.testing.handlers.custom_connectors import CONNECTORS
from workato_async.testing.handlers.data_tables import TABLES
from workato_async.testing.handlers.genies import CLIENTS, GENIES
from workato_async.testing.handlers.iam import USERS
from workato_async.testing.handlers.mcp_servers import SERVERS
from workato_async.testing.shapes import OK, data, result

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject

serve(CONNECTORS, "get")


@handles("api_collections.delete")
def delete_collection(call: Call) -> JsonObject:
    del COLLECTIONS.table(call)[COLLECTIONS.row(call)["id"]]
    return result(OK)


@handles("api_endpoints.create")
def create_endpoint(call: Call) -> JsonObject:
    collection = COLLECTIONS.row(call)
    required(call.body, "name", "method", "path", "flow_id")
    recipe = str(call.body["flow_id"])
    if not recipe.isdecimal():
        raise missing("flow_id")
    fields = {"api_collection_id": collection["id"], **ENDPOINTS.fields(call), "flow_id": int(recipe)}
    return ENDPOINTS.add(call.state, ENDPOINTS.table(call), fields)


@handles("custom_connectors.validate_code")
def validate_code(call: Call) -> JsonObject:
    """Find nothing wrong: this server does not read the code."""
    if not isinstance(call.body.get("code"), str) or not call.body["code"]:
        raise missing("code")
    return data({"findings": []})


@handles("mcp_servers.create_proxied")
def create_proxied(call: Call) -> Any:
    required(call.body, "connection_id", "folder_id", "name")
    return wrapped(call.endpoint, SERVERS.add(call.state, SERVERS.table(call), SERVERS.fields(call)))


@handles("iam.users.create")
def create_user(call: Call) -> Any:
    fields = dict(call.body)
    if "full_name" in fields:
        fields["name"] = fields.pop("full_name")
    return USERS.wrap(call, USERS.add(call.state, USERS.table(call), fields))


@handles("genies.clients.delete")
def delete_client(call: Call) -> JsonObject:
    client_id = CLIENTS.row(call)["client_id"]
    del CLIENTS.table(call)[client_id]
    for name, table in call.state.tables.items():
        if name.startswith("genies.clients/"):
            table.pop(client_id, None)
    return OK


@handles("genies.conversation_events")
def conversation_events(call: Call) -> JsonObject:
    """Return an empty list: no source shows an entry."""
    GENIES.row(call, 0)
    return data([])


@handles("data_table_records.table")
def table(call: Call) -> JsonObject:
    row = TABLES.row(call)
    fields = [{name: field[name] for name in ("field_id", "name", "type")} for field in row["schema"]]
    return data({"id": row["id"], "name": row["name"], "schema": fields})
