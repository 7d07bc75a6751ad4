"""One HTTP exchange: the only module that imports aiohttp's client.

aiohttp is tamed here. By itself it sends GET, PUT and DELETE a second time when a kept-alive connection drops; that
second send would spend no token and ask no retry policy. A session of our own has the switch for it, which is not
public, turned off. A borrowed one is left as it is: a client middleware is called for every send, so ours lets the
first one pass and stops the second (:class:`_SendOnce`), which takes a little longer. Redirects are not followed,
cookies not kept, ``.netrc`` and proxy variables not read. What aiohttp raises is told apart into "nothing was sent" and
"the answer was lost", and the exception itself is dropped: its traceback holds the request's headers, and with them the
token.

A download is the one call that follows its redirect, to a storage host that is not Workato's: it gets there with no
token, no cookie and no header of ours, and neither does a borrowed session's own configuration go along.
"""

from __future__ import annotations

import asyncio
import io
import math
import os
import warnings
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, BinaryIO

import aiohttp
import attrs
from yarl import URL

from workato_async._version import __version__
from workato_async.backoff import back_off
from workato_async.errors import ConfigurationError, ConnectionFailedError, InvalidResponseError, WorkatoError
from workato_async.exchange import AnswerLostError, Response, Upload
from workato_async.hosts import is_loopback
from workato_async.reply import IN_DOUBT

if TYPE_CHECKING:
    import ssl as ssl_module
    from collections.abc import Mapping, Sequence

    from workato_async.exchange import Request, Sink
    from workato_async.hosts import Host
    from workato_async.token import Token

CONNECT_TIMEOUT = 10.0
"""Seconds for a connection, TLS included."""
MAX_BODY = 64 * 1024 * 1024
"""Bytes of a decoded answer that are read at most."""
SLOWEST_UPLOAD = 64 * 1024
"""Bytes a second below which an upload is given up: its time is that of an answer, and a second for each of these."""
_CHUNK = 256 * 1024
_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 5

