"""What clients of others need of the fake, as plain HTTP sees it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.facts import BY_ID
from workato_async.testing import FakeWorkato
from workato_async.testing.handlers.data_table_records import RECORDS
from workato_async.testing.handlers.data_tables import TABLES
from workato_async.testing.handlers.genies import GENIES
from workato_async.testing.handlers.iam import GROUPS
from workato_async.testing.handlers.mcp_servers import SERVERS
from workato_async.testing.handlers.skills import SKILLS
from workato_async.testing.state.assets import HOME

if TYPE_CHECKING:
    from tests.support.bare_http_client import Http


def in_the_table(endpoint_id: str) -> bool:
    return endpoint_id in BY_ID


def code(trigger: str, *actions: str) -> str:
    block = [{"number": number, "provider": name, "keyword": "action"} for number, name in enumerate(actions, 1)]
    return json.dumps({"number": 0, "provider": trigger, "keyword": "trigger", "block": block})


async def download(url: str, token: str = "") -> tuple[int, bytes]:
    """Get a URL as an ordinary client does, which drops the credentials when a redirect goes to another host."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with aiohttp.ClientSession() as client, client.get(url, headers=headers) as response:
        return response.status, await response.read()


async def test_a_manifest_is_created_with_201(http: Http) -> None:
    made = await http("POST", "/api/export_manifests", {"export_manifest": {"name": "All"}})
    assert (made.status, made.json["result"]["name"]) == (201, "All")
    other = await http("POST", "/api/folders", {"name": "F"})
    assert other.status == 200, "no other create is documented with 201"


async def test_an_ordinary_client_follows_a_package_to_its_storage_host(http: Http, fake: FakeWorkato) -> None:
    started = (await http("POST", "/api/packages/export/801")).json
    fake.state.clock.advance(10)
    package = await http.get(f"/api/packages/{started['id']}")
    url = urlsplit(package["download_url"])
    assert (started["download_url"], url.scheme, url.hostname, url.port) == (
        None,
        "http",
        "localhost",
        urlsplit(fake.url).port,
    )
    status, content = await download(f"{fake.url}/api/packages/{started['id']}/download", "any")
    assert (status, content[:2]) == (200, b"PK")
    assert await download(package["download_url"]) == (200, content)
    assert (await download(package["download_url"], "any"))[0] == 400, "it takes no credentials"


async def test_the_storage_host_is_whichever_name_the_api_is_not(http: Http, fake: FakeWorkato) -> None:
    fake.state.add_build(301)
    local = fake.url.replace("127.0.0.1", "localhost")
    _, body = await download(f"{local}/api/project_builds/{max(fake.state.builds)}", "any")
    url = json.loads(body)["download_url"]
    assert url.startswith(f"{fake.url}/storage/")
    assert (await download(url))[0] == 200
    named = await http("GET", f"/api/project_builds/{max(fake.state.builds)}", Host="fake:8080")
    assert named.json["download_url"].startswith("http://fake:8080/storage/")


async def test_files_of_data_tables_are_put_to_and_fetched_from_the_storage_host(http: Http, fake: FakeWorkato) -> None:
    table = next(iter(TABLES.rows(fake.state).values()))
    field = next(column["field_id"] for column in table["schema"] if column["type"] == "file")
    link = (await http("POST", f"/api/v1/tables/{table['id']}/fields/{field}/file")).json["url"]
    async with aiohttp.ClientSession() as client, client.put(link, data=b"a receipt") as response:
        assert response.status == 200
    stored = {"values": {field: urlsplit(link).path}}
    record = RECORDS.add(fake.state, RECORDS.rows(fake.state, table["id"]), stored)
    again = (await http.get(f"/api/v1/tables/{table['id']}/records/{record['id']}/fields/{field}/file"))["url"]
    assert (link, await download(again)) == (again, (200, b"a receipt"))


