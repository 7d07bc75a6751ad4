"""What is read of an answer: bodies up to a cap, correlation ids, content types."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

import pytest

from tests.support.raw_socket_server import RawServer
from tests.support.scripted_server import Reply, session_of
from workato_async import (
    Endpoint,
    InvalidResponseError,
    NotFoundError,
    RetryPolicy,
    WorkatoSession,
)

if TYPE_CHECKING:
    from tests.support.scripted_server import ScriptedServer


GET_RECIPE = "GET /api/recipes/{id}"
ONE_ATTEMPT = RetryPolicy(attempts=1)
READ = Endpoint[None]("read", "GET", "/api/things")
WRITE = Endpoint[None]("write", "POST", "/api/things")


def http_bytes(body: bytes, **headers: str) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(["HTTP/1.1 200 OK", *lines, "", ""])).encode() + body


# --- the cap on bodies


async def test_a_body_up_to_the_cap_is_read(server: ScriptedServer) -> None:
    body = b'{"id": 1, "name": "' + b"x" * 979 + b'"}'
    assert len(body) == 1000
    server.otherwise = lambda seen: Reply(body=body)
    async with session_of(server.url, max_body=1000) as workato:
        assert (await workato.recipes.get(1)).id == 1
    async with session_of(server.url, max_body=999) as workato:
        with pytest.raises(InvalidResponseError) as caught:
            await workato.recipes.get(1)
    assert "999" in str(caught.value)
    assert caught.value.status == 200
    assert caught.value.endpoint == GET_RECIPE
    assert len(server.seen) == 2, "an answer that is too large is not asked for again"


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
async def test_a_decompression_bomb_is_an_error(server: ScriptedServer, coding: str) -> None:
    plain = b" " * 50_000_000
    packed = gzip.compress(plain) if coding == "gzip" else zlib.compress(plain)
    assert len(packed) < 100_000
    server.otherwise = lambda seen: Reply(
        200, packed, (("Content-Encoding", coding), ("Content-Type", "application/json"))
    )
    async with session_of(server.url, max_body=1_000_000) as workato:
        with pytest.raises(InvalidResponseError):
            await workato.recipes.get(1)
        (state,) = workato.limiter.snapshot().values()
    assert (state.sent, len(server.seen)) == (1, 1)


async def test_a_chunked_body_without_end_is_an_error() -> None:
    endless = http_bytes(b"10000\r\n" + b" " * 0x10000 + b"\r\n", Transfer_Encoding="chunked")
    more = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    server = RawServer(lambda connection, request: endless + more * 40)
    async with server as raw, session_of(raw.url, max_body=1_000_000) as workato:
        with pytest.raises(InvalidResponseError):
            await workato.recipes.get(1)


async def test_a_compressed_body_is_unpacked(server: ScriptedServer, workato: WorkatoSession) -> None:
    server.plays(
        Reply(200, gzip.compress(b'{"id": 9}'), (("Content-Encoding", "gzip"), ("Content-Type", "application/json")))
    )
    assert (await workato.recipes.get(1)).id == 9


# --- correlation ids and content types


async def test_every_correlation_id_of_the_answer_is_kept_ours_first(
    server: ScriptedServer, workato: WorkatoSession
) -> None:
    lines = (("x-correlation-id", "wk-1, wk-2"), ("X-Correlation-ID", "wk-3"), ("x-correlation-id", " ,wk-1,"))
    server.plays(Reply(404, b"{}", lines))
    with pytest.raises(NotFoundError) as caught:
        await workato.recipes.get(1)
    ours = server.seen[0].headers["x-correlation-id"]
    assert caught.value.correlation_ids == (ours, "wk-1", "wk-2", "wk-3")
    assert "wk-3" in str(caught.value)


async def test_our_id_sent_back_is_not_doubled(server: ScriptedServer, workato: WorkatoSession) -> None:
    server.otherwise = lambda seen: Reply(
        404, b"{}", (("x-correlation-id", f"{seen.headers['x-correlation-id']}, wk-1"),)
    )
    with pytest.raises(NotFoundError) as caught:
        await workato.recipes.get(1)
    assert caught.value.correlation_ids == (server.seen[0].headers["x-correlation-id"], "wk-1")


async def test_the_errors_of_a_body_that_is_too_large_carry_every_id(server: ScriptedServer) -> None:
    server.plays(Reply(200, b" " * 200, (("x-correlation-id", "wk-1"),)))
    async with session_of(server.url, max_body=100) as workato:
        with pytest.raises(InvalidResponseError) as caught:
            await workato.recipes.get(1)
    assert caught.value.correlation_ids == (server.seen[0].headers["x-correlation-id"], "wk-1")
    assert caught.value.attempts == 1


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/vnd.api+json; charset=utf-8", "text/plain", "text/html", "", "?"]
)
async def test_json_is_read_whatever_the_content_type_says(
    server: ScriptedServer, workato: WorkatoSession, content_type: str
) -> None:
    server.plays(Reply(200, b'{"id": 4}', (("Content-Type", content_type),)))
    assert (await workato.recipes.get(4)).id == 4


async def test_an_html_page_with_200_is_an_answer_that_could_not_be_read(
    server: ScriptedServer, workato: WorkatoSession
) -> None:
    server.plays(Reply(200, b"<!DOCTYPE html><html>Sign in</html>", (("Content-Type", "text/html"),)))
    with pytest.raises(InvalidResponseError) as caught:
        await workato.recipes.get(1)
    assert "HTML" in str(caught.value)
    assert "Sign in" not in str(caught.value)
    assert (caught.value.status, caught.value.endpoint, caught.value.attempts) == (200, GET_RECIPE, 1)


@pytest.mark.parametrize("content_type", ["text/html", "Text/HTML; charset=UTF-8", "application/xhtml+xml, text/html"])
async def test_an_html_error_page_is_named_whatever_the_case_of_its_content_type(
    server: ScriptedServer, workato: WorkatoSession, content_type: str
) -> None:
    server.plays(Reply(404, b"<p>No such page</p>", (("Content-Type", content_type),)))
    with pytest.raises(NotFoundError) as caught:
        await workato.recipes.get(1)
    assert "HTML" in caught.value.message
