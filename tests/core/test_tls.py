"""Certificates of a private authority, and those that the server demands of its clients."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest
import trustme

from tests.support.raw_socket_server import RawServer
from workato_async import ConnectionFailedError, RetryPolicy, WorkatoError, WorkatoSession

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
    policy = RetryPolicy(attempts=2)
    async with WorkatoSession(TOKEN, base_url=server.url, ssl=context(**given), retry=policy) as workato:
        with pytest.raises(WorkatoError) as caught:
            await VERBS[verb](workato)
    assert server.requests == []
    if "trust" in given:
        assert isinstance(caught.value, ConnectionFailedError)
        assert "not trusted" in str(caught.value)
        assert caught.value.attempts == 2
