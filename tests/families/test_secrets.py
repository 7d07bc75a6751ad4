"""The external secrets manager."""

from __future__ import annotations

from workato_async import WorkatoSession
from workato_async.testing import FakeWorkato, faults


async def test_the_cache_is_cleared_even_if_the_first_response_is_lost(
    workato: WorkatoSession, fake: FakeWorkato
) -> None:
    fake.fail("secrets.clear_cache", faults.Reset())
    await workato.secrets.clear_cache()
    assert [(request.method, request.body) for request in fake.requests] == [("POST", b"")] * 2
