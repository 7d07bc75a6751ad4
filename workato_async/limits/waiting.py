"""The asyncio skin of a bucket: callers wait in a queue, one timer wakes them. A source keeps the permits.

Nothing here relies on what only CPython's own event loop gives, and no caller is left in the queue by an error.
"""

from __future__ import annotations

import asyncio
import math
import os
import threading
from typing import TYPE_CHECKING, ClassVar

from workato_async.errors import ConfigurationError, QuotaWaitError
from workato_async.events import logger
from workato_async.limits.permit import LONGEST_MEANT, Permit, StalePermitError
from workato_async.limits.state import BucketState
from workato_async.limits.wait_queue import Priority, WaitQueue

if TYPE_CHECKING:
    from collections.abc import Callable

    from workato_async.errors import WorkatoError
    from workato_async.limits.source import Source

LONGEST_PAUSE = 3600.0
"""Seconds of a pause that callers wait for; a longer one is an error for them. Nothing is sent before its end."""
COARSE_CLOCK = 0.001
"""Seconds by which the clock of a loop that is not asyncio's own may be behind: uvloop's keeps whole milliseconds."""
CLOSING = 1.0
CLOSING_CHECKS = 50
"""Seconds in which a stopped loop may still be closed, as at the end of ``asyncio.run``, and the number of checks."""
LONG_WAIT = 5.0
"""Seconds of waiting from which on a line in the log says so, if nothing leaves in that time."""
LONG_QUEUE = 60.0
"""The same for the last of the calls that wait, if others leave; also the least number of seconds between two lines."""

_binding = threading.Lock()


def _forget_lock() -> None:
    global _binding
    _binding = threading.Lock()  # another thread of the parent may have held it


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_lock)


