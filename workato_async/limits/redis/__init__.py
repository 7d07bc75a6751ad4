"""The tokens of a quota in Redis (or Valkey), for several processes.

**The rule** is that of :mod:`workato_async.limits.bucket`, and it holds for the sum of all workers: a token returns a
window after the *answer* to its request, so no window ever sees one arrival too many, whatever the network does. One
key holds a bucket: when the tokens that rest will return, how many each worker holds, and who waits. One script makes
all decisions (``state.lua``, ``grant.lua``). A worker speaks to it in *steps* (:mod:`.messages`): what it gives back,
what it holds, how many calls wait; it is answered with tokens, or with the moment to come again.

**A worker's word about itself is what counts.** Nothing is added up over time: the tokens that are free are those that
neither rest nor are held by anyone, and every step says anew what its worker holds. So nothing drifts, and a step whose
answer was lost does no harm. What it gave back is booked once (batches are numbered); what it was given and never heard
of it did not use, so that is free again, or rests as long as it would have; a step that comes late is not carried out.

**Moments** are of the server's clock, read by the script. A worker passes only ages: "answered 0.2 s ago". The step is
carried out a little after it was sent, so what it says about the past is, if anything, too late, and tokens return too
late, never too early. The same holds for "use it in 0.3 s" on the way back. If the server's clock is set back, the
bucket's stands still until the next step; if it leaps ahead, the workers' own clocks show it, and the bucket does not
follow (but for a quarter of a second, or if the first step after the leap is that of a worker new to the bucket).

**The credit** for round trips is halved. A token was answered at one worker and is used by another: of the first, half
of the shortest round trip is the way back, of the second, half is the way there. Alone, or on the same network, a
worker has all of its credit; where ways differ, it is right as far as they are as long in both directions.

**Few messages.** Calls are gathered and asked for together; returns are reported together, within a quarter of a second
while others use the bucket, for nobody can use them for a window. A token may be given out shortly before it returns,
so that the way to Redis costs no time, and one token at a time long before, so that its worker need not come for it. A
worker that waits sleeps until the moment the script named; if that changes, for instance because another worker's
answers came, the script calls it (PUBLISH), which costs no command. Nobody polls: while no token is known to return,
the first in the line looks after the holders, ever more seldom. In all a call costs 0.2 to 1.3 scripts. A script's work
grows with the number of workers that share a bucket, to some milliseconds for a thousand.

**Order.** Calls stand in one line, as far as the order in which they came is known to Redis, which is as far as a
message is quick. A worker that was served some tokens more than another one that waits is passed over, so that everyone
has a fair share (the more workers, the fewer tokens); one that begins to wait counts as having begun half a window
ago. Within a worker, priorities and retried calls go first as in one process. Whoever fails to come for its tokens is
passed over until it comes.

**A worker that dies** (kill -9) closes its connections. Whoever comes next sees that a holder has not been heard of for
a while and that nobody listens on its channel any more: what it held counts as lost then, since it may have sent
requests until its end, and those may still be on their way. A window and a little later, others have its tokens. Tokens
that it had not used are few: only those about to return are given out, and one more. If its machine is cut off without
a word, the connection seems to live on; then ``lease`` seconds decide. If a worker counts as dead and is not (its
connection broke at that moment), its next step says what it holds, and that is counted twice until the first has
returned. One that stood still (SIGSTOP) gives back unused what it was given more than half a ``lease`` before. A worker
that lives counts a request that takes longer than ``lease`` as lost, too.

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
for three quarters of it. What is used meanwhile is booked when Redis is back, and counts for all: a worker says at once
what it used, and asks for tokens a timeout and a second later, when all the others have said it, too.

**What has to hold.** The clocks of the workers, of Redis and of Workato run equally fast (``CLOCK_DRIFT``). A request
given up, or sent by a worker that dies, arrives within ``LATE_ARRIVAL`` or not at all. Memory policies do not evict the
keys (``workato:…``; they expire by themselves when nobody uses the bucket). All workers have equal quotas and shares.

**Which servers.** Redis from 5.0 and Valkey: only commands that both have (EVALSHA, EVAL, SUBSCRIBE, INFO; in the
script GET, SET, TIME, PUBLISH, PUBSUB NUMSUB), with replies of RESP2. The user of an ACL may use these, and the keys
and channels ``workato:*``. A node of a cluster will do if it is the one that keeps the buckets of the account (the
account is the hash tag of the keys); a store does not follow them to another one.
"""

from workato_async.limits.redis.store import RedisStore

__all__ = ["RedisStore"]
