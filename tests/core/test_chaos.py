"""Everything goes wrong at once: no input is lost, nothing is done twice, no quota is overrun."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from workato_async import (
    ConnectionFailedError,
    Limiter,
    OutcomeUnknownError,
    Quota,
    RetryPolicy,
    ServerError,
    WorkatoSession,
    fan_out,
)
from workato_async.testing import CloseIdle, FakeWorkato, Refuse429, Reset, Slow, Stall, Status, Truncated

PATIENT = RetryPolicy(attempts=8, budget=10_000)
UPLINK = (0.0, 0.3)
LATENCY = (0.01, 0.5)


def plague(fake: FakeWorkato, endpoint: str) -> None:
    fake.fail(endpoint, Reset("before"), probability=0.05)
    fake.fail(endpoint, Reset("after"), probability=0.05)
    fake.fail(endpoint, Truncated(), probability=0.05)
    fake.fail(endpoint, Status(503), probability=0.05)
    fake.fail(endpoint, Stall(), probability=0.02)
    fake.fail(endpoint, Slow(20), probability=0.02)
    fake.fail(endpoint, CloseIdle(), probability=0.1)


SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in (1, 2))]


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_fan_out_of_reads_through_every_fault(seed: int) -> None:
    async with FakeWorkato(recipes=200, jobs=0, seed=seed, uplink=UPLINK, latency=LATENCY) as fake:
        plague(fake, "recipes.get")
        async with WorkatoSession("any", base_url=fake.url, retry=PATIENT) as workato:
            ids = [recipe.id async for recipe in workato.recipes.list()]
            async with fan_out(workato.recipes.get, ids, concurrency=32) as outcomes:
                found = [outcome async for outcome in outcomes]
            state = workato.limiter.snapshot()["GET /api/recipes/{id}"]
        assert sorted(outcome.item for outcome in found) == sorted(ids)
        assert {type(outcome.error) for outcome in found} <= {type(None), ConnectionFailedError, ServerError}
        assert sum(outcome.error is None for outcome in found) >= 199
        assert all(outcome.value.id == outcome.item for outcome in found if outcome.value)
        assert fake.refused == 0
        assert fake.most_in_window("recipes.get") <= 60
        assert state.sent == fake.sent("recipes.get")


@pytest.mark.parametrize("seed", SEEDS)
async def test_writes_that_are_not_idempotent_are_executed_at_most_once(seed: int) -> None:
    async with FakeWorkato(recipes=150, jobs=0, seed=seed, uplink=UPLINK, latency=LATENCY) as fake:
        plague(fake, "recipes.reset_trigger")
        async with WorkatoSession("any", base_url=fake.url, retry=PATIENT) as workato:
            ids = [recipe.id async for recipe in workato.recipes.list()]
            async with fan_out(workato.recipes.reset_trigger, ids, concurrency=32) as outcomes:
                found = [outcome async for outcome in outcomes]
        arrived = Counter(request.path for request in fake.requests if request.endpoint == "recipes.reset_trigger")
        executed = {
            request.path
            for request in fake.requests
            if request.endpoint == "recipes.reset_trigger" and request.executed
        }
        assert set(arrived.values()) == {1}
        assert len(found) == len(arrived) == 150
        for outcome in found:
            path = f"/api/recipes/{outcome.item}/reset_trigger"
            if outcome.error is None:
                assert path in executed
            else:
                assert isinstance(outcome.error, OutcomeUnknownError | ServerError)
        assert fake.refused == 0
        assert fake.most_in_window("recipes.reset_trigger") <= 60


async def test_a_stream_of_429s_the_quota_does_not_explain_is_waited_out() -> None:
    async with FakeWorkato(recipes=100, jobs=0) as fake:
        fake.fail("recipes.get", Refuse429("7"), probability=0.1)
        async with WorkatoSession("any", base_url=fake.url, retry=PATIENT) as workato:
            ids = [recipe.id async for recipe in workato.recipes.list()]
            recipes = await asyncio.gather(*(workato.recipes.get(recipe_id) for recipe_id in ids))
        assert len(recipes) == 100
        assert fake.refused > 0
        assert fake.most_in_window("recipes.get") <= 60


async def test_two_sessions_share_a_quota_by_halves() -> None:
    async with FakeWorkato(recipes=100, jobs=0, latency=LATENCY, uplink=UPLINK) as fake:
        async with (
            WorkatoSession("any", base_url=fake.url, limiter=Limiter(share=0.5)) as first,
            WorkatoSession("any", base_url=fake.url, limiter=Limiter(share=0.5)) as second,
        ):
            ids = [recipe.id async for recipe in first.recipes.list()]
            await asyncio.gather(*(session.recipes.get(n) for session in (first, second) for n in ids))
        assert fake.refused == 0
        assert fake.most_in_window("recipes.get") <= 60


async def test_a_mixed_worker_with_impatient_callers_loses_no_permit() -> None:
    """Calls are cancelled at any time; in the end every permit is back."""
    async with FakeWorkato(recipes=50, jobs=0, latency=LATENCY, uplink=UPLINK) as fake:
        limiter = Limiter(quotas={"GET /api/recipes/{id}": Quota(5, per=10)})
        async with WorkatoSession("any", base_url=fake.url, limiter=limiter) as workato:
            ids = [recipe.id async for recipe in workato.recipes.list()]

            async def impatient(number: int) -> None:
                await asyncio.sleep(number * 0.37)
                async with asyncio.timeout((number * 7919) % 23 / 10 + 0.001):
                    await workato.recipes.get(ids[number % len(ids)])

            results = await asyncio.gather(*(impatient(n) for n in range(300)), return_exceptions=True)
            kinds = Counter(type(result).__name__ for result in results)
            assert set(kinds) == {"NoneType", "TimeoutError"}
            await asyncio.sleep(100)
            state = limiter.snapshot()["GET /api/recipes/{id}"]
            assert (state.free, state.waiters) == (state.room, 0)
        assert fake.most_in_window("recipes.get") <= 60
