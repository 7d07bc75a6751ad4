"""What one worker holds of a shared bucket, and what it knows of the rest: values only, no clock, no await.

A permit is granted by a step, *ready* until a call uses it, *out* while its request is under way, and *resting* from
then on: known here first, reported in one of the next steps. What the worker says it holds is what counts, so a step
whose reply is lost does no harm: what was granted in that reply is free again with the next step.
"""

from __future__ import annotations

import itertools
import math
from bisect import insort
from collections import deque
from typing import TYPE_CHECKING

from workato_async.limits.bucket import CLOCK_DRIFT, CREDIT_WINDOW, growing_pause
from workato_async.limits.redis.protocol import Reply, Step, Wakeup, microseconds
from workato_async.limits.room import random_draw
from workato_async.limits.round_trips import RoundTrips
from workato_async.limits.slow_start import SlowStart

if TYPE_CHECKING:
    from collections.abc import Callable

    from workato_async.limits.quota import Quota
    from workato_async.limits.redis.timings import Timings

_EXACT = 32
"""Returns that are reported one by one; further ones are rounded up to a 256th of the window together."""
_numbers = itertools.count(
    1
)  # of this process, so that a bucket made anew goes on where one that was dropped had stopped
_SLACK = 4
"""Permits that first come, first served may get a worker ahead of others before fairness stops it, or more."""


