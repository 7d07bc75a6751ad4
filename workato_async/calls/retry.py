"""What may be retried, and when.

``decide`` is the whole policy as a function of values; ``retrying`` applies it to a sender. The rule that
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
    ResponseError,
    ResponseTimeoutError,
    WorkatoError,
)
from workato_async.events import Completed, Retried
from workato_async.http.messages import Response, ResponseLostError, about
from workato_async.http.responses import IN_DOUBT, check, response_error
from workato_async.http.retry_after import parse_retry_after
from workato_async.limits.permit import LONGEST_MEANT

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from workato_async.endpoint import AnyEndpoint, Host
    from workato_async.events import Observer
    from workato_async.http.messages import Request, Send
    from workato_async.http.token_provider import RotatingToken


class AttemptResult(enum.Enum):
    """How one attempt ended."""

    RESPONDED = "responded"
    """With a response that another attempt would not change."""
    UNSENT = "nothing was sent"
    LOST = "the response was lost"
    RATE_LIMITED = "rate limited (429)"
    FAILED = "the server failed"
    UNPROCESSED = "the server did not process the request"
    UNREADABLE = "a success that cannot be read, from a host whose responses could be read before"


_RESPONDED = (AttemptResult.RESPONDED, "", None)
FAILED_STATUSES = frozenset({408, 500, 502, 503, 504, *range(520, 525)})
"""Statuses that another attempt may change, and that a write may have been carried out in spite of.

520 to 524 are those of Cloudflare for an origin that failed. 408 should mean that the request did not arrive whole (RFC
9110, section 15.5.9), but some gateways and applications use it for an operation that took too long.
"""
UNPROCESSED_STATUSES = frozenset({425})
"""Statuses that another attempt may change, and with which nothing was done (RFC 8470, section 5.2)."""


@attrs.frozen
class RetryPolicy:
    """How often and how soon a call is retried.

    Attributes:
        attempts: the largest number of attempts per call, not counting those that were rate limited (429).
        refusals: the largest number of 429s per call after which it waits and is retried.
        base: the longest wait after the first failure, in seconds; it doubles with each failure. The actual wait is
            drawn between 0 and this.
        cap: the longest wait between two attempts, in seconds. If a server asks to wait longer (``Retry-After``), the
            call ends at once.
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
    retry_after: float | None = None,
    left: float | None = None,
    draw: float | None = None,
) -> RetryAfter | None:
    """Return when to retry a call, or None to give up.

    Args:
        endpoint: what is called.
        attempt: how many attempts there were, not counting those that were rate limited.
        result: how the last one ended.
        policy: the limits.
        refusals: how many 429s this call received.
        retry_after: seconds that the server asked to wait, None if it did not.
        left: seconds until the call's deadline, None if it has none.
        draw: where in the range of the wait, 0 to 1; random if not given.
    """
    if result is AttemptResult.RESPONDED:
        return None
    if result is AttemptResult.RATE_LIMITED:
        return RetryAfter(0.0) if endpoint.retry_429 and refusals <= policy.refusals else None
    if attempt >= policy.attempts:
        return None
    if result is AttemptResult.UNREADABLE:
        allowed = endpoint.is_read  # the status of a write says that it was done
    else:
        allowed = endpoint.idempotent or result in (AttemptResult.UNSENT, AttemptResult.UNPROCESSED)
    if not allowed:
        return None
    seconds = full_jitter(attempt, policy.base, policy.cap, draw)
    if retry_after is None or retry_after > LONGEST_MEANT:
        return RetryAfter(seconds)
    if retry_after > policy.cap or (left is not None and retry_after >= left):
        return None
    return RetryAfter(max(seconds, retry_after))


def retrying(
    send: Send,
    policy: RetryPolicy,
    *,
    observe: Observer,
    budget: RetryBudget | None = None,
    in_flight: InFlightCalls | None = None,
    readable: set[Host] | None = None,
    token: RotatingToken | None = None,
) -> Send:
    """Wrap a sender so that calls are retried as the policy says.

    Args:
        send: the layer below.
        policy: the limits.
        observe: receives Retried and Completed.
        budget: shared by all views of a session; a new one if not given.
        in_flight: the session's; closing the session ends the calls.
        readable: the session's hosts that have given a readable response; the calls add to it.
        token: asked for the token before the first attempt, and for another one after a 401; None if it never changes.
    """
    budget = RetryBudget(policy.budget) if budget is None else budget
    in_flight = InFlightCalls() if in_flight is None else in_flight
    readable = set() if readable is None else readable

    def retrying_send(request: Request) -> Awaitable[Response]:
        return _Call(send, policy, observe, budget, in_flight, readable, token, request).run()

    return retrying_send


