"""The tokens of one endpoint, in this process.

**The problem.** A server allows N requests in any T seconds and refuses the next one. It counts a request when it
*arrives*; the client knows when it sent it and when the answer came, and the arrival lies somewhere between the two.

**Why not a classic token bucket.** Capacity N and a refill of N/T a second lets N go at once and N more while the
first T seconds pass: almost 2N in one window. A capacity of one, or evenly spaced calls, is safe only while the network
delays every request alike: two calls sent a second apart arrive half a second apart when the first was held up.

**Why not T after sending.** Departures N per T seconds are not arrivals N per T seconds, for the same reason: a late
request arrives together with the ones that were sent a window later.

**The rule.** The bucket holds N tokens, all there at the start. A request takes one before it leaves, and the token
comes back T seconds after its *answer* came. The arrival lies before the answer, and whoever takes the token next
arrives after taking it; so the two arrivals that one token stands for are always more than T apart, whatever the
network does in between. N tokens: never more than N arrivals in any T seconds, be the server's window sliding, fixed,
or a bucket of its own. Where no answer came (connection lost, timeout, cancelled in flight), the request may still
arrive: its token comes back T and a little more after it was given up. Where nothing was sent, at once.

The one assumption is that the clocks of both sides run equally fast; ``CLOCK_DRIFT`` allows for quartz.

**The price, and the credit.** A token rests for T plus one round trip, which is nothing on a minute and 17 % on a
second with answers after 200 ms. What was measured can be given back: a request needs at least the shortest way there,
and its answer at least the shortest way back, so T minus the shortest round trip is still enough. The shortest one
*seen* is not quite the shortest there *is*; how far off it may be is estimated from the spread and the number of the
answers seen, and only what remains, after at least 32 windows with answers, on windows up to ``CREDIT_WINDOW``
seconds, is given back. A refusal takes the credit away and doubles what must be seen before it is earned again.

The core (:class:`Tokens`) is values only: no clock, no await. :class:`TokenBucket` is the asyncio skin around it: a
queue of futures and one timer.
"""

from __future__ import annotations

import asyncio
import math
from bisect import insort
from collections import deque
from typing import TYPE_CHECKING

from workato_async.errors import ConfigurationError, QuotaWaitError
from workato_async.limits.round_trips import RoundTrips
from workato_async.limits.state import BucketState
from workato_async.limits.wait_queue import Priority, WaitQueue

if TYPE_CHECKING:
    from workato_async.limits.quota import Quota

CLOCK_DRIFT = 1e-4
"""Part of a window added to it, because two clocks never run equally fast (100 millionths)."""
LATE_ARRIVAL = 1.0
"""Seconds (at most one window) that a request given up may still be on its way."""
CREDIT_WINDOW = 10.0
"""Longest window, in seconds, on which a credit is worth its risk."""
LONGEST_PAUSE = 3600.0
"""Seconds of a pause that callers wait for; a longer one is an error for them. Nothing is sent before its end."""
FIRST_PAUSE = 1 / 16
"""Part of the window for the first pause after a 429 that names no time; it doubles up to the whole window."""


