"""The fake's customers: how they are named, and what their workspaces hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from workato_async import ConfigurationError, Endpoint, NotFoundError, WorkatoSession
from workato_async.testing import FakeWorkato
from workato_async.testing.faults import Status

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def fake() -> AsyncIterator[FakeWorkato]:
    async with FakeWorkato(recipes=2, jobs=0, customers=2) as fake:
        yield fake


@pytest.fixture
async def workato(fake: FakeWorkato) -> AsyncIterator[WorkatoSession]:
    async with WorkatoSession("a-token", base_url=fake.url) as workato:
        yield workato


async def test_the_customers_it_is_asked_for(workato: WorkatoSession) -> None:
    customers = await workato.customers.list()
    assert [(one.id, one.external_id, one.name) for one in customers] == [
        (98178, "A2300", "Customer 1"),
        (98179, "A2301", "Customer 2"),
    ]
    assert [environment.type for environment in customers[0].environments] == ["test", "prod"]
    assert await workato.customers.list(per_page=1) == customers
    assert (await workato.customers.get("EA2301")).id == 98179


async def test_one_workspace_by_all_its_names(fake: FakeWorkato, workato: WorkatoSession) -> None:
    test_id = (await workato.customers.get(98178)).environments[0].id
    fake.customer(98178).recipes[10001]["name"] = "in dev"
    fake.customer("98178_test").recipes[10001]["name"] = "in test"
    for names, expected in (
        ((98178, "98178_dev", "EA2300", "EA2300_dev"), "in dev"),
        (("98178_test", "EA2300_test", test_id), "in test"),
    ):
        for name in names:
            assert name
            assert (await workato.customer(name).recipes.get(10001)).name == expected
    other = await workato.customer(98179).recipes.get(10001)
    assert other.name not in ("in dev", "in test")


@pytest.mark.parametrize("name", ["1", "EA9", "EA23", "98180", "98178_dev_dev", "9" * 5000])
async def test_an_unknown_customer_is_not_found(name: str, fake: FakeWorkato, workato: WorkatoSession) -> None:
    for path in ("/recipes", "", "/members", "/api_clients"):
        with pytest.raises(NotFoundError):
            await workato.request("GET", f"/api/managed_users/{name}{path}")
    with pytest.raises(ConfigurationError, match="the fake has no customer"):
        fake.customer(name)


async def test_only_ascii_digits_are_a_number(workato: WorkatoSession) -> None:
    arabic = "".join(chr(0x0660 + int(digit)) for digit in "98178")
    with pytest.raises(NotFoundError):
        await workato.call(Endpoint[Any]("own.get", "GET", "/api/managed_users/{id}"), arabic)


async def test_an_update_of_a_member_leaves_its_id(workato: WorkatoSession) -> None:
    member = (await workato.customers.members.list(98178))[0]
    path = f"/api/managed_users/98178/members/{member.id}"
    changed = await workato.request("PUT", path, body={"id": 5, "name": "Newer"})
    assert (changed["result"]["id"], changed["result"]["name"]) == (member.id, "Newer")
    assert (await workato.customers.members.get(98178, member.id)).name == "Newer"


async def test_a_new_customer_has_no_environments_before_they_are_provisioned(workato: WorkatoSession) -> None:
    created = await workato.customers.create(name="New", notification_email="n@example.com", external_id="new_test_x")
    assert created.environments == ()
    new = workato.customer("Enew_test_x")
    assert await new.recipes.list() == []  # an empty workspace, with folders to import into
    assert await new.connections.list() == []
    assert await new.folders.list()
    with pytest.raises(NotFoundError):
        await workato.customer(created, "test").recipes.list()
    await workato.customers.provision_environments(created)
    assert await workato.customer(created, "test").recipes.list() == []
    updated = await workato.customers.update(created, external_id=None, name="Newer")
    assert (updated.name, updated.external_id) == ("Newer", None)
    await workato.customers.delete(created)
    with pytest.raises(NotFoundError):
        await workato.customer(created).recipes.list()


async def test_members(workato: WorkatoSession) -> None:
    members = workato.customers.members
    created = await members.create("EA2300", name="Lee", email="lee@example.com")
    assert (await members.get("EA2300", created)).email == "lee@example.com"
    assert (await members.update("EA2300", created, name="Kim")).name == "Kim"
    assert [member.name for member in await workato.customer("EA2300").members.list()][-1] == "Kim"
    assert await members.privileges("EA2300", created)
    await members.delete("EA2300", created)
    with pytest.raises(NotFoundError):
        await members.get("EA2300", created)
    assert len(await members.list("EA2301")) == 2


async def test_what_has_no_handler_has_a_placeholder(workato: WorkatoSession) -> None:
    assert await workato.customer("EA2300").cert_bundles.list()
    with pytest.raises(NotFoundError):
        await workato.customer("EA9").cert_bundles.list()


async def test_faults_and_counts_by_name(fake: FakeWorkato, workato: WorkatoSession) -> None:
    fake.fail("embedded.recipes.get", Status(418))
    with pytest.raises(Exception, match="418"):
        await workato.customer(98179).recipes.get(10001)
    assert (await workato.recipes.get(10001)).id == 10001
    assert fake.sent("embedded.recipes.get") == fake.sent("GET /api/managed_users/{managed_user_id}/recipes/{id}") == 1
    assert fake.sent("recipes.get") == 1


async def test_work_in_the_background_of_a_workspace_goes_on(workato: WorkatoSession) -> None:
    acme: Any = workato.customer(98178)
    report = await acme.recipes.health.analyze(10001)
    assert report is not None or await acme.recipes.health.get(10001) is None
    assert (await acme.projects.deploy(301, environment_type="test").wait()).state == "success"


def test_a_negative_number_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="counts must be >= 0"):
        FakeWorkato(customers=-1)


def test_none_is_possible() -> None:
    assert FakeWorkato(customers=0).state.tables["customers/"] == {}
