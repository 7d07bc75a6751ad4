"""What a worker and the script in Redis say to each other. Times are whole microseconds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence

CHANNEL = "workato:worker:"
"""Prefix of the channel on which a worker is called; its id follows."""


ALL = 2**53
"""Later than any version."""
MOST = 365 * 86400.0
"""The longest time, in seconds, that one is told of; a longer pause is told as this one."""


def microseconds(seconds: float) -> int:
    """Give whole microseconds, rounded up."""
    return math.ceil(seconds * 1e6)


@attrs.frozen(kw_only=True)
class Step:
    """What a worker says in one step.

    Attributes:
        worker: its id.
        nonce: names the bucket's generation if this step begins one.
        generation: the generation the worker knows; empty if it remembers nothing that still matters.
        version: the version of the bucket it saw last.
        seen: the bucket's clock when it saw that.
        since: how long ago that was, by the worker's own clock.
        turn: counts the steps this worker sends; one that comes late is not carried out.
        batch: counts the batches of reports; a batch that comes again is not booked again.
        requests: the quota's requests.
        window: its window, with the allowance for the drift of clocks.
        late: how long a lost request may still be on its way.
        lease: after how long a worker that is not heard of counts as dead, though its connection seems to live.
        lead: how much earlier than others this worker may use a token, because its requests take at least that long.
        held: tokens it holds once these reports are booked: the truth about itself.
        want: calls that wait for a token, at most some more than two windows can serve.
        received: the version of the bucket that sent it the last token it received by a call; :data:`ALL` if none that
            may have been sent so far will ever be received, because its connection broke.
        pause: how long the bucket has to pause as far as this worker knows, 0 for no pause.
        strikes: pauses without ``Retry-After`` in a row, as far as this worker knows.
        accepted: whether a request was accepted since its last step.
        refused: how many were refused since.
        young: how long the bucket has to wait if there is nothing in Redis, because the server has only just started.
        reports: tokens that are given back: for how long each rests from now on, and how many.
    """

    worker: str
    nonce: str
    generation: str = ""
    version: int = 0
    seen: int = 0
    since: int = 0
    turn: int
    batch: int
    requests: int
    window: int
    late: int
    lease: int
    lead: int = 0
    held: int = 0
    want: int = 0
    received: int = 0
    pause: int = 0
    strikes: int = 0
    accepted: bool = False
    refused: int = 0
    young: int = 0
    reports: tuple[tuple[int, int], ...] = ()

    def arguments(self) -> list[str | int]:
        """Give the ARGV of the script, in the order in which it reads them."""
        return [
            CHANNEL,
            self.worker,
            self.nonce,
            self.generation,
            self.version,
            self.seen,
            self.since,
            self.turn,
            self.batch,
            self.requests,
            self.window,
            self.late,
            self.lease,
            self.lead,
            self.held,
            self.want,
            self.received,
            self.pause,
            self.strikes,
            int(self.accepted),
            self.refused,
            self.young,
            *(value for report in self.reports for value in report),
        ]


@attrs.frozen(kw_only=True)
class Answer:
    """What the script answers.

    Attributes:
        now: the bucket's clock.
        generation: the bucket's generation.
        version: its version, one more with every step.
        refusals: requests refused so far, of all workers.
        strikes: pauses without ``Retry-After`` in a row.
        paused: how long the pause still lasts.
        free: tokens that rest no longer and are held by nobody.
        others: calls of other workers that wait.
        rivals: workers that have such calls.
        peers: other workers that were heard of lately.
        come: after how long to come again, if nothing calls the worker earlier; -1 if it waits for nothing.
        grants: tokens it gets: after how long each may be used, and how many.
        resting: when tokens become free: after how long, and how many.
    """

    now: int
    generation: str
    version: int
    refusals: int
    strikes: int
    paused: int
    free: int
    others: int
    rivals: int
    peers: int
    come: int
    grants: tuple[tuple[int, int], ...]
    resting: tuple[tuple[int, int], ...]

    @classmethod
    def read(cls, reply: Sequence[Any]) -> Answer:
        """Read the script's reply."""
        now, generation, version, refusals, strikes, paused, free, others, rivals, peers, come, grants, resting = reply
        return cls(
            now=now,
            generation=generation.decode(),
            version=version,
            refusals=refusals,
            strikes=strikes,
            paused=paused,
            free=free,
            others=others,
            rivals=rivals,
            peers=peers,
            come=come,
            grants=_pairs(grants),
            resting=_pairs(resting),
        )


@attrs.frozen
class Call:
    """What the script tells a worker that waits in the line, at another worker's step.

    Attributes:
        bucket: the bucket's name.
        after: when to come for a token; or, if it brings one, when that may be used.
        version: the version of the bucket that says so.
        tokens: how many tokens it brings, 0 or 1.
        sent: the bucket's clock when it was sent.
    """

    bucket: str
    after: int
    version: int
    tokens: int
    sent: int

    @classmethod
    def read(cls, message: bytes) -> Call:
        """Read a message."""
        bucket, *numbers = message.decode().split(" ")
        return cls(bucket, *map(int, numbers))


def _pairs(flat: Sequence[int]) -> tuple[tuple[int, int], ...]:
    return tuple(zip(flat[::2], flat[1::2], strict=True))
