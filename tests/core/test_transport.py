"""One HTTP exchange, over real sockets: what is sent, and what each way to fail is told apart as."""

from __future__ import annotations

import asyncio
import random
import socket
from typing import TYPE_CHECKING, Any

import aiohttp
import aiohttp.abc
import pytest

from tests.support.raw_socket_server import RESPONSE, RawServer
from tests.support.scripted_server import HANG, OK, TOKEN, Drop, Reply, Truncate, reply, session_of
from workato_async import (
    ConnectionFailedError,
    Endpoint,
    OutcomeUnknownError,
    ResponseError,
    ResponseTimeoutError,
    RetryPolicy,
    WorkatoSession,
    __version__,
)
from workato_async.http.credentials import Token
from workato_async.http.messages import Request, ResponseLostError
from workato_async.http.transport import AiohttpTransport, TransportOptions

if TYPE_CHECKING:
    from tests.support.scripted_server import ScriptedServer


GET_RECIPE = "GET /api/recipes/{id}"
ONE_ATTEMPT = RetryPolicy(attempts=1)
READ = Endpoint[None]("read", "GET", "/api/things")
WRITE = Endpoint[None]("write", "POST", "/api/things")


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def http_bytes(body: bytes, **headers: str) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(["HTTP/1.1 200 OK", *lines, "", ""])).encode() + body


# --- what is sent


async def test_what_every_request_carries(server: ScriptedServer, workato: WorkatoSession) -> None:
    await workato.recipes.get(1)
    headers = server.seen[0].headers
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert headers["Accept"] == "application/json"
    assert headers["User-Agent"] == f"workato-async/{__version__}"
    assert len(headers.getall("x-correlation-id")) == 1
    assert "Content-Type" not in headers
    assert "Cookie" not in headers
    assert server.seen[0].body == b""


async def test_a_body_is_json(server: ScriptedServer, workato: WorkatoSession) -> None:
    await workato.request("POST", "/api/recipes/1/copy", body={"folder_id": "7"})
    assert server.seen[0].headers["Content-Type"] == "application/json"
    assert server.seen[0].json == {"folder_id": "7"}


async def test_every_call_has_a_correlation_id_of_its_own(server: ScriptedServer, workato: WorkatoSession) -> None:
    for _ in range(3):
        await workato.recipes.get(1)
    assert len({seen.headers["x-correlation-id"] for seen in server.seen}) == 3


async def test_a_random_seed_of_the_caller_does_not_repeat_correlation_ids(
    server: ScriptedServer, workato: WorkatoSession
) -> None:
    state = random.getstate()
    try:
        for _ in range(2):
            random.seed(42)
            await workato.recipes.get(1)
    finally:
        random.setstate(state)
    assert server.seen[0].headers["x-correlation-id"] != server.seen[1].headers["x-correlation-id"]


async def test_the_target_arrives_as_it_was_built(server: ScriptedServer, workato: WorkatoSession) -> None:
    await workato.request("GET", "/api/things", query={"q[title]": "a b&c=ü/?#%2F+", "page": 2, "on": True})
    assert server.seen[0].target == ("/api/things?q%5Btitle%5D=a+b%26c%3D%C3%BC%2F%3F%23%252F%2B&page=2&on=true")
    await workato.jobs.get(1, "j-é:@!$&'()*+,;=~")
    assert server.seen[1].target.startswith("/api/recipes/1/jobs/j-%C3%A9%3A%40")
    assert "?" not in server.seen[1].target


async def test_environment_proxies_and_netrc_are_not_read(
    server: ScriptedServer,
    workato: WorkatoSession,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{unused_port()}")
    await workato.recipes.get(1)
    assert server.seen[0].headers["Authorization"] == f"Bearer {TOKEN}"


async def test_cookies_are_not_kept(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async def resolve(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)  # the real one needs time that we skip
    server.plays(reply(200, {"id": 1}, Set_Cookie="sid=1; Path=/"))
    async with session_of(server.url.replace("127.0.0.1", "localhost")) as workato:  # addresses are never given cookies
        await workato.recipes.get(1)
        await workato.recipes.get(1)
    assert "Cookie" not in server.seen[1].headers


# --- ways to fail


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(server: ScriptedServer, workato: WorkatoSession, status: int) -> None:
    server.plays(Reply(status, b"", (("Location", f"{server.url}/elsewhere"),)))
    with pytest.raises(ResponseError) as caught:
        await workato.recipes.start(1)
    assert caught.value.status == status
    assert "redirect" in str(caught.value)
    assert len(server.seen) == 1


async def test_connection_refused() -> None:
    async with session_of(f"http://127.0.0.1:{unused_port()}") as workato:
        for call in (workato.recipes.get, workato.recipes.reset_trigger):
            with pytest.raises(ConnectionFailedError) as caught:
                await call(1)
            assert type(caught.value) is ConnectionFailedError
            assert "could not connect" in str(caught.value)
            assert "127.0.0.1" in str(caught.value)
        assert {state.sent for state in workato.limiter.snapshot().values()} == {0}, "tokens were lost"


async def test_tls_to_a_plain_port_is_nothing_sent(server: ScriptedServer) -> None:
    async with session_of(server.url.replace("http:", "https:"), retry=ONE_ATTEMPT) as workato:
        with pytest.raises(ConnectionFailedError) as caught:
            await workato.recipes.copy(1, folder_id=2)
    assert "TLS" in str(caught.value)
    assert server.seen == []


async def test_a_handshake_that_never_ends_is_a_connection_that_failed() -> None:
    """A port that accepts and says nothing: the time for a connection holds TLS too, and nothing was sent."""
    begun = asyncio.get_running_loop().time()
    async with RawServer(lambda connection, request: RESPONSE) as silent:
        workato = session_of(f"https://127.0.0.1:{silent.port}", retry=ONE_ATTEMPT)
        with pytest.raises(ConnectionFailedError) as caught:
            await workato.recipes.copy(1, folder_id=2)
        await workato.close()
    assert type(caught.value) is ConnectionFailedError
    assert asyncio.get_running_loop().time() - begun <= 11


class _NeverResolves(aiohttp.abc.AbstractResolver):
    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_INET) -> list[Any]:
        await asyncio.get_running_loop().create_future()
        return []

    async def close(self) -> None:
        pass


async def test_a_host_name_that_is_never_resolved_is_a_connection_that_failed() -> None:
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=_NeverResolves())) as http,
        WorkatoSession("any", base_url="https://host.test", http=http, retry=ONE_ATTEMPT) as workato,
    ):
        with pytest.raises(ConnectionFailedError, match="could not connect"):
            await workato.recipes.copy(1, folder_id=2)


