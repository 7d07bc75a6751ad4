"""Connections: no hidden second send, sessions borrowed and closed, a bound on their number, proxies."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import TYPE_CHECKING

import aiohttp
import pytest

from tests.support.raw_socket_server import RESPONSE, RawServer
from tests.support.scripted_server import HANG, TOKEN, reply, session_of
from workato_async import (
    ConfigurationError,
    ConnectionFailedError,
    Endpoint,
    InvalidResponseError,
    NotFoundError,
    OutcomeUnknownError,
    RetryPolicy,
    WorkatoSession,
)
from workato_async.http import connections

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.scripted_server import ScriptedServer


GET_RECIPE = "GET /api/recipes/{id}"
ONE_ATTEMPT = RetryPolicy(attempts=1)
READ = Endpoint[None]("read", "GET", "/api/things")
WRITE = Endpoint[None]("write", "POST", "/api/things")


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# --- the second send of aiohttp


@pytest.mark.parametrize("borrowed", [False, True], ids=["own session", "borrowed session"])
@pytest.mark.parametrize("verb", ["get", "start", "delete"])
async def test_a_dropped_kept_alive_connection_costs_a_token_for_every_request(verb: str, borrowed: bool) -> None:
    """aiohttp by itself would send the request again at once, without a token and without asking the retry policy."""
    cut_second = RawServer(lambda connection, request: None if (connection, request) == (1, 2) else RESPONSE)
    async with cut_second as raw, aiohttp.ClientSession() as http:
        async with session_of(raw.url, http=http if borrowed else None) as workato:
            call = getattr(workato.recipes, verb)
            await call(1)
            await call(1)
            (state,) = workato.limiter.snapshot().values()
        assert len(raw.requests) == 3
        assert raw.connections == 2
        assert state.sent == len(raw.requests)
        ids = [line for request in raw.requests for line in request.split(b"\r\n") if b"orrelation-id" in line.lower()]
        assert ids[1].lower() == ids[2].lower()
        assert ids[0].lower() != ids[1].lower()


@pytest.mark.parametrize("borrowed", [False, True], ids=["own session", "borrowed session"])
async def test_one_attempt_is_one_request_whatever_the_connection_does(borrowed: bool) -> None:
    for verb, error_class in (("get", ConnectionFailedError), ("start", OutcomeUnknownError)):
        cut_second = RawServer(lambda connection, request: None if request == 2 else RESPONSE)
        async with cut_second as raw, aiohttp.ClientSession() as http:
            async with session_of(raw.url, http=http if borrowed else None, retry=ONE_ATTEMPT) as workato:
                await getattr(workato.recipes, verb)(1)
                with pytest.raises(error_class):
                    await getattr(workato.recipes, verb)(1)
            assert len(raw.requests) == 2


async def test_an_aiohttp_that_does_not_tell_when_it_writes_may_have_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lost write counts as sent then, and is not sent again."""
    monkeypatch.setattr(connections, "CALLS_SEND", False)
    cut_second = RawServer(lambda connection, request: None if request == 2 else RESPONSE)
    async with cut_second as raw, aiohttp.ClientSession() as http, session_of(raw.url, http=http) as workato:
        await workato.recipes.reset_trigger(1)
        with pytest.raises(OutcomeUnknownError):
            await workato.recipes.reset_trigger(1)
        assert len(raw.requests) == 2


async def test_aiohttp_still_sends_twice_by_itself() -> None:
    """The reason for the middleware. Once this fails, aiohttp has changed, and the middleware may go."""
    cut_second = RawServer(lambda connection, request: None if (connection, request) == (1, 2) else RESPONSE)
    async with cut_second as raw, aiohttp.ClientSession() as http:
        for _ in range(2):
            async with http.get(raw.url) as response:
                await response.read()
        assert len(raw.requests) == 3


async def test_a_post_on_a_dropped_connection_is_sent_once() -> None:
    cut_second = RawServer(lambda connection, request: None if (connection, request) == (1, 2) else RESPONSE)
    async with cut_second as raw, session_of(raw.url) as workato:
        await workato.recipes.reset_trigger(1)
        with pytest.raises(OutcomeUnknownError):
            await workato.recipes.reset_trigger(1)
        assert len(raw.requests) == 2


