"""The seam for tokens that are kept outside this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from workato_async.limits.wait_queue import Priority

if TYPE_CHECKING:
    from workato_async.limits.quota import Quota
    from workato_async.limits.state import BucketState


class Bucket(Protocol):
    """The tokens of one endpoint of one account, wherever they are kept; see :class:`.bucket.TokenBucket`."""

    async def acquire(
        self, *, ahead: bool = False, priority: Priority = Priority.NORMAL, max_wait: float | None = None
    ) -> float:
        """Wait for a token and take it; gives the loop's time at which it was taken."""
        ...

    def answered(self, taken: float) -> None:
        """Give a token back whose request was answered, and not with 429."""
        ...

    def lost(self) -> None:
        """Give a token back whose request may or may not have arrived."""
        ...

    def unsent(self) -> None:
        """Give a token back that was taken for nothing."""
        ...

    def not_accepted(self, taken: float, retry_after: float | None) -> float:
        """Give a token back whose request was answered 429, and pause; gives the seconds until the pause ends."""
        ...

    def eta(self, calls: int) -> float:
        """Give the seconds after which the last of that many calls, begun now, will have its token."""
        ...

    def state(self) -> BucketState:
        """Tell what the bucket looks like now."""
        ...


class Store(Protocol):
    """Makes buckets whose tokens are shared with other processes."""

    def bucket(self, quota: Quota, *, key: str, account: str) -> Bucket:
        """Give the bucket of one endpoint of one account."""
        ...

    async def close(self) -> None:
        """Hand back what can be handed back, and disconnect."""
        ...
