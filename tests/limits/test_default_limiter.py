"""default_limiter: what sessions use that are made without a limiter."""

from __future__ import annotations

from workato_async import Limiter, WorkatoSession
from workato_async.limits.limiter import default_limiter, shared_limiter
from workato_async.limits.machine import MachineStore


def test_sessions_made_within_the_block_use_it() -> None:
    limiter, own = Limiter(), Limiter()
    with default_limiter(limiter):
        assert WorkatoSession("token").limiter is limiter
        assert WorkatoSession("token", limiter=own).limiter is own
    assert WorkatoSession("token").limiter is shared_limiter() is not limiter


def test_a_limiter_shows_its_store() -> None:
    store = MachineStore()
    assert Limiter(store=store).store is store
    assert Limiter().store is None