class _Call:
    """One call and its attempts."""

    __slots__ = (
        "_budget", "_in_flight", "_maybe_executed", "_observe", "_policy", "_readable", "_request", "_send", "_sent",
        "_token",
    )  # fmt: skip

    def __init__(
        self,
        send: Send,
        policy: RetryPolicy,
        observe: Observer,
        budget: RetryBudget,
        in_flight: InFlightCalls,
        readable: set[Host],
        token: RotatingToken | None,
        request: Request,
    ) -> None:
        self._send = send
        self._policy = policy
        self._observe = observe
        self._budget = budget
        self._in_flight = in_flight
        self._readable = readable
        self._token = token
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
            failure = self._closed() if self._in_flight.ended(task) else self._cancelled(error)
        except BaseException as error:
            expired = isinstance(error, TimeoutError) and limit is not None and limit.expired()
            failure = self._failure(f"the deadline of {deadline:g} s passed", timed_out=True) if expired else error
        else:
            if observed:
                self._completed(begun, response.status, response.correlation_ids)
            return response
        finally:
            self._in_flight.leave(task)
        if observed:
            name = type(failure.__cause__ or failure).__name__
            if isinstance(failure, ResponseError | InvalidResponseError):
                self._completed(begun, failure.status, failure.correlation_ids, name)
            else:
                self._completed(begun, 0, (), name)
        try:
            raise failure  # outside the except blocks: what was cancelled or timed out is not its context
        finally:
            del failure  # it refers to this frame

    async def _attempts(self) -> Response:
        request, token = self._request, self._token
        attempt = refusals = 0
        limited: Response | None = None
        if token is not None and not token.known:
            request.issue = token.issue
            await self._renew(token)
        while True:
            response: Response | None = None
            problem: WorkatoError | None = None
            result, reason, timed_out = AttemptResult.RESPONDED, "", False
            try:
                try:
                    response = await self._send(self._request)
                finally:
                    self._sent += self._request.permit is not None
            except ResponseLostError as error:
                if error.final is not None:
                    raise self._stopped(error.final, limited) from None
                result, reason, timed_out = AttemptResult.LOST, str(error), error.timed_out
            except InvalidResponseError as error:
                error.attempts = self._sent
                error.temporary = (
                    error.temporary and request.endpoint.is_read and request.endpoint.host in self._readable
                )
                if not error.temporary:
                    raise
                result, reason, problem = AttemptResult.UNREADABLE, error.reason, error.with_traceback(None)
            except WorkatoError as error:
                if isinstance(error, ConnectionFailedError):
                    self._request.permit = None
                if not isinstance(error, ConnectionFailedError) or error.permanent:
                    raise self._stopped(error, limited) from None
                result, reason = AttemptResult.UNSENT, error.reason
            else:
                if response.status == 401 and token is not None and await self._renew(token):
                    token = None  # once
                    self._next("HTTP 401, and the token has changed since", 0.0)
                    continue
                if self._sent > 1:
                    response = self._end(response)
                result, reason, problem = self._judge(response)
            if result is AttemptResult.RATE_LIMITED:
                refusals += 1
                limited = response
            else:
                attempt += 1
            again = None if result is AttemptResult.RESPONDED else self._decide(attempt, refusals, result, response)
            if again is not None and result is not AttemptResult.RATE_LIMITED and not await self._spend_budget(result):
                again, reason = None, f"{reason}; not retried, because the session's retry budget is spent"
            if again is None:
                try:
                    if problem is not None:
                        raise problem
                finally:
                    del problem  # it refers to this frame
                if response is None:
                    raise self._failure(reason, timed_out=timed_out)
                if result is AttemptResult.RESPONDED:
                    self._budget.earn()
                return response
            self._next(reason, again.seconds)
            if again.seconds > 0:
                await sleep(again.seconds)

    def _decide(
        self, attempt: int, refusals: int, result: AttemptResult, response: Response | None
    ) -> RetryAfter | None:
        """Ask ``decide``, with what the response and the deadline say about the time."""
        request = self._request
        retry_after = left = None
        if response is not None and response.retry_after is not None:
            retry_after = parse_retry_after(response.retry_after, response.date)
        if request.deadline is not None:
            left = request.deadline - asyncio.get_running_loop().time()
        return decide(
            request.endpoint,
            attempt,
            result,
            policy=self._policy,
            refusals=refusals,
            retry_after=retry_after,
            left=left,
        )

    def _judge(self, response: Response) -> tuple[AttemptResult, str, WorkatoError | None]:
        """Return what a response means for the call: result, reason, and the error of a success that cannot be used.

        The value of a success is made here, so that a read whose response is garbage can be retried.
        """
        request, status = self._request, response.status
        if not 200 <= status < 300:
            if status == 429:
                return AttemptResult.RATE_LIMITED, "rate limited (429)", None
            if status in FAILED_STATUSES:
                return AttemptResult.FAILED, f"HTTP {status}", None
            if status in UNPROCESSED_STATUSES:
                return AttemptResult.UNPROCESSED, f"HTTP {status}", None
            return _RESPONDED
        if request.decode is None:
            return _RESPONDED
        host = request.endpoint.host
        try:
            check(request.endpoint, response)
            response.value = request.decode(request, response)
        except InvalidResponseError as error:
            garbage = host in self._readable and _is_garbage(request.endpoint, error)
            error.temporary = garbage and request.endpoint.is_read
            result = AttemptResult.UNREADABLE if garbage else AttemptResult.RESPONDED
            return result, f"HTTP {status} with a response that cannot be read", _alone(error)
        except WorkatoError as error:
            return AttemptResult.RESPONDED, "", _alone(error)
        if response.body:
            self._readable.add(host)
        return _RESPONDED

    def _next(self, reason: str, seconds: float) -> None:
        """Report that another attempt follows in ``seconds``, and make its request."""
        request = self._request
        if self._observe:
            self._observe(
                Retried(request.endpoint.key, request.correlation_id, request.attempt, reason, seconds, **request.where)
            )
        self._request = attrs.evolve(request, attempt=request.attempt + 1, permit=None)

    async def _renew(self, token: RotatingToken) -> bool:
        """Have the provider asked for a token, and return whether it is another one than was sent."""
        try:
            return await token.renew(self._request.issue)
        except ConfigurationError as error:
            raise self._stopped(error, None) from None

    def _stopped(self, error: WorkatoError, limited: Response | None) -> WorkatoError:
        """Return the error for a call that something other than a response has stopped."""
        request = self._request
        if self._maybe_executed and not request.endpoint.is_read:
            return self._failure(error.reason)
        if limited and isinstance(error, QuotaWaitError) and error.paused:
            return response_error(request.endpoint, self._end(limited))
        error.attempts, error.correlation_ids = self._sent, (request.correlation_id,)
        return about(error, request)

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

    def _cancelled(self, error: asyncio.CancelledError) -> asyncio.CancelledError:
        """Return a cancellation, caused by an OutcomeUnknownError where it came upon a write in flight."""
        if self._in_doubt():
            error.__cause__ = self._failure("the call was cancelled")
        return error

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
        """Pay for a retry, waiting for that as long as the longest backoff, and return whether it was paid."""
        if result in (AttemptResult.LOST, AttemptResult.FAILED):
            self._maybe_executed = True
        policy = self._policy
        return await self._budget.spend(full_jitter(policy.attempts, policy.base, policy.cap, draw=1.0))

    def _completed(self, begun: float, status: int, ids: tuple[str, ...], error: str = "") -> None:
        request = self._request
        seconds = asyncio.get_running_loop().time() - begun
        self._observe(
            Completed(
                request.endpoint.key,
                request.correlation_id,
                request.attempt,
                status,
                seconds,
                ids or (request.correlation_id,),
                error,
                **request.where,
            )
        )

    def _end(self, response: Response) -> Response:
        """Return a response to one of several attempts as that of the call."""
        request = self._request
        if request.endpoint.method == "DELETE" and response.status == 404 and self._maybe_executed:
            return Response(204, correlation_ids=response.correlation_ids, attempts=self._sent)
        return attrs.evolve(response, attempts=self._sent)


def _alone(error: WorkatoError) -> WorkatoError:
    """Return an error without what led to it, whose frames hold the response: it may hold a credential."""
    error.__context__ = None
    return error.with_traceback(None)


def _is_garbage(endpoint: AnyEndpoint, error: InvalidResponseError) -> bool:
    """Whether nothing of a response could be read: it is not JSON, or has nothing where the data should be."""
    return f"$.{endpoint.wrapper}".startswith(error.field)
