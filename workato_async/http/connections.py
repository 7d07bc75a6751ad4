"""Connections of our own sessions: which may be used again, and whether anything was sent on them.

aiohttp's pool hands a connection out again without checking it. One that the server has closed, or on which a response
came that nobody asked for, is noticed only after the request was written: a write may then have been carried out for
all we know, and a late response is taken for the next call's. So each connection is checked right before it is used
again, by the operating system's knowledge and not by the event loop's, which has none while it is blocked.

Everything of aiohttp that is not documented and that this package needs is in this module.
"""

from __future__ import annotations

import asyncio
import re
import select
import sys
from contextvars import ContextVar
from functools import partial
from types import CodeType
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError

from workato_async.http.messages import LOST, ResponseLostError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

    from workato_async.http.messages import Incoming, Request

LONGEST_HEADER = 128 * 1024
"""The longest line of a response's head, in bytes: gateways send long policies and many cookies."""
MOST_HEADERS = 512


SENDING: ContextVar[Request | None] = ContextVar("SENDING", default=None)
"""The request that the current task sends; aiohttp has no way to hand it to the connector."""


class _Protocol(ResponseHandler):
    """aiohttp's protocol, with two ends of a response that aiohttp's parser has no way to tell.

    A whole response that comes together with bytes that belong to none (a body after 204, something after
    ``Connection: close``) is not lost because of them; the connection is. A body whose framing is broken ends: reading
    it would wait for the timeout.

    Attributes:
        used: a request was sent on this connection.
    """

    used = False
    _arrived: Callable[[], object] | None = None
    _parameters: Mapping[str, Any] = {}
    _first: bytes | None = b""
    """What came first after a request; None before that."""
    _kept_parser: Any = None
    """The parser of the last response, which has certainly received nothing else."""
    _spent_parser: Any = None
    """The parser of the last response, which may have received more."""

    def set_response_params(self, **parameters: Any) -> None:
        self._parameters, self._first = parameters, None
        self._kept_parser = None
        super().set_response_params(**parameters)

    def expect_response(self, parameters: dict[str, Any]) -> None:
        """Expect a response, with the parser that is kept from the one before, as making one takes long."""
        if self._kept_parser is None:
            self.set_response_params(**parameters)
        else:
            self._parser, self._kept_parser, self._first = self._kept_parser, None, None

    def data_received(self, data: bytes) -> None:
        self._first = data if self._first is None else b""
        super().data_received(data)

    def set_exception(self, exc: BaseException, exc_cause: BaseException | None = None) -> None:
        if isinstance(exc, HttpProcessingError) and self._first and (response := _whole_response(self._first)):
            super().set_response_params(**self._parameters)
            self._first = b""
            super().data_received(response)
            self.force_close()
            return
        if exc_cause is None:
            super().set_exception(exc)
        else:
            super().set_exception(exc, exc_cause)
        body = self._payload
        if isinstance(exc, HttpProcessingError) and body is not None and body.exception() is None and not body.is_eof():
            failure = aiohttp.ClientPayloadError()
            failure.__cause__ = exc
            self._end_body(body, failure)

    def fail(self, error: Exception, body: Any) -> None:
        """Fail the task that waits for the head of the response or for its body, which is None if no head was read.

        The head may have come anyway, so that only the body is missing.
        """
        self.set_exception(error)
        body = self._payload if body is None else body
        if body is not None and not body.is_eof():
            self._end_body(body, error)

    def _end_body(self, body: Any, error: Exception) -> None:
        body.set_exception(error)
        # A task woken just before, by the end of a chunk, has nothing to read and waits again.
        asyncio.get_running_loop().call_soon(body.set_exception, error)

    def resume_reading(self, resume_parser: bool = True) -> None:
        if resume_parser or self._reading_paused:  # else aiohttp goes through three more calls without need
            super().resume_reading(resume_parser)

    def is_clean(self) -> bool:
        """Whether nothing has come since the last response on a connection that is open, as far as aiohttp knows."""
        transport = self.transport
        if transport is None or self._should_close or self._buffer or self._tail:
            return False
        if self._spent_parser is not None:
            parser, self._spent_parser = self._spent_parser, None
            if _has_begun(parser):
                return False
        if self._arrived is None:
            socket = transport.get_extra_info("socket")
            self._arrived = _watch(socket.fileno()) if socket is not None else list
        return not self._arrived()

    def keep_what_comes(self) -> None:
        """Keep, and do not parse, what comes from now on; ``should_close`` is true once there is anything."""
        self._spent_parser, self._parser, self._first = self._parser, None, b""  # the next request sets a parser

    def keep_parser(self) -> None:
        """Do the same, but keep the parser for the next request that expects a response with the same parameters.

        After a response that came at once, its body ends with what came. Only then has the parser certainly nothing
        that it would take for the beginning of the next response.
        """
        first, body = self._first, self._payload
        if first and body is not None and first.find(b"\r\n\r\n") + 4 + body.total_bytes == len(first):
            self._kept_parser, self._parser, self._first = self._parser, None, b""
        else:
            self.keep_what_comes()


