"""A server of which every connection can be written to from outside, whatever the event loop does."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType


class ConnectionServer:
    """Listens on loopback inside its ``async with`` block; a subclass serves a connection in :meth:`serve`.

    Attributes:
        url: where it listens.
        connections: a socket for each connection so far; closed once that connection has been served.
    """

    def __init__(self) -> None:
        self.connections: list[socket.socket] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection to its end."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._begin, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in self.connections:
            connection.close()

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = socket.socket(fileno=os.dup(writer.get_extra_info("socket").fileno()))
        self.connections.append(connection)
        task = asyncio.get_running_loop().create_task(self.serve(reader, writer))
        task.add_done_callback(lambda _: connection.close())  # else it would keep the connection open
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
