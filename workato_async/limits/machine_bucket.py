"""The bucket of a MachineStore: the waiting skin over permits that are kept in a file."""

from __future__ import annotations

import contextlib
import itertools
import math
import os
from typing import TYPE_CHECKING, Protocol

from workato_async.errors import QuotaStoreError
from workato_async.events import logger
from workato_async.limits.bucket import CLOCK_DRIFT, CREDIT_WINDOW, LATE_ARRIVAL, Permits
from workato_async.limits.processes import process_name
from workato_async.limits.round_trips import RoundTrips
from workato_async.limits.shared_state import SharedPermits
from workato_async.limits.slow_start import SlowStart
from workato_async.limits.waiting import WaitingBucket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from workato_async.limits.permit import Permit
    from workato_async.limits.quota import Quota
    from workato_async.limits.quota_file import QuotaFile

RETRY_AFTER = 60.0
"""Seconds after which a file that could not be used is tried again."""
BURY_EVERY = 1.0
"""Seconds between checks for processes that have ended, while calls wait for permits that those may hold."""

_numbers = itertools.count(1)


class Store(Protocol):
    """What buckets need of ``machine.MachineStore``."""

    file: QuotaFile
    lease: float
    local_share: float | None
    clock: Callable[[], float]
    lives: Callable[[str], bool]
    draw: Callable[[], float]


class MachineBucket(WaitingBucket):
    """The permits of one endpoint of one account, shared through a file."""

    __slots__ = ("_shared",)

    def __init__(self, source: MachineSource) -> None:
        self._shared = source
        super().__init__(source, key=source.key)

    def _issue(self, now: float) -> Permit:
        permit = super()._issue(now)
        permit.use_by = now + self._shared.lease / 2  # a process may be stopped, and go on when others have the permit
        return permit

    def _serve(self) -> None:
        self._shared.batch = self._queue.waiting  # one transaction for all that wait
        try:
            super()._serve()
        except QuotaStoreError as error:
            text = str(error)
            self._fail_all(lambda: QuotaStoreError(text, endpoint=self.key))
        finally:
            self._shared.batch = None
            self._shared.hand_back()


