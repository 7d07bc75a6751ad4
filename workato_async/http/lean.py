"""A request on aiohttp's connections and by its parser, but without its client: for half of the CPU time.

aiohttp builds a request, a response, timers and a task for each call, of which hardly anything is needed here.
Connections, TLS, DNS, the pool and the parser are still aiohttp's. A call goes this way if its session is ours and has
no proxy, its body is small, its response is not a file, and nobody watches aiohttp or has put a mock in its place,
which is decided for each call. ``WORKATO_ASYNC_PLAIN=1`` switches it off.

What is not documented of aiohttp and that only this way needs is in this module. It is looked for at import; if
anything is missing, all calls go through ``ClientSession.request``.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import logging
import os
import re
from types import FunctionType
from typing import TYPE_CHECKING, Any, cast

import aiohttp
from aiohttp import BaseConnector, ClientRequest, ClientResponse, ClientSession, StreamReader, TCPConnector, hdrs
from aiohttp.client_proto import ResponseHandler

from workato_async.http._aiohttp import CHUNK, timeouts
from workato_async.http.connections import LONGEST_HEADER, MOST_HEADERS, CheckedConnector, lacking
from workato_async.http.deadlines import Deadlines
from workato_async.http.uploads import WHOLE

if TYPE_CHECKING:
    import ssl as ssl_module
    from collections.abc import Iterator, Mapping

    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace
    from multidict import CIMultiDictProxy
    from yarl import URL

    from workato_async.http.credentials import Token
    from workato_async.http.messages import Request

logger = logging.getLogger("workato_async")

PLAIN = "WORKATO_ASYNC_PLAIN"
"""The environment variable that makes all calls go through ``ClientSession.request``."""
_ENCODED = re.compile(r"[!\x22$-~]+")
"""A target that needs no encoding, and has no fragment."""
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_PARAMETERS: dict[str, Any] = {
    "read_until_eof": True,
    "auto_decompress": False,
    "read_bufsize": CHUNK,
    "max_line_size": LONGEST_HEADER,
    "max_field_size": LONGEST_HEADER,
    "max_headers": MOST_HEADERS,
}
"""How responses are parsed, as in ``transport``."""
_NO_TRACES: list[Trace] = []


class Destination(ClientRequest):
    """What a connector has to know about the requests to one host.

    Attributes:
        head: the headers that all of them have, as they are sent.
    """

    connection_key: Any = None
    """Computed once: aiohttp's request does so whenever it is asked."""
    head = ""


class LeanResponse:
    """A request that has its connection, and its response: the part of aiohttp's that is used here.

    Attributes:
        status: of the response.
        version: of HTTP.
        headers: of the response.
        content: the body as a stream.
    """

    __slots__ = ("_connection", "_deadlines", "_protocol", "content", "headers", "status", "version")

    status: int
    version: aiohttp.HttpVersion
    headers: CIMultiDictProxy[str]
    content: StreamReader

    def __init__(self, connection: Connection, protocol: Any, deadlines: Deadlines) -> None:
        self._connection = connection
        self._protocol = protocol
        self._deadlines = deadlines

    @property
    def content_length(self) -> int | None:
        """The length of the body that its header announces."""
        length = self.headers.get(hdrs.CONTENT_LENGTH)
        return None if length is None else int(length)

    def received(self, most: int) -> bytes | None:
        """Return the whole body if it is there in one piece, and no longer than ``most``; None if it has to be read."""
        content = self.content
        chunks: Any = getattr(content, "_buffer", ())
        if len(chunks) == 1 and content.is_eof() and content.total_bytes <= most and content.exception() is None:
            body: bytes = chunks.popleft()  # content.read() would first ask the parser for more
            return body
        return None

    async def read(self) -> bytes:
        """Return the whole body."""
        return await self.content.read()

    def end(self) -> None:
        """Return the connection to the pool if the response was received to its end, else close it."""
        content = getattr(self, "content", None)
        if content is not None and content.is_eof():
            self._deadlines.ends.pop(self, None)
            self._protocol.keep_parser()
            self._connection.release()
        else:
            self.close()

    def close(self) -> None:
        """Close the connection."""
        self._deadlines.ends.pop(self, None)
        self._connection.close()

    def expire(self) -> None:
        """Fail the task that waits for the response, unless all of it is there: a loop that was blocked looks late."""
        content = getattr(self, "content", None)
        if content is None or not content.is_eof():
            self._protocol.fail(aiohttp.SocketTimeoutError(), content)


