"""One HTTP exchange. aiohttp's client is known here, and to :mod:`.downloads` and :mod:`.wire`, which are parts of it.

aiohttp is tamed here. By itself it sends GET, PUT and DELETE a second time when a kept-alive connection drops; that
second send would spend no token and ask no retry policy. A session of our own has the switch for it, which is not
public, turned off. A borrowed one is left as it is: a client middleware is called for every send, so ours lets the
first one pass and stops the second (:class:`_SendOnce`), which takes a little longer. Redirects are not followed,
cookies not kept, ``.netrc`` and proxy variables not read. What aiohttp raises is told apart into "nothing was sent" and
"the answer was lost", and the exception itself is dropped: its traceback holds the request's headers, and with them the
token.
"""

from __future__ import annotations

import asyncio
import os
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

import aiohttp
import attrs
from aiohttp import ClientSession as ClientSession
from yarl import URL

from workato_async._backoff import back_off
from workato_async._version import __version__
from workato_async.errors import ConfigurationError, ConnectionFailedError, InvalidResponseError, WorkatoError
from workato_async.http._aiohttp import CHUNK, NOT_REACHED, correlation_ids, describe, their_ids, timeouts
from workato_async.http.downloads import REDIRECTS, follow, location_of, stream_body
from workato_async.http.messages import Response, ResponseLostError, Upload
from workato_async.http.responses import IN_DOUBT
from workato_async.http.uploads import extra_seconds, payload_of

if TYPE_CHECKING:
    import ssl as ssl_module
    from collections.abc import Mapping

    from workato_async.endpoint import Host
    from workato_async.http.credentials import Token
    from workato_async.http.messages import Request

CONNECT_TIMEOUT = 10.0
"""Seconds for a connection, TLS included."""
MAX_BODY = 64 * 1024 * 1024
"""Bytes of a decoded answer that are read at most."""

_ONCE_SENT = "the connection was lost before an answer came"


@attrs.frozen
class TransportOptions:
    """How to reach the server.

    Attributes:
        max_connections: connections at a time.
        connect_timeout: seconds for a connection, TLS included.
        max_body: bytes of a decoded answer that are read at most.
        ssl: a context of your own, for a private CA or client certificates.
        proxy: the URL of an HTTP proxy; the environment's are not read.
    """

    max_connections: int = 100
    connect_timeout: float = CONNECT_TIMEOUT
    max_body: int = MAX_BODY
    ssl: ssl_module.SSLContext | None = None
    proxy: str | None = None


class _SecondSendError(Exception):
    """aiohttp was about to send a request again by itself."""


