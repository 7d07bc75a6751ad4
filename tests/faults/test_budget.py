"""What an outage costs the server in requests, and the caller in time."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from tests.support.fault_calls import VERBS, prepare
from workato_async import (
    ConnectionFailedError,
    Limiter,
    OutcomeUnknownError,
    Quota,
    QuotaWaitError,
    RateLimitedError,
    RetryPolicy,
    ServerError,
    WorkatoError,
    WorkatoSession,
)
from workato_async.testing import Drip, FakeWorkato, Fault, Refuse429, Reset, Slow, Stall, Status

MOST = 1.2
"""Requests that a call may cost, on average."""
OUTAGE = 60.0
LIFTED = Quota(1_000_000, per=1)


async def requests_of(calls: int, *, spread: float, quotas_lifted: bool, fault: Fault) -> tuple[int, int]:
    """Make calls during an outage, evenly spread over some seconds; give the requests and the calls that failed."""
    limiter = Limiter(default=LIFTED) if quotas_lifted else Limiter()
    async with (
        FakeWorkato(recipes=1, jobs=0, window=None if quotas_lifted else "sliding") as fake,
        WorkatoSession("any", base_url=fake.url, limiter=limiter) as workato,
    ):
        fake.fail(None, fault, times=10**6)
        asyncio.get_running_loop().call_later(OUTAGE, fake._faults._planned.clear)

        async def call(number: int) -> None:
            await asyncio.sleep(spread * number / calls)
            await workato.recipes.get(10_001)

        results = await asyncio.gather(*(call(number) for number in range(calls)), return_exceptions=True)
        assert all(isinstance(result, WorkatoError | None) for result in results)
        assert fake.refused == 0
        return len(fake.requests), sum(result is not None for result in results)


@pytest.mark.parametrize(
    ("spread", "fault"),
    [(0.0, Status(503)), (0.0, Reset()), (50.0, Status(503))],
    ids=["503 all at once", "reset all at once", "503 evenly"],
)
@pytest.mark.parametrize("quotas_lifted", [False, True], ids=["quotas", "no quotas"])
@pytest.mark.parametrize(
    "calls",
    [60, pytest.param(120, marks=pytest.mark.long), 300, pytest.param(600, marks=pytest.mark.long)],
)
async def test_an_outage_is_not_multiplied(calls: int, spread: float, quotas_lifted: bool, fault: Fault) -> None:
    requests, failed = await requests_of(calls, spread=spread, quotas_lifted=quotas_lifted, fault=fault)
    assert failed > 0
    assert calls <= requests <= MOST * calls


async def test_retries_are_spread_evenly() -> None:
    """500 calls fail at the same time; no tenth of a second of the first wave of retries gets far more than its share.

    The bounds are more than five standard deviations away.
    """
    retry = RetryPolicy(attempts=2, budget=1_000)
    async with (
        FakeWorkato(recipes=1, jobs=0, window=None) as fake,
        WorkatoSession("any", base_url=fake.url, limiter=Limiter(default=LIFTED), retry=retry) as workato,
    ):
        fake.fail(None, Status(503), times=500)
        await asyncio.gather(*(workato.recipes.get(10_001) for _ in range(500)))
        first, *_ = fake.requests
        times = [request.arrived_at - first.arrived_at for request in fake.requests]
    assert len(times) == 1_000
    assert times[499] < 0.01, "they did not fail at the same time"
    bins = Counter(int(time * 10) for time in times[500:])
    fair = 500 / (retry.base * 10)
    assert set(bins) == set(range(5))
    assert max(bins.values()) <= 1.5 * fair
    assert min(bins.values()) >= 0.5 * fair


async def test_later_retries_are_spread_over_longer_and_longer_times() -> None:
    retry = RetryPolicy(attempts=5, budget=10_000)
    async with (
        FakeWorkato(recipes=1, jobs=0, window=None) as fake,
        WorkatoSession("any", base_url=fake.url, limiter=Limiter(default=LIFTED), retry=retry) as workato,
    ):
        fake.fail(None, Status(503), times=10**6)
        calls = (workato.recipes.get(10_001) for _ in range(200))
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert {type(result) for result in results} == {ServerError}
        by_call: dict[str, list[float]] = {}
        for request in fake.requests:
            by_call.setdefault(request.headers["x-correlation-id"], []).append(request.arrived_at)
    assert {len(times) for times in by_call.values()} == {5}
    for attempt, most in enumerate((0.5, 1.0, 2.0, 4.0), 1):
        waits = [times[attempt] - times[attempt - 1] for times in by_call.values()]
        assert 0.9 * most < max(waits) < most + 0.01
        assert sum(waits) / len(waits) == pytest.approx(most / 2, rel=0.25)


async def test_a_budget_of_nothing_is_not_waited_for() -> None:
    loop = asyncio.get_running_loop()
    retry = RetryPolicy(budget=0)
    async with FakeWorkato(recipes=1, jobs=0) as fake, WorkatoSession("any", base_url=fake.url, retry=retry) as workato:
        fake.fail(None, Status(503))
        begun = loop.time()
        with pytest.raises(ServerError):
            await workato.recipes.get(10_001)
        assert loop.time() == begun


DEADLINE = 20.0


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Stall(), (ConnectionFailedError, OutcomeUnknownError)),
        (Stall(processed=True), (ConnectionFailedError, OutcomeUnknownError)),
        (Slow(19), ()),
        (Slow(21), (ConnectionFailedError, OutcomeUnknownError)),
        (Drip(5), (ConnectionFailedError, OutcomeUnknownError)),
        (Status(503), (ConnectionFailedError, ServerError, OutcomeUnknownError, QuotaWaitError)),
        (Reset("after"), (ConnectionFailedError, OutcomeUnknownError, QuotaWaitError)),
        (Refuse429("15"), (RateLimitedError, QuotaWaitError)),
        (Refuse429(), (RateLimitedError, QuotaWaitError)),
    ],
    ids=str,
)
async def test_a_deadline_holds_waits_retries_and_responses(
    verb: str, fault: Fault, expected: tuple[type[WorkatoError], ...]
) -> None:
    loop = asyncio.get_running_loop()
    retry = RetryPolicy(attempts=100, base=8, refusals=100, deadline=DEADLINE)
    async with (
        FakeWorkato(recipes=25, jobs=0) as fake,
        WorkatoSession("any", base_url=fake.url, retry=retry) as workato,
    ):
        prepare(fake)
        fake.fail(VERBS[verb].endpoint, fault, times=1_000)
        begun = loop.time()
        if expected:
            with pytest.raises(expected) as caught:
                await VERBS[verb].call(workato, [])
            assert caught.value.correlation_ids[0] == fake.requests[0].headers["x-correlation-id"]
        elif verb != "list":  # whose pages have a deadline each
            await VERBS[verb].call(workato, [])
        assert loop.time() - begun <= DEADLINE + 0.01
        await asyncio.sleep(62)
        for state in workato.limiter.snapshot().values():
            assert (state.free, state.waiters) == (state.room, 0)


async def test_a_deadline_that_the_wait_for_a_token_would_exceed_fails_at_once() -> None:
    loop = asyncio.get_running_loop()
    async with (
        FakeWorkato(recipes=25, jobs=0) as fake,
        WorkatoSession("any", base_url=fake.url, retry=RetryPolicy(deadline=DEADLINE)) as workato,
    ):
        begun = loop.time()
        calls = (workato.recipes.get(10_001) for _ in range(100))
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert [isinstance(result, QuotaWaitError) for result in results] == [False] * 60 + [True] * 40
        assert loop.time() - begun < 0.1
        assert fake.sent("recipes.get") == 60