class WorkerPermits:
    """One worker's permits of one bucket. Times are seconds of the worker's clock.

    Args:
        timings: of the bucket.
        adaptive: find out how much of the quota is really there.
        draw: gives numbers from 0 to 1 for the jitter of probes.

    Attributes:
        reply: the last reply.
        heard_at: when that came.
        out: requests under way.
        registered: calls for which the worker stands in the queue.
        come_at: when to ask again for them; infinite if that is not known.
        report_at: when to report returns; infinite if there are none.
        paused_until: when the pause ends.
    """

    __slots__ = (
        "_accepted",
        "_batch",
        "_draw",
        "_flags",
        "_grain",
        "_in_transit",
        "_lead",
        "_limited",
        "_out",
        "_paused_at",
        "_pauses",
        "_rate_limited",
        "_ready",
        "_reported",
        "_resting",
        "_resume",
        "_start",
        "_trips",
        "_wakeups",
        "_want",
        "adaptive",
        "come_at",
        "heard_at",
        "out",
        "paused_until",
        "registered",
        "reply",
        "report_at",
        "timings",
    )

    def __init__(self, timings: Timings, *, adaptive: bool = True, draw: Callable[[], float] = random_draw) -> None:
        self.timings = timings
        self.adaptive = adaptive
        self.reply: Reply | None = None
        self.heard_at = -math.inf
        self.out = 0
        self.registered = 0
        self.come_at = math.inf
        self.report_at = math.inf
        self.paused_until = -math.inf
        self._draw = draw
        self._grain = 0.0
        self._ready: list[tuple[float, float]] = []
        self._out: dict[float, int] = {}
        self._resting: deque[tuple[float, int]] = deque()
        self._limited: list[float] = []  # when the permits of requests that were rate limited were taken
        self._trips = RoundTrips(0.9 * timings.quota.per)
        self._start = SlowStart(timings.quota.requests)
        self._lead = 0.0
        self._paused_at = -math.inf
        self._pauses = self._accepted = self._rate_limited = 0
        self._resume = False
        self._batch = self._want = 0
        self._reported: tuple[tuple[float, int], ...] = ()
        self._flags: tuple[int, int, bool, tuple[float, ...]] = (0, 0, False, ())
        self._in_transit = False
        self._wakeups: list[tuple[Wakeup, float]] = []

    @property
    def quota(self) -> Quota:
        """The quota as published, with share and time scale applied."""
        return self.timings.quota

    @property
    def room(self) -> int:
        """Permits in circulation, of all workers, as far as is known here."""
        return self.quota.requests if self.reply is None else self.reply.room

    def idle(self, now: float) -> bool:
        """Whether a new core would behave like this one: what matters is in the store."""
        return not self.holds() and now - self.heard_at > self.timings.remembered and now >= self.paused_until

    def take(self, now: float) -> bool:
        """Take a permit; return False if there is none here, or during a pause."""
        ready = self._ready
        if not ready or ready[0][0] > now or now < self.paused_until or self._may_leave(now) <= 0:
            return False
        usable_from, returns_at = ready.pop(0)
        if now - usable_from > self.timings.lease / 2:  # held up for so long that others may have counted it as lost
            self._rest(returns_at, now)
            return self.take(now)
        if self._start.until == -math.inf:
            self._start.begin(now, self.timings.window)
        self.add_out(now)
        return True

    def add_out(self, now: float) -> None:
        """Record a request under way."""
        self._out[now] = self._out.get(now, 0) + 1
        self.out += 1

    def mark_sent(self, taken: float, now: float) -> None:
        """Begin the lease of a permit anew, because its request is sent only now."""
        if self._remove_out(taken):
            self.add_out(now)

    def responded(self, taken: float, now: float) -> None:
        """Take back a permit whose request was responded to: it rests for a window, less half of the credit."""
        self._accepted += 1
        self._pauses = 0
        if now < self._start.until:
            self._start.accepted()
        self._remove_out(taken)
        self._rest_after_response(taken, now)

    def rate_limited(self, taken: float, retry_after: float | None, now: float) -> None:
        """Take back a permit whose request was rate limited, and pause; the store decides what becomes of it."""
        if self._remove_out(taken) and self.adaptive:
            self._limited.append(taken)
        else:
            self._rest_after_response(taken, now)
        self._trips.rate_limited()
        self._start.begin(now, self.timings.window)
        self._rate_limited += 1
        if retry_after is None:
            if taken > self._paused_at:  # the 429s of one volley count once
                self._pauses += 1
            retry_after = growing_pause(self.timings.window, self._pauses)
        self._pause(now + retry_after, now)
        self.report_at = now

    def resume(self, now: float) -> None:
        """End the pause, for all workers."""
        self.paused_until = -math.inf
        self._pauses = 0
        self._resume = True
        self.report_at = now

    def given_up(self, taken: float, now: float) -> None:
        """Take back a permit whose request may still arrive for a little while."""
        self._remove_out(taken)
        self._rest(now + self.timings.window + self.timings.late, now)

    def unsent(self, taken: float, now: float) -> None:
        """Take back a permit whose request was not sent; others may need it. If it has expired, it is nobody's."""
        if self._remove_out(taken):
            self._rest(now + self._lead, now)
            self.report_at = now

    def give_back(self, now: float, keep: int) -> None:
        """Return the ready permits except for ``keep`` of them; all of them if a pause makes them useless."""
        if self.paused_until > now + self.timings.short_pause:
            keep = 0
        while len(self._ready) > keep:
            self._rest(self._ready.pop()[1], now)
            self.report_at = now

    def expire(self, now: float) -> None:
        """Count requests that have been out for longer than any exchange can last as lost."""
        while self._out and (taken := next(iter(self._out))) + self.timings.lease <= now:
            for _ in range(self._out[taken]):
                self.given_up(taken, now)

    def abandon(self, now: float, grain: float = 0.0) -> None:
        """Begin with another clock, which may be ``grain`` seconds behind: requests under way count as given up."""
        self._grain = grain
        self.give_back(now, 0)
        while self._out:
            self.given_up(next(iter(self._out)), now)

    def registers_at(self, waiting: int, now: float) -> float | None:
        """Return the time by which the store has to know how many calls wait; None if it can wait for other news.

        It can while the worker stands in the queue for more than its share of a window: the order of the rest follows
        from fairness, not from arrival.
        """
        calls = min(waiting, self._may_leave(now))
        unknown = calls - len(self._ready) - self.registered
        if unknown > 0 and not self.registered:
            return now
        share = math.ceil(self.room / (1 if self.reply is None else self.reply.rivals + 1)) + _SLACK
        if (unknown > 0 and self.registered < share) or calls < len(self._ready) + self.registered:
            return now + self.timings.gather
        return self._start.until if now < self._start.until and calls < waiting else None

    def next_available_at(self, now: float) -> float | None:
        """Return the time from which a permit here may be used; None if only the store or a response can tell."""
        if not self._ready:
            return None
        at = max(now, self._ready[0][0], self.paused_until)
        return at if self._may_leave(now) > 0 else max(at, self._start.until)

    def next_step_at(self, now: float) -> float:
        """Return the time by which a step is due for the calls in the queue, the permits out and those at rest."""
        time = min(self.come_at, self.report_at)
        if self._out:
            time = min(time, next(iter(self._out)) + self.timings.lease, self.heard_at + self.timings.lease / 3)
        if self.registered and self._resting and self.reply is not None and not self.reply.peers:
            time = min(time, self._resting[0][0] - self.timings.gather)
        return max(now, time)

    def wait_for(self, ahead: int, now: float) -> float:
        """Return the seconds until the caller after ``ahead`` others here gets a permit, as far as is known."""
        window, requests = self.timings.window, self.room
        start = max(now, self.paused_until)
        if self.reply is None:
            return ahead // requests * window + start - now
        ahead -= len(self._ready)
        if ahead < 0:
            return max(self._ready[ahead][0], start) - now
        rounds, place = divmod(ahead + min(self.reply.others, (ahead + 1) * self.reply.rivals), requests)
        first = now + window
        place -= self.reply.free
        if place < 0:
            first = start
        else:
            for after, count in self.reply.returning:
                if place < count:
                    first = self.heard_at + after / 1e6
                    break
                place -= count
        return max(first, start) + rounds * window - now

    def free(self, now: float) -> int:
        """Return the number of permits that are free, pauses apart, as far as is known."""
        requests = self.room
        if self.reply is None:
            return requests
        passed = (now - self.heard_at) * 1e6
        returned = sum(count for after, count in self.reply.returning if after <= passed)
        return max(0, min(requests, self.reply.free + returned + len(self._ready)))

    def matters(self, now: float) -> bool:
        """Whether the store has to know of this worker: of permits it holds or used within the last window."""
        recent = self.timings.window + self.timings.late
        if self.out or self._ready or self._limited or self._flags[3] or now - self.heard_at < recent:
            return True
        return any(time > now for time, _ in (*self._resting, *self._reported))

    def holds(self) -> bool:
        """Whether there is anything to give back, including a place in the queue."""
        unreported = self._resting or self._reported or self._limited or self._flags[3]
        return bool(self.out or self._ready or unreported or self.registered)

    def step(self, worker: str, waiting: int, now: float, server_age: float) -> Step:
        """Return the next step.

        Args:
            worker: the worker's id.
            waiting: calls that wait for a permit.
            now: the time.
            server_age: seconds since the Redis server was started, infinite if that is not known.
        """
        timings, number = self.timings, next(_numbers)
        self.expire(now)
        waiting = int(min(waiting, self._may_leave(now)))
        self.give_back(now, waiting)
        while self._resting and self._resting[0][0] <= now:
            self._resting.popleft()
        if not self._in_transit:
            self._reported = tuple(self._resting)
            self._flags = (self._accepted, self._rate_limited, self._resume, tuple(self._limited))
            self._resting.clear()
            self._limited.clear()
            self._accepted, self._rate_limited, self._resume = 0, 0, False
            self._batch = number
        self._in_transit = True
        self._want = min(max(0, waiting - len(self._ready)), 2 * (timings.quota.requests + _SLACK))
        known = self.reply if now - self.heard_at < timings.remembered or self.holds() else None
        accepted, rate_limited, resume, limited = self._flags
        half = self._trips.credit() / 2 if timings.quota.per <= CREDIT_WINDOW else 0.0
        self._lead = max(self._lead, half)
        self.come_at = math.inf
        self.report_at = now + timings.report_shared if self._resting else math.inf
        return Step(
            worker=worker,
            nonce=f"{worker}.{number}",
            generation=known.generation if known else "",
            version=known.version if known else 0,
            seen=known.now if known else 0,
            since=int((now - self.heard_at) * 1e6) if known else 0,
            number=number,
            batch=self._batch,
            requests=timings.quota.requests,
            window=microseconds(timings.window),
            late=microseconds(timings.late),
            lease=microseconds(timings.lease),
            lead=int(half * 1e6),
            held=self.out + len(self._ready) + len(self._limited) + sum(count for _, count in self._resting),
            want=self._want,
            pause=microseconds(max(0.0, self.paused_until - now)),
            strikes=self._pauses,
            accepted=accepted,
            rate_limited=rate_limited,
            resume=resume,
            young=microseconds(max(0.0, timings.young_server - server_age)),
            limited=tuple(microseconds(now - taken) for taken in limited),
            draw=self._draw(),
            returned=tuple((max(0, microseconds(time - now)), count) for time, count in self._reported),
        )

    def on_reply(self, reply: Reply, now: float) -> None:
        """Apply the reply to the last step."""
        if self.reply is not None and reply.rate_limited > self.reply.rate_limited + self._flags[1]:
            self._trips.rate_limited()
        self._in_transit = False
        self._reported, self._flags = (), (0, 0, False, ())
        self.reply, self.heard_at = reply, now
        self._pauses = reply.strikes
        if reply.paused:
            self._pause(now + reply.paused / 1e6, now)
        elif not self._rate_limited:  # a worker lifted it
            self.paused_until = min(self.paused_until, now)
        granted = 0
        for after, permits in reply.grants:
            usable_from = now + (after / 1e6 * (1 + CLOCK_DRIFT) + self._grain if after else 0.0)
            granted += permits
            for _ in range(permits):
                insort(self._ready, (usable_from, usable_from + self._lead))
        self.registered = self._want - granted
        self.come_at = now + reply.come / 1e6 if reply.come >= 0 else math.inf
        if self._resting or self._limited:
            self.report_at = now
        self._apply_wakeups()

    def on_wakeup(self, wakeup: Wakeup, now: float) -> None:
        """Apply a wakeup; while a reply is expected, that comes first."""
        self._wakeups.append((wakeup, now + wakeup.after / 1e6 * (1 + CLOCK_DRIFT)))
        self._apply_wakeups()

    def _apply_wakeups(self) -> None:
        if self._in_transit or self.reply is None:
            return
        for wakeup, time in self._wakeups:
            if (self.registered or self.paused_until > time) and wakeup.version > self.reply.version:
                self.come_at = time
        self._wakeups.clear()

    def _pause(self, until: float, now: float) -> None:
        if until > self.paused_until:
            self._paused_at, self.paused_until = now, until

    def _may_leave(self, now: float) -> float:
        """Return how many more requests may be under way while the quota is not known."""
        if not self.adaptive or -math.inf < self._start.until <= now:
            return math.inf
        return max(0, self._start.burst - self.out)

    def _remove_out(self, taken: float) -> bool:
        """Remove a request from those out; whether it was there, and did not count as lost already."""
        requests = self._out.get(taken, 0)
        if requests > 1:
            self._out[taken] = requests - 1
        elif requests:
            del self._out[taken]
        self.out -= requests > 0
        return requests > 0

    def _rest_after_response(self, taken: float, now: float) -> None:
        half = 0.0
        if self.quota.per <= CREDIT_WINDOW:
            self._trips.add(now - taken, now)
            half = min(self._trips.credit(), now - taken) / 2
        self._rest(now + self.timings.window + self._grain - half, now)

    def _rest(self, until: float, now: float) -> None:
        """Record when a permit returns, to be reported before long."""
        resting = self._resting
        if len(resting) >= _EXACT:
            grid = self.timings.window / 256
            until = math.ceil(until / grid) * grid
        if resting and resting[-1][0] == until:
            resting[-1] = (until, resting[-1][1] + 1)
        else:
            resting.append((until, 1))
        alone = self.reply is not None and not self.reply.peers
        after = self.timings.report_alone if alone else self.timings.report_shared
        self.report_at = min(self.report_at, now + after)