_OF_PROTOCOLS: dict[str, object] = {
    "_buffer": (),
    "_parser": None,
    "_payload": None,
    "_reading_paused": False,
    "_should_close": False,
    "_tail": b"",
}
"""What is read here of aiohttp's protocol; with these values nothing is noticed, and nothing fails, if it is gone."""
for _name, _value in _OF_PROTOCOLS.items():
    if not hasattr(ResponseHandler, _name):  # those that have slots are there, or not set at all
        setattr(_Protocol, _name, _value)


def lacking() -> list[str]:
    """Return what aiohttp's protocol does not set of that which is read here."""
    inits = [vars(owner)["__init__"] for owner in ResponseHandler.__mro__ if "__init__" in vars(owner)]
    sets = set().union(*(_names(init.__code__) for init in inits if hasattr(init, "__code__")))
    return [name for name in _OF_PROTOCOLS if name not in sets]


def _has_begun(parser: Any) -> bool:
    """Whether a parser that has received a whole response has also received the beginning of another, or anything."""
    if getattr(parser, "_tail", b"") or getattr(parser, "_lines", ()):  # of the one that is not in C
        return True
    try:
        return parser.feed_eof() is not None
    except Exception:
        return True


class CheckedConnector(aiohttp.TCPConnector):
    """A connector that hands out only connections whose next response will be the response to the next request."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit=limit)
        protocol: type[ResponseHandler] = _Protocol
        self._factory = partial(protocol, loop=self._loop)

    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> Connection:
        """Return a connection to which the request can be written now."""
        connection = await self.check_out(req, traces, timeout, SENDING.get())
        connection.add_callback(cast("_Protocol", connection.protocol).keep_what_comes)
        return connection

    async def check_out(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout, sending: Request | None
    ) -> Connection:
        """Return a connection to which the request can be written now; its user ends the response.

        Only one that was used before is checked: on a new one, TLS has something to read.
        """
        if sending is not None:
            sending.connecting = True
        while True:
            connection = await super().connect(req, traces, timeout)
            try:
                protocol: Any = connection.protocol
                if not protocol.used:
                    if not protocol.is_connected():
                        raise aiohttp.ServerDisconnectedError  # already; nothing was written
                    protocol.used = usable = True
                elif sys.platform == "win32":
                    # Its loop has already fetched what has come: let it hand that over.
                    for _ in range(2):
                        await asyncio.sleep(0)
                    usable = protocol.is_connected() and protocol.is_clean()
                else:
                    usable = protocol.is_clean()
                if usable:
                    if sending is not None:
                        sending.mark_sent()
                    return connection
            except BaseException:
                connection.close()
                raise
            connection.close()


class _Nobodys:
    """In the place of a parser between two requests of a borrowed session: what comes makes a connection useless."""

    def __init__(self, protocol: ResponseHandler) -> None:
        self._protocol = protocol

    def feed_data(self, data: bytes) -> tuple[tuple[()], bool, bytes]:
        if data:
            self._protocol.force_close()
        return (), False, b""

    def feed_eof(self) -> None:
        pass


def _expect_nothing(protocol: ResponseHandler | None) -> None:
    """Await no response until the next request."""
    if protocol is not None:
        _spent[protocol] = protocol._parser  # noqa: SLF001 - it may have received more than its response
        protocol._parser = _Nobodys(protocol)  # type: ignore[assignment]  # noqa: SLF001 - the next request sets a new one


class _UncleanConnectionError(Exception):
    """A pooled connection of a borrowed session must not be used again; nothing was written to it."""


class SendOnce:
    """A client middleware for one request with a borrowed session, which lets one send pass and stops any other.

    The session's connector is not ours, so each connection is checked here, right before the request is written.
    """

    __slots__ = ("_sending", "_sent")

    def __init__(self, sending: Request) -> None:
        self._sending = sending
        self._sent = False

    async def __call__(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Send a request on the first connection that can be used."""
        if self._sent:
            raise ResponseLostError(LOST)  # aiohttp was about to send it again by itself
        if not CALLS_SEND:
            self._sending.mark_sent()  # this aiohttp does not tell when it writes: it may be at any time from now on
            self._sent = True
            return await handler(request)
        self._sending.connecting = True
        request.send = partial(self._send, request.send)  # type: ignore[method-assign]  # called with a connection
        while True:
            try:
                return await handler(request)
            except _UncleanConnectionError:
                continue  # aiohttp has closed it

    async def _send(
        self, send: Callable[[Connection], Awaitable[aiohttp.ClientResponse]], connection: Connection
    ) -> aiohttp.ClientResponse:
        if not _is_clean(connection):
            raise _UncleanConnectionError
        self._sending.mark_sent()
        self._sent = True
        connection.add_callback(partial(_expect_nothing, connection.protocol))
        return await send(connection)


