"""A customer's workspace through the resources of the session."""

from __future__ import annotations

import asyncio
import zipfile
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from tests.contract.calls.packages import a_zip
from workato_async import (
    ConfigurationError,
    Endpoint,
    NotFoundError,
    PaginationError,
    QuotaWaitError,
    WaitTimeoutError,
    WorkatoSession,
    fan_out,
)
from workato_async.base_model import Model
from workato_async.endpoint import PAGE
from workato_async.resources.recipes.recipes import GET, LIST
from workato_async.testing.faults import Status

if TYPE_CHECKING:
    from pathlib import Path

    from workato_async.events import Event
    from workato_async.testing import FakeWorkato


async def test_a_list_has_pages(fake: FakeWorkato, workato: WorkatoSession) -> None:
    acme = workato.customer("EA2300")
    pages = acme.recipes.list(per_page=4)
    assert fake.requests == []
    assert [recipe.id for recipe in await pages] == [10006, 10005, 10004, 10003, 10002, 10001]
    assert {request.path for request in fake.requests} == {"/api/managed_users/EA2300/recipes"}
    page = await pages.page()
    assert [recipe.id for recipe in page.items] == [10006, 10005, 10004, 10003]
    assert [recipe.id for recipe in (await pages.page(page.cursor)).items] == [10002, 10001]
    assert [recipe.id for recipe in await pages.from_cursor("2")] == [10002, 10001]
    with pytest.raises(ConfigurationError, match=r"per_page of GET /api/managed_users/\{managed_user_id\}/recipes"):
        acme.recipes.list(per_page=101)


async def test_each_customer_and_environment_has_its_own_workspace(fake: FakeWorkato, workato: WorkatoSession) -> None:
    acme, test, other = workato.customer(98178), workato.customer(98178, "test"), workato.customer("EA2301")
    await acme.recipes.stop(10001)
    assert not fake.customer("EA2300").recipes[10001]["running"]
    assert (await test.recipes.get(10001)).running
    assert (await other.recipes.get(10001)).running
    assert fake.state.recipes[10001]["running"]
    assert (await workato.customer("98178_dev").recipes.get(10001)).running is False
    with pytest.raises(ConfigurationError, match="the fake has no customer 'EB1'"):
        fake.customer("EB1")


async def test_an_operation_is_waited_for_and_a_file_is_saved(
    workato: WorkatoSession, fake: FakeWorkato, tmp_path: Path
) -> None:
    acme = workato.customer("EA2300", "prod")
    path = await acme.packages.export(801).save(tmp_path / "package.zip")
    assert zipfile.is_zipfile(path)
    imported = await acme.packages.import_(2001, a_zip()).wait()
    assert imported.status == "completed"
    paths = {request.path.rpartition("/packages")[0] for request in fake.requests if "/storage/" not in request.path}
    assert paths == {"/api/managed_users/EA2300_prod"}
    with pytest.raises(WaitTimeoutError) as error:
        await acme.projects.build(301).wait(timeout=1.5)
    assert error.value.path.startswith("/api/managed_users/EA2300_prod/project_builds/")
    assert "/api/managed_users/{managed_user_id}/project_builds/{id}" in str(error.value.endpoint)


async def test_imports_and_exports_of_the_admin_workspace(workato: WorkatoSession, fake: FakeWorkato) -> None:
    imported = await workato.customers.imports.create("EA2300", a_zip(), folder_id=2001).wait()
    assert (imported.status, imported.operation_type) == ("completed", "import")
    exported = await workato.customers.exports.create("EA2300", 801).wait()
    assert exported.download_url
    assert fake.sent("customers.imports.get") == fake.sent("customers.exports.get") >= 1


async def test_request_call_and_pages(workato: WorkatoSession, fake: FakeWorkato) -> None:
    acme = workato.customer("EA2300")
    assert (await acme.request("GET", "/api/recipes/10001"))["id"] == 10001
    assert (await acme.call(GET, 10001)).id == 10001
    assert len(await acme.pages(LIST, query={"running": True})) == 3
    assert (await acme.request("PUT", "/api/recipes/10001/stop")) == {"success": True}
    with pytest.raises(ConfigurationError, match=r"is a list: use pages\(\)"):
        await acme.call(LIST)
    assert {request.endpoint for request in fake.requests} == {
        "embedded.recipes.get",
        "embedded.recipes.list",
        "embedded.recipes.stop",
    }


@attrs.frozen(kw_only=True)
class Widget(Model):
    id: int


