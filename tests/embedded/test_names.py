"""What names a customer: exactly the intended path, or an error before anything is sent."""

from __future__ import annotations

import enum
import inspect
from contextlib import suppress
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.method_calls import Recorder
from workato_async import ConfigurationError, InvalidResponseError, WorkatoSession
from workato_async.calls.caller import Caller
from workato_async.embedded import CustomerCaller, mirrored
from workato_async.endpoint import PAGE
from workato_async.models import Customer, Recipe
from workato_async.resources.customers import customer_named
from workato_async.resources.recipes.recipes import GET, LIST

WORKATO = WorkatoSession("a-token", base_url="https://workato.example")


class Number(enum.IntEnum):
    ACME = 98178


@pytest.mark.parametrize(
    ("customer", "environment", "name"),
    [
        (98178, None, "98178"),
        ("98178", None, "98178"),
        (98178, "dev", "98178_dev"),
        ("98178_prod", None, "98178_prod"),
        ("EA2300", None, "EA2300"),
        ("EA2300", "test", "EA2300_test"),
        ("Eacme+co@x:1", "prod", "Eacme+co@x:1_prod"),
        ("Eé", None, "Eé"),
        ("E_x", None, "E_x"),
        (Customer(id=7, external_id="A1"), "test", "7_test"),
        ({"id": 7}, None, "7"),
        (Number.ACME, None, "98178"),
    ],
)
def test_what_names_a_customer(customer: Any, environment: Any, name: str) -> None:
    assert customer_named(customer, environment) == name
    assert f"customer {name} in" in repr(WORKATO.customer(customer, environment=environment))


@pytest.mark.parametrize(
    "customer",
    [
        "",
        "E",
        "A2300",
        "acme",
        "E_dev",
        "0",
        0,
        -1,
        True,
        1.5,
        None,
        float("nan"),
        b"EA2300",
        [],
        object(),
        "..",
        "E/recipes",
        "Ea/../../users/me",
        "E..%2f",
        "Ea b",
        "Ea\n",
        "Ea\x00",
        "E?x=1",
        "E#x",
        "E\\x",
        "E\ud800",
        "98178/recipes",
        "98178 ",
        "98178_staging",
        "٣",
        Recipe(id=7),
        UUID(int=7),
    ],
    ids=ascii,
)
def test_what_does_not_is_an_error(customer: Any) -> None:
    with pytest.raises(ConfigurationError):
        WORKATO.customer(customer)


def test_the_error_names_the_path() -> None:
    with pytest.raises(
        ConfigurationError,
        match=r"'Ea b' cannot be \{customer_id\} of /api/managed_users/\{customer_id\}: an id has no",
    ):
        WORKATO.customer("Ea b")


@pytest.mark.parametrize("environment", ["", "Dev", "staging", "_dev", "dev/x", 1, True, b"dev", ["dev"], object()])
def test_other_environments_are_errors(environment: Any) -> None:
    with pytest.raises(ConfigurationError, match="environment must be"):
        WORKATO.customer("EA2300", environment=environment)


@pytest.mark.parametrize("customer", ["98178_dev", "EA2300_test", "Eacme_prod"])
def test_an_environment_is_named_once(customer: str) -> None:
    with pytest.raises(ConfigurationError, match=f"'{customer}' already names an environment"):
        WORKATO.customer(customer, environment="test")


@pytest.mark.parametrize("customer", ["A2300", "E", "..", "E/x", 0, Recipe(id=7)])
async def test_the_endpoints_about_customers_take_nothing_else_either(customer: Any) -> None:
    for call in (
        WORKATO.customers.get,
        WORKATO.customers.delete,
        lambda one: WORKATO.customers.update(one, name="x"),
        lambda one: WORKATO.customers.members.get(one, 1),
        lambda one: WORKATO.customers.imports.create(one, b"", folder_id=1),
    ):
        with pytest.raises(ConfigurationError):
            await call(customer)


@given(st.text(max_size=30) | st.integers(), st.none() | st.sampled_from(["dev", "test", "prod"]))
async def test_whatever_it_is_the_path_is_that_of_one_recipe_of_one_customer(
    customer: str | int, environment: Any
) -> None:
    recorder = Recorder()
    given_ = f"E{customer}" if isinstance(customer, str) else customer
    try:
        name = customer_named(given_, environment)
    except ConfigurationError:
        return
    await CustomerCaller.of(Caller(recorder, timeout=1.0), name).json(GET, (42,))
    [request] = recorder.requests
    assert request.target == f"/api/managed_users/{quote(name, safe='')}/recipes/42"
    assert request.target.isascii()
    assert request.target.count("/") == 5
    assert request.endpoint is mirrored(GET)


async def test_every_way_of_a_caller_reaches_the_customer() -> None:
    recorder = Recorder()
    caller = CustomerCaller.of(Caller(recorder, timeout=1.0), "EA2300")
    ways = {
        "call": lambda: caller.call(GET, (1,)),
        "call_optional": lambda: caller.call_optional(GET, (1,)),
        "page": lambda: caller.page(LIST, PAGE, (), {}),
        "json": lambda: caller.json(GET, (1,)),
        "save": lambda: caller.save(Any, GET, (1,)),  # type: ignore[arg-type]
    }
    public = {name for name, value in inspect.getmembers(Caller) if inspect.iscoroutinefunction(value)}
    assert {name for name in public if name[0] != "_"} == ways.keys(), "add the new one"
    way: Any
    for way in ways.values():
        with suppress(InvalidResponseError):
            await way()
    assert len(recorder.requests) == len(ways)
    assert {request.target[:29] for request in recorder.requests} == {"/api/managed_users/EA2300/rec"}
