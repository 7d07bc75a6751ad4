"""What one worker holds of a shared bucket, and what it knows of the rest: values only, no clock, no await.

A token is granted by a step, *ready* until a call uses it, *out* while its request is under way, and *resting* from
then on: known here first, reported in one of the next steps. The worker's word about what it holds is what counts, so a
step whose answer is lost does no harm: what was granted in it and never heard of is free again with the next one.
"""

from __future__ import annotations

import math
from bisect import insort
from collections import deque
from typing import TYPE_CHECKING

from workato_async.limits.bucket import CLOCK_DRIFT, CREDIT_WINDOW, FIRST_PAUSE
from workato_async.limits.redis.protocol import ALL, MOST, Answer, Call, Step, microseconds
from workato_async.limits.round_trips import RoundTrips

if TYPE_CHECKING:
    from workato_async.limits.redis.timings import Timings

_EXACT = 32
"""Returns that are reported one by one; further ones are rounded up to a 256th of the window together."""
_SLACK = 4
"""Tokens that first come, first served may get a worker ahead of others before fairness stops it, or more."""


class HeldPermits:
    """One worker's tokens of one bucket. Times are seconds of the worker's clock.

    Args:
        terms: of the bucket.

    Attributes:
        answer: what was heard last.
        heard_at: when that was.
        out: requests under way.
        registered: calls for which the worker stands in the line.
        come_at: when to ask again for them.
        report_at: when to report returns.
        paused_until: when the pause ends.
    """

    __slots__ = (
        "_accepted",
        "_batch",
        "_calls",
        "_expired",
        "_flags",
        "_generation",
        "_in_transit",
        "_lead",
        "_linked",
        "_out",
        "_paused_at",
        "_pauses",
        "_ready",
        "_received",
        "_refused",
        "_reported",
        "_resting",
        "_trips",
        "_turn",
        "_want",
        "answer",
        "come_at",
        "heard_at",
        "out",
        "paused_until",
        "registered",
        "report_at",
        "terms",
    )

    def __init__(self, terms: Timings) -> None:
        self.terms = terms
        self.answer: Answer | None = None
        self.heard_at = -math.inf
        self.out = 0
        self.registered = 0
        self.come_at: float | None = None
        self.report_at: float | None = None
        self.paused_until = -math.inf
        self._ready: list[tuple[float, float]] = []
        self._out: dict[float, int] = {}
        self._expired = 0
        self._resting: deque[tuple[float, int]] = deque()
        self._trips = RoundTrips(0.9 * terms.quota.per)
        self._lead = 0.0
        self._paused_at = -math.inf
        self._pauses = self._refused = 0
        self._accepted = False
        self._turn = self._batch = self._want = 0
        self._reported: tuple[tuple[float, int], ...] = ()
        self._flags = (False, 0)
        self._in_transit = False
        self._linked = False
        self._received = 0
        self._calls: list[tuple[Call, float]] = []

    # Tokens

    @property
    def ready(self) -> int:
        """Count the tokens that no call uses yet."""
        return len(self._ready)

    def take(self, now: float) -> bool:
        """Take a token if one may be used now."""
        ready = self._ready
        if not ready or ready[0][0] > now or now < self.paused_until:
            return False
        moment, rested = ready.pop(0)
        if now - moment > self.terms.lease / 2:  # held up for so long that others may have counted it as lost
            self._book(rested, now)
            return self.take(now)
        self.took(now)
        return True

    def took(self, now: float) -> None:
        """Book a request that leaves."""
        self._out[now] = self._out.get(now, 0) + 1
        self.out += 1

    def answered(self, taken: float, now: float) -> None:
        """Book an answer: the token rests for a window from now, less half of the credit."""
        self._back(taken)
        half = 0.0
        if self.terms.quota.per <= CREDIT_WINDOW:
            self._trips.add(now - taken, now)
            half = min(self._trips.credit(), now - taken) / 2
        self._book(now + self.terms.window - half, now)

    def accepted(self) -> None:
        """Book that the server accepts requests (again)."""
        self._accepted = True
        self._pauses = 0

    def refused(self, taken: float, retry_after: float | None, now: float) -> float:
        """Book a 429; give the seconds until the pause ends."""
        self.answered(taken, now)
        self._trips.refused()
        self._refused += 1
        if retry_after is None:
            if taken >= self._paused_at:  # the refusals of one volley count once
                self._pauses += 1
            longest = self.terms.window
            retry_after = float(min(longest, longest * FIRST_PAUSE * 2 ** (max(1, self._pauses) - 1)))
        self._pause(now + retry_after, now)
        self.report_at = now
        return self.paused_until - now

    def lost(self, now: float) -> None:
        """Book a request given up: it may still arrive for a little while."""
        self._back(next(iter(self._out), now))
        self._book(now + self.terms.window + self.terms.late, now)

    def unsent(self, now: float, *, again: bool) -> None:
        """Book a token that was taken for nothing; keep it for the next caller here, or give it back."""
        self._back(next(reversed(self._out), now))
        if again:
            self._ready.insert(0, (now, now + self._lead))
        else:
            self._book(now + self._lead, now)
            self.report_at = now

    def give_back(self, now: float, keep: int) -> None:
        """Give back tokens that no call uses, but for so many; all of them if a pause makes them useless."""
        if self.paused_until > now + self.terms.held_up:
            keep = 0
        while len(self._ready) > keep:
            self._book(self._ready.pop()[1], now)
            self.report_at = now

    def expire(self, now: float) -> None:
        """Count requests that have been out for longer than any exchange can last as lost."""
        while self._out and (taken := next(iter(self._out))) + self.terms.lease <= now:
            count = self._out.pop(taken)
            self.out -= count
            self._expired += count
            for _ in range(count):
                self._book(now + self.terms.window + self.terms.late, now)

    def abandon(self, now: float) -> None:
        """Give everything back; requests under way count as lost."""
        self.give_back(now, 0)
        while self.out:
            self.lost(now)

    # Moments

    def registers_at(self, waiting: int, now: float) -> float | None:
        """Give the moment by which the store has to know how many calls wait; None if it can wait for other news.

        It can while the worker stands in the line for more than its share of a window: the order of the rest is not
        that of their coming anyway, but made by fairness.
        """
        unknown = waiting - len(self._ready) - self.registered
        if unknown > 0 and not self.registered:
            return now
        requests = self.terms.quota.requests
        share = (requests if self.answer is None else math.ceil(requests / (self.answer.rivals + 1))) + _SLACK
        if (unknown > 0 and self.registered < share) or waiting < len(self._ready) + self.registered:
            return now + self.terms.gather
        return None

    def next_use(self, now: float) -> float | None:
        """Give the moment at which a token here may be used."""
        return max(now, self._ready[0][0], self.paused_until) if self._ready else None

    def next_step(self, now: float) -> float | None:
        """Give the moment by which a step is due, as far as the callers in the line, the tokens out and at rest go."""
        moments = [moment for moment in (self.come_at, self.report_at) if moment is not None]
        if self._out:
            expiry = next(iter(self._out)) + self.terms.lease
            moments.append(min(expiry, self.heard_at + self.terms.lease / 3))
        if self.registered and self._resting and self.answer is not None and not self.answer.peers:
            moments.append(self._resting[0][0] - self.terms.gather)
        return max(now, min(moments)) if moments else None

    def wait_for(self, ahead: int, now: float) -> float:
        """Give the seconds until the caller after ``ahead`` others here gets a token, as far as can be told."""
        window, requests = self.terms.window, self.terms.quota.requests
        start = max(now, self.paused_until)
        if self.answer is None:
            return ahead // requests * window + start - now
        ahead -= len(self._ready)
        if ahead < 0:
            return max(self._ready[ahead][0], start) - now
        rounds, place = divmod(ahead + min(self.answer.others, (ahead + 1) * self.answer.rivals), requests)
        first = now + window
        place -= self.answer.free
        if place < 0:
            first = start
        else:
            for after, count in self.answer.resting:
                if place < count:
                    first = self.heard_at + after / 1e6
                    break
                place -= count
        return max(first, start) + rounds * window - now

    def free(self, now: float) -> int:
        """Count the tokens that can be had, as far as was heard."""
        requests = self.terms.quota.requests
        if self.answer is None:
            return requests
        passed = (now - self.heard_at) * 1e6
        returned = sum(count for after, count in self.answer.resting if after <= passed)
        return max(0, min(requests, self.answer.free + returned + len(self._ready)))

    # Talk

    def concerns(self, now: float) -> bool:
        """Tell whether the store has to know of this worker: of tokens it holds or used within the last window."""
        if self.out or self._ready or now - self.heard_at < self.terms.window + self.terms.late:
            return True
        return any(moment > now for moment, _ in (*self._resting, *self._reported))

    def holds(self) -> bool:
        """Tell whether there is anything to give back, a place in the line included."""
        return bool(self.out or self._ready or self._resting or self._reported or self.registered)

    def step(self, worker: str, waiting: int, now: float, server_age: float) -> Step:
        """Say what there is to say.

        Args:
            worker: the worker's id.
            waiting: calls that wait for a token.
            now: the time.
            server_age: seconds since the Redis server was started.
        """
        terms = self.terms
        self.expire(now)
        self.give_back(now, waiting)
        while self._resting and self._resting[0][0] <= now:
            self._resting.popleft()
        if not self._in_transit:
            self._reported, self._flags = tuple(self._resting), (self._accepted, self._refused)
            self._resting.clear()
            self._accepted, self._refused = False, 0
            self._batch += 1
        self._in_transit = True
        self._turn += 1
        self._want = min(max(0, waiting - len(self._ready)), 2 * (terms.quota.requests + _SLACK))
        known = self.answer if now - self.heard_at < terms.remembered or self.holds() else None
        accepted, refused = self._flags
        half = self._trips.credit() / 2 if terms.quota.per <= CREDIT_WINDOW else 0.0
        self._lead = max(self._lead, half)
        self.come_at = None
        self.report_at = now + terms.prompt if self._resting else None
        return Step(
            worker=worker,
            nonce=f"{worker}.{self._turn}",
            generation=known.generation if known else "",
            version=known.version if known else 0,
            seen=known.now if known else 0,
            since=int((now - self.heard_at) * 1e6) if known else 0,
            turn=self._turn,
            batch=self._batch,
            requests=terms.quota.requests,
            window=microseconds(terms.window),
            late=microseconds(terms.late),
            lease=microseconds(terms.lease),
            lead=int(half * 1e6),
            held=self.out + len(self._ready) + sum(count for _, count in self._resting),
            want=self._want,
            received=self._received if self._linked else ALL,
            pause=microseconds(min(max(0.0, self.paused_until - now), MOST)),
            strikes=self._pauses,
            accepted=accepted,
            refused=refused,
            young=max(0, microseconds(terms.young - server_age)),
            reports=tuple((max(0, microseconds(moment - now)), count) for moment, count in self._reported),
        )

    def heard(self, answer: Answer, now: float) -> None:
        """Take in the answer to the last step."""
        if self.answer is not None and answer.refusals > self.answer.refusals + self._flags[1]:
            self._trips.refused()
        self._in_transit = False
        self._reported = ()
        if not self._linked:  # whatever was sent before this answer is free again
            self._linked, self._received = True, answer.version
        self.answer, self.heard_at = answer, now
        self._pauses = answer.strikes
        if answer.paused:
            self._pause(now + answer.paused / 1e6, now)
        granted = 0
        for after, count in answer.grants:
            moment = now + after / 1e6 * (1 + CLOCK_DRIFT)
            granted += count
            for _ in range(count):
                insort(self._ready, (moment, moment + self._lead))
        self.registered = self._want - granted
        self.come_at = now + answer.come / 1e6 if answer.come >= 0 else None
        if self._resting:
            self.report_at = now
        self._heed(now)

    def called(self, call: Call, now: float) -> None:
        """Take in a call; while an answer is expected, that comes first."""
        self._calls.append((call, now + call.after / 1e6 * (1 + CLOCK_DRIFT)))
        self._heed(now)

    def relinked(self) -> None:
        """Take into account that nothing sent before the next step is going to be received."""
        self._linked = False
        self._calls.clear()

    def _heed(self, now: float) -> None:
        if self._in_transit or not self._linked or self.answer is None:
            return
        for call, moment in self._calls:
            if call.tokens and call.version > self._received:
                self._received = call.version
                self.registered = max(0, self.registered - call.tokens)
                self.come_at = moment + self.terms.window if self.registered else None
                age = now - self.heard_at - (call.sent - self.answer.now) / 1e6
                if age > self.terms.lease / 2:  # heard so late that others may have counted this worker as dead
                    self._book(moment + self._lead, now)
                else:
                    insort(self._ready, (moment, moment + self._lead))
            elif not call.tokens and self.registered and call.version > self.answer.version:
                self.come_at = moment
        self._calls.clear()

    def _pause(self, until: float, now: float) -> None:
        if until > self.paused_until:
            self._paused_at, self.paused_until = now, until

    def _back(self, taken: float) -> None:
        """Take a request off the list of those out; if it is not on it, it has expired, or was taken for another."""
        if taken not in self._out:
            if self._expired or not self._out:
                self._expired = max(0, self._expired - 1)
                return
            taken = next(iter(self._out))
        self.out -= 1
        if self._out[taken] > 1:
            self._out[taken] -= 1
        else:
            del self._out[taken]

    def _book(self, moment: float, now: float) -> None:
        """Note when a token is usable again, to be reported before long."""
        resting = self._resting
        if len(resting) >= _EXACT:
            grid = self.terms.window / 256
            moment = math.ceil(moment / grid) * grid
        if resting and resting[-1][0] == moment:
            resting[-1] = (moment, resting[-1][1] + 1)
        else:
            resting.append((moment, 1))
        alone = self.answer is not None and not self.answer.peers
        after = self.terms.alone if alone else self.terms.prompt
        self.report_at = now + after if self.report_at is None else min(self.report_at, now + after)
