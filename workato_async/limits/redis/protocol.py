"""What a worker and the script in Redis exchange: packed records (MessagePack). Times are whole microseconds."""

from __future__ import annotations

import math

import attrs
import msgspec

CHANNEL = "workato:worker:"
"""Prefix of the channel on which a worker is woken; its id follows."""


def microseconds(seconds: float) -> int:
    """Return whole microseconds, rounded up."""
    return math.ceil(seconds * 1e6)


@attrs.frozen(kw_only=True)
class Step:
    """What a worker reports and asks for.

    Attributes:
        worker: its id.
        nonce: names the bucket's generation if this step begins one.
        generation: the generation the worker knows; empty if it remembers nothing that still matters.
        version: the version of the bucket it saw last.
        seen: the bucket's clock at that time.
        since: how long ago that was, by the worker's own clock.
        number: counts the worker's steps; one that arrives late is not carried out.
        batch: counts the batches of returned permits; a repeated batch is not applied again.
        requests: the quota's requests.
        window: its window, with the allowance for clock drift.
        late: how long a lost request may still be on its way.
        lease: a worker not heard of for this long counts as dead, even if its connection seems to live.
        lead: how much earlier than others this worker may use a permit, because its requests take at least that long.
        held: permits it holds once these returns are applied: the truth about itself.
        want: calls that wait for a permit, at most a few more than two windows can serve.
        pause: how long the bucket has to pause as far as this worker knows, 0 for no pause.
        strikes: pauses without ``Retry-After`` in a row, as far as this worker knows.
        accepted: requests that got another response than a 429 since its last step.
        rate_limited: requests that got a 429 since then.
        resume: whether the pause was lifted since then.
        limited: for each permit of a request that got a 429 (unless it just rests), how long ago it was taken.
        draw: a number from 0 to 1, for the jitter of probes.
        young: how long an unknown bucket has to wait, because the server has only just started.
        returned: permits given back: for how long each rests from now on, and how many.
    """

    worker: str
    nonce: str
    generation: str = ""
    version: int = 0
    seen: int = 0
    since: int = 0
    number: int
    batch: int
    requests: int
    window: int
    late: int
    lease: int
    lead: int = 0
    held: int = 0
    want: int = 0
    pause: int = 0
    strikes: int = 0
    accepted: int = 0
    rate_limited: int = 0
    resume: bool = False
    limited: tuple[int, ...] = ()
    draw: float = 0.0
    young: int = 0
    returned: tuple[tuple[int, int], ...] = ()

    def arguments(self) -> tuple[bytes, str]:
        """Return the ARGV of the script."""
        return msgspec.msgpack.encode(self), CHANNEL


@attrs.frozen(kw_only=True)
class Reply:
    """The script's reply to a step.

    Attributes:
        now: the bucket's clock.
        generation: the bucket's generation.
        version: its version, one more with every step.
        rate_limited: requests that got a 429 so far, of all workers.
        strikes: pauses without ``Retry-After`` in a row.
        paused: how long the pause still lasts.
        room: permits in circulation.
        free: those of them that neither rest nor are held by anyone.
        others: calls of other workers that wait.
        rivals: workers that have such calls.
        peers: other workers heard of lately.
        come: after how long to come again, unless woken earlier; -1 if the worker waits for nothing.
        grants: permits the worker gets: after how long each may be used, and how many.
        returning: when permits become free: after how long, and how many.
    """

    now: int
    generation: str
    version: int
    rate_limited: int
    strikes: int
    paused: int
    room: int
    free: int
    others: int
    rivals: int
    peers: int
    come: int
    grants: tuple[tuple[int, int], ...]
    returning: tuple[tuple[int, int], ...]

    @classmethod
    def read(cls, packed: bytes) -> Reply:
        """Read the script's reply."""
        return msgspec.msgpack.decode(packed, type=cls)


@attrs.frozen
class Wakeup:
    """What the script publishes to a worker in the queue, at another worker's step.

    Attributes:
        bucket: the bucket's name.
        after: when to come for a permit.
        version: the version of the bucket at that step.
    """

    bucket: str
    after: int
    version: int

    @classmethod
    def read(cls, message: bytes) -> Wakeup:
        """Read a message."""
        bucket, after, version = message.decode().split(" ")
        return cls(bucket, int(after), int(version))