class MachineSource:
    """One process's view of a shared bucket: what it does is a transaction, what it shows is as last seen.

    Inside, all times are those of the store's clock.

    Attributes:
        key: the endpoint's key, for errors.
        batch: permits to ask for in one transaction, and then no more; None for one at a time.
    """

    __slots__ = (
        "_adaptive",
        "_alone_until",
        "_buried_at",
        "_free",
        "_local",
        "_name",
        "_next_at",
        "_out",
        "_owner",
        "_paused_until",
        "_ready",
        "_room",
        "_shift",
        "_start",
        "_store",
        "_trips",
        "_unsettled",
        "_used_at",
        "_window",
        "_worker",
        "batch",
        "key",
        "quota",
    )

    def __init__(self, store: Store, quota: Quota, name: str, key: str, *, adaptive: bool) -> None:
        self.batch: int | None = None
        self.key = key
        self.quota = quota
        self._adaptive = adaptive
        self._alone_until = -math.inf
        self._buried_at = -math.inf
        self._free = self._room = quota.requests
        self._local: Permits | None = None
        self._name = name
        self._next_at = -math.inf
        self._out: dict[float, list[tuple[float, Permits | None]]] = {}
        """By the loop's time at which they were taken, the store's time, and the local share for one of that."""
        self._paused_until = -math.inf
        self._ready: list[float] = []
        self._shift = math.inf
        self._start = SlowStart(quota.requests)
        self._store = store
        self._trips = RoundTrips(0.9 * quota.per)
        self._unsettled = False
        self._used_at = -math.inf
        self._window = quota.per * (1 + CLOCK_DRIFT)
        self._join()

    @property
    def lease(self) -> float:
        """Seconds after which a permit that is out counts as given up."""
        return self._store.lease

    @property
    def paused_until(self) -> float:
        """When the pause after a 429 ends."""
        return (self._paused_until if self._local is None else self._local.paused_until) - self._shift

    @property
    def room(self) -> int:
        """Permits in circulation."""
        return self._room if self._local is None else self._local.room

    def idle(self, now: float) -> bool:
        """Whether a new core would behave like this one: what matters is in the file."""
        return not self._out and self._local is None

    def free(self, now: float) -> int:
        """Return the number of permits that could be taken when the file was used last."""
        return self._free if self._local is None else self._local.free(self._time(now))

    def take(self, now: float) -> bool:
        """Take a permit; return False if there is none.

        Raises:
            QuotaStoreError: if the file cannot be used.
        """
        at = self._time(now)
        if self._ready or self._fetch(at):
            self._out.setdefault(now, []).append((self._ready.pop(), None))
        elif self._local is not None and self._local.take(at):
            self._out.setdefault(now, []).append((at, self._local))
        else:
            return False
        return True

    def hand_back(self) -> None:
        """Return permits that were taken for calls that have left."""
        ready, self._ready = self._ready, []
        if ready:

            def give_back(permits: SharedPermits) -> None:
                for at in ready:
                    permits.unsent(self._worker, at)

            self._report(give_back)

    def responded(self, taken: float, now: float) -> None:
        """Take back a permit whose request was responded to: it rests for a window, less the credit."""

        def settle(permits: SharedPermits, at: float, time: float) -> None:
            if time < self._start.until:
                self._start.accepted()
            credit = 0.0
            if self.quota.per <= CREDIT_WINDOW:
                self._trips.add(time - at, time)
                credit = self._trips.credit()
            permits.accepted()
            permits.rests(self._worker, at, self._window - credit)

        self._settle(taken, now, settle, Permits.responded)

    def given_up(self, taken: float, now: float) -> None:
        """Take back a permit whose request may still arrive for a little while."""
        rest = self._window + min(LATE_ARRIVAL, self.quota.per)
        self._settle(taken, now, lambda permits, at, _: permits.rests(self._worker, at, rest), Permits.given_up)

    def unsent(self, taken: float, now: float) -> None:
        """Take back a permit whose request was not sent."""
        self._settle(taken, now, lambda permits, at, _: permits.unsent(self._worker, at), Permits.unsent)

    def rate_limited(self, taken: float, retry_after: float | None, now: float) -> None:
        """Take back a permit whose request was rate limited, and pause all processes."""

        def settle(permits: SharedPermits, at: float, time: float) -> None:
            self._trips.rate_limited()
            self._start.begin(time, self._window)
            permits.rate_limited(self._worker, at, retry_after)
            self._see(permits)

        self._settle(taken, now, settle, lambda local, at, time: local.rate_limited(at, retry_after, time))

    def next_available_at(self, now: float) -> float | None:
        """Return when to ask again; None if only a response can tell."""
        time = self._time(now)
        if self._local is not None:
            at = self._local.next_available_at(time)
            return None if at is None else at - self._shift
        at = self._next_at if self._may_leave(time) > 0 else self._start.until
        return max(at, self._paused_until) - self._shift

    def wait_for(self, ahead: int, now: float) -> float:
        """Return the seconds until the caller after ``ahead`` others gets a permit, as far as can be told now."""
        if self._local is not None:
            return self._local.wait_for(ahead, self._time(now))
        with contextlib.suppress(QuotaStoreError), self._permits() as permits:
            return permits.wait_for(ahead)
        return 0.0

    def resume(self, now: float) -> None:
        """End the pause, for all processes."""
        time = self._time(now)
        self._paused_until = min(self._paused_until, time)
        if self._local is not None:
            self._local.resume(time)
        with contextlib.suppress(QuotaStoreError), self._permits() as permits:
            permits.resume()

    def abandon(self, now: float, grain: float) -> None:
        """Count every request under way as given up; in a forked child they belong to its parent."""
        if self._local is not None:
            self._local.abandon(self._store.clock())
        held, self._out, self._ready, self._shift = bool(self._out or self._ready), {}, [], math.inf
        if self._owner != os.getpid():
            self._join()
        elif held:
            self._report(lambda permits: permits.keep_only(self._worker, ()))

    def _join(self) -> None:
        """Become a worker of the file's: each process, and each limiter in it, is one."""
        self._owner = os.getpid()
        self._worker = f"{process_name()}:{next(_numbers)}"
        self._unsettled = False

    def _time(self, now: float) -> float:
        """Return the store's time. The loop's clock may be behind, never ahead of what it shows: see ``_shift``."""
        time = self._store.clock()
        self._shift = min(self._shift, time - now)
        return time

    def _may_leave(self, time: float) -> int:
        """Return how many more requests may be under way while the quota is not known."""
        if not self._adaptive or -math.inf < self._start.until <= time:
            return self.quota.requests
        return self._start.burst - sum(len(out) for out in self._out.values())

    def _fetch(self, time: float) -> bool:
        """Get permits from the file, unless it cannot be used and the local share goes on.

        Raises:
            QuotaStoreError: if the file cannot be used, and there is no local share.
        """
        if self._local is not None and time < self._alone_until:
            return False
        wanted = min(1 if self.batch is None else self.batch, self._may_leave(time))
        if self.batch is not None:
            self.batch = 0
        if wanted <= 0:
            return False
        try:
            with self._permits() as permits:
                self._catch_up(permits)
                granted = permits.take(self._worker, wanted)
                if granted < wanted and time >= self._buried_at + BURY_EVERY:
                    self._buried_at = time
                    permits.bury(
                        [name for name in permits.state.workers if not self._store.lives(name)], self._store.lease
                    )
                    granted += permits.take(self._worker, wanted - granted)
                self._ready = [permits.now] * granted
                self._see(permits)
        except QuotaStoreError as error:
            self._ready = []
            self._go_on_alone(error, time)
            return False
        if self._local is not None:
            self._local = None
            self._out = {taken: [(at, None) for at, _ in out] for taken, out in self._out.items()}
        self._unsettled = False
        if granted:
            self._used_at = time
            if self._start.until == -math.inf:
                self._start.begin(time, self._window)
        return granted > 0

    def _catch_up(self, permits: SharedPermits) -> None:
        """Write into the file what it does not know of."""
        out = [one for several in self._out.values() for one in several]
        if self._unsettled:
            permits.keep_only(self._worker, [at for at, local in out if local is None])
        if (local := self._local) is not None:
            resting = local.room - local.free(permits.now) - local.in_flight
            permits.add(self._worker, [at for at, core in out if core is not None], resting)

    def _settle(
        self,
        taken: float,
        now: float,
        settle: Callable[[SharedPermits, float, float], None],
        alone: Callable[[Permits, float, float], None],
    ) -> None:
        """Report what became of a permit, to where it was taken from."""
        if not (out := self._out.get(taken)) or self._owner != os.getpid():
            return  # it counts as given up already, or is a parent process's
        at, local = out.pop()
        if not out:
            del self._out[taken]
        time = self._time(now)
        if local is not None:
            alone(local, at, time)
        else:
            self._report(lambda permits: settle(permits, at, time))

    def _see(self, permits: SharedPermits) -> None:
        self._room, self._free = permits.room, permits.free
        self._paused_until = permits.state.paused_until
        self._next_at = permits.next_available_at(self._worker)

    def _go_on_alone(self, error: QuotaStoreError, time: float) -> None:
        share = self._store.local_share
        if share is None:
            raise error
        self._alone_until = time + RETRY_AFTER
        if self._local is None:
            logger.warning("%s; continuing with %g%% of the quota", error, share * 100)
            local = self._local = Permits(self.quota.scaled(share=share), adaptive=self._adaptive)
            if time < self._used_at + self._window + LATE_ARRIVAL or self._out:
                while local.take(time):  # what all processes may have used just now counts
                    local.given_up(time, time)

    @contextlib.contextmanager
    def _permits(self) -> Iterator[SharedPermits]:
        with self._store.file.transaction(self._name, self.key) as state:
            if state.seen == -math.inf and self._used_at > -math.inf:
                state.seen = math.inf  # another file: this one does not know what was used a while ago
            store = self._store
            yield SharedPermits(state, self.quota, store.clock(), adaptive=self._adaptive, draw=store.draw)

    def _report(self, what: Callable[[SharedPermits], None]) -> None:
        """Write something into the file; if that fails, what this process holds is written with its next permit."""
        try:
            with self._permits() as permits:
                what(permits)
        except QuotaStoreError as error:
            if not self._unsettled:
                logger.warning("%s", error)
            self._unsettled = True
