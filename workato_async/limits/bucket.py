"""The permits of one endpoint, in this process.

**The problem.** A server allows N requests in any T seconds and rejects the next one. It counts a request when it
*arrives*; the client knows when it sent it and when the response came, and the arrival lies somewhere between the two.

**Why not a classic token bucket.** Capacity N and a refill of N/T a second lets N go at once and N more while the
first T seconds pass: almost 2N in one window. A capacity of one, or evenly spaced calls, is safe only while the network
delays every request alike: two calls sent a second apart arrive half a second apart when the first was held up.

**Why not T after sending.** Departures N per T seconds are not arrivals N per T seconds, for the same reason: a late
request arrives together with the ones that were sent a window later.

**The rule.** The bucket holds N permits, all there at the start. A request takes one before it leaves, and the permit
comes back T seconds after its *response* came. The arrival lies before the response, and the next request to use the
permit arrives after taking it; so the two arrivals that one permit stands for are always more than T apart, whatever
the network does in between. N permits: never more than N arrivals in any T seconds, be the server's window sliding,
fixed, or a bucket of its own. Where no response came (connection lost, timeout, cancelled in flight), the request may
still arrive: its permit comes back T and a little more after it was given up. Where nothing was sent, at once.

The one assumption is that the clocks of both sides run equally fast; ``CLOCK_DRIFT`` allows for quartz.

**The price, and the credit.** A permit rests for T plus one round trip, which is nothing on a minute and 17 % on a
second with responses after 200 ms. What was measured can be given back: a request needs at least the shortest way
there, and its response at least the shortest way back, so T minus the shortest round trip is still enough. The shortest
one *seen* is not quite the shortest there *is*; how far off it may be is estimated from the spread and the number of
the responses seen, and only what remains, after at least 32 windows with responses, on windows up to ``CREDIT_WINDOW``
seconds, is given back. A 429 takes the credit away and doubles what must be seen before it is earned again.

**What is really there.** N is what the documentation allows; how much of it the server has left for this client is
found out: see ``room`` and ``slow_start``.

The core (``Permits``) is values only: no clock, no await. ``waiting.WaitingBucket`` is the asyncio skin
around it.
"""

from __future__ import annotations

import math
from bisect import insort
from collections import deque
from typing import TYPE_CHECKING

from workato_async.limits import forks
from workato_async.limits.room import Room, random_draw
from workato_async.limits.round_trips import RoundTrips
from workato_async.limits.slow_start import SlowStart, first_burst
from workato_async.limits.waiting import WaitingBucket

if TYPE_CHECKING:
    from collections.abc import Callable

    from workato_async.limits.quota import Quota

CLOCK_DRIFT = 1e-4
"""Part of a window added to it, because two clocks never run equally fast (100 millionths)."""
LATE_ARRIVAL = 1.0
"""Seconds (at most one window) that a request given up may still be on its way."""
CREDIT_WINDOW = 10.0
"""Longest window, in seconds, on which a credit is worth its risk."""
SHORT = 32
"""Permits at rest up to which a list keeps them, not a deque, which takes 760 bytes even if it holds one."""
FIRST_PAUSE = 1 / 16
"""Part of the window for the first pause after a 429 that names no time; it doubles up to the whole window."""


def growing_pause(window: float, volleys: int) -> float:
    """Return the seconds to pause after a number of volleys of 429s in a row that name no time, at most one window."""
    return min(window, window * FIRST_PAUSE * 2.0 ** (max(1, volleys) - 1))


