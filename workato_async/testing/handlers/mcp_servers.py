"""MCP servers with their tools, policies and tokens; the user groups of the identity provider."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from workato_async.testing.call import Call, FakeResponse, find, handles, missing, required
from workato_async.testing.family import Family, handle, in_folder, listed_of, number, serve, wrapped
from workato_async.testing.handlers.skills import SKILLS

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
        **in_folder(name="", description=None)(state),
        "asset_type": "mcp_server",
        "logo_url": None,
        "mcp_url": _url(state, token=True),
        "auth_type": "token",
        "authentication_method": "token",
        "folders": [],
        "has_vua_dependent_tools": False,
        "idp_user_group_ids": [],
        "api_collection": None,
        "tools_count": 0,
    },
    required=("name", "folder_id"),
    filters=("project_id", "folder_id", "authentication_method"),
    deleted=FakeResponse(204),
)
serve(SERVERS, "get", "update", "delete")

TOOLS = Family(
    "mcp_servers.tools",
    new_id=number(7001),
    defaults={
        "name": "",
        **dict.fromkeys(("description", "original_description", "trigger_application", "flow_id")),
        "action_applications": [],
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
_POLICY: JsonObject = {"rate_limits": {}, "quota_limits": {}, "ip_allow_list": [], "ip_deny_list": []}
_UNSET: JsonObject = {"id": None, "mcp_server_id": None, **_POLICY, "created_at": None, "updated_at": None}


@handles("mcp_servers.list")
def list_servers(call: Call) -> Any:
    return listed_of(call, [{name: row[name] for name in _LISTED} for row in SERVERS.listed(call)])


@handles("mcp_servers.create")
def create(call: Call) -> Any:
    asset_id = call.body.get("asset_id")
    return _create(call, api_collection=None if asset_id is None else {"id": asset_id})


@handles("mcp_servers.create_proxied")
def create_proxied(call: Call) -> Any:
    required(call.body, "connection_id")
    find(call.state.connections, call.body["connection_id"])
    return _create(call)


def _create(call: Call, **fields: Any) -> Any:
    url = _url(call.state, token=False)
    return wrapped(call.endpoint, SERVERS.create(call, auth_type="hashed_token", mcp_url=url, **fields))


@handles("mcp_servers.token_renew")
def token_renew(call: Call) -> Any:
    return wrapped(call.endpoint, SERVERS.update(call, mcp_url=_url(call.state, token=True)))


@handles("mcp_servers.update_folder")
def update_folder(call: Call) -> Any:
    required(call.body, "folder_id")
    return wrapped(call.endpoint, SERVERS.update(call))


@handles("mcp_servers.assign_tools")
def assign_tools(call: Call) -> FakeResponse:
    required(call.body, "tools")
    table, server = TOOLS.table(call), SERVERS.row(call)
    for tool in [_tool(call, entry) for entry in call.body["tools"]]:
        if all(tool["flow_id"] != known["flow_id"] for known in table.values()):
            TOOLS.add(call.state, table, tool)
    server["tools_count"] = len(table)
    return FakeResponse()


@handles("mcp_servers.tools.delete")
def delete_tool(call: Call) -> FakeResponse:
    table = TOOLS.table(call)
    del table[TOOLS.row(call)["id"]]
    SERVERS.row(call, 0)["tools_count"] = len(table)
    return FakeResponse(204)


def _set_user_groups(call: Call, *, assigned: bool) -> FakeResponse:
    ids = call.body.get("idp_user_group_ids")
    if ids is None:
        raise missing("idp_user_group_ids")
    server = SERVERS.row(call)
    others = [group for group in server["idp_user_group_ids"] if group not in ids]
    server["idp_user_group_ids"] = [*others, *dict.fromkeys(ids)] if assigned else others
    return FakeResponse()


handles("mcp_servers.assign_user_groups")(partial(_set_user_groups, assigned=True))
handles("mcp_servers.remove_user_groups")(partial(_set_user_groups, assigned=False))


handles("mcp_servers.policies.get")(lambda call: _policies(call).get(SERVERS.row(call)["id"], _UNSET))


@handles("mcp_servers.policies.update")
def update_policy(call: Call) -> Any:
    fields, server_id = call.body.get("mcp_server_policy"), SERVERS.row(call)["id"]
    if not isinstance(fields, dict):
        raise missing("mcp_server_policy")
    now = call.state.now()
    policies = _policies(call)
    if server_id not in policies:
        new_id = call.state.new_id("MCP server policy", 501)
        policies[server_id] = {**_UNSET, "id": new_id, "mcp_server_id": server_id, "created_at": now}
    policies[server_id] |= {name: fields[name] for name in _POLICY if name in fields} | {"updated_at": now}
    return policies[server_id]


@handles("mcp_servers.tokens.create")
def create_token(call: Call) -> Any:
    SERVERS.row(call)
    return {"plain_token": f"{call.state.random_bits(256):064x}"}


handles("mcp.user_groups")(lambda call: listed_of(call, list(GROUPS.table(call).values())))


def _tool(call: Call, entry: JsonObject) -> Any:
    """Return the fields of a tool: the skill (``skl-…``), or the recipe that an entry names by its id."""
    required(entry, "id")
    trigger = entry.get("trigger_application")
    if skill := SKILLS.rows(call.state).get(entry["id"]):
        shared = {name: skill[name] for name in ("id", "name", "description")}
        return {**shared, "flow_id": skill["provider_id"], "trigger_application": trigger or "workato_genie"}
    recipe = find(call.state.recipes, entry["id"])
    return {
        "name": recipe["name"],
        "flow_id": recipe["id"],
        "trigger_application": trigger or recipe["trigger_application"],
        "action_applications": recipe["action_applications"],
    }


def _policies(call: Call) -> dict[int | str, JsonObject]:
    return call.state.tables.setdefault("mcp_servers.policies/", {})
