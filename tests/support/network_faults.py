"""The faults that no HTTP server can have: a port, a TLS layer or a name that keeps clients out.

A gate stands before a server and keeps clients out in its own way. Opened, it lets every connection through. There is
no certificate, and no key to keep: TLS works with an anonymous cipher, which only the client of the same test accepts.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal, Self, get_args
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from types import TracebackType

Closed = Literal["refused", "name unknown", "name stalls", "TLS fails", "no TLS", "connect stalls", "TLS stalls"]
"""How a gate keeps clients out.

* ``"refused"``: nobody listens.
* ``"name unknown"``: the host name does not resolve. The loop's own lookup asks in a thread, which virtual time would
  not wait for, so the gate answers for its name.
* ``"name stalls"``: it does not turn out whether it does, until the gate is opened.
* ``"TLS fails"``: the handshake ends without a cipher, for want of a certificate.
* ``"no TLS"``: the port replies to the handshake with plain text.
* ``"connect stalls"``: nobody accepts, and the backlog is full.
* ``"TLS stalls"``: somebody accepts, and says nothing.
"""
WAYS: tuple[Closed, ...] = get_args(Closed)

_ANONYMOUS = "AECDH-AES256-SHA:@SECLEVEL=0"


def anonymous_client() -> ssl.SSLContext:
    """Return the context for sessions that go through a gate with TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    _allow_anonymous(context)
    return context


class Gate:
    """Stands before the server at ``url``, closed.

    Attributes:
        url: what to give a session as base URL, together with :func:`anonymous_client`.
    """

    def __init__(self, closed: Closed, url: str) -> None:
        self._closed = closed
        self._behind = urlsplit(url)
        self._opened = asyncio.Event()
        self._tls: ssl.SSLContext | None = None
        self._server: asyncio.Server | None = None
        self._fillers: list[socket.socket] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self._port: int = self._socket.getsockname()[1]
        self._name = f"gate-{self._port}.invalid"
        if "name" in closed or "TLS" in closed:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            if closed != "TLS fails":
                _allow_anonymous(self._tls)
        host = self._name if "name" in closed else "127.0.0.1"
        self.url = f"{'https' if self._tls else 'http'}://{host}:{self._port}"

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._lookup = loop.getaddrinfo
        if "name" in self._closed:
            loop.getaddrinfo = self._resolve  # type: ignore[assignment]
        if self._closed == "connect stalls":
            self._socket.listen(0)
            for _ in range(3):  # more than the kernel keeps for a backlog of nothing
                filler = socket.socket()
                filler.setblocking(False)
                filler.connect_ex(("127.0.0.1", self._port))
                self._fillers.append(filler)
        elif self._closed != "refused":
            await self._listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        asyncio.get_running_loop().getaddrinfo = self._lookup  # type: ignore[method-assign]
        self._drop_fillers()
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._socket.close()

    async def open(self) -> None:
        """Let clients through from now on."""
        self._opened.set()
        if self._tls is not None:
            _allow_anonymous(self._tls)
        if self._fillers:
            self._drop_fillers()
            self._socket.setblocking(False)
            with suppress(BlockingIOError):
                while True:  # what waits in the backlog
                    self._socket.accept()[0].close()
        if self._server is None:
            await self._listen()

    async def _listen(self) -> None:
        own = self._closed in ("name unknown", "name stalls", "TLS fails")
        self._server = await asyncio.start_server(self._admit, sock=self._socket, ssl=self._tls if own else None)

    def _admit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self._opened.is_set():
                if self._tls is not None and self._closed in ("no TLS", "TLS stalls"):
                    await writer.start_tls(self._tls)
                await self._pass_on(reader, writer)
            elif self._closed == "no TLS":
                writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            else:
                await asyncio.get_running_loop().create_future()  # also after the gate was opened
        except OSError:
            return
        finally:
            writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind_reader, behind = await asyncio.open_connection(self._behind.hostname, self._behind.port)
        try:
            await asyncio.gather(_copy(reader, behind), _copy(behind_reader, writer))
        finally:
            behind.close()

    async def _resolve(self, host: str, port: int, **more: Any) -> Any:
        if host != self._name:
            return await self._lookup(host, port, **more)
        if self._closed == "name stalls":
            await self._opened.wait()
        if not self._opened.is_set():
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", port))]

    def _drop_fillers(self) -> None:
        while self._fillers:
            self._fillers.pop().close()


def _allow_anonymous(context: ssl.SSLContext) -> None:
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # the last one that has such ciphers
    context.set_ciphers(_ANONYMOUS)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(65_536):
        writer.write(piece)
        await writer.drain()
    writer.close()
