"""What can go wrong, as data, and the plan that says when it does.

The faults are carried out in :mod:`workato_async.testing.delivery`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from workato_async.endpoint import AnyEndpoint


@attrs.frozen
class Fault:
    """Base of the faults. One with ``processed`` strikes after the server has carried the request out."""

    processed: bool = attrs.field(default=True, init=False)


When = Literal["before", "after", "head", "body"]
"""``"before"`` the request is carried out, ``"after"`` it, amid the ``"head"`` of its answer or amid the ``"body"``."""


@attrs.frozen
class Reset(Fault):
    """The connection is reset (RST); only ``"before"`` leaves the request undone."""

    when: When = attrs.field(default="before", validator=attrs.validators.in_(get_args(When)))
    processed: bool = attrs.field(
        init=False, default=attrs.Factory(lambda self: self.when != "before", takes_self=True)
    )


@attrs.frozen
class Refuse429(Fault):
    """A refusal for pace, whatever the quota says. ``retry_after`` is the raw header, None for none."""

    retry_after: str | None = None
    processed: bool = attrs.field(default=False, init=False)


@attrs.frozen
class Status(Fault):
    """Another answer than the right one: a 5xx, an HTML page, an empty body, garbage with 200."""

    code: int
    body: bytes | str = '{"message": "Server error"}'
    content_type: str = "application/json; charset=utf-8"
    processed: bool = attrs.field(default=False, kw_only=True)


@attrs.frozen
class Truncated(Fault):
    """``Content-Length`` promises more than is sent; then the connection is closed.

    ``code`` takes the place of the right status.
    """

    code: int | None = None
    processed: bool = attrs.field(default=True, kw_only=True)


@attrs.frozen
class Mangled(Fault):
    """The right answer with its body changed on the way, and its content type too if one is given."""

    change: Callable[[bytes], bytes]
    content_type: str | None = None


@attrs.frozen
class Slow(Fault):
    """The answer comes that many seconds late; the request is carried out at once."""

    seconds: float


@attrs.frozen
class Stall(Fault):
    """No answer ever comes; the connection stays open until the server is closed."""

    processed: bool = attrs.field(default=False, kw_only=True)


@attrs.frozen
class Drip(Fault):
    """The body of the answer comes byte by byte."""

    seconds_per_byte: float


@attrs.frozen
class CloseIdle(Fault):
    """A right answer that promises to keep the connection, which is closed all the same."""


@attrs.frozen
class Oversized(Fault):
    """The right answer with white space after it, so that the body has that many bytes.

    ``compressed`` sends it as gzip: a decompression bomb of a thousandth of its size.
    """

    bytes: int
    compressed: bool = False


@attrs.define
class _Planned:
    endpoint_id: str | None
    fault: Fault
    times: int | None
    after: int
    probability: float | None


class FaultPlan:
    """The faults to come. Every planned fault counts the requests it matches on its own; the first due one strikes."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._planned: list[_Planned] = []

    def add(
        self, endpoint: AnyEndpoint | None, fault: Fault, *, times: int | None, after: int, probability: float | None
    ) -> None:
        """Plan a fault; ``times`` None is for ever."""
        self._planned.append(_Planned(endpoint.id if endpoint else None, fault, times, after, probability))

    def strike(self, endpoint: AnyEndpoint) -> Fault | None:
        """Give the fault of a request that has just arrived, None if all goes well."""
        struck = None
        for planned in self._planned:
            if planned.endpoint_id not in (None, endpoint.id):
                continue
            if planned.after:
                planned.after -= 1
            elif struck is None and (planned.probability is None or self._rng.random() < planned.probability):
                struck = planned
        if struck is None:
            return None
        if struck.times is not None:
            struck.times -= 1
            if not struck.times:
                self._planned.remove(struck)
        return struck.fault
