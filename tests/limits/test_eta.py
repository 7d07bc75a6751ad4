"""How long calls will take is the same before the first call as after it."""

from __future__ import annotations

import asyncio

import pytest

from workato_async import ConfigurationError, Limiter


@pytest.mark.parametrize(("limiter", "seconds"), [(Limiter(), 0.0), (Limiter(paced=True), 9.0)])
async def test_before_the_first_call_and_after_it(limiter: Limiter, seconds: float) -> None:
    key = "GET /api/tags"
    assert limiter.eta(key, 10) == seconds
    permit = await limiter.bucket(key).acquire()
    permit.mark_sent()
    permit.responded()
    await asyncio.sleep(120)
    assert limiter.eta(key, 10) == seconds


def test_a_limiter_without_a_session_says_what_it_needs_to_know_the_ids() -> None:
    with pytest.raises(ConfigurationError, match=r"'recipes\.get': the limiter learns the endpoints when a session"):
        Limiter().eta("recipes.get", 300)
