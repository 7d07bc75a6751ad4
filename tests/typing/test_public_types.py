"""What a type checker sees: checked by mypy --strict with the rest; run, it only has to import."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, assert_type

from workato_async import ENDPOINTS, UNSET, Endpoint, Outcome, Page, Pages, Unset, WorkatoSession, fan_out
from workato_async.endpoint import JsonObject
from workato_async.models import (
    Connection,
    Deployment,
    Folder,
    IamUser,
    InsightsTable,
    Job,
    McpServerTool,
    OnPremGroup,
    Package,
    Project,
    ProjectBuild,
    Recipe,
    RecipeCreated,
    RecipeHealth,
    Record,
    RepeatReport,
)
from workato_async.resources.packages import PackageExport
from workato_async.resources.recipes.recipes import GET, LIST


async def what_a_user_writes(
    workato: WorkatoSession, project: Project, description: str | Unset | None = UNSET
) -> None:
    recipe = await workato.recipes.get(1)
    assert_type(recipe, Recipe)
    assert_type(recipe.id, int)
    assert_type(recipe.name, str | None)
    assert_type(recipe.applications, tuple[str, ...])
    assert_type(workato.recipes.list(running=True), Pages[Recipe])
    assert_type([r async for r in workato.recipes.list()], list[Recipe])
    assert_type(await workato.recipes.list(), list[Recipe])
    assert_type(await workato.jobs.list(1, status="failed", since=datetime.now(UTC)), list[Job])
    async for page in workato.jobs.list(1).pages():
        assert_type(page, Page[Job])
        assert_type(page.cursor, str | None)
    assert_type(await workato.jobs.list(1).first(), Job | None)
    assert_type(await workato.jobs.repeat(1, ["j-1"]), RepeatReport)
    assert_type(await workato.recipes.health.get(1), RecipeHealth | None)
    assert_type(await workato.recipes.create(folder_id=1, code={}), RecipeCreated)
    assert_type(await workato.recipes.force_run(1), JsonObject)
    assert_type(await workato.connections.list().collect(), list[Connection])
    assert_type(await workato.on_prem_groups.get(1), OnPremGroup)
    async with fan_out(workato.jobs.list, [1, 2]) as lists:
        async for jobs in lists:
            assert_type(jobs, Outcome[int, list[Job]])
    async with fan_out(workato.recipes.get, [1, 2]) as outcomes:
        async for outcome in outcomes:
            assert_type(outcome, Outcome[int, Recipe])
            assert_type(outcome.item, int)
            assert_type(outcome.unwrap(), Recipe)
    assert_type(await workato.options(max_wait=1).recipes.get(1), Recipe)
    assert_type(workato.packages.export(1), PackageExport)
    assert_type(await workato.packages.export(1), Package)
    assert_type(await workato.packages.export(1).save("package.zip"), Path)
    assert_type(await workato.packages.import_(1, b"").wait(timeout=5), Package)
    assert_type(await workato.projects.deploy(1, environment_type="test").wait(), Deployment)
    assert_type([r async for r in workato.data_table_records.query("id")], list[Record])
    assert_type(workato.mcp_servers.tools.list("mcps-1"), Pages[McpServerTool])
    assert_type(await workato.iam.users.get("1"), IamUser)
    assert_type(await workato.iam.app_links.list(), JsonObject)
    assert_type(await workato.insights.query("select 1"), list[dict[str, Any]])
    assert_type([row async for row in workato.insights.query("select 1")], list[dict[str, Any]])
    assert_type(await workato.insights.query("select 1").save("rows.csv"), Path)
    assert_type(await workato.insights.query("select 1").first(), dict[str, Any] | None)
    assert_type(await workato.insights.tables(), list[InsightsTable])
    assert_type(await workato.request("GET", "/api/x"), Any)
    assert_type(await workato.call(GET, 1), Recipe)
    assert_type(await workato.options(max_wait=1).call(GET, 1, query={"a": 1}, body=None), Recipe)
    await workato.projects.update(project, name=UNSET, description=None)
    await workato.projects.update(project, description=description)
    if description is not UNSET:
        assert_type(description, str | None)
    await workato.recipes.update(recipe, folder_id=Folder(id=1), name="x")
    await workato.jobs.repeat(recipe, [Job(id="j-1"), "j-2"])
    await workato.recipes.get(Connection(id=1))  # type: ignore[arg-type]  # another object's id is never meant
    await workato.recipes.copy(1, folder_id=recipe)  # type: ignore[arg-type]
    workato.jobs.list(1, status="error")  # type: ignore[arg-type]
    assert_type(await asyncio.create_task(workato.packages.export(1)), Package)
    assert_type(await asyncio.wait_for(workato.packages.import_(1, b""), 5), Package)
    async with asyncio.TaskGroup() as group:
        assert_type(group.create_task(workato.projects.build(1)), asyncio.Task[ProjectBuild])
    assert_type(workato.pages(LIST, query={"running": True}, per_page=50), Pages[Recipe])
    assert_type(await workato.pages(LIST).page("2"), Page[Recipe])


def test_the_table_is_typed() -> None:
    assert_type(ENDPOINTS, tuple[Endpoint[Any], ...])
    assert all(endpoint.quota.requests >= 1 and endpoint.quota.per > 0 for endpoint in ENDPOINTS)


async def what_a_type_checker_rejects(workato: WorkatoSession) -> None:
    pages = workato.recipes.list()
    for _ in pages:  # type: ignore[attr-defined]
        pass
    len(pages)  # type: ignore[arg-type]
    pages[0]  # type: ignore[index]
    list(pages)  # type: ignore[call-overload]
    workato.jobs.list(1, since="yesterday")  # type: ignore[arg-type]
