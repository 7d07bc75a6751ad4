"""Deadlines bound a whole call: waiting, attempts, backoff and responses together."""

from __future__ import annotations

import asyncio

import pytest

from workato_async import (
    ConnectionFailedError,
    Limiter,
    OutcomeUnknownError,
    Quota,
    QuotaWaitError,
    ResponseTimeoutError,
    RetryPolicy,
    WorkatoSession,
)
from workato_async.testing import FakeWorkato
from workato_async.testing.faults import Refuse429, Reset, Stall

GET = "GET /api/recipes/{id}"


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_a_call_whose_token_would_come_too_late_fails_at_once() -> None:
    async with FakeWorkato(recipes=3) as fake:
        limiter = Limiter({GET: Quota(1, 60)})
        async with WorkatoSession("t", base_url=fake.url, limiter=limiter) as workato:
            recipe = await workato.recipes.list().first()
            assert recipe is not None
            await workato.recipes.get(recipe.id)
            begun = now()
            with pytest.raises(QuotaWaitError) as caught:
                await workato.options(deadline=30).recipes.get(recipe.id)
            assert now() - begun < 0.1
            assert caught.value.wait == pytest.approx(60, abs=0.1)
            await workato.options(deadline=70).recipes.get(recipe.id)
            assert now() - begun == pytest.approx(60, abs=0.1)


async def test_it_covers_a_response_that_does_not_come() -> None:
    async with FakeWorkato(recipes=3) as fake:
        fake.fail(None, Stall(), times=10)
        async with WorkatoSession("t", base_url=fake.url) as workato:
            begun = now()
            with pytest.raises(ResponseTimeoutError, match="deadline of 7 s"):
                await workato.options(deadline=7).recipes.get(1)
            with pytest.raises(OutcomeUnknownError, match="deadline of 7 s"):
                await workato.options(deadline=7).recipes.copy(1, folder_id=2)
            assert now() - begun == pytest.approx(14, abs=0.5)


async def test_it_covers_the_time_between_attempts() -> None:
    async with FakeWorkato(recipes=3) as fake:
        fake.fail(None, Reset(when="before"), times=10)
        patient = RetryPolicy(base=1_000, cap=1_000)
        async with WorkatoSession("t", base_url=fake.url, retry=patient) as workato:
            begun = now()
            with pytest.raises(ConnectionFailedError, match="deadline of 5 s"):
                await workato.options(deadline=5).recipes.get(1)
            assert now() - begun <= 5.1


async def test_it_covers_a_pause() -> None:
    async with FakeWorkato(recipes=3) as fake:
        fake.fail(None, Refuse429("30"))
        async with WorkatoSession("t", base_url=fake.url) as workato:
            begun = now()
            with pytest.raises(QuotaWaitError) as caught:
                await workato.options(deadline=10).recipes.get(1)
            assert caught.value.wait == pytest.approx(30, abs=0.1)
            assert now() - begun < 1
