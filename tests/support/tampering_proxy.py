"""The faults of what stands between: a gateway that cuts, doubles, delays or spoils the responses of a server.

It passes requests on, one at a time, to a server that responds with ``Content-Length``, and changes the responses to
one endpoint. Faults of a kept-alive connection happen after a response to another one.
"""

from __future__ import annotations

import asyncio
import gzip
import re
import socket
from typing import TYPE_CHECKING, Literal, get_args
from urllib.parse import urlsplit

from tests.support.connection_server import ConnectionServer

if TYPE_CHECKING:
    from collections.abc import Callable

Tampering = Literal[
    "cut in chunks",
    "cut and closed",
    "cut gzip",
    "cut gzip of the right length",
    "header too long",
    "length and chunks",
    "another call's id",
    "doubled before",
    "half a response before",
    "408 before",
    "closed while blocked",
    "408 while blocked",
    "doubled while blocked",
]
"""What happens to a response; or, with ``"before"``, on the connection between the response before and the request;
or the same with ``"while blocked"``, while the event loop of the client does not turn."""
TAMPERINGS: tuple[Tampering, ...] = get_args(Tampering)

_UNASKED = b'HTTP/1.1 200 OK\r\nContent-Length: 26\r\n\r\n{"success": true, "id": 1}'
_408 = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_LENGTH = re.compile(rb"content-length: (\d+)\r\n", re.IGNORECASE)
_OWN_ID = re.compile(rb"x-correlation-id: (\w{32})\r\n", re.IGNORECASE)


class TamperingProxy(ConnectionServer):
    """Stands before the server at ``url``; responses pass unchanged until :meth:`begin`."""

    def __init__(self, tampering: Tampering, url: str) -> None:
        super().__init__()
        self._tampering = tampering
        self._behind = urlsplit(url)
        self._times = 0
        self._begun = False
        self._path = re.compile(b"")
        self._after = 0
        self._first_id = b""

    def begin(self, path: str, *, times: int, after: int = 0) -> None:
        """Change the responses to requests of this line, a regular expression, that many times."""
        self._begun = True
        self._path, self._times, self._after = re.compile(path.encode()), times, after

    def strike_now(self) -> None:
        """Do to every connection what happens to it while the client is blocked."""
        if not self._tampering.endswith("while blocked"):
            return
        for connection in self.connections:
            if connection.fileno() < 0:
                continue
            content = {"doubled": _UNASKED, "408": _408}.get(self._tampering.split()[0], b"")
            connection.sendall(content)
            if not self._tampering.startswith("doubled"):
                connection.shutdown(socket.SHUT_WR)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind_reader, behind = await asyncio.open_connection(self._behind.hostname, self._behind.port)
        try:
            while True:
                request = await _message(reader)
                behind.write(b"".join(request))
                head, body = await _message(behind_reader)
                if self._is_due(request[0]):
                    changed = _CHANGES[self._tampering](head, body, self._first_id)
                    writer.write(changed)
                    return
                if found := _OWN_ID.search(request[0]):
                    self._first_id = self._first_id or found[1]
                writer.write(head + body)
                await writer.drain()
                if self._tampering.endswith("before") and not self._begun:
                    await asyncio.sleep(0.01)
                    writer.write(_BEFORE[self._tampering])
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            behind.close()
            writer.close()

    def _is_due(self, head: bytes) -> bool:
        if not self._begun or self._tampering not in _CHANGES or not self._path.match(head):
            return False
        if self._after:
            self._after -= 1
            return False
        self._times -= 1
        return self._times >= 0


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    return head, await reader.readexactly(int(length[1])) if length else b""


def _framed(head: bytes, header: bytes) -> bytes:
    """Replace the length of a response by another header."""
    head = re.sub(rb"Content-Length: \d+\r\n", b"", head, flags=re.IGNORECASE)
    return head[:-2] + header + b"\r\n"


def _cut_in_chunks(head: bytes, body: bytes, _: bytes) -> bytes:
    return _framed(head, b"Transfer-Encoding: chunked\r\n") + b"%x\r\n%b\r\n" % (len(body), body)


def _cut_and_closed(head: bytes, body: bytes, _: bytes) -> bytes:
    return _framed(head, b"Connection: close\r\n") + body[: len(body) // 2]


def _cut_gzip(head: bytes, body: bytes, _: bytes) -> bytes:
    packed = gzip.compress(body)
    return _framed(head, b"Content-Encoding: gzip\r\nContent-Length: %d\r\n" % len(packed)) + packed[:-5]


def _cut_gzip_of_the_right_length(head: bytes, body: bytes, _: bytes) -> bytes:
    packed = gzip.compress(body)[:-5]
    return _framed(head, b"Content-Encoding: gzip\r\nContent-Length: %d\r\n" % len(packed)) + packed


def _header_too_long(head: bytes, body: bytes, _: bytes) -> bytes:
    return head[:-2] + b"X: " + b"x" * 200_000 + b"\r\n\r\n" + body


def _length_and_chunks(head: bytes, body: bytes, _: bytes) -> bytes:
    return head[:-2] + b"Transfer-Encoding: chunked\r\n\r\n" + body


def _another_calls_id(head: bytes, body: bytes, first: bytes) -> bytes:
    head = re.sub(rb"x-correlation-id: [^\r]*\r\n", b"", head, flags=re.IGNORECASE)
    return head[:-2] + b"x-correlation-id: " + first + b"\r\n\r\n" + body


_CHANGES: dict[str, Callable[[bytes, bytes, bytes], bytes]] = {
    "cut in chunks": _cut_in_chunks,
    "cut and closed": _cut_and_closed,
    "cut gzip": _cut_gzip,
    "cut gzip of the right length": _cut_gzip_of_the_right_length,
    "header too long": _header_too_long,
    "length and chunks": _length_and_chunks,
    "another call's id": _another_calls_id,
}
_BEFORE: dict[str, bytes] = {
    "doubled before": _UNASKED,
    "half a response before": _UNASKED[:30],
    "408 before": _408,
}
