"""Limiter: which bucket a call takes its permit from."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from workato_async._checks import is_number, require_seconds, require_type
from workato_async.errors import ConfigurationError
from workato_async.limits import forks
from workato_async.limits.bucket import TokenBucket
from workato_async.limits.keys import ByEndpoint, canonical, fits
from workato_async.limits.quota import STANDARD, Quota

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from workato_async.limits.state import BucketState
    from workato_async.limits.store import Bucket, Store

DocumentedQuota = tuple[Quota, str, str]
"""An endpoint's documented quota, its id, e.g. ``"recipes.versions.list"``, which tells its families, and the name of
the quota if it shares one."""
SWEEP_FROM = 256
"""Buckets from which on idle ones are dropped, each time their number has doubled."""

MOST_PREFIXES = 128
"""Prefixes of unknown paths that have a bucket of their own; all further ones share one for each method."""


class Limiter:
    """Keeps every endpoint inside its quota. Share one between all sessions that use the same API client.

    Sessions that are made without one share the limiter of their process, so pass one only to set something here. A
    limiter may outlive its event loop, and loops in several threads share its permits. Buckets are created as they are
    needed, one for each account (host and token) and endpoint.

    Args:
        quotas: quotas that differ from the documented ones, for customers whose quotas were raised: by endpoint key, by
            endpoint id, or for a whole family, e.g. ``{"GET /api/recipes/{id}": Quota(300, per=60), "recipes.list":
            Quota(120, per=60), "jobs": Quota(120, per=60)}``; for the workspaces of customers, write
            ``"embedded.recipes.list"`` and ``"embedded.jobs"``. The most specific name wins. If endpoints share one
            quota, the slowest quota given for any of them applies to all.
        default: the quota of endpoints that have no other.
        share: the part of every quota to use, above 0 up to 1; 0.5 leaves half of it to others.
        time_scale: a factor for the length of every window; 0.1 (ten times faster) is for the fake server and for
            demos.
        max_wait: seconds a call may wait for a permit, None for as long as it takes.
        paced: True for evenly spaced calls instead of bursts; not with a store, and on one event loop at a time.
        store: where the permits are kept, None for this process.
        adaptive: find out how much of each quota is really available, and use no more; False uses the whole quota,
            whatever the server responds.

    Raises:
        ConfigurationError: for a value out of its range.
    """

    def __init__(
        self,
        quotas: Mapping[str, Quota] = MappingProxyType({}),
        *,
        default: Quota = STANDARD,
        share: float = 1.0,
        time_scale: float = 1.0,
        max_wait: float | None = None,
        paced: bool = False,
        store: Store | None = None,
        adaptive: bool = True,
    ) -> None:
        require_type("default", default, Quota)
        require_type("quotas", quotas, Mapping)
        for key, quota in quotas.items():
            require_type("the name of an endpoint or family", key, str)
            require_type(f"the quota for {key!r}", quota, Quota)
        if not (is_number(share) and 0 < share <= 1):
            raise ConfigurationError(f"share must be above 0 and at most 1, not {share!r}")
        if not (is_number(time_scale) and time_scale > 0):
            raise ConfigurationError(f"time_scale must be above 0, not {time_scale!r}")
        if paced and store is not None:
            raise ConfigurationError("paced=True cannot be combined with a store: leave out one of them")
        if store is not None and not callable(getattr(store, "bucket", None)):
            raise ConfigurationError(f"store must be a store such as RedisStore(url) or MachineStore(), not {store!r}")
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
        self._adaptive = adaptive
        self._buckets: dict[tuple[str, str], Bucket] = {}  # endpoints that share a quota have the same one
        self._shared: dict[tuple[str, str], Bucket] = {}
        self._spelling: dict[str, str] = {}  # by canonical key, that of the bucket
        self._prefixes: set[str] = set()
        self._accounts: dict[str, None] = {}
        self._sweep_at = SWEEP_FROM

    def set_documented_quotas(self, load: Callable[[], Mapping[str, DocumentedQuota]]) -> None:
        """Set where the documented quotas come from; a session does this.

        Args:
            load: returns what is documented, by endpoint key. It is called when someone asks for an endpoint that was
                not called yet: a program that uses three endpoints need not load the other three hundred.

        Raises:
            ConfigurationError: if a quota was given for a name that no endpoint or family has.
        """
        if load is self._load:
            return
        self._load, self._documented = load, None
        for name in self._families:
            self._keys_of(name)

    def bucket(self, key: str, account: str = "", documented: DocumentedQuota | None = None) -> Bucket:
        """Return the bucket of an endpoint; it is created if necessary.

        Args:
            key: the endpoint's key.
            account: whose quota it is; buckets of different accounts are independent.
            documented: its documented quota; looked up in the table if not given.
        """
        bucket = self._buckets.get((account, key))
        return bucket if bucket is not None else self._make(key, account, documented)

    def quota(self, name: str, documented: DocumentedQuota | None = None) -> Quota:
        """Return the quota this limiter keeps an endpoint to, with overrides, share and time scale applied.

        Args:
            name: the endpoint's key or id.
            documented: its documented quota; looked up in the table if not given.

        Raises:
            ConfigurationError: for an id that no endpoint has.
        """
        key = name if documented is not None else self._keys_of(name)[0]
        quota, id_, shared = documented or self._table().get(key, (STANDARD, "", ""))
        sharing = [(key, id_)]
        if shared and (self._quotas or self._families):
            sharing = [(other, known) for other, (_, known, mate) in self._table().items() if mate == shared]
        given = [override for one in sharing if (override := self._override(*one)) is not None]
        if given:
            quota = min(given, key=lambda override: override.requests / override.per)
        elif quota == STANDARD:
            quota = self._default
        return quota.scaled(share=self._share, time_scale=self._time_scale)

    def _override(self, key: str, id_: str) -> Quota | None:
        """Return the quota that was given for an endpoint, the most specific one."""
        family = next((family for family in _families_of(id_) if family in self._families), "")
        return self._quotas.get(key) or self._families.get(family)

    def eta(self, name: str, calls: int) -> float:
        """Return the seconds until the last of this many calls, if all are made now, has its permit.

        Args:
            name: an endpoint's key (``"POST /api/recipes/{recipe_id}/repeat_jobs"``) or id (``"jobs.repeat"``), or a
                family (``"jobs"``), for which the slowest endpoint counts. With several accounts on this limiter, the
                slowest one counts.
            calls: how many calls.

        Raises:
            ConfigurationError: for a name that no endpoint or family has.
        """
        made = self._made(self._keys_of(name))
        return max(bucket.eta(calls) for key in made for bucket in made[key] or [self._alone(self.quota(key), key)])

    def resume(self, name: str) -> None:
        """End the pause of an endpoint, in all accounts, e.g. if a 429 asked for an absurdly long one.

        Args:
            name: an endpoint's key or id, or a family.

        Raises:
            ConfigurationError: for a name that no endpoint or family has.
        """
        for buckets in self._made(self._keys_of(name)).values():
            for bucket in buckets:
                bucket.resume()

    def snapshot(self) -> Mapping[str, BucketState]:
        """Return the state of every bucket in use, by endpoint key.

        Where several accounts use the limiter, the keys of the second and further ones end in `` @2``, `` @3`` ….
        Endpoints that share a quota have the same figures.
        """
        suffixes = {account: f" @{n}" if n > 1 else "" for n, account in enumerate(self._accounts, 1)}
        return ByEndpoint({key + suffixes[account]: b.state() for (account, key), b in tuple(self._buckets.items())})

    @property
    def store(self) -> Store | None:
        """Where the permits are kept; None for this process alone."""
        return self._store

    async def close(self) -> None:
        """Return unused permits and disconnect from the store; a limiter without a store needs no closing."""
        if self._store is not None:
            await self._store.close()

    def __repr__(self) -> str:
        buckets = {id(bucket): bucket for bucket in tuple(self._buckets.values())}  # once, if endpoints share it
        waiters = sum(bucket.state().waiters for bucket in buckets.values())
        settings = [f"default={self._default}"]
        settings += [f"share={self._share:g}"] if self._share != 1 else []
        settings += [f"time_scale={self._time_scale:g}"] if self._time_scale != 1 else []
        settings += [f"max_wait={self.max_wait:g}"] if self.max_wait is not None else []
        settings += ["paced"] if self._paced else []
        settings += [] if self._adaptive else ["not adaptive"]
        return f"<Limiter {', '.join(settings)}: {len(self._buckets)} endpoints in use, {waiters} waiting>"

    def _table(self) -> ByEndpoint[DocumentedQuota]:
        if self._documented is None:
            self._documented = ByEndpoint(self._load())
        return self._documented

    def _keys_of(self, name: str) -> list[str]:
        """Return the keys of the endpoints that a key, an id or a family means.

        Raises:
            ConfigurationError: if there are none.
        """
        require_type("the name of an endpoint or family", name, str)
        if " " in name:
            ByEndpoint({name: None})  # raises if it is not a key
            wanted = canonical(name)
            if wanted in self._spelling or not self._prefixes or wanted in self._table():
                return [name]
            shared = (key for key in self._spelling if key.endswith("/*") and wanted.startswith(key[:-1]))
            return [max(shared, key=len, default=name)]
        keys = [key for key, (_, id_, _) in self._table().items() if f"{id_}.".startswith(f"{name}.")]
        if not keys:
            early = "" if self._table() else ": the limiter learns the endpoints when a session is created with it"
            raise ConfigurationError(f"unknown endpoint or family {name!r}{early}")
        return keys

    def _made(self, keys: list[str]) -> ByEndpoint[list[Bucket]]:
        """Return the buckets of endpoints in all accounts, by key, as far as there are any."""
        made = ByEndpoint[list["Bucket"]]({key: [] for key in keys})
        for (_, key), bucket in tuple(self._buckets.items()):
            if key in made:
                made[key].append(bucket)
        for (_, shared), bucket in tuple(self._shared.items()):  # perhaps made for another endpoint
            for key in made:
                if self._table().get(key, (STANDARD, "", ""))[2] == shared:
                    made[key].append(bucket)
        return made

    def _make(self, key: str, account: str, documented: DocumentedQuota | None) -> Bucket:
        with _Shared.making:  # two threads may ask for the same one at once
            if documented is not None and " " in documented[2]:
                key, documented = self._key_of_raw(key, account, documented[2]), (*documented[:2], "")
            key = self._spelling.get(canonical(key), key)
            bucket = self._buckets.get((account, key))
            return bucket if bucket is not None else self._make_alone(key, account, documented)

    def _key_of_raw(self, key: str, account: str, shared: str) -> str:
        """Return the key under which the requests to an unknown path are counted.

        It is that of the path's prefix, unless a template that fits the path is known: a quota was given for it, or an
        endpoint of the user's own has it. The number of prefixes is bounded, whatever is called.
        """
        stem = canonical(shared).removesuffix("*")
        made = (template for template, key in self._spelling.items() if (account, key) in self._buckets)
        for template in chain(map(canonical, self._quotas), made):
            if template.startswith(stem) and fits(template, canonical(key)):
                return template
        if shared not in self._prefixes and len(self._prefixes) >= MOST_PREFIXES:
            return f"{shared.partition(' ')[0]} /*"
        self._prefixes.add(shared)
        return shared

    def _make_alone(self, key: str, account: str, documented: DocumentedQuota | None) -> Bucket:
        if len(self._buckets) >= self._sweep_at:
            self._buckets = {name: bucket for name, bucket in self._buckets.items() if not bucket.idle}
            kept = {id(bucket) for bucket in self._buckets.values()}
            self._shared = {name: bucket for name, bucket in self._shared.items() if id(bucket) in kept}
            self._spelling = {canonical(key): key for _, key in self._buckets}
            self._accounts = dict.fromkeys(account for account, _ in self._buckets)
            self._sweep_at = max(SWEEP_FROM, 2 * len(self._buckets))
        self._accounts.setdefault(account)
        if self._store is None:
            forks.count_alone(account)
        _, _, shared = documented or self._table().get(key, (STANDARD, "", ""))
        bucket = self._shared.get((account, shared)) if shared else None
        if bucket is None:
            bucket = self._new(self.quota(key, documented), f"{shared}.*" if shared else key, account)
            if shared:
                self._shared[account, shared] = bucket
        self._buckets[account, key] = bucket
        self._spelling.setdefault(canonical(key), key)
        return bucket

    def _new(self, quota: Quota, key: str, account: str) -> Bucket:
        if self._store is not None:
            return self._store.bucket(quota, key=key, account=account, adaptive=self._adaptive)
        return self._alone(quota, key)

    def _alone(self, quota: Quota, key: str) -> TokenBucket:
        """Return a new bucket of this process."""
        if self._paced:
            from workato_async.limits.paced import PacedBucket  # aiolimiter is slow to load, and few are paced

            return PacedBucket(quota, key=key, adaptive=self._adaptive)
        return TokenBucket(quota, key=key, adaptive=self._adaptive)


class _Shared:
    """The limiters of this process, by their time scale; a forked child gets some of its own."""

    limiters: ClassVar[dict[float, Limiter]] = {}
    making = threading.RLock()


_default: ContextVar[Limiter | None] = ContextVar("default_limiter", default=None)


@contextmanager
def default_limiter(limiter: Limiter) -> Iterator[None]:
    """Let sessions created without a limiter use this one, in this context and within the block."""
    reset = _default.set(limiter)
    try:
        yield
    finally:
        _default.reset(reset)


def shared_limiter(time_scale: float = 1.0) -> Limiter:
    """Return the limiter shared by all sessions of this process that were made without one.

    Args:
        time_scale: the limiter's factor for the length of windows; for a fake on this machine.
    """
    if (limiter := _default.get()) is not None:
        return limiter
    with _Shared.making:  # sessions may be made in several threads at once
        if (limiter := _Shared.limiters.get(time_scale)) is None:
            limiter = _Shared.limiters[time_scale] = Limiter(time_scale=time_scale)
        return limiter


def forget_shared_limiter() -> None:
    """Start with a new shared limiter, which knows nothing of what was sent before."""
    _Shared.limiters.clear()


def _after_fork_in_child() -> None:
    _Shared.making = threading.RLock()  # another thread of the parent may have held it
    forget_shared_limiter()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)


def _families_of(id_: str) -> Iterator[str]:
    """Yield an endpoint's id and the families it belongs to, the closest one first."""
    parts = id_.split(".")
    return (".".join(parts[:length]) for length in range(len(parts), 0, -1))
