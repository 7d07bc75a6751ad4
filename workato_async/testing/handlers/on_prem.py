"""On-prem groups and agents; single objects are sent as an array of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, find, handles, required
from workato_async.testing.paging import filtered
from workato_async.testing.shapes import OK

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject

_SEARCH_FIELDS = ("id", "on_prem_group_id", "name", "cn", "os", "awaiting_setup", "enabled")


handles("on_prem_groups.list")(lambda call: list(call.state.on_prem_groups.values()))


@handles("on_prem_groups.create")
def create_group(call: Call) -> list[JsonObject]:
    fields = call.body
    required(fields, "name")
    group = call.state.add_on_prem_group(
        fields["name"], use_managed_connection=fields.get("use_managed_connection", False)
    )
    return [_with_settings(group, fields)]


handles("on_prem_groups.get")(lambda call: [call.find(call.state.on_prem_groups)])


@handles("on_prem_groups.update")
def update_group(call: Call) -> list[JsonObject]:
    group = call.find(call.state.on_prem_groups)
    group["name"] = call.body.get("name", group["name"])
    return [_with_settings(group, call.body)]


@handles("on_prem_groups.delete")
def delete_group(call: Call) -> JsonObject:
    state = call.state
    group_id = call.find(state.on_prem_groups)["id"]
    for agent in state.agents_of(group_id):
        del state.on_prem_agents[agent["id"]]
    del state.on_prem_groups[group_id]
    return OK


@handles("on_prem_groups.status")
def group_status(call: Call) -> JsonObject:
    group = call.find(call.state.on_prem_groups)
    agents = call.state.agents_of(group["id"])
    profile = {
        "name": f"{group['name']}-Oracle",
        "provider": "oracle",
        "type": "Database",
        "connections": [{"id": 440724, "name": "Oracle DB"}],
    }
    return {
        "agent_count": len(agents),
        "active_agent_count": sum(map(_is_active, agents)),
        "profiles": [profile] if group["in_use"] else [],
    }


handles("on_prem_agents.list")(lambda call: list(call.state.on_prem_agents.values()))


@handles("on_prem_agents.create")
def create_agent(call: Call) -> list[JsonObject]:
    fields = call.body
    required(fields, "name", "on_prem_group_id")
    agent = call.state.add_on_prem_agent(
        find(call.state.on_prem_groups, fields["on_prem_group_id"])["id"],
        fields["name"],
        os=fields.get("os", "linux"),
        awaiting_setup=fields.get("awaiting_setup", True),
        enabled=fields.get("enabled", True),
    )
    return [agent]


handles("on_prem_agents.get")(lambda call: [call.find(call.state.on_prem_agents)])


@handles("on_prem_agents.update")
def update_agent(call: Call) -> list[JsonObject]:
    agent = call.find(call.state.on_prem_agents)
    fields = call.body
    if "on_prem_group_id" in fields:
        agent["on_prem_group_id"] = find(call.state.on_prem_groups, fields["on_prem_group_id"])["id"]
    agent.update({name: fields[name] for name in ("name", "os", "enabled") if name in fields})
    agent["updated_at"] = call.state.now()
    return [agent]


@handles("on_prem_agents.delete")
def delete_agent(call: Call) -> JsonObject:
    del call.state.on_prem_agents[call.find(call.state.on_prem_agents)["id"]]
    return OK


handles("on_prem_agents.status")(lambda call: {"active": _is_active(call.find(call.state.on_prem_agents))})


@handles("on_prem_agents.search")
def search_agents(call: Call) -> list[JsonObject]:
    """Search by ``cn``, in the query or, as in the documentation's sample, in the body of the GET."""
    found = filtered(call, call.state.on_prem_agents.values(), "cn")
    if (cn := call.body.get("cn")) is not None:
        found = [agent for agent in found if agent["cn"] == cn]
    return [{field: agent[field] for field in _SEARCH_FIELDS} for agent in found]


@handles("on_prem_agents.activation_code")
def activation_code(call: Call) -> list[JsonObject]:
    return [{"code": call.state.activation_code(call.find(call.state.on_prem_agents))}]


def _is_active(agent: JsonObject) -> bool:
    return bool(agent["enabled"] and agent["activated"] and agent["state"] == "connected")


def _with_settings(group: JsonObject, fields: JsonObject) -> JsonObject:
    """Store the addresses, which are sent under ``settings_attributes`` and returned at the top level."""
    settings = fields.get("settings_attributes")
    if isinstance(settings, dict) and "whitelisted_ips" in settings:
        group["whitelisted_ips"] = settings["whitelisted_ips"]
    return group
