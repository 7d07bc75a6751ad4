"""Each call gets its own response, and nothing that was not sent is called sent: also on connections used before."""

from __future__ import annotations

import asyncio
import select
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import aiohttp
import pytest
import uvloop

from tests.support.raw_socket_server import RawServer
from tests.support.scripted_server import TOKEN, session_of
from tests.support.unasked_server import UnaskedServer, response
from tests.support.virtual_time import VirtualTimeLoop
from workato_async import (
    ConnectionFailedError,
    InvalidResponseError,
    NotFoundError,
    OperationRefusedError,
    OutcomeUnknownError,
    RetryPolicy,
    WorkatoSession,
)
from workato_async.http.connections import _watch

if TYPE_CHECKING:
    from workato_async.limits.state import BucketState

LOOPS = {"asyncio": VirtualTimeLoop, "uvloop": uvloop.new_event_loop}
REJECTED = {"success": False, "message": "Not this one"}
TIMEOUT_408 = response({"message": "idle"}, "Connection: close", status="408 Request Timeout")

on_each_loop = pytest.mark.parametrize("loop", LOOPS)


on_each_session = pytest.mark.parametrize("borrowed", [False, True], ids=["own session", "borrowed session"])


def run(loop: str, main: Callable[[], Awaitable[None]]) -> None:
    """Run a test on a loop of one kind."""

    async def whole() -> None:
        await main()

    factory: Callable[[], asyncio.AbstractEventLoop] = LOOPS[loop]
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(whole())


@asynccontextmanager
async def sharing(borrowed: bool) -> AsyncIterator[aiohttp.ClientSession | None]:
    """Open a session for others to borrow, or none."""
    async with aiohttp.ClientSession() as http:
        yield http if borrowed else None


async def turns(count: int = 20) -> None:
    """Let the loop read what has come."""
    for _ in range(count):
        await asyncio.sleep(0)


UNASKED = {
    "a whole response": response({"id": 666, "success": True}),
    "half a head": b"HTTP/1.1 200 O",
    "a line end": b"\r\n",
    "a 408": TIMEOUT_408,
    "garbage": b"\x00\x01\x02",
}


@on_each_session
@on_each_loop
@pytest.mark.parametrize("blocked", [True, False], ids=["blocked loop", "loop that turns"])
@pytest.mark.parametrize("close", [True, False], ids=["closed", "kept open"])
@pytest.mark.parametrize("unasked", [*UNASKED.values(), b""], ids=[*UNASKED, "nothing"])
def test_what_comes_between_two_calls_is_nobodys_response(
    loop: str, borrowed: bool, unasked: bytes, close: bool, blocked: bool
) -> None:
    async def main() -> None:
        async with UnaskedServer() as server, sharing(borrowed) as http, session_of(server.url, http=http) as workato:
            assert (await workato.recipes.get(1)).id == 1
            server.push(unasked, close=close)
            if not blocked:
                await turns()
            await workato.recipes.reset_trigger(2)
            assert (await workato.recipes.get(3)).id == 3
            assert server.paths == ["/api/recipes/1", "/api/recipes/2/reset_trigger", "/api/recipes/3"]
            assert len(server.connections) == (2 if unasked or close else 1)

    run(loop, main)


@on_each_loop
@pytest.mark.parametrize("echo", [False, True], ids=["no echo", "echo"])
@pytest.mark.parametrize("extra", ["doubled", "half doubled"])
def test_a_doubled_response_is_nobodys(loop: str, extra: str, echo: bool) -> None:
    """In one packet with the first; a half can be found out by what comes later."""

    def change(number: int, right: bytes) -> bytes:
        doubled = response({"id": 666, "success": True})
        return right + doubled if extra == "doubled" else right

    async def main() -> None:
        async with UnaskedServer(change, echo=echo) as server, session_of(server.url) as workato:
            for number in (1, 2, 3):
                assert (await workato.recipes.get(number)).id == number
                if extra != "doubled":
                    server.push(response({"id": 666})[:20])
            assert len(server.connections) == 3
            assert len(server.requests) == 3

    run(loop, main)


