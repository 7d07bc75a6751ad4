"""Recipes: lists and their filters, changes and their rejections, versions, health."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.bare_http_client import Http
from workato_async.testing import FakeWorkato
from workato_async.testing.clock import EPOCH, pacific

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject

FAKE = {"recipes": 12, "jobs": 60, "lookup_rows": 7, "window": None}

RUNNING, STOPPED = 10001, 10002
CODE = '{"number":0,"provider":"clock"}'


async def ids(http: Http, query: str = "") -> list[int]:
    return [recipe["id"] for recipe in (await http.get(f"/api/recipes{query}"))["items"]]


async def test_the_list_descends_and_half_of_it_runs(fake: FakeWorkato, http: Http) -> None:
    page = await http.get("/api/recipes")
    assert [recipe["id"] for recipe in page["items"]] == list(range(10012, 10000, -1))
    assert (page["count"], page["page"], page["per_page"]) == (12, 1, 100)
    assert sum(recipe["running"] for recipe in page["items"]) == 6
    recipe = page["items"][-1]
    assert len(recipe["code"]) == pytest.approx(1_000, abs=300)
    assert json.loads(recipe["code"])["block"][0]["provider"] == recipe["action_applications"][0]
    assert recipe["config"][0]["account_id"] in fake.state.connections
    assert "tags" not in recipe


async def test_pages(http: Http) -> None:
    assert await ids(http, "?per_page=5&page=2") == [10007, 10006, 10005, 10004, 10003]
    assert await ids(http, "?per_page=5&page=3") == [10002, 10001]
    assert await ids(http, "?per_page=5&page=4") == []
    assert await ids(http, "?since_id=10004") == [10003, 10002, 10001]
    assert await ids(http, "?since_id=10004&per_page=2") == [10003, 10002]
    assert (await http("GET", "/api/recipes?per_page=0")).json == {
        "message": "param is missing or the value is empty or invalid: per_page"
    }


async def test_a_page_has_at_most_100() -> None:
    async with FakeWorkato(130, 0) as fake, Http(fake) as http:
        page = await http.get("/api/recipes?per_page=1000")
        assert (len(page["items"]), page["per_page"]) == (100, 100)


async def test_filters(fake: FakeWorkato, http: Http) -> None:
    recipes = fake.state.recipes
    top = fake.state.projects[301]["folder_id"]
    below = fake.state.below(top)
    assert len(below) == 2

    async def agrees(query: str, keep: Any) -> None:
        wanted = [id_ for id_ in sorted(recipes, reverse=True) if keep(recipes[id_])]
        assert 0 < len(wanted) < 12, "the test would prove nothing"
        assert await ids(http, query) == wanted

    recipes[10003]["updated_at"] = recipes[10004]["stopped_at"] = pacific(EPOCH)
    time = (EPOCH - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    await agrees("?running=true", lambda recipe: recipe["running"])
    await agrees(f"?folder_id={top}", lambda recipe: recipe["folder_id"] == top)
    await agrees(f"?folder_id={top}&with_subfolders=true", lambda recipe: recipe["folder_id"] in {top, *below})
    await agrees("?adapter_names_all=clock,slack", lambda recipe: {"clock", "slack"} <= {*recipe["applications"]})
    await agrees("?adapter_names_any=clock,slack", lambda recipe: {"clock", "slack"} & {*recipe["applications"]})
    await agrees(f"?updated_after={time}", lambda recipe: recipe["id"] == 10003)
    await agrees(f"?stopped_after={time}", lambda recipe: recipe["id"] == 10004)
    await agrees("?stop_cause=trigger_errors_limit", lambda recipe: recipe["stop_cause"] == "trigger_errors_limit")
    assert len(await ids(http, "?running=false")) == 12, "only true filters"
    assert (await http("GET", "/api/recipes?updated_after=yesterday")).status == 400


async def test_order_by_activity(fake: FakeWorkato, http: Http) -> None:
    fake.state.add_job(10003)
    assert (await ids(http, "?order=activity"))[0] == 10003
    assert (await ids(http, "?order=default"))[0] == 10012


async def test_what_comes_and_goes(fake: FakeWorkato, http: Http) -> None:
    page = await http.get("/api/recipes?includes[]=tags&exclude_code=true")
    assert all("code" not in recipe for recipe in page["items"])
    assert {len(recipe["tags"]) for recipe in page["items"]} == {0, 1, 2}
    assert "tags" in await http.get(f"/api/recipes/{RUNNING}?includes%5B%5D=tags")
    assert "tags" not in await http.get(f"/api/recipes/{RUNNING}")
    assert "last_job_started_at" in await http.get(f"/api/recipes/{RUNNING}")
    assert "last_job_started_at" not in await http.get(f"/api/recipes/{STOPPED}"), "it never ran a job"
    assert "code" in fake.state.recipes[RUNNING], "the state is untouched"


async def test_what_a_test_changes_is_what_is_sent(fake: FakeWorkato, http: Http) -> None:
    await http.get(f"/api/recipes/{RUNNING}")
    fake.state.recipes[RUNNING]["name"] = "changed"
    new = fake.state.add_recipe(name="mine", id=20_000, applications=("clock", "jira"), tags=["tag-a"])
    assert (await http.get(f"/api/recipes/{RUNNING}"))["name"] == "changed"
    assert (await http.get("/api/recipes/20000"))["name"] == "mine"
    assert fake.state.add_recipe()["id"] == 20_001
    assert new["config"][1]["account_id"] in fake.state.connections


@pytest.mark.parametrize(
    "target",
    [
        "/api/recipes/1",
        "/api/recipes/abc",
        f"/api/recipes/{'9' * 5000}",
        "/api/recipes/1/jobs",
        "/api/recipes/1/versions",
    ],
)
async def test_unknown_ids(http: Http, target: str) -> None:
    reply = await http("GET", target)
    assert (reply.status, reply.json) == (404, {"message": "Not found"})


async def test_create_and_copy(fake: FakeWorkato, http: Http) -> None:
    config = json.dumps([{"keyword": "application", "name": "jira", "provider": "jira", "account_id": 5002}])
    fields = {"name": "new", "code": CODE, "folder_id": "2002", "config": config, "description": "d"}
    made = await http("POST", "/api/recipes", {"recipe": fields})
    assert made.json == {"success": True, "id": 10013}
    recipe = await http.get("/api/recipes/10013")
    assert (
        recipe.items() >= {"name": "new", "code": CODE, "folder_id": 2002, "project_id": 301, "running": False}.items()
    )
    assert (recipe["config"], recipe["applications"]) == (json.loads(config), ["clock"]), "what the code has"
    bare = await http("POST", "/api/recipes", {"code": CODE, "folder_id": "2002"})
    assert bare.json["success"], "the live API takes the fields without the outer key, too"
    copied = await http("POST", "/api/recipes/10013/copy", {"folder_id": "2001"})
    assert copied.json == {"success": True, "new_flow_id": 10015}
    assert fake.state.recipes[10015]["code"] == CODE
    assert fake.state.recipes[10013]["copy_count"] == 1


@pytest.mark.parametrize("folder_id", [None, "", "1", "999999", True], ids=repr)
async def test_a_folder_is_needed_as_text_and_not_home(fake: FakeWorkato, http: Http, folder_id: object) -> None:
    fields: JsonObject = {"code": CODE} if folder_id is None else {"code": CODE, "folder_id": folder_id}
    for target, body in (("/api/recipes", {"recipe": fields}), (f"/api/recipes/{RUNNING}/copy", fields)):
        reply = await http("POST", target, body)
        assert reply.status == 400
        assert reply.json["message"]
        assert [*reply.json["errors"]] == ["folder_id"]
        assert isinstance(reply.json["errors"]["folder_id"], list)
    assert len(fake.state.recipes) == 12
    assert not any(request.executed for request in fake.requests)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", None),
        ("code", "not json"),
        ("code", {"number": 0}),
        ("config", "{}"),
        ("config", []),
        ("config", '[{"keyword": "application", "provider": "jira", "account_id": "5"}]'),
        ("config", '[{"name": "jira"}]'),
        ("name", "x" * 256),
        ("name", 5),
    ],
)
async def test_fields_are_validated(http: Http, field: str, value: object) -> None:
    reply = await http("POST", "/api/recipes", {"recipe": {"code": CODE, "folder_id": "2001", field: value}})
    assert reply.status == 400
    assert [*reply.json["errors"]] == [field]


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"recipe": []}'])
async def test_malformed_bodies(http: Http, body: bytes) -> None:
    reply = await http("POST", "/api/recipes", body)
    assert reply.status == 400
    assert reply.json["message"]


async def test_update_makes_a_version(fake: FakeWorkato, http: Http) -> None:
    reply = await http("PUT", f"/api/recipes/{STOPPED}", {"recipe": {"name": "renamed", "folder_id": "2004"}})
    assert reply.json == {"success": True}
    recipe = await http.get(f"/api/recipes/{STOPPED}")
    assert (recipe["name"], recipe["folder_id"], recipe["project_id"], recipe["version_no"]) == (
        "renamed",
        2004,
        302,
        4,
    )
    assert len((await http.get(f"/api/recipes/{STOPPED}/versions"))["data"]) == 4
    assert (await http("PUT", f"/api/recipes/{STOPPED}", {"folder_id": 2004})).status == 400, "only in the wrapper"


@pytest.mark.parametrize(("method", "target"), [("PUT", ""), ("DELETE", ""), ("PUT", "/connect")])
async def test_a_running_recipe_is_not_changed(fake: FakeWorkato, http: Http, method: str, target: str) -> None:
    before = {**fake.state.recipes[RUNNING]}
    reply = await http(method, f"/api/recipes/{RUNNING}{target}", {"recipe": {"name": "renamed"}})
    assert reply.status == 200
    assert reply.json["success"] is False
    assert isinstance(reply.json["errors"]["running"][0], str)
    assert fake.state.recipes[RUNNING] == before
    assert not fake.requests[0].executed


async def test_delete(fake: FakeWorkato, http: Http) -> None:
    assert (await http("DELETE", f"/api/recipes/{STOPPED}")).json == {"success": True}
    assert (await http("DELETE", f"/api/recipes/{STOPPED}")).status == 404
    assert STOPPED not in await ids(http)


async def test_start_and_stop_can_be_repeated(fake: FakeWorkato, http: Http) -> None:
    for action, running in (("start", True), ("start", True), ("stop", False), ("stop", False)):
        await asyncio.sleep(1)
        assert (await http("PUT", f"/api/recipes/{STOPPED}/{action}")).json == {"success": True}
        assert fake.state.recipes[STOPPED]["running"] == running
    recipe = fake.state.recipes[STOPPED]
    assert (recipe["last_run_at"], recipe["stopped_at"]) == (
        pacific(EPOCH + timedelta(seconds=1)),
        pacific(EPOCH + timedelta(seconds=3)),
    )


async def test_a_start_that_is_rejected(fake: FakeWorkato, http: Http) -> None:
    fake.state.unstartable.add(STOPPED)
    reply = await http("PUT", f"/api/recipes/{STOPPED}/start")
    assert (reply.status, reply.json["success"]) == (200, False)
    for errors in (reply.json["code_errors"], reply.json["config_errors"]):
        for step, found in errors:
            assert isinstance(step, int)
            assert all(3 <= len(error) <= 5 for error in found)
    assert not fake.state.recipes[STOPPED]["running"]


async def test_connect(fake: FakeWorkato, http: Http) -> None:
    adapter = fake.state.recipes[STOPPED]["applications"][1]
    target = f"/api/recipes/{STOPPED}/connect"
    assert (await http("PUT", target, {"adapter_name": adapter, "connection_id": 5009})).json == {"success": True}
    assert fake.state.recipes[STOPPED]["config"][1]["account_id"] == 5009
    assert (await http("PUT", target, {"adapter_name": adapter, "connection_id": 1})).status == 404
    assert (await http("PUT", target, {"adapter_name": "sap", "connection_id": 5009})).status == 400
    missing = await http("PUT", target, {"connection_id": 5009})
    assert missing.json["message"].endswith("adapter_name")


async def test_poll_now(fake: FakeWorkato, http: Http) -> None:
    assert (await http("POST", f"/api/recipes/{RUNNING}/poll_now")).json == {"success": True}
    unknown = await http("POST", "/api/recipes/1/poll_now")
    assert (unknown.status, unknown.json) == (404, {"success": False, "message": "Not Found"})
    fake.state.polling.add(RUNNING)
    polling = await http("POST", f"/api/recipes/{RUNNING}/poll_now")
    assert (polling.status, [*polling.json]) == (200, ["message"])
    fake.state.in_back_off[RUNNING] = 120
    limited = await http("POST", f"/api/recipes/{RUNNING}/poll_now")
    assert (limited.status, limited.headers["Retry-After"]) == (429, "120")
    assert limited.json == {"message": "Recipe is currently in trigger back off mode till 2026-01-15T17:02"}
    assert fake.refused == 1


async def test_runs_and_counts(fake: FakeWorkato, http: Http) -> None:
    assert (await http("POST", f"/api/recipes/{RUNNING}/reset_trigger")).json == {"success": True}
    assert (await http("POST", f"/api/recipes/{RUNNING}/force_run")).status == 200
    assert [*fake.state.jobs[RUNNING].values()][-1]["status"] == "pending"
    counts = (await http.get("/api/recipes/job_counts"))["data"]
    assert len(counts) == 6
    assert counts[-1]["job_failed_count"] == fake.state.recipes[RUNNING]["job_failed_count"]


async def test_versions(fake: FakeWorkato, http: Http) -> None:
    listed = (await http.get(f"/api/recipes/{RUNNING}/versions"))["data"]
    assert [version["version_no"] for version in listed] == [3, 2, 1]
    version = f"/api/recipes/{RUNNING}/versions/{listed[0]['id']}"
    assert await http.get(version) == {"data": [listed[0]]}
    assert (await http.get(f"/api/recipes/{RUNNING}/versions?per_page=2&page=2"))["data"] == listed[2:]
    assert (await http("GET", f"/api/recipes/{STOPPED}/versions/{listed[0]['id']}")).status == 404, "another recipe's"
    for method, comment in (("PATCH", "patched"), ("PUT", "x" * 255)):
        changed = await http(method, version, {"comment": comment})
        assert changed.json["data"][0]["comment"] == comment
        assert (await http.get(f"/api/recipes/{RUNNING}"))["version_comment"] == comment


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ({"comment": "x" * 256}, "Comment is too long (maximum is 255 characters)"),
        ({}, "Missing parameter comment"),
        ({"comment": None}, "Missing parameter comment"),
    ],
)
async def test_comments_are_validated(http: Http, body: JsonObject, title: str) -> None:
    reply = await http("PATCH", f"/api/recipes/{RUNNING}/versions/{RUNNING}001", body)
    assert reply.status == 422
    assert reply.json == {"errors": [{"code": "validation_error", "title": title, "detail": None}]}


@pytest.mark.parametrize(("time_scale", "seconds"), [(1.0, 2.0), (0.5, 1.0)])
async def test_a_health_report_comes_after_the_scan(time_scale: float, seconds: float) -> None:
    async with FakeWorkato(2, 0, time_scale=time_scale) as fake, Http(fake) as http:
        health = f"/api/recipes/{RUNNING}/health"
        assert await http.get(health) is None
        assert (await http("POST", health)).json == {"status": "enqueued"}
        await asyncio.sleep(seconds - 0.1)
        assert await http.get(health) is None
        await asyncio.sleep(0.1)
        first = await http.get(health)
        await http("POST", health)
        assert await http.get(health) == first, "the newest report until the next one is there"
        await asyncio.sleep(seconds)
        second = await http.get(health)
        assert first["data"]["report"]["completed_at"] < second["data"]["report"]["completed_at"]
        assert first["data"]["report"]["completed_at"].endswith("Z")


async def test_the_scan_of_a_recipe_deleted_meanwhile_reports_nothing(fake: FakeWorkato, http: Http) -> None:
    await http("POST", f"/api/recipes/{STOPPED}/health")
    await http("DELETE", f"/api/recipes/{STOPPED}")
    await asyncio.sleep(5)
    await http.get("/api/recipes")
    assert fake.state.health_reports == {}
