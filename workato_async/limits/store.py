"""The seam for permits that are kept outside this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from workato_async.limits.wait_queue import Priority

if TYPE_CHECKING:
    from workato_async.limits.permit import Permit
    from workato_async.limits.quota import Quota
    from workato_async.limits.state import BucketState


class Bucket(Protocol):
    """The permits of one endpoint of one account, wherever they are kept; see ``waiting.WaitingBucket``."""

    async def acquire(
        self, *, ahead: bool = False, priority: Priority = Priority.NORMAL, max_wait: float | None = None
    ) -> Permit:
        """Wait for a permit and take it."""
        ...

    def resume(self) -> None:
        """End a pause."""
        ...

    def eta(self, calls: int) -> float:
        """Return the seconds until the last of this many calls, if all are made now, has its permit."""
        ...

    def state(self) -> BucketState:
        """Return the state of the bucket."""
        ...

    @property
    def idle(self) -> bool:
        """Whether a new bucket would know as much as this one, which can then be dropped."""
        ...


class Store(Protocol):
    """Makes buckets whose permits are shared with other processes."""

    def bucket(self, quota: Quota, *, key: str, account: str, adaptive: bool) -> Bucket:
        """Return the bucket of one endpoint of one account; see ``limiter.Limiter`` for ``adaptive``."""
        ...

    async def close(self) -> None:
        """Return the permits that can be returned, and disconnect."""
        ...
