"""fan_out_on in short: what other versions of distributed must do, too."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("distributed", reason="needs the extra dask")
from distributed import Client

from tests.engines.conftest import asked, plugins, run
from tests.support import dask_calls
from workato_async import ConfigurationError, NotFoundError, is_retryable
from workato_async.engines.dask import fan_out_on
from workato_async.models import Recipe

if TYPE_CHECKING:
    from tests.engines.conftest import World

IDS = range(10001, 10041)


def test_every_item_has_one_outcome(world: World) -> None:
    outcomes = list(fan_out_on(world.client, "recipes.get", IDS, limiter=world.limiter))
    assert sorted(outcome.item for outcome in outcomes) == list(IDS)
    assert all(isinstance(outcome.value, Recipe) and outcome.value.id == outcome.item for outcome in outcomes)
    assert set(asked(world).values()) == {1}
    assert world.fake.refused == 0


def test_errors_are_outcomes_with_their_fields(world: World) -> None:
    (outcome,) = fan_out_on(world.client, "recipes.get", [1], limiter=world.limiter)
    assert isinstance(outcome.error, NotFoundError)
    assert (outcome.error.status, outcome.error.path) == (404, "/api/recipes/1")
    assert not is_retryable(outcome.error)


def test_a_list_is_collected_and_a_tuple_is_several_arguments(world: World) -> None:
    (jobs,) = fan_out_on(world.client, "jobs.list", [10001], limiter=world.limiter)
    assert len(jobs.unwrap()) > 25, "more than a page"
    job = jobs.unwrap()[0]
    (outcome,) = fan_out_on(world.client, "jobs.get", [(10001, job.id)], limiter=world.limiter)
    assert outcome.unwrap().id == job.id
    (wrong,) = fan_out_on(world.client, "jobs.get", [7], limiter=world.limiter)
    assert isinstance(wrong.error, ConfigurationError)
    assert "recipe_id, job_id" in str(wrong.error)


def test_a_function_gets_session_and_item(world: World) -> None:
    outcomes = list(fan_out_on(world.client, dask_calls.pid, IDS, limiter=world.limiter))
    assert {outcome.unwrap() for outcome in outcomes} <= set(world.client.run(os.getpid).values())


def test_an_asynchronous_client(world: World) -> None:
    async def numbers() -> AsyncIterator[int]:
        for number in IDS:
            yield number

    async def main() -> None:
        async with Client(world.cluster.scheduler_address, asynchronous=True) as client:
            everything = await fan_out_on(client, "recipes.get", numbers(), limiter=world.limiter)
            assert sorted(outcome.item for outcome in everything) == list(IDS)
            seen = [o.item async for o in fan_out_on(client, "recipes.get", [10001], limiter=world.limiter)]
            assert seen == [10001]
            async with fan_out_on(client, "recipes.get", itertools.count(10001), limiter=world.limiter) as outcomes:
                async for outcome in outcomes:
                    assert outcome.unwrap().id == outcome.item
                    break
            with pytest.raises(ConfigurationError, match="iterated once"):
                aiter(outcomes)
            with pytest.raises(ConfigurationError, match="write `async for outcome in"):
                iter(fan_out_on(client, "recipes.get", IDS))

    run(main())
    assert not plugins(world)