@on_each_session
@on_each_loop
def test_a_rejected_write_raises_and_the_next_one_does_not(loop: str, borrowed: bool) -> None:
    def change(number: int, right: bytes) -> bytes:
        return response(REJECTED) if number == 2 else right

    async def main() -> None:
        async with (
            UnaskedServer(change) as server,
            sharing(borrowed) as http,
            session_of(server.url, http=http) as workato,
        ):
            await workato.recipes.start(1)
            server.push(response({"success": True}))
            with pytest.raises(OperationRefusedError, match="Not this one"):
                await workato.recipes.start(2)
            await workato.recipes.start(3)

    run(loop, main)


@on_each_session
@on_each_loop
def test_connections_without_surprises_are_used_again(loop: str, borrowed: bool) -> None:
    async def main() -> None:
        async with (
            UnaskedServer(echo=True) as server,
            sharing(borrowed) as http,
            session_of(server.url, http=http) as workato,
        ):
            for number in range(20):
                assert (await workato.recipes.get(number)).id == number
            await asyncio.gather(*(workato.recipes.get(number) for number in range(20)))
            assert len(server.connections) == 20
            await asyncio.gather(*(workato.recipes.get(number) for number in range(20)))
            assert len(server.connections) == 20

    run(loop, main)


@on_each_session
@on_each_loop
def test_every_dead_connection_of_the_pool_is_passed_over(loop: str, borrowed: bool) -> None:
    async def main() -> None:
        async with UnaskedServer() as server, sharing(borrowed) as http, session_of(server.url, http=http) as workato:
            await asyncio.gather(*(workato.recipes.get(number) for number in range(5)))
            for connection in server.connections:
                connection.shutdown(2)
            await workato.recipes.reset_trigger(7)
            assert server.paths[5:] == ["/api/recipes/7/reset_trigger"]
            assert len(server.connections) == 6

    run(loop, main)


# --- correlation ids


@on_each_session
@pytest.mark.parametrize("upper", [False, True])
async def test_the_response_to_another_call_is_a_lost_one(borrowed: bool, upper: bool) -> None:
    server: UnaskedServer

    def change(number: int, right: bytes) -> bytes:
        if number not in (2, 5):
            return right
        own, other = server.ids[-1], server.ids[0]
        return right.replace(own.encode(), (other.upper() if upper else other).encode())

    async with (
        UnaskedServer(change, echo=True) as server,
        aiohttp.ClientSession() as http,
        session_of(server.url, http=http if borrowed else None) as workato,
    ):
        await workato.recipes.get(1)
        assert (await workato.recipes.get(2)).id == 2
        assert len(server.requests) == 3
        assert len(server.connections) == 2, "the connection is dropped"
        await workato.recipes.get(4)
        with pytest.raises(OutcomeUnknownError, match="belongs to another call"):
            await workato.recipes.reset_trigger(5)
        assert len(server.requests) == 5
        (state, _) = workato.limiter.snapshot().values()
        assert state.sent == 4


@pytest.mark.parametrize(
    "headers",
    [
        ["x-correlation-id: wk-1"],
        ["x-correlation-id: {own}"],
        ["X-Correlation-ID: wk-1", "X-Correlation-ID: {own}"],
        ["x-correlation-id: wk-1, {own}"],
        ["x-correlation-id: {own}, {first}"],
        ["x-correlation-id: " + "0" * 32],
        ["x-correlation-id:"],
    ],
)
async def test_ids_of_the_server_are_no_sign_of_another_call(headers: list[str]) -> None:
    server: UnaskedServer

    def change(number: int, right: bytes) -> bytes:
        return response({"id": number}, *(line.format(own=server.ids[-1], first=server.ids[0]) for line in headers))

    async with UnaskedServer(change) as server, session_of(server.url) as workato:
        assert (await workato.recipes.get(1)).id == 1
        assert (await workato.recipes.get(2)).id == 2
        assert len(server.connections) == 1