@pytest.mark.parametrize("timeout", [1, 5.5, 11, 6, 8])
@pytest.mark.parametrize("fraction", [0.0, 0.95])
async def test_a_connection_that_never_comes_about_is_told_from_a_lost_response(
    timeout: float, fraction: float
) -> None:
    """aiohttp rounds long times up to whole seconds; the end of the connecting must still come first."""
    await asyncio.sleep(fraction)
    async with RawServer(lambda connection, request: RESPONSE) as silent:
        url = f"https://127.0.0.1:{silent.port}"
        async with session_of(url, retry=ONE_ATTEMPT, timeout=timeout) as workato:
            with pytest.raises(ConnectionFailedError):
                await workato.recipes.copy(1, folder_id=2)


async def test_a_server_that_never_responds(server: ScriptedServer) -> None:
    server.otherwise = lambda seen: HANG
    async with session_of(server.url, retry=ONE_ATTEMPT) as workato:
        with pytest.raises(ResponseTimeoutError):
            await workato.recipes.get(1)
        with pytest.raises(OutcomeUnknownError):
            await workato.recipes.start(1)
        with pytest.raises(OutcomeUnknownError):
            await workato.recipes.copy(1, folder_id=2)
    assert len(server.seen) == 3


@pytest.mark.parametrize("timeout", [1.0, 45.0])
async def test_the_response_is_waited_for_as_long_as_was_said(server: ScriptedServer, timeout: float) -> None:
    server.plays(OK, HANG)
    loop = asyncio.get_running_loop()
    async with session_of(server.url, retry=ONE_ATTEMPT, timeout=timeout) as workato:
        await workato.recipes.get(1)
        begun = loop.time()
        with pytest.raises(ResponseTimeoutError):
            await workato.recipes.get(1)
    assert loop.time() - begun == pytest.approx(timeout, abs=1.1)


async def test_the_time_for_a_response_holds_its_body(server: ScriptedServer) -> None:
    """A body that drips for ever must not keep a call for ever."""
    drip = RawServer(
        lambda connection, request: http_bytes(b'{"id"', Content_Type="application/json", Content_Length="26")
    )
    async with drip as raw, session_of(raw.url, retry=ONE_ATTEMPT) as workato:
        with pytest.raises(ResponseTimeoutError):
            await workato.recipes.get(1)


@pytest.mark.parametrize("step", [Drop(), Truncate()])
async def test_a_lost_response(server: ScriptedServer, workato: WorkatoSession, step: Drop | Truncate) -> None:
    server.plays(step, OK)
    assert (await workato.recipes.get(1)).id == 1
    assert len(server.seen) == 2
    server.plays(step)
    with pytest.raises(OutcomeUnknownError):
        await workato.recipes.copy(1, folder_id=2)
    assert len(server.seen) == 3


@pytest.mark.parametrize(("endpoint", "body"), [(READ, None), (WRITE, b"{}")])
async def test_the_transport_alone_tells_unsent_from_lost(
    server: ScriptedServer, endpoint: Endpoint[None], body: bytes | None
) -> None:
    request = Request(endpoint, "/api/things", body, correlation_id="x")
    transport = AiohttpTransport({"api": server.url}, Token(TOKEN), TransportOptions())
    server.plays(Drop())
    with pytest.raises(ResponseLostError) as lost:
        await transport(request)
    assert not lost.value.timed_out
    server.plays(HANG)
    with pytest.raises(ResponseLostError) as late:
        await transport(request)
    assert late.value.timed_out
    await transport.aclose()
    nowhere = AiohttpTransport({"api": f"http://127.0.0.1:{unused_port()}"}, Token(TOKEN), TransportOptions())
    with pytest.raises(ConnectionFailedError):
        await nowhere(request)
    await nowhere.aclose()


@pytest.mark.parametrize("size", [200_000, 300_000, 3_000_000])
async def test_a_large_body_arrives_whole_at_every_attempt(
    server: ScriptedServer, workato: WorkatoSession, size: int
) -> None:
    server.plays(reply(429, None, Retry_After="1"), reply(200, None))
    await workato.jobs.resume(token="t", data={"text": "x" * size})
    first, second = server.seen
    assert first.json == second.json == {"token": "t", "data": {"text": "x" * size}}
    assert second.headers["Content-Length"] == str(len(second.body))
    assert second.headers["Content-Type"] == "application/json"
