"""The server's own counting: exact, whatever the window."""

from __future__ import annotations

import asyncio
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.bare_http_client import Http
from workato_async import ConfigurationError, Quota
from workato_async.resources import ENDPOINTS
from workato_async.testing import FakeWorkato
from workato_async.testing.windows import ArrivalLog, Counter, FixedCounter, SlidingCounter, TokenBucketCounter

GET = next(endpoint for endpoint in ENDPOINTS if endpoint.id == "recipes.get")
GAPS = st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0, 2.0, 5.0]), max_size=40)
QUOTAS = st.builds(Quota, st.integers(1, 5), st.sampled_from([1.0, 2.5, 6.0]))


def times_of(gaps: list[float]) -> list[float]:
    now, times = 1_000.0, []
    for gap in gaps:
        now += gap
        times.append(now)
    return times


def accepted(counter: Counter, times: list[float]) -> list[float]:
    taken = []
    for now in times:
        if counter.wait(now) == 0:
            counter.take(now)
            taken.append(now)
    return taken


@given(GAPS, QUOTAS)
def test_sliding_agrees_with_counting_by_hand(gaps: list[float], quota: Quota) -> None:
    times = times_of(gaps)
    by_hand: list[float] = []
    for now in times:
        if sum(now - quota.per < taken <= now for taken in by_hand) < quota.requests:
            by_hand.append(now)
    assert accepted(SlidingCounter(quota), times) == by_hand


@given(GAPS, QUOTAS)
def test_fixed_agrees_with_counting_by_hand(gaps: list[float], quota: Quota) -> None:
    times = times_of(gaps)
    by_hand: list[float] = []
    for now in times:
        window = math.floor(now / quota.per)
        if sum(math.floor(taken / quota.per) == window for taken in by_hand) < quota.requests:
            by_hand.append(now)
    assert accepted(FixedCounter(quota), times) == by_hand


@given(GAPS, QUOTAS)
def test_the_wait_is_the_truth(gaps: list[float], quota: Quota) -> None:
    for counter in (SlidingCounter(quota), FixedCounter(quota), TokenBucketCounter(quota)):
        for now in times_of(gaps):
            wait = counter.wait(now)
            if wait == 0:
                counter.take(now)
            else:
                assert 0 < wait <= quota.per
    for counter in (SlidingCounter(quota), FixedCounter(quota), TokenBucketCounter(quota)):
        for _ in range(quota.requests):
            assert counter.wait(1_000.0) == 0
            counter.take(1_000.0)
        wait = counter.wait(1_000.0)
        assert wait > 0
        assert counter.wait(1_000.0 + wait / 2) > 0
        assert counter.wait(1_000.0 + wait + 1e-9) == 0


def test_a_token_bucket_lets_almost_twice_the_quota_through_in_one_window() -> None:
    times = [1_000.0] * 60 + [1_000.0 + second for second in range(1, 60)]
    assert len(accepted(TokenBucketCounter(Quota(60, per=60)), times)) == 119


@given(GAPS, st.sampled_from([1.0, 2.5, 6.0]))
def test_most_in_window_agrees_with_counting_by_hand(gaps: list[float], per: float) -> None:
    log = ArrivalLog("sliding", {GET.key: Quota(1, per=per)}, 1.0)
    times = times_of(gaps)
    for now in times:
        log.arrived(GET, "token", now)
    by_hand = max((sum(now - per < other <= now for other in times) for now in times), default=0)
    assert log.most_in_window(GET) == by_hand


async def statuses(http: Http, count: int, target: str = "/api/recipes/10001") -> list[int]:
    return [reply.status for reply in await asyncio.gather(*(http("GET", target) for _ in range(count)))]


async def test_sliding_over_http() -> None:
    async with FakeWorkato(2, 0) as fake, Http(fake) as http:
        begin = asyncio.get_running_loop().time()
        assert sorted(await statuses(http, 61)) == [200] * 60 + [429]
        await asyncio.sleep(begin + 59.5 - asyncio.get_running_loop().time())
        assert await statuses(http, 1) == [429]
        await asyncio.sleep(begin + 60 - asyncio.get_running_loop().time())
        assert await statuses(http, 1) == [200]
        assert fake.refused == 2
        assert fake.sent("recipes.get") == fake.sent("GET /api/recipes/{id}") == 63
        assert fake.most_in_window("recipes.get") == 62
        assert [request.executed for request in fake.requests].count(True) == 61


async def test_fixed_over_http() -> None:
    async with FakeWorkato(2, 0, window="fixed") as fake, Http(fake) as http:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(60 - loop.time() % 60 + 59)  # the last second of a window
        assert await statuses(http, 60) == [200] * 60
        assert await statuses(http, 1) == [429]
        await asyncio.sleep(1)
        assert await statuses(http, 60) == [200] * 60
        assert fake.most_in_window("recipes.get") == 121


async def test_a_quota_is_of_one_endpoint_and_one_token() -> None:
    async with FakeWorkato(2, 0) as fake, Http(fake) as http, Http(fake, token="other") as other:
        assert await statuses(http, 61) == [200] * 60 + [429]
        assert await statuses(http, 1, "/api/recipes/10002") == [429], "the id is no part of the key"
        assert await statuses(http, 1, "/api/recipes") == [200]
        assert await statuses(other, 1) == [200]
        assert fake.most_in_window("recipes.get") == 62, "of one token"


async def test_quotas_and_time_scale_and_no_window() -> None:
    quotas = {"GET /api/recipes": Quota(3, per=100)}
    async with FakeWorkato(2, 0, quotas=quotas, time_scale=0.1) as fake, Http(fake) as http:
        assert await statuses(http, 4, "/api/recipes") == [200] * 3 + [429]
        await asyncio.sleep(10)
        assert await statuses(http, 1, "/api/recipes") == [200]
        assert fake.most_in_window("recipes.list") == 4
    async with FakeWorkato(2, 0, quotas=quotas, window=None) as fake, Http(fake) as http:
        assert await statuses(http, 200, "/api/recipes") == [200] * 200
        assert fake.most_in_window("recipes.list") == 200
    with pytest.raises(ConfigurationError, match="GET /api/recipe'"):
        FakeWorkato(quotas={"GET /api/recipe": Quota(1, per=1)})


async def test_retry_after_is_sent_only_if_asked_for() -> None:
    async with FakeWorkato(2, 0) as fake, Http(fake) as http:
        await statuses(http, 60)
        reply = await http("GET", "/api/recipes/10001")
        assert reply.json == {"message": "Too many requests"}
        assert "Retry-After" not in reply.headers
    async with FakeWorkato(2, 0, retry_after=True) as fake, Http(fake) as http:
        await statuses(http, 60)
        await asyncio.sleep(12.5)
        reply = await http("GET", "/api/recipes/10001")
        assert reply.headers["Retry-After"] == "48"
