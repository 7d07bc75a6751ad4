"""A response that is cut short is a lost one, however its end was marked; one that is no HTTP is an invalid one."""

from __future__ import annotations

import asyncio
import gzip
import json
import random
import zlib
from typing import TYPE_CHECKING, Self

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.raw_socket_server import RawServer
from tests.support.scripted_server import session_of
from workato_async import (
    BadRequestError,
    ConnectionFailedError,
    InvalidResponseError,
    NotFoundError,
    OutcomeUnknownError,
    ResponseTimeoutError,
    RetryPolicy,
    is_retryable,
)
from workato_async._json import is_cut_short

if TYPE_CHECKING:
    from workato_async import WorkatoSession

JSON = b'{"id": 1, "success": true, "name": "%b"}' % bytes(random.Random(1).choices(b"abcdefghijklmnopqrstu", k=9_000))
GZIP = gzip.compress(JSON)
TWICE_PACKED = gzip.compress(GZIP)
DEFLATE = zlib.compress(JSON)
RAW_DEFLATE = DEFLATE[2:-4]


def head(*headers: bytes, version: bytes = b"1.1", status: bytes = b"200 OK") -> bytes:
    return b"\r\n".join([b"HTTP/" + version + b" " + status, *headers, b"", b""])


def chunked(body: bytes, *, ended: bool = True) -> bytes:
    return b"%x\r\n%b\r\n" % (len(body), body) + b"0\r\n\r\n" * ended


def length(count: int) -> bytes:
    return b"Content-Length: %d" % count


CHUNKED = b"Transfer-Encoding: chunked"
PACKED = b"Content-Encoding: gzip"
DEFLATED = b"Content-Encoding: deflate"
CLOSE = b"Connection: close"

CUT = {
    "length not reached": head(length(len(JSON) + 1)) + JSON,
    "no last chunk": head(CHUNKED) + chunked(JSON, ended=False),
    "amid a chunk": head(CHUNKED) + chunked(JSON)[:500],
    "amid the size of a chunk": head(CHUNKED) + b"1",
    "amid the last line end": head(CHUNKED) + chunked(JSON)[:-2],
    "closed amid JSON": head(CLOSE) + JSON[:500],
    "closed before JSON": head(CLOSE),
    "HTTP/1.0 amid JSON": head(version=b"1.0") + JSON[:-1],
    "amid the head": head(length(len(JSON)))[:-4],
    "gzip, length not reached": head(PACKED, length(len(GZIP))) + GZIP[:-9],
    "gzip, length of what is left": head(PACKED, length(1_000)) + GZIP[:1_000],
    "gzip, first bytes": head(PACKED, length(5)) + GZIP[:5],
    "gzip, first byte": head(PACKED, length(1)) + GZIP[:1],
    "gzip without its checksum": head(PACKED, length(len(GZIP) - 8)) + GZIP[:-8],
    "gzip in chunks": head(PACKED, CHUNKED) + chunked(GZIP[:1_000]),
    "gzip in chunks without end": head(PACKED, CHUNKED) + chunked(GZIP[:1_000], ended=False),
    "gzip, closed": head(PACKED, CLOSE) + GZIP[:1_000],
    "gzip, HTTP/1.0": head(PACKED, version=b"1.0") + GZIP[:1_000],
    "deflate": head(DEFLATED, length(1_000)) + DEFLATE[:1_000],
    "second gzip stream": head(PACKED, length(len(GZIP) + 20)) + GZIP + GZIP[:20],
}
WHOLE = {
    "length": head(length(len(JSON))) + JSON,
    "chunks": head(CHUNKED) + chunked(JSON),
    "closed": head(CLOSE) + JSON,
    "HTTP/1.0": head(version=b"1.0") + JSON + b"\n",
    "gzip": head(PACKED, length(len(GZIP))) + GZIP,
    "x-gzip in chunks": head(b"Content-Encoding: X-GZip", CHUNKED) + chunked(GZIP),
    "gzip, closed": head(PACKED, CLOSE) + GZIP,
    "two gzip streams": head(PACKED, CLOSE) + gzip.compress(JSON[:99]) + gzip.compress(JSON[99:]),
    "padded gzip": head(PACKED, CLOSE) + GZIP + bytes(10),
    "more after its length": head(length(len(JSON))) + JSON + b"extra",
    "more after the last one": head(CLOSE, length(len(JSON))) + JSON + b"extra",
    "two at once": (head(length(len(JSON))) + JSON) * 2,
    "more after two": (head(length(len(JSON))) + JSON) * 2 + b"extra",
    "more after gzip": head(PACKED, length(len(GZIP) + 5)) + GZIP + b"extra",
    "unpacked on the way": head(PACKED, length(len(JSON))) + JSON,
    "packed twice": head(b"Content-Encoding: gzip, gzip", length(len(TWICE_PACKED))) + TWICE_PACKED,
    "packed in several ways": head(b"Content-Encoding: aws-chunked, gzip", PACKED, CLOSE) + TWICE_PACKED,
    "gzip and identity": head(b"Content-Encoding: gzip, identity", length(len(GZIP))) + GZIP,
    "deflate": head(DEFLATED, length(len(DEFLATE))) + DEFLATE,
    "bare deflate": head(DEFLATED, length(len(RAW_DEFLATE))) + RAW_DEFLATE,
    "identity": head(b"Content-Encoding: identity", length(len(JSON))) + JSON,
    "a charset for an encoding": head(b"Content-Encoding: utf-8", length(len(JSON))) + JSON,
    "a long header": head(b"Content-Security-Policy: " + b"x" * 100_000, length(len(JSON))) + JSON,
    "many headers": head(*(b"X-%d: 1" % number for number in range(400)), length(len(JSON))) + JSON,
}
INVALID = {
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n",
    "HTTP/2": b"\x00\x00\x12\x04\x00\x00\x00\x00\x00",
    "a page without a head": b"<html>We'll be back</html>\r\n\r\n",
    "status too long": b"HTTP/1.1 999999 What\r\n\r\n",
    "length is a word": head(b"Content-Length: two"),
    "negative length": head(length(-1)),
    "endless length": head(length(10**30)),
    "two lengths": head(length(len(JSON)), length(len(JSON))) + JSON,
    "length and chunks": head(length(len(JSON)), CHUNKED) + chunked(JSON),
    "a header too long": head(b"X: " + b"x" * 200_000, length(len(JSON))) + JSON,
    "too many headers": head(*(b"X-%d: 1" % number for number in range(600)), length(len(JSON))) + JSON,
    "a header without a colon": head(b"nonsense", length(len(JSON))) + JSON,
    "bad size of a chunk": head(CHUNKED) + b"xyz\r\n",
    "a chunk too long": head(CHUNKED) + b"5\r\n123456789\r\n0\r\n\r\n",
    "not gzip": head(PACKED, length(4)) + b"\x1fbcd",
    "damaged gzip": head(PACKED, length(len(GZIP))) + GZIP[:50] + b"\xff" * 50 + GZIP[100:],
    "wrong checksum": head(PACKED, length(len(GZIP))) + GZIP[:-8] + bytes(8),
    "zstd": head(b"Content-Encoding: zstd", length(4)) + b"\x28\xb5\x2f\xfd",
    "brotli": head(b"Content-Encoding: br", length(4)) + b"abcd",
    "packed with what was not asked for": head(b"Content-Encoding: gzip, br", length(len(GZIP))) + GZIP,
    "packed thrice": head(b"Content-Encoding: gzip, gzip, gzip", length(len(GZIP))) + GZIP,
}


