"""Downloads that go wrong: at the storage host, in the link, and on the disk."""

from __future__ import annotations

import os
import resource
import threading
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.contract.calls.packages import a_zip
from tests.support.raw_socket_server import RawServer
from workato_async import ConfigurationError, ConnectionFailedError, InvalidResponseError, RetryPolicy, WorkatoSession
from workato_async._files import FileSink, check_zip

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "GET /api/packages/{id}/download"


def ok(content: bytes) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content


def redirect(location: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


async def test_a_storage_host_that_is_not_reached_costs_a_token_an_attempt(tmp_path: Path) -> None:
    async with RawServer(lambda connection, request: b"") as gone:
        pass
    async with (
        RawServer(lambda connection, request: redirect(f"{gone.url}/p?signature=secret")) as server,
        WorkatoSession("the-token", base_url=server.url, retry=RetryPolicy(attempts=3, base=0)) as workato,
    ):
        with pytest.raises(ConnectionFailedError, match="the storage host was not reached") as caught:
            await workato.packages.download(9001, tmp_path / "package.zip")
        assert workato.limiter.snapshot()[KEY].free == 57
    assert len(server.requests) == 3
    assert "secret" not in str(caught.value)


async def test_a_link_is_followed_letter_by_letter(tmp_path: Path) -> None:
    target = "/a%3Ab/%7epackage?name=a%20b&X-Signature=q%2Fb%2B%3d~%7E"
    async with RawServer(lambda connection, request: ok(a_zip())) as storage:
        links = [storage.url + target, storage.url + "/with spaces?q=\u00fc"]
        async with (
            RawServer(lambda connection, request: redirect(links[len(server.requests) - 1])) as server,
            WorkatoSession("the-token", base_url=server.url) as workato,
        ):
            for _ in links:
                await workato.packages.download(9001, tmp_path / "package.zip")
    first, second = (request.split(b"\r\n")[0].decode() for request in storage.requests)
    assert first == f"GET {target} HTTP/1.1"
    assert second.startswith("GET /with%20spaces?q=")


async def test_what_goes_wrong_behind_a_link_does_not_hold_it(tmp_path: Path) -> None:
    async with (
        RawServer(lambda connection, request: redirect("http://192.0.2.1/p?signature=secret")) as server,
        WorkatoSession("the-token", base_url=server.url) as workato,
    ):
        with pytest.raises(InvalidResponseError, match="not https") as caught:
            await workato.packages.download(9001, tmp_path / "package.zip")
    frame = caught.value.__traceback__
    while frame is not None:
        shown = [repr(value) for value in frame.tb_frame.f_locals.values() if not isinstance(value, RawServer)]
        assert frame.tb_frame.f_code.co_filename == __file__ or not any("signature" in text for text in shown)
        frame = frame.tb_next


async def test_a_success_without_a_file_replaces_nothing(tmp_path: Path) -> None:
    path = tmp_path / "bundle.pem"
    path.write_text("the old one")
    async with (
        RawServer(lambda connection, request: b"HTTP/1.1 204 No Content\r\n\r\n") as server,
        WorkatoSession("the-token", base_url=server.url) as workato,
    ):
        with pytest.raises(InvalidResponseError, match="HTTP 204 without a file"):
            await workato.cert_bundles.download(7, path)
    assert path.read_text() == "the old one"


@contextmanager
def small_disk() -> Iterator[None]:
    """Let no file of this process grow beyond 100 bytes, not even the one that pytest may write to; so not for long."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_full_disk_is_an_error_of_ours_and_nothing_is_left(tmp_path: Path) -> None:
    async with (
        RawServer(lambda connection, request: ok(a_zip())) as server,
        WorkatoSession("the-token", base_url=server.url) as workato,
    ):
        with pytest.raises(ConfigurationError, match="cannot be written: File too large"), small_disk():
            await workato.packages.download(9001, tmp_path / "package.zip")
        assert workato.limiter.snapshot()[KEY].sent == len(server.requests) == 1
    assert list(tmp_path.iterdir()) == []


async def test_a_place_that_is_taken_meanwhile_is_an_error_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "package.zip"
    async with FileSink(path) as sink:
        path.mkdir()
        with pytest.raises(ConfigurationError, match="cannot be written"):
            await sink.commit()
    assert list(tmp_path.iterdir()) == [path]


async def test_a_file_is_made_without_touching_the_umask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It belongs to the whole process: two threads that change it at once may leave it open to everybody."""
    before = os.umask(0o027)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(os, "umask", lambda mask: pytest.fail(f"changed by {threading.current_thread().name}"))
            async with FileSink(tmp_path / "file") as sink:
                await sink.begin()
                await sink.write(b"content")
                path = await sink.commit()
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o640
    assert path.read_bytes() == b"content"


async def test_no_damage_to_an_archive_gets_past_the_check(tmp_path: Path) -> None:
    path = tmp_path / "package.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", "hello world " * 40)
    whole = path.read_bytes()
    await check_zip(path, what="it")
    for position in range(len(whole)):
        path.write_bytes(whole[:position])
        with pytest.raises(InvalidResponseError):
            await check_zip(path, what="it")
    for position in range(len(whole)):
        for change in (0x01, 0x80, 0xFF):
            damaged = bytearray(whole)
            damaged[position] ^= change
            path.write_bytes(damaged)
            try:
                await check_zip(path, what="it")
            except InvalidResponseError:
                continue
