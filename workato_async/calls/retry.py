"""What may be retried, and when.

:func:`decide` is the whole policy as a function of values; :func:`retrying` applies it to a sender. The rule that
matters: a write that is not idempotent is sent a second time only if the first attempt certainly did nothing.
"""

from __future__ import annotations

import asyncio
import enum
from typing import TYPE_CHECKING

import attrs

from workato_async._backoff import full_jitter, sleep
from workato_async._checks import is_number, require_count, require_seconds
from workato_async.calls.in_flight import InFlightCalls
from workato_async.calls.retry_budget import RetryBudget
from workato_async.errors import (
    ConfigurationError,
    ConnectionFailedError,
    InvalidResponseError,
    OutcomeUnknownError,
    QuotaWaitError,
    ResponseTimeoutError,
    WorkatoError,
)
from workato_async.events import Completed, Retried
from workato_async.http.messages import Response, ResponseLostError, about
from workato_async.http.responses import IN_DOUBT, response_error

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from workato_async.endpoint import AnyEndpoint
    from workato_async.events import Observer
    from workato_async.http.messages import Request, Send


class AttemptResult(enum.Enum):
    """How one attempt ended."""

    RESPONDED = "responded"
    """With a response that another attempt would not change."""
    UNSENT = "nothing was sent"
    LOST = "the response was lost"
    RATE_LIMITED = "rate limited (429)"
    FAILED = "the server failed"


RETRIED_STATUSES = frozenset({500, 502, 503, 504})


@attrs.frozen
class RetryPolicy:
    """How often and how soon a call is retried.

    Attributes:
        attempts: the largest number of attempts per call, without those that were rate limited (429).
        refusals: the largest number of 429s per call that are waited out.
        base: the longest wait after the first failure, in seconds; it doubles with each failure. The actual wait is
            drawn between 0 and this.
        cap: the longest wait between two attempts, in seconds.
        deadline: seconds for the whole call, including waits; None for no limit.
        budget: retries that an outage may cost the session in total; every success earns a fifth of one back. Once it
            is spent, a retry waits a while for successes, and is given up if none come.
    """

    attempts: int = 5
    refusals: int = 10
    base: float = 0.5
    cap: float = 30.0
    deadline: float | None = None
    budget: float = 10.0

    def __attrs_post_init__(self) -> None:
        require_count("attempts of a retry policy", self.attempts)
        if not isinstance(self.refusals, int) or self.refusals < 0:
            raise ConfigurationError(
                f"refusals of a retry policy must be a number of at least 0, not {self.refusals!r}"
            )
        require_seconds("base of a retry policy", self.base, zero=True)
        require_seconds("cap of a retry policy", self.cap, zero=True)
        require_seconds("deadline of a retry policy", self.deadline, none=True)
        if not (is_number(self.budget) and self.budget >= 0):
            raise ConfigurationError(f"budget of a retry policy must be a number of at least 0, not {self.budget!r}")


@attrs.frozen
class RetryAfter:
    """Retry after this many seconds (and, for a 429, after the pause of the endpoint)."""

    seconds: float


def decide(
    endpoint: AnyEndpoint,
    attempt: int,
    result: AttemptResult,
    *,
    policy: RetryPolicy,
    refusals: int = 0,
    draw: float | None = None,
) -> RetryAfter | None:
    """Return when to retry a call, or None to give up.

    Args:
        endpoint: what is called.
        attempt: how many attempts there were, without those that were rate limited.
        result: how the last one ended.
        policy: the limits.
        refusals: how many 429s this call received.
        draw: where in the range of the wait, 0 to 1; random if not given.
    """
    if result is AttemptResult.RESPONDED:
        return None
    if result is AttemptResult.RATE_LIMITED:
        return RetryAfter(0.0) if endpoint.retry_429 and refusals <= policy.refusals else None
    if result is not AttemptResult.UNSENT and not endpoint.idempotent:
        return None
    if attempt >= policy.attempts:
        return None
    return RetryAfter(full_jitter(attempt, policy.base, policy.cap, draw))


