"""decide() as a table, and the loop that carries it out around a scripted sender."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.scripted_server import ScriptedSend, pipeline
from workato_async import (
    ENDPOINTS,
    ConfigurationError,
    ConnectionFailedError,
    Endpoint,
    OutcomeUnknownError,
    QuotaStoreError,
    ResponseTimeoutError,
    RetryPolicy,
    WorkatoError,
)
from workato_async._backoff import full_jitter
from workato_async.calls.retry import AttemptResult, RetryAfter, decide
from workato_async.http.messages import Request, Response, ResponseLostError

READ = Endpoint[None]("read", "GET", "/api/things/{id}")
SAFE_WRITE = Endpoint[None]("start", "PUT", "/api/things/{id}/start")
DELETE = Endpoint[None]("delete", "DELETE", "/api/things/{id}")
UNSAFE_WRITE = Endpoint[None]("create", "POST", "/api/things")
UNSAFE_PUT = Endpoint[None]("refresh_secret", "PUT", "/api/things/{id}/refresh_secret", idempotent=False)
SAFE_POST = Endpoint[None]("validate", "POST", "/api/things/validate", idempotent=True)
POLL_NOW = Endpoint[None]("poll_now", "POST", "/api/things/{id}/poll_now", retry_429=False)

KINDS = {
    "read": READ,
    "idempotent write": SAFE_WRITE,
    "delete": DELETE,
    "unsafe POST": UNSAFE_WRITE,
    "unsafe PUT": UNSAFE_PUT,
    "safe POST": SAFE_POST,
    "poll_now": POLL_NOW,
}
FAILED = [408, 500, 502, 503, 504, 520, 521, 522, 523, 524]
RETRIED = {"read", "idempotent write", "delete", "safe POST"}

LOST = ResponseLostError("the connection was lost before a response came")
TIMED_OUT = ResponseLostError("no response within 45 s", timed_out=True)
UNSENT = ConnectionFailedError("could not connect to 127.0.0.1:1: connection refused")


def request_for(endpoint: Endpoint[None]) -> Request:
    return Request(endpoint, "/api/things", correlation_id="our-id")


@pytest.mark.parametrize("outcome", AttemptResult)
@pytest.mark.parametrize("kind", KINDS)
def test_decide_is_this_table(kind: str, outcome: AttemptResult) -> None:
    for attempt in range(1, 8):
        attempts_left = attempt < 5
        expected = {
            AttemptResult.RESPONDED: False,
            AttemptResult.UNSENT: attempts_left,
            AttemptResult.RATE_LIMITED: kind != "poll_now",
            AttemptResult.LOST: attempts_left and kind in RETRIED,
            AttemptResult.FAILED: attempts_left and kind in RETRIED,
            AttemptResult.UNPROCESSED: attempts_left,
            AttemptResult.UNREADABLE: attempts_left and kind == "read",
        }[outcome]
        assert (decide(KINDS[kind], attempt, outcome, policy=RetryPolicy()) is not None) is expected, attempt


@pytest.mark.parametrize("outcome", set(AttemptResult) - {AttemptResult.RESPONDED, AttemptResult.RATE_LIMITED})
def test_a_server_that_asks_to_wait_is_obeyed_up_to_the_cap_and_the_deadline(outcome: AttemptResult) -> None:
    def wait(retry_after: float | None, left: float | None = None, attempt: int = 3, draw: float = 1.0) -> float | None:
        again = decide(
            READ,
            attempt,
            outcome,
            policy=RetryPolicy(base=1, cap=30),
            retry_after=retry_after,
            left=left,
            draw=draw,
        )
        return None if again is None else again.seconds

    assert wait(None) == wait(0.5) == wait(4) == 4.0, "the backoff is longer"
    assert wait(4.5) == wait(4.5, draw=0.0) == 4.5
    assert wait(30) == wait(30, left=30.1) == 30
    assert wait(30.1) is None, "longer than any wait of the policy"
    assert wait(10, left=10) is None, "it would end with the deadline"
    assert wait(10, left=10.1) == 10
    assert wait(None, left=1) == 4.0, "the deadline itself ends a backoff"
    assert wait(86_400) is None
    assert wait(86_400.1) == 4.0, "no server can mean that"
    assert wait(1e9, left=100) == 4.0
    assert wait(10, attempt=5) is None


def test_the_pause_after_a_429_is_the_bucket_s() -> None:
    for retry_after in (None, 5.0, 7200.0):
        again = decide(READ, 0, AttemptResult.RATE_LIMITED, policy=RetryPolicy(), refusals=1, retry_after=retry_after)
        assert again == RetryAfter(0.0)


def test_every_endpoint_that_makes_something_new_is_never_sent_twice_in_doubt() -> None:
    never = {
        "recipes.create", "recipes.copy", "recipes.reset_trigger", "recipes.poll_now", "recipes.force_run",
        "recipes.health.analyze", "jobs.resume", "jobs.repeat", "jobs.cancel", "connections.create",
        "folders.create", "developer_api_clients.regenerate",
    }  # fmt: skip
    by_id = {endpoint.id: endpoint for endpoint in ENDPOINTS}
    for id_ in never:
        for outcome in (AttemptResult.LOST, AttemptResult.FAILED, AttemptResult.UNREADABLE):
            assert decide(by_id[id_], 1, outcome, policy=RetryPolicy()) is None, id_


def test_what_is_asked_for_by_post_is_a_read() -> None:
    posted = {endpoint.id for endpoint in ENDPOINTS if endpoint.is_read and endpoint.method == "POST"}
    assert posted == {
        "customers.statistics.connection_usage",
        "customers.statistics.usage",
        "data_table_records.query",
        "event_messages.consume",
        "sdk.generate_schema_json",
        "sdk.generate_schema_csv",
        "connections.pick_list",
        "custom_connectors.validate_code",
        "insights.query",
        "insights.schema",
    }


@pytest.mark.parametrize("refusals", range(1, 15))
def test_429s_are_counted_apart_from_attempts(refusals: int) -> None:
    again = decide(READ, 0, AttemptResult.RATE_LIMITED, policy=RetryPolicy(), refusals=refusals)
    assert again == (RetryAfter(0.0) if refusals <= 10 else None)
    assert decide(READ, 99, AttemptResult.RATE_LIMITED, policy=RetryPolicy(), refusals=1) == RetryAfter(0.0)


@given(attempt=st.integers(1, 4), draw=st.floats(0, 1))
def test_the_wait_lies_anywhere_between_nothing_and_twice_as_much_each_time(attempt: int, draw: float) -> None:
    policy = RetryPolicy(base=0.5, cap=30)
    most = 0.5 * 2 ** (attempt - 1)
    again = decide(READ, attempt, AttemptResult.LOST, policy=policy, draw=draw)
    assert again is not None
    assert again.seconds == pytest.approx(draw * most)
    drawn = decide(READ, attempt, AttemptResult.LOST, policy=policy)
    assert drawn is not None
    assert 0 <= drawn.seconds <= most


@given(
    attempt=st.integers(1, 10**9),
    base=st.floats(0, 1e6),
    cap=st.floats(0, 1e6),
    draw=st.one_of(st.none(), st.floats(0, 1)),
)
def test_jitter_never_passes_the_cap(attempt: int, base: float, cap: float, draw: float | None) -> None:
    assert 0 <= full_jitter(attempt, base, cap, draw) <= cap


def test_jitter_without_a_draw_is_spread_over_the_whole_range() -> None:
    drawn = [full_jitter(1, 1.0, 30.0) for _ in range(2000)]
    assert min(drawn) < 0.05
    assert max(drawn) > 0.95
    assert 0.45 < sum(drawn) / len(drawn) < 0.55


@pytest.mark.parametrize("endpoint", [READ, SAFE_WRITE, SAFE_POST, DELETE])
@pytest.mark.parametrize("failure", [LOST, TIMED_OUT, UNSENT, *map(Response, FAILED), Response(425)])
async def test_what_may_be_retried_is(endpoint: Endpoint[None], failure: Response | Exception) -> None:
    send = ScriptedSend(failure, failure, Response(200))
    response = await pipeline(send)(request_for(endpoint))
    assert (response.status, response.attempts) == (200, 3)
    assert [request.attempt for request in send.requests] == [1, 2, 3]
    assert {request.correlation_id for request in send.requests} == {"our-id"}
    assert {request.target for request in send.requests} == {"/api/things"}
    assert all(0 <= later - earlier <= 1.0 for earlier, later in itertools.pairwise(send.at))


@pytest.mark.parametrize("endpoint", [UNSAFE_WRITE, UNSAFE_PUT, POLL_NOW])
@pytest.mark.parametrize("failure", [LOST, TIMED_OUT])
async def test_an_unsafe_write_whose_response_was_lost_is_sent_exactly_once(
    endpoint: Endpoint[None], failure: Exception
) -> None:
    send = ScriptedSend(failure)
    with pytest.raises(OutcomeUnknownError) as caught:
        await pipeline(send)(request_for(endpoint))
    assert len(send.requests) == 1
    assert caught.value.attempts == 1
    assert caught.value.endpoint == endpoint.key
    assert caught.value.correlation_ids == ("our-id",)
    assert "check before" in str(caught.value)
    assert "Safe to retry" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize("status", FAILED)
async def test_an_unsafe_write_is_not_retried_after_a_server_error(status: int) -> None:
    send = ScriptedSend(Response(status))
    assert (await pipeline(send)(request_for(UNSAFE_WRITE))).status == status
    assert len(send.requests) == 1


@pytest.mark.parametrize("endpoint", [UNSAFE_WRITE, UNSAFE_PUT, POLL_NOW])
@pytest.mark.parametrize("failure", [UNSENT, Response(425)])
async def test_an_unsafe_write_is_retried_if_nothing_was_done(
    endpoint: Endpoint[None], failure: Response | Exception
) -> None:
    send = ScriptedSend(failure, failure, Response(200))
    assert (await pipeline(send)(request_for(endpoint))).attempts == 3


@pytest.mark.parametrize("endpoint", KINDS.values(), ids=KINDS)
async def test_a_connection_that_can_never_come_about_is_tried_once(endpoint: Endpoint[None]) -> None:
    advice = "Pass ssl=."
    failure = ConnectionFailedError("the certificate is not trusted", advice=advice, permanent=True)
    send = ScriptedSend(failure)
    with pytest.raises(ConnectionFailedError, match="not trusted") as caught:
        await pipeline(send)(request_for(endpoint))
    assert (caught.value.permanent, caught.value.advice, caught.value.attempts) == (True, advice, 1)
    assert caught.value.correlation_ids == ("our-id",)
    assert caught.value.endpoint == endpoint.key


async def test_a_write_in_doubt_stays_in_doubt_when_no_connection_can_come_about() -> None:
    send = ScriptedSend(LOST, ConnectionFailedError("not trusted", permanent=True))
    with pytest.raises(OutcomeUnknownError, match="not trusted"):
        await pipeline(send)(request_for(SAFE_WRITE))


@pytest.mark.parametrize("stop", [QuotaStoreError("no store"), ConfigurationError("closed")])
async def test_a_write_in_doubt_stays_in_doubt_whatever_stops_the_next_attempt(stop: WorkatoError) -> None:
    with pytest.raises(OutcomeUnknownError, match=stop.reason):
        await pipeline(ScriptedSend(LOST, stop))(request_for(SAFE_WRITE))
    with pytest.raises(type(stop), match=stop.reason) as caught:
        await pipeline(ScriptedSend(LOST, stop))(request_for(READ))
    assert (caught.value.attempts, caught.value.correlation_ids) == (2, ("our-id",))


async def test_an_unsafe_write_that_was_first_unsent_and_then_lost_is_not_sent_a_third_time() -> None:
    send = ScriptedSend(UNSENT, LOST)
    with pytest.raises(OutcomeUnknownError):
        await pipeline(send)(request_for(UNSAFE_WRITE))
    assert len(send.requests) == 2


@pytest.mark.parametrize(
    "status", [400, 401, 403, 404, 405, 409, 410, 413, 418, 422, 424, 426, 451, 501, 505, 507, 519, 525]
)
async def test_other_responses_are_never_retried(status: int) -> None:
    send = ScriptedSend(Response(status))
    assert (await pipeline(send)(request_for(READ))).status == status
    assert len(send.requests) == 1


async def test_attempts_are_bounded_and_counted_in_the_error() -> None:
    for failure, error_class in ((LOST, ConnectionFailedError), (UNSENT, ConnectionFailedError)):
        send = ScriptedSend(otherwise=failure)
        with pytest.raises(error_class) as caught:
            await pipeline(send)(request_for(READ))
        assert type(caught.value) is error_class
        assert len(send.requests) == caught.value.attempts == 5
        assert caught.value.correlation_ids == ("our-id",)
        assert "our-id" in str(caught.value)
        assert "5 attempts" in str(caught.value)


async def test_a_read_whose_attempts_all_timed_out_says_so() -> None:
    send = ScriptedSend(otherwise=TIMED_OUT)
    with pytest.raises(ResponseTimeoutError) as caught:
        await pipeline(send)(request_for(READ))
    assert isinstance(caught.value, TimeoutError)
    assert caught.value.attempts == 5


async def test_an_idempotent_write_lost_in_all_its_attempts_is_an_unknown_outcome() -> None:
    send = ScriptedSend(otherwise=TIMED_OUT)
    with pytest.raises(OutcomeUnknownError) as caught:
        await pipeline(send)(request_for(SAFE_WRITE))
    assert len(send.requests) == caught.value.attempts == 5


async def test_an_idempotent_write_once_lost_stays_in_doubt_although_it_last_could_not_be_sent() -> None:
    send = ScriptedSend(LOST, otherwise=UNSENT)
    with pytest.raises(OutcomeUnknownError):
        await pipeline(send)(request_for(SAFE_WRITE))


async def test_a_write_that_could_never_be_sent_did_nothing() -> None:
    send = ScriptedSend(otherwise=UNSENT)
    with pytest.raises(ConnectionFailedError) as caught:
        await pipeline(send)(request_for(UNSAFE_WRITE))
    assert "could not connect" in str(caught.value)


@pytest.mark.parametrize("first", [LOST, TIMED_OUT, Response(503), Response(408)])
async def test_a_delete_that_finds_nothing_after_a_failure_is_done(first: Response | Exception) -> None:
    send = ScriptedSend(first, Response(404))
    response = await pipeline(send)(request_for(DELETE))
    assert (response.status, response.body, response.attempts) == (204, b"", 2)


@pytest.mark.parametrize("before", [(), (UNSENT,), (Response(429, retry_after="1"),), (Response(425),)])
async def test_a_delete_that_finds_nothing_at_once_is_not_done(before: tuple[Response | Exception, ...]) -> None:
    send = ScriptedSend(*before, Response(404))
    assert (await pipeline(send)(request_for(DELETE))).status == 404


async def test_only_a_delete_takes_404_for_done() -> None:
    for endpoint in (READ, SAFE_WRITE):
        send = ScriptedSend(LOST, Response(404))
        assert (await pipeline(send)(request_for(endpoint))).status == 404
