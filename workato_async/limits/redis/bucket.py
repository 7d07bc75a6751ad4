"""The asyncio skin of a shared bucket: callers wait in a queue, one timer serves them and the talk with the store."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Protocol

from workato_async.errors import QuotaStoreError
from workato_async.limits.bucket import LONGEST_PAUSE
from workato_async.limits.redis.local import LocalTokens
from workato_async.limits.redis.waiters import TimedWaiter, pause_too_long, wait_too_long
from workato_async.limits.redis.worker import HeldPermits
from workato_async.limits.state import BucketState
from workato_async.limits.wait_queue import Priority, WaitQueue

if TYPE_CHECKING:
    from collections.abc import Callable

    from workato_async.errors import WorkatoError
    from workato_async.limits.redis.protocol import Answer, Call, Step
    from workato_async.limits.redis.timings import Timings


class Carrier(Protocol):
    """Carries the steps of buckets to the store."""

    def serve(self, bucket: RedisBucket, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to serve a bucket on a loop."""

    def wake(self, bucket: RedisBucket) -> None:
        """Ask the bucket for a step as soon as possible."""


class RedisBucket:
    """The tokens of one endpoint of one account, shared with other processes.

    It does what :class:`workato_async.limits.bucket.TokenBucket` does.

    Args:
        terms: what follows from the quota.
        key: the endpoint's key, for errors and repr.
        name: the bucket's key in the store.
        local_share: the part of the quota to use without the store, None to fail instead.
        carrier: carries the steps.

    Attributes:
        asks_from: the moment from which tokens are asked for (again), infinite if it is not known yet; what is to be
            given back is told before.
    """

    __slots__ = (
        "_carrier",
        "_claims",
        "_local",
        "_local_share",
        "_loop",
        "_queue",
        "_register_at",
        "_sending",
        "_served",
        "_step_at",
        "_steps",
        "_timer",
        "_unspoken",
        "asks_from",
        "key",
        "name",
        "refused",
        "sent",
        "terms",
    )

    def __init__(self, terms: Timings, *, key: str, name: str, local_share: float | None, carrier: Carrier) -> None:
        self.terms = terms
        self.key = key
        self.name = name
        self.sent = 0
        self.refused = 0
        self.asks_from = -math.inf
        self._claims = HeldPermits(terms)
        self._carrier = carrier
        self._local_share = local_share
        self._local: LocalTokens | None = None
        self._queue = WaitQueue()
        self._unspoken: list[TimedWaiter] = []
        self._steps = 0
        self._served = 0
        self._sending = False
        self._register_at: float | None = None
        self._step_at: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    # What callers do

    async def acquire(
        self, *, ahead: bool = False, priority: Priority = Priority.NORMAL, max_wait: float | None = None
    ) -> float:
        """Wait for a token and take it; see :meth:`workato_async.limits.bucket.TokenBucket.acquire`.

        Raises:
            QuotaWaitError: if the wait would be longer than ``max_wait``, as soon as the store has told.
            QuotaStoreError: if the store cannot be reached, or is closed while the caller waits.
            ConfigurationError: if the bucket belongs to another event loop, or the store was closed.
        """
        loop = asyncio.get_running_loop()
        self._carrier.serve(self, loop)
        if loop is not self._loop:
            self._bind(loop)
        now = loop.time()
        if not self._queue.waiting and self._take(now):
            self.sent += 1
            return now
        if (pause := self._claims.paused_until - now) > LONGEST_PAUSE:
            raise pause_too_long(self.key, pause)
        place = 0 if ahead else self._queue.before(priority)
        turn: asyncio.Future[float] = loop.create_future()
        self._queue.push(turn, priority, ahead=ahead)
        deadline = None
        if max_wait is not None:
            impatient = TimedWaiter(turn, now, max_wait, place, self._served, self._steps + 1)
            self._unspoken.append(impatient)
            deadline = loop.call_later(max_wait, self._look_at, impatient)
        self._plan(now, at_once=max_wait is not None)
        self._speak()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._queue.forget()
                self._plan(loop.time())
            elif turn.exception() is None:  # its turn had come, but it was cancelled before it could run
                self.unsent()
            raise
        finally:
            if deadline is not None:
                deadline.cancel()

    def answered(self, taken: float) -> None:
        """Give a token back whose request was answered, and not with 429."""
        now = self._now()
        self._claims.accepted()
        self._claims.answered(taken, now)
        if self._local is not None:
            self._local.answered(taken, now)
        self._go_on(now)

    def lost(self) -> None:
        """Give a token back whose request may or may not have arrived."""
        now = self._now()
        self._claims.lost(now)
        if self._local is not None:
            self._local.lost(now)
        self._go_on(now)

    def unsent(self) -> None:
        """Give a token back that was taken for nothing."""
        now = self._now()
        self.sent -= 1
        self._untake(now)
        self._go_on(now)

    def not_accepted(self, taken: float, retry_after: float | None) -> float:
        """Give a token back whose request was answered 429, and pause; gives the seconds until the pause ends."""
        now = self._now()
        self.refused += 1
        seconds = self._claims.refused(taken, retry_after, now)
        if self._local is not None:
            self._local.refused(taken, now + seconds, now)
        self._mind_pause(now)
        self._go_on(now)
        return seconds

    def eta(self, calls: int) -> float:
        """Give the seconds after which the last of that many calls, begun now, will have its token, as last heard."""
        return self._wait_for(self._queue.waiting + calls - 1, self._now()) if calls > 0 else 0.0

    def state(self) -> BucketState:
        """Tell what the bucket looks like now, as far as this process has heard."""
        now = self._now()
        return BucketState(
            quota=self.terms.quota,
            free=self._claims.free(now) if self._local is None else self._local.free(now),
            waiters=self._queue.waiting,
            paused_for=max(0.0, self._claims.paused_until - now),
            sent=self.sent,
            refused=self.refused,
        )

    def __repr__(self) -> str:
        state = self.state()
        pause = f", paused for {state.paused_for:.1f} s" if state.paused_for else ""
        alone = "" if self._local is None else ", without the store"
        return (
            f"<RedisBucket {self.key or '-'}: {state.quota}, {state.free} free, {state.waiters} waiting{pause}{alone}>"
        )

    # What the carrier does

    def concerned(self) -> bool:
        """Tell whether the store has to be reached for this bucket, callers apart."""
        return self._local is not None or self._claims.concerns(self._now())

    def waits(self) -> bool:
        """Tell whether callers wait for the store's word."""
        return self._local is None and self._queue.waiting > 0

    def holds(self) -> bool:
        """Tell whether there is anything to give back, a place in the line included."""
        return self._claims.holds()

    def step(self, worker: str, now: float, server_age: float) -> Step:
        """Say what there is to say to the store; :meth:`heard` or :meth:`missed` follows."""
        self._step_at = self._register_at = None
        self._sending = True
        self._steps += 1
        waiting = self._queue.waiting if now >= self.asks_from else 0
        return self._claims.step(worker, waiting, now, server_age)

    def heard(self, answer: Answer, now: float) -> None:
        """Take in what the store answered."""
        self._sending = False
        self._local = None
        self._claims.heard(answer, now)
        self._serve(now)
        self._mind_pause(now)
        self._speak()
        self._plan(now, at_once=bool(self._unspoken))

    def missed(self) -> None:
        """Hear that the answer to the last step was lost."""
        self._sending = False

    def called(self, call: Call) -> None:
        """Hear from the store when to come for a token, or get one."""
        now = self._now()
        self._claims.called(call, now)
        self._go_on(now)

    def relinked(self) -> None:
        """Hear that there is a new connection: what was sent over the old one is not going to be received."""
        self._claims.relinked()

    def outage(self, error: str) -> None:
        """Hear that the store cannot be reached: fail the callers, or go on with a share of the quota."""
        self._claims.registered = 0
        if self._local_share is None:
            self._fail(lambda: QuotaStoreError(f"{self.key or 'the bucket'}: {error}", endpoint=self.key))
        elif self._local is None:
            now = self._now()
            self._claims.give_back(now, 0)
            self._local = LocalTokens(self.terms, self._local_share, now, used=self._claims.answer is not None)
            self._go_on(now)
            self._speak()

    def leave(self) -> None:
        """Give everything back, because the store is being closed."""
        self._fail(
            lambda: QuotaStoreError(f"{self.key or 'the bucket'}: the limiter's store was closed", endpoint=self.key)
        )
        self._claims.abandon(self._now())
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # Inside

    def _take(self, now: float) -> bool:
        if self._local is None:
            return self._claims.take(now)
        if not self._local.take(now):
            return False
        self._claims.took(now)
        return True

    def _untake(self, now: float) -> None:
        local = self._local is not None and self._local.unsent()
        alone = self._claims.answer is not None and not self._claims.answer.rivals
        self._claims.unsent(now, again=alone and not local and self._queue.waiting > self._claims.ready)

    def _serve(self, now: float) -> None:
        """Give tokens to callers in their order, as far as there are any."""
        while self._queue.waiting and self._take(now):
            turn = self._queue.pop()
            if turn is None:  # all those counted were cancelled just now
                self._untake(now)
                break
            self.sent += 1
            self._served += 1
            turn.set_result(now)

    def _go_on(self, now: float) -> None:
        """Serve callers, and set the timer for the next token and the next step."""
        self._serve(now)
        self._plan(now)

    def _plan(self, now: float, *, at_once: bool = False) -> None:
        """Find out when the next step is due, and set the timer for it and for the next token."""
        if not self._sending:
            register = None if self._local else self._claims.registers_at(self._queue.waiting, now)
            if register is None:
                self._register_at = None
            elif self._register_at is None or register < self._register_at:
                self._register_at = max(register, self.asks_from) if self.asks_from < math.inf else register
            moments = [moment for moment in (self._claims.next_step(now), self._register_at) if moment is not None]
            self._step_at = now if at_once else min(moments, default=None)
            if self._step_at is not None and self._step_at <= now:
                self._step_at = None
                self._carrier.wake(self)
        self._arm(now)

    def _arm(self, now: float) -> None:
        """Have the timer run at the next moment that something is to be done."""
        moment = self._step_at
        if self._queue.waiting:
            use = self._claims.next_use(now) if self._local is None else self._local.next_use(now)
            moment = use if moment is None else moment if use is None else min(use, moment)
        if self._timer is not None:
            if self._timer.when() == moment:
                return
            self._timer.cancel()
            self._timer = None
        if moment is not None and self._loop is not None:
            self._timer = self._loop.call_at(moment, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._go_on(self._now())

    def _speak(self) -> None:
        """Look at the impatient callers of whom the store, or what stands in for it, has spoken now."""
        if not self._unspoken or (self._sending and self._local is None):
            return
        spoken = [it for it in self._unspoken if self._local is not None or it.first_step <= self._steps]
        self._unspoken = [it for it in self._unspoken if it not in spoken]
        for it in spoken:
            self._look_at(it)

    def _look_at(self, it: TimedWaiter) -> None:
        """Fail an impatient caller if its wait will be, or has become, too long."""
        if it.turn.done() or it in self._unspoken:
            return
        now = self._now()
        waited = now - it.since
        wait = waited + self._wait_for(max(0, it.place - (self._served - it.served)), now)
        if wait > it.most or waited >= it.most:
            it.turn.set_exception(wait_too_long(self.key, self.terms.quota, wait, it.most))
            self._queue.forget()
            self._plan(now)

    def _mind_pause(self, now: float) -> None:
        """End everyone's wait if there is a pause longer than anyone is made to wait."""
        if (pause := self._claims.paused_until - now) > LONGEST_PAUSE:
            self._fail(lambda: pause_too_long(self.key, pause))

    def _fail(self, error: Callable[[], WorkatoError]) -> None:
        while (turn := self._queue.pop()) is not None:
            turn.set_exception(error())

    def _wait_for(self, ahead: int, now: float) -> float:
        source = self._claims if self._local is None else self._local
        return source.wait_for(ahead, now)

    def _now(self) -> float:
        return self._loop.time() if self._loop is not None else 0.0

    def _bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Belong to a new loop, the former one being closed; requests it left behind count as sent."""
        if self._loop is not None:
            self._queue = WaitQueue()
            self._unspoken = []
            self._timer = None
            self._sending = False
            self._claims.abandon(loop.time())
        self._loop = loop
