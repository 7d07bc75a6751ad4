"""How long calls will take is the same before the first call as after it."""

from __future__ import annotations

import asyncio

import pytest

from workato_async import Limiter


@pytest.mark.parametrize(("limiter", "seconds"), [(Limiter(), 0.0), (Limiter(paced=True), 9.0)])
async def test_before_the_first_call_and_after_it(limiter: Limiter, seconds: float) -> None:
    key = "GET /api/tags"
    assert limiter.eta(key, 10) == seconds
    permit = await limiter.bucket(key).acquire()
    permit.mark_sent()
    permit.responded()
    await asyncio.sleep(120)
    assert limiter.eta(key, 10) == seconds