_ONCE_SENT = "the connection was lost before an answer came"
_NOT_REACHED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError)


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
            AnswerLostError: if it was sent and no whole answer came.
            InvalidResponseError: if the answer is larger than may be read.
            ConfigurationError: if the transport, or the borrowed session, is closed.
        """
        request.departed = False
        http = self._open()
        url = self._url_of(request)
        payload = _payload(request.body)
        failure: BaseException
        # Waiting for a connection is not part of the time for an answer, so it is done here and not in aiohttp's pool.
        request.departed = not self._slots.locked()
        async with self._slots:
            request.departed = True
            try:
                return await self._exchange(http, request, url, payload)
            except _NOT_REACHED as error:
                failure = ConnectionFailedError(_describe(error), endpoint=request.endpoint.key)
            except TimeoutError:
                failure = AnswerLostError(f"no answer within {request.timeout:g} s", timed_out=True)
            except (_SecondSendError, aiohttp.ServerDisconnectedError):
                failure = AnswerLostError(_ONCE_SENT)
            except (WorkatoError, AnswerLostError) as error:
                failure = error.with_traceback(None)
            except (aiohttp.ClientError, OSError) as error:
                failure = AnswerLostError(f"{_ONCE_SENT} ({type(error).__name__})")
            except asyncio.CancelledError as error:
                failure = asyncio.CancelledError(*error.args)
            except ValueError:
                failure = ConfigurationError(
                    "aiohttp refused the request: a session given as `http` must have no credentials of its own"
                )
            except RuntimeError:
                if not self._closed and not http.closed:
                    raise
                failure = AnswerLostError("the session was closed")
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
            timeout=_timeouts(*_times(request, payload), options.connect_timeout),
            middlewares=(_SendOnce(),) if self._borrowed else None,
            proxy=options.proxy,
            ssl=options.ssl if options.ssl is not None else True,
        ) as answer:
            if request.sink is not None and answer.status == 200:
                await _pour(answer, request.sink)
                body = b""
            elif request.sink is not None and answer.status in _REDIRECTS:
                their_ids = _their_ids(answer)
                return await self._download(http, _location(answer, request), request, request.sink, their_ids)
            else:
                body = await self._read(answer, request)
            return Response(
                answer.status,
                self._token.blacken(body) if answer.status >= 400 or b'"success"' in body[:512] else body,
                answer.headers.get("Content-Type", ""),
                _correlation_ids(request.correlation_id, _their_ids(answer)),
                answer.headers.get("Retry-After"),
            )

    async def _download(
        self, http: aiohttp.ClientSession, url: URL, request: Request, sink: Sink, their_ids: Sequence[str]
    ) -> Response:
        """Fetch what a redirect leads to, as nobody in particular, with the connections of a session."""
        reason = f"the download was redirected more than {_MOST_REDIRECTS} times"
        try:
            async with aiohttp.ClientSession(
                connector=http.connector, connector_owner=False, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
            ) as nobody:
                for _ in range(_MOST_REDIRECTS):
                    async with nobody.get(
                        url,
                        headers={"Accept-Encoding": "identity"},
                        allow_redirects=False,
                        timeout=_timeouts(*_times(request, None), self._options.connect_timeout),
                        proxy=self._options.proxy,
                        ssl=self._options.ssl if self._options.ssl is not None else True,
                    ) as answer:
                        if answer.status == 200:
                            await _pour(answer, sink)
                            return Response(200, correlation_ids=_correlation_ids(request.correlation_id, their_ids))
                        if answer.status not in _REDIRECTS:  # the link has expired, say; a fresh one may do
                            reason = f"the storage host answered {answer.status}"
                            break
                        url = _location(answer, request)
        except _NOT_REACHED as error:  # the API was, and has counted the request
            reason = f"the storage host was not reached: {_describe(error)}"
        raise AnswerLostError(reason)

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
        async for chunk in answer.content.iter_chunked(_CHUNK):
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
                    correlation_ids=_correlation_ids(request.correlation_id, _their_ids(answer)),
                )
            chunks.append(chunk)
            if len(chunk) == _CHUNK:  # there is more already, and reading it would not let anyone else have a turn
                await back_off(0)
        return b"".join(chunks)


def _payload(body: bytes | Upload | None) -> bytes | BinaryIO | None:
    """Give a large body as a stream, so that aiohttp writes it piece by piece (and does not warn).

    Raises:
        ConfigurationError: if it is a file that cannot be read.
    """
    content = body.content if isinstance(body, Upload) else body
    if content is None or isinstance(content, bytes):
        return io.BytesIO(content) if content is not None and len(content) > _CHUNK else content
    try:
        return content.open("rb")
    except OSError as error:
        raise ConfigurationError(f"{content} cannot be read: {error.strerror}") from None


async def _pour(answer: aiohttp.ClientResponse, sink: Sink) -> None:
    await sink.begin()
    async for chunk in answer.content.iter_chunked(_CHUNK):
        await sink.write(chunk)


def _location(answer: aiohttp.ClientResponse, request: Request) -> URL:
    """Give where a redirect leads.

    Raises:
        InvalidResponseError: if it leads nowhere, or to an address without encryption.
    """
    try:
        location = answer.headers["Location"]
        as_it_is = location.isascii() and location.isprintable() and " " not in location  # or its signature is void
        url = answer.url.join(URL(location, encoded=as_it_is))
    except (KeyError, ValueError):
        url = URL()
    if url.host and (url.scheme == "https" or (url.scheme == "http" and is_loopback(url.host))):
        return url
    raise InvalidResponseError(
        f"{request.endpoint.key}: the answer redirects to no https address, so nothing was downloaded",
        status=answer.status,
        endpoint=request.endpoint.key,
        correlation_ids=_correlation_ids(request.correlation_id, _their_ids(answer)),
    )


def _times(request: Request, payload: bytes | BinaryIO | None) -> tuple[float | None, float]:
    """Give the seconds for the exchange, if they are bounded, and those without a byte of the answer.

    A download may take as long as bytes keep coming.
    """
    if request.sink is not None:
        return None, request.timeout
    if payload is None or isinstance(payload, bytes):
        return request.timeout, request.timeout
    size = payload.seek(0, io.SEEK_END)
    payload.seek(0)
    return request.timeout + size // SLOWEST_UPLOAD, request.timeout


@lru_cache(maxsize=64)
def _timeouts(total: float | None, answer: float, connect: float) -> aiohttp.ClientTimeout:
    """Give the times for one exchange; the one for the connection must end first, to be told from a lost answer."""
    return aiohttp.ClientTimeout(
        total=total,
        connect=0.9 * answer,
        sock_connect=min(connect, 0.9 * answer),
        sock_read=answer if total is None else None,
        ceil_threshold=math.inf,
    )


def _their_ids(answer: aiohttp.ClientResponse) -> Sequence[str]:
    return answer.headers.getall("x-correlation-id", ())


def _correlation_ids(ours: str, theirs: Sequence[str]) -> tuple[str, ...]:
    """Give every id once, ours first; the answer may carry several lines, or several ids in one line."""
    found = [part.strip() for line in theirs for part in line.split(",")]
    return tuple(dict.fromkeys([ours, *filter(None, found)]))


def _describe(error: Exception) -> str:
    """Say why no connection came about, without the objects aiohttp hangs on its exceptions."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"the host name {error.host} cannot be resolved"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"the certificate of {error.host} is not trusted ({error.certificate_error})"
    if isinstance(error, aiohttp.ClientSSLError):
        return f"TLS with {error.host} failed ({error.os_error})"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"no connection to {error.host}:{error.port} ({error.os_error.strerror or error.os_error})"
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy refused ({error.status})"
    return "no connection in time"
