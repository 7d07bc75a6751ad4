"""The comparison of two workspaces."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from workato_async import ConfigurationError, PermissionDeniedError, WorkatoSession
from workato_async.blocking import Workato
from workato_async.reports import KINDS, Difference, WorkspaceComparison, compare_workspaces
from workato_async.testing import FakeWorkato, Status

EMPTY_PAGES = 6
"""Lists without a total end with an empty page: recipes, folders, projects, tables, and the rows of two tables."""


def told(comparison: WorkspaceComparison) -> list[tuple[str, str, str, str | None]]:
    return [(one.kind, one.path, one.change, one.field) for one in comparison.differences]


def first(table: dict[Any, Any]) -> Any:
    return next(iter(table.values()))


async def test_the_same_twice_is_equal(workato: WorkatoSession, target: WorkatoSession) -> None:
    comparison = await compare_workspaces(workato, target)
    assert comparison.equal
    assert comparison.compared == KINDS
    assert comparison.to_dict() == {"compared": list(KINDS), "differences": [], "unread": []}


async def test_a_recipe_on_one_side_only(
    workato: WorkatoSession, target: WorkatoSession, fake: FakeWorkato, other: FakeWorkato
) -> None:
    [*_, last] = other.state.recipes
    other.state.remove_recipe(last)
    gone = fake.state.recipes[last]
    other.state.add_recipe(folder_id=gone["folder_id"], name="Brand new")
    comparison = await compare_workspaces(workato, target, only=["recipes"])
    assert sorted(told(comparison)) == sorted(
        [
            ("recipes", comparison_path(fake, gone), "source only", None),
            ("recipes", comparison_path(fake, {**gone, "name": "Brand new"}), "target only", None),
        ]
    )
    missing = next(one for one in comparison.differences if one.change == "source only")
    assert (missing.source["running"], missing.target) == (gone["running"], None)


def comparison_path(fake: FakeWorkato, recipe: dict[str, Any]) -> str:
    names = [recipe["name"]]
    folder = fake.state.folders[recipe["folder_id"]]
    while folder["parent_id"]:
        names.append(folder["name"])
        folder = fake.state.folders[folder["parent_id"]]
    return "/".join(reversed(names))


async def test_code_and_state_of_recipes(
    workato: WorkatoSession, target: WorkatoSession, fake: FakeWorkato, other: FakeWorkato
) -> None:
    one, two, *_ = other.state.recipes.values()
    other.state.set_running(one["id"], not one["running"])
    code = json.loads(two["code"])
    code["input"]["limit"] = "50"
    other.state.change_recipe(two["id"], {"code": json.dumps(code)})
    differences = {one.path: one for one in (await compare_workspaces(workato, target, only=["recipes"])).differences}
    running = differences[comparison_path(fake, one)]
    assert (running.field, running.source, running.target) == ("running", True, False)
    changed = differences[comparison_path(fake, two)]
    assert changed.field == "code"
    assert changed.source.startswith("version 3, ")
    assert changed.target.startswith("version 4, ")
    assert changed.source[-12:] != changed.target[-12:]
    assert len(differences) == 2


async def test_a_newer_version_with_the_same_code_is_the_same(
    workato: WorkatoSession, target: WorkatoSession, other: FakeWorkato
) -> None:
    recipe = first(other.state.recipes)
    other.state.add_version(recipe["id"])
    code = json.loads(recipe["code"])
    code["uuid"] = "another"
    recipe["code"] = json.dumps(code, indent=2)
    assert (await compare_workspaces(workato, target)).equal


async def _workspace(fake: FakeWorkato, *, shifted: bool, calls: str = "Callee") -> None:
    """Make a workspace whose ids depend on ``shifted``: a recipe that calls another one and reads a table."""
    state = fake.state
    for emptied in (state.recipes, state.connections, state.lookup_tables, state.projects):
        emptied.clear()
    for key in [key for key, row in state.folders.items() if row["parent_id"]]:
        del state.folders[key]
    if shifted:
        gone = state.add_project("Gone")
        state.remove_recipe(state.add_recipe(folder_id=gone["folder_id"])["id"])
        state.connections.pop(state.add_connection(provider="jira")["id"])
        del state.projects[gone["id"]], state.folders[gone["folder_id"]]
    project = state.add_project("Sales")
    connection = state.add_connection(provider="salesforce", name="CRM", folder_id=project["folder_id"])
    table = state.add_lookup_table("Countries", columns=("Code",))
    callees = {
        name: state.add_recipe(folder_id=project["folder_id"], name=name)["id"] for name in ("Callee", "Another")
    }
    steps: list[dict[str, Any]] = [
        {"provider": "workato_recipe_function", "input": {"flow_id": str(callees[calls])}},
        {"provider": "lookup_table", "input": {"lookup_table_id": table["id"]}},
        {"provider": "workato_db_table", "input": {"table_id": "4711" if shifted else "1174"}},
        {"provider": "box", "input": {"folder_id": "990011"}},
    ]
    state.add_recipe(
        folder_id=project["folder_id"],
        name="Caller",
        code=json.dumps({"provider": "clock", "keyword": "trigger", "block": steps}),
        config=[
            {"keyword": "application", "name": "salesforce", "provider": "salesforce", "account_id": connection["id"]}
        ],
    )


async def test_ids_that_differ_by_workspace_are_no_difference(
    workato: WorkatoSession, target: WorkatoSession, fake: FakeWorkato, other: FakeWorkato
) -> None:
    await _workspace(fake, shifted=False)
    await _workspace(other, shifted=True)
    ids = [{recipe["name"]: recipe["id"] for recipe in one.state.recipes.values()} for one in (fake, other)]
    assert ids[0]["Callee"] != ids[1]["Callee"]
    assert told(await compare_workspaces(workato, target, only=["recipes"])) == []


async def test_another_recipe_called_or_connection_used_is_a_difference(
    workato: WorkatoSession, target: WorkatoSession, fake: FakeWorkato, other: FakeWorkato
) -> None:
    await _workspace(fake, shifted=False)
    await _workspace(other, shifted=True, calls="Another")
    assert told(await compare_workspaces(workato, target, only=["recipes"])) == [
        ("recipes", "Sales/Caller", "different", "code")
    ]
    await _workspace(other, shifted=True)
    first(other.state.connections)["name"] = "CRM of somebody else"
    assert told(await compare_workspaces(workato, target, only=["recipes"])) == [
        ("recipes", "Sales/Caller", "different", "code")
    ]


async def test_an_id_of_another_application_counts(
    workato: WorkatoSession, target: WorkatoSession, fake: FakeWorkato, other: FakeWorkato
) -> None:
    await _workspace(fake, shifted=False)
    await _workspace(other, shifted=True)
    caller = [*other.state.recipes.values()][-1]
    caller["code"] = caller["code"].replace("990011", "990012")
    assert [one.field for one in (await compare_workspaces(workato, target, only=["recipes"])).differences] == ["code"]


async def test_names_that_one_side_lacks_stand_on_no_side(
    workato: WorkatoSession, target: WorkatoSession, other: FakeWorkato
) -> None:
    other.fail("connections.list", Status(403, '{"message": "Forbidden"}'))
    comparison = await compare_workspaces(workato, target, only=["recipes", "connections"])
    assert (comparison.compared, comparison.differences) == (("recipes",), ())
    [unread] = comparison.unread
    assert (unread.what, unread.workspace, unread.status) == ("connections", "target", 403)
    assert not comparison.equal


async def test_connections_are_authorized_or_not(
    workato: WorkatoSession, target: WorkatoSession, fake: FakeWorkato, other: FakeWorkato
) -> None:
    for state, status in ((fake.state, "success"), (other.state, None)):
        state.connections.clear()
        state.add_connection(provider="jira", name="Tickets")["authorization_status"] = status
        state.add_connection(provider="jira", name="Tickets")["authorization_status"] = "success"
    fake.state.add_connection(provider="slack", name="Chat")
    comparison = await compare_workspaces(workato, target, only=["connections"])
    assert told(comparison) == [
        ("connections", "Chat (slack)", "source only", None),
        ("connections", "Tickets (jira)", "different", "authorized"),
    ]
    assert (comparison.differences[1].source, comparison.differences[1].target) == ("success", "never authorized")


async def test_values_of_properties_are_not_shown(workato: WorkatoSession, target: WorkatoSession) -> None:
    project = await workato.projects.list().first()
    assert project
    await workato.properties.upsert(properties={"key": "hunter2", "url": "https://a", "same": "x", "gone": "y"})
    await target.properties.upsert(properties={"key": "hunter3", "url": "", "same": "x"})
    await workato.properties.upsert(properties={"limit": "5"}, project_id=project)
    await target.properties.upsert(properties={"limit": "6"}, project_id=project)
    comparison = await compare_workspaces(workato, target, only=["properties"])
    assert [(one.path, one.field, one.source, one.target) for one in comparison.differences] == [
        ("Sales/limit", "value", "set", "set"),
        ("gone", None, {"value": "set"}, None),
        ("key", "value", "set", "set"),
        ("url", "value", "set", "empty"),
    ]
    text = comparison.to_json() + repr(comparison.differences) + "".join(map(str, comparison.differences))
    assert "hunter" not in text
    assert "https://a" not in text


async def test_columns_and_rows_of_lookup_tables(
    workato: WorkatoSession, target: WorkatoSession, fake: FakeWorkato, other: FakeWorkato
) -> None:
    table = first(other.state.lookup_tables)
    rows = other.state.lookup_rows[table["id"]]
    first(rows)["data"]["Country"] = "Elsewhere"
    other.state.add_lookup_row(table["id"], {"Code": "X", "Country": "Y", "Region": "Z"})
    second = [*other.state.lookup_tables.values()][1]
    second["schema"] = json.dumps([{"label": "Code"}, {"label": "Name"}])
    comparison = await compare_workspaces(workato, target, only=["lookup_tables"])
    count = len(fake.state.lookup_rows[table["id"]])
    assert [(one.path, one.field, one.source, one.target) for one in comparison.differences] == [
        ("Sales/Countries", "rows", f"{count} rows, 1 only here", f"{count + 1} rows, 2 only here"),
        ("Sales/Currencies", "columns", ["Code", "Currency"], ["Code", "Name"]),
    ]
    before = fake.sent("lookup_tables.rows.list")
    await compare_workspaces(workato, target, only=["lookup_tables"], rows=False)
    assert fake.sent("lookup_tables.rows.list") == before


async def test_rows_that_cannot_be_decoded_are_not_compared(
    workato: WorkatoSession, target: WorkatoSession, other: FakeWorkato
) -> None:
    other.fail("lookup_tables.rows.list", Status(200, '[{"no": "id"}, 7]'), times=1)
    comparison = await compare_workspaces(workato, target, only=["lookup_tables"])
    assert comparison.differences == ()
    [unread] = comparison.unread
    assert (unread.what, unread.workspace, len(unread.of)) == ("rows of lookup tables", "target", 1)
    assert "could not be decoded" in unread.reason


async def test_the_other_kinds(
    workato: WorkatoSession, target: WorkatoSession, fake: FakeWorkato, other: FakeWorkato
) -> None:
    project = first(other.state.projects)
    project["description"] = "Changed"
    fake.state.add_folder("Only here", parent_id=project["folder_id"])
    tag = await target.tags.list().first()
    assert tag
    await target.tags.update(tag, color="red")
    connector = await target.custom_connectors.list().first()
    assert connector
    await target.custom_connectors.release(connector)
    found = told(await compare_workspaces(workato, target, only=["projects", "folders", "tags", "connectors"]))
    assert found[:3] == [
        ("projects", "Sales", "different", "description"),
        ("folders", "Sales/Only here", "source only", None),
        ("connectors", connector.name, "different", "released version"),
    ]
    assert found[3:] == [("tags", tag.title, "different", "color")]


async def test_both_sides_are_read_at_the_same_time_and_cheaply() -> None:
    async with (
        FakeWorkato(recipes=150, jobs=0, lookup_rows=1500, latency=1) as fake,
        FakeWorkato(recipes=150, jobs=0, lookup_rows=1500, latency=1) as other,
        WorkatoSession("a-token", base_url=fake.url) as workato,
        WorkatoSession("a-token", base_url=other.url) as target,
    ):
        begun = asyncio.get_running_loop().time()
        assert (await compare_workspaces(workato, target)).equal
        # One after the other they take 12 s a side: the connectors have one request per second.
        assert asyncio.get_running_loop().time() - begun < 8
        # 2 pages of recipes; projects, folders, tables, tags, connections and connectors; properties of the environment
        # and of 3 projects; 2 pages of rows and one of an empty table.
        assert [len(one.requests) - 2 - 6 - 4 - 3 for one in (fake, other)] == [EMPTY_PAGES, EMPTY_PAGES]
        assert fake.refused == other.refused == 0


async def test_a_server_that_does_not_know_nested_folders(
    workato: WorkatoSession, target: WorkatoSession, other: FakeWorkato
) -> None:
    home = next(folder["id"] for folder in other.state.folders.values() if not folder["parent_id"])
    top = [folder for folder in other.state.folders.values() if folder["parent_id"] == home]
    other.fail("folders.list", Status(200, json.dumps(top)))
    other.fail("folders.list", Status(200, "[]"))
    assert (await compare_workspaces(workato, target, only=["folders", "recipes"])).equal
    assert other.sent("folders.list") > len(other.state.folders)

    other.fail("folders.list", Status(200, json.dumps(top)))
    other.fail("folders.list", Status(200, "[]"))
    other.fail("folders.list", Status(403, "{}"))
    comparison = await compare_workspaces(workato, target, only=["folders", "recipes"])
    assert (comparison.compared, comparison.differences) == ((), ())
    assert [one.what for one in comparison.unread] == ["folders"]


async def test_what_cannot_be_read_is_not_compared(
    workato: WorkatoSession, target: WorkatoSession, other: FakeWorkato
) -> None:
    other.fail("folders.list", Status(403, '{"message": "Forbidden"}'))
    other.fail("properties.list", Status(403, '{"message": "Forbidden"}'), times=9)
    comparison = await compare_workspaces(workato, target)
    assert comparison.compared == ("projects", "connections", "lookup_tables", "connectors", "tags")
    assert comparison.differences == ()
    assert {(one.what, one.workspace) for one in comparison.unread} == {("folders", "target"), ("properties", "target")}
    assert "of the target" in str(comparison.unread[0])


async def test_recipes_without_code_are_reported(
    workato: WorkatoSession, target: WorkatoSession, other: FakeWorkato
) -> None:
    del first(other.state.recipes)["code"]
    comparison = await compare_workspaces(workato, target, only=["recipes"])
    assert comparison.differences == ()
    [unread] = comparison.unread
    assert (unread.what, unread.workspace, len(unread.of)) == ("the code of recipes", "target", 1)


async def test_a_workspace_of_which_nothing_can_be_read(
    workato: WorkatoSession, target: WorkatoSession, other: FakeWorkato
) -> None:
    other.fail(None, Status(403, '{"message": "Forbidden"}'), times=100)
    with pytest.raises(PermissionDeniedError):
        await compare_workspaces(workato, target)


@pytest.mark.parametrize("only", [["recipe"], "recipes", [7]])
async def test_only_names_kinds(workato: WorkatoSession, target: WorkatoSession, only: Any) -> None:
    with pytest.raises(ConfigurationError, match="'recipes', 'connections'"):
        await compare_workspaces(workato, target, only=only)


def test_a_difference_is_one_line_of_text() -> None:
    changed = Difference(kind="recipes", path="A/B", change="different", field="running", source=True, target=False)
    assert str(changed) == "recipes: A/B: running: True -> False"
    missing = Difference(kind="tags", path="C", change="target only", field=None, source=None, target={})
    assert str(missing) == "tags: C: target only"


def test_it_works_without_await() -> None:
    with (
        FakeWorkato(recipes=1, jobs=0) as fake,
        FakeWorkato(recipes=1, jobs=0) as other,
        Workato("a", base_url=fake.url) as dev,
        Workato("b", base_url=other.url) as prod,
    ):
        assert dev.run(compare_workspaces, dev.session, prod.session, only=["recipes"]).equal