class Lean:
    """Sends requests with a client session of ours.

    Args:
        http: the session.
        token: goes into the Authorization header.
        ssl: the SSL context, None for aiohttp's own.
        connect_timeout: seconds for a connection, TLS included.
        headers: what else all requests have in common.
    """

    def __init__(
        self,
        http: ClientSession,
        token: Token,
        ssl: ssl_module.SSLContext | None,
        connect_timeout: float,
        headers: Mapping[str, str],
    ) -> None:
        self._http = http
        self._traces = http.trace_configs
        self._of_http, self._of_connector = vars(http), vars(http.connector)
        self._token = token
        self._ssl = ssl
        self._connect_timeout = connect_timeout
        self._timeout = 0.0
        self._limits = timeouts(0.0, 0.0, connect_timeout)
        self._connector = cast("CheckedConnector", http.connector)
        self._headers = headers
        self._deadlines = Deadlines()
        self._destinations: dict[str, Destination] = {}

    def takes(self, request: Request) -> bool:
        """Whether a request can go this way."""
        body, of_http = request.body, self._of_http
        if request.sink is not None or request.endpoint.method not in _METHODS:
            return False
        if body is not None and not (isinstance(body, bytes) and len(body) <= WHOLE):
            return False
        if self._traces or "_request" in of_http or "request" in of_http or "connect" in self._of_connector:
            return False
        if of_http["_connector"] is not self._connector or _ENCODED.fullmatch(request.target) is None:
            return False
        return not _is_watched()

    async def begin(self, request: Request, root: URL) -> LeanResponse:
        """Send a request to a host, given the root of its URLs, and return the response once its head has come."""
        destination = self._destinations.get(request.endpoint.host) or self._destination(request, root)
        deadlines = self._deadlines
        if request.timeout != self._timeout:
            self._timeout = request.timeout
            self._limits = timeouts(request.timeout, request.timeout, self._connect_timeout)
        ends = destination.loop.time() + request.timeout
        connection = await self._connector.check_out(destination, _NO_TRACES, self._limits, request)
        protocol: Any = connection.protocol
        response = LeanResponse(connection, protocol, deadlines)
        try:
            deadlines.ends[response] = ends
            if ends < deadlines.due:
                deadlines.arm(ends)
            protocol.expect_response(_PARAMETERS)
            protocol.transport.write(self._bytes_of(request, destination))
            while True:
                message, content = await protocol.read()
                if message.code >= 200 or message.code == 101 or message.code < 100:  # others only announce one
                    break
            response.status, response.version, response.headers = message.code, message.version, message.headers
            response.content = content
        except BaseException:
            response.close()
            raise
        return response

    def close(self) -> None:
        """Stop the timer; to be called when the session is closed."""
        self._deadlines.cancel()

    def _destination(self, request: Request, root: URL) -> Destination:
        loop = asyncio.get_running_loop()
        made = Destination("GET", root, loop=loop, session=self._http, ssl=self._ssl if self._ssl is not None else True)
        made.connection_key = ClientRequest.connection_key.fget(made)  # type: ignore[attr-defined]
        headers = {"Host": made.headers[hdrs.HOST], **self._headers}
        made.head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._destinations[request.endpoint.host] = made
        return made

    def _bytes_of(self, request: Request, destination: Destination) -> bytes:
        """Return a request as it is sent. No frame that waits holds it: it has the token."""
        token, body = self._token, request.body
        request.issue = token.issue
        content = ""
        if isinstance(body, bytes):
            content = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        elif request.endpoint.method != "GET":
            content = "Content-Length: 0\r\n"
        head = (
            f"{request.endpoint.method} {request.target} HTTP/1.1\r\n{destination.head}Authorization: {token.header()}"
            f"\r\nx-correlation-id: {request.correlation_id}\r\n{content}\r\n"
        ).encode()
        return head + body if isinstance(body, bytes) else head


