"""The limits of a retry policy, and what a retried call reports to its caller and its observers."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.scripted_server import ScriptedSend, pipeline
from workato_async import (
    ConfigurationError,
    ConnectionFailedError,
    Endpoint,
    InvalidResponseError,
    OutcomeUnknownError,
    QuotaWaitError,
    RetryPolicy,
)
from workato_async.events import Completed, Event, Retried
from workato_async.http.messages import Request, Response, ResponseLostError

READ = Endpoint[None]("read", "GET", "/api/things/{id}")
DELETE = Endpoint[None]("delete", "DELETE", "/api/things/{id}")
CREATE = Endpoint[None]("create", "POST", "/api/things")
LOST = ResponseLostError("the connection was lost")
UNSENT = ConnectionFailedError("no connection to 127.0.0.1:1 (Connection refused)")


def request_for(endpoint: Endpoint[None]) -> Request:
    return Request(endpoint, "/api/things", correlation_id="our-id")


def test_zero_is_valid_where_it_makes_sense() -> None:
    policy = RetryPolicy(attempts=1, refusals=0, base=0, cap=0, deadline=None, budget=0)
    assert (policy.attempts, policy.refusals, policy.base, policy.cap, policy.budget) == (1, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("name", "value"),
    [("attempts", 0), ("refusals", -1), ("base", -1), ("cap", -1), ("deadline", 0), ("budget", -1)],
)
def test_an_invalid_policy_names_its_field(name: str, value: float) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name} .*{value}"):
        RetryPolicy(**{name: value})  # type: ignore[arg-type]


async def test_a_response_knows_how_many_attempts_it_took() -> None:
    for failures in range(4):
        send = ScriptedSend(*[LOST] * failures, Response(200))
        assert (await pipeline(send)(request_for(READ))).attempts == failures + 1


async def test_a_delete_that_is_done_keeps_the_correlation_ids() -> None:
    send = ScriptedSend(LOST, Response(404, correlation_ids=("our-id", "theirs")))
    response = await pipeline(send)(request_for(DELETE))
    assert (response.status, response.attempts, response.correlation_ids) == (204, 2, ("our-id", "theirs"))


async def test_one_attempt_is_not_called_attempts() -> None:
    with pytest.raises(OutcomeUnknownError) as once:
        await pipeline(ScriptedSend(LOST))(request_for(CREATE))
    assert "attempt" not in str(once.value)
    with pytest.raises(ConnectionFailedError) as twice:
        await pipeline(ScriptedSend(otherwise=LOST), RetryPolicy(attempts=2))(request_for(READ))
    assert "2 attempts" in str(twice.value)


async def test_the_cause_is_in_the_error() -> None:
    with pytest.raises(ConnectionFailedError, match="Connection refused"):
        await pipeline(ScriptedSend(otherwise=UNSENT), RetryPolicy(attempts=2))(request_for(READ))


async def test_what_stops_a_retry_of_a_write_in_doubt_is_in_its_error() -> None:
    update = Endpoint[None]("update", "PUT", "/api/things/{id}")
    stop = QuotaWaitError("no permit for an hour", wait=3600, max_wait=1)
    with pytest.raises(OutcomeUnknownError, match="no permit for an hour"):
        await pipeline(ScriptedSend(LOST, stop))(request_for(update))


@pytest.mark.parametrize("endpoint", [READ, CREATE], ids=str)
async def test_what_stops_the_first_attempt_is_raised_as_it_is(endpoint: Endpoint[None]) -> None:
    stop = QuotaWaitError("no permit for an hour", wait=3600, max_wait=1)
    with pytest.raises(QuotaWaitError, match="no permit for an hour"):
        await pipeline(ScriptedSend(stop))(request_for(endpoint))


async def test_a_response_that_cannot_be_read_counts_its_attempts() -> None:
    async def send(request: Request) -> Response:
        request.mark_sent()
        raise InvalidResponseError("not JSON")

    with pytest.raises(InvalidResponseError) as caught:
        await pipeline(send)(request_for(READ))
    assert caught.value.attempts == 1


async def test_short_back_offs_are_waited() -> None:
    send = ScriptedSend(otherwise=Response(503))
    await pipeline(send, RetryPolicy(base=0.5, cap=0.5))(request_for(READ))
    assert len(send.at) == 5
    assert 0 < send.at[-1] - send.at[0] <= 2.0


async def test_a_retry_waits_for_its_budget_as_long_as_the_longest_back_off() -> None:
    """One retry is in the budget; the second one waits for a success that never comes."""
    sent_at: list[float] = []

    async def send(request: Request) -> Response:
        sent_at.append(asyncio.get_running_loop().time())
        return Response(503)

    response = await pipeline(send, RetryPolicy(attempts=3, base=1, cap=30, budget=1))(request_for(READ))
    assert response.status == 503
    assert asyncio.get_running_loop().time() - sent_at[-1] == pytest.approx(4.0)


async def test_events_name_the_endpoint_and_the_seconds() -> None:
    events: list[Event] = []

    async def send(request: Request) -> Response:
        await asyncio.sleep(3)
        return Response(503 if request.attempt == 1 else 200)

    await pipeline(send, on_event=events.append)(request_for(READ))
    (retried,) = (event for event in events if isinstance(event, Retried))
    (completed,) = (event for event in events if isinstance(event, Completed))
    assert retried.endpoint == completed.endpoint == READ.key
    assert 0 < retried.seconds <= 0.5
    assert completed.seconds == pytest.approx(6 + retried.seconds)
    assert completed.error == ""
