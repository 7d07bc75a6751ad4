"""A blip is no outage: with the default policy it costs no input."""

from __future__ import annotations

from workato_async import Limiter, Quota, WorkatoSession, fan_out
from workato_async.testing import FakeWorkato
from workato_async.testing.faults import Reset, Status

GET = "GET /api/recipes/{id}"


async def test_all_connections_cut_at_once_lose_nothing() -> None:
    async with FakeWorkato(recipes=300, window=None) as fake:
        limiter = Limiter({GET: Quota(10_000, 1)})
        async with WorkatoSession("t", base_url=fake.url, limiter=limiter) as workato:
            ids = [recipe.id async for recipe in workato.recipes.list(exclude_code=True)]
            fake.fail(GET, Reset(when="after"), times=64)
            async with fan_out(workato.recipes.get, ids, concurrency=64) as outcomes:
                errors = [outcome.error async for outcome in outcomes if outcome.error]
    assert errors == []
    assert fake.sent(GET) == 300 + 64


async def test_an_outage_is_not_multiplied() -> None:
    async with FakeWorkato(recipes=1, window=None) as fake:
        limiter = Limiter({GET: Quota(10_000, 1)})
        async with WorkatoSession("t", base_url=fake.url, limiter=limiter) as workato:
            fake.fail(None, Status(503), times=100_000)
            async with fan_out(workato.recipes.get, range(1, 121), concurrency=20) as outcomes:
                failed = [outcome async for outcome in outcomes if outcome.error]
    assert len(failed) == 120
    assert fake.sent(GET) <= 1.2 * 120