class Tokens:
    """The core: N tokens, the moments at which the taken ones return, and a pause. Times are seconds of any clock."""

    __slots__ = (
        "_earns_credit",
        "_pauses",
        "_returns",
        "_trips",
        "_window",
        "free",
        "in_flight",
        "paused_at",
        "paused_until",
        "quota",
    )

    def __init__(self, quota: Quota) -> None:
        self.quota = quota
        self.free = quota.requests
        self.in_flight = 0
        self.paused_at = -math.inf
        self.paused_until = -math.inf
        self._pauses = 0
        self._window = quota.per * (1 + CLOCK_DRIFT)
        self._returns: deque[float] = deque()
        self._trips = RoundTrips(0.9 * quota.per)
        self._earns_credit = quota.per <= CREDIT_WINDOW

    def collect(self, now: float) -> None:
        """Take back the tokens that have returned by now."""
        returns = self._returns
        while returns and returns[0] <= now:
            returns.popleft()
            self.free += 1

    def take(self, now: float) -> bool:
        """Take a token if there is one and no pause."""
        if self._returns and self._returns[0] <= now:
            self.collect(now)
        if self.free <= 0 or now < self.paused_until:
            return False
        self.free -= 1
        self.in_flight += 1
        return True

    def answered(self, taken: float, now: float) -> None:
        """Book an answer: the token returns a window from now, less the credit."""
        credit = 0.0
        if self._earns_credit:
            trips = self._trips
            trips.add(now - taken, now)
            credit = min(trips.credit(), now - taken)
        self._return(now + self._window - credit)

    def lost(self, now: float) -> None:
        """Book a request given up: it may still arrive for a little while."""
        self._return(now + self._window + min(LATE_ARRIVAL, self.quota.per))

    def unsent(self) -> None:
        """Book a token that was taken for nothing."""
        self.in_flight -= 1
        self.free += 1

    def pause(self, until: float, now: float) -> bool:
        """Pause until a moment; a pause is only ever extended. Tells whether it was."""
        self._trips.refused()
        if until <= self.paused_until:
            return False
        self.paused_at, self.paused_until = now, until
        return True

    def next_pause(self, taken: float) -> float:
        """Give the seconds to pause after a 429 without Retry-After; refusals of one volley count once."""
        if taken >= self.paused_at:
            self._pauses += 1
        return float(min(self._window, self._window * FIRST_PAUSE * 2 ** (max(1, self._pauses) - 1)))

    def accepted(self) -> None:
        """Book that the server accepts requests (again)."""
        self._pauses = 0

    def next_event(self, now: float) -> float | None:
        """Give the moment at which a token may be had, None if only an answer can tell."""
        if self.free > 0:
            return max(now, self.paused_until)
        if self._returns:
            return max(self._returns[0], self.paused_until)
        return None

    def wait_for(self, ahead: int, now: float) -> float:
        """Give the seconds until the caller after ``ahead`` others gets a token, as far as can be told now.

        Requests in flight are taken to be answered now.
        """
        rounds, place = divmod(ahead, self.quota.requests)
        start = max(now, self.paused_until)
        place -= self.free
        if place < 0:
            first = start
        elif place < len(self._returns):
            first = max(start, self._returns[place])
        else:
            first = max(start, now + self._window)
        return first + rounds * self._window - now

    def _return(self, moment: float) -> None:
        self.in_flight -= 1
        returns = self._returns
        if not returns or moment >= returns[-1]:
            returns.append(moment)
        else:
            insort(returns, moment)


