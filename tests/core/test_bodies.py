"""Bodies whose size or coding only a connection shows: compressed, chunked, without end."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

import pytest

from tests.support.raw_socket_server import RawServer
from tests.support.scripted_server import Reply, session_of
from workato_async import InvalidResponseError, WorkatoSession

if TYPE_CHECKING:
    from tests.support.scripted_server import ScriptedServer


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
async def test_a_decompression_bomb_is_an_error(server: ScriptedServer, coding: str) -> None:
    plain = b" " * 50_000_000
    packed = gzip.compress(plain) if coding == "gzip" else zlib.compress(plain)
    assert len(packed) < 100_000
    server.otherwise = lambda seen: Reply(
        200, packed, (("Content-Encoding", coding), ("Content-Type", "application/json"))
    )
    async with session_of(server.url, max_body=1_000_000) as workato:
        with pytest.raises(InvalidResponseError, match="exceeds 1,000,000 bytes"):
            await workato.recipes.get(1)
        (state,) = workato.limiter.snapshot().values()
    assert (state.sent, len(server.seen)) == (1, 1)


async def test_a_chunked_body_without_end_is_an_error() -> None:
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    endless = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 41
    server = RawServer(lambda connection, request: endless)
    async with server as raw, session_of(raw.url, max_body=1_000_000) as workato:
        with pytest.raises(InvalidResponseError, match="exceeds 1,000,000 bytes"):
            await workato.recipes.get(1)


async def test_a_compressed_body_is_unpacked(server: ScriptedServer, workato: WorkatoSession) -> None:
    server.plays(
        Reply(200, gzip.compress(b'{"id": 9}'), (("Content-Encoding", "gzip"), ("Content-Type", "application/json")))
    )
    assert (await workato.recipes.get(1)).id == 9