class Permits:
    """The core: N permits, the times at which the taken ones return, and a pause. Times are seconds of any clock.

    Args:
        quota: what may be sent.
        adaptive: find out how much of the quota is really there; False always uses all of it.
        draw: gives numbers from 0 to 1 for the jitter of probes.

    Attributes:
        in_flight: requests under way.
        paused_until: when the pause after a 429 ends.
    """

    # A process may have a hundred thousand of these, most of them idle: what only some need is made when they need it.
    __slots__ = (
        "_adaptive",
        "_draw",
        "_free",
        "_grain",
        "_paused_at",
        "_pauses",
        "_returns",
        "_room",
        "_start",
        "_trips",
        "_window",
        "in_flight",
        "paused_until",
        "quota",
    )

    def __init__(self, quota: Quota, *, adaptive: bool = True, draw: Callable[[], float] = random_draw) -> None:
        self.quota = quota
        self.in_flight = 0
        self.paused_until = -math.inf
        self._adaptive = adaptive
        self._draw = draw
        self._free = quota.requests
        self._grain = 0.0
        self._paused_at = -math.inf
        self._pauses = 0
        self._returns: list[float] | deque[float] | None = None
        self._room: Room | None = None
        self._start: SlowStart | None = None
        self._trips: RoundTrips | None = None
        self._window = quota.per * (1 + CLOCK_DRIFT)

    @property
    def room(self) -> int:
        """Permits in circulation."""
        return self.quota.requests if self._room is None else self._room.size

    def idle(self, now: float) -> bool:
        """Whether a new core would behave like this one: nothing is out, at rest, paused or withheld."""
        return self.free(now) == self.quota.requests and self._room is None and self.paused_until <= now

    def free(self, now: float) -> int:
        """Return the number of permits that can be taken now, pauses apart."""
        self._collect(now)
        return self._free

    def take(self, now: float) -> bool:
        """Take a permit; return False if there is none, or during a pause."""
        if (self._returns and self._returns[0] <= now) or (self._room is not None and self._room.probe_at <= now):
            self._collect(now)
        if self._free <= 0 or now < self.paused_until:
            return False
        start = self._start
        if start is None and self._adaptive:
            start = self._start = SlowStart(self.quota.requests)
            start.begin(now, self._window)
        if start is not None and now < start.until and not start.allows(self.in_flight):
            return False
        self._free -= 1
        self.in_flight += 1
        return True

    def responded(self, taken: float, now: float) -> None:
        """Take back a permit whose request was responded to: it rests for a window from now, less the credit."""
        self._pauses = 0
        if self._room is not None:
            self._room.accepted()
        if self._start is not None and now < self._start.until:
            self._start.accepted()
        self._rest(taken, now)

    def given_up(self, taken: float, now: float) -> None:
        """Take back a permit whose request may still arrive for a little while."""
        self.in_flight -= 1
        self._return(now + self._window + self._grain + min(LATE_ARRIVAL, self.quota.per))

    def unsent(self, taken: float, now: float) -> None:
        """Take back a permit whose request was not sent."""
        self.in_flight -= 1
        self._free += 1

    def rate_limited(self, taken: float, retry_after: float | None, now: float) -> None:
        """Take back a permit whose request was rate limited, and pause; a pause is only ever extended.

        Without ``retry_after`` pauses grow with every volley of 429s.
        """
        if retry_after is None:
            if taken > self._paused_at:  # the 429s of one volley count once
                self._pauses += 1
            retry_after = growing_pause(self._window, self._pauses)
        self._give_back_rate_limited(taken, now)
        self._round_trips().rate_limited()
        if now + retry_after > self.paused_until:
            self._paused_at, self.paused_until = now, now + retry_after

    def resume(self, now: float) -> None:
        """End the pause."""
        self.paused_until = min(self.paused_until, now)

    def next_available_at(self, now: float) -> float | None:
        """Return when the next permit can be taken; None if only a response can tell."""
        start = self._start
        held_back = start is not None and now < start.until and not start.allows(self.in_flight)
        if self._free > 0 and not held_back:
            return max(now, self.paused_until)
        at = start.until if held_back and start is not None else math.inf
        if not held_back and self._returns:
            at = self._returns[0]
        if not held_back and self._room is not None:
            at = min(at, self._room.probe_at)
        return None if at == math.inf else max(at, self.paused_until)

    def wait_for(self, ahead: int, now: float) -> float:
        """Return the seconds until the caller after ``ahead`` others gets a permit, as far as can be told now.

        This assumes that requests in flight get their responses now, and that withheld permits stay withheld.
        """
        self._collect(now)
        rounds, place = divmod(ahead, self.room)
        start = max(now, self.paused_until)
        place -= self._free
        if place < 0:
            first = start
        elif self._returns and place < len(self._returns):
            first = max(start, self._returns[place])
        else:
            first = max(start, now + self._window)
        return first + rounds * self._window - now

    def abandon(self, now: float, grain: float = 0.0) -> None:
        """Begin with another clock: every request under way counts as given up.

        Args:
            now: the time.
            grain: seconds by which the clock may be behind.
        """
        self._grain = grain
        # A clock that shows an earlier time than the last one must keep nothing for longer than it would have been.
        latest = now + self._window + grain + min(LATE_ARRIVAL, self.quota.per)
        if self._returns:
            self._returns = [min(at, latest) for at in self._returns]
        if now < self._paused_at:
            self.paused_until -= self._paused_at - now
            self._paused_at = now
        if self._start is not None and self._start.until > now + self._window:
            self._start.begin(now, self._window)
        if self._room is not None:
            self._room.rebase(now)
        while self.in_flight:
            self.given_up(now, now)

    def _rest(self, taken: float, now: float) -> None:
        self.in_flight -= 1
        credit = 0.0
        if self.quota.per <= CREDIT_WINDOW:
            trips = self._trips or self._round_trips()
            trips.add(now - taken, now)
            credit = trips.credit()
        self._return(now + self._window + self._grain - credit)

    def _round_trips(self) -> RoundTrips:
        if self._trips is None:
            self._trips = RoundTrips(0.9 * self.quota.per)
        return self._trips

    def _give_back_rate_limited(self, taken: float, now: float) -> None:
        if not self._adaptive:
            self._rest(taken, now)
            return
        self._collect(now)
        if self._room is None:
            self._room = Room(self.quota.requests, self._window, self._draw)
        used = self.in_flight + len(self._returns or ())
        unused = self._free if used >= first_burst(self.quota.requests) else 0
        withheld, rest = self._room.rate_limited(taken, unused, now)
        self._free -= withheld
        self.in_flight -= 1
        if rest:
            self._return(now + self._grain + rest * self._window)
        if self._start is not None:
            self._start.begin(now, self._window)

    def _collect(self, now: float) -> None:
        """Take back the permits that have returned by now, and those that a probe brings back."""
        returns = self._returns
        while returns and returns[0] <= now:
            del returns[0]
            self._free += 1
        room = self._room
        if room is not None:
            self._free += room.probe(now)
            if room.forgettable(now):
                self._room = None

    def _return(self, at: float) -> None:
        returns = self._returns
        if returns is None:
            returns = self._returns = []
        elif type(returns) is list and len(returns) >= SHORT:
            returns = self._returns = deque(returns)
        if not returns or at >= returns[-1]:
            returns.append(at)
        else:
            insort(returns, at)


class TokenBucket(WaitingBucket):
    """The permits of one endpoint in this process.

    Args:
        quota: what may be sent.
        key: the endpoint's key, for errors, log and repr.
        adaptive: find out how much of the quota is really there.
    """

    __slots__ = ()

    def __init__(self, quota: Quota, *, key: str = "", adaptive: bool = True) -> None:
        super().__init__(Permits(quota, adaptive=adaptive), key=key)

    def _forked(self) -> None:
        forks.warn("was forked from a process that uses the same limiter")
