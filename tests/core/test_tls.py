"""Certificates of a private authority, and those that the server demands of its clients."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import trustme
import uvloop

from tests.support.raw_socket_server import RawServer
from tests.support.virtual_time import VirtualTimeLoop
from workato_async import ConnectionFailedError, Limiter, WorkatoError, WorkatoSession

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

AUTHORITY = trustme.CA()
RESPONSE = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 26\r\n\r\n{"id": 1, "success": true}'
TOKEN = "a-token"

VERBS: dict[str, Callable[[WorkatoSession], Awaitable[object]]] = {
    "GET": lambda workato: workato.recipes.get(1),
    "POST": lambda workato: workato.recipes.create(name="r", code="{}", config="[]", folder_id=1),
    "PUT": lambda workato: workato.recipes.start(1),
    "DELETE": lambda workato: workato.recipes.delete(1),
    "PATCH": lambda workato: workato.request("PATCH", "/api/new", body={}),
}


@pytest.fixture
async def server() -> AsyncIterator[RawServer]:
    """Start a server that only talks to holders of a certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    AUTHORITY.issue_cert("127.0.0.1").configure_cert(context)
    AUTHORITY.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    async with RawServer(lambda connection, request: RESPONSE, ssl_context=context) as server:
        yield server


def context(*, trust: bool = True, certificate: bool = True) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if trust:
        AUTHORITY.configure_trust(context)
    if certificate:
        AUTHORITY.issue_cert("client@example.org").configure_cert(context)
    return context


@pytest.mark.parametrize("verb", VERBS)
async def test_a_private_authority_and_a_client_certificate_serve_every_verb(server: RawServer, verb: str) -> None:
    async with WorkatoSession(TOKEN, base_url=server.url, ssl=context()) as workato:
        await VERBS[verb](workato)
    assert [request.split(b" ")[0].decode() for request in server.requests] == [verb]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("given", [{"trust": False}, {"certificate": False}], ids=["no trust", "no certificate"])
async def test_without_them_nothing_is_sent(server: RawServer, verb: str, given: dict[str, bool]) -> None:
    async with WorkatoSession(TOKEN, base_url=server.url, ssl=context(**given)) as workato:
        with pytest.raises(WorkatoError) as caught:
            await VERBS[verb](workato)
    assert server.requests == []
    if "trust" in given:
        assert isinstance(caught.value, ConnectionFailedError)
        assert "not trusted" in str(caught.value)
        assert "ssl=" in str(caught.value)
        assert (caught.value.permanent, caught.value.attempts) == (True, 1)


async def failure(url: str, trust: ssl.SSLContext) -> ConnectionFailedError:
    """Make a call that must fail for want of a connection, and return its error."""
    async with WorkatoSession(TOKEN, base_url=url, ssl=trust) as workato:
        with pytest.raises(ConnectionFailedError) as caught:
            await workato.recipes.reset_trigger(1)
        (state,) = workato.limiter.snapshot().values()
        assert (state.sent, state.free) == (0, state.quota.requests)
    return caught.value


@pytest.mark.parametrize("problem", ["another name", "expired", "unknown authority"])
async def test_a_certificate_that_is_not_trusted_is_tried_once_and_names_ssl(problem: str) -> None:
    server_context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    name = "elsewhere.example" if problem == "another name" else "127.0.0.1"
    until = datetime(2020, 1, 1, tzinfo=UTC) if problem == "expired" else None
    AUTHORITY.issue_cert(name, not_after=until).configure_cert(server_context)
    trust = context(trust=problem != "unknown authority", certificate=False)
    async with RawServer(lambda connection, request: RESPONSE, ssl_context=server_context) as server:
        error = await failure(server.url, trust)
    assert (error.permanent, error.attempts) == (True, 1)
    assert "the certificate of 127.0.0.1 is not trusted" in str(error)
    assert "ssl=" in str(error)


@pytest.mark.parametrize(
    ("reply", "permanent"),
    [
        (b"\x15\x03\x01\x00\x02\x02\x46", True),  # the alert "protocol version"
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", True),
        (b"\x15\x03\x01\x00\x02\x02\x50", False),  # the alert "internal error"
        (b"", False),
    ],
    ids=["another version", "no TLS", "internal error", "closed"],
)
async def test_what_cannot_change_is_tried_once(reply: bytes, permanent: bool) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10_000)
        writer.write(reply)
        writer.close()

    plain = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with plain:
        error = await failure(f"https://127.0.0.1:{plain.sockets[0].getsockname()[1]}", context())
    assert (error.permanent, error.attempts) == (permanent, 1 if permanent else 5)
    assert ("base_url" in str(error)) == permanent
    assert ": ." not in str(error)


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_tls_connection_is_used_again_until_something_comes_on_it(loop: str) -> None:
    """The tickets that a server sends for later sessions come with the first response, and are no surprise."""

    async def main() -> None:
        server_context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        AUTHORITY.issue_cert("127.0.0.1").configure_cert(server_context)
        async with RawServer(lambda connection, request: RESPONSE, ssl_context=server_context) as server:
            trust = context(certificate=False)
            async with WorkatoSession(TOKEN, base_url=server.url, ssl=trust, limiter=Limiter()) as workato:
                for _ in range(5):
                    await workato.recipes.get(1)
                assert server.connections == 1

    with asyncio.Runner(loop_factory=uvloop.new_event_loop if loop == "uvloop" else VirtualTimeLoop) as runner:
        runner.run(main())


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
@pytest.mark.parametrize(
    ("given", "version"),
    [  # for TLS 1.2, "none" is any failure of the handshake
        ("none", ssl.TLSVersion.TLSv1_3),
        ("of another authority", ssl.TLSVersion.TLSv1_3),
        ("of another authority", ssl.TLSVersion.TLSv1_2),
    ],
)
def test_a_client_certificate_that_is_not_accepted_means_that_nothing_was_done(
    given: str, version: ssl.TLSVersion, loop: str
) -> None:
    """With TLS 1.3 the client learns of it only after it has written the request."""
    server_context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    AUTHORITY.issue_cert("127.0.0.1").configure_cert(server_context)
    AUTHORITY.configure_trust(server_context)
    server_context.verify_mode = ssl.CERT_REQUIRED
    server_context.maximum_version = version
    trust = context(certificate=False)
    if given != "none":
        trustme.CA().issue_cert("client@example.org").configure_cert(trust)

    def serve(listener: socket.socket) -> None:
        """Send the alert, which asyncio's server does not."""
        connection, _ = listener.accept()
        secured = server_context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with suppress(OSError), secured:
            with suppress(OSError):
                secured.do_handshake()
            socket.socket.shutdown(secured, socket.SHUT_WR)
            while socket.socket.recv(secured, 65_536):  # else the rest would be answered with a reset
                pass

    async def main() -> ConnectionFailedError:
        return await failure(f"https://127.0.0.1:{listener.getsockname()[1]}", trust)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        with asyncio.Runner(loop_factory=uvloop.new_event_loop if loop == "uvloop" else None) as runner:
            error = runner.run(main())
    assert (error.permanent, error.attempts) == (True, 1)
    assert "client certificate" in str(error)
    assert "ssl=" in str(error)
