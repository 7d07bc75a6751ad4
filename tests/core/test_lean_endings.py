"""However a response ends, or a call does before it: what the caller gets, and whether the connection is used again."""

from __future__ import annotations

import asyncio
import gzip
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.connection_server import ConnectionServer
from tests.support.scripted_server import session_of
from tests.support.virtual_time import VirtualTimeLoop
from workato_async import (
    ConnectionFailedError,
    InvalidResponseError,
    OutcomeUnknownError,
    ResponseTimeoutError,
    RetryPolicy,
    WorkatoSession,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ONE_ATTEMPT = RetryPolicy(attempts=1)


def whole(body: bytes, *headers: str, status: str = "200 OK", length: bool = True) -> bytes:
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", *headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def chunked(body: bytes, size: int = 7) -> bytes:
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    framed = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    return whole(framed, "Transfer-Encoding: chunked", length=False)


class PlayingServer(ConnectionServer):
    """Responds to each request with some pieces, which a float between them delays; None is the end of it."""

    def __init__(self, *scripts: Sequence[bytes | float | None]) -> None:
        super().__init__()
        self.paths: list[str] = []
        self._scripts = list(scripts)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length: ")]
                await reader.readexactly(int(length[0].split()[1]) if length else 0)
                self.paths.append(head.split()[1].decode())
                for piece in self._scripts.pop(0) if self._scripts else (whole(b'{"id": 99, "success": true}'),):
                    if piece is None:
                        return
                    if isinstance(piece, float):
                        await asyncio.sleep(piece)
                    else:
                        writer.write(piece)
                        await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


class ClosingServer(ConnectionServer):
    """Closes each connection at once."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()


ID_7 = b'{"id": 7}'
USABLE: dict[str, tuple[Sequence[bytes | float | None], int | None]] = {
    "at once": ([whole(ID_7)], 7),
    "head, then body": ([whole(ID_7)[:-9], 1.0, ID_7], 7),
    "byte by byte": ([bytes([each]) for each in whole(ID_7)], 7),
    "chunked": ([chunked(ID_7)], 7),
    "chunks in pieces": ([chunked(ID_7)[:-3], 1.0, chunked(ID_7)[-3:]], 7),
    "packed": ([whole(gzip.compress(ID_7), "Content-Encoding: gzip")], 7),
    "after hints": ([b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", 1.0, whole(ID_7)], 7),
    "with hints": ([b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + whole(ID_7)], 7),
    "a long one": ([whole(b'{"id": 7, "name": "' + b"x" * 700_000 + b'"}')], 7),
    "long headers": ([whole(ID_7, "X-Policy: " + "p" * 60_000)], 7),
    "404": ([whole(b'{"message": "none"}', status="404 Not Found")], None),
    "redirect": ([whole(b"{}", "Location: /login", status="302 Found")], None),
    "no body": ([b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"], None),
    "204": ([b"HTTP/1.1 204 No Content\r\n\r\n"], None),
    "304": ([b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n"], None),
}
"""Pieces of a response after which a connection is used again, and the id in it, None for an error."""


async def read(workato: WorkatoSession, number: int) -> int | None:
    try:
        return (await workato.recipes.get(number)).id
    except Exception:
        return None


@pytest.mark.parametrize("kind", USABLE)
async def test_a_whole_response_frees_its_connection(kind: str) -> None:
    pieces, expected = USABLE[kind]
    async with PlayingServer(pieces, pieces) as server, session_of(server.url, retry=ONE_ATTEMPT) as workato:
        for number in (1, 2):
            assert await read(workato, number) == expected
        assert await read(workato, 3) == 99
        assert len(server.connections) == 1
        assert server.paths == [f"/api/recipes/{number}" for number in (1, 2, 3)]


ENDED: dict[str, Sequence[bytes | float | None]] = {
    "until the end": [whole(ID_7, length=False), None],
    "connection: close": [whole(ID_7, "Connection: close")],
    "HTTP/1.0": [b"HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\n" + ID_7],
    "doubled": [whole(ID_7) + whole(b'{"id": 666}')],
    "doubled by half": [whole(ID_7) + whole(b'{"id": 666}')[:30], 1.0, whole(b'{"id": 666}')[30:]],
    "head, then doubled": [whole(ID_7)[:-9], 1.0, ID_7 + whole(b'{"id": 666}')],
    "a byte more": [whole(ID_7) + b"H"],
    "half, then half and a byte more": [whole(ID_7)[:-4], 1.0, whole(ID_7)[-4:] + b"H"],
    "half a head, then a line more": [whole(ID_7)[:20], 1.0, whole(ID_7)[20:] + b"HTTP/1.1 200 OK\r\n"],
    "chunked and a byte more": [chunked(ID_7) + b"H"],
    "half of the chunks, then a line more": [chunked(ID_7)[:-4], 1.0, chunked(ID_7)[-4:] + b"HTTP/1.1 200 OK\r\n"],
    "after hints, doubled by half": [b"HTTP/1.1 103 Early Hints\r\n\r\n", 1.0, whole(ID_7) + whole(b"{}")[:30]],
}


@pytest.mark.parametrize("kind", ENDED)
async def test_a_connection_is_not_used_after(kind: str) -> None:
    """The response itself is whole."""
    async with PlayingServer(ENDED[kind]) as server, session_of(server.url, retry=ONE_ATTEMPT) as workato:
        assert await read(workato, 1) == 7
        await asyncio.sleep(2.0)
        assert await read(workato, 2) == 99
        assert len(server.connections) == 2


@pytest.mark.parametrize("kind", ENDED)
async def test_nor_in_a_borrowed_session(kind: str) -> None:
    async with (
        aiohttp.ClientSession() as http,
        PlayingServer(ENDED[kind]) as server,
        session_of(server.url, retry=ONE_ATTEMPT, http=http) as workato,
    ):
        assert await read(workato, 1) == 7
        await asyncio.sleep(2.0)
        assert await read(workato, 2) == 99
        assert len(server.connections) == 2


LOST: dict[str, Sequence[bytes | float | None]] = {
    "nothing": [None],
    "half a head": [b"HTTP/1.1 200 O", None],
    "half a body": [whole(ID_7)[:-2], None],
    "half a chunk": [chunked(ID_7)[:-8], None],
    "garbage": [b"SSH-2.0-OpenSSH_9.6\r\n"],
    "too long a header": [whole(ID_7, "X-Policy: " + "p" * 200_000)],
}


@pytest.mark.parametrize("kind", LOST)
async def test_half_a_response_is_none(kind: str) -> None:
    async with PlayingServer(LOST[kind]) as server, session_of(server.url, retry=ONE_ATTEMPT) as workato:
        assert await read(workato, 1) is None
        assert await read(workato, 2) == 99
        assert len(server.connections) == 2


WAITS: dict[str, list[bytes | float | None]] = {
    "head": [1e6],
    "rest of the head": [b"HTTP/1.1 200 OK\r\n", 1e6],
    "hints": [b"HTTP/1.1 103 Early Hints\r\n\r\n", 1e6],
    "body": [whole(ID_7)[:-9], 1e6],
    "rest of the body": [whole(ID_7)[:-1], 1e6],
    "trickle": [whole(b"[" + b"1," * 1000)[:-2000], *(b" ", 1.0) * 500],
    "chunked trickle": [chunked(b"")[:-5], *(b"1\r\n \r\n", 1.0) * 500],
}


@pytest.mark.parametrize("used", [False, True], ids=["first", "second"])
@pytest.mark.parametrize("kind", WAITS)
async def test_a_cancelled_call_leaves_no_connection_behind(kind: str, used: bool) -> None:
    scripts = [[whole(ID_7)], WAITS[kind]] if used else [WAITS[kind]]
    async with PlayingServer(*scripts) as server, session_of(server.url) as workato:
        if used:
            await workato.recipes.get(1)
        call = asyncio.create_task(workato.recipes.start(2))
        await asyncio.sleep(3.0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await call
        assert isinstance(caught.value.__cause__, OutcomeUnknownError)
        assert await read(workato, 3) == 99
        assert len(server.connections) == 2


@pytest.mark.parametrize("kind", WAITS)
async def test_one_deadline_for_all_of_a_response(kind: str) -> None:
    clock = asyncio.get_running_loop().time
    async with (
        PlayingServer([whole(ID_7)], WAITS[kind]) as server,
        session_of(server.url, timeout=20.0, retry=ONE_ATTEMPT) as workato,
    ):
        await workato.recipes.get(1)
        begun = clock()
        with pytest.raises(ResponseTimeoutError, match="no response within 20 s"):
            await workato.recipes.get(2)
        assert clock() - begun == pytest.approx(20.0, abs=0.1)
        assert await read(workato, 3) == 99
        assert len(server.connections) == 2


CHUNK_9 = whole(b"9\r\n" + ID_7, "Transfer-Encoding: chunked", length=False)


async def test_chunks_that_break_where_one_ends() -> None:
    """Whoever reads is woken by the end of the chunk, and there is nothing to read."""
    clock = asyncio.get_running_loop().time
    async with (
        PlayingServer([CHUNK_9, 1.0, b"\r\nzz\r\n", 1e6]) as server,
        session_of(server.url, retry=ONE_ATTEMPT) as workato,
    ):
        begun = clock()
        with pytest.raises(InvalidResponseError, match="not valid HTTP"):
            await workato.recipes.get(1)
        assert clock() - begun == pytest.approx(1.0, abs=0.1)


async def test_a_deadline_that_passes_while_a_chunk_ends() -> None:
    loop: Any = asyncio.get_running_loop()

    class Blocking(PlayingServer):
        async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(CHUNK_9)
                await asyncio.sleep(1.0)
                writer.write(b"\r\n")
                loop.now += 100.0
                await reader.read()
            finally:
                writer.close()

    async with Blocking() as server, session_of(server.url, retry=ONE_ATTEMPT) as workato:
        with pytest.raises(ResponseTimeoutError):
            await workato.recipes.get(1)


async def test_a_deadline_that_passes_before_the_head_is_read() -> None:
    """The loop was blocked, and finds the head and the deadline at the same time; the body never comes."""
    loop: Any = asyncio.get_running_loop()

    class Blocking(PlayingServer):
        async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(whole(ID_7)[:-5])
                loop.now += 100.0
                await reader.read()
            finally:
                writer.close()

    async with Blocking() as server, session_of(server.url, retry=ONE_ATTEMPT) as workato:
        with pytest.raises(ResponseTimeoutError):
            await workato.recipes.get(1)


async def test_a_call_waits_no_shorter_for_a_connection_that_a_download_had(tmp_path: Path) -> None:
    """Downloads have a time for each piece; the parser that they leave behind must not be used again."""
    pieces: list[bytes | float | None] = [whole(ID_7)[:-9], 30.0, ID_7]
    async with PlayingServer([whole(b"PEM")], pieces) as server, session_of(server.url) as workato:
        await workato.options(timeout=20.0).cert_bundles.download(1, tmp_path / "bundle.pem")
        assert await read(workato, 1) == 7
        assert len(server.connections) == 1


async def test_each_call_has_its_own_deadline() -> None:
    """There may be one timer for all of them."""
    clock = asyncio.get_running_loop().time
    async with (
        PlayingServer(*([[1e6]] * 9)) as server,
        session_of(server.url, retry=ONE_ATTEMPT) as workato,
    ):
        begun = clock()

        async def ends(seconds: float) -> float:
            with pytest.raises(ResponseTimeoutError):
                await workato.options(timeout=seconds).recipes.get(1)
            return clock() - begun

        times = (30.0, 5.0, 20.0, 10.0, 10.0, 40.0, 1.0)
        calls = [asyncio.create_task(ends(seconds)) for seconds in times]
        await asyncio.sleep(0.5)
        calls[2].cancel()
        found = await asyncio.gather(*calls, return_exceptions=True)
        assert isinstance(found.pop(2), asyncio.CancelledError)
        assert found == pytest.approx([30.0, 5.0, 10.0, 10.0, 40.0, 1.0], abs=0.1)


async def test_a_connection_that_is_closed_as_soon_as_it_is_made_is_not_written_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So that a write may be retried."""
    own = aiohttp.TCPConnector._create_connection

    async def slow(*arguments: Any) -> Any:
        made = await own(*arguments)
        await asyncio.sleep(1.0)
        return made

    monkeypatch.setattr(aiohttp.TCPConnector, "_create_connection", slow)
    async with ClosingServer() as server, session_of(server.url, retry=ONE_ATTEMPT) as workato:
        with pytest.raises(ConnectionFailedError, match="closed while it was being made"):
            await workato.recipes.start(1)


@pytest.mark.parametrize("closed", ["in the head", "in the body"])
async def test_a_closed_session_ends_its_calls(closed: str) -> None:
    script = WAITS["head" if closed == "in the head" else "body"]
    async with PlayingServer(script) as server:
        async with session_of(server.url) as workato:
            call = asyncio.create_task(workato.recipes.start(1))
            await asyncio.sleep(1.0)
        with pytest.raises(OutcomeUnknownError, match="the session was closed"):
            await call


def test_no_timer_is_left_after_a_session() -> None:
    async def main() -> None:
        loop: Any = asyncio.get_running_loop()
        async with PlayingServer() as server, session_of(server.url) as workato:
            await asyncio.gather(*(workato.recipes.get(number) for number in range(50)))
        assert [timer for timer in loop._scheduled if not timer.cancelled() and "_look" in repr(timer)] == []

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(main())


PIECES = st.sampled_from(sorted({**USABLE, **ENDED}))


@given(kinds=st.lists(PIECES, min_size=1, max_size=6), cuts=st.lists(st.integers(1, 400), max_size=4))
@settings(max_examples=15)
def test_any_responses_one_after_another(kinds: list[str], cuts: list[int]) -> None:
    """Each call has its own response, wherever the network cuts them into pieces."""
    scripts: list[list[bytes | float | None]] = []
    expected = []
    for kind in kinds:
        pieces = USABLE[kind][0] if kind in USABLE else ENDED[kind]
        expected.append(USABLE[kind][1] if kind in USABLE else 7)
        script: list[bytes | float | None] = []
        for piece in pieces:
            if not isinstance(piece, bytes) or kind == "byte by byte":
                script.append(piece)
                continue
            rest = piece
            for cut in cuts:
                script.extend([rest[:cut], 0.1] if rest[:cut] else [])
                rest = rest[cut:]
            script.extend([rest] if rest else [])
        scripts.append([*script, 0.5])

    async def main() -> None:
        async with PlayingServer(*scripts) as server, session_of(server.url, retry=ONE_ATTEMPT) as workato:
            found = []
            for number in range(len(kinds)):
                found.append(await read(workato, number))
                await asyncio.sleep(2.0)
            assert found == expected
            assert server.paths == [f"/api/recipes/{number}" for number in range(len(kinds))]

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(main())
