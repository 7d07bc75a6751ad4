"""One quota for all customers: one bucket for each path template, whoever is called and however."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from workato_async import (
    EMBEDDED_ENDPOINTS,
    ConfigurationError,
    Endpoint,
    Limiter,
    NotFoundError,
    Quota,
    WorkatoSession,
    fan_out,
)
from workato_async.limits.keys import canonical
from workato_async.routes import find_endpoint
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

RECIPES = "GET /api/managed_users/{managed_user_id}/recipes"
NAMES = ("98178", "98178_dev", "EA2300", "EA2300_test", "98179_prod", "EA2301")


async def test_all_customers_share_a_bucket(fake: FakeWorkato, workato: WorkatoSession) -> None:
    own: Endpoint[Any] = Endpoint("own.recipes", "GET", "/api/managed_users/{customer}/recipes")
    ways: list[Callable[[str], Coroutine[Any, Any, Any]]] = [
        lambda name: workato.customer(name).recipes.list().page(),
        lambda name: workato.request("GET", f"/api/managed_users/{name}/recipes"),
        lambda name: workato.customer(name).request("GET", "/api/recipes"),
        lambda name: workato.call(own, name),
    ]
    for way in ways:
        for name in NAMES:
            await way(name)
    snapshot = workato.limiter.snapshot()
    assert list(snapshot) == [RECIPES]
    assert snapshot[RECIPES].quota == Quota(60, per=60)
    assert fake.sent("embedded.recipes.list") == len(ways) * len(NAMES)
    assert workato.limiter.eta("embedded.recipes.list", 61 - len(ways) * len(NAMES)) > 50


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("path", "quota"),
    [
        ("recipes", Quota(60, per=60)),
        ("connections", Quota(1000, per=60)),
        ("recipes/7/jobs", Quota(1000, per=60)),
        ("recipes/7/jobs/j-1", Quota(1000, per=60)),
        ("projects", Quota(1000, per=60)),
        ("members", Quota(60, per=60)),
        ("widgets/blue", Quota(60, per=60)),
    ],
)
def test_a_raw_request_has_the_quota_of_the_embedded_api(name: str, path: str, quota: Quota) -> None:
    endpoint, arguments = find_endpoint("GET", f"/api/managed_users/{name}/{path}")
    assert (endpoint.quota, arguments[0]) == (quota, name)
    assert name not in endpoint.key + endpoint.shared_quota


@pytest.mark.parametrize(
    ("path", "raw"),
    [
        ("/api/widgets/acme", "/api/managed_users/{}/widgets/blue-door/parts"),
        ("/api/v2/widgets/acme", "/api/v2/managed_users/{}/widgets/42"),
        ("/api/data_tables/5/parts/acme", "/api/managed_users/{}/data_tables/x/y"),
        ("/api/recipes/5/parts/acme", "/api/managed_users/{}/recipes/7/parts"),
        ("/api/agentic/widgets", "/api/managed_users/{}/agentic/gadgets/acme"),
        ("/api/mcp_servers", "/api/managed_users/{}/mcp_servers"),
    ],
)
async def test_unknown_paths_share_it_with_the_views(path: str, raw: str, workato: WorkatoSession) -> None:
    for number in range(3):
        with suppress(NotFoundError):
            await workato.customer(f"E{number}").request("GET", path)
        with suppress(NotFoundError):
            await workato.request("GET", raw.format(f"E{number}"))
    assert len(workato.limiter.snapshot()) == 1


async def test_the_endpoints_about_customers_share_it_with_the_views(workato: WorkatoSession) -> None:
    await workato.customers.members.list("EA2300")
    await workato.customer("EA2301").members.list()
    await workato.request("GET", "/api/managed_users/98180_test/members")
    assert [canonical(key) for key in workato.limiter.snapshot()] == ["GET /api/managed_users/{}/members"]


async def test_names_of_the_endpoints(workato: WorkatoSession) -> None:
    limiter = workato.limiter
    for name in ("embedded", "embedded.recipes", "embedded.recipes.list", RECIPES, "customers", "customers.list"):
        assert limiter.eta(name, 1) == 0
    assert limiter.quota("embedded.connections.list") == Quota(1000, per=60)
    for name in ("embedded.secrets", "embedded.widgets", "embed", "embedded.recipes.lists", "customers.recipes"):
        with pytest.raises(ConfigurationError, match="unknown endpoint or family"):
            limiter.eta(name, 1)
        with pytest.raises(ConfigurationError, match="unknown endpoint or family"):
            WorkatoSession("a-token", limiter=Limiter({name: Quota(5, per=1)}))


@pytest.mark.parametrize(
    ("name", "hit"),
    [
        ("embedded.jobs.list", {"embedded.jobs.list"}),
        ("embedded.jobs", {"embedded.jobs.list", "embedded.jobs.get"}),
        ("embedded", {"embedded.jobs.list", "embedded.jobs.get", "embedded.recipes.list"}),
        ("GET /api/managed_users/{id}/recipes/{id}/jobs", {"embedded.jobs.list"}),
        ("jobs", {"jobs.list"}),
        ("customers", {"customers.list"}),
    ],
)
def test_overrides(name: str, hit: set[str]) -> None:
    limiter = Limiter({name: Quota(7, per=1)})
    WorkatoSession("a-token", limiter=limiter)
    ids = ("embedded.jobs.list", "embedded.jobs.get", "embedded.recipes.list", "jobs.list", "customers.list")
    assert {id_ for id_ in ids if limiter.quota(id_) == Quota(7, per=1)} == hit


@pytest.mark.parametrize("endpoint", EMBEDDED_ENDPOINTS, ids=lambda e: e.id)
def test_a_limiter_knows_the_quota_by_id_and_key(endpoint: Endpoint[Any]) -> None:
    limiter = Limiter()
    WorkatoSession("a-token", limiter=limiter)
    assert limiter.quota(endpoint.id) == limiter.quota(endpoint.key) == endpoint.quota


async def test_five_hundred_customers_keep_the_quotas() -> None:
    async with (
        FakeWorkato(recipes=0, jobs=0, customers=500) as fake,
        WorkatoSession("a-token", base_url=fake.url) as workato,
    ):
        customers = await workato.customers.list()
        assert len(customers) == 500
        views = [workato.customer(customer) for customer in customers]
        views[1::3] = [workato.customer(f"E{customer.external_id}", "test") for customer in customers[1::3]]
        begun = asyncio.get_running_loop().time()

        async def visit(call: Callable[[Any], Any]) -> int:
            async with fan_out(call, views, concurrency=500) as outcomes:
                return len([outcome.unwrap() async for outcome in outcomes])

        done = tuple(
            await asyncio.gather(
                visit(lambda view: view.recipes.list().page()),
                visit(lambda view: view.connections.list().page()),
                visit(lambda view: view.jobs.list(10001).page()),
            )
        )
        assert done == (500, 500, 500)
        assert fake.refused == 0
        assert fake.most_in_window("embedded.recipes.list") == 60
        assert fake.most_in_window("embedded.connections.list") == 500
        assert asyncio.get_running_loop().time() - begun < 8 * 60 + 5, "60 a minute: the last 20 after eight minutes"
        assert len(workato.limiter.snapshot()) == 4


async def test_the_fake_counts_all_clients_of_the_admin_workspace_together(fake: FakeWorkato) -> None:
    async with (
        WorkatoSession("one", base_url=fake.url) as one,
        WorkatoSession("two", base_url=fake.url) as two,
    ):
        await asyncio.gather(*(one.customer(98178).recipes.get(10001) for _ in range(60)))
        assert fake.refused == 0
        await two.customer(98179).recipes.get(10001)
        assert fake.refused > 0
        refused = fake.refused
        await two.recipes.get(10001)
        assert fake.refused == refused, "in the Developer API, each has its own"