def _names(code: CodeType) -> set[str]:
    inner = (_names(part) for part in code.co_consts if isinstance(part, CodeType))
    return set(code.co_names).union(*inner)


CALLS_SEND = "send" in _names(aiohttp.ClientSession._request.__code__)  # noqa: SLF001
"""Whether aiohttp sends a request by calling its ``send``, as the releases known to us do."""

_watches: WeakKeyDictionary[ResponseHandler, Callable[[], object]] = WeakKeyDictionary()
"""Of each connection of a borrowed session that was used for a request of ours, what shows whether anything came."""
_spent: WeakKeyDictionary[ResponseHandler, Any] = WeakKeyDictionary()
"""Of each of these, the parser of the last response to a request of ours."""


def _is_clean(connection: Connection) -> bool:
    """Whether nothing has come on a connection of a borrowed session since its last response, and it is still open.

    A new one is not checked: TLS has something to read on it.
    """
    protocol = connection.protocol
    if protocol is None or protocol.transport is None or protocol.transport.is_closing() or protocol.should_close:
        return False
    if (spent := _spent.pop(protocol, None)) is not None and _has_begun(spent):
        return False
    if watch := _watches.get(protocol):
        return not watch()
    socket = protocol.transport.get_extra_info("socket")
    _watches[protocol] = _watch(socket.fileno()) if socket is not None else list
    return True


_HEAD = re.compile(rb"HTTP/1\.[01] (\d\d\d)\b.*?\r\n\r\n", re.DOTALL)
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,18})[ \t]*\r$", re.IGNORECASE | re.MULTILINE)


def _whole_response(data: bytes) -> bytes:
    """Return the response that data begin with, if other bytes follow it; empty if it is not certain where it ends."""
    head = _HEAD.match(data)
    if head is None or b"\ntransfer-encoding:" in head[0].lower():
        return b""
    lengths = _LENGTH.findall(head[0])
    if head[1] in (b"204", b"304"):
        end = head.end()
    elif len(lengths) == 1 and not head[1].startswith(b"1"):
        end = head.end() + int(lengths[0])
    else:
        return b""
    return data[:end] if end < len(data) else b""


def open_session(max_connections: int) -> aiohttp.ClientSession:
    """Return a session of our own; it sends each request once, where aiohttp's would send some a second time."""
    session = aiohttp.ClientSession(
        connector=CheckedConnector(max_connections), cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
    )
    session._retry_connection = False  # noqa: SLF001 - what it means is pinned by a test
    return session


def drop_connection(response: Incoming) -> None:
    """Close the connection of a response, also if it was read to its end and its connection is in the pool again."""
    response.close()
    protocol: ResponseHandler | None = getattr(response, "_protocol", None)
    if protocol is not None:
        protocol.close()


def _watch(descriptor: int) -> Callable[[], object]:
    """Return a function that returns something true if bytes, or the end of the connection, have arrived."""
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return partial(poll.poll, 0)
    return lambda: select.select([descriptor], [], [], 0)[0]