class _SendOnce:
    """A client middleware for one request: passes one send on, and stops any other."""

    __slots__ = ("_sent",)

    def __init__(self) -> None:
        self._sent = False

    async def __call__(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        if self._sent:
            raise _SecondSendError
        self._sent = True
        return await handler(request)


_OPEN: dict[int, aiohttp.ClientSession] = {}
"""The aiohttp sessions we opened, by the id of their transport.

Held here so that a transport that is collected unclosed is collected alone: it can then say so once and close its
connections, before aiohttp's own objects would complain, in their words and each for itself.
"""


class AiohttpTransport:
    """Sends requests to the hosts of one data center with one token.

    Args:
        roots: the roots of the hosts, without ``/api``; one that is not known is missing.
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
        self._roots = roots
        self._urls = {host: URL(root) for host, root in roots.items()}
        self._options = options
        self._borrowed = http is not None
        self._http = http
        self._token = token
        self._pid = os.getpid()
        self._slots = asyncio.Semaphore(options.max_connections)
        self._closed = False
        self._headers = {
            "Authorization": token.header(),
            "Accept": "application/json",
            "User-Agent": f"workato-async/{__version__}",
        }

    async def __call__(self, request: Request) -> Response:
        """Send one request and read its answer to the end.

        Raises:
            ConnectionFailedError: if nothing was sent.
            ResponseLostError: if it was sent and no whole answer came.
            InvalidResponseError: if the answer is larger than may be read.
            ConfigurationError: if the transport, or the borrowed session, is closed.
        """
        request.maybe_sent = False
        http = self._open()
        url = self._url_of(request)
        failure: BaseException
        # Waiting for a connection is not part of the time for an answer, so it is done here and not in aiohttp's pool.
        request.maybe_sent = not self._slots.locked()
        async with self._slots:
            request.maybe_sent = False
            payload = payload_of(request.body)  # only now: calls that wait hold no open files
            request.maybe_sent = True
            try:
                return await self._exchange(http, request, url, payload)
            except NOT_REACHED as error:
                failure = ConnectionFailedError(describe(error), endpoint=request.endpoint.key)
            except TimeoutError:
                failure = ResponseLostError(f"no answer within {request.timeout:g} s", timed_out=True)
            except (_SecondSendError, aiohttp.ServerDisconnectedError):
                failure = ResponseLostError(_ONCE_SENT)
            except (WorkatoError, ResponseLostError) as error:
                failure = error.with_traceback(None)
            except (aiohttp.ClientError, OSError) as error:
                failure = ResponseLostError(f"{_ONCE_SENT} ({type(error).__name__})")
            except asyncio.CancelledError as error:
                failure = asyncio.CancelledError(*error.args)
            except ValueError:
                failure = ConfigurationError(
                    "aiohttp refused the request: a session given as `http` must have no credentials of its own"
                )
            except RuntimeError:
                if not self._closed and not http.closed:
                    raise
                failure = ResponseLostError("the session was closed")
            finally:
                if payload is not None and not isinstance(payload, bytes):
                    payload.close()
        # Raised here, outside of the except blocks, so that no traceback with the request's headers hangs on it.
        raise failure

    async def aclose(self) -> None:
        """Close the connections, unless they are borrowed."""
        self._closed = True
        _OPEN.pop(id(self), None)
        if self._http is not None and not self._borrowed and self._pid == os.getpid():
            await self._http.close()

    @property
    def closed(self) -> bool:
        """Tell whether nothing can be sent any more."""
        return self._closed

    def __del__(self) -> None:
        http = _OPEN.pop(id(self), None)
        if http is None or http.closed or self._pid != os.getpid():
            return  # a forked child must leave alone what its parent uses
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
                next(closing)  # the first step closes them; only the wait for their end would need the loop
            closing.close()

    def __repr__(self) -> str:
        return f"<AiohttpTransport to {self._roots['api']}>"

    def __reduce__(self) -> str:
        raise TypeError("a transport holds a token and is not pickled")

    def _open(self) -> aiohttp.ClientSession:
        if self._closed:
            raise ConfigurationError("the session is closed: make calls inside its `async with` block")
        if self._http is None:
            self._http = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._options.max_connections),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
            )
            self._http._retry_connection = False  # noqa: SLF001 - what it means is pinned by a test
            _OPEN[id(self)] = self._http
        elif self._http.closed:
            raise ConfigurationError("the aiohttp session given as `http` is closed")
        return self._http

    async def _exchange(
        self, http: aiohttp.ClientSession, request: Request, url: URL, payload: bytes | BinaryIO | None
    ) -> Response:
        options = self._options
        async with http.request(
            request.endpoint.method,
            url,
            data=payload,
            headers=self._headers_of(request),
            allow_redirects=False,
            raise_for_status=False,
            timeout=_times(request, payload, options.connect_timeout),
            middlewares=(_SendOnce(),) if self._borrowed else None,
            proxy=options.proxy,
            ssl=options.ssl if options.ssl is not None else True,
        ) as answer:
            link = None
            if request.sink is not None and answer.status == 200:
                await stream_body(answer, request.sink)
                body = b""
            elif request.sink is not None and answer.status in REDIRECTS:
                link, body = location_of(answer, request), b""
            else:
                body = await self._read(answer, request)
            response = Response(
                answer.status,
                self._token.redact(body) if answer.status >= 400 or b'"success"' in body[:512] else body,
                answer.headers.get("Content-Type", ""),
                correlation_ids(request.correlation_id, their_ids(answer)),
                answer.headers.get("Retry-After"),
                date=answer.headers.get("Date"),
            )
        if link is None or request.sink is None:
            return response
        trust = options.ssl if options.ssl is not None else True
        await follow(
            http, link, request, request.sink, connect_timeout=options.connect_timeout, proxy=options.proxy, ssl=trust
        )
        return attrs.evolve(response, status=200)

    def _url_of(self, request: Request) -> URL:
        """Give the URL of a target that is encoded already; the short way is for targets without a query."""
        host, target = request.endpoint.host, request.target
        if host not in self._urls:
            raise ConfigurationError(
                f"{request.endpoint.key} is served by a host of its own, which cannot be told from base_url: "
                f"give {host}_url to WorkatoSession"
            )
        if "?" in target:
            return URL(self._roots[host] + target, encoded=True)
        return self._urls[host].with_path(target, encoded=True)

    def _headers_of(self, request: Request) -> dict[str, str]:
        """Give all headers with each request: aiohttp sends a session's own default headers to the proxy too."""
        headers = {**self._headers, "x-correlation-id": request.correlation_id}
        if isinstance(request.body, Upload):
            headers["Content-Type"] = request.body.content_type
        elif request.body is not None:
            headers["Content-Type"] = "application/json"
        if request.sink is not None:
            headers["Accept"] = "*/*"
            headers["Accept-Encoding"] = "identity"  # what is downloaded is packed already
        return headers

    async def _read(self, answer: aiohttp.ClientResponse, request: Request) -> bytes:
        """Read the body, but never more than the cap: a small compressed answer can unpack to gigabytes."""
        most = self._options.max_body
        length = answer.content_length
        if length is not None and length <= most and "Content-Encoding" not in answer.headers:
            return await answer.read()
        chunks: list[bytes] = []
        size = 0
        async for chunk in answer.content.iter_chunked(CHUNK):
            size += len(chunk)
            if size > most and answer.status >= 400:  # what an error page has to say stands at its beginning
                answer.close()
                return b"".join([*chunks, chunk])[:most]
            if size > most:
                answer.close()
                raise InvalidResponseError(
                    f"{request.endpoint.key}: the answer exceeds {most:,} bytes; ask for less, or raise max_body."
                    + ("" if request.endpoint.is_read else IN_DOUBT),
                    status=answer.status,
                    endpoint=request.endpoint.key,
                    correlation_ids=correlation_ids(request.correlation_id, their_ids(answer)),
                )
            chunks.append(chunk)
            if len(chunk) == CHUNK:  # there is more already, and reading it would not let anyone else have a turn
                await back_off(0)
        return b"".join(chunks)


def _times(request: Request, payload: bytes | BinaryIO | None, connect: float) -> aiohttp.ClientTimeout:
    """Give the times for one exchange; a download may take as long as bytes keep coming."""
    if request.sink is not None:
        return timeouts(None, request.timeout, connect)
    return timeouts(request.timeout + extra_seconds(payload), request.timeout, connect)