async def test_what_this_package_does_not_know(workato: WorkatoSession, fake: FakeWorkato) -> None:
    acme = workato.customer("EA2300")
    for call in (
        lambda: acme.request("GET", "/api/v2/widgets/5"),
        lambda: acme.call(Endpoint("widgets.get", "GET", "/api/v2/widgets/{id}", Widget), 5),
        lambda: acme.pages(Endpoint("widgets.list", "GET", "/api/v2/widgets/5", Widget, listing=PAGE)).first(),
    ):
        with pytest.raises(NotFoundError):
            await call()
    assert {request.path for request in fake.requests} == {"/api/v2/managed_users/EA2300/widgets/5"}


@pytest.mark.parametrize("path", ["/api/managed_users/EA2301/recipes", "/api/managed_users", "/recipes", "/api"])
async def test_a_view_reaches_no_other_customer(path: str, workato: WorkatoSession, fake: FakeWorkato) -> None:
    with pytest.raises(ConfigurationError):
        await workato.customer("EA2300").request("GET", path)
    assert fake.requests == []


async def test_what_has_no_counterpart_sends_nothing(workato: WorkatoSession, fake: FakeWorkato) -> None:
    acme = workato.customer("EA2300")
    calls: list[Any] = [
        lambda: acme.secrets.clear_cache(),
        lambda: acme.workspace.me(),
        lambda: acme.event_topics.list().first(),
        lambda: acme.data_table_records.query("x").first(),
        lambda: acme.event_messages.publish(1, {}),
        lambda: acme.custom_connectors.list().first(),
        lambda: acme.customers.list().first(),
        lambda: acme.customers.get(98178),
        lambda: acme.request("GET", "/api/users/me"),
        lambda: acme.request("POST", "/api/secrets_management/clear_cache", idempotent=False),
    ]
    for call in calls:
        with pytest.raises(ConfigurationError, match="the Embedded API has no such endpoint"):
            await call()
    assert fake.requests == []
    with pytest.raises(ConfigurationError):
        acme.event_topics.list()  # before it is iterated


async def test_a_view_has_options_and_an_options_view_has_customers(workato: WorkatoSession, fake: FakeWorkato) -> None:
    acme = workato.customer("EA2300", "test")
    for view in (acme.options(max_wait=0), workato.options(max_wait=0).customer("EA2300_test")):
        assert "customer EA2300_test in <WorkatoSession" in repr(view)
        assert (await view.recipes.get(10001)).id == 10001
    hurried = acme.options(max_wait=1, priority="interactive")
    async with fan_out(acme.recipes.get, [10001] * 58, concurrency=58) as outcomes:
        assert len([outcome.unwrap() async for outcome in outcomes]) == 58
    with pytest.raises(QuotaWaitError):
        await hurried.recipes.get(10001)
    with pytest.raises(QuotaWaitError):
        await workato.customer("EA2301").options(deadline=5).recipes.get(10001)
    assert (await acme.options(priority="bulk").recipes.get(10001)).id == 10001
    assert fake.refused == 0
    other = acme.options(timeout=9).customer("EA2301")
    assert "customer EA2301 in" in repr(other)
    assert other._caller.timeout == 9


async def test_errors_and_events_name_the_customer(workato: WorkatoSession, fake: FakeWorkato) -> None:
    events: list[Event] = []
    workato.add_listener(events.append)
    acme = workato.customer("EA2300")
    with pytest.raises(NotFoundError) as error:
        await acme.recipes.get(42)
    assert error.value.path == "/api/managed_users/EA2300/recipes/42"
    assert error.value.endpoint == "GET /api/managed_users/{managed_user_id}/recipes/{id}"
    assert {event.endpoint for event in events} == {"GET /api/managed_users/{managed_user_id}/recipes/{id}"}
    assert {event.path for event in events} == {"/api/managed_users/EA2300/recipes/42"}
    with pytest.raises(NotFoundError, match="/api/managed_users/EZ9/recipes"):
        await workato.customer("EZ9").recipes.list()
    page = '{"items": [{"id": 5}]}'
    fake.fail("embedded.recipes.list", Status(200, page, processed=False), times=9)
    with pytest.raises(PaginationError) as repeated:
        await acme.recipes.list(per_page=1)
    assert repeated.value.path == "/api/managed_users/EA2300/recipes"


async def test_views_share_the_session(fake: FakeWorkato) -> None:
    async with WorkatoSession("a-token", base_url=fake.url) as workato:
        acme = workato.customer("EA2300")
        assert await asyncio.gather(*(acme.recipes.get(10000 + n) for n in (1, 2, 3)))
    with pytest.raises(ConfigurationError, match="closed"):
        await acme.recipes.get(10001)
