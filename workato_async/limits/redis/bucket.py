"""The bucket whose permits are shared through Redis: what it adds to the waiting skin is the talk with the store."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

import attrs

from workato_async.errors import QuotaStoreError
from workato_async.limits.redis.local import LocalShare
from workato_async.limits.redis.worker import WorkerPermits
from workato_async.limits.waiting import LONGEST_PAUSE, WaitingBucket

if TYPE_CHECKING:
    import asyncio

    from workato_async.limits.permit import Permit
    from workato_async.limits.redis.protocol import Reply, Step, Wakeup
    from workato_async.limits.redis.timings import Timings
    from workato_async.limits.wait_queue import Priority


class Client(Protocol):
    """Sends the steps of buckets to the store.

    Attributes:
        ask_from: the time from which permits are requested (again), infinite if it is not known yet; returns are
            reported before.
        closed: whether no more steps are sent.
    """

    ask_from: float
    closed: bool

    def serve(self, bucket: RedisBucket, loop: asyncio.AbstractEventLoop) -> None:
        """Serve a bucket on a loop from now on.

        Raises:
            ConfigurationError: if the store serves another loop or process already, or was closed.
        """

    def request_step(self, bucket: RedisBucket) -> None:
        """Send a step of the bucket as soon as possible."""


@attrs.frozen
class TimedCall:
    """A call with a limit on its wait, of which the store has not been told yet.

    Attributes:
        since: when it came.
        max_wait: the limit, in seconds.
        place: how many were to be served before it.
        served: how many had been served until then.
        first_step: the first step that reports it: the store's replies say nothing of its wait before that.
    """

    since: float
    max_wait: float
    place: int
    served: int
    first_step: int


class RedisBucket(WaitingBucket):
    """The permits of one endpoint of one account, shared with other processes.

    Args:
        timings: what follows from the quota.
        key: the endpoint's key, for errors and repr.
        name: the bucket's key in the store.
        adaptive: find out how much of the quota is really there.
        local_share: the part of the quota to use without the store, None to fail instead.
        client: sends the steps.
    """

    __slots__ = (
        "__weakref__",
        "_ask_at_once",
        "_client",
        "_local_share",
        "_permits",
        "_register_at",
        "_sending",
        "_served",
        "_steps",
        "_unchecked",
        "name",
        "timings",
    )

    def __init__(
        self, timings: Timings, *, key: str, name: str, adaptive: bool, local_share: float | None, client: Client
    ) -> None:
        self._permits = WorkerPermits(timings, adaptive=adaptive)
        super().__init__(self._permits, key=key)
        self.timings = timings
        self.name = name
        self._client = client
        self._local_share = local_share
        self._unchecked: dict[asyncio.Future[Permit], TimedCall] = {}
        self._steps = 0
        self._served = 0
        self._sending = False
        self._ask_at_once = False
        self._register_at = math.inf

    def take(self, now: float) -> Permit | None:
        """Take a permit if there is one and nobody waits for it."""
        permit = super().take(now)
        if permit is not None:
            permit.use_by = now + self.timings.lease / 2
        return permit

    def enqueue(
        self, loop: asyncio.AbstractEventLoop, now: float, *, ahead: bool, priority: Priority, max_wait: float | None
    ) -> asyncio.Future[Permit]:
        """Put a caller into the queue; of its wait, the store has to speak first.

        Raises:
            QuotaWaitError: if the wait would be longer than ``max_wait``, as far as that is known here.
            ConfigurationError: if the store was closed.
        """
        self._client.serve(self, loop)
        place = 0 if ahead else self._queue.before(priority)
        timed = max_wait is not None and not self._alone
        self._ask_at_once |= timed
        turn = super().enqueue(loop, now, ahead=ahead, priority=priority, max_wait=max_wait)
        if max_wait is not None and timed:
            self._unchecked[turn] = TimedCall(now, max_wait, place, self._served, self._steps + 1)
        return turn

    def leave(self, turn: asyncio.Future[Permit]) -> None:
        """Stop waiting; the store hears of it."""
        super().leave(turn)
        self._arm()

    def check_lease(self, permit: Permit) -> None:
        """Begin the permit's lease anew, because its request is sent only now.

        Raises:
            StalePermitError: if it is too late for that: others may have the permit before the request would arrive.
        """
        super().check_lease(permit)
        now = self._now()
        self._permits.mark_sent(permit.taken, now)
        permit.taken, permit.use_by = now, None

    @property
    def idle(self) -> bool:
        """Whether a new bucket would behave like this one, which can then be dropped."""
        return super().idle and not self._sending

    def __repr__(self) -> str:
        text = super().__repr__()
        return f"{text[:-1]}, without the store>" if self._alone else text

    # For the client

    def needs_store(self) -> bool:
        """Whether the store has to be reached for this bucket, even if no caller waits."""
        return self._alone or self._permits.matters(self._now())

    def has_waiters(self) -> bool:
        """Whether callers wait for the store's reply."""
        return not self._alone and self._queue.waiting > 0

    def holds(self) -> bool:
        """Whether there is anything to give back, including a place in the queue."""
        return self._permits.holds()

    def step(self, worker: str, now: float, server_age: float) -> Step:
        """Return the next step; ``on_reply`` or ``on_lost_reply`` follows."""
        waiting = self._queue.waiting if now >= self._client.ask_from else 0
        step = self._permits.step(worker, waiting, now, server_age)
        self._register_at = math.inf
        self._ask_at_once = False
        self._sending = True
        self._steps += 1
        return step

    def on_reply(self, reply: Reply, now: float) -> None:
        """Apply the store's reply."""
        self._sending = False
        self._source = self._permits
        self._permits.on_reply(reply, now)
        if (pause := self._permits.paused_until - now) > LONGEST_PAUSE:
            self._fail_all(lambda: self._paused_too_long(pause))
        self._serve()
        self._check_timed_calls()

    def on_lost_reply(self) -> None:
        """Record that the reply to the last step was lost."""
        self._sending = False

    def on_wakeup(self, wakeup: Wakeup) -> None:
        """Apply the store's word on when to come for a permit."""
        self._permits.on_wakeup(wakeup, self._now())
        self._serve()

    def on_outage(self, error: str) -> None:
        """Fail the callers, or go on with a share of the quota, because the store cannot be reached."""
        self._permits.registered = 0
        if self._local_share is None:
            self._fail_all(lambda: QuotaStoreError(f"{self.key or 'the bucket'}: {error}", endpoint=self.key))
            self._unchecked.clear()
        elif not self._alone:
            now = self._now()
            self._permits.give_back(now, 0)
            self._source = LocalShare(self._permits, self._local_share, now)
            self._serve()
            self._check_timed_calls()

    def on_close(self) -> None:
        """Fail the callers and give everything back, because the store is being closed."""
        self._fail_all(
            lambda: QuotaStoreError(f"{self.key or 'the bucket'}: the limiter's store was closed", endpoint=self.key)
        )
        self._permits.abandon(self._now())
        if self._timer is not None:
            self._timer.cancel()

    # Internals

    @property
    def _alone(self) -> bool:
        return self._source is not self._permits

    def _issue(self, now: float) -> Permit:
        permit = super()._issue(now)
        permit.use_by = now + self.timings.lease / 2
        self._served += 1
        return permit

    def _wait_known(self, ahead: int, now: float) -> float:
        return super()._wait_known(ahead, now) if self._alone else 0.0

    def _arm(self) -> None:
        """Send a step if one is due, and set the timer for the next one, or for the next permit."""
        if self._loop is None or self._client.closed:
            return
        now, waiting = self._loop.time(), self._queue.waiting
        if not self._sending:
            register = None if self._alone else self._permits.registers_at(waiting, now)
            if register is None:
                self._register_at = math.inf
            elif register < self._register_at:
                ask_from = self._client.ask_from
                self._register_at = max(register, ask_from) if ask_from < math.inf else register
            step_at = min(self._permits.next_step_at(now), self._register_at)
            if self._ask_at_once or step_at <= now:
                self._client.request_step(self)
            elif step_at < math.inf:
                self._wake_at(step_at)
        if waiting and (available := self._source.next_available_at(now)) is not None:
            self._wake_at(available)

    def _give_up(self, turn: asyncio.Future[Permit], max_wait: float) -> None:
        if turn not in self._unchecked:  # else the store's reply is awaited
            super()._give_up(turn, max_wait)
            self._arm()

    def _check_timed_calls(self) -> None:
        """Fail those of which is known now that they would wait, or have waited, for too long."""
        now = self._now()
        for turn, call in list(self._unchecked.items()):
            if call.first_step > self._steps and not self._alone:
                continue
            del self._unchecked[turn]
            waited, ahead = now - call.since, max(0, call.place - (self._served - call.served))
            wait = waited + self._source.wait_for(ahead, now)
            if not turn.done() and (wait > call.max_wait or waited >= call.max_wait):
                turn.set_exception(self._too_long(wait, call.max_wait))
                self._queue.forget()
                self._arm()

    def _bind(self, loop: asyncio.AbstractEventLoop) -> asyncio.AbstractEventLoop | None:
        self._client.serve(self, loop)
        self._source = self._permits
        self._unchecked.clear()
        self._sending = False
        return super()._bind(loop)
