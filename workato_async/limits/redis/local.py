"""A share of the quota, used without the store while it cannot be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.limits.bucket import Permits

if TYPE_CHECKING:
    from workato_async.limits.quota import Quota
    from workato_async.limits.redis.worker import WorkerPermits


class LocalShare:
    """The permits of one worker's share of a quota; the store will hear of all that becomes of them.

    Args:
        worker: reports to the store.
        share: the part of the quota.
        now: the time. If the shared permits may have been used until now, the share begins a window later.
    """

    __slots__ = ("_permits", "_worker")

    def __init__(self, worker: WorkerPermits, share: float, now: float) -> None:
        self._permits = Permits(worker.quota.scaled(share=share), adaptive=worker.adaptive)
        self._worker = worker
        while worker.reply is not None and self._permits.take(now):
            self._permits.given_up(now, now)

    @property
    def quota(self) -> Quota:
        """The whole quota."""
        return self._worker.quota

    @property
    def paused_until(self) -> float:
        """When the pause after a 429 ends; in the past without one."""
        return max(self._permits.paused_until, self._worker.paused_until)

    @property
    def room(self) -> int:
        """Permits in circulation, of all workers, when the store was last heard of."""
        return self._worker.room

    def idle(self, now: float) -> bool:
        """Return False: the store has to hear of what was used."""
        return False

    def free(self, now: float) -> int:
        """Return the number of permits that can be taken now, pauses apart."""
        return self._permits.free(now)

    def take(self, now: float) -> bool:
        """Take a permit; return False if there is none."""
        if now < self.paused_until or not self._permits.take(now):
            return False
        self._worker.add_out(now)
        return True

    def responded(self, taken: float, now: float) -> None:
        """Take back a permit whose request was responded to."""
        self._permits.responded(taken, now)
        self._worker.responded(taken, now)

    def given_up(self, taken: float, now: float) -> None:
        """Take back a permit whose request may still arrive for a little while."""
        self._permits.given_up(taken, now)
        self._worker.given_up(taken, now)

    def unsent(self, taken: float, now: float) -> None:
        """Take back a permit whose request was not sent."""
        self._permits.unsent(taken, now)
        self._worker.unsent(taken, now)

    def rate_limited(self, taken: float, retry_after: float | None, now: float) -> None:
        """Take back a permit whose request was rate limited, and pause."""
        self._worker.rate_limited(taken, retry_after, now)
        self._permits.rate_limited(taken, self._worker.paused_until - now, now)

    def next_available_at(self, now: float) -> float | None:
        """Return when the next permit can be taken; None if only a response can tell."""
        at = self._permits.next_available_at(now)
        return None if at is None else max(at, self.paused_until)

    def wait_for(self, ahead: int, now: float) -> float:
        """Return the seconds until the caller after ``ahead`` others gets a permit, as far as can be told now."""
        return max(self._permits.wait_for(ahead, now), self.paused_until - now)

    def resume(self, now: float) -> None:
        """End the pause, for all workers once the store can be reached."""
        self._permits.resume(now)
        self._worker.resume(now)

    def abandon(self, now: float, grain: float) -> None:
        """Begin with another clock: requests under way count as given up."""
        self._worker.abandon(now, grain)
