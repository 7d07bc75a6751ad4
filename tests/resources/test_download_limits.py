"""Downloads that must end: too large, too slow, compressed, or redirected to where they must not go."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import trustme
from aiohttp.abc import AbstractResolver, ResolveResult

from tests.contract.calls.packages import a_zip
from tests.support.raw_socket_server import RawServer
from tests.support.streaming_server import StreamingServer
from workato_async import (
    ConfigurationError,
    ConnectionFailedError,
    InvalidResponseError,
    OperationRefusedError,
    ResponseTimeoutError,
    RetryPolicy,
    WorkatoError,
    WorkatoSession,
    _files,
    is_retryable,
)
from workato_async._files import FileSink
from workato_async.http.downloads import PERIOD, SLOWEST

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

ONCE = RetryPolicy(attempts=1)
CHUNK = b"x" * 64 * 1024
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def ok(content: bytes, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(content)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + content


def redirect(location: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


def chunked(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


@asynccontextmanager
async def api(respond: Callable[[asyncio.StreamWriter], Awaitable[None]], where: str) -> AsyncIterator[str]:
    """Run an API that sends such downloads itself, or redirects to a storage host that does."""
    async with StreamingServer(respond) as server:
        if where == "api":
            yield server.url
            return
        async with RawServer(lambda connection, request: redirect(f"{server.url}/p")) as first:
            yield first.url


both = pytest.mark.parametrize("where", ["api", "storage"])


@both
async def test_a_body_without_end_ends_at_max_bytes(tmp_path: Path, where: str) -> None:
    written = 0

    async def endless(writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(CHUNKED)
        while True:
            writer.write(chunked(CHUNK))
            written += len(CHUNK)
            await writer.drain()

    async with api(endless, where) as url, WorkatoSession("t", base_url=url) as workato:
        with pytest.raises(InvalidResponseError, match="exceeds 1,000,000 bytes") as caught:
            await workato.packages.download(9001, tmp_path / "package.zip", max_bytes=1_000_000)
    assert (caught.value.status, caught.value.attempts) == (200, 1)
    assert "raise max_bytes" in str(caught.value)
    assert 1_000_000 < written < 20_000_000  # what fits into the buffers of the connection
    assert list(tmp_path.iterdir()) == []


@both
async def test_a_declared_size_ends_it_before_anything_is_written(
    tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def declares(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4294967297\r\n\r\n")
        await asyncio.sleep(1e6)

    monkeypatch.setattr(FileSink, "begin", lambda self: pytest.fail("began to write"))
    async with api(declares, where) as url, WorkatoSession("t", base_url=url) as workato:
        with pytest.raises(InvalidResponseError, match="exceeds 4,294,967,296 bytes"):
            await workato.cert_bundles.download(7, tmp_path / "bundle.pem")
    assert list(tmp_path.iterdir()) == []


@both
@pytest.mark.parametrize("undeclared", [False, True])
async def test_a_file_of_exactly_max_bytes_is_kept(tmp_path: Path, where: str, undeclared: bool) -> None:
    content = a_zip()

    async def responds(writer: asyncio.StreamWriter) -> None:
        writer.write(CHUNKED + chunked(content) + b"0\r\n\r\n" if undeclared else ok(content))

    async with api(responds, where) as url, WorkatoSession("t", base_url=url) as workato:
        path = await workato.packages.download(9001, tmp_path / "package.zip", max_bytes=len(content))
        with pytest.raises(InvalidResponseError):
            await workato.packages.download(9001, tmp_path / "package.zip", max_bytes=len(content) - 1)
    assert path.read_bytes() == content


async def test_an_export_is_limited_as_well(tmp_path: Path) -> None:
    done = b'{"id": 9001, "status": "completed"}'
    replies = [ok(done), ok(a_zip())]
    async with (
        RawServer(lambda connection, request: replies[len(server.requests) - 1]) as server,
        WorkatoSession("t", base_url=server.url) as workato,
    ):
        with pytest.raises(InvalidResponseError, match="exceeds 10 bytes"):
            await workato.packages.export(801).save(tmp_path / "package.zip", max_bytes=10)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("max_bytes", [0, -1, 1.5, True, None, "4 GiB"])
async def test_max_bytes_is_checked_before_anything_is_sent(tmp_path: Path, max_bytes: Any) -> None:
    async with (
        RawServer(lambda connection, request: ok(a_zip())) as server,
        WorkatoSession("t", base_url=server.url) as workato,
    ):
        with pytest.raises(ConfigurationError, match="max_bytes must be a whole number"):
            await workato.packages.download(9001, tmp_path / "package.zip", max_bytes=max_bytes)
        assert server.requests == []


@both
@pytest.mark.parametrize(
    "coding",
    ["gzip", "GZIP", "x-gzip", "deflate", "br", "gzip, gzip", "identity\r\nContent-Encoding: gzip", "aws-chunked"],
)
async def test_what_is_compressed_unasked_is_not_unpacked(tmp_path: Path, where: str, coding: str) -> None:
    content = gzip.compress(bytes(10_000_000))

    async def responds(writer: asyncio.StreamWriter) -> None:
        writer.write(ok(content, f"Content-Encoding: {coding}"))

    async with api(responds, where) as url, WorkatoSession("t", base_url=url, retry=ONCE) as workato:
        with pytest.raises(WorkatoError) as caught:
            await workato.cert_bundles.download(7, tmp_path / "bundle.pem")
    assert list(tmp_path.iterdir()) == []
    if where == "storage" or coding != "br":  # which aiohttp may not know, and then rejects itself
        assert isinstance(caught.value, InvalidResponseError)
        assert "is compressed" in str(caught.value)


@both
async def test_identity_is_no_coding(tmp_path: Path, where: str) -> None:
    async def responds(writer: asyncio.StreamWriter) -> None:
        writer.write(ok(b"content", "Content-Encoding: Identity"))

    async with api(responds, where) as url, WorkatoSession("t", base_url=url) as workato:
        assert (await workato.cert_bundles.download(7, tmp_path / "bundle.pem")).read_bytes() == b"content"


@both
async def test_a_body_that_trickles_ends(tmp_path: Path, where: str) -> None:
    async def trickles(writer: asyncio.StreamWriter) -> None:
        writer.write(CHUNKED)
        while True:
            writer.write(chunked(b"x"))
            await writer.drain()
            await asyncio.sleep(0.2)

    clock = asyncio.get_running_loop().time
    async with api(trickles, where) as url, WorkatoSession("t", base_url=url, retry=ONCE) as workato:
        begun = clock()
        with pytest.raises(ResponseTimeoutError, match="slower than 256 KiB per 60 s"):
            await workato.packages.download(9001, tmp_path / "package.zip")
        assert PERIOD <= clock() - begun <= PERIOD + 1
    assert list(tmp_path.iterdir()) == []


@both
async def test_a_slow_body_may_take_its_time(tmp_path: Path, where: str) -> None:
    """Just fast enough, for ten minutes; and what is left at the end may be less."""
    step = SLOWEST // 60 + 1

    async def slow(writer: asyncio.StreamWriter) -> None:
        writer.write(CHUNKED)
        for _ in range(630):
            writer.write(chunked(bytes(step)))
            await writer.drain()
            await asyncio.sleep(0.99)
        writer.write(b"0\r\n\r\n")

    async with api(slow, where) as url, WorkatoSession("t", base_url=url, retry=ONCE) as workato:
        path = await workato.cert_bundles.download(7, tmp_path / "bundle.pem")
    assert path.stat().st_size == 630 * step


async def test_a_slow_disk_is_not_a_slow_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = FileSink.write

    async def slowly(sink: FileSink, chunk: bytes) -> None:
        await asyncio.sleep(100)
        await write(sink, chunk)

    async def responds(writer: asyncio.StreamWriter) -> None:
        writer.write(CHUNKED)
        for _ in range(5):
            writer.write(chunked(b"x"))
            await writer.drain()
            await asyncio.sleep(10)
        writer.write(b"0\r\n\r\n")

    monkeypatch.setattr(FileSink, "write", slowly)
    async with api(responds, "api") as url, WorkatoSession("t", base_url=url, retry=ONCE) as workato:
        path = await workato.cert_bundles.download(7, tmp_path / "bundle.pem")
    assert path.stat().st_size == 5


@both
async def test_a_head_that_trickles_ends(tmp_path: Path, where: str) -> None:
    async def trickles(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nX-Padding: ")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(5.0)

    clock = asyncio.get_running_loop().time
    async with api(trickles, where) as url, WorkatoSession("t", base_url=url, retry=ONCE, timeout=20) as workato:
        begun = clock()
        with pytest.raises(ResponseTimeoutError):
            await workato.packages.download(9001, tmp_path / "package.zip")
        assert 20 <= clock() - begun <= 21


@both
async def test_a_deadline_ends_what_is_fast_enough(tmp_path: Path, where: str) -> None:
    async def steady(writer: asyncio.StreamWriter) -> None:
        writer.write(CHUNKED)
        while True:
            writer.write(chunked(CHUNK))
            await writer.drain()
            await asyncio.sleep(1.0)

    clock = asyncio.get_running_loop().time
    async with api(steady, where) as url, WorkatoSession("t", base_url=url) as workato:
        begun = clock()
        with pytest.raises(ResponseTimeoutError, match="deadline of 90 s"):
            await workato.options(deadline=90).packages.download(9001, tmp_path / "package.zip")
        assert 90 <= clock() - begun <= 91
    assert list(tmp_path.iterdir()) == []


@both
async def test_what_is_cut_short_is_fetched_again(tmp_path: Path, where: str) -> None:
    content = a_zip()
    begun = 0

    async def cut_twice(writer: asyncio.StreamWriter) -> None:
        nonlocal begun
        begun += 1
        response = ok(content)
        writer.write(response if begun == 3 else response[:-10])

    policy = RetryPolicy(attempts=3, base=0)
    async with api(cut_twice, where) as url, WorkatoSession("t", base_url=url, retry=policy) as workato:
        path = await workato.packages.download(9001, tmp_path / "package.zip")
    assert path.read_bytes() == content
    assert begun == 3
    assert list(tmp_path.iterdir()) == [path]


async def test_a_cancelled_start_leaves_no_file(tmp_path: Path) -> None:
    """The thread that creates the file cannot be cancelled with its task, and may be done before or after."""
    with ThreadPoolExecutor(max_workers=1) as one_thread:
        asyncio.get_running_loop().set_default_executor(one_thread)
        for steps in range(6):
            sink = FileSink(tmp_path / "file")
            task = asyncio.ensure_future(sink.__aenter__())
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            [end] = await asyncio.gather(task, return_exceptions=True)
            await asyncio.to_thread(lambda: None)  # what came before is done
            if end is sink:
                await sink.__aexit__(None, None, None)
            assert list(tmp_path.iterdir()) == [], steps


async def test_a_start_that_is_cancelled_while_its_thread_works_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, cancelled = threading.Event(), threading.Event()
    draft_of = _files._draft_of

    def slowly(path: Path) -> Path:
        begun.set()
        cancelled.wait()
        return draft_of(path)

    monkeypatch.setattr(_files, "_draft_of", slowly)
    with ThreadPoolExecutor(max_workers=2) as threads:
        asyncio.get_running_loop().set_default_executor(threads)
        task = asyncio.ensure_future(FileSink(tmp_path / "file").__aenter__())
        await asyncio.to_thread(begun.wait)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        cancelled.set()
    assert task.cancelled()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://192.0.2.1/p", "not https"),
        ("http://localhost.:PORT/p", "not https"),
        ("http://127.1:PORT/p", "not https"),
        ("http://2130706433:PORT/p", "not https"),
        ("http://0x7f000001:PORT/p", "not https"),
        ("http://0.0.0.0:PORT/p", "not https"),
        ("http://[::]:PORT/p", "not https"),
        ("http://[::ffff:10.0.0.1]/p", "not https"),
        ("http://169.254.169.254/latest/meta-data", "not https"),
        ("ftp://127.0.0.1:PORT/p", "not https"),
        ("file:///etc/passwd", "not https"),
        ("javascript:1", "not https"),
        ("data:,x", "not https"),
        ("http://" + "a" * 64 + ".example/p", "not https"),
        ("https://" + "a" * 64 + ".example/p", "Location"),
        ("https://" + "a." * 127 + "example/p", "Location"),
        ("https://a..example/p", "Location"),
        ("https://.../p", "Location"),
        ("https://a%00b/p", "Location"),
        ("https://a b/p", "Location"),
        ("https://host:0/p", "Location"),
        ("https://host:65536/p", "Location"),
        ("https://host:x/p", "Location"),
        ("https://[::1/p", "Location"),
        ("https://[1:2]/p", "Location"),
        ("https:///p", "Location"),
        ("https://", "Location"),
        ("", "Location"),
        ("https://\u00fc" + "\u00fc" * 70 + ".example/p", "Location"),
        ("https://\u2100.example/p", "Location"),
        ("https://us\u00e9r:\u20ac@host/p", "cannot be requested"),
    ],
)
@pytest.mark.parametrize("hops", [0, 1])
async def test_a_location_that_must_not_be_followed(tmp_path: Path, location: str, reason: str, hops: int) -> None:
    def reply(connection: int, request: int) -> bytes:
        port = str(server.port)
        return redirect("/again" if len(server.requests) <= hops else location.replace("PORT", port))

    async with RawServer(reply) as server, WorkatoSession("t", base_url=server.url) as workato:
        with pytest.raises(InvalidResponseError, match=reason) as caught:
            await workato.packages.download(9001, tmp_path / "package.zip")
    assert len(server.requests) == hops + 1  # neither followed nor retried
    assert "Nothing was downloaded" in str(caught.value)
    assert len(location) < 10 or location not in str(caught.value)


class Everywhere(AbstractResolver):
    """Resolves every name to this machine, as a test's own view of the internet."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0)]

    async def close(self) -> None:
        pass


