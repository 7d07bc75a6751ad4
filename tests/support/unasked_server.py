"""A server that knows which recipe was asked for, and can say more on a connection than it was asked for."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import TYPE_CHECKING

from tests.support.connection_server import ConnectionServer

if TYPE_CHECKING:
    from collections.abc import Callable


def response(tree: object, *headers: str, status: str = "200 OK") -> bytes:
    """Return a whole response with a JSON body."""
    body = json.dumps(tree).encode()
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


class UnaskedServer(ConnectionServer):
    """Responds to each request with the id in its path; ``change`` may turn the response into something else.

    ``change(number, right)`` takes the number of the request, from 1, and the right response; None closes the
    connection. What is pushed is in the client's socket when the method returns, whatever the event loop does.
    """

    def __init__(self, change: Callable[[int, bytes], bytes | None] | None = None, *, echo: bool = False) -> None:
        super().__init__()
        self.requests: list[bytes] = []
        self.ids: list[str] = []
        self._change = change
        self._echo = echo

    @property
    def paths(self) -> list[str]:
        return [request.split(b" ", 2)[1].decode() for request in self.requests]

    def push(self, content: bytes, *, close: bool = False) -> None:
        """Send something on the newest connection, and perhaps the end of it."""
        connection = self.connections[-1]
        connection.sendall(content)
        if close:
            connection.shutdown(socket.SHUT_WR)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lines = dict(line.lower().split(": ", 1) for line in head.decode().split("\r\n")[1:-2])
                await reader.readexactly(int(lines.get("content-length", 0)))
                self.requests.append(head)
                self.ids.append(lines["x-correlation-id"])
                echoed = [f"x-correlation-id: {self.ids[-1]}"] if self._echo else []
                right: bytes | None = response({"id": int(self.paths[-1].split("/")[3]), "success": True}, *echoed)
                if self._change is not None and right is not None:
                    right = self._change(len(self.requests), right)
                if right is None:
                    return
                writer.write(right)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()
