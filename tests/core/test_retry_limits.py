"""What bounds retries: the session's budget and the deadline; what is told of them; policies that make no sense."""

from __future__ import annotations

import asyncio
import math

import pytest

from tests.support.scripted_server import ScriptedSend, pipeline
from workato_async import (
    ConfigurationError,
    ConnectionFailedError,
    Endpoint,
    Limiter,
    OutcomeUnknownError,
    Quota,
    QuotaWaitError,
    RateLimitedError,
    ResponseTimeoutError,
    RetryPolicy,
    WorkatoError,
)
from workato_async.calls.retry_budget import RetryBudget
from workato_async.events import Completed, Event, Retried
from workato_async.http.messages import Request, Response, ResponseLostError

READ = Endpoint[None]("read", "GET", "/api/things/{id}")
SAFE_WRITE = Endpoint[None]("start", "PUT", "/api/things/{id}/start")
DELETE = Endpoint[None]("delete", "DELETE", "/api/things/{id}")
UNSAFE_WRITE = Endpoint[None]("create", "POST", "/api/things")
UNSAFE_PUT = Endpoint[None]("refresh_secret", "PUT", "/api/things/{id}/refresh_secret", idempotent=False)
SAFE_POST = Endpoint[None]("validate", "POST", "/api/things/validate", idempotent=True)
POLL_NOW = Endpoint[None]("poll_now", "POST", "/api/things/{id}/poll_now", retry_429=False)


LOST = ResponseLostError("the connection was lost before a response came")
TIMED_OUT = ResponseLostError("no response within 45 s", timed_out=True)
UNSENT = ConnectionFailedError("could not connect to 127.0.0.1:1: connection refused")


def request_for(endpoint: Endpoint[None]) -> Request:
    return Request(endpoint, "/api/things", correlation_id="our-id")


async def test_the_budget_bounds_the_requests_of_an_outage() -> None:
    send = ScriptedSend(otherwise=UNSENT)
    layer = pipeline(send, RetryPolicy(budget=20))
    results = await asyncio.gather(*(layer(request_for(READ)) for _ in range(200)), return_exceptions=True)
    assert all(isinstance(result, ConnectionFailedError) for result in results)
    assert len(send.requests) == 220
    assert sum("retry budget is spent" in str(result) for result in results) >= 180


async def test_successes_earn_retries_back_a_fifth_at_a_time() -> None:
    budget = RetryBudget(20)
    layer = pipeline(ScriptedSend(otherwise=UNSENT), budget=budget)
    for _ in range(6):
        with pytest.raises(ConnectionFailedError):
            await layer(request_for(READ))
    assert not await budget.spend(0)
    good = pipeline(ScriptedSend(otherwise=Response(200)), budget=budget)
    for _ in range(4):
        await good(request_for(READ))
    assert not await budget.spend(0)
    await good(request_for(READ))
    assert await budget.spend(0)
    for _ in range(1000):
        await good(request_for(READ))
    assert sum([await budget.spend(0) for _ in range(100)]) == 20


async def test_without_a_budget_nothing_is_retried_but_429_is() -> None:
    send = ScriptedSend(Response(429, retry_after="1"), UNSENT)
    with pytest.raises(ConnectionFailedError) as caught:
        await pipeline(send, RetryPolicy(budget=0))(request_for(READ))
    assert len(send.requests) == 2
    assert "budget" in str(caught.value)


async def test_the_deadline_ends_a_read_in_flight_and_one_that_backs_off() -> None:
    class Stall:
        requests = 0

        async def __call__(self, request: Request) -> Response:
            request.mark_sent()
            self.requests += 1
            await asyncio.sleep(1e6)
            raise AssertionError

    loop = asyncio.get_running_loop()
    begun, stall = loop.time(), Stall()
    with pytest.raises(ResponseTimeoutError) as caught:
        await pipeline(stall, RetryPolicy(deadline=7))(request_for(READ))
    assert loop.time() - begun == pytest.approx(7)
    assert "deadline of 7 s" in str(caught.value)
    assert caught.value.__context__ is None
    assert (stall.requests, caught.value.attempts) == (1, 1)

    begun = loop.time()
    backing_off = ScriptedSend(otherwise=LOST)
    with pytest.raises(ConnectionFailedError):
        await pipeline(backing_off, RetryPolicy(deadline=5, base=1000, cap=1000, attempts=99))(request_for(READ))
    assert loop.time() - begun <= 5


async def test_the_deadline_makes_a_write_in_flight_an_unknown_outcome() -> None:
    async def stall(request: Request) -> Response:
        request.mark_sent()
        await asyncio.sleep(1e6)
        raise AssertionError

    for endpoint in (UNSAFE_WRITE, SAFE_WRITE):
        with pytest.raises(OutcomeUnknownError):
            await pipeline(stall, RetryPolicy(deadline=7))(request_for(endpoint))


