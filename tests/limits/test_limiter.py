"""Which bucket a call takes its token from."""

from __future__ import annotations

import math
from typing import Any

import pytest

from workato_async import ENDPOINTS, ConfigurationError, Limiter, Quota


def learn(limiter: Limiter) -> None:
    limiter.set_documented_quotas(lambda: {e.key: e.documented_quota for e in ENDPOINTS})


def test_the_documented_quotas_hold_once_they_are_known() -> None:
    limiter = Limiter()
    learn(limiter)
    assert limiter.quota("POST /api/recipes/{recipe_id}/repeat_jobs") == Quota(1, 1)
    assert limiter.quota("POST /api/recipes/{recipe_id}/health") == Quota(20, 60)
    assert limiter.quota("GET /api/recipes/{id}") == Quota(60, 60)
    assert limiter.quota("GET /api/never/heard/of") == Quota(60, 60)


def test_an_override_wins_whatever_its_placeholder_is_called() -> None:
    limiter = Limiter({"GET /api/recipes/{recipe_id}": Quota(300, per=60)})
    assert limiter.quota("GET /api/recipes/{id}") == Quota(300, 60)


def test_a_raised_default_is_for_all_that_have_no_quota_of_their_own() -> None:
    limiter = Limiter(default=Quota(600, per=60))
    learn(limiter)
    assert limiter.quota("GET /api/recipes") == Quota(600, 60)
    assert limiter.quota("POST /api/connections") == Quota(1, 1)


def test_a_family_is_overridden_as_a_whole_but_for_those_named() -> None:
    limiter = Limiter(
        {"recipes": Quota(600, 60), "recipes.versions": Quota(5, 1), "POST /api/recipes": Quota(2, 1)},
    )
    learn(limiter)
    learn(limiter)  # a second session on the same limiter changes nothing
    assert limiter.quota("GET /api/recipes/{id}") == Quota(600, 60)
    assert limiter.quota("POST /api/recipes/{recipe_id}/health") == Quota(600, 60)
    assert limiter.quota("GET /api/recipes/{recipe_id}/versions") == Quota(5, 1)
    assert limiter.quota("POST /api/recipes") == Quota(2, 1)
    assert limiter.quota("GET /api/recipes/{recipe_id}/jobs") == Quota(60, 60)


def test_a_family_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="'recipe'"):
        learn(Limiter({"recipe": Quota(600, 60)}))


@pytest.mark.parametrize(
    ("share", "quota", "part"),
    [(0.5, Quota(60, 60), Quota(30, 60)), (0.5, Quota(1, 1), Quota(1, 2)), (0.1, Quota(20, 60), Quota(2, 60))],
)
def test_a_share_is_never_more_than_its_part(share: float, quota: Quota, part: Quota) -> None:
    assert Limiter({"GET /x": quota}, share=share).quota("GET /x") == part


def test_time_scale_makes_windows_shorter() -> None:
    assert Limiter(time_scale=0.1).quota("GET /x") == Quota(60, 6)


async def test_accounts_have_buckets_of_their_own() -> None:
    limiter = Limiter({"GET /x": Quota(1, 60)})
    await limiter.bucket("GET /x", "one").acquire()
    await limiter.bucket("GET /x", "two").acquire(max_wait=0)
    snapshot = limiter.snapshot()
    assert {key: state.free for key, state in snapshot.items()} == {"GET /x": 0, "GET /x @2": 0}


async def test_the_snapshot_tells_what_happened() -> None:
    limiter = Limiter()
    bucket = limiter.bucket("GET /api/recipes/{id}")
    taken = [await bucket.acquire(), await bucket.acquire()]
    taken[0].rate_limited(30.0)
    state = limiter.snapshot()["GET /api/recipes/{recipe_id}"]
    assert (state.sent, state.refused, state.free, state.waiters, state.paused_for) == (2, 1, 58, 0, 30.0)
    assert (state.room, state.withheld) == (59, 1)
    assert "1 endpoints in use" in repr(limiter)


async def test_eta_of_an_endpoint_not_used_yet() -> None:
    assert Limiter().eta("GET /x", 120) == pytest.approx(60, rel=1e-3)


@pytest.mark.parametrize(
    "wrong",
    [
        {"share": 0},
        {"share": 1.5},
        {"share": math.nan},
        {"time_scale": 0},
        {"time_scale": math.inf},
        {"max_wait": -1},
        {"quotas": {"get /api/recipes": Quota(1, 1)}},
        {"quotas": {"jobs": 60}},
        {"quotas": {5: Quota(1, 1)}},
        {"default": 60},
    ],
)
def test_values_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError):
        Limiter(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("requests", "per"), [(0, 60), (-1, 60), (1.5, 60), (True, 60), (60, 0), (60, -1), (60, math.inf), (60, math.nan)]
)
def test_a_quota_that_cannot_be_is_refused(requests: int, per: float) -> None:
    with pytest.raises(ConfigurationError):
        Quota(requests, per=per)


def test_a_paced_quota_is_not_shared() -> None:
    class Elsewhere:
        def bucket(self, quota: Quota, *, key: str, account: str, adaptive: bool) -> Any: ...
        async def close(self) -> None: ...

    with pytest.raises(ConfigurationError, match="cannot be combined with a store"):
        Limiter(paced=True, store=Elsewhere())


@pytest.mark.parametrize("name", ["nonsense", "recipes.gett", "get /api/recipes", None, 5])
def test_names_that_mean_nothing_are_rejected(name: Any) -> None:
    limiter = Limiter()
    learn(limiter)
    for ask in (limiter.quota, limiter.resume, lambda name: limiter.eta(name, 3)):
        with pytest.raises(ConfigurationError):
            ask(name)


@pytest.mark.parametrize("name", ["jobs.repeat", "POST /api/recipes/{id}/repeat_jobs"])
def test_an_endpoint_goes_by_id_or_key(name: str) -> None:
    limiter = Limiter()
    learn(limiter)
    assert limiter.eta(name, 300) == pytest.approx(299, rel=0.01)
    assert limiter.quota(name) == Quota(1, 1)
    raised = Limiter({"jobs.repeat": Quota(5, 1)})
    learn(raised)
    assert raised.quota(name) == Quota(5, 1)


def test_the_eta_of_a_family_is_that_of_its_slowest_endpoint() -> None:
    limiter = Limiter()
    learn(limiter)
    assert limiter.eta("jobs", 300) == pytest.approx(299, rel=0.01)


def test_a_store_is_an_object_not_its_url() -> None:
    with pytest.raises(ConfigurationError, match=r"store must be a store such as RedisStore\(url\).*not 'redis://"):
        Limiter(store="redis://localhost")  # type: ignore[arg-type]
