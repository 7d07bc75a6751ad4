"""MCP servers with their tools, policies and tokens; the user groups of the identity provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, FakeResponse, find, handles, missing, required
from workato_async.testing.family import Family, handle, listed_of, number, serve, wrapped
from workato_async.testing.paging import filtered

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject
    from workato_async.testing.state import State


def _url(state: State, *, token: bool) -> str:
    """Return the URL of a server; a legacy token is part of it."""
    url = f"https://{state.random_bits(24)}.apim.mcp.workato.com"
    return f"{url}?wkt_token={state.random_bits(256):064x}" if token else url


SERVERS = Family(
    "mcp_servers",
    new_id=handle("mcps"),
    defaults=lambda state: {
        "name": "",
        "description": None,
        "asset_type": "mcp_server",
        "logo_url": None,
        "mcp_url": _url(state, token=True),
        "auth_type": "token",
        "authentication_method": "token",
        "folder_id": state.first_project()["folder_id"],
        "project_id": state.first_project()["id"],
        "folders": [],
        "has_vua_dependent_tools": False,
        "idp_user_group_ids": [],
        "api_collection": None,
        "tools_count": 0,
    },
    required=("name", "folder_id"),
)
serve(SERVERS, "get", "update")

TOOLS = Family(
    "mcp_servers.tools",
    new_id=number(7001),
    defaults={
        "name": "",
        "description": None,
        "original_description": None,
        "trigger_application": None,
        "action_applications": [],
        "flow_id": None,
        "active": True,
        "enabled": True,
        "vua_required": False,
        "incompatibility_reasons": [],
    },
    parent=SERVERS,
    times=False,
    seeds=0,
)
serve(TOOLS, "list", "update")

GROUPS = Family("mcp.user_groups", new_id=handle("group"), defaults={"name": "", "users_count": 0}, required=("name",))

_LISTED = ("id", "name", "description", "folder_id", "project_id", "authentication_method", "tools_count")
_UNSET: JsonObject = {
    "id": None,
    "mcp_server_id": None,
    "rate_limits": {},
    "quota_limits": {},
    "ip_allow_list": [],
    "ip_deny_list": [],
    "created_at": None,
    "updated_at": None,
}


@handles("mcp_servers.list")
def list_servers(call: Call) -> JsonObject:
    rows = filtered(call, SERVERS.table(call).values(), "project_id", "folder_id", "authentication_method")
    return listed_of(call, [{name: row[name] for name in _LISTED} for row in rows])  # type: ignore[no-any-return]


@handles("mcp_servers.create")
def create(call: Call) -> JsonObject:
    fields = {name: value for name, value in call.body.items() if name in ("name", "description")}
    required(call.body, *SERVERS.required)
    if "asset_id" in call.body:
        fields["api_collection"] = {"id": call.body["asset_id"]}
    fields |= {**_place(call), "auth_type": "hashed_token", "mcp_url": _url(call.state, token=False)}
    return wrapped(call.endpoint, SERVERS.add(call.state, SERVERS.table(call), fields))  # type: ignore[no-any-return]


@handles("mcp_servers.delete")
def delete(call: Call) -> FakeResponse:
    del SERVERS.table(call)[SERVERS.row(call)["id"]]
    return FakeResponse(204)


@handles("mcp_servers.token_renew")
def token_renew(call: Call) -> JsonObject:
    server = SERVERS.row(call)
    server["mcp_url"] = _url(call.state, token=True)
    return wrapped(call.endpoint, server)  # type: ignore[no-any-return]


@handles("mcp_servers.update_folder")
def update_folder(call: Call) -> JsonObject:
    required(call.body, "folder_id")
    server = SERVERS.row(call)
    server |= _place(call)
    return wrapped(call.endpoint, server)  # type: ignore[no-any-return]


@handles("mcp_servers.assign_tools")
def assign_tools(call: Call) -> FakeResponse:
    required(call.body, "tools")
    table, server = TOOLS.table(call), SERVERS.row(call)
    for tool in call.body["tools"]:
        fields = {"trigger_application": tool.get("trigger_application"), "flow_id": tool.get("id")}
        if not any(fields == {name: known[name] for name in fields} for known in table.values()):
            TOOLS.add(call.state, table, {"name": f"tool_{tool.get('id')}", **fields})
    server["tools_count"] = len(table)
    return FakeResponse()


@handles("mcp_servers.tools.delete")
def delete_tool(call: Call) -> FakeResponse:
    table = TOOLS.table(call)
    del table[TOOLS.row(call)["id"]]
    SERVERS.row(call, 0)["tools_count"] = len(table)
    return FakeResponse(204)


@handles("mcp_servers.assign_user_groups")
def assign_user_groups(call: Call) -> FakeResponse:
    groups = SERVERS.row(call)["idp_user_group_ids"]
    groups += [group for group in _group_ids(call) if group not in groups]
    return FakeResponse()


@handles("mcp_servers.remove_user_groups")
def remove_user_groups(call: Call) -> FakeResponse:
    server, gone = SERVERS.row(call), _group_ids(call)
    server["idp_user_group_ids"] = [group for group in server["idp_user_group_ids"] if group not in gone]
    return FakeResponse()


@handles("mcp_servers.policies.get")
def get_policy(call: Call) -> JsonObject:
    return _policies(call).get(SERVERS.row(call)["id"], _UNSET)


@handles("mcp_servers.policies.update")
def update_policy(call: Call) -> JsonObject:
    fields, server_id = call.body.get("mcp_server_policy"), SERVERS.row(call)["id"]
    if not isinstance(fields, dict):
        raise missing("mcp_server_policy")
    now = call.state.now()
    policies = _policies(call)
    if server_id not in policies:
        new_id = call.state.new_id("MCP server policy", 501)
        policies[server_id] = {**_UNSET, "id": new_id, "mcp_server_id": server_id, "created_at": now}
    policies[server_id] |= {**fields, "updated_at": now}
    return policies[server_id]


@handles("mcp_servers.tokens.create")
def create_token(call: Call) -> JsonObject:
    SERVERS.row(call)
    return {"plain_token": f"{call.state.random_bits(256):064x}"}


@handles("mcp.user_groups")
def user_groups(call: Call) -> JsonObject:
    return listed_of(call, list(GROUPS.table(call).values()))  # type: ignore[no-any-return]


def _place(call: Call) -> JsonObject:
    folder = find(call.state.folders, call.body["folder_id"])
    return {"folder_id": folder["id"], "project_id": folder["project_id"]}


def _policies(call: Call) -> dict[int | str, JsonObject]:
    return call.state.tables.setdefault("mcp_servers.policies/", {})


def _group_ids(call: Call) -> list[str]:
    ids = call.body.get("idp_user_group_ids")
    if not isinstance(ids, list):
        raise missing("idp_user_group_ids")
    return ids