async def test_a_wait_for_a_token_beyond_the_deadline_fails_at_once() -> None:
    loop = asyncio.get_running_loop()
    send = ScriptedSend(otherwise=Response(200))
    layer = pipeline(send, RetryPolicy(deadline=10), limiter=Limiter(default=Quota(1, per=60)))
    await layer(request_for(READ))
    begun = loop.time()
    with pytest.raises(QuotaWaitError):
        await layer(request_for(READ))
    assert loop.time() == begun
    assert len(send.requests) == 1


async def test_a_timeout_of_the_caller_stays_the_caller_s() -> None:
    async def stall(request: Request) -> Response:
        await asyncio.sleep(1e6)
        raise AssertionError

    with pytest.raises(TimeoutError) as caught:
        async with asyncio.timeout(1):
            await pipeline(stall, RetryPolicy(deadline=7))(request_for(UNSAFE_WRITE))
    assert not isinstance(caught.value, WorkatoError)


async def test_every_retry_and_every_end_is_reported() -> None:
    events: list[Event] = []
    send = ScriptedSend(LOST, Response(503), Response(200, correlation_ids=("our-id", "theirs")))
    await pipeline(send, on_event=events.append)(request_for(READ))
    retried = [event for event in events if isinstance(event, Retried)]
    assert [(event.attempt, event.reason) for event in retried] == [(1, str(LOST)), (2, "HTTP 503")]
    (completed,) = (event for event in events if isinstance(event, Completed))
    assert (completed.status, completed.attempt, completed.correlation_ids) == (200, 3, ("our-id", "theirs"))
    assert events[-1] is completed


async def test_giving_up_is_reported_too() -> None:
    events: list[Event] = []
    with pytest.raises(OutcomeUnknownError):
        await pipeline(ScriptedSend(LOST), on_event=events.append)(request_for(UNSAFE_WRITE))
    (completed,) = (event for event in events if isinstance(event, Completed))
    assert completed.status == 0


async def test_the_end_that_is_reported_names_the_error_that_is_raised() -> None:
    async def stall(request: Request) -> Response:
        await asyncio.sleep(1e6)
        raise AssertionError

    for send, policy, endpoint in (
        (ScriptedSend(LOST), RetryPolicy(), UNSAFE_WRITE),
        (ScriptedSend(UNSENT), RetryPolicy(attempts=1), READ),
        (stall, RetryPolicy(deadline=5), READ),
        (stall, RetryPolicy(deadline=5), SAFE_WRITE),
    ):
        events: list[Event] = []
        with pytest.raises(WorkatoError) as caught:
            await pipeline(send, policy, on_event=events.append)(request_for(endpoint))
        assert isinstance(events[-1], Completed)
        assert events[-1].error == type(caught.value).__name__


@pytest.mark.parametrize(
    "arguments",
    [
        {"attempts": 0}, {"attempts": -1}, {"refusals": -1}, {"base": -0.1}, {"base": math.inf}, {"cap": math.nan},
        {"budget": -1}, {"budget": math.nan}, {"deadline": 0}, {"deadline": -5},
        {"deadline": math.nan},
    ],
    ids=str,
)  # fmt: skip
def test_a_policy_that_makes_no_sense_is_invalid(arguments: dict[str, float]) -> None:
    with pytest.raises(ConfigurationError):
        RetryPolicy(**arguments)  # type: ignore[arg-type]


async def test_an_error_of_a_wait_for_the_token_of_a_retry_counts_what_was_sent() -> None:
    send = ScriptedSend(Response(429, retry_after="30"), otherwise=RateLimitedError(""))
    with pytest.raises(QuotaWaitError) as caught:
        await pipeline(send, RetryPolicy(deadline=10))(request_for(READ))
    assert len(send.requests) == 1
    assert caught.value.attempts == 1
    assert caught.value.correlation_ids == ("our-id",)


async def test_the_deadline_counts_only_requests_that_were_sent() -> None:
    send = ScriptedSend(LOST)
    with pytest.raises(ConnectionFailedError) as caught:
        await pipeline(send, RetryPolicy(deadline=2, base=1e6, cap=1e6))(request_for(READ))
    assert len(send.requests) == 1
    assert caught.value.attempts == 1


async def test_a_write_rate_limited_then_lost_stays_in_doubt_whatever_ends_it() -> None:
    """After a 429, a lost response and a pause too long to wait for, the error is about the lost response."""
    send = ScriptedSend(Response(429, retry_after="1"), LOST, Response(429, retry_after="7200"))
    with pytest.raises(OutcomeUnknownError):
        await pipeline(send)(request_for(SAFE_WRITE))
    assert len(send.requests) == 3


async def test_a_call_that_failed_earns_nothing_back() -> None:
    send = ScriptedSend(otherwise=Response(503))
    layer = pipeline(send, RetryPolicy(budget=1))
    for _ in range(10):
        await layer(request_for(READ))
    assert len(send.requests) == 11
