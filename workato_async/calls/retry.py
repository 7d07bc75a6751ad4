"""What may be sent again, and when.

:func:`decide` is the whole policy as a function of values; :func:`retrying` carries it out around a sender. The rule
that matters: a write that is not replay-safe is sent a second time only if the first time certainly did nothing.
"""

from __future__ import annotations

import asyncio
import enum
from typing import TYPE_CHECKING, NoReturn

import attrs

from workato_async._backoff import back_off, full_jitter
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
from workato_async.http.messages import Response, ResponseLostError
from workato_async.http.responses import response_error

if TYPE_CHECKING:
    from workato_async.endpoint import AnyEndpoint
    from workato_async.events import Observer
    from workato_async.http.messages import Request, Send


class Outcome(enum.Enum):
    """How one attempt ended."""

    ANSWERED = "answered"
    """Any answer that another attempt would not change."""
    UNSENT = "nothing was sent"
    LOST = "the answer was lost"
    REFUSED = "refused with 429"
    FAILED = "the server failed"


RETRIED_STATUSES = frozenset({500, 502, 503, 504})


@attrs.frozen
class RetryPolicy:
    """How often and how soon a call is sent again.

    Attributes:
        attempts: the most attempts of a call, those refused with 429 not counted.
        refusals: the most 429s of a call that are waited out.
        base: seconds; the wait after the first failure is anything up to this, doubling with each.
        cap: seconds; the longest wait between two attempts.
        deadline: seconds for the whole call, waits included; None for no limit.
        budget: retries that an outage may cost the session in all; every success earns a fifth of one back. A retry
            that cannot be paid waits a while for that, and is given up if no success comes.
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
            raise ConfigurationError(f"refusals of a retry policy is a number of at least 0, not {self.refusals!r}")
        require_seconds("base of a retry policy", self.base, zero=True)
        require_seconds("cap of a retry policy", self.cap, zero=True)
        require_seconds("deadline of a retry policy", self.deadline, none=True)
        if not (is_number(self.budget) and self.budget >= 0):
            raise ConfigurationError(f"budget of a retry policy is a number of at least 0, not {self.budget!r}")


@attrs.frozen
class Again:
    """Send it again, after this many seconds (and, for a 429, after the bucket's pause)."""

    seconds: float


def decide(
    endpoint: AnyEndpoint,
    attempt: int,
    outcome: Outcome,
    *,
    policy: RetryPolicy,
    refusals: int = 0,
    draw: float | None = None,
) -> Again | None:
    """Say whether to send a call again: when, or None to give up.

    Args:
        endpoint: what is called.
        attempt: how many attempts there were, those refused with 429 not counted.
        outcome: how the last one ended.
        policy: the limits.
        refusals: how many 429s this call met.
        draw: 0 to 1, where in the range of the wait; random if not given.
    """
    if outcome is Outcome.ANSWERED:
        return None
    if outcome is Outcome.REFUSED:
        return Again(0.0) if endpoint.retry_429 and refusals <= policy.refusals else None
    if outcome is not Outcome.UNSENT and not endpoint.idempotent:
        return None
    if attempt >= policy.attempts:
        return None
    return Again(full_jitter(attempt, policy.base, policy.cap, draw))


def retrying(
    send: Send,
    policy: RetryPolicy,
    *,
    observe: Observer,
    budget: RetryBudget | None = None,
    lifetime: InFlightCalls | None = None,
) -> Send:
    """Wrap a sender so that calls are sent again as the policy says.

    Args:
        send: the layer below.
        policy: the limits.
        observe: gets Retried and Completed.
        budget: shared by all views of a session; one of its own if not given.
        lifetime: the session's; closing it ends the calls.
    """
    budget = RetryBudget(policy.budget) if budget is None else budget
    lifetime = InFlightCalls() if lifetime is None else lifetime

    async def retrying_send(request: Request) -> Response:
        call = _Call(send, policy, observe, budget, lifetime, request)
        if policy.deadline is None and not observe:
            return await call.run()
        return await _observed(call, policy.deadline)

    return retrying_send


async def _observed(call: _Call, deadline: float | None) -> Response:
    """Run a call within its deadline and report its end."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    call.request.deadline = None if deadline is None else begun + deadline
    response: Response | None = None
    failure = ""
    try:
        response = await _within(call, deadline)
        return response
    except BaseException as error:
        failure = type(error).__name__
        raise
    finally:
        if call.observe:
            request = call.request
            call.observe(
                Completed(
                    request.endpoint.key,
                    request.correlation_id,
                    request.attempt,
                    response.status if response else 0,
                    loop.time() - begun,
                    response.correlation_ids if response else (request.correlation_id,),
                    failure,
                )
            )


async def _within(call: _Call, deadline: float | None) -> Response:
    limit = asyncio.timeout(deadline)
    try:
        async with limit:
            return await call.run()
    except TimeoutError:
        if not limit.expired():
            raise
    call.give_up(f"the deadline of {deadline:g} s passed", timed_out=True)


class _Call:
    """One call and its attempts."""

    __slots__ = ("_budget", "_lifetime", "_policy", "_send", "maybe_executed", "observe", "request", "sent")

    def __init__(
        self,
        send: Send,
        policy: RetryPolicy,
        observe: Observer,
        budget: RetryBudget,
        lifetime: InFlightCalls,
        request: Request,
    ) -> None:
        self._send = send
        self._lifetime = lifetime
        self._policy = policy
        self._budget = budget
        self.observe = observe
        self.request = request
        self.sent = 0
        """Attempts that had their token; a connection that did not come about counts."""
        self.maybe_executed = False
        """An earlier attempt may have been carried out although it brought no success."""

    async def run(self) -> Response:
        """Make attempts until one of them is the answer; closing the session ends it."""
        task = self._lifetime.enter()
        try:
            return await self._attempts()
        except asyncio.CancelledError:
            if not self._lifetime.ended(task):
                raise
        finally:
            self._lifetime.leave(task)
        self._closed()

    async def _attempts(self) -> Response:
        endpoint, policy = self.request.endpoint, self._policy
        attempt = refusals = 0
        refused: Response | None = None
        while True:
            response: Response | None = None
            outcome, reason, timed_out, abort_reason = Outcome.ANSWERED, "", False, ""
            try:
                response = await self._attempt()
            except ConnectionFailedError as error:
                outcome, reason = Outcome.UNSENT, str(error)
                self.request.maybe_sent = False
            except ResponseLostError as error:
                outcome, reason, timed_out = Outcome.LOST, str(error), error.timed_out
            except (QuotaWaitError, ConfigurationError) as error:
                if not self.maybe_executed or endpoint.is_read:
                    if refused and isinstance(error, QuotaWaitError) and error.paused:
                        raise response_error(endpoint, self._end(refused)) from None
                    error.attempts, error.correlation_ids = self.sent, (self.request.correlation_id,)
                    raise
                abort_reason = str(error)
            except InvalidResponseError as error:
                error.attempts = self.sent
                raise
            else:
                outcome, reason = _read(response)
            if abort_reason:
                self.give_up(abort_reason, timed_out=False)
            if outcome is Outcome.REFUSED:
                refusals += 1
                refused = response
            else:
                attempt += 1
            again = decide(endpoint, attempt, outcome, policy=policy, refusals=refusals)
            if again is not None and outcome is not Outcome.REFUSED and not await self._spend_budget(outcome):
                again, reason = None, f"{reason}; not sent again, because the session's retry budget is spent"
            if again is None:
                if outcome is Outcome.ANSWERED:
                    self._budget.earn()
                if response is None:
                    self.give_up(reason, timed_out=timed_out)
                return self._end(response)
            if self.observe:
                self.observe(
                    Retried(endpoint.key, self.request.correlation_id, self.request.attempt, reason, again.seconds)
                )
            self.request = attrs.evolve(self.request, attempt=self.request.attempt + 1, maybe_sent=False)
            if again.seconds > 0:
                await back_off(again.seconds)

    def _closed(self) -> NoReturn:
        """Raise what it means that the session was closed under the call."""
        request, endpoint = self.request, self.request.endpoint
        if (request.maybe_sent or self.maybe_executed) and not endpoint.is_read:
            self.give_up("the session was closed", timed_out=False)
        raise ConfigurationError(
            f"{endpoint.key} was given up, because its session was closed meanwhile; keep the session open "
            "until its calls have ended",
            endpoint=endpoint.key,
            correlation_ids=(request.correlation_id,),
            attempts=self.sent,
        )

    def give_up(self, reason: str, *, timed_out: bool) -> NoReturn:
        """Raise what the end of the attempts means for the caller, now that no answer will come."""
        request, endpoint = self.request, self.request.endpoint
        how = f"{reason}; {self.sent} attempt{'s' if self.sent != 1 else ''}"
        where = f"Correlation id: {request.correlation_id}."
        error: type[WorkatoError]
        if (request.maybe_sent or self.maybe_executed) and not endpoint.is_read:
            error = OutcomeUnknownError
            text = f"was sent and its answer lost ({how}): it may have been carried out. Look before you call it again."
        elif timed_out:
            error, text = ResponseTimeoutError, f"got no answer in time ({how}). It is safe to call again."
        elif request.maybe_sent:
            error, text = ConnectionFailedError, f"got no answer ({how}). It is safe to call again."
        else:
            error, text = ConnectionFailedError, f"could not be sent ({how}). It is safe to call again."
        raise error(
            f"{endpoint.key} {text} {where}",
            endpoint=endpoint.key,
            correlation_ids=(request.correlation_id,),
            attempts=self.sent,
        )

    async def _spend_budget(self, outcome: Outcome) -> bool:
        """Pay for a retry, waiting for it as long as the longest back-off would."""
        if outcome in (Outcome.LOST, Outcome.FAILED):
            self.maybe_executed = True
        policy = self._policy
        return await self._budget.spend(full_jitter(policy.attempts, policy.base, policy.cap, draw=1.0))

    async def _attempt(self) -> Response:
        try:
            return await self._send(self.request)
        finally:
            self.sent += self.request.maybe_sent

    def _end(self, response: Response) -> Response:
        request = self.request
        if request.endpoint.method == "DELETE" and response.status == 404 and self.maybe_executed:
            return Response(204, correlation_ids=response.correlation_ids, attempts=self.sent)
        return attrs.evolve(response, attempts=self.sent) if self.sent > 1 else response


def _read(response: Response) -> tuple[Outcome, str]:
    if response.status == 429:
        return Outcome.REFUSED, "answered 429"
    if response.status in RETRIED_STATUSES:
        return Outcome.FAILED, f"answered {response.status}"
    return Outcome.ANSWERED, ""
