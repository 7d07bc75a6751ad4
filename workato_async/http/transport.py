"""One HTTP exchange. aiohttp's client is used in this package and nowhere else.

This works around what aiohttp does by itself. It sends GET, PUT and DELETE a second time when a kept-alive connection
drops; that second send would take no permit and ask no retry policy. In a session of our own that is turned off
(``connections``). A borrowed session is left as it is: a client middleware is called for every send, so ours checks the
connection, lets the first send pass and stops the second, which takes a little longer. Redirects are not followed,
cookies not kept, ``.netrc`` and proxy variables not read. What aiohttp raises is sorted into "nothing was sent" and
"the response was lost", and the exception itself is dropped: its traceback holds the request's headers, and with them
the token.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

import aiohttp
import attrs
from aiohttp import ClientSession as ClientSession
from aiohttp.hdrs import CONTENT_TYPE, DATE, RETRY_AFTER
from yarl import URL

from workato_async._version import __version__
from workato_async.errors import ConfigurationError, WorkatoError
from workato_async.http._aiohttp import echoed_ids, failure_of, timeouts
from workato_async.http.bodies import ACCEPTED_ENCODINGS, read_body, received_body
from workato_async.http.connections import (
    LONGEST_HEADER,
    MOST_HEADERS,
    SENDING,
    SendOnce,
    drop_connection,
    open_session,
)
from workato_async.http.correlation import is_another_calls
from workato_async.http.downloads import REDIRECTS, follow, head_timeout, link_in, location_of, stream_body
from workato_async.http.lean import Lean, may_be_lean
from workato_async.http.messages import Response, ResponseLostError, Upload
from workato_async.http.slots import Slots
from workato_async.http.uploads import extra_seconds, payload_of

if TYPE_CHECKING:
    import ssl as ssl_module
    from collections.abc import Mapping

    from workato_async.endpoint import Host
    from workato_async.http.credentials import Token
    from workato_async.http.messages import Incoming, Request

CONNECT_TIMEOUT = 10.0
"""Seconds for a connection, TLS included."""
MAX_BODY = 64 * 1024 * 1024
"""The largest decoded response that is read, in bytes."""


@attrs.frozen
class TransportOptions:
    """How to reach the server.

    Attributes:
        max_connections: the largest number of open connections.
        connect_timeout: seconds for a connection, TLS included.
        max_body: the largest decoded response that is read, in bytes.
        ssl: an SSL context, for a private CA or client certificates.
        proxy: the URL of an HTTP proxy; proxies from the environment are not used.
    """

    max_connections: int = 100
    connect_timeout: float = CONNECT_TIMEOUT
    max_body: int = MAX_BODY
    ssl: ssl_module.SSLContext | None = None
    proxy: str | None = None


_OPEN: dict[int, aiohttp.ClientSession] = {}
"""The aiohttp sessions we opened, by the id of their transport.

