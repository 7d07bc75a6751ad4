"""The Embedded API may have its data under ``result``, around or in place of the documented envelope, or bare."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.scripted_server import reply, session_of
from workato_async import OperationRefusedError, converter
from workato_async.embedded import mirrored
from workato_async.endpoint import PAGE
from workato_async.resources.connections import LIST as CONNECTIONS
from workato_async.resources.customers import GET as CUSTOMER
from workato_async.resources.customers import LIST as CUSTOMERS
from workato_async.resources.data_tables import GET as DATA_TABLE
from workato_async.resources.jobs import LIST as JOBS
from workato_async.resources.properties import LIST as PROPERTIES
from workato_async.resources.recipes.recipes import GET as RECIPE
from workato_async.resources.recipes.recipes import JOB_COUNTS
from workato_async.resources.recipes.recipes import LIST as RECIPES

if TYPE_CHECKING:
    from tests.support.scripted_server import ScriptedServer

ITEMS = [{"id": 2}, {"id": 1}]


def encoded(tree: Any) -> bytes:
    return json.dumps(tree).encode()


@pytest.mark.parametrize("items", [ITEMS, []], ids=["items", "none"])
@pytest.mark.parametrize(
    ("endpoint", "envelope"),
    [
        (RECIPES, lambda items: {"items": items, "count": 2, "page": 1, "per_page": 100}),
        (RECIPES, lambda items: {"result": items}),
        (RECIPES, lambda items: {"count": 2, "result": items}),
        (RECIPES, lambda items: {"result": {"items": items, "count": 2}}),
        (RECIPES, lambda items: {"result": {"count": 2, "items": items}}),
        (CONNECTIONS, lambda items: items),
        (CONNECTIONS, lambda items: {"result": items}),
        (CONNECTIONS, lambda items: {"result": {"items": items, "count": 2}}),
        (CONNECTIONS, lambda items: {"success": True, "result": items}),
        (JOBS, lambda items: {"result": {"items": items, "job_scope_count": 2}}),
    ],
)
def test_a_list(endpoint: Any, envelope: Any, items: list[Any]) -> None:
    items = [{**item, "id": f"j-{item['id']}"} for item in items] if endpoint is JOBS else items
    page = converter.decode_page(mirrored(endpoint), encoded(envelope(items)), endpoint.listing)
    assert [item.id for item in page.items] == [item["id"] for item in items]
    assert page.unreadable == ()


def test_the_counters_next_to_the_items_are_read() -> None:
    body = {"result": {"items": [{"id": "j-1"}], "job_scope_count": 7}}
    assert JOBS.listing
    assert converter.decode_page(mirrored(JOBS), encoded(body), JOBS.listing).envelope["job_scope_count"] == 7


@pytest.mark.parametrize(
    ("endpoint", "tree"),
    [
        (RECIPE, {"id": 7, "name": "x"}),
        (RECIPE, {"result": {"id": 7, "name": "x"}}),
        (DATA_TABLE, {"data": {"id": "7", "name": "x"}}),
        (DATA_TABLE, {"result": {"data": {"id": "7", "name": "x"}}}),
        (DATA_TABLE, {"result": {"id": "7", "name": "x"}}),
        (DATA_TABLE, {"id": "7", "name": "x"}),
    ],
)
def test_an_object(endpoint: Any, tree: Any) -> None:
    value: Any = converter.decode(mirrored(endpoint), encoded(tree))
    assert (str(value.id), value.name, value.extra) == ("7", "x", {})


def test_an_object_without_a_documented_shape() -> None:
    counts = mirrored(JOB_COUNTS)
    assert converter.decode(counts, b'{"result": {"7": 1}}') == {"7": 1}
    assert converter.decode(counts, b'{"7": 1}') == {"7": 1}


def test_a_value_that_is_called_so_is_no_envelope() -> None:
    assert converter.decode(mirrored(PROPERTIES), b'{"result": "x", "a": null}') == {"result": "x", "a": None}
    assert converter.decode(mirrored(PROPERTIES), b'{"result": {"a": "x"}}') == {"a": "x"}


def test_the_developer_api_is_read_as_before() -> None:
    assert not RECIPES.also_under
    assert converter.decode(JOB_COUNTS, b'{"result": {"7": 1}}') == {"result": {"7": 1}}


@pytest.mark.parametrize("tree", [{"result": {"id": 7}}, {"id": 7}, {"result": [{"id": 7}]}], ids=str)
def test_a_customer(tree: Any) -> None:
    customer = converter.decode(CUSTOMER, encoded(tree))
    assert customer
    assert customer.id == 7


@pytest.mark.parametrize("tree", [{"result": []}, []], ids=str)
def test_no_customers(tree: Any) -> None:
    assert converter.decode_page(CUSTOMERS, encoded(tree), PAGE).items == []


async def test_a_walk_ends_at_an_empty_page(server: ScriptedServer) -> None:
    server.plays(reply(200, {"result": ITEMS}), reply(200, {"result": []}))
    async with session_of(server.url) as workato:
        assert [recipe.id for recipe in await workato.customer("EA2300").recipes.list(per_page=2)] == [2, 1]
    assert [seen.path for seen in server.seen] == ["/api/managed_users/EA2300/recipes"] * 2


async def test_a_list_that_knows_no_pages_is_read_once(server: ScriptedServer) -> None:
    server.otherwise = lambda _: reply(200, {"result": ITEMS})
    async with session_of(server.url) as workato:
        assert [customer.id for customer in await workato.customers.list()] == [2, 1]


async def test_a_rejection_under_result_is_one(server: ScriptedServer) -> None:
    server.otherwise = lambda _: reply(200, {"result": {"success": False, "message": "no"}})
    async with session_of(server.url) as workato:
        with pytest.raises(OperationRefusedError, match="no"):
            await workato.customer("EA2300").recipes.start(7)
        with pytest.raises(OperationRefusedError, match="no"):
            await workato.customers.delete(7)


async def test_an_id_is_percent_encoded(server: ScriptedServer) -> None:
    async with session_of(server.url) as workato:
        await workato.customer("Eacme+co@x", environment="prod").recipes.get(1)
        await workato.customers.get("Eé")
    assert [seen.target for seen in server.seen] == [
        "/api/managed_users/Eacme%2Bco%40x_prod/recipes/1",
        "/api/managed_users/E%C3%A9",
    ]
