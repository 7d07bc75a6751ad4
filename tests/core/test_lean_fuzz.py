"""Hostile bytes, cut anywhere: both ways of a call have the same outcome, and leave nothing behind."""

from __future__ import annotations

import asyncio
import gzip
import random
import re
import socket
from typing import TYPE_CHECKING

import pytest

from tests.core.test_lean_endings import ID_7, PlayingServer, chunked, whole
from tests.support.scripted_server import TOKEN, session_of
from tests.support.virtual_time import VirtualTimeLoop
from workato_async import RetryPolicy, WorkatoError
from workato_async.http.lean import PLAIN

if TYPE_CHECKING:
    from collections.abc import Sequence

BODIES = (ID_7, b"", b"[]", b'{"id": 7', b"<html>", TOKEN.encode(), b'{"id": 7, "x": "' + b"y" * 700_000 + b'"}')
STATUSES = ("200 OK",) * 8 + ("204 -", "304 -", "302 -", "101 -", "407 -", "404 -", "500 -", f"503 {TOKEN}", "99 -")
HEADERS = (
    *("Connection: close", "Connection: Upgrade\r\nUpgrade: websocket", "Set-Cookie: =;", "Location: //["),
    *("Retry-After: 1", f"x-correlation-id: {TOKEN}", "X: " + "p" * 140_000, "Content-Length: 5", "Content-Length: -1"),
    *("Transfer-Encoding: chunked", "Content-Encoding: gzip", "Content-Encoding: deflate", "Content-Encoding: br"),
    *("no colon", ": empty", " folded", "X\0: y", "Content-Type: text/html; charset=latin-1"),
    "\r\n".join(f"H{number}: x" for number in range(600)),
)
BEFORE = (
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n",
    b"\r\n",
    b"SSH-2.0\r\n",
    b"\0",
)
AFTER = (b"H", b"HTTP/1.1 200 OK\r\n", whole(b'{"id": 666}'), whole(b'{"id": 666}')[:30], b"garbage")


def response(chance: random.Random) -> bytes:
    """Return a response of which more or less is wrong."""
    body = chance.choice(BODIES)
    headers = chance.sample(HEADERS, chance.choice((0, 0, 1, 2)))
    if chance.random() < 0.15:
        body = gzip.compress(body, mtime=0)[: chance.choice((None, -3))]
        headers.append("Content-Encoding: gzip")
    if chance.random() < 0.3:
        found = chunked(body, chance.choice((1, 7, 70_000)) if len(body) < 1000 else 70_000)
    else:
        found = whole(body, *headers, status=chance.choice(STATUSES), length=chance.random() < 0.8)
    if chance.random() < 0.1:
        found = found.replace(b"\r\n", b"\n")
    if chance.random() < 0.1:
        found = found.replace(b"HTTP/1.1", chance.choice((b"HTTP/1.0", b"HTTP/2", b"http/1.1")))
    if chance.random() < 0.15:
        found = chance.choice(BEFORE) + found
    if chance.random() < 0.15:
        found += chance.choice(AFTER)
    if chance.random() < 0.1:
        place = chance.randrange(len(found))
        found = found[:place] + chance.randbytes(1) + found[place + 1 :]
    return found


def script(chance: random.Random) -> Sequence[bytes | float | None]:
    """Return the pieces of a response, with pauses; some end early, or never."""
    found = response(chance)
    cuts = sorted(
        chance.randrange(min(len(found), chance.choice((60, 400, 10**9)))) for _ in range(chance.choice((0, 1, 3)))
    )
    pieces: list[bytes | float | None] = []
    for start, end in zip([0, *cuts], [*cuts, len(found)], strict=True):
        pieces += [found[start:end], chance.choice((0.01, 1.0))]
    if chance.random() < 0.3:
        pieces = [*pieces[: chance.randrange(len(pieces) + 1)], chance.choice((None, 1e6))]
    elif chance.random() < 0.1:
        pieces.append(whole(b'{"id": 666}'))
    return pieces


async def outcomes(seed: int) -> list[object]:
    """Return the outcomes of some calls, and the requests that came."""
    chance = random.Random(seed)
    scripts = [script(chance) for _ in range(4)]
    loop = asyncio.get_running_loop()
    found: list[object] = []
    async with PlayingServer(*scripts) as server:
        async with session_of(server.url, retry=RetryPolicy(attempts=1), timeout=20.0) as workato:
            for number, verb in enumerate(("get", "start", "delete", "get")):
                try:
                    found.append(repr(await getattr(workato.recipes, verb)(number))[:100])
                except WorkatoError as error:
                    text = f"{type(error).__name__} {error}"
                    assert TOKEN not in text
                    found.append(re.sub("[0-9a-f]{32}|:[0-9]{4,5}", "-", text))
                await asyncio.sleep(chance.choice((0.2, 5.0)))
            slots = workato._transport._slots
            assert slots._free == 100
        found.append(server.paths)
        await asyncio.sleep(1.0)
        assert not any(map(_is_open, server.connections))
    assert [timer for timer in loop._scheduled if not timer.cancelled() and "_look" in repr(timer)] == []  # type: ignore[attr-defined]
    return found


def _is_open(connection: socket.socket) -> bool:
    """Whether the client has not closed a connection; the server may be asleep."""
    try:
        return connection.fileno() != -1 and connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
    except BlockingIOError:
        return True
    except ConnectionError:
        return False


@pytest.mark.parametrize("first", [0, *(pytest.param(number, marks=pytest.mark.long) for number in range(1, 50))])
def test_both_ways_end_alike(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(first * 20, first * 20 + 20):
        both = []
        for plain in ("", "1"):
            monkeypatch.setenv(PLAIN, plain)
            monkeypatch.setattr(random, "random", lambda: 0.5)
            monkeypatch.setattr(random, "uniform", lambda low, high: (low + high) / 2)
            with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
                both.append(runner.run(outcomes(seed)))
        assert both[0] == both[1], seed