async def test_a_folder_in_the_root_is_a_project(http: Http, fake: FakeWorkato) -> None:
    folder = (await http("POST", "/api/folders", {"name": "T", "parent_id": HOME})).json
    assert (folder["is_project"], folder["parent_id"]) == (True, HOME)
    assert {"id": folder["project_id"], "folder_id": folder["id"], "name": "T", "description": None} in (
        await http.get("/api/projects")
    )
    renamed = await http("PUT", f"/api/folders/{folder['id']}", {"name": "T2"})
    assert (renamed.status, renamed.json["name"], renamed.json["is_project"], renamed.json["project_id"]) == (
        200,
        "T2",
        True,
        folder["project_id"],
    )
    assert fake.state.projects[folder["project_id"]]["name"] == "T2"
    assert (await http("POST", f"/api/projects/f{folder['id']}/build")).status == 200
    assert (await http("POST", f"/api/projects/f{folder['id']}/deploy?environment_type=test")).status == 200
    deleted = await http("DELETE", f"/api/projects/{folder['project_id']}")
    assert (deleted.status, deleted.json) == (200, {"success": "true"})
    assert (await http("GET", f"/api/folders/{folder['id']}")).status == 404
    added = fake.state.add_folder("By a test", parent_id=HOME)
    assert fake.state.projects[added["project_id"]]["folder_id"] == added["id"]


@pytest.mark.parametrize("root", [HOME, str(HOME), 0, "0", None])
async def test_every_name_of_the_root_makes_a_project(http: Http, fake: FakeWorkato, root: object) -> None:
    folder = (await http("POST", "/api/folders", {"name": "T", "parent_id": root})).json
    assert fake.state.projects[folder["project_id"]]["folder_id"] == folder["id"]


@pytest.mark.parametrize("root", [HOME, 0, ""])
async def test_the_folders_of_the_root_are_the_projects(http: Http, root: object) -> None:
    assert len(await http.get(f"/api/folders?parent_id={root}")) == 3


async def test_properties_have_their_full_names(http: Http) -> None:
    await http("POST", "/api/properties?project_id=301", {"properties": {"tf.a": "1", "tf.ab": "2"}})
    assert await http.get("/api/properties?prefix=tf.a&project_id=301") == {"tf.a": "1", "tf.ab": "2"}
    assert await http.get("/api/properties?prefix=&project_id=301") == {"tf.a": "1", "tf.ab": "2"}
    assert (await http("POST", "/api/properties", {"properties": {"": "1"}})).status == 400


async def test_a_folder_id_may_be_a_number_only_in_the_wrapped_form(http: Http, fake: FakeWorkato) -> None:
    recipe = {"name": "n", "code": "{}", "folder_id": 2001}
    made = await http("POST", "/api/recipes", {"recipe": recipe})
    assert (made.status, fake.state.recipes[made.json["id"]]["folder_id"]) == (200, 2001)
    assert (await http("PUT", f"/api/recipes/{made.json['id']}", {"recipe": {"folder_id": 2002}})).status == 200
    assert fake.state.recipes[made.json["id"]]["folder_id"] == 2002
    for method, target, body in (
        ("POST", "/api/recipes", recipe),
        ("PUT", f"/api/recipes/{made.json['id']}", {"folder_id": 2001}),
        ("POST", f"/api/recipes/{made.json['id']}/copy", {"folder_id": 2001}),
    ):
        reply = await http(method, target, body)
        assert (reply.status, reply.json["message"]) == (400, "folder_id must be a string")