Held here so that a transport that is collected unclosed is collected alone: it can then warn once and close its
connections, before each of aiohttp's own objects would warn for itself.
"""


class AiohttpTransport:
    """Sends requests to the hosts of one data center with one token.

    Args:
        roots: the roots of the hosts, without ``/api``; an unknown one is missing.
        token: goes into the Authorization header and nowhere else.
        options: how to reach the server.
        http: the caller's client session, which is used and not closed; None for one of our own.
    """

    def __init__(
        self,
        roots: Mapping[Host, str],
        token: Token,
        options: TransportOptions,
        http: aiohttp.ClientSession | None = None,
    ) -> None:
        if http is not None:
            _require_client_session(http)
        self._roots = roots
        self._urls = {host: URL(root) for host, root in roots.items()}
        self._options = options
        self._borrowed = http is not None
        self._http = http
        self._token = token
        self._pid = os.getpid()
        self._slots = Slots(options.max_connections)
        self._closed = False
        self._lean: Lean | None = None
        self._headers = {
            "Accept": "application/json",
            "Accept-Encoding": ACCEPTED_ENCODINGS,
            "User-Agent": f"workato-async/{__version__}",
        }

    async def __call__(self, request: Request) -> Response:
        """Send one request and read its response to the end.

        Raises:
            ConnectionFailedError: if nothing was sent.
            ResponseLostError: if it was sent and no complete response came.
            InvalidResponseError: if the response is not valid HTTP, cannot be unpacked, or is larger than ``max_body``.
            StalePermitError: if a connection came too late for the permit; nothing was sent.
            ConfigurationError: if the transport, or the borrowed session, is closed.
        """
        root = self._urls.get(request.endpoint.host)
        if root is None:
            raise ConfigurationError(
                "this endpoint has a host of its own, which does not follow from base_url: pass "
                f"{request.endpoint.host}_url to WorkatoSession"
            )
        request.connecting = None
        payload: bytes | BinaryIO | None = None
        # Waiting for a connection is not part of the time for a response, so it is done here and not in aiohttp's pool.
        if not self._slots.take():
            await self._slots.wait()
        try:
            http = self._open()  # only now: it may have been closed during the wait
            if self._lean is not None and self._lean.takes(request):
                response = await self._lean.begin(request, root)
                try:
                    ids = self._ids_of(request, response)
                    body = received_body(response, self._options.max_body)
                    if body is None:
                        body = await read_body(response, request, self._options.max_body, ids)
                    return self._response(response, body, ids)
                finally:
                    response.end()
            payload = payload_of(request.body)  # nor do calls that wait hold open files
            return await self._exchange(http, request, payload)
        except BaseException as error:
            closed = self._closed or self._http is None or self._http.closed
            failure = failure_of(error, request, connecting=bool(request.connecting), closed=closed)
            if request.connecting is None and request.permit and isinstance(error, asyncio.CancelledError):
                request.permit.sent = True  # a mock has no connector that would have said so
            if failure is None:
                raise
        finally:
            self._slots.give_back()
            if payload is not None and not isinstance(payload, bytes):
                payload.close()
        if isinstance(failure, WorkatoError):
            failure.correlation_ids = tuple(map(self._token.redact_text, failure.correlation_ids))
        # Raised here, outside of the except blocks, so that no traceback with the request's headers hangs on it.
        raise failure

    async def aclose(self) -> None:
        """Close the connections, unless they are borrowed."""
        self._closed = True
        _OPEN.pop(id(self), None)
        if self._lean is not None:
            self._lean.close()
        if self._http is not None and not self._borrowed and self._pid == os.getpid():
            await self._http.close()

    @property
    def closed(self) -> bool:
        """Whether the transport was closed: nothing can be sent any more."""
        return self._closed

    def __del__(self) -> None:
        http = _OPEN.pop(id(self), None)
        if http is None or http.closed or self._pid != os.getpid():
            return  # a forked child must not close the connections of its parent
        warnings.warn(
            f"a WorkatoSession for {self._roots['api']} was never closed: use it in an `async with` block",
            ResourceWarning,
            stacklevel=1,
        )
        connector = http.connector
        http.detach()
        if connector is not None:
            closing = connector.close().__await__()
            with suppress(StopIteration, RuntimeError):
                next(closing)  # the first step closes them; only waiting for that would need the loop
            closing.close()

    def __repr__(self) -> str:
        return f"<AiohttpTransport to {self._roots['api']}>"

    def __reduce__(self) -> str:
        raise TypeError("a transport holds a token and cannot be pickled")

    def _open(self) -> aiohttp.ClientSession:
        if self._closed:
            raise ConfigurationError("the session is closed: make calls before its block ends")
        if self._lean is not None and self._http is not None:  # nearly always, and only we can close it
            return self._http
        if self._http is None:
            options = self._options
            self._http = open_session(options.max_connections)
            _OPEN[id(self)] = self._http
            if options.proxy is None and may_be_lean(self._http):
                self._lean = Lean(self._http, self._token, options.ssl, options.connect_timeout, self._headers)
        elif self._http.closed:
            raise ConfigurationError("the aiohttp session given as `http` is closed")
        return self._http

    async def _exchange(
        self,
        http: aiohttp.ClientSession,
        request: Request,
        payload: bytes | BinaryIO | None,
    ) -> Response:
        options = self._options
        outer = SENDING.set(request)
        try:
            async with head_timeout(request):
                response = await http.request(
                    request.endpoint.method,
                    self._url_of(request),
                    data=payload,
                    headers=self._headers_of(request),
                    allow_redirects=False,
                    raise_for_status=False,
                    timeout=_times(request, payload, options.connect_timeout),
                    middlewares=(SendOnce(request),) if self._borrowed else None,
                    proxy=options.proxy,
                    ssl=options.ssl if options.ssl is not None else True,
                    auto_decompress=False,
                    max_line_size=LONGEST_HEADER,
                    max_field_size=LONGEST_HEADER,
                    max_headers=MOST_HEADERS,
                )
        finally:
            SENDING.reset(outer)
        async with response:
            if request.sink is None:
                return await self._received(response, request)
            ids = self._ids_of(request, response)
            link = None
            if response.status == 200 and not request.link:
                body = await stream_body(response, request, request.sink)
            elif response.status in REDIRECTS:
                link, body = location_of(response, request), b""
            else:
                body = await read_body(response, request, options.max_body, ids)
                if request.link and response.status == 200:
                    link, body = link_in(body, response, request), b""
            result = self._response(response, body, ids)
        if link is None:
            return result
        trust = options.ssl if options.ssl is not None else True
        await follow(
            http, link, request, request.sink, connect_timeout=options.connect_timeout, proxy=options.proxy, ssl=trust
        )
        return attrs.evolve(result, status=200)

    async def _received(self, response: Incoming, request: Request) -> Response:
        """Read a response that is not a file."""
        ids = self._ids_of(request, response)
        return self._response(response, await read_body(response, request, self._options.max_body, ids), ids)

    def _response(self, response: Incoming, body: bytes, ids: tuple[str, ...]) -> Response:
        headers = response.headers
        return Response(
            response.status,
            body,
            headers.get(CONTENT_TYPE, ""),
            ids,
            headers.get(RETRY_AFTER),
            headers.get(DATE),
            1,
            self._token.redact_text,
        )

    def _ids_of(self, request: Request, response: Incoming) -> tuple[str, ...]:
        """Return every id of a call once, ours first, and none that quotes the token.

        Raises:
            ResponseLostError: if the response has the id of another call.
        """
        ours, found = request.correlation_id, echoed_ids(response)
        if ours not in found and is_another_calls(ours, found):
            drop_connection(response)  # whatever else comes on it is not ours either
            raise ResponseLostError("the response that came belongs to another call")
        theirs = [self._token.redact_text(each) for each in found if each != ours]
        return (ours, *theirs) if len(theirs) < 2 else tuple(dict.fromkeys([ours, *theirs]))

    def _url_of(self, request: Request) -> URL:
        """Return the URL of a target that is already encoded; the faster way is for targets without a query."""
        host, target = request.endpoint.host, request.target
        if "?" in target:
            return URL(self._roots[host] + target, encoded=True)
        return self._urls[host].with_path(target, encoded=True)

    def _headers_of(self, request: Request) -> dict[str, str]:
        """Return all headers of a request: aiohttp would also send a session's default headers to the proxy."""
        token = self._token
        request.issue = token.issue
        headers = {"Authorization": token.header(), **self._headers, "x-correlation-id": request.correlation_id}
        if isinstance(request.body, Upload):
            headers["Content-Type"] = request.body.content_type
        elif request.body is not None:
            headers["Content-Type"] = "application/json"
        if request.sink is not None:
            headers["Accept"] = "*/*"
            headers["Accept-Encoding"] = "identity"  # files are already compressed
        return headers


def _require_client_session(http: object) -> None:
    """Raise an error unless a value is an open client session of aiohttp.

    Raises:
        ConfigurationError: for anything else, such as the class, or a wrapper that has retries of its own.
    """
    if isinstance(http, aiohttp.ClientSession):
        return
    kind = f"the class {http.__name__}" if inspect.isclass(http) else f"an object of type {type(http).__name__}"
    raise ConfigurationError(
        f"http must be an aiohttp.ClientSession, not {kind}",
        advice="Pass a session that is open; if it is wrapped, pass the session inside. Retries are made here.",
    )


def _times(request: Request, payload: bytes | BinaryIO | None, connect: float) -> aiohttp.ClientTimeout:
    """Return the timeouts of one exchange; a download may take as long as bytes keep coming."""
    if request.sink is not None:
        return timeouts(None, request.timeout, connect)
    return timeouts(request.timeout + extra_seconds(payload), request.timeout, connect)
