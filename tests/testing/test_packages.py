"""Packages hold real recipes, and importing one changes the workspace: pull, edit, push."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from workato_async.testing.package_files import LARGEST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.bare_http_client import Http
    from workato_async.testing import FakeWorkato

SALES, IMPORTS, FINANCE = 2001, 2002, 2004
UNCHANGED = "no_update_or_updated_without_restart"


def zipped(files: Mapping[str, object]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path, value in files.items():
            archive.writestr(path, value if isinstance(value, bytes) else json.dumps(value))
    return content.getvalue()


def unzipped(content: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}


def recipe_file(name: str, trigger: str = "clock", **fields: object) -> dict[str, object]:
    return {"name": name, "code": {"provider": trigger, "keyword": "trigger", "block": []}, "config": [], **fields}


async def pulled(http: Http, fake: FakeWorkato, **manifest: object) -> dict[str, Any]:
    made = await http("POST", "/api/export_manifests", {"export_manifest": {"name": "M", **manifest}})
    package = (await http("POST", f"/api/packages/export/{made.json['result']['id']}")).json
    fake.state.clock.advance(2)
    finished = await http.get(f"/api/packages/{package['id']}")
    assert finished["status"] == "completed"
    return unzipped(fake.state.storage["/" + finished["download_url"].split("/", 3)[3]])


async def pushed(http: Http, fake: FakeWorkato, files: Mapping[str, object], folder: int, query: str = "") -> Any:
    started = await http("POST", f"/api/packages/import/{folder}{query}", zipped(files))
    assert started.status == 200, started.body
    fake.state.clock.advance(15 * 60)
    return await http.get(f"/api/packages/{started.json['id']}")


async def test_a_package_holds_the_recipes_and_connections_of_its_folder(http: Http, fake: FakeWorkato) -> None:
    files = await pulled(http, fake, folder_id=SALES)
    inside = fake.state.inside(SALES)
    recipes = [row for row in fake.state.recipes.values() if row["folder_id"] in inside]
    connections = [row for row in fake.state.connections.values() if row["folder_id"] in inside]
    assert sum(name.endswith(".recipe.json") for name in files) == len(recipes) > 0
    assert sum(name.endswith(".connection.json") for name in files) == len(connections) > 0
    assert sum(name.startswith("manifest_") for name in files) == 1
    below = next(row for row in recipes if row["folder_id"] == IMPORTS)
    assets = (await http.get(f"/api/export_manifests/folder_assets?folder_id={SALES}"))["result"]["assets"]
    asset = next(asset for asset in assets if (asset["type"], asset["id"]) == ("recipe", below["id"]))
    assert (asset["folder"], asset["absolute_path"]) == ("Sales imports", "Sales/Sales imports")
    packed = files[f"{asset['folder']}/{asset['zip_name']}"]
    assert (packed["name"], packed["code"]) == (below["name"], json.loads(below["code"]))
    assert {"/".join(filter(None, (one["folder"], one["zip_name"]))) for one in assets} == {
        name for name in files if not name.startswith("manifest_")
    }
    used = next(entry for row in files.values() for entry in row.get("config", ()) if entry["account_id"])
    assert used["account_id"].keys() == {"zip_name", "name", "folder"}


async def test_a_manifest_chooses_assets(http: Http, fake: FakeWorkato) -> None:
    assets = [
        {"id": 10_001, "type": "recipe"},
        {"id": 10_002, "type": "recipe", "checked": False},
        {"id": 5_001, "type": "connection"},
    ]
    files = await pulled(http, fake, assets=assets)
    names = [fake.state.recipes[10_001]["name"], fake.state.connections[5_001]["name"]]
    assert [row["name"] for path, row in files.items() if not path.startswith("manifest_")] == names


async def test_pull_edit_push(http: Http, fake: FakeWorkato) -> None:
    files = await pulled(http, fake, folder_id=SALES)
    before = {key: dict(row) for key, row in fake.state.recipes.items()}
    path = next(path for path in files if path.endswith(".recipe.json"))
    recipe = next(row for row in fake.state.recipes.values() if row["name"] == files[path]["name"])
    files[path]["code"]["block"] = [{"provider": "hubspot", "keyword": "action"}]
    files[path]["description"] = "edited"
    package = await pushed(http, fake, files, SALES, "?restart_recipes=true")
    assert package["status"] == "completed"
    results = {one["id"]: one["import_result"] for one in package["recipe_status"]}
    assert results.pop(recipe["id"]) == ("restarted" if before[recipe["id"]]["running"] else UNCHANGED)
    assert set(results.values()) == {UNCHANGED}
    assert recipe["applications"] == [json.loads(recipe["code"])["provider"], "hubspot"]
    assert (recipe["description"], recipe["version_no"], recipe["running"]) == (
        "edited",
        before[recipe["id"]]["version_no"] + 1,
        before[recipe["id"]]["running"],
    )
    others = {key: row for key, row in fake.state.recipes.items() if key != recipe["id"]}
    assert others == {key: row for key, row in before.items() if key != recipe["id"]}, "nothing else has changed"
    assert len(fake.state.folders) == 10


async def test_a_push_elsewhere_creates_folders_connections_and_recipes(http: Http, fake: FakeWorkato) -> None:
    account = {"zip_name": "ours.connection.json", "name": "Ours", "folder": ""}
    used = {"keyword": "application", "provider": "jira", "account_id": account}
    files = {
        "new/orders.recipe.json": recipe_file("Orders", "workato_genie", config=[used]),
        "ours.connection.json": {"name": "Ours", "provider": "jira"},
        "readme.md": b"not ours",
    }
    package = await pushed(http, fake, files, FINANCE)
    [status] = package["recipe_status"]
    recipe = fake.state.recipes[status["id"]]
    folder = fake.state.folders[recipe["folder_id"]]
    assert (folder["name"], folder["parent_id"], status["import_result"]) == ("new", FINANCE, UNCHANGED)
    assert (recipe["name"], recipe["trigger_application"], recipe["running"]) == ("Orders", "workato_genie", False)
    connection = fake.state.connections[recipe["config"][0]["account_id"]]
    assert (connection["name"], connection["folder_id"], connection["authorization_status"]) == ("Ours", FINANCE, None)
    again = await pushed(http, fake, files, FINANCE)
    assert again["recipe_status"] == [status], "it is found again"
    renamed = {"new/orders.recipe.json": recipe_file("Purchases", "workato_genie", config=[used])}
    assert (await pushed(http, fake, renamed, FINANCE))["recipe_status"][0]["id"] == recipe["id"]
    assert recipe["name"] == "Purchases"


async def test_running_recipes_are_changed_only_on_request(http: Http, fake: FakeWorkato) -> None:
    recipe = fake.state.add_recipe(name="Orders", folder_id=FINANCE, running=True)
    files = {"orders.recipe.json": recipe_file("Orders", "hubspot")}
    rejected = await http("POST", f"/api/packages/import/{FINANCE}", zipped(files))
    assert (rejected.status, "running: Orders" in rejected.json["error"]) == (400, True)
    assert not fake.requests[-1].executed
    fake.state.unstartable.add(recipe["id"])
    package = await pushed(http, fake, files, FINANCE, "?restart_recipes=true")
    assert package["recipe_status"] == [{"id": recipe["id"], "import_result": "restart_failed"}]
    assert (recipe["running"], recipe["applications"]) == (False, ["hubspot"])


async def test_fifteen_minutes_between_imports_and_thirty_megabytes(http: Http, fake: FakeWorkato) -> None:
    target, empty = f"/api/packages/import/{FINANCE}", zipped({})
    assert (await http("POST", target, empty)).status == 200
    fake.state.clock.advance(14 * 60)
    early = await http("POST", target, empty)
    assert (early.status, "15 minutes" in early.json["error"]) == (400, True)
    fake.state.clock.advance(60)
    assert (await http("POST", target, empty)).status == 200
    fake.state.imported_at = None
    async with http.client.post(fake.url + target, data=io.BytesIO(bytes(LARGEST + 1))) as reply:
        assert (reply.status, (await reply.json())["error"]) == (400, "The package is larger than 30 MB")
    assert (await http("POST", target, empty)).status == 200, "what was rejected does not count"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK",
        b"{}",
        zipped({"a.recipe.json": b"{"}),
        zipped({"a.recipe.json": []}),
        zipped({"a.recipe.json": {"name": "a"}}),
        zipped({"a.recipe.json": {"name": "a", "code": "{}"}}),
        zipped({"a.recipe.json": recipe_file("a", config=[{}])}),
        zipped({"a.recipe.json": recipe_file("a", config=7)}),
        zipped({"a.connection.json": {"name": "a"}}),
        zipped({"a.recipe.json": b"x" * 1000}).replace(b"xxxx", b"yyyy"),
    ],
)
async def test_what_is_no_package_is_rejected(http: Http, fake: FakeWorkato, content: bytes) -> None:
    before = len(fake.state.recipes)
    reply = await http("POST", f"/api/packages/import/{FINANCE}", content)
    assert (reply.status, [*reply.json]) == (400, ["error"])
    assert (len(fake.state.recipes), fake.state.imported_at) == (before, None)


async def test_an_import_into_a_folder_that_is_deleted_meanwhile_fails(http: Http, fake: FakeWorkato) -> None:
    started = (await http("POST", f"/api/packages/import/{IMPORTS + 1}", zipped({}))).json
    del fake.state.folders[IMPORTS + 1]
    fake.state.clock.advance(2)
    package = await http.get(f"/api/packages/{started['id']}")
    assert (package["status"], package["error"]) == ("failed", "The folder was deleted")


async def test_a_manifest_may_be_exported_at_once(http: Http, fake: FakeWorkato) -> None:
    await http("POST", "/api/export_manifests", {"export_manifest": {"name": "M", "auto_run": True}})
    assert [row["status"] for row in fake.state.tables["packages/"].values()] == ["in_progress"]