def _class(module: str, name: str) -> type:
    """Return a class of a module of aiohttp; one that has nothing if it is not there."""
    try:
        found: type = getattr(importlib.import_module(f"aiohttp.{module}"), name)
    except (ImportError, AttributeError):
        return type(name, (), {})
    return found


StreamWriter = _class("http_writer", "StreamWriter")
_WATCHED: dict[type, tuple[str, ...]] = {
    ClientSession: ("_request", "request"),
    ClientRequest: ("__init__", "send"),
    ClientResponse: ("read", "start"),
    StreamWriter: ("write_headers",),
    BaseConnector: ("connect",),
    TCPConnector: ("_create_connection",),
}
"""Methods of aiohttp that mocks, and tools that watch, put something else in the place of. What these call of the
connector, the resolver and the protocol is also called in this way."""
_TCP = vars(TCPConnector)
_own: list[tuple[Mapping[str, object], str, object]] = []
"""Where the watched methods are, their names, and what they were when all were last seen to be aiohttp's own."""


def _is_watched() -> bool:
    """Whether a tool has to see what is sent, or a mock to take its place."""
    for attributes, name, own in _own:
        if attributes[name] is not own:  # by identity: wrappers are equal to what they wrap
            break
    else:
        if _own:
            return "connect" in _TCP  # which inherits it
    found = [(vars(owner), name, vars(owner)[name]) for owner, names in _WATCHED.items() for name in names]
    if not all(_is_aiohttps(method) for _, _, method in found):
        return True
    _own[:] = found
    return "connect" in _TCP


def _is_aiohttps(method: object) -> bool:
    """Whether a method is aiohttp's own. A wrapper may look like what it wraps, but not to ``type``."""
    return type(method) is FunctionType and str(method.__globals__.get("__name__")).startswith("aiohttp.")


def _lacking() -> Iterator[str]:
    """Iterate over what aiohttp lacks of that which this module needs."""
    takes: tuple[tuple[Any, set[str]], ...] = (
        (BaseConnector.connect, {"req", "traces", "timeout"}),
        (ClientRequest.__init__, {"method", "url", "loop", "session", "ssl"}),
        (ResponseHandler.set_response_params, set(_PARAMETERS)),
    )
    for function, parameters in takes:
        for name in sorted(parameters.difference(inspect.signature(function).parameters)):
            yield f"parameter {name} of {function.__qualname__}"
    has: tuple[tuple[type, tuple[str, ...]], ...] = (
        *_WATCHED.items(),
        (ClientRequest, ("connection_key",)),
        (_class("connector", "Connection"), ("close", "protocol", "release")),
        (ResponseHandler, ("read", "set_exception", "transport")),
        (_class("http_parser", "RawResponseMessage"), ("code", "headers", "version")),
        (StreamReader, ("exception", "is_eof", "set_exception", "total_bytes")),
    )
    for owner, names in has:
        yield from (f"{owner.__name__}.{name}" for name in names if not hasattr(owner, name))
    yield from (f"ResponseHandler.{name}" for name in lacking())


def _is_available() -> bool:
    """Whether aiohttp has what this module needs; logged if it does not."""
    try:
        lacking = next(_lacking(), "")
    except (AttributeError, TypeError, ValueError) as error:  # it is not even a class, or a function
        lacking = str(error)
    if lacking:
        logger.warning("aiohttp %s has no %s, without which calls take more CPU time", aiohttp.__version__, lacking)
    return not lacking


AVAILABLE = _is_available()


def may_be_lean(http: ClientSession) -> bool:
    """Whether the calls of a session that has just been opened may go this way: nobody has altered it."""
    return (
        AVAILABLE
        and os.environ.get(PLAIN, "") in ("", "0")
        and _is_aiohttps(ClientSession.__init__)  # else what it has set is not known
        and type(http) is ClientSession
        and vars(http).get("_connector") is http.connector
        and type(http.connector) is CheckedConnector
        and not getattr(http, "_middlewares", True)
        and getattr(http, "_request_class", None) is ClientRequest
        and getattr(http, "_response_class", None) is ClientResponse
    )