def kinds(cases: dict[str, bytes]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("response", cases.values(), ids=cases)


class PiecewiseServer:
    """Sends one response to every request, the head and the body in packets of their own, and closes."""

    def __init__(self, response: bytes, *, in_one: bool) -> None:
        first, middle, rest = response.partition(b"\r\n\r\n")
        self._pieces = [response] if in_one else [first + middle, rest]
        self.requests = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            self.requests += 1
            for number, piece in enumerate(self._pieces):
                if number:
                    await asyncio.sleep(1)
                writer.write(piece)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


in_one_or_two_packets = pytest.mark.parametrize("in_one", [True, False], ids=["one packet", "two packets"])
TWICE = RetryPolicy(attempts=2)


@in_one_or_two_packets
@kinds(CUT)
async def test_a_response_that_is_cut_short_is_a_lost_one(response: bytes, in_one: bool) -> None:
    async with PiecewiseServer(response, in_one=in_one) as server, session_of(server.url, retry=TWICE) as workato:
        with pytest.raises(ConnectionFailedError):
            await workato.recipes.get(1)
        assert server.requests == 2


@in_one_or_two_packets
@kinds({name: case for name, case in CUT.items() if name != "closed before JSON"})
async def test_a_write_whose_response_is_cut_short_is_in_doubt(response: bytes, in_one: bool) -> None:
    async with PiecewiseServer(response, in_one=in_one) as server, session_of(server.url, retry=TWICE) as workato:
        with pytest.raises(OutcomeUnknownError):
            await workato.recipes.reset_trigger(1)
        assert server.requests == 1


@in_one_or_two_packets
@pytest.mark.parametrize("status", [b"204 No Content", b"205 Reset Content"])
async def test_a_write_with_a_body_that_must_not_be_has_worked(status: bytes, in_one: bool) -> None:
    response = head(length(len(JSON)), status=status) + JSON
    async with PiecewiseServer(response, in_one=in_one) as server, session_of(server.url) as workato:
        await workato.recipes.reset_trigger(1)
        assert server.requests == 1


async def test_a_connection_with_bytes_of_no_response_is_not_used_again() -> None:
    response = head(length(len(JSON))) + JSON + b"extra\r\n\r\n"
    async with RawServer(lambda *_: response) as server, session_of(server.url) as workato:
        for _ in range(3):
            assert (await workato.recipes.get(1)).id == 1
    assert server.connections == 3


async def test_of_a_long_error_the_beginning_is_read() -> None:
    """To look for the token in all of it would hold up everything else."""
    body = b"down for maintenance " * 500_000
    response = head(length(len(body)), status=b"400 Bad Request") + body
    async with PiecewiseServer(response, in_one=True) as server, session_of(server.url) as workato:
        with pytest.raises(BadRequestError, match="down for maintenance"):
            await workato.recipes.get(1)


async def test_a_write_with_a_success_and_no_body_has_worked() -> None:
    async with PiecewiseServer(CUT["closed before JSON"], in_one=True) as server, session_of(server.url) as workato:
        await workato.recipes.reset_trigger(1)
        assert server.requests == 1


@in_one_or_two_packets
@kinds(WHOLE)
async def test_a_whole_response_is_read(response: bytes, in_one: bool) -> None:
    async with PiecewiseServer(response, in_one=in_one) as server, session_of(server.url) as workato:
        recipe = await workato.recipes.get(1)
        assert recipe.name is not None
        assert len(recipe.name) == 9_000
        assert server.requests == 1


@in_one_or_two_packets
@kinds(INVALID)
async def test_a_response_that_is_no_http_is_invalid_and_a_write_is_not_retried(response: bytes, in_one: bool) -> None:
    async with PiecewiseServer(response, in_one=in_one) as server, session_of(server.url) as workato:
        with pytest.raises(InvalidResponseError) as read:
            await workato.recipes.get(1)
        server.requests = 0
        with pytest.raises(InvalidResponseError) as write:
            await workato.recipes.reset_trigger(1)
        assert server.requests == 1
    assert "carried out" in str(write.value)
    assert "carried out" not in str(read.value)
    for error in (read.value, write.value):
        assert len(error.correlation_ids[0]) == 32
        assert error.__context__ is None
        assert "b'" not in str(error)
        assert "  " not in str(error)


@pytest.mark.parametrize("broken", ["wrong checksum", "damaged gzip", "brotli", "bad size of a chunk"])
async def test_what_cannot_be_unpacked_or_is_no_http_is_retried_once_the_host_is_known(broken: str) -> None:
    responses = iter([head(length(len(JSON))) + JSON, INVALID[broken], head(length(len(JSON))) + JSON])
    async with RawServer(lambda *_: next(responses)) as server, session_of(server.url) as workato:
        assert (await workato.recipes.get(1)).id == 1
        assert (await workato.recipes.get(1)).id == 1
    assert len(server.requests) == 3


@pytest.mark.parametrize("broken", ["wrong checksum", "damaged gzip", "brotli"])
async def test_a_write_whose_response_cannot_be_unpacked_keeps_what_came(broken: str) -> None:
    """It may be the only copy of a secret."""
    response = INVALID[broken]
    async with PiecewiseServer(response, in_one=True) as server, session_of(server.url) as workato:
        with pytest.raises(InvalidResponseError) as caught:
            await workato.recipes.reset_trigger(1)
    received = response.partition(b"\r\n\r\n")[2]
    assert caught.value.body in (received, JSON)
    assert not is_retryable(caught.value)


async def test_the_encoding_of_a_response_is_not_quoted_beyond_its_name() -> None:
    response = head(b"Content-Encoding: br,abcd-0123456789-abcd", length(4)) + b"abcd"
    async with PiecewiseServer(response, in_one=True) as server, session_of(server.url) as workato:
        with pytest.raises(InvalidResponseError) as caught:
            await workato.recipes.get(1)
    assert "0123456789" not in str(caught.value)
    assert "encoding br," in str(caught.value)


NAMED = '{"id": 1, "name": "Zoë €"}'


@pytest.mark.parametrize(
    ("declared", "sent"),
    [
        ("utf-8", "utf-8"), ("ISO-8859-15", "iso-8859-15"), ("windows-1252", "cp1252"), ("utf-16", "utf-16"),
        ("utf-16le", "utf-16-le"), ("UTF-16BE", "utf-16-be"), ("utf-32", "utf-32"), ("", "utf-16"),
        ("utf-8", "utf-16-le"), ("iso-8859-1", "utf-8"), ("zlib", "utf-8"), ("unknown", "utf-8"),
    ],
)  # fmt: skip
async def test_a_response_in_another_encoding_loses_no_character(declared: str, sent: str) -> None:
    body = NAMED.encode(sent)
    content_type = b"Content-Type: application/json" + (b'; charset="%b"' % declared.encode() if declared else b"")
    response = head(content_type, length(len(body))) + body
    async with PiecewiseServer(response, in_one=True) as server, session_of(server.url) as workato:
        recipe = await workato.recipes.get(1)
    assert recipe.name == "Zoë €"
    assert recipe.to_dict()["name"] == "Zoë €"


@kinds({name: INVALID[name] for name in ("not gzip", "zstd", "packed thrice")})
async def test_the_status_of_an_error_counts_even_if_its_page_cannot_be_unpacked(response: bytes) -> None:
    response = response.replace(b"200 OK", b"404 Not Found")
    async with PiecewiseServer(response, in_one=True) as server, session_of(server.url) as workato:
        with pytest.raises(NotFoundError):
            await workato.recipes.get(1)
        assert server.requests == 1


@pytest.mark.parametrize("status", [b"204 No Content", b"404 Not Found", b"302 Found"])
async def test_statuses_that_need_no_body_are_not_cut_short(status: bytes) -> None:
    async with PiecewiseServer(head(CLOSE, status=status), in_one=True) as server, session_of(server.url) as workato:
        with pytest.raises(Exception) as caught:
            await workato.recipes.get(1)
        assert not isinstance(caught.value, ConnectionFailedError)
        assert server.requests == 1


@pytest.mark.parametrize("kind", ["a", "b"])
async def test_a_page_that_trickles_ends_with_the_time_for_a_response(kind: str) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head(length(9_999)) if kind == "a" else head(CHUNKED))
        try:
            while True:
                writer.write(b" " if kind == "a" else b"1\r\n \r\n")
                await writer.drain()
                await asyncio.sleep(2)
        except ConnectionError:
            return

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, session_of(url, retry=RetryPolicy(attempts=1), timeout=30) as workato:
        begun = asyncio.get_running_loop().time()
        with pytest.raises(ResponseTimeoutError):
            await workato.recipes.get(1)
        assert asyncio.get_running_loop().time() - begun == pytest.approx(30, abs=1.1)