class TokenBucket:
    """The asyncio skin: callers wait in a queue, one timer wakes them.

    Args:
        quota: what may be sent.
        key: the endpoint's key, for errors and repr.
    """

    __slots__ = ("_loop", "_queue", "_timer", "_tokens", "key", "refused", "sent")

    def __init__(self, quota: Quota, *, key: str = "") -> None:
        self.key = key
        self.sent = 0
        self.refused = 0
        self._tokens = Tokens(quota)
        self._queue = WaitQueue()
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def acquire(
        self, *, ahead: bool = False, priority: Priority = Priority.NORMAL, max_wait: float | None = None
    ) -> float:
        """Wait for a token and take it.

        Args:
            ahead: go to the head of the queue (for a call that is sent again).
            priority: whom to pass in the queue.
            max_wait: seconds to wait at most.

        Returns:
            The loop's time at which the token was taken. Give it back with exactly one of :meth:`answered`,
            :meth:`lost`, :meth:`unsent` and :meth:`not_accepted`.

        Raises:
            QuotaWaitError: at once if the wait would be longer than ``max_wait``, or when it has become so.
            ConfigurationError: if the bucket belongs to another event loop.
        """
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._bind(loop)
        now = loop.time()
        if not self._queue.waiting and self._tokens.take(now):
            self.sent += 1
            return now
        return await self._wait(loop, now, ahead, priority, max_wait)

    def answered(self, taken: float) -> None:
        """Give a token back whose request was answered, and not with 429."""
        self._tokens.accepted()
        self._tokens.answered(taken, self._now())
        self._arm()

    def lost(self) -> None:
        """Give a token back whose request may or may not have arrived."""
        self._tokens.lost(self._now())
        self._arm()

    def unsent(self) -> None:
        """Give a token back that was taken for nothing."""
        self.sent -= 1
        self._tokens.unsent()
        self._wake()

    def not_accepted(self, taken: float, retry_after: float | None) -> float:
        """Give a token back whose request was answered 429, and pause the bucket.

        Args:
            taken: when the token was taken.
            retry_after: seconds the server asked for, None for growing pauses of up to one window.

        Returns:
            Seconds until the pause ends.
        """
        now = self._now()
        self.refused += 1
        pause = self._tokens.next_pause(taken) if retry_after is None else retry_after
        self._tokens.answered(taken, now)
        self._tokens.pause(now + pause, now)
        if pause > LONGEST_PAUSE:
            self._dismiss(pause)
        self._arm()
        return self._tokens.paused_until - now

    def eta(self, calls: int) -> float:
        """Give the seconds after which the last of that many calls, begun now, will have its token."""
        now = self._now()
        self._tokens.collect(now)
        return self._tokens.wait_for(self._queue.waiting + calls - 1, now) if calls > 0 else 0.0

    def state(self) -> BucketState:
        """Tell what the bucket looks like now."""
        now = self._now()
        self._tokens.collect(now)
        return BucketState(
            quota=self._tokens.quota,
            free=self._tokens.free,
            waiters=self._queue.waiting,
            paused_for=max(0.0, self._tokens.paused_until - now),
            sent=self.sent,
            refused=self.refused,
        )

    def __repr__(self) -> str:
        state = self.state()
        pause = f", paused for {state.paused_for:.1f} s" if state.paused_for else ""
        return f"<TokenBucket {self.key or '-'}: {state.quota}, {state.free} free, {state.waiters} waiting{pause}>"

    async def _wait(
        self, loop: asyncio.AbstractEventLoop, now: float, ahead: bool, priority: Priority, max_wait: float | None
    ) -> float:
        deadline = None
        if self._tokens.paused_until - now > LONGEST_PAUSE:
            raise self._paused_too_long(self._tokens.paused_until - now)
        if max_wait is not None:
            wait = self._tokens.wait_for(0 if ahead else self._queue.before(priority), now)
            if wait > max_wait:
                raise self._too_long(wait, max_wait)
        turn: asyncio.Future[float] = loop.create_future()
        self._queue.push(turn, priority, ahead=ahead)
        self._arm()
        if max_wait is not None:
            deadline = loop.call_later(max_wait, self._give_up, turn, max_wait)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._queue.forget()
            elif turn.exception() is None:  # its turn had come, but it was cancelled before it could run
                self.unsent()
            raise
        finally:
            if deadline is not None:
                deadline.cancel()

    def _give_up(self, turn: asyncio.Future[float], max_wait: float) -> None:
        if not turn.done():
            wait = max_wait + self._tokens.wait_for(0, self._now())
            turn.set_exception(self._too_long(wait, max_wait))
            self._queue.forget()

    def _dismiss(self, pause: float) -> None:
        """End the wait of everyone in the queue."""
        while (turn := self._queue.pop()) is not None:
            turn.set_exception(self._paused_too_long(pause))

    def _paused_too_long(self, pause: float) -> QuotaWaitError:
        return QuotaWaitError(
            f"{self.key or 'the bucket'}: the server answered 429 and asked for {pause:,.10g} s without requests; "
            "call again after that",
            wait=pause,
            max_wait=LONGEST_PAUSE,
            paused=True,
            endpoint=self.key,
        )

    def _too_long(self, wait: float, max_wait: float) -> QuotaWaitError:
        return QuotaWaitError(
            f"{self.key or 'the bucket'}: the quota of {self._tokens.quota} is used up for {wait:.1f} s, longer than "
            f"the {max(0.0, max_wait):g} s that this call may wait; call again later, or allow a longer wait",
            wait=wait,
            max_wait=max_wait,
            endpoint=self.key,
        )

    def _wake(self) -> None:
        """Give tokens to callers in their order, as far as there are any, and set the timer for the rest."""
        if self._timer is not None:
            self._timer.cancel()  # a token given back unused comes here before the timer does
            self._timer = None
        now = self._now()
        tokens, queue = self._tokens, self._queue
        while queue.waiting and tokens.take(now):
            turn = queue.pop()
            if turn is None:
                tokens.unsent()
                break
            self.sent += 1
            turn.set_result(now)
        self._arm()

    def _arm(self) -> None:
        """Have the timer run at the next moment a token can be had, if anyone waits for it."""
        if not self._queue.waiting or self._loop is None:
            return
        moment = self._tokens.next_event(self._loop.time())
        if moment is None:
            return
        if self._timer is not None:
            if self._timer.when() <= moment:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(moment, self._wake)

    def _now(self) -> float:
        return self._loop.time() if self._loop is not None else 0.0

    def _bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Belong to this loop; only a closed one gives way, with whatever it left behind counted as sent."""
        if self._loop is not None:
            if not self._loop.is_closed():
                raise ConfigurationError(
                    f"the bucket of {self.key or 'this endpoint'} belongs to another event loop: give each loop (and "
                    "thread) a Limiter of its own, with share= to divide the quota",
                    endpoint=self.key,
                )
            self._queue = WaitQueue()
            self._timer = None
            for _ in range(self._tokens.in_flight):
                self._tokens.lost(loop.time())
        self._loop = loop