class WaitingBucket:
    """The permits of one endpoint of one account, and the callers that wait for them.

    Args:
        source: holds the permits.
        key: the endpoint's key, for errors, log and repr.

    Attributes:
        sent: requests sent so far.
        refused: how many of them were rate limited (429).
    """

    __slots__ = (
        "_epoch",
        "_loop",
        "_pid",
        "_queue",
        "_quiet_until",
        "_source",
        "_timer",
        "_timer_at",
        "key",
        "refused",
        "sent",
    )

    _used: ClassVar[str] = "used up"

    def __init__(self, source: Source, *, key: str = "") -> None:
        self.key = key
        self.sent = 0
        self.refused = 0
        self._source = source
        self._queue = WaitQueue()
        self._timer: asyncio.Handle | None = None
        self._timer_at = math.inf
        self._quiet_until = -math.inf
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pid = 0
        self._epoch = 0

    async def acquire(
        self, *, ahead: bool = False, priority: Priority = Priority.NORMAL, max_wait: float | None = None
    ) -> Permit:
        """Wait for a permit and take it.

        Args:
            ahead: go to the head of the queue (for a call that is retried).
            priority: whom to pass in the queue.
            max_wait: seconds to wait at most.

        Raises:
            QuotaWaitError: at once if the wait would be longer than ``max_wait``, or when it has become so.
            ConfigurationError: if callers wait on another event loop that is neither running nor closed.
        """
        loop = asyncio.get_running_loop()
        if loop is not self._loop and (owner := await self._owner(loop)) is not None:
            from workato_async.limits.elsewhere import acquire_elsewhere  # rarely needed

            return await acquire_elsewhere(self, owner, ahead=ahead, priority=priority, max_wait=max_wait)
        now = loop.time()
        if (permit := self.take(now)) is not None:
            return permit
        turn = self.enqueue(loop, now, ahead=ahead, priority=priority, max_wait=max_wait)
        try:
            return await turn
        except asyncio.CancelledError:
            self.leave(turn)
            raise

    def take(self, now: float) -> Permit | None:
        """Take a permit if there is one and nobody waits for it."""
        if self._queue.waiting or not self._source.take(now):
            return None
        return self._issue(now)

    def enqueue(
        self, loop: asyncio.AbstractEventLoop, now: float, *, ahead: bool, priority: Priority, max_wait: float | None
    ) -> asyncio.Future[Permit]:
        """Put a caller into the queue; ``leave`` it if you stop waiting.

        Raises:
            QuotaWaitError: if the wait would be longer than ``max_wait``.
        """
        source, queue = self._source, self._queue
        if source.paused_until - now > LONGEST_PAUSE:
            raise self._paused_too_long(source.paused_until - now)
        place = 0 if ahead else queue.before(priority)
        if max_wait is not None and (wait := self._wait_known(place, now)) > max_wait:
            raise self._too_long(wait, max_wait)
        turn: asyncio.Future[Permit] = loop.create_future()
        queue.push(turn, priority, ahead=ahead)
        try:
            if now >= self._quiet_until:
                self._look(loop, now)
            if max_wait is not None:
                deadline = loop.call_later(max_wait, self._give_up, turn, max_wait)
                turn.add_done_callback(lambda _: deadline.cancel())
            self._arm()
        except BaseException:
            turn.cancel()
            queue.forget()
            raise
        return turn

    def leave(self, turn: asyncio.Future[Permit]) -> None:
        """Stop waiting; a permit that came at the same time goes to the next caller."""
        if turn.cancel() or turn.cancelled():
            self._queue.forget()
        elif turn.exception() is None:
            turn.result().unsent()

    def check_lease(self, permit: Permit) -> None:
        """Raise StalePermitError if the permit must not be used any more."""
        if permit.use_by is not None and self._now() > permit.use_by:
            raise StalePermitError

    def responded(self, permit: Permit) -> None:
        """Take back a permit; see ``permit.Settles``."""
        if permit.epoch != self._epoch:
            return  # it was counted as given up when its loop closed
        permit.source.responded(permit.taken, self._now())
        self._arm()

    def given_up(self, permit: Permit) -> None:
        """Take back a permit; see ``permit.Settles``."""
        if permit.epoch != self._epoch:
            return  # it was counted as given up when its loop closed
        permit.source.given_up(permit.taken, self._now())
        self._arm()

    def unsent(self, permit: Permit) -> None:
        """Take back a permit; see ``permit.Settles``."""
        if permit.epoch != self._epoch:
            return  # it was counted as given up when its loop closed
        self.sent -= 1
        permit.source.unsent(permit.taken, self._now())
        self._serve()

    def rate_limited(self, permit: Permit, retry_after: float | None) -> float:
        """Take back a permit; see ``permit.Settles``."""
        now = self._now()
        self.refused += 1
        if permit.epoch != self._epoch:
            return max(0.0, self._source.paused_until - now)
        if retry_after is not None and retry_after > LONGEST_MEANT:
            retry_after = None
        began = now >= self._source.paused_until
        permit.source.rate_limited(permit.taken, retry_after, now)
        pause = max(0.0, self._source.paused_until - now)
        if began:
            logger.warning(
                "rate limited (429): pausing %s for %.1f s; room for %d of %s",
                self.key or "a bucket",
                pause,
                self._source.room,
                self._source.quota,
            )
        if pause > LONGEST_PAUSE:
            self._fail_all(lambda: self._paused_too_long(pause))
        self._arm()
        return pause

    def resume(self) -> None:
        """End a pause; may be called from any thread."""
        try:
            here = asyncio.get_running_loop()
        except RuntimeError:
            here = None
        if self._loop is not None and self._loop is not here and self._loop.is_running():
            self._loop.call_soon_threadsafe(self._resume)
        else:
            self._resume()

    def _resume(self) -> None:
        self._source.resume(self._now())
        self._serve()

    @property
    def idle(self) -> bool:
        """Whether a new bucket would behave like this one, which can then be dropped."""
        return not self._queue.waiting and self._source.idle(self._now())

    def eta(self, calls: int) -> float:
        """Return how many seconds it takes until the last of this many calls, made now, has its permit."""
        return self._source.wait_for(self._queue.waiting + calls - 1, self._now()) if calls > 0 else 0.0

    @property
    def waiters(self) -> int:
        """How many calls wait."""
        return self._queue.waiting

    def state(self) -> BucketState:
        """Return the state of the bucket."""
        now, source = self._now(), self._source
        return BucketState(
            quota=source.quota,
            free=source.free(now),
            waiters=self.waiters,
            paused_for=max(0.0, source.paused_until - now),
            sent=self.sent,
            refused=self.refused,
            room=source.room,
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.key or '-'}: {self.state()}>"

    def _issue(self, now: float) -> Permit:
        """Return the permit of a caller; the source has handed it out already."""
        self.sent += 1
        permit = Permit(self, self._source, now)
        permit.epoch = self._epoch
        return permit

    def _wait_known(self, ahead: int, now: float) -> float:
        """Return the part of a caller's wait that is certain, with ``ahead`` callers before it."""
        return self._source.wait_for(ahead, now)

    def _leaves_in(self, ahead: int, now: float) -> float:
        """Return the seconds until the call after ``ahead`` others leaves, as far as can be told now."""
        return self._source.wait_for(ahead, now)

    def _look(self, loop: asyncio.AbstractEventLoop, now: float) -> None:
        self._quiet_until = now + self._quiet_time()  # one look at a time
        loop.call_soon(self._report_waiting, loop, True)

    def _report_waiting(self, loop: asyncio.AbstractEventLoop, early: bool = False) -> None:
        """Log that calls wait, and how long: waiting must not look like hanging.

        Args:
            loop: where the look was planned.
            early: whether a burst may still be using up the quota, so that nothing is known of the last call.
        """
        if loop is not self._loop:  # it was stopped, and runs again while another one has the bucket
            return
        now = loop.time()
        waiting = self.waiters
        if not waiting:
            self._quiet_until = now  # nothing was said
            return
        self._quiet_until = now + self._quiet_time()
        if (wait := self._leaves_in(0, now)) > LONG_WAIT:
            which = "the next leaves in"
        elif not early and (wait := self._leaves_in(waiting - 1, now)) > LONG_QUEUE:
            which = "the last leaves in"
        else:  # and perhaps nobody else comes: look later
            loop.call_later(LONG_WAIT, self._report_waiting, loop)
            return
        quota, room = self._source.quota, self._source.room
        limit = f"quota of {quota}" if room >= quota.requests else f"room for {room} of {quota}"
        logger.warning(
            "%s: %s; %s, %s %.0f s",
            self.key or "a bucket",
            "paused after a 429" if now < self._source.paused_until else f"{limit} {self._used}",
            "1 call waits" if waiting == 1 else f"{waiting} calls wait",
            which,
            wait,
        )

    def _quiet_time(self) -> float:
        """Return the seconds between two reports; never forever, as the loop that looks may end before it has."""
        return max(self._source.quota.per, LONG_QUEUE)

    def _give_up(self, turn: asyncio.Future[Permit], max_wait: float) -> None:
        if not turn.done():
            wait = max_wait + self._source.wait_for(0, self._now())
            turn.set_exception(self._too_long(wait, max_wait))
            self._queue.forget()

    def _fail_all(self, error: Callable[[], WorkatoError]) -> None:
        while (turn := self._queue.pop()) is not None:
            turn.set_exception(error())

    def _paused_too_long(self, pause: float) -> QuotaWaitError:
        return QuotaWaitError(
            f"{self.key or 'the bucket'}: rate limited (429), and the server asked for a pause of {pause:,.10g} s; "
            "call again after it, or end it with limiter.resume()",
            wait=pause,
            max_wait=LONGEST_PAUSE,
            paused=True,
            endpoint=self.key,
        )

    def _too_long(self, wait: float, max_wait: float) -> QuotaWaitError:
        return QuotaWaitError(
            f"{self.key or 'the bucket'}: no permit for {wait:.1f} s (quota {self._source.quota}); this call may wait "
            f"at most {max(0.0, max_wait):.4g} s. Call again later, or allow a longer wait",
            wait=wait,
            max_wait=max_wait,
            endpoint=self.key,
        )

    def _serve(self) -> None:
        """Hand permits to callers in their order, as far as there are any, and set the timer for the rest."""
        now = self._now()
        source, queue = self._source, self._queue
        while queue.waiting and source.take(now):
            turn = queue.pop()
            if turn is None:  # all those that are counted were cancelled just now
                source.unsent(now, now)
                break
            turn.set_result(self._issue(now))
        self._arm()

    def _arm(self) -> None:
        """Set the timer for when the next permit is available, if anyone waits for it."""
        if not self._queue.waiting or self._loop is None:
            return
        at = self._source.next_available_at(self._loop.time())
        if at is not None:
            self._wake_at(at)

    def _forked(self) -> None:
        """Called in a process that was forked from one that uses this bucket."""

    def _wake_at(self, at: float) -> None:
        if at >= self._timer_at or self._loop is None:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = at
        self._timer = self._loop.call_at(at, self._ring)

    def _ring(self) -> None:
        if self._loop is not None and self._loop.time() < self._timer_at:  # a coarse clock rings before its time
            self._timer = self._loop.call_later(COARSE_CLOCK, self._ring)
            return
        self._timer, self._timer_at = None, math.inf
        self._serve()

    def _now(self) -> float:
        return self._loop.time() if self._loop is not None else 0.0

    async def _owner(self, loop: asyncio.AbstractEventLoop) -> asyncio.AbstractEventLoop | None:
        """Belong to this loop, or return the one that owns the bucket; one that is just being closed is waited for."""
        for _ in range(CLOSING_CHECKS):
            try:
                return self._bind(loop)
            except ConfigurationError:
                await asyncio.sleep(CLOSING / CLOSING_CHECKS)
        return self._bind(loop)

    def _bind(self, loop: asyncio.AbstractEventLoop) -> asyncio.AbstractEventLoop | None:
        """Belong to this loop, unless the former one still runs (in another thread): then return that one.

        Raises:
            ConfigurationError: if callers wait on a loop that is neither running nor closed: nobody could serve them.
        """
        with _binding:  # two loops may find the former one closed at once
            return self._bind_alone(loop)

    def _bind_alone(self, loop: asyncio.AbstractEventLoop) -> asyncio.AbstractEventLoop | None:
        former, here = self._loop, os.getpid()
        if former is None or former.is_closed() or self._pid != here:  # a fork leaves its parent's loop behind
            self._queue = WaitQueue()
            self._epoch += 1  # late news of what was under way must not settle it twice
            if self._pid not in (0, here):
                self._forked()
            self._source.abandon(loop.time(), 0.0 if isinstance(loop, asyncio.BaseEventLoop) else COARSE_CLOCK)
        elif former.is_running():
            return former
        elif self._queue.waiting:
            raise ConfigurationError(
                f"calls of {self.key or 'this endpoint'} wait on another event loop of this process, which is neither "
                "running nor closed: close it, or give each loop a Limiter of its own, with share= to divide the quota",
                endpoint=self.key,
            )
        elif self._timer is not None:
            self._timer.cancel()  # that loop may run again
        self._timer, self._timer_at = None, math.inf
        self._quiet_until = -math.inf
        self._loop, self._pid = loop, here
        return None