@cache
def certificates() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return the context of servers (elsewhere and here) and of clients that trust them."""
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("api.example.com", "storage.example.com", "127.0.0.1").configure_cert(server)
    client = ssl.create_default_context()
    authority.configure_trust(client)
    return server, client


@asynccontextmanager
async def elsewhere(base_url: str) -> AsyncIterator[WorkatoSession]:
    """Open a session that finds every host on this machine, and trusts it."""
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=Everywhere())) as http,
        WorkatoSession("t", base_url=base_url, http=http, ssl=certificates()[1]) as workato,
    ):
        yield workato


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]", "127.8.9.10", "api.example.com"])
@pytest.mark.parametrize("through", [False, True])
async def test_an_api_elsewhere_never_leads_to_http_on_this_machine(tmp_path: Path, host: str, through: bool) -> None:
    async with (
        RawServer(lambda connection, request: ok(a_zip())) as internal,
        RawServer(
            lambda connection, request: redirect(f"http://{host}:{internal.port}/admin"), ssl_context=certificates()[0]
        ) as storage,
        RawServer(
            lambda connection, request: redirect(f"https://storage.example.com:{storage.port}/p"),
            ssl_context=certificates()[0],
        ) as server,
    ):
        port = server.port if through else storage.port
        async with elsewhere(f"https://api.example.com:{port}") as workato:
            with pytest.raises(InvalidResponseError, match="not https"):
                await workato.packages.download(9001, tmp_path / "package.zip")
    assert internal.requests == []
    assert len(storage.requests) == 1
    assert list(tmp_path.iterdir()) == []


async def test_an_api_here_is_not_led_back_by_a_host_elsewhere(tmp_path: Path) -> None:
    async with (
        RawServer(lambda connection, request: ok(a_zip())) as internal,
        RawServer(lambda connection, request: redirect(f"{internal.url}/admin"), ssl_context=certificates()[0]) as away,
        RawServer(lambda connection, request: redirect(f"https://storage.example.com:{away.port}/p")) as server,
        elsewhere(server.url) as workato,
    ):
        with pytest.raises(InvalidResponseError, match="not https"):
            await workato.packages.download(9001, tmp_path / "package.zip")
    assert internal.requests == []


async def test_https_is_followed_anywhere(tmp_path: Path) -> None:
    async with (
        RawServer(lambda connection, request: ok(a_zip()), ssl_context=certificates()[0]) as last,
        RawServer(
            lambda connection, request: redirect(f"https://127.0.0.1:{last.port}/p"), ssl_context=certificates()[0]
        ) as storage,
        RawServer(
            lambda connection, request: redirect(f"https://storage.example.com:{storage.port}/p"),
            ssl_context=certificates()[0],
        ) as server,
        elsewhere(f"https://api.example.com:{server.port}") as workato,
    ):
        path = await workato.packages.download(9001, tmp_path / "package.zip")
    assert path.read_bytes() == a_zip()
    assert b"authorization" not in (storage.requests[0] + last.requests[0]).lower()


async def test_an_api_here_may_redirect_to_http_here(tmp_path: Path) -> None:
    async with RawServer(lambda connection, request: ok(a_zip())) as storage:
        for host in ("127.0.0.1", "localhost"):
            async with (
                RawServer(lambda connection, request: redirect(f"http://{host}:{storage.port}/p")) as server,  # noqa: B023
                elsewhere(server.url) as workato,
            ):
                path = await workato.packages.download(9001, tmp_path / "package.zip")
                assert path.read_bytes() == a_zip()


async def test_a_storage_host_whose_certificate_is_not_trusted_ends_a_download_at_once(tmp_path: Path) -> None:
    async with (
        RawServer(lambda connection, request: ok(a_zip()), ssl_context=certificates()[0]) as storage,
        RawServer(lambda connection, request: redirect(f"https://127.0.0.1:{storage.port}/p")) as server,
        WorkatoSession("t", base_url=server.url) as workato,
    ):
        with pytest.raises(ConnectionFailedError, match="storage host was not reached: the certificate") as caught:
            await workato.packages.download(9001, tmp_path / "package.zip")
    assert "ssl=" in caught.value.advice
    assert (caught.value.permanent, is_retryable(caught.value)) == (True, False)
    assert (len(server.requests), storage.requests, list(tmp_path.iterdir())) == (1, [], [])


@pytest.mark.parametrize(
    ("body", "error", "text"),
    [
        (b'{"success": false, "message": "No such bundle"}', OperationRefusedError, "No such bundle"),
        (b"<!DOCTYPE html><title>Sign in</title>", InvalidResponseError, "HTML page, not a file"),
        (b"<html><body>Sign in</body></html>", InvalidResponseError, "HTML page, not a file"),
    ],
)
async def test_a_message_in_the_place_of_a_file_does_not_replace_one(
    tmp_path: Path, body: bytes, error: type[WorkatoError], text: str
) -> None:
    path = tmp_path / "bundle.pem"
    path.write_bytes(b"the old one")
    async with (
        RawServer(lambda connection, request: ok(body)) as server,
        WorkatoSession("t", base_url=server.url) as workato,
    ):
        with pytest.raises(error, match=text):
            await workato.cert_bundles.download(7, path)
        with pytest.raises(error, match=text):
            await workato.packages.download(7, path)
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"the old one"]


async def test_a_file_of_json_is_a_file(tmp_path: Path) -> None:
    content = b'{"data": {"success": false, "pem": "x"}}'
    async with (
        RawServer(lambda connection, request: ok(content)) as server,
        WorkatoSession("t", base_url=server.url) as workato,
    ):
        path = await workato.cert_bundles.download(7, tmp_path / "bundle.json")
    assert path.read_bytes() == content
