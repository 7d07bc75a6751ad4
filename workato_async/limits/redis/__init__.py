"""The permits of a quota in Redis (or Valkey), for several processes.

**The rule** is that of ``workato_async.limits.bucket``, and it holds for the sum of all workers: a permit returns a
window after the *response* to its request, so no window ever sees one arrival too many, whatever the network does. One
key holds a bucket: when the used permits return, how many each worker holds, and who waits. One script makes all
decisions (``state.lua``, which documents the state, ``room.lua`` and ``grant.lua``). A worker talks to it in *steps*
(``protocol``): what it gives back, what it holds, how many calls wait. The reply brings permits, or the time to
come again.

**What a worker says about itself is what counts.** Nothing is added up over time: the free permits are those that
neither rest nor are held by anyone, and every step says anew what its worker holds. So nothing drifts, and a step whose
reply was lost does no harm. What it gave back is applied once (batches are numbered); what it was granted without
knowing it did not use, so that is free again, or rests as long as it would have; a step that arrives late is not
carried out.

**Times** are of the server's clock, read by the script. A worker passes only ages: "responded 0.2 s ago". The step is
carried out a little after it was sent, so what it says about the past is, if anything, too late, and permits return too
late, never too early. The same holds for "use it in 0.3 s" on the way back. If the server's clock is set back, the
bucket's stands still until the next step; if it leaps ahead, the workers' own clocks show it, and the bucket does not
follow (except for a quarter of a second, or if the first step after the leap is that of a worker new to the bucket).

**The credit** for round trips is halved. A permit comes back at one worker and is used by another: of the first, half
of the shortest round trip is the way back; of the second, half is the way there. Alone, or on the same network, a
worker has all of its credit; where routes differ, this is right as far as they are equally long in both directions.

**What is really there** is found out for the sum of all workers, by the rule of ``workato_async.limits.room``: a
worker reports which permits were rate limited, and a number for the jitter; the script withholds permits and brings
them back. Each worker begins slowly by itself (``workato_async.limits.slow_start``). Lost data begin with all of it.

**Few messages.** Calls are gathered and reported together; so are returns, within a quarter of a second while others
use the bucket, for nobody can use them for a window. A permit may be granted shortly before it returns, so that the way
to Redis costs no time. A worker that waits sleeps until the time the script named; if that changes, for instance
because another worker got responses, the script wakes it (PUBLISH), which costs no command. Nobody polls: while no
permit is known to return, the first worker in the queue checks the holders, ever more seldom. In all, a call costs 0.02
to 0.8 scripts, at one permit a second up to 2.3. A script's work grows with the number of workers that share a bucket,
to some milliseconds for a thousand.

**Order.** Calls stand in one queue, as far as Redis knows the order in which they came, which depends on how fast
messages travel. A worker that was served some permits more than another one that waits is passed over, so that everyone
has a fair share (the more workers, the fewer permits); one that begins to wait counts as having begun half a window
ago. Within a worker, priorities and retried calls go first, as in one process. A worker that fails to come for its
permits is passed over until it comes.

**A worker that dies** (kill -9) closes its connections. The next worker that comes sees that a holder has not been
heard of for a while and that nobody listens on its channel any more: what it held counts as lost then, since it may
have sent requests until its end, and those may still be on their way. A window and a little later, others have its
permits. Few of them were unused: only those about to return are granted. If its machine is cut off without a word, the
connection seems to live on; then ``lease`` seconds decide. If a worker counts as dead and is not (its connection broke
at that time), its next step says what it holds, and that is counted twice until the first has returned. A worker that
stood still (SIGSTOP) gives back unused what it was granted more than half a ``lease`` before; so does a request that
waited that long for a connection. A worker that lives counts a request that takes longer than ``lease`` as lost.

**Lost data** (a restart without persistence, a failover, FLUSHALL). Each bucket has a generation and a version; every
worker that heard of it within two windows says which ones it knows. If Redis knows nothing or an older version, all N
permits count as just used: nothing is granted for a window and a little more, and what the workers still hold is
counted on top. The workers notice the broken connection and come by themselves, within a second of Redis being back.
One case is left to chance: a worker that has never used the bucket, and comes first, cannot know that anything was
lost. Therefore an unknown bucket waits while the server is less than a second old, if the server tells its age (INFO);
not longer, since a first start looks the same. If all former workers are gone by then, their last window is forgotten.

**Redis unreachable.** Calls wait for ``timeout`` seconds, so that a restart goes unnoticed. Then ``"raise"`` fails them
with QuotaStoreError, and every further one as soon as one more attempt has failed. ``"local"`` continues with
``local_share`` of each quota, beginning a window later, when all permits used before are back (at once if Redis was
never reached). The sum holds if all workers are cut off and their shares are no more than 1 together. Workers that
still reach Redis go on using all of the quota, so where only some may be cut off, leave room: ``Limiter(share=0.75)``
for three quarters of it. What is used during the outage is reported when Redis is back, and counts for all: a worker
says at once what it used, and asks for permits a timeout and a second later, when all the others have reported.

**What has to hold.** The clocks of the workers, of Redis and of Workato run equally fast (``CLOCK_DRIFT``). A request
given up, or sent by a worker that dies, arrives within ``LATE_ARRIVAL`` or not at all. Memory policies do not evict the
keys (``workato:…``; they expire by themselves when nobody uses the bucket). All workers have equal quotas, shares and
``adaptive``. The keys carry the version of the state (``workato:3:…``): a release with another version neither reads
nor changes it, and does not share the quota. So do not run both at once: stop the old workers, wait for a window, start
the new ones.

**Which servers.** Redis from 5.0 and Valkey: only commands that both have, with replies of RESP2. Needed are EVALSHA,
EVAL, SUBSCRIBE and, in the script, GET, SET, TIME, PUBLISH; an ACL has to allow these, with the keys and channels
``workato:*``. Of use, not needed: INFO (see *Lost data*) and PUBSUB NUMSUB, without which a dead worker is only noticed
when its ``lease`` ends. A node of a cluster will do if it is the one that keeps the buckets of the account (the account
is the hash tag of the keys); a store does not follow them to another one.
"""

from workato_async.limits.redis.store import RedisStore

__all__ = ["RedisStore"]
