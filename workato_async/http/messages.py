"""Request and response, and ``Send``, the only seam of the pipeline.

Every layer (retry, throttle, transport) is a function from ``Request`` to ``Response``; each wraps the next.
Tests and users plug in at any of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import attrs

from workato_async.limits.wait_queue import Priority

if TYPE_CHECKING:
    from pathlib import Path

    from aiohttp import StreamReader

    from workato_async.endpoint import AnyEndpoint
    from workato_async.errors import WorkatoError
    from workato_async.limits.permit import Permit


LOST = "the connection was lost before a response came"

ErrorT = TypeVar("ErrorT", bound="WorkatoError")


@attrs.frozen(eq=False)
class Upload:
    """A body that is not JSON.

    Attributes:
        content: the bytes, or the file that holds them, which is read while it is sent and never held in memory.
        content_type: its media type.
    """

    content: bytes | Path = attrs.field(repr=False)
    content_type: str = "application/octet-stream"


class Sink(Protocol):
    """Receives the body of a response in chunks, so that it need not fit into memory.

    Attributes:
        max_bytes: the largest body it accepts.
    """

    max_bytes: int

    async def begin(self) -> None:
        """Begin a body, and discard what an earlier attempt wrote."""
        ...

    async def write(self, chunk: bytes) -> None:
        """Take the next chunk."""
        ...


@attrs.define(eq=False)
class Request:
    """One attempt of a call.

    Attributes:
        endpoint: what is called; decides quota and retries.
        target: percent-encoded path and query, from the root of the host.
        body: JSON, or a body of another kind, or None for none.
        correlation_id: sent as ``x-correlation-id``; all attempts of a call have the same.
        timeout: seconds for the exchange once it has its permit, including at most 10 for the connection.
        max_wait: seconds the call may wait for a permit, None for as long as it takes.
        priority: decides which waiting calls it may overtake.
        deadline: loop time at which the whole call is given up, None for never.
        attempt: 1 for the first time it is sent.
        permit: the permit of this attempt; None before it has one.
        sink: receives the body of a successful response, following redirects; None to have it in the response.
        link: of a call with a sink, the field of the JSON response that has the link to the file; empty if the response
            itself is the file, or a redirect to it.
        host: the name of the host, for errors and events, e.g. ``"app.eu.workato.com"``.
        decode: makes the value of a successful response, or raises a WorkatoError; None for none.
        issue: which issue of the token it was sent with, where a provider issues them.
        connecting: a connection is being looked for or made, so nothing has been sent; None before that.
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
    permit: Permit | None = attrs.field(default=None, repr=False)
    sink: Sink | None = None
    link: str = ""
    host: str = ""
    decode: Callable[[Request, Response], Any] | None = attrs.field(default=None, repr=False)
    issue: int = 0
    connecting: bool | None = None

    @property
    def maybe_sent(self) -> bool:
        """Whether this attempt may have been sent: it had its permit and a connection."""
        return self.permit is not None and self.permit.sent

    def mark_sent(self) -> None:
        """Record that this attempt has its connection, and may leave from now on.

        Raises:
            StalePermitError: if its permit must not be used any more.
        """
        if self.permit is not None:
            self.permit.mark_sent()
        self.connecting = False

    @property
    def path(self) -> str:
        """The path without the query, e.g. ``"/api/recipes/42"``."""
        return self.target.partition("?")[0]

    @property
    def where(self) -> dict[str, str]:
        """The path and the host, which every event names."""
        return {"path": self.path, "host": self.host}


UNDECODED: Any = object()
"""The value of a response that was not decoded yet."""


@attrs.define(eq=False)
class Response:
    """One response, read to its end.

    Attributes:
        status: the HTTP status.
        body: the decoded body.
        content_type: the header as it came.
        correlation_ids: every ``x-correlation-id`` of request and response, ours first.
        retry_after: the raw ``Retry-After`` header, None if there was none.
        date: the raw ``Date`` header, None if there was none.
        attempts: requests sent for this call, up to this response.
        redact: takes the token out of a text that is quoted in an error.
        value: what the request's ``decode`` made of it; set by the retry layer.
    """

    status: int
    body: bytes = attrs.field(default=b"", repr=False)  # it may hold a credential
    content_type: str = attrs.field(default="", repr=False)  # as headers may
    correlation_ids: tuple[str, ...] = ()
    retry_after: str | None = attrs.field(default=None, repr=False)
    date: str | None = attrs.field(default=None, repr=False)
    attempts: int = 1
    redact: Callable[[str], str] = attrs.field(default=str, repr=False)
    value: Any = attrs.field(default=UNDECODED, repr=False)


class Incoming(Protocol):
    """A response that is being received, with or without aiohttp's client: the part of it that is used here."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...

    @property
    def version(self) -> object | None:
        """The version of HTTP; None for a mock, which had no connection."""
        ...

    @property
    def headers(self) -> Any:
        """The headers, a CIMultiDictProxy; aiohttp's are a descriptor that pyright would not accept."""
        ...

    @property
    def content(self) -> StreamReader:
        """The body as a stream."""
        ...

    @property
    def content_length(self) -> int | None:
        """The length of the body that its header announces."""
        ...

    async def read(self) -> bytes:
        """Return the whole body."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


Send = Callable[[Request], Awaitable[Response]]


def about(error: ErrorT, request: Request) -> ErrorT:
    """Record in an error which request it is about, and return the error."""
    endpoint = request.endpoint
    error.concern(endpoint.key, request.path, request.host, idempotent=endpoint.idempotent)
    return error


class ResponseLostError(Exception):
    """The request may have reached the server, but no complete response came back.

    Never leaves the package: the retry layer turns it into another attempt or a public error.

    Attributes:
        final: the error to end with, if another attempt would fail in the same way.
    """

    def __init__(self, reason: str, *, timed_out: bool = False, final: WorkatoError | None = None) -> None:
        super().__init__(reason)
        self.timed_out = timed_out
        self.final = final
