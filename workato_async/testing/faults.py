"""What can go wrong, as data, and the plan for when it does.

The faults are carried out in ``workato_async.testing.delivery``.
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
    """Base of the faults. One with ``processed`` strikes after the server has carried out the request."""

    processed: bool = attrs.field(default=True, init=False)


When = Literal["before", "after", "head", "body"]
"""``"before"`` or ``"after"`` the request is carried out, within the ``"head"`` or the ``"body"`` of the response."""


@attrs.frozen
class Reset(Fault):
    """The connection is reset (RST); the request is carried out, except with ``"before"``."""

    when: When = attrs.field(default="before", validator=attrs.validators.in_(get_args(When)))
    processed: bool = attrs.field(
        init=False, default=attrs.Factory(lambda self: self.when != "before", takes_self=True)
    )


@attrs.frozen
class Refuse429(Fault):
    """A 429, whatever the quota says. ``retry_after`` is the raw header; None sends none."""

    retry_after: str | None = None
    processed: bool = attrs.field(default=False, init=False)


@attrs.frozen
class Status(Fault):
    """A wrong response: a 5xx, an HTML page, an empty body, garbage with 200."""

    code: int
    body: bytes | str = '{"message": "Server error"}'
    content_type: str = "application/json; charset=utf-8"
    processed: bool = attrs.field(default=False, kw_only=True)


@attrs.frozen
class Truncated(Fault):
    """``Content-Length`` promises more than is sent; then the connection is closed.

    ``code`` replaces the correct status.
    """

    code: int | None = None
    processed: bool = attrs.field(default=True, kw_only=True)


@attrs.frozen
class Mangled(Fault):
    """The correct response with its body changed on the way, and its content type if one is given."""

    change: Callable[[bytes], bytes]
    content_type: str | None = None


@attrs.frozen
class Slow(Fault):
    """The response comes that many seconds late; the request is carried out at once."""

    seconds: float


@attrs.frozen
class Stall(Fault):
    """No response ever comes; the connection stays open until the server is closed."""

    processed: bool = attrs.field(default=False, kw_only=True)


@attrs.frozen
class Drip(Fault):
    """The body of the response comes byte by byte, ``seconds_per_byte`` apart."""

    seconds_per_byte: float


@attrs.frozen
class CloseIdle(Fault):
    """A correct response that promises to keep the connection, which is then closed."""


@attrs.frozen
class Oversized(Fault):
    """The correct response, padded with white space to that many bytes.

    ``compressed`` sends it as gzip: a decompression bomb a thousand times smaller.
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
    """The planned faults. Each counts the requests it matches; the first that is due strikes."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._planned: list[_Planned] = []

    def add(
        self, endpoint: AnyEndpoint | None, fault: Fault, *, times: int | None, after: int, probability: float | None
    ) -> None:
        """Plan a fault; ``times=None`` never ends."""
        self._planned.append(_Planned(endpoint.id if endpoint else None, fault, times, after, probability))

    def strike(self, endpoint: AnyEndpoint) -> Fault | None:
        """Return the fault for a request that has just arrived, None for none."""
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