async def test_a_late_response_to_the_first_attempt_is_not_the_second_attempts() -> None:
    """All attempts of a call have one id, so only the end of the connection keeps them apart."""
    late = asyncio.Event()
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        number = connections
        await reader.readuntil(b"\r\n\r\n")
        if number == 1:
            await late.wait()
        else:
            late.set()
            await asyncio.sleep(1)
        writer.write(response({"id": number}))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server, session_of(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as workato:
        assert (await workato.recipes.get(1)).id == 2
    assert connections == 2


@pytest.mark.parametrize("sent", [0, 20, -5], ids=["nothing", "half the head", "half the body"])
async def test_a_response_to_a_cancelled_call_is_nobodys(sent: int) -> None:
    server: UnaskedServer
    rest = b""

    def change(number: int, right: bytes) -> bytes:
        nonlocal rest
        if number == 2:
            right, rest = right[:sent], right[sent:]
        return right

    async with UnaskedServer(change) as server, session_of(server.url) as workato:
        await workato.recipes.get(1)
        call = asyncio.create_task(workato.recipes.get(2))
        await asyncio.sleep(1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        with suppress(OSError):  # the connection may be gone already
            server.push(rest)
        assert (await workato.recipes.get(3)).id == 3
        assert len(server.connections) == 2


async def test_an_echo_never_brings_the_token_back() -> None:
    events: list[object] = []
    quoting = RawServer(
        lambda connection, request: response({"message": "no"}, f"x-correlation-id: {TOKEN}", status="404 N")
    )
    async with quoting as server, session_of(server.url, on_event=events.append) as workato:
        with pytest.raises(NotFoundError) as caught:
            await workato.recipes.get(1)
    assert TOKEN not in f"{caught.value} {caught.value!r} {vars(caught.value)} {events}"
    assert len(caught.value.correlation_ids) == 2


# --- nothing was sent


def _states(workato: WorkatoSession) -> list[BucketState]:
    return list(workato.limiter.snapshot().values())


@on_each_session
@on_each_loop
def test_a_proxy_that_drops_the_tunnel_means_that_nothing_was_sent(loop: str, borrowed: bool) -> None:
    async def main() -> None:
        policy = RetryPolicy(attempts=3, base=0.0)
        async with (
            RawServer(lambda connection, request: None) as proxy,
            sharing(borrowed) as http,
            session_of("https://workato.invalid", proxy=proxy.url, retry=policy, http=http) as workato,
        ):
            with pytest.raises(ConnectionFailedError, match="proxy") as caught:
                await workato.recipes.copy(1, folder_id=2)
            (state,) = _states(workato)
            assert (state.sent, state.free) == (0, state.quota.requests)
        assert caught.value.attempts == 3
        assert len(proxy.requests) == 3

    run(loop, main)


@on_each_session
async def test_a_write_that_is_cancelled_while_it_connects_costs_no_permit(borrowed: bool) -> None:
    async with (
        RawServer(lambda connection, request: None) as silent,
        sharing(borrowed) as http,
        session_of(f"https://127.0.0.1:{silent.port}", http=http) as workato,
    ):
        call = asyncio.create_task(workato.recipes.copy(1, folder_id=2))
        await asyncio.sleep(1)
        assert silent.connections == 1
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        (state,) = _states(workato)
        assert (state.sent, state.free) == (0, state.quota.requests)


@on_each_session
async def test_a_deadline_that_ends_while_it_connects_is_no_doubt(borrowed: bool) -> None:
    async with (
        RawServer(lambda connection, request: None) as silent,
        sharing(borrowed) as http,
        session_of(f"https://127.0.0.1:{silent.port}", http=http) as workato,
    ):
        with pytest.raises(ConnectionFailedError):
            await workato.options(deadline=5).recipes.copy(1, folder_id=2)


async def test_the_text_of_an_invalid_response_says_that_a_write_may_have_happened() -> None:
    odd = RawServer(lambda connection, request: b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n")
    async with odd as server, session_of(server.url) as workato:
        with pytest.raises(InvalidResponseError, match=r"Content-Length.*may have been carried out") as caught:
            await workato.recipes.copy(1, folder_id=2)
    assert caught.value.attempts == 1
    assert len(server.requests) == 1


@pytest.mark.parametrize("poll", [True, False], ids=["poll", "select"])
def test_what_has_arrived_is_seen_without_and_with_poll(poll: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows has no poll."""
    if not poll:
        monkeypatch.delattr(select, "poll")
    ours, theirs = socket.socketpair()
    with ours, theirs:
        arrived = _watch(ours.fileno())
        assert not arrived()
        theirs.send(b"x")
        assert arrived()
        ours.recv(1)
        assert not arrived()
        theirs.shutdown(socket.SHUT_WR)
        assert arrived()