async def test_envelopes_and_fields_of_custom_connectors(http: Http) -> None:
    made = await http("POST", "/api/custom_connectors", {"title": "Weather", "code": "{}", "note": "first"})
    row = made.json["data"]
    target = f"/api/custom_connectors/{row['id']}"
    assert (row["latest_version"], row["latest_version_note"], row["logo"]) == (1, "first", None)
    changed = (await http("PUT", target, {"code": "{ }", "note": "second"})).json["data"]
    assert (changed["latest_version"], changed["latest_version_note"]) == (2, "second")
    released = (await http("POST", f"{target}/release")).json["data"]
    assert (released["latest_released_version"], released["latest_shared_version"]) == (2, None)
    assert [one["version"] for one in released["recent_released_versions"]] == [2]
    await http("POST", f"{target}/share")
    [found] = (await http.get("/api/custom_connectors/search?title=eath"))["data"]
    assert (found["id"], found["latest_shared_version"]) == (row["id"], 2)
    assert found in (await http.get("/api/custom_connectors"))["result"]
    assert (await http.get(f"{target}/code"))["data"] == {"code": "{ }"}


@pytest.mark.skipif(not in_the_table("custom_connectors.get"), reason="not in the table yet")
async def test_one_custom_connector_and_the_check_of_its_code(http: Http) -> None:
    assert (await http.get("/api/custom_connectors/651"))["data"]["id"] == 651
    assert (await http("POST", "/api/sdk/validate_code", {"code": "{ a: [1] }"})).json == {"data": {"findings": []}}
    [finding] = (await http("POST", "/api/sdk/validate_code", {"code": "{"})).json["data"]["findings"]
    assert finding["message"] == "{} do not match"


@pytest.mark.parametrize(("page", "first"), [("0", 10_012), ("-3", 10_012), ("1", 10_012), ("2", 10_007)])
async def test_pages_before_the_first_are_the_first(http: Http, page: str, first: int) -> None:
    assert (await http.get(f"/api/recipes?per_page=5&page={page}"))["items"][0]["id"] == first
    assert len(await http.get(f"/api/folders?per_page=50&page={page}")) == (0 if page == "2" else 3)
    assert (await http("GET", f"/api/activity_logs?page[after]={page}")).status == 200


async def test_ids_below_zero_are_none(http: Http) -> None:
    assert (await http.get("/api/recipes?since_id=0"))["items"] == []
    assert (await http("GET", "/api/recipes?since_id=x")).status == 400
    assert (await http("GET", "/api/recipes?page=x")).status == 400


async def test_the_connectors_of_a_recipe_come_from_its_code(http: Http, fake: FakeWorkato) -> None:
    nested = json.loads(code("workato_genie", "slack"))
    nested["block"].append({"keyword": "if", "block": [{"provider": "jira"}, {"provider": "slack"}, None]})
    fields = {"code": json.dumps(nested), "config": "[]", "folder_id": "2001"}
    recipe = fake.state.recipes[(await http("POST", "/api/recipes", {"recipe": fields})).json["id"]]
    assert (recipe["trigger_application"], recipe["action_applications"]) == ("workato_genie", ["slack", "jira"])
    assert recipe["applications"] == ["workato_genie", "slack", "jira"]
    await http("PUT", f"/api/recipes/{recipe['id']}", {"recipe": {"code": code("hubspot", "netsuite")}})
    assert recipe["applications"] == ["hubspot", "netsuite"]
    found = (await http.get("/api/recipes?adapter_names_all=netsuite,hubspot"))["items"]
    assert recipe["id"] in [one["id"] for one in found]
    only_config = '[{"keyword": "application", "provider": "jira"}]'
    made = await http("POST", "/api/recipes", {"recipe": {"code": "{}", "config": only_config, "folder_id": "2001"}})
    assert fake.state.recipes[made.json["id"]]["applications"] == ["jira"]


