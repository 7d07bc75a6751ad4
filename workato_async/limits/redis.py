"""The tokens of a quota in Redis (or Valkey), for several processes.

**The rule** is that of :mod:`workato_async.limits.bucket`, and it holds for the sum of all workers: a token returns a
window after the *answer* to its request, so no window ever sees one arrival too many, whatever the network does. One
key holds a bucket: when the tokens that rest will return, how many each worker holds, and who waits. One script makes
all decisions (``redis_books.lua``, ``redis_turns.lua``; the tests hold a twin of it in Python against it). A worker
speaks to it in *steps* (:mod:`.redis_messages`): what it gives back, what it holds, how many calls wait; it is answered
with tokens, or with the moment to come again.

**A worker's word about itself is what counts.** Nothing is added up over time: the tokens that are free are those that
neither rest nor are held by anyone, and every step says anew what its worker holds. So nothing drifts, and a step whose
answer was lost does no harm. What it gave back is booked once (batches are numbered); what it was given and never heard
of it did not use, so that is free again, or rests as long as it would have; a step that comes late is not carried out.

**Moments** are of the server's clock, read by the script. A worker passes only ages: "answered 0.2 s ago". The step is
carried out a little after it was sent, so what it says about the past is, if anything, too late, and tokens return too
late, never too early. The same holds for "use it in 0.3 s" on the way back. If the server's clock is set back, the
bucket's stands still meanwhile; if it leaps ahead, the workers' own clocks show it, and the bucket does not follow (but
for a quarter of a second).

**The credit** for round trips is halved. A token was answered at one worker and is used by another: of the first, half
of the shortest round trip is the way back, of the second, half is the way there. Alone, or on the same network, a
worker has all of its credit; where ways differ, it is right as far as they are as long in both directions.

**Few messages.** Calls are gathered and asked for together; returns are reported together, within a quarter of a second
while others use the bucket, for nobody can use them for a window. A token may be given out shortly before it returns,
so that the way to Redis costs no time, and one token at a time long before, so that its worker need not come for it. A
worker that waits sleeps until the moment the script named; if that changes, for instance because another worker's
answers came, the script calls it (PUBLISH), which costs no command. Nobody polls: while no token is known to return,
the first in the line looks after the holders, ever more seldom. In all a call costs 0.2 to 1.3 scripts.

**Order.** Calls stand in one line, as far as the order in which they came is known to Redis, which is as far as a
message is quick. A worker that was served some tokens more than another one that waits is passed over, so that everyone
has a fair share; one that begins to wait counts as having begun about half a window ago. Within a worker, priorities
and retried calls go first as in one process. Whoever fails to come for its tokens is passed over until it comes.

**A worker that dies** (kill -9) closes its connections. Whoever comes next sees that a holder has not been heard of for
a while and that nobody listens on its channel any more: what it held counts as lost then, since it may have sent
requests until its end, and those may still be on their way. A window and a little later, others have its tokens. Tokens
that it had not used are few: only those about to return are given out, and one more. If its machine is cut off without
a word, the connection seems to live on; then ``lease`` seconds decide. If a worker counts as dead and is not (its
connection broke at that moment), its next step says what it holds, and that is counted twice until the first has
returned. A worker that lives counts a request that takes longer than ``lease`` as lost, too.

**Lost data** (a restart without persistence, a failover, FLUSHALL). Each bucket has a generation and a version; every
worker that heard of it within two windows says which ones it knows. If Redis knows nothing or an older version, all N
tokens count as just used: nothing is given out for a window and a little more, and what the workers still hold is
counted on top. The workers notice the broken connection and come by themselves, within a second of Redis being back.
One case is left to chance: a worker that has never used the bucket, and comes first, cannot know that anything was
lost. Therefore an unknown bucket waits while the server is less than a second old; not longer, since a first start
looks the same. If all former workers are gone by then, their last window is forgotten.

**Redis out of reach.** Calls wait for ``timeout`` seconds, so that a restart goes unnoticed. Then ``"raise"`` fails
them with QuotaStoreError, and every further one as soon as one more try has failed. ``"local"`` goes on with
``local_share`` of each quota, beginning a window later, when all tokens used before are back (at once if Redis was
never reached). The sum holds if all workers are cut off and their shares are no more than 1 together. Workers that
still reach Redis go on using all of the quota, so where only some may be cut off, leave room: ``Limiter(share=0.75)``
for three quarters of it. What is used meanwhile is booked when Redis is back, and counts for all.

**What has to hold.** The clocks of the workers, of Redis and of Workato run equally fast (``CLOCK_DRIFT``). A request
given up, or sent by a worker that dies, arrives within ``LATE_ARRIVAL`` or not at all. Memory policies do not evict the
keys (``workato:…``; they expire by themselves when nobody uses the bucket). All workers have the same quotas. The user
of an ACL may use the keys and channels ``workato:*``, scripts, publish/subscribe and INFO. In a cluster, all buckets of
an account are on one node (the account is the hash tag), to which a store follows MOVED.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Any, Literal

from workato_async.checks import is_number, require_seconds
from workato_async.errors import ConfigurationError
from workato_async.limits.keys import canonical
from workato_async.limits.redis_bucket import RedisBucket
from workato_async.limits.redis_courier import Courier
from workato_async.limits.redis_terms import Terms

try:
    from redis.asyncio.connection import ConnectionPool

    from workato_async.limits.redis_link import Route
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "RedisStore needs the redis package: install workato-async[redis]", name=error.name
    ) from error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workato_async.limits.quota import Quota

LEASE = 60.0
"""Seconds that a request may be under way: more than connecting and waiting for the answer may take together."""
TIMEOUT = 2.0
"""Seconds to wait for Redis."""
LOCAL_SHARE = 0.25
"""Part of a quota that a worker goes on with by itself while Redis cannot be reached, if it is to."""


class RedisStore:
    """Keeps the tokens of a limiter in Redis (or Valkey), where other processes take them from, too.

    ::

        async with WorkatoSession(token, limiter=Limiter(store=RedisStore("redis://localhost/0"))) as workato:
            ...
        await limiter.close()

    A store belongs to one limiter and one event loop.

    Args:
        url: where Redis is: ``redis://[[user]:[password]@]host[:port][/db]``, ``rediss://…`` for TLS, ``unix://…``.
        lease: seconds that a request may be under way; one that was not given back by then counts as lost.
        on_store_failure: what happens while Redis cannot be reached: ``"raise"`` fails the calls with
            QuotaStoreError, ``"local"`` goes on with a share of each quota.
        local_share: that share. Not more than 1 divided by the number of workers.
        timeout: seconds to wait for Redis, before either happens.

    Raises:
        ConfigurationError: for a malformed URL or a number out of its range.
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
            raise ConfigurationError(f"on_store_failure is 'raise' or 'local', not {on_store_failure!r}")
        if not (is_number(local_share) and 0 < local_share <= 1):
            raise ConfigurationError(f"local_share is a part of the quota, above 0 and at most 1, not {local_share!r}")
        try:  # an error does not quote the URL: it may hold a password
            self._pool = ConnectionPool.from_url(
                url, protocol=2, socket_connect_timeout=timeout, socket_keepalive=True, health_check_interval=0
            )
        except (ValueError, TypeError, AttributeError):
            raise ConfigurationError(
                "the url of a RedisStore is redis://host:port/db, rediss://host:port/db or unix:///path/to/socket"
            ) from None
        self._place = _place(self._pool.connection_kwargs)
        self._worker = secrets.token_hex(6)
        self._lease = float(lease)
        self._local_share = float(local_share) if on_store_failure == "local" else None
        self._buckets: dict[str, RedisBucket] = {}
        self._timeout = float(timeout)
        self._couriers: dict[str, Courier] = {}

    def bucket(self, quota: Quota, *, key: str, account: str) -> RedisBucket:
        """Give the bucket of one endpoint of one account.

        Raises:
            ConfigurationError: if it was asked for with another quota before.
        """
        name = f"workato:{{{account}}}:{hashlib.sha256(canonical(key).encode()).hexdigest()[:16]}"
        bucket = self._buckets.get(name)
        if bucket is None:
            bucket = self._buckets[name] = RedisBucket(
                Terms.of(quota, self._lease),
                key=key,
                name=name,
                worker=self._worker,
                local_share=self._local_share,
                carrier=self._courier(account),
            )
        elif bucket.terms.quota != quota:
            raise ConfigurationError(
                f"{key} has {quota} here and {bucket.terms.quota} elsewhere: make a RedisStore for each Limiter",
                endpoint=key,
            )
        return bucket

    async def close(self) -> None:
        """Hand back what this process holds, and disconnect. Calls that wait fail with QuotaStoreError."""
        for courier in self._couriers.values():
            await courier.close()

    def __repr__(self) -> str:
        return f"<RedisStore at {self._place}: worker {self._worker}, {len(self._buckets)} endpoints>"

    def _courier(self, account: str) -> Courier:
        """Give each account a courier: its buckets are in one place, and in a cluster that is one node."""
        if account not in self._couriers:
            advice = "start Redis or correct the URL"
            if self._local_share is None:
                advice += ", or let workers go on with a share of the quota: RedisStore(…, on_store_failure='local')"
            self._couriers[account] = Courier(
                Route(self._pool.make_connection, self._worker).connect,
                timeout=self._timeout,
                place=self._place,
                advice=advice,
                goes_on=self._local_share is not None,
            )
        return self._couriers[account]


def _place(options: Mapping[str, Any]) -> str:
    """Say where a connection goes, without user and password."""
    db = options.get("db", 0)
    if "path" in options:
        return f"unix://{options['path']}?db={db}"
    return f"redis://{options.get('host', 'localhost')}:{options.get('port', 6379)}/{db}"