async def test_idle_connections_closed_by_the_server_are_not_used() -> None:
    """A server that responds and closes, although it promised to keep the connection: no write may fall into that."""
    async with RawServer(lambda connection, request: RESPONSE + b"") as raw, session_of(raw.url) as workato:
        for _ in range(3):
            await workato.recipes.reset_trigger(1)
    closing = RawServer(lambda connection, request: RESPONSE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    async with closing as raw, session_of(raw.url) as workato:
        for _ in range(3):
            await workato.recipes.reset_trigger(1)
        assert raw.connections == 3


# --- sessions, borrowed and closed


async def test_a_borrowed_session_is_used_and_not_closed(server: ScriptedServer) -> None:
    async with aiohttp.ClientSession(headers={"X-Mine": "yes"}) as http:
        async with session_of(server.url, http=http) as workato:
            await workato.recipes.get(1)
        assert server.seen[0].headers["X-Mine"] == "yes"
        assert workato.closed
        assert not http.closed
        with pytest.raises(ConfigurationError):
            await workato.recipes.get(1)
    assert len(server.seen) == 1


async def test_a_borrowed_session_that_raises_for_status_changes_nothing(server: ScriptedServer) -> None:
    server.otherwise = lambda seen: reply(404, {"message": "Not found"})
    async with aiohttp.ClientSession(raise_for_status=True) as http, session_of(server.url, http=http) as workato:
        for call in (workato.recipes.get, workato.recipes.reset_trigger):
            with pytest.raises(NotFoundError):
                await call(1)
    assert len(server.seen) == 2


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_a_borrowed_session_with_credentials_of_its_own_gives_no_foreign_error(server: ScriptedServer) -> None:
    async with (
        aiohttp.ClientSession(auth=aiohttp.BasicAuth("me", "secret")) as http,
        session_of(server.url, http=http) as workato,
    ):
        with pytest.raises(ConfigurationError):
            await workato.recipes.get(1)


async def test_a_borrowed_session_with_a_base_url(server: ScriptedServer) -> None:
    async with aiohttp.ClientSession("https://example.com/") as http, session_of(server.url, http=http) as workato:
        assert (await workato.recipes.get(1)).id == 1


async def test_a_closed_borrowed_session_is_a_configuration_error(server: ScriptedServer) -> None:
    http = aiohttp.ClientSession()
    await http.close()
    async with session_of(server.url, http=http) as workato:
        with pytest.raises(ConfigurationError):
            await workato.recipes.get(1)


async def test_closing_twice_and_without_use(server: ScriptedServer) -> None:
    unused = session_of(server.url)
    await unused.close()
    await unused.close()
    assert unused.closed
    used = session_of(server.url)
    await used.recipes.get(1)
    await used.close()
    await used.close()


async def test_connections_are_closed_with_the_session() -> None:
    async with RawServer(lambda connection, request: RESPONSE) as raw:
        async with session_of(raw.url) as workato:
            await asyncio.gather(*(workato.recipes.get(n) for n in range(5)))
        async with asyncio.timeout(5):
            await raw.all_gone()


async def test_connections_are_bounded_and_waiting_for_one_is_not_part_of_the_response(server: ScriptedServer) -> None:
    server.otherwise = lambda seen: reply(200, {"id": 1}, delay=30)
    async with session_of(server.url, max_connections=2, retry=ONE_ATTEMPT) as workato:
        recipes = await asyncio.gather(*(workato.recipes.get(n) for n in range(8)))
    assert len(recipes) == 8
    assert server.most_under_way == 2


@pytest.mark.parametrize(
    ("verb", "expected"),
    [
        ("get", (ConnectionFailedError, ConfigurationError)),
        ("reset_trigger", OutcomeUnknownError),
        ("start", OutcomeUnknownError),
    ],
)
async def test_closing_under_a_call_in_flight(
    server: ScriptedServer, verb: str, expected: type[Exception] | tuple[type[Exception], ...]
) -> None:
    server.otherwise = lambda seen: HANG
    workato = session_of(server.url)
    call = asyncio.create_task(getattr(workato.recipes, verb)(1))
    await server.reached(1)
    await workato.close()
    with pytest.raises(expected):
        await call
    assert len(server.seen) == 1


async def test_a_write_that_only_waited_for_a_connection_was_not_sent(server: ScriptedServer) -> None:
    server.otherwise = lambda seen: reply(200, {"id": 1}, delay=30)
    async with session_of(server.url, max_connections=1) as workato:
        first = asyncio.create_task(workato.recipes.get(1))
        await server.reached(1)
        with pytest.raises(ConnectionFailedError):
            await workato.options(retry=RetryPolicy(deadline=5)).recipes.copy(1, folder_id=2)
        assert len(server.seen) == 1
        await first


async def test_a_proxy_is_used_and_does_not_see_the_token() -> None:
    refusing = RawServer(lambda connection, request: b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
    async with refusing as proxy:
        workato = WorkatoSession(TOKEN, base_url="https://workato.invalid", proxy=proxy.url, retry=ONE_ATTEMPT)
        async with workato:
            with pytest.raises(ConnectionFailedError, match="the proxy did not connect") as caught:
                await workato.recipes.copy(1, folder_id=2)
    assert type(caught.value) is ConnectionFailedError
    assert len(proxy.requests) == 1
    assert proxy.requests[0].startswith(b"CONNECT workato.invalid:443 ")
    assert TOKEN.encode() not in proxy.requests[0]


# --- what can be given as http


class RetryClient:
    """Looks like the client of aiohttp_retry."""

    closed = False


@pytest.mark.parametrize("given", [aiohttp.ClientSession, object(), RetryClient(), "http", 1, False])
def test_anything_but_a_client_session_is_rejected_when_it_is_given(given: object) -> None:
    with pytest.raises(ConfigurationError, match=r"http must be an aiohttp\.ClientSession, not ") as caught:
        WorkatoSession(TOKEN, http=given)  # type: ignore[arg-type]
    assert "Pass a session" in str(caught.value)


@pytest.mark.parametrize("given", ["x", True, False, 1, object(), ssl.SSLContext])
def test_anything_but_an_ssl_context_is_rejected_when_it_is_given(given: object) -> None:
    with pytest.raises(ConfigurationError, match="ssl must be"):
        WorkatoSession(TOKEN, ssl=given)  # type: ignore[arg-type]


@pytest.mark.parametrize("host", ["a" * 64 + ".example.com", "a..example.com", "xn--.example.com"])
async def test_a_redirect_to_a_host_name_that_cannot_be(host: str, tmp_path: Path) -> None:
    link = f"HTTP/1.1 302 Found\r\nLocation: https://{host}/p?signature=secret\r\nContent-Length: 0\r\n\r\n".encode()
    async with (
        RawServer(lambda connection, request: link) as server,
        session_of(server.url, retry=ONE_ATTEMPT) as workato,
    ):
        with pytest.raises((InvalidResponseError, ConnectionFailedError)) as caught:
            await workato.packages.download(9001, tmp_path / "package.zip")
    if not host.startswith("xn--"):
        assert isinstance(caught.value, InvalidResponseError)
        assert "redirected to a URL that is not" in str(caught.value)
    assert "credentials" not in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("borrowed", [False, True], ids=["own session", "borrowed session"])
async def test_a_proxy_that_demands_a_password_is_asked_once(borrowed: bool) -> None:
    demand = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    async with (
        RawServer(lambda connection, request: demand) as proxy,
        aiohttp.ClientSession() as http,
        session_of("https://workato.invalid", proxy=proxy.url, http=http if borrowed else None) as workato,
    ):
        with pytest.raises(ConnectionFailedError, match=r"HTTP 407.*proxy=") as caught:
            await workato.recipes.get(1)
    assert caught.value.permanent
    assert len(proxy.requests) == 1
