"""Roles, API clients, on-prem groups and agents, the activity log."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.bare_http_client import Http
from workato_async.testing import FakeWorkato
from workato_async.testing.clock import EPOCH

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject

FAKE = {"recipes": 12, "jobs": 60, "lookup_rows": 7, "window": None}

CLIENT: JsonObject = {"name": "n", "api_privilege_group_id": 3, "all_folders": True, "environment": "TEST"}


async def test_roles(http: Http) -> None:
    assert [role["name"] for role in await http.get("/api/roles")] == ["Admin", "Operator", "Analyst"]
    assert [role["name"] for role in await http.get("/api/roles?per_page=2&page=2")] == ["Analyst"]


async def test_project_roles_count_their_pages(fake: FakeWorkato, http: Http) -> None:
    page = await http.get("/api/project_roles?page[number]=2&page%5Bsize%5D=2")
    assert (len(page["data"]), page["total"], page["page"]) == (1, 3, {"number": 2, "size": 2})
    assert all(isinstance(id_, str) and id_.startswith("pr-") for id_ in fake.state.project_roles)
    named = await http.get("/api/project_roles?name=Auditor")
    assert [role["type"] for role in named["data"]] == ["custom"]
    assert (await http.get("/api/project_roles?page[size]=500"))["page"] == {"number": 1, "size": 100}


async def test_a_token_is_shown_once(fake: FakeWorkato, http: Http) -> None:
    made = (await http("POST", "/api/developer_api_clients", CLIENT)).json["result"]
    value = made["token"]["value"]
    assert made.items() >= {"name": "n", "all_folders": True, "folder_ids": [], "environment_name": "TEST"}.items()
    listed = await http("GET", "/api/developer_api_clients")
    assert listed.json["result"]["count"] == 3
    assert value.encode() not in listed.body
    assert [*listed.json["result"]["items"][-1]["token"]] == ["updated_at"]
    assert (await http.get("/api/developer_api_clients?per_page=1&page=2"))["result"]["items"][0]["id"] == 402
    again = (await http("POST", f"/api/developer_api_clients/{made['id']}/regenerate")).json["result"]["token"]
    assert value != again["value"] == fake.state.tokens[made["id"]]


async def test_tokens_die_at_once(fake: FakeWorkato, http: Http) -> None:
    first = fake.state.tokens[401]
    async with Http(fake, token=first) as own:
        assert (await own("POST", "/api/developer_api_clients/401/regenerate")).status == 200
        assert (await own("GET", "/api/roles")).status == 401
    second = fake.state.tokens[401]
    async with Http(fake, token=second) as own:
        assert (await own("GET", "/api/roles")).status == 200
        assert (await http("DELETE", "/api/developer_api_clients/401")).json == {"result": {"success": True}}
        assert (await own("GET", "/api/roles")).status == 401
    assert (await http("DELETE", "/api/developer_api_clients/401")).status == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"all_folders": None},
        {"all_folders": False},
        {"all_folders": False, "folder_ids": 5},
        {"environment": None},
        {"environment": "MOON"},
    ],
)
async def test_api_clients_are_validated(fake: FakeWorkato, http: Http, changes: JsonObject) -> None:
    assert (await http("POST", "/api/developer_api_clients", {**CLIENT, **changes})).status == 400
    assert len(fake.state.api_clients) == 2


async def test_an_environment_is_rejected_where_there_are_none() -> None:
    async with FakeWorkato(0, 0, environments=False) as fake, Http(fake) as http:
        assert (await http("POST", "/api/developer_api_clients", CLIENT)).status == 400
        made = await http("POST", "/api/developer_api_clients", {**CLIENT, "environment": None})
        assert made.json["result"]["environment_name"] is None


async def test_on_prem_groups(fake: FakeWorkato, http: Http) -> None:
    body = {"name": "g", "settings_attributes": {"whitelisted_ips": ["192.0.2.1"]}}
    [made] = (await http("POST", "/api/on_prem_groups", body)).json
    assert made.items() >= {"name": "g", "config_version": None, "use_managed_connection": False}.items()
    assert made["whitelisted_ips"] == ["192.0.2.1"]
    assert await http.get(f"/api/on_prem_groups/{made['id']}") == [made]
    [changed] = (await http("PUT", f"/api/on_prem_groups/{made['id']}", {"name": "h"})).json
    assert (changed["name"], changed["whitelisted_ips"]) == ("h", ["192.0.2.1"])
    assert (await http("POST", "/api/on_prem_groups", {})).status == 400
    assert (await http("GET", "/api/on_prem_groups/1")).status == 404


async def test_the_status_of_a_group_and_its_end(fake: FakeWorkato, http: Http) -> None:
    fake.state.add_on_prem_agent(16801, "new")
    status = await http.get("/api/on_prem_groups/16801/status")
    assert (status["agent_count"], status["active_agent_count"], len(status["profiles"])) == (3, 2, 1)
    assert (await http("DELETE", "/api/on_prem_groups/16801")).json == {"success": True}
    assert await http.get("/api/on_prem_agents") == [], "the agents of the group go with it"


@pytest.mark.parametrize(
    ("extra", "state"),
    [({}, "awaiting_setup"), ({"awaiting_setup": False}, "connected"), ({"os": "windows"}, "awaiting_setup")],
)
async def test_create_agents(http: Http, extra: JsonObject, state: str) -> None:
    [made] = (await http("POST", "/api/on_prem_agents", {"name": "a", "on_prem_group_id": 16802, **extra})).json
    assert made.items() >= {"name": "a", "on_prem_group_id": 16802, "state": state, "activated": False, **extra}.items()
    assert made["cn"].endswith(f":{made['id']}")
    assert await http.get(f"/api/on_prem_agents/{made['id']}") == [made]


async def test_change_agents(http: Http) -> None:
    agent = "/api/on_prem_agents/12201"
    assert await http.get(f"{agent}/status") == {"active": True}
    [changed] = (await http("PUT", agent, {"enabled": False, "on_prem_group_id": 16802})).json
    assert (changed["enabled"], changed["on_prem_group_id"]) == (False, 16802)
    assert await http.get(f"{agent}/status") == {"active": False}
    assert (await http("PUT", agent, {"on_prem_group_id": 1})).status == 404
    [code] = await http.get(f"{agent}/activation_code")
    assert len(code["code"].split(".")) == 3
    assert (await http("DELETE", agent)).json == {"success": True}
    assert (await http("GET", agent)).status == 404
    for body in ({"name": "a"}, {"on_prem_group_id": 16802}):
        assert (await http("POST", "/api/on_prem_agents", body)).status == 400


async def test_search_agents(fake: FakeWorkato, http: Http) -> None:
    agents = await http.get("/api/on_prem_agents/search")
    assert len(agents) == 2
    assert "state" not in agents[0], "fewer fields than in the list"
    cn = fake.state.on_prem_agents[12202]["cn"]
    assert [agent["id"] for agent in await http.get(f"/api/on_prem_agents/search?cn={cn}")] == [12202]
    assert [agent["id"] for agent in (await http("GET", "/api/on_prem_agents/search", {"cn": cn})).json] == [12202]
    assert await http.get("/api/on_prem_agents/search?cn=nobody") == []


async def test_the_activity_log_is_walked_from_entry_to_entry(fake: FakeWorkato, http: Http) -> None:
    found: list[int] = []
    query = ""
    while entries := (await http.get(f"/api/activity_logs?{query}"))["data"]:
        found += [entry["id"] for entry in entries]
        query = f"page[after]={found[-1]}"
        assert len(fake.requests) < 10, "the walk does not end"
    assert found == sorted(fake.state.activity_logs, reverse=True)
    assert len(fake.requests) == 4
    short = await http.get("/api/activity_logs?page[size]=7")
    assert (len(short["data"]), short["total"]) == (7, 7)


async def test_filters_of_the_activity_log(fake: FakeWorkato, http: Http) -> None:
    await asyncio.sleep(60)
    mine = fake.state.add_activity("property_changed", resource_type="Property", user_id=7)["id"]
    since = (EPOCH + timedelta(seconds=30)).strftime("%Y-%m-%dT%H:%M:%SZ")

    async def found(query: str) -> list[Any]:
        return (await http.get(f"/api/activity_logs?{query}"))["data"]  # type: ignore[no-any-return]

    for query in (
        f"from={since}",
        "users_ids[]=7&users_ids[]=8",
        "include_resource_types[]=Property",
        "include_event_types[]=property_changed",
        "exclude_resource_types[]=Flow&exclude_resource_types[]=User",
    ):
        assert [entry["id"] for entry in await found(query)] == [mine], query
    assert mine not in [entry["id"] for entry in await found(f"to={since}")]
    without = await found("exclude_event_types[]=user_login")
    assert {entry["event_type"] for entry in without} == {"property_changed", "recipe_started", "recipe_stopped"}
    assert await found("include_event_types[]=nothing_like_this") == []
