"""Connections, folders, projects, deployments and lookup tables."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.support.bare_http_client import Http
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject

FAKE = {"recipes": 12, "jobs": 60, "lookup_rows": 7, "window": None}


async def ids(http: Http, target: str) -> list[int]:
    response = await http.get(target)
    return [item["id"] for item in (response if isinstance(response, list) else response["items"])]


async def test_connections_come_all_at_once(fake: FakeWorkato, http: Http) -> None:
    everything = await http.get("/api/connections")
    assert len(everything) == 20
    assert all("tags" not in connection for connection in everything)
    assert all("tags" in connection for connection in await http.get("/api/connections?includes[]=tags"))


async def test_filters_of_connections(fake: FakeWorkato, http: Http) -> None:
    state = fake.state
    await asyncio.sleep(60)
    child = state.add_connection(provider="sap", external_id="x-1", parent_id=5001, folder_id=2004, tags=["tag-a"])
    runtime = state.add_connection(provider="sap", runtime=True, connected=False)
    assert await ids(http, "/api/connections?provider=sap") == [child["id"]]
    assert await ids(http, "/api/connections?provider=sap&include_runtime_connections=true") == [
        runtime["id"],
        child["id"],
    ]
    assert await ids(http, "/api/connections?external_id=x-1") == [child["id"]]
    assert await ids(http, "/api/connections?parent_id=5001") == [child["id"]]
    assert await ids(http, "/api/connections?updated_after=2026-01-15T17:00:30Z") == [child["id"]]
    of_folder = await ids(http, "/api/connections?folder_id=2004")
    of_project = await ids(http, "/api/connections?project_id=302")
    assert child["id"] in of_folder
    assert len(of_folder) < len(of_project) < 20
    assert {state.folders[state.connections[id_]["folder_id"]]["project_id"] for id_ in of_project} == {302}


async def test_create_and_update_a_connection(fake: FakeWorkato, http: Http) -> None:
    body: JsonObject = {
        "name": "c",
        "provider": "jira",
        "folder_id": "2002",
        "input": {"host": "h"},
        "external_id": "e",
    }
    made = (await http("POST", "/api/connections", body)).json
    assert made.items() >= {"name": "c", "provider": "jira", "folder_id": 2002, "external_id": "e"}.items()
    assert made["authorization_status"] == "success"
    shell = (await http("POST", "/api/connections", {**body, "shell_connection": True, "parent_id": "5001"})).json
    assert (shell["authorization_status"], shell["parent_id"]) == (None, 5001)
    changed = (await http("PUT", f"/api/connections/{made['id']}", {"name": "d", "folder_id": "2005"})).json
    assert (changed["name"], changed["folder_id"], changed["external_id"]) == ("d", 2005, "e")
    assert (await http("PUT", "/api/connections/1", {"name": "d"})).status == 404
    assert (await http("POST", "/api/connections", {**body, "parent_id": "1"})).status == 404
    assert len(fake.state.connections) == 22, "what is rejected leaves nothing behind"


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"provider": "jira", "folder_id": "2001"}, "name"),
        ({"name": "c", "folder_id": "2001"}, "provider"),
        ({"name": "c", "provider": "jira"}, "folder_id"),
        ({"name": "c", "provider": "jira", "folder_id": "1"}, "folder_id"),
        ({"name": "c", "provider": "jira", "folder_id": True}, "folder_id"),
    ],
)
async def test_connections_are_validated(fake: FakeWorkato, http: Http, body: JsonObject, word: str) -> None:
    reply = await http("POST", "/api/connections", body)
    assert reply.status == 400
    assert word in reply.json["message"]
    assert len(fake.state.connections) == 20


async def test_disconnect_and_delete_a_connection(fake: FakeWorkato, http: Http) -> None:
    recipe = fake.state.recipes[10001]
    used = recipe["config"][0]["account_id"]
    target = f"/api/connections/{used}"
    assert (await http("POST", f"{target}/disconnect")).status == 400, "an active recipe uses it"
    assert (await http("DELETE", target)).status == 400, "it is connected"
    for _ in range(2):
        assert (await http("POST", f"{target}/disconnect?force=true")).json == {"success": True}
    assert fake.state.connections[used]["authorization_status"] is None
    assert (await http("DELETE", target)).status == 400, "an active recipe uses it still"
    for each in fake.state.recipes.values():
        each["running"] = False
    assert (await http("DELETE", target)).json == {"success": True}
    assert (await http("DELETE", target)).status == 404
    free = fake.state.add_connection(provider="sap")["id"]
    assert (await http("POST", f"/api/connections/{free}/disconnect")).json == {"success": True}


async def test_folders_one_level_or_all(fake: FakeWorkato, http: Http) -> None:
    top = await http.get("/api/folders")
    assert [folder["name"] for folder in top] == ["Sales", "Finance", "Support"]
    assert all(folder["is_project"] and folder["parent_id"] == 1 for folder in top)
    assert [folder["project_id"] for folder in top] == [301, 302, 303]
    assert await ids(http, f"/api/folders?parent_id={top[0]['id']}") == [2002]
    assert await ids(http, f"/api/folders?parent_id={top[0]['id']}&with_nested_folders=true") == [2002, 2003]
    assert await ids(http, "/api/folders?with_nested_folders=true&per_page=4&page=2") == [2005, 2006, 2007, 2008]
    assert (await http("GET", "/api/folders?parent_id=9")).status == 404


async def test_create_folders_and_projects(http: Http) -> None:
    project = (await http("POST", "/api/folders", {"name": "New"})).json
    assert (project["is_project"], project["parent_id"]) == (True, 1)
    assert (await http.get("/api/projects"))[-1] == {
        "id": project["project_id"],
        "description": None,
        "folder_id": project["id"],
        "name": "New",
    }
    folder = (await http("POST", "/api/folders", {"name": "Inner", "parent_id": str(project["id"])})).json
    assert (folder["is_project"], folder["parent_id"], folder["project_id"]) == (
        False,
        project["id"],
        project["project_id"],
    )
    for body in ({"name": "a/b"}, {"name": "a\\b"}, {"parent_id": "2001"}):
        assert (await http("POST", "/api/folders", body)).status == 400
    assert (await http("POST", "/api/folders", {"name": "a", "parent_id": "9"})).status == 404


async def test_projects_differ_from_their_folders(http: Http) -> None:
    projects = await http.get("/api/projects?per_page=2")
    assert len(projects) == 2
    assert all(project["id"] != project["folder_id"] for project in projects)


async def test_deploy(fake: FakeWorkato, http: Http) -> None:
    body = {"title": "June", "description": "d"}
    made = (await http("POST", "/api/projects/302/deploy?environment_type=prod", body)).json
    assert made.items() >= {"project_id": "302", "state": "pending", "environment_type": "prod", **body}.items()
    by_folder = (await http("POST", f"/api/projects/f{made['folder_id']}/deploy?environment_type=test")).json
    assert by_folder["project_id"] == "302"
    found = await http.get("/api/deployments?project_id=302&state=pending")
    assert [item["id"] for item in found["items"]] == [by_folder["id"], made["id"]]
    await asyncio.sleep(2)
    assert (await http.get("/api/deployments?project_id=302&state=pending"))["items"] == []
    done = (await http.get("/api/deployments?project_id=302&environment_type=prod"))["items"]
    assert [(item["id"], item["state"], item["detailed_state"]) for item in done] == [
        (made["id"], "success", "deploy_finished")
    ]


@pytest.mark.parametrize(
    ("target", "status", "message"),
    [
        ("/api/projects/302/deploy", 400, "param is missing or the value is empty or invalid: environment_type"),
        ("/api/projects/302/deploy?environment_type=moon", 404, "Not found"),
        ("/api/projects/2001/deploy?environment_type=test", 404, "Not found"),
    ],
)
async def test_deployments_rejected(http: Http, target: str, status: int, message: str) -> None:
    reply = await http("POST", target)
    assert (reply.status, reply.json) == (status, {"message": message})


async def test_filters_of_deployments(fake: FakeWorkato, http: Http) -> None:
    await asyncio.sleep(60)
    new = fake.state.add_deployment(303)["id"]
    everything = await ids(http, "/api/deployments")
    assert len(everything) == 4
    assert everything[0] == new
    assert await ids(http, "/api/deployments?folder_id=f2007") == [new]
    assert await ids(http, "/api/deployments?from=2026-01-15T17:00:30Z") == [new]
    assert await ids(http, "/api/deployments?to=2026-01-15T17:00:30Z") == everything[1:]
    assert len(await ids(http, "/api/deployments?state=failed&environment_type=test")) == 1


async def test_without_environments() -> None:
    async with FakeWorkato(1, 0, environments=False) as fake, Http(fake) as http:
        for method, target in (("GET", "/api/deployments"), ("POST", "/api/projects/301/deploy?environment_type=test")):
            reply = await http(method, target)
            assert (reply.status, reply.body) == (400, b"Environments not provisioned")
            assert reply.headers["Content-Type"].startswith("text/plain")


async def test_lookup_rows_and_their_filters(fake: FakeWorkato, http: Http) -> None:
    tables = await http.get("/api/lookup_tables")
    assert [table["id"] for table in tables] == [6001, 6002]
    assert isinstance(tables[0]["schema"], str)
    assert isinstance(tables[0]["project_id"], str)
    rows = "/api/lookup_tables/6001/rows"
    assert await ids(http, rows) == list(range(60001, 60008))
    assert await ids(http, f"{rows}?per_page=3&page=3") == [60007]
    assert await ids(http, f"{rows}?by[Region]=Region%201") == [60002, 60007]
    assert await ids(http, f"{rows}?by%5BRegion%5D=Region+1&by[Code]=C00006") == [60007]
    assert await ids(http, f"{rows}?by[Nothing]=1") == []
    assert await ids(http, "/api/lookup_tables/6002/rows") == []
    assert (await http("GET", "/api/lookup_tables/1/rows")).status == 404


async def test_lookup_rows_come_500_a_page_and_1000_at_most() -> None:
    async with FakeWorkato(0, 0, lookup_rows=1_100) as fake, Http(fake) as http:
        rows = "/api/lookup_tables/6001/rows"
        assert len(await http.get(rows)) == 500
        assert len(await http.get(f"{rows}?per_page=5000")) == 1_000


async def test_lookup_rows_are_validated(http: Http) -> None:
    """Their life is in ``test_lookup_tables.py``."""
    rows = "/api/lookup_tables/6001/rows"
    assert (await http("POST", rows, {"data": {"Code": "X"}})).json["id"] == 60008
    for method in ("PUT", "DELETE"):
        assert (await http(method, f"{rows}/60009", {"data": {"Code": "Y"}})).status == 404
    assert (await http("POST", rows, {"Code": "X"})).status == 400
    assert (await http("PUT", "/api/lookup_tables/6002/rows/60001", {"data": {"Code": "Y"}})).status == 404