async def test_a_recipe_that_genies_trigger_becomes_a_skill_and_the_skill_a_tool(http: Http, fake: FakeWorkato) -> None:
    body = {"recipe": {"name": "Find", "code": code("workato_genie"), "folder_id": "2001"}}
    recipe_id = (await http("POST", "/api/recipes", body)).json["id"]
    [skill] = [one for one in SKILLS.rows(fake.state).values() if one["provider_id"] == recipe_id]
    server = next(iter(SERVERS.rows(fake.state)))
    tools = [{"id": skill["id"], "trigger_application": "workato_genie"}, {"id": 10_002}, {"id": "10002"}]
    assert (await http("POST", f"/api/mcp/mcp_servers/{server}/assign_tools", {"tools": tools})).status == 200
    of_skill, of_recipe = (await http.get(f"/api/mcp/mcp_servers/{server}/tools"))["items"]
    assert (of_skill["id"], of_skill["flow_id"], of_skill["name"]) == (skill["id"], recipe_id, "Find")
    assert of_skill["trigger_application"] == "workato_genie"
    assert (of_recipe["flow_id"], of_recipe["name"]) == (10_002, fake.state.recipes[10_002]["name"])
    unknown = await http("POST", f"/api/mcp/mcp_servers/{server}/assign_tools", {"tools": [{"id": "skl-x"}]})
    assert unknown.status == 404


async def test_a_skill_follows_its_recipe(http: Http) -> None:
    async def skills() -> list[tuple[str, bool, str]]:
        found = (await http.get("/api/agentic/skills"))["data"]
        return [(one["name"], one["running"], one["applications"][0]) for one in found if one["provider_id"] in made]

    made: list[int] = []
    body = {"recipe": {"name": "Find", "code": code("clock"), "folder_id": "2001"}}
    made.append((await http("POST", "/api/recipes", body)).json["id"])
    assert await skills() == []
    recipe = f"/api/recipes/{made[0]}"
    await http("PUT", recipe, {"recipe": {"code": code("workato_genie")}})
    assert await skills() == [("Find", False, "workato_genie")]
    await http("PUT", recipe, {"recipe": {"name": "Search"}})
    await http("PUT", f"{recipe}/start")
    assert await skills() == [("Search", True, "workato_genie")]
    await http("PUT", f"{recipe}/stop")
    made.append((await http("POST", f"{recipe}/copy", {"folder_id": "2001"})).json["new_flow_id"])
    assert await skills() == [("Search", False, "workato_genie"), ("Copy of Search", False, "workato_genie")]
    genie = (await http.get("/api/agentic/genies"))["data"][0]["id"]
    ids = [one["id"] for one in (await http.get("/api/agentic/skills"))["data"] if one["provider_id"] in made]
    await http("POST", f"/api/agentic/genies/{genie}/assign_skills", {"skill_ids": ids})
    assert (await http("DELETE", recipe)).json == {"success": True}
    assert [name for name, *_ in await skills()] == ["Copy of Search"]
    assert [one["id"] for one in (await http.get(f"/api/agentic/genies/{genie}"))["data"]["skills"]] == ids[1:]


async def test_a_policy_keeps_only_its_own_keys(http: Http, fake: FakeWorkato) -> None:
    target = f"/api/mcp/mcp_servers/{next(iter(SERVERS.rows(fake.state)))}/server_policies"
    body = {"mcp_server_policy": {"ip_deny_list": ["192.0.2.1"], "mcp_server_policy": {}, "id": 7}, "x": 1}
    changed = (await http("PUT", target, body)).json
    assert (changed["ip_deny_list"], changed["id"]) == (["192.0.2.1"], 501)
    assert changed.keys() == (await http.get(target)).keys()
    assert "mcp_server_policy" not in changed


