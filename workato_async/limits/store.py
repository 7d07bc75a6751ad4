"""The seam for tokens that are kept outside this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from workato_async.limits.bucket import TokenBucket
    from workato_async.limits.quota import Quota


class Store(Protocol):
    """Makes buckets whose tokens are shared with other processes."""

    def bucket(self, quota: Quota, *, key: str, account: str) -> TokenBucket:
        """Give the bucket of one endpoint of one account."""
        ...
