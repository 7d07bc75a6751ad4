"""default_limiter: what sessions use that are made without a limiter."""

from __future__ import annotations

import pytest

from workato_async import ConfigurationError, Limiter, WorkatoSession
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


def test_the_shared_limiter_follows_a_fake_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKATO_TIME_SCALE", "0.01")
    fake, other = (WorkatoSession("any", base_url=f"http://127.0.0.1:{port}") for port in (8080, 8081))
    assert fake.limiter is other.limiter is shared_limiter(0.01)
    assert fake.limiter.eta("recipes.get", 120) == pytest.approx(0.6, rel=0.01)
    for workato in (WorkatoSession("any"), WorkatoSession("any", base_url="https://127.0.0.1:8443")):
        assert workato.limiter is shared_limiter() is not fake.limiter


@pytest.mark.parametrize("text", ["0", "-1", "nan", "fast"])
def test_a_wrong_time_scale(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKATO_TIME_SCALE", text)
    assert WorkatoSession("any", data_center="eu").limiter is shared_limiter()
    with pytest.raises(ConfigurationError, match="WORKATO_TIME_SCALE must be a number above 0"):
        WorkatoSession("any", base_url="http://127.0.0.1:8080")
