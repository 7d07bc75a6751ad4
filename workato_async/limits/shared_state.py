"""The permits of one bucket that processes share: what is kept of it, and every decision, as values.

The rule is that of ``bucket``, for the sum of all workers. A worker is one process; it takes permits, reports what
became of them, and says how many of its calls wait. While several workers have calls that wait, none takes more of a
window than its share, and the one that has used least takes first. Times are seconds of a clock that all workers read.
"""

from __future__ import annotations

import math
from bisect import insort
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from workato_async.limits.bucket import CLOCK_DRIFT, LATE_ARRIVAL, growing_pause
from workato_async.limits.room import Room
from workato_async.limits.slow_start import first_burst

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from workato_async.limits.quota import Quota

OVERSLEPT = 0.25
"""Part of a window by which a waiting worker may come late before the others stop leaving its share to it."""
STEP_BACK = 0.1
"""Seconds by which the clock may seem to go back, since processors disagree a little; more is a reboot."""


class Worker(msgspec.Struct, array_like=True):
    """What one worker holds, and waits for."""

    held: list[float] = []
    """When it took the permits that it holds."""
    waiting: int = 0
    """Calls that wait there."""
    wakes_at: float = -math.inf
    """When it comes again for them."""
    since: float = -math.inf
    """Since when they wait; a permit for one of them begins it anew."""


class SharedState(msgspec.Struct, array_like=True):
    """What is kept of a bucket."""

    seen: float = -math.inf
    """When it was used last."""
    resting: list[tuple[float, str]] = []
    """When permits return, and which worker used them; in order."""
    workers: dict[str, Worker] = {}
    paused_at: float = -math.inf
    paused_until: float = -math.inf
    pauses: int = 0
    room: tuple[float, ...] = ()
    """See ``room.Room.dump``; empty as long as nothing is withheld."""


