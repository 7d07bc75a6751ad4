"""RedisStore: the buckets of a limiter, and the connections they share."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qs, urlsplit
from weakref import WeakValueDictionary

from workato_async._checks import is_number, require_seconds
from workato_async.errors import ConfigurationError
from workato_async.limits.keys import canonical
from workato_async.limits.redis.bucket import RedisBucket
from workato_async.limits.redis.client import StoreClient
from workato_async.limits.redis.timings import Timings

try:
    from redis.asyncio.connection import ConnectionPool

    from workato_async.limits.redis.link import RedisLink
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "RedisStore needs the redis package: pip install 'workato-async[redis]'", name=error.name
    ) from error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workato_async.limits.quota import Quota

LEASE = 60.0
"""Seconds that a request may be under way: more than connecting and waiting for the response may take together."""
TIMEOUT = 2.0
"""Seconds to wait for Redis."""
LOCAL_SHARE = 0.25
"""Part of a quota that a worker uses by itself while Redis cannot be reached, if it is to go on."""
STATE = 3
"""Version of the state in Redis: part of every key, so that no release reads what it does not understand."""


class RedisStore:
    """Keeps the permits of a limiter in Redis (or Valkey), for several processes.

    ```py
    limiter = Limiter(store=RedisStore("redis://localhost/0"))
    async with WorkatoSession(token, limiter=limiter) as workato:
        ...
    await limiter.close()
    ```

    A store belongs to one limiter, one process and one event loop. Close it: if you do not, the permits that it holds
    are free for others only after a while.

    Args:
        url: the Redis server: ``redis://[[user]:[password]@]host[:port][/db]``, ``rediss://…`` for TLS, ``unix://…``.
            Options of the redis package's connections may follow (``?ssl_ca_certs=…``), except ``protocol``.
        lease: seconds that a request may be under way; a permit that was not returned by then counts as lost.
        on_store_failure: what happens while Redis cannot be reached: ``"raise"`` fails the calls with
            QuotaStoreError, ``"local"`` continues with a share of each quota.
        local_share: that share, at most 1 divided by the number of workers.
        timeout: seconds to wait for Redis before that happens; far less than ``lease``.

    Raises:
        ConfigurationError: for a malformed URL, an unknown option in it, or a number out of range.
    """

    def __init__(
        self,
        url: str,
        *,
        lease: float = LEASE,
        on_store_failure: Literal["raise", "local"] = "raise",
        local_share: float = LOCAL_SHARE,
        timeout: float = TIMEOUT,
    ) -> None:
        require_seconds("lease", lease)
        require_seconds("timeout", timeout)
        if on_store_failure not in ("raise", "local"):
            raise ConfigurationError(f"on_store_failure must be 'raise' or 'local', not {on_store_failure!r}")
        if not (is_number(local_share) and 0 < local_share <= 1):
            raise ConfigurationError(f"local_share must be above 0 and at most 1, not {local_share!r}")
        self._pool = _pool(url, float(timeout))
        self._address = _address(self._pool.connection_kwargs)
        self._lease = float(lease)
        self._local_share = float(local_share) if on_store_failure == "local" else None
        self._buckets: WeakValueDictionary[str, RedisBucket] = WeakValueDictionary()
        advice = "start Redis or correct the URL"
        if self._local_share is None:
            advice += ", or let workers continue with a share of the quota: RedisStore(…, on_store_failure='local')"
        self._client = StoreClient(
            partial(RedisLink.open, self._pool.make_connection),
            timeout=float(timeout),
            address=self._address,
            advice=advice,
            falls_back=self._local_share is not None,
        )

    def bucket(self, quota: Quota, *, key: str, account: str, adaptive: bool = True) -> RedisBucket:
        """Return the bucket of one endpoint of one account; see ``limiter.Limiter`` for ``adaptive``.

        Raises:
            ConfigurationError: if it was requested with another quota before.
        """
        name = f"workato:{STATE}:{{{account}}}:{hashlib.sha256(canonical(key).encode()).hexdigest()[:16]}"
        bucket = self._buckets.get(name)
        if bucket is None:
            bucket = self._buckets[name] = RedisBucket(
                Timings.of(quota, self._lease),
                key=key,
                name=name,
                adaptive=adaptive,
                local_share=self._local_share,
                client=self._client,
            )
        elif bucket.timings.quota != quota:
            raise ConfigurationError(
                f"{key} has {quota} here and {bucket.timings.quota} elsewhere: make a RedisStore for each Limiter",
                endpoint=key,
            )
        return bucket

    async def close(self) -> None:
        """Return what this process holds, and disconnect. Calls that wait fail with QuotaStoreError."""
        await self._client.close()

    def __repr__(self) -> str:
        return f"<RedisStore at {self._address}: {len(self._buckets)} endpoints>"


def _pool(url: str, timeout: float) -> ConnectionPool:
    """Return the maker of connections. No error quotes the URL: it may hold a password."""
    try:
        pool = ConnectionPool.from_url(url, protocol=2, socket_connect_timeout=timeout, health_check_interval=0)
    except (ValueError, TypeError, AttributeError):
        raise ConfigurationError(
            "the url of a RedisStore is redis://host:port/db, rediss://host:port/db or unix:///path/to/socket"
        ) from None
    if pool.connection_kwargs["protocol"] not in (2, "2"):
        raise ConfigurationError("the url of a RedisStore must not change the protocol: RESP2 is used (protocol=2)")
    if "path" not in pool.connection_kwargs:  # a Unix socket's connection does not know it
        pool.connection_kwargs.setdefault("socket_keepalive", True)
    try:
        pool.connection_class(**pool.connection_kwargs)
    except Exception:
        options = ", ".join(sorted(parse_qs(urlsplit(url).query)))
        raise ConfigurationError(
            f"the url of a RedisStore has an unknown or invalid option (one of: {options})"
        ) from None
    return pool


def _address(options: Mapping[str, Any]) -> str:
    """Return where a connection goes, without user and password."""
    db = options.get("db", 0)
    if "path" in options:
        return f"unix://{options['path']}?db={db}"
    return f"redis://{options.get('host', 'localhost')}:{options.get('port', 6379)}/{db}"