async def test_identity_groups_have_names_and_members(http: Http) -> None:
    groups = (await http.get("/api/iam/user_groups"))["data"]
    assert [group["name"] for group in groups] == ["Group 1", "Group 2"]
    sales = (await http("POST", "/api/iam/user_groups", {"name": "Sales"})).json["data"]
    twice = await http("POST", "/api/iam/user_groups", {"name": "Sales"})
    assert (twice.status, "already" in twice.json["message"]) == (422, True)
    assert (await http.get("/api/iam/user_groups?query=sal"))["data"] == [sales]
    ann = (await http("POST", "/api/iam/users", {"email": "ann@example.com", "full_name": "Ann"})).json["data"]
    assert (ann["name"], ann["email"]) == ("Ann", "ann@example.com")
    assert (await http.get("/api/iam/users?query=ANN"))["data"] == [ann]
    joined = await http("POST", f"/api/iam/users/{ann['id']}/add_to_group", {"user_group_id": sales["id"]})
    assert joined.status == 200
    members = f"/api/iam/user_groups/{sales['id']}/members"
    assert (await http.get(members))["data"] == [ann]
    assert (await http.get(f"/api/iam/users?user_group_ids[]={sales['id']}"))["data"] == [ann]
    await http("POST", f"/api/iam/users/{ann['id']}/remove_from_group", {"user_group_id": sales["id"]})
    assert (await http.get(members))["data"] == []
    await http("POST", f"/api/iam/user_groups/{sales['id']}/add_users", {"user_ids": [ann["id"]]})
    assert (await http.get(members))["data"] == [ann]
    await http("DELETE", f"/api/iam/users/{ann['id']}")
    assert (await http.get(members))["data"] == []


async def test_an_id_in_a_body_is_not_the_id(http: Http) -> None:
    made = (await http("POST", "/api/iam/app_links", {"id": "mine", "name": "App"})).json["data"]
    assert (made["name"], made["id"] != "mine") == ("App", True)
    table = (await http.get("/api/data_tables"))["data"][0]
    schema = [{"name": "a", "type": "string", "color": "red"}]
    changed = (await http("PUT", f"/api/data_tables/{table['id']}", {"schema": schema, "id": "x"})).json["data"]
    assert (changed["id"], "color" in changed["schema"][0]) == (table["id"], False)
    for husk in ((await http.get("/api/v2/api_portals"))["data"], (await http.get("/api/cert_bundles"))["data"]):
        assert all(row["name"] for row in husk)


async def test_messages_have_their_older_address_too(http: Http) -> None:
    sent = await http("POST", "/api/pubsub/topics/7001/publish", {"event": "made"})
    [message] = (await http("POST", "/api/v1/topics/7001/consume", {})).json["messages"]
    assert (message["message_id"], message["payload"]) == (sent.json["message_id"], {"event": "made"})
    assert (await http("POST", "/api/pubsub/topics/7001/consume", {})).json["messages"] == [message]


async def test_fields_that_were_observed(http: Http) -> None:
    assert {one["project_id"] for one in await http.get("/api/connections")} <= {301, 302, 303}
    clients = (await http.get("/api/developer_api_clients"))["result"]["items"]
    assert [one["environment"] for one in clients] == ["DEV", "PROD"]


async def test_active_recipes_are_the_running_ones(http: Http) -> None:
    assert (await http.get("/api/recipes?active=true"))["count"] == 6


@pytest.mark.skipif(not in_the_table("api_endpoints.create"), reason="not in the table yet")
async def test_a_collection_gets_endpoints_and_is_deleted_with_them(http: Http, fake: FakeWorkato) -> None:
    body = {"name": "Orders", "method": "POST", "path": "/orders", "flow_id": "10002"}
    made = (await http("POST", "/api/api_collections/1201/api_endpoints", body)).json
    assert (made["flow_id"], made["method"], made["url"]) == (10_002, "POST", "https://apim.example/v1/orders")
    assert made in await http.get("/api/api_endpoints?api_collection_id=1201")
    body["flow_id"] = "1"
    assert (await http("POST", "/api/api_collections/1201/api_endpoints", body)).status == 404
    assert (await http("DELETE", "/api/api_collections/1201")).status == 200
    assert (await http("DELETE", "/api/api_collections/1201")).status == 404, "it is gone"
    assert made not in await http.get("/api/api_endpoints")