class SharedPermits:
    """Decisions on the state of one bucket; make one for each transaction.

    Args:
        state: as it was kept; changed in place.
        quota: what may be sent.
        now: the time.
        adaptive: find out how much of the quota is really there.
        draw: gives numbers from 0 to 1 for the jitter of probes.
    """

    def __init__(
        self, state: SharedState, quota: Quota, now: float, *, adaptive: bool, draw: Callable[[], float]
    ) -> None:
        self.state = state
        self._quota = quota
        self.now = now
        self._adaptive = adaptive
        self._window = quota.per * (1 + CLOCK_DRIFT)
        if now < state.seen <= now + STEP_BACK:
            self.now = now = state.seen
        if now < state.seen:  # the machine was started anew, and its clock with it: all permits may just have been used
            state.workers = {}
            state.resting = [(now + self._window, "")] * quota.requests
            state.paused_until = state.paused_at = -math.inf
            state.room = ()
        state.seen = now
        while state.resting and state.resting[0][0] <= now:
            state.resting.pop(0)
        self._room = Room(quota.requests, self._window, draw)
        if state.room:
            self._room.load(state.room)
            self._room.probe(now)
            if self._room.forgettable(now):
                self._room = Room(quota.requests, self._window, draw)
            self._keep_room()

    @property
    def room(self) -> int:
        """Permits in circulation."""
        return self._room.size

    @property
    def free(self) -> int:
        """Permits that nobody holds and that do not rest; pauses apart."""
        held = sum(len(worker.held) for worker in self.state.workers.values())
        return max(0, self._room.size - len(self.state.resting) - held)

    def bury(self, dead: Collection[str], lease: float) -> None:
        """Count what ended workers hold as given up now, and so what any worker has held for longer than ``lease``."""
        for name, worker in list(self.state.workers.items()):
            self._give_up(name, [taken for taken in worker.held if name in dead or taken + lease <= self.now])
            if name in dead:
                worker.waiting = 0
            self._tidy(name)

    def keep_only(self, name: str, held: Collection[float]) -> None:
        """Count as given up whatever a worker seems to hold beyond what it says it holds."""
        beyond = Counter(self._worker(name).held) - Counter(held)
        self._give_up(name, list(beyond.elements()))
        self._tidy(name)

    def add(self, name: str, held: Collection[float], resting: int) -> None:
        """Take over the permits that a worker used, and uses, without asking here."""
        self._worker(name).held += held
        for _ in range(resting):
            self._rest(name, self.now + self._window)
        self._tidy(name)

    def take(self, name: str, wanted: int) -> int:
        """Take permits for calls of a worker.

        Returns:
            How many of them it got. For the others it has to come again, at ``next_available_at``.
        """
        worker = self._worker(name)
        granted = 0
        if self.now >= self.state.paused_until:
            granted = self._within_reach(name, wanted)
        worker.held += [self.now] * granted
        if granted or not worker.waiting:
            worker.since = self.now
        worker.waiting = wanted - granted
        worker.wakes_at = self.next_available_at(name) if worker.waiting else -math.inf
        self._tidy(name)
        return granted

    def rests(self, name: str, taken: float, seconds: float) -> None:
        """Take back a permit that rests for ``seconds`` from now."""
        if self._return(name, taken):
            self._rest(name, self.now + seconds)
        self._tidy(name)

    def accepted(self) -> None:
        """Record that the server accepts requests (again)."""
        self.state.pauses = 0
        self._room.accepted()
        self._keep_room()

    def unsent(self, name: str, taken: float) -> None:
        """Take back a permit whose request was not sent."""
        self._return(name, taken)
        self._tidy(name)

    def rate_limited(self, name: str, taken: float, retry_after: float | None) -> None:
        """Take back a permit whose request was rate limited, and pause; a pause is only ever extended."""
        state, now = self.state, self.now
        if retry_after is None:
            if taken > state.paused_at:  # the 429s of one volley count once
                state.pauses += 1
            retry_after = growing_pause(self._window, state.pauses)
        rest, unused = 1.0, self.free
        known = self._return(name, taken)
        if self._adaptive:
            used = self.room - unused
            _, rest = self._room.rate_limited(taken, unused if used >= first_burst(self._quota.requests) else 0, now)
            self._keep_room()
        if rest and known:
            self._rest(name, now + rest * self._window)
        if now + retry_after > state.paused_until:
            state.paused_at, state.paused_until = now, now + retry_after
        self._tidy(name)

    def resume(self) -> None:
        """End the pause."""
        self.state.paused_until = min(self.state.paused_until, self.now)

    def next_available_at(self, name: str) -> float:
        """Return when a waiting worker has to ask again.

        Nothing can come earlier than half a window from now but what is known: a permit that a worker holds rests for
        a window after its response, which at most a round trip shortens.
        """
        state, now = self.state, self.now
        at = min(now + self._window / 2, self._room.probe_at)
        if state.resting:
            at = min(at, state.resting[0][0])
        if self._within_reach(name, 1) > 0:
            at = now
        return max(at, state.paused_until)

    def wait_for(self, ahead: int) -> float:
        """Return the seconds until the caller after ``ahead`` others gets a permit, as far as can be told now."""
        rounds, place = divmod(ahead, self.room)
        start = max(self.now, self.state.paused_until)
        place -= self.free
        if place < 0:
            first = start
        elif place < len(self.state.resting):
            first = max(start, self.state.resting[place][0])
        else:
            first = max(start, self.now + self._window)
        return first + rounds * self._window - self.now

    def _within_reach(self, name: str, wanted: int) -> int:
        """Return how many permits a worker can have now, others being in need of them.

        Free permits are left to workers that are about to ask and come first: those that have used less of the window
        and, among equals, those that have waited longer.
        """
        now, free, workers = self.now, self.free, self.state.workers
        late = now - OVERSLEPT * self._quota.per
        rivals = [key for key, other in workers.items() if key != name and other.waiting and other.wakes_at >= late]
        if not rivals or free <= 0:
            return min(wanted, free)
        used = Counter(user for _, user in self.state.resting)
        used.update({key: len(worker.held) for key, worker in workers.items()})
        due = [(used[key], workers[key].since, workers[key].waiting) for key in rivals if workers[key].wakes_at <= now]
        own = workers.get(name)
        since = own.since if own is not None and own.waiting else now
        most = min(wanted, math.ceil(self.room / (len(rivals) + 1)) - used[name])
        granted = 0
        while granted < most:
            level = used[name] + granted
            if free - granted <= sum(min(n, max(0, level - theirs + (first < since))) for theirs, first, n in due):
                break
            granted, since = granted + 1, now
        return granted

    def _worker(self, name: str) -> Worker:
        return self.state.workers.setdefault(name, Worker())

    def _return(self, name: str, taken: float) -> bool:
        held = self._worker(name).held
        if taken not in held:  # it was counted as given up
            return False
        held.remove(taken)
        return True

    def _give_up(self, name: str, lost: Collection[float]) -> None:
        for taken in lost:
            self._return(name, taken)
            self._rest(name, self.now + self._window + min(LATE_ARRIVAL, self._quota.per))

    def _rest(self, name: str, until: float) -> None:
        insort(self.state.resting, (until, name))

    def _keep_room(self) -> None:
        self.state.room = () if self._room.forgettable(self.now) else self._room.dump()

    def _tidy(self, name: str) -> None:
        worker = self.state.workers.get(name)
        if worker is not None and not worker.held and not worker.waiting:
            del self.state.workers[name]