def retrying(
    send: Send,
    policy: RetryPolicy,
    *,
    observe: Observer,
    budget: RetryBudget | None = None,
    in_flight: InFlightCalls | None = None,
) -> Send:
    """Wrap a sender so that calls are retried as the policy says.

    Args:
        send: the layer below.
        policy: the limits.
        observe: receives Retried and Completed.
        budget: shared by all views of a session; a new one if not given.
        in_flight: the session's; closing the session ends the calls.
    """
    budget = RetryBudget(policy.budget) if budget is None else budget
    in_flight = InFlightCalls() if in_flight is None else in_flight

    def retrying_send(request: Request) -> Awaitable[Response]:
        return _Call(send, policy, observe, budget, in_flight, request).run()

    return retrying_send


class _Call:
    """One call and its attempts."""

    __slots__ = ("_budget", "_in_flight", "_maybe_executed", "_observe", "_policy", "_request", "_send", "_sent")

    def __init__(
        self,
        send: Send,
        policy: RetryPolicy,
        observe: Observer,
        budget: RetryBudget,
        in_flight: InFlightCalls,
        request: Request,
    ) -> None:
        self._send = send
        self._policy = policy
        self._observe = observe
        self._budget = budget
        self._in_flight = in_flight
        self._request = request
        self._sent = 0
        """Attempts that had their permit, including those without a connection."""
        self._maybe_executed = False
        """An earlier attempt may have been carried out although it brought no success."""

    async def run(self) -> Response:
        """Make attempts until one of them decides; the deadline and the end of the session stop them."""
        deadline = self._policy.deadline
        observed = bool(self._observe)
        begun = asyncio.get_running_loop().time() if observed or deadline is not None else 0.0
        task: asyncio.Task[object] | None = None
        limit: asyncio.Timeout | None = None
        failure: BaseException
        try:
            task = self._in_flight.enter()
            if deadline is None:
                response = await self._attempts()
            else:
                self._request.deadline = begun + deadline
                async with asyncio.timeout(deadline) as limit:
                    response = await self._attempts()
        except asyncio.CancelledError as error:
            failure = self._closed() if self._in_flight.ended(task) else error
        except BaseException as error:
            expired = isinstance(error, TimeoutError) and limit is not None and limit.expired()
            failure = self._failure(f"the deadline of {deadline:g} s passed", timed_out=True) if expired else error
        else:
            if observed:
                self._completed(begun, response)
            return response
        finally:
            self._in_flight.leave(task)
        if observed:
            self._completed(begun, None, type(failure).__name__)
        try:
            raise failure  # outside the except blocks: what was cancelled or timed out is not its context
        finally:
            del failure  # it refers to this frame

    async def _attempts(self) -> Response:
        endpoint, policy = self._request.endpoint, self._policy
        attempt = refusals = 0
        limited: Response | None = None
        while True:
            response: Response | None = None
            result, reason, timed_out, abort_reason = AttemptResult.RESPONDED, "", False, ""
            try:
                try:
                    response = await self._send(self._request)
                finally:
                    self._sent += self._request.permit is not None
            except ConnectionFailedError as error:
                if error.permanent and not (self._maybe_executed and not endpoint.is_read):
                    error.attempts, error.correlation_ids = self._sent, (self._request.correlation_id,)
                    raise
                abort_reason = error.reason if error.permanent else ""
                result, reason = AttemptResult.UNSENT, error.reason
                self._request.permit = None
            except ResponseLostError as error:
                result, reason, timed_out = AttemptResult.LOST, str(error), error.timed_out
            except (QuotaWaitError, ConfigurationError) as error:
                if not self._maybe_executed or endpoint.is_read:
                    if limited and isinstance(error, QuotaWaitError) and error.paused:
                        raise response_error(endpoint, self._end(limited)) from None
                    error.attempts, error.correlation_ids = self._sent, (self._request.correlation_id,)
                    raise
                abort_reason = error.reason
            except InvalidResponseError as error:
                error.attempts = self._sent
                raise
            else:
                result, reason = _read(response)
            if abort_reason:
                raise self._failure(abort_reason)
            if result is AttemptResult.RATE_LIMITED:
                refusals += 1
                limited = response
            else:
                attempt += 1
            again = decide(endpoint, attempt, result, policy=policy, refusals=refusals)
            if again is not None and result is not AttemptResult.RATE_LIMITED and not await self._spend_budget(result):
                again, reason = None, f"{reason}; not retried, because the session's retry budget is spent"
            if again is None:
                if result is AttemptResult.RESPONDED:
                    self._budget.earn()
                if response is None:
                    raise self._failure(reason, timed_out=timed_out)
                return self._end(response)
            if self._observe:
                one, seconds = self._request, again.seconds
                self._observe(Retried(endpoint.key, one.correlation_id, one.attempt, reason, seconds, **one.where))
            self._request = attrs.evolve(self._request, attempt=self._request.attempt + 1, permit=None)
            if again.seconds > 0:
                await sleep(again.seconds)

    def _closed(self) -> WorkatoError:
        """Return the error for a call whose session was closed while it waited or was in progress."""
        if self._in_doubt():
            return self._failure("the session was closed")
        error = ConfigurationError(
            "the session was closed before the call ended",
            advice="Keep the session open until its calls have ended.",
            correlation_ids=(self._request.correlation_id,),
            attempts=self._sent,
        )
        return about(error, self._request)

    def _in_doubt(self) -> bool:
        """Whether the call is a write that may have been carried out."""
        return (self._request.maybe_sent or self._maybe_executed) and not self._request.endpoint.is_read

    def _failure(self, reason: str, *, timed_out: bool = False) -> WorkatoError:
        """Return what the end of the attempts means for the caller, now that no response will come."""
        kind: type[WorkatoError]
        if self._in_doubt():
            kind, reason, advice = OutcomeUnknownError, f"outcome unknown: {reason}", IN_DOUBT
        else:
            kind, advice = ResponseTimeoutError if timed_out else ConnectionFailedError, "Safe to retry."
        error = kind(reason, advice=advice, correlation_ids=(self._request.correlation_id,), attempts=self._sent)
        return about(error, self._request)

    async def _spend_budget(self, result: AttemptResult) -> bool:
        """Pay for a retry, waiting for that as long as the longest back-off, and return whether it was paid."""
        if result in (AttemptResult.LOST, AttemptResult.FAILED):
            self._maybe_executed = True
        policy = self._policy
        return await self._budget.spend(full_jitter(policy.attempts, policy.base, policy.cap, draw=1.0))

    def _completed(self, begun: float, response: Response | None, error: str = "") -> None:
        request = self._request
        self._observe(
            Completed(
                request.endpoint.key,
                request.correlation_id,
                request.attempt,
                response.status if response else 0,
                asyncio.get_running_loop().time() - begun,
                response.correlation_ids if response else (request.correlation_id,),
                error,
                **request.where,
            )
        )

    def _end(self, response: Response) -> Response:
        request = self._request
        if request.endpoint.method == "DELETE" and response.status == 404 and self._maybe_executed:
            return Response(204, correlation_ids=response.correlation_ids, attempts=self._sent)
        return attrs.evolve(response, attempts=self._sent) if self._sent > 1 else response


def _read(response: Response) -> tuple[AttemptResult, str]:
    if response.status == 429:
        return AttemptResult.RATE_LIMITED, "rate limited (429)"
    if response.status in RETRIED_STATUSES:
        return AttemptResult.FAILED, f"HTTP {response.status}"
    return AttemptResult.RESPONDED, ""