async def test_a_borrowed_session_reads_the_same() -> None:
    """Its own settings for unpacking and for the length of headers do not apply; its parser does."""
    not_to_aiohttp = ("more after its length", "more after the last one", "more after two")
    async with aiohttp.ClientSession(auto_decompress=True, max_field_size=100) as http:
        for response in (case for name, case in WHOLE.items() if name not in not_to_aiohttp):
            async with PiecewiseServer(response, in_one=True) as server, session_of(server.url, http=http) as workato:
                assert (await workato.recipes.get(1)).id == 1
        for response in CUT.values():
            async with (
                PiecewiseServer(response, in_one=True) as server,
                session_of(server.url, http=http, retry=TWICE) as workato,
            ):
                await _lost(workato)


async def _lost(workato: WorkatoSession) -> None:
    with pytest.raises(ConnectionFailedError):
        await workato.recipes.get(1)


async def test_a_small_page_that_unpacks_to_a_large_one_is_refused_and_the_session_goes_on() -> None:
    bomb = gzip.compress(bytes(20_000_000))
    responses = [head(PACKED, length(len(bomb))) + bomb, WHOLE["length"]]
    raw = RawServer(lambda connection, request: responses.pop(0))
    async with raw as server, session_of(server.url, max_body=1_000_000) as workato:
        with pytest.raises(InvalidResponseError, match="exceeds 1,000,000 bytes"):
            await workato.recipes.get(1)
        assert (await workato.recipes.get(1)).id == 1


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.dictionaries(st.text(), TREES, min_size=1) | st.lists(TREES, min_size=1), st.booleans(), st.data())
def test_every_beginning_of_an_object_or_a_list_is_cut_short(
    tree: object, ascii_only: bool, data: st.DataObject
) -> None:
    whole = json.dumps(tree, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    end = data.draw(st.integers(min_value=1, max_value=len(whole) - 1))
    assert is_cut_short(whole[:end])
    assert not is_cut_short(whole)


@pytest.mark.parametrize("text", [b"Welcome", b"<html>", b"{]", b"[" * 100_000, b'{"a": 1} more', b"\xff\xfe"])
def test_what_is_no_json_is_not_json_cut_short(text: bytes) -> None:
    assert not is_cut_short(text)