@pytest.mark.skipif(not in_the_table("mcp_servers.create_proxied"), reason="not in the table yet")
async def test_a_proxied_server_needs_a_connection(http: Http, fake: FakeWorkato) -> None:
    body = {"name": "Theirs", "folder_id": 2004, "connection_id": 5001}
    made = await http("POST", "/api/mcp/proxied_servers", body)
    assert made.status == 200
    assert [one["folder_id"] for one in SERVERS.rows(fake.state).values() if one["name"] == "Theirs"] == [2004]
    assert (await http("POST", "/api/mcp/proxied_servers", {**body, "connection_id": 1})).status == 404
    assert (await http("POST", "/api/mcp/proxied_servers", {**body, "folder_id": 1_234_567})).status == 400


@pytest.mark.skipif(not in_the_table("data_table_records.table"), reason="not in the table yet")
async def test_the_host_of_records_shows_a_table(http: Http, fake: FakeWorkato) -> None:
    table = next(iter(TABLES.rows(fake.state).values()))
    shown = (await http.get(f"/api/v1/tables/{table['id']}"))["data"]
    assert (shown["id"], shown["name"], [*shown["schema"][0]]) == (
        table["id"],
        table["name"],
        ["field_id", "name", "type"],
    )


@pytest.mark.skipif(not in_the_table("genies.conversation_events"), reason="not in the table yet")
async def test_events_of_a_conversation(http: Http, fake: FakeWorkato) -> None:
    genie = next(iter(GENIES.rows(fake.state)))
    assert await http.get(f"/api/agentic/genies/{genie}/conversations/1/events") == {"data": []}
    assert (await http("GET", "/api/agentic/genies/gin-x/conversations/1/events")).status == 404


async def test_a_genie_has_a_short_name_one_client_and_what_is_assigned(http: Http, fake: FakeWorkato) -> None:
    fields = {"name": "x" * 35, "folder_id": 2004}
    genie = (await http("POST", "/api/agentic/genies", fields)).json["data"]
    assert (genie["project_id"], genie["ai_model"]) == (302, None)
    too_long = await http("POST", "/api/agentic/genies", {**fields, "name": "x" * 36})
    assert (too_long.status, [*too_long.json["errors"]]) == (422, ["name"])
    target = f"/api/agentic/genies/{genie['id']}"
    body = {"client_name": "Ours", "auth": {"type": "oauth", "oauth_redirect_url": "https://example.com"}}
    first = (await http("POST", "/api/agentic/genies/clients", body)).json["data"]
    body["auth"] = {"type": "api_key"}
    second = (await http("POST", "/api/agentic/genies/clients", body)).json["data"]
    assert ("oauth_client_id" in first, "api_key" in first, "api_key" in second) == (True, False, True)
    statuses = [
        (await http("POST", f"{target}/clients", {"genie_client_id": client["client_id"]})).status
        for client in (first, first, second)
    ]
    assert statuses == [200, 200, 409]
    skill = next(iter(SKILLS.rows(fake.state).values()))
    group = next(iter(GROUPS.rows(fake.state).values()))
    assert (await http("POST", f"{target}/assign_skills", {"skill_ids": [skill["id"]]})).status == 200
    assert (await http("POST", f"{target}/assign_user_groups", {"user_group_ids": [group["id"]]})).status == 200
    shown = (await http.get(target))["data"]
    assert shown["user_groups"] == [{"id": group["id"], "name": group["name"]}]
    assert shown["skills"] == [{"id": skill["id"], "name": skill["name"]}]
    assert shown["chat_interface"]["client_id"] == first["client_id"]
    if in_the_table("genies.clients.delete"):
        assert (await http("DELETE", f"/api/agentic/genies/clients/{first['client_id']}")).status == 200
        assert (await http.get(target))["data"]["chat_interface"] is None


async def test_lists_of_a_folder(http: Http, fake: FakeWorkato) -> None:
    skill = next(iter(SKILLS.rows(fake.state).values()))
    assert (await http.get("/api/agentic/skills?folder_id=1"))["data"] == []
    assert skill in (await http.get(f"/api/agentic/skills?folder_id={skill['folder_id']}"))["data"]
    assert (await http.get("/api/agentic/knowledge_bases?folder_id=1"))["data"] == []
