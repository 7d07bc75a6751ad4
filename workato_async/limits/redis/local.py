"""A share of the quota, used without the store while it cannot be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.limits.bucket import Tokens

if TYPE_CHECKING:
    from workato_async.limits.redis.timings import Timings


class LocalTokens:
    """Tokens of one worker's share of a quota, and the requests that use them.

    Args:
        terms: of the shared bucket.
        share: the part of the quota.
        now: the time.
        used: whether the shared tokens may have been used until now: the share then begins a window later.
    """

    __slots__ = ("_taken", "_tokens")

    def __init__(self, terms: Timings, share: float, now: float, *, used: bool) -> None:
        self._tokens = Tokens(terms.quota.scaled(share=share))
        self._taken: dict[float, int] = {}
        if used:
            while self._tokens.take(now):
                self._tokens.lost(now)

    def take(self, now: float) -> bool:
        """Take a token if there is one."""
        if not self._tokens.take(now):
            return False
        self._taken[now] = self._taken.get(now, 0) + 1
        return True

    def answered(self, taken: float, now: float) -> None:
        """Book an answer, if the request had one of these tokens."""
        if self._back(taken):
            self._tokens.answered(taken, now)

    def lost(self, now: float) -> None:
        """Book a request given up. Which one is not known; any other would be back later, so none is too early."""
        if self._back(next(iter(self._taken), now)):
            self._tokens.lost(now)

    def unsent(self) -> bool:
        """Take a token back that was taken for nothing; tells whether it may have been one of these."""
        if not self._back(next(reversed(self._taken), 0.0)):
            return False
        self._tokens.unsent()
        return True

    def refused(self, taken: float, until: float, now: float) -> None:
        """Book a 429, and pause."""
        self.answered(taken, now)
        self._tokens.pause(until, now)

    def next_use(self, now: float) -> float | None:
        """Give the moment at which a token may be had, None if only an answer can tell."""
        return self._tokens.next_event(now)

    def wait_for(self, ahead: int, now: float) -> float:
        """Give the seconds until the caller after ``ahead`` others gets a token."""
        self._tokens.collect(now)
        return self._tokens.wait_for(ahead, now)

    def free(self, now: float) -> int:
        """Count the tokens that can be had."""
        self._tokens.collect(now)
        return self._tokens.free

    def _back(self, taken: float) -> bool:
        count = self._taken.get(taken, 0)
        if count > 1:
            self._taken[taken] = count - 1
        elif count:
            del self._taken[taken]
        return count > 0
