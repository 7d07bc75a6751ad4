"""How a response is sent, and the faults of the connection."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
import sys
from typing import TYPE_CHECKING

from aiohttp import web
from multidict import CIMultiDict

from workato_async.testing import faults

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiohttp.abc import AbstractStreamWriter

    from workato_async.testing.call import FakeResponse
    from workato_async.testing.faults import Fault

_NO_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


def cuts_off(fault: Fault | None) -> bool:
    """Whether a fault leaves the client without a complete response."""
    return isinstance(fault, faults.Reset | faults.Truncated)


def deliver(
    request: web.BaseRequest, response: FakeResponse, fault: Fault | None, correlation_ids: Iterable[str]
) -> web.StreamResponse:
    """Return aiohttp's response, changed by the fault."""
    headers: CIMultiDict[str] = CIMultiDict(response.headers)
    if response.body:
        headers["Content-Type"] = response.content_type
    for correlation_id in correlation_ids:
        headers.add("x-correlation-id", correlation_id)
    body, status = response.body, response.status
    match fault:
        case faults.Reset(when="head"):
            return Cut(request, b"HTTP/1.1 200 OK\r\nContent-Type: applica")
        case faults.Reset(when="body") if body:
            headers["Content-Length"] = str(len(body) + 1)
            half = body[: len(body) // 2]
            return _ThenClosed(request, body=half, status=status, headers=headers, reset=True)
        case faults.Reset():
            return Cut(request)
        case faults.Truncated() if not body:
            return Cut(request)
        case faults.Truncated(code=code):
            headers["Content-Length"] = str(len(body) + 1)
            return _ThenClosed(request, body=body[: len(body) // 2], status=code or status, headers=headers)
        case faults.Mangled(change=change, content_type=content_type):
            if content_type is not None:
                headers["Content-Type"] = content_type
            return web.Response(body=change(body), status=status, headers=headers)
        case faults.Drip(seconds_per_byte=pause):
            return _Dripping(pause, body=body, status=status, headers=headers)
        case faults.CloseIdle():
            return _ThenClosed(request, body=body, status=status, headers=headers)
        case faults.Oversized(bytes=size, compressed=compressed):
            body = body.ljust(size)
            if compressed:
                headers["Content-Encoding"] = "gzip"
                body = gzip.compress(body)
            return web.Response(body=body, status=status, headers=headers)
    return web.Response(body=body, status=status, headers=headers)


def _reset(transport: asyncio.Transport | None) -> None:
    """Send what was written, then RST instead of FIN."""
    if transport is not None:
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        transport.abort()


class Cut(web.StreamResponse):
    """No response, or only its first bytes: the connection is reset."""

    def __init__(self, request: web.BaseRequest, begun: bytes = b"") -> None:
        super().__init__()
        self._transport = request.transport
        self._begun = begun

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        if self._transport is not None and self._begun:
            self._transport.write(self._begun)
        _reset(self._transport)
        raise ConnectionResetError("reset by a fault")  # which aiohttp takes for a client that went away


class _ThenClosed(web.Response):
    """A response after which the connection is closed, whatever the headers promised."""

    def __init__(
        self, request: web.BaseRequest, *, body: bytes, status: int, headers: CIMultiDict[str], reset: bool = False
    ) -> None:
        super().__init__(body=body, status=status, headers=headers)
        self._transport = request.transport
        self._reset = reset

    async def write_eof(self, data: bytes = b"") -> None:
        await super().write_eof(data)
        if self._reset:
            _reset(self._transport)
        elif self._transport is not None:
            self._transport.close()


class _Dripping(web.StreamResponse):
    """A response whose body is sent byte by byte."""

    def __init__(self, pause: float, *, body: bytes, status: int, headers: CIMultiDict[str]) -> None:
        super().__init__(status=status, headers=headers)
        self.content_length = len(body)
        self._pause = pause
        self._remaining = body

    async def write_eof(self, data: bytes = b"") -> None:
        for position in range(len(self._remaining)):
            await self.write(self._remaining[position : position + 1])
            await asyncio.sleep(self._pause)
        await super().write_eof()
