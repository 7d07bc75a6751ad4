"""What travels through the pipeline: a request goes down, a response comes up, and :data:`Send` is the only seam.

Every layer (retry, throttle, transport) is a function from :class:`Request` to :class:`Response`; each wraps the next.
Tests and users plug in at any of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

import attrs

from workato_async.limits.wait_queue import Priority

if TYPE_CHECKING:
    from pathlib import Path

    from workato_async.endpoint import AnyEndpoint


@attrs.frozen(eq=False)
class Upload:
    """A body that is not JSON.

    Attributes:
        content: the bytes, or the file that holds them, which is read while it is sent and never held in memory.
        content_type: what they are.
    """

    content: bytes | Path = attrs.field(repr=False)
    content_type: str = "application/octet-stream"


class Sink(Protocol):
    """Takes the body of an answer piece by piece, so that it need not fit into memory."""

    async def begin(self) -> None:
        """Begin a body; what an earlier attempt brought is to be forgotten."""
        ...

    async def write(self, chunk: bytes) -> None:
        """Take the next piece."""
        ...


@attrs.define(eq=False)
class Request:
    """One attempt of a call.

    Attributes:
        endpoint: what is called; decides quota and retries.
        target: percent-encoded path and query, from the root of the host.
        body: JSON, or a body of another kind, or None for none.
        correlation_id: sent as ``x-correlation-id``, the same for all attempts of a call.
        timeout: seconds for the exchange once it has its token, the connection (10 of them at most) included.
        max_wait: seconds the call may wait for a token, None for as long as it takes.
        priority: whom the call passes in the queue for a token.
        deadline: loop time at which the whole call is given up, None for never.
        attempt: 1 for the first time it is sent.
        maybe_sent: whether the attempt may have left: it has its permit and a connection.
        sink: takes the body of a successful answer, which is followed through redirects; None to have it in the answer.
    """

    endpoint: AnyEndpoint
    target: str
    body: bytes | Upload | None = attrs.field(default=None, repr=False)
    correlation_id: str = ""
    timeout: float = 45.0
    max_wait: float | None = None
    priority: Priority = Priority.NORMAL
    deadline: float | None = None
    attempt: int = 1
    maybe_sent: bool = False
    sink: Sink | None = None


@attrs.frozen(eq=False)
class Response:
    """One answer, read to its end.

    Attributes:
        status: the HTTP status.
        body: the decoded body.
        content_type: the header as it came.
        correlation_ids: every ``x-correlation-id`` of request and answer, the caller's first.
        retry_after: the raw ``Retry-After`` header, None if there was none.
        date: the raw ``Date`` header, None if there was none.
        attempts: requests sent for this call until this answer came.
    """

    status: int
    body: bytes = attrs.field(default=b"", repr=False)  # it may hold a credential
    content_type: str = ""
    correlation_ids: tuple[str, ...] = ()
    retry_after: str | None = None
    date: str | None = None
    attempts: int = 1


Send = Callable[[Request], Awaitable[Response]]


class ResponseLostError(Exception):
    """The request may have reached the server, but no whole answer came back.

    Never leaves the package: the retry layer turns it into another attempt or a public error.
    """

    def __init__(self, reason: str, *, timed_out: bool = False) -> None:
        super().__init__(reason)
        self.timed_out = timed_out
