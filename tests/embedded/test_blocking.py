"""A customer's workspace without ``await``."""

from __future__ import annotations

import pytest

from workato_async import ConfigurationError
from workato_async.blocking import Workato
from workato_async.testing import FakeWorkato


def test_a_customer_without_await() -> None:
    with FakeWorkato(recipes=0, jobs=0) as fake, Workato("a-token", base_url=fake.url) as workato:
        assert [customer.external_id for customer in workato.customers.list()] == ["A2300", "A2301", "A2302"]
        acme = workato.customer("EA2300", environment="test")
        assert len([recipe.id for recipe in acme.recipes.list()]) == 6
        assert acme.options(deadline=30).recipes.get(10001).id == 10001
        assert workato.options(priority="bulk").customer(98178).request("GET", "/api/recipes/10001")["id"] == 10001
        outcomes = workato.fan_out(acme.recipes.get, [10001, 10002])
        assert sorted(outcome.unwrap().id for outcome in outcomes) == [10001, 10002]
        with pytest.raises(ConfigurationError, match="the Embedded API has no such endpoint"):
            acme.workspace.me()
        paths = {request.path.split("/")[3] for request in fake.requests if "recipes" in request.path}
        assert paths == {"EA2300_test", "98178"}
