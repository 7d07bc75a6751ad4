"""Limiter: which bucket a call takes its token from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async._checks import is_number, require_seconds, require_type
from workato_async.errors import ConfigurationError
from workato_async.limits.bucket import TokenBucket
from workato_async.limits.keys import ByEndpoint, canonical
from workato_async.limits.quota import STANDARD, Quota

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from workato_async.limits.state import BucketState
    from workato_async.limits.store import Bucket, Store

DocumentedQuota = tuple[Quota, str]
"""An endpoint's documented quota and its name, e.g. ``"recipes.versions.list"``, which tells its families."""

_NO_QUOTAS: Mapping[str, Quota] = {}


class Limiter:
    """Keeps every endpoint inside its quota; one limiter may serve several sessions of one event loop.

    Buckets are made as they are needed, one for each account (host and token) and endpoint.

    Args:
        quotas: quotas that differ from the documented ones, for customers whose quotas were raised, by endpoint key or
            for all of a family: ``{"GET /api/recipes/{id}": Quota(300, per=60), "jobs": Quota(120, per=60)}``.
            An endpoint's own key goes before its family, a nested family (``"recipes.versions"``) before its parent.
        default: the quota of endpoints that have no other.
        share: the part of every quota to use, above 0 up to 1; 0.5 leaves half of it to others.
        time_scale: makes every window that many times as long; 0.1 is for the fake server and for demonstrations.
        max_wait: seconds a call may wait for a token, None for as long as it takes.
        paced: True for evenly spaced calls instead of bursts; not with a store.
        store: where the tokens are kept, None for this process.

    Raises:
        ConfigurationError: for a value out of its range.
    """

    def __init__(
        self,
        quotas: Mapping[str, Quota] = _NO_QUOTAS,
        *,
        default: Quota = STANDARD,
        share: float = 1.0,
        time_scale: float = 1.0,
        max_wait: float | None = None,
        paced: bool = False,
        store: Store | None = None,
    ) -> None:
        require_type("default", default, Quota)
        for key, quota in quotas.items():
            require_type(f"the quota for {key!r}", quota, Quota)
        if not (is_number(share) and 0 < share <= 1):
            raise ConfigurationError(f"share is a part of every quota, above 0 and at most 1, not {share!r}")
        if not (is_number(time_scale) and time_scale > 0):
            raise ConfigurationError(f"time_scale stretches every window and must be above 0, not {time_scale!r}")
        if paced and store is not None:
            raise ConfigurationError("a quota in a store is not paced: leave out either paced or store")
        require_seconds("max_wait", max_wait, zero=True, none=True)
        self.max_wait = max_wait
        self._quotas = ByEndpoint({key: quota for key, quota in quotas.items() if " " in key})
        self._families = {key: quota for key, quota in quotas.items() if " " not in key}
        self._load: Callable[[], Mapping[str, DocumentedQuota]] = dict
        self._documented: ByEndpoint[DocumentedQuota] | None = None
        self._default = default
        self._share = share
        self._time_scale = time_scale
        self._paced = paced
        self._store = store
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._accounts: list[str] = []

    def set_documented_quotas(self, load: Callable[[], Mapping[str, DocumentedQuota]]) -> None:
        """Learn of the table of endpoints; a session does this.

        Args:
            load: gives what is documented, by endpoint key. It is called when someone asks for an endpoint that was
                not called yet: a program that uses three endpoints need not load the other three hundred.

        Raises:
            ConfigurationError: if a quota was given for a family that no endpoint belongs to.
        """
        self._load, self._documented = load, None
        names = [name for _, name in load().values()] if self._families else []
        for family in self._families:
            if not any(f"{name}.".startswith(f"{family}.") for name in names):
                raise ConfigurationError(f"a quota is given for {family!r}, and no endpoint or family is called that")

    def bucket(self, key: str, account: str = "", documented: DocumentedQuota | None = None) -> Bucket:
        """Give the bucket of an endpoint, making it if need be.

        Args:
            key: the endpoint's key.
            account: whose quota it is; buckets of different accounts have nothing to do with each other.
            documented: its documented quota and its name; looked up in the table if it is not given.
        """
        bucket = self._buckets.get((account, key))
        return bucket if bucket is not None else self._make(key, account, documented)

    def quota(self, key: str, documented: DocumentedQuota | None = None) -> Quota:
        """Give the quota this limiter keeps an endpoint to, with overrides, share and time scale applied."""
        quota = self._quotas.get(key)
        if quota is None:
            if documented is None:
                if self._documented is None:
                    self._documented = ByEndpoint(self._load())
                documented = self._documented.get(key, (STANDARD, ""))
            quota, name = documented
            if family := next((f for f in _families_of(name) if f in self._families), None):
                quota = self._families[family]
            elif quota == STANDARD:
                quota = self._default
        return quota.scaled(share=self._share, time_scale=self._time_scale)

    def eta(self, endpoint_key: str, calls: int) -> float:
        """Give the seconds after which the last of that many calls, begun now, will have been let out.

        With several accounts on this limiter, the least favourable one counts.
        """
        wanted = canonical(endpoint_key)
        buckets = [bucket for (_, key), bucket in self._buckets.items() if canonical(key) == wanted]
        if not buckets:
            buckets = [self._new(self.quota(endpoint_key), endpoint_key, "")]
        return max(bucket.eta(calls) for bucket in buckets)

    def snapshot(self) -> Mapping[str, BucketState]:
        """Tell, by endpoint key, what every bucket used so far looks like now.

        Where several accounts use the limiter, the keys of the second and further ones end in `` @2``, `` @3`` ….
        """
        suffixes = {account: f" @{n}" if n > 1 else "" for n, account in enumerate(self._accounts, 1)}
        return ByEndpoint({key + suffixes[account]: b.state() for (account, key), b in self._buckets.items()})

    async def close(self) -> None:
        """Disconnect from the store, if there is one; a limiter of this process needs no closing."""
        if self._store is not None:
            await self._store.close()

    def __repr__(self) -> str:
        waiters = sum(bucket.state().waiters for bucket in self._buckets.values())
        settings = [f"default={self._default}"]
        settings += [f"share={self._share:g}"] if self._share != 1 else []
        settings += [f"time_scale={self._time_scale:g}"] if self._time_scale != 1 else []
        settings += [f"max_wait={self.max_wait:g}"] if self.max_wait is not None else []
        settings += ["paced"] if self._paced else []
        return f"<Limiter {', '.join(settings)}: {len(self._buckets)} endpoints in use, {waiters} waiting>"

    def _make(self, key: str, account: str, documented: DocumentedQuota | None) -> Bucket:
        if account not in self._accounts:
            self._accounts.append(account)
        bucket = self._new(self.quota(key, documented), key, account)
        self._buckets[account, key] = bucket
        return bucket

    def _new(self, quota: Quota, key: str, account: str) -> Bucket:
        if self._store is not None:
            return self._store.bucket(quota, key=key, account=account)
        if self._paced:
            from workato_async.limits.paced import PacedBucket  # aiolimiter is slow to load, and few are paced

            return PacedBucket(quota, key=key)
        return TokenBucket(quota, key=key)


def _families_of(name: str) -> list[str]:
    """Give an endpoint's name and the families it belongs to, the closest one first."""
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
