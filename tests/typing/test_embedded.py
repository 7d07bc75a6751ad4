"""What a type checker sees of a customer's workspace; run, it only has to import."""

from __future__ import annotations

from typing import assert_type

from workato_async import EMBEDDED_ENDPOINTS, Endpoint, Page, Pages, WorkatoSession
from workato_async.models import Customer, Member, Package, Recipe
from workato_async.operations import Operation


async def what_a_user_writes(workato: WorkatoSession, customer: Customer) -> None:
    assert_type(await workato.customers.list(), list[Customer])
    assert_type(await workato.customers.create(name="x", notification_email="x@example.com"), Customer)
    assert_type(workato.customers.members.list("EA2300"), Pages[Member])
    assert_type(workato.customers.imports.create(7, b"", folder_id=1), Operation[Package])
    acme = workato.customer("EA2300", environment="test")
    assert_type(await acme.recipes.get(1), Recipe)
    assert_type(await acme.options(deadline=5).recipes.list().page(), Page[Recipe])
    assert_type(await workato.options(max_wait=1).customer(customer, "prod").recipes.get(1), Recipe)
    workato.customer(98178, environment="staging")  # type: ignore[arg-type]
    workato.customer(1.5)  # type: ignore[arg-type]


def test_the_table_is_typed() -> None:
    first: Endpoint[object] = EMBEDDED_ENDPOINTS[0]
    assert first.id.startswith("embedded.")
