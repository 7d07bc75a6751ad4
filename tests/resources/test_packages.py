"""Packages: exported, downloaded without credentials, imported from disk."""

from __future__ import annotations

import asyncio
import io
import os
import zipfile
from typing import TYPE_CHECKING

import aiohttp
import pytest

from tests.contract.calls.packages import a_zip
from tests.support.raw_socket_server import RawServer
from workato_async import (
    ConfigurationError,
    ConnectionFailedError,
    InvalidResponseError,
    NotFoundError,
    OperationFailedError,
    OutcomeUnknownError,
    RetryPolicy,
    WaitTimeoutError,
    WorkatoSession,
)
from workato_async.http.uploads import FileOfKnownSize
from workato_async.operations import Operation
from workato_async.resources.folders import Folder
from workato_async.testing import FakeWorkato, faults

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from workato_async.resources.packages import Package


@pytest.fixture
async def fake() -> AsyncIterator[FakeWorkato]:
    async with FakeWorkato(recipes=3, jobs=0, token="the-token") as fake:
        yield fake


@pytest.fixture
async def workato(fake: FakeWorkato) -> AsyncIterator[WorkatoSession]:
    async with WorkatoSession("the-token", base_url=fake.url) as workato:
        yield workato


def stored(fake: FakeWorkato, content: bytes, url: str = "/storage/1") -> int:
    fake.state.storage[url] = content
    fake.state.tables["packages/"] = {9001: {"id": 9001, "status": "completed", "download_url": url}}
    return 9001


async def test_an_export_is_awaited_and_saved(fake: FakeWorkato, workato: WorkatoSession, tmp_path: Path) -> None:
    seen: list[Package] = []
    export = workato.packages.export(801)
    assert fake.requests == []
    path = await export.save(tmp_path / "package.zip", on_progress=seen.append)
    assert zipfile.ZipFile(path).namelist()[0] == "manifest_801.json"
    assert [package.status for package in (seen[0], seen[-1])] == ["in_progress", "completed"]
    assert fake.sent("packages.export") == 1
    assert list(tmp_path.iterdir()) == [path]
    assert path.stat().st_mode & 0o444 == 0o444


async def test_an_operation_is_started_once_however_often_it_is_awaited(
    fake: FakeWorkato, workato: WorkatoSession
) -> None:
    export = workato.packages.export(801)
    first = await export
    assert (await export) is first
    assert first.status == "in_progress"
    assert (await export.wait()).status == "completed"
    assert fake.sent("packages.export") == 1
    assert repr(export) == "<Operation: the export of manifest 801, started>"


async def test_an_operation_that_could_not_be_started_says_so_every_time(workato: WorkatoSession) -> None:
    export = workato.packages.export(1)
    for _ in range(2):
        with pytest.raises(NotFoundError):
            await export.wait()


async def test_an_operation_whose_start_was_lost_is_not_started_again(
    fake: FakeWorkato, workato: WorkatoSession
) -> None:
    fake.fail("packages.export", faults.Reset())
    export = workato.packages.export(801)
    for _ in range(2):
        with pytest.raises(OutcomeUnknownError):
            await export
    assert fake.sent("packages.export") == 1


async def test_whatever_ends_a_start_is_told_to_all_who_wait_for_it() -> None:
    async def start() -> Package:
        await asyncio.sleep(0)
        raise RuntimeError("out of memory")

    operation: Operation[Package] = Operation(start, lambda _: start(), ended=bool, failed=str, what="the work")
    ends = await asyncio.gather(operation.wait(), operation.wait(), return_exceptions=True)
    assert [repr(end) for end in ends] == ["RuntimeError('out of memory')"] * 2


async def test_a_failed_export_is_an_error_with_its_reason(
    fake: FakeWorkato, workato: WorkatoSession, tmp_path: Path
) -> None:
    export = workato.packages.export(801)
    package = await export
    fake.state.tables["packages/"][package.id].update(status="failed", error="no assets")
    fake.state._later.clear()
    with pytest.raises(OperationFailedError, match="the export of manifest 801 failed: no assets") as caught:
        await export.save(tmp_path / "package.zip")
    assert caught.value.result.status == "failed"  # type: ignore[attr-defined]


async def test_an_export_without_an_end_is_given_up(fake: FakeWorkato, workato: WorkatoSession) -> None:
    export = workato.packages.export(801)
    await export
    fake.state._later.clear()
    with pytest.raises(WaitTimeoutError, match="the export of manifest 801 did not end within 60 s"):
        await export.wait(timeout=60)


@pytest.mark.parametrize("borrowed", [False, True])
async def test_the_storage_host_gets_nothing_that_identifies_anyone(
    fake: FakeWorkato, tmp_path: Path, borrowed: bool
) -> None:
    stored(fake, a_zip())
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(headers={"X-Team": "finance"}, cookie_jar=jar) as http:
        jar.update_cookies({"session": "secret"})
        async with WorkatoSession("the-token", base_url=fake.url, http=http if borrowed else None) as workato:
            await workato.packages.download(9001, tmp_path / "package.zip")
    asked, fetched = fake.requests
    assert asked.headers["Authorization"] == "Bearer the-token"
    assert fetched.path == "/storage/1"
    assert {name.lower() for name in fetched.headers} == {"host", "accept", "accept-encoding", "user-agent"}


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/package\r\nContent-Length: 0\r\n\r\n", "not https"),
        (b"HTTP/1.1 302 Found\r\nLocation: ftp://192.0.2.1/package\r\nContent-Length: 0\r\n\r\n", "not https"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://[bad\r\nContent-Length: 0\r\n\r\n", "not https"),
        (b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", "not https"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", "is an HTML page, not a file"),
    ],
)
async def test_what_cannot_be_a_package_is_not_kept(response: bytes, error: str, tmp_path: Path) -> None:
    async with (
        RawServer(lambda connection, request: response) as server,
        WorkatoSession("the-token", base_url=server.url) as workato,
    ):
        with pytest.raises(InvalidResponseError, match=error):
            await workato.packages.download(9001, tmp_path / "package.zip")
    assert len(server.requests) == 1
    assert list(tmp_path.iterdir()) == []


async def test_a_storage_host_that_redirects_without_end_is_given_up(tmp_path: Path) -> None:
    response = b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"
    async with (
        RawServer(lambda connection, request: response) as server,
        WorkatoSession("the-token", base_url=server.url, retry=RetryPolicy(attempts=1)) as workato,
    ):
        with pytest.raises(ConnectionFailedError, match="more than 5 times"):
            await workato.packages.download(9001, tmp_path / "package.zip")
    assert len(server.requests) == 6


async def test_a_download_that_breaks_off_begins_anew(
    fake: FakeWorkato, workato: WorkatoSession, tmp_path: Path
) -> None:
    content = a_zip()
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\n\r\n".encode()

    def storage(connection: int, request: int) -> bytes:
        if len(server.requests) == 1:  # the link has expired
            return b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        if len(server.requests) == 2:  # breaks off in the middle
            return head.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n") + content[:20]
        return head + content

    async with RawServer(storage) as server:
        fake.state.tables["packages/"] = {9001: {"id": 9001, "download_url": f"{server.url}/p?signature=secret"}}
        path = await workato.packages.download(9001, tmp_path / "package.zip")
    assert path.read_bytes() == content
    assert fake.sent("packages.download") == len(server.requests) == 3
    assert all(b"the-token" not in request for request in server.requests)


def archive(*names: str, change: Callable[[zipfile.ZipInfo], None] = lambda _: None) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            info = zipfile.ZipInfo("x")
            info.filename = name
            change(info)
            archive.writestr(info, "x")
    return content.getvalue()


def _make_link(info: zipfile.ZipInfo) -> None:
    info.external_attr = 0o120777 << 16


@pytest.mark.parametrize(
    "content",
    [
        archive("good.json", "../evil.json"),
        archive("/etc/evil"),
        archive("C:\\evil.json"),
        archive("a\\..\\..\\evil.json"),
        archive("link", change=_make_link),
        a_zip()[:-30],
        a_zip().replace(b"{}", b"{]", 1),
        b"",
    ],
    ids=["dots", "root", "drive", "backslashes", "link", "truncated", "damaged", "empty"],
)
async def test_an_archive_that_is_damaged_or_leads_out_of_its_folder_is_not_kept(
    content: bytes, fake: FakeWorkato, workato: WorkatoSession, tmp_path: Path
) -> None:
    target = tmp_path / "package.zip"
    target.write_text("the old one")
    with pytest.raises(InvalidResponseError, match="nothing was kept"):
        await workato.packages.download(stored(fake, content), target)
    assert target.read_text() == "the old one"
    assert list(tmp_path.iterdir()) == [target]


async def test_a_download_needs_a_place(workato: WorkatoSession, fake: FakeWorkato, tmp_path: Path) -> None:
    stored(fake, a_zip())
    for path in (tmp_path / "missing" / "package.zip", tmp_path, "/dev/null"):
        with pytest.raises(ConfigurationError):
            await workato.packages.download(9001, path)
        with pytest.raises(ConfigurationError):
            await workato.packages.export(801).save(path)
    assert fake.requests == []


async def test_a_package_is_imported_from_disk(fake: FakeWorkato, workato: WorkatoSession, tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as big:
        big.writestr("data.bin", bytes(range(256)) * 4096)
        for name in ("one", "two"):
            big.writestr(f"{name}.recipe.json", f'{{"name": "{name}", "code": {{"provider": "clock"}}}}')
            fake.state.add_recipe(name=name, folder_id=2001, running=True)
    path = tmp_path / "package.zip"
    path.write_bytes(content.getvalue())
    package = await workato.packages.import_(Folder(id=2001), path, restart_recipes=True).wait()
    assert package.status == "completed"
    assert [recipe.import_result for recipe in package.recipe_status] == ["restarted", "restarted"]
    request = fake.requests[0]
    assert request.body == content.getvalue()
    assert request.headers["Content-Type"] == "application/octet-stream"
    assert request.headers["Content-Length"] == str(len(request.body))
    assert request.query == [("restart_recipes", "true")]


async def test_an_import_of_no_file_is_invalid_before_anything_is_sent(
    fake: FakeWorkato, workato: WorkatoSession, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match="is not a file"):
        workato.packages.import_(2001, tmp_path / "missing.zip")
    path = tmp_path / "soon-gone.zip"
    path.write_bytes(a_zip())
    importing = workato.packages.import_(2001, path)
    path.unlink()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        await importing
    assert fake.requests == []
    state = workato.limiter.snapshot()["POST /api/packages/import/{folder_id}"]
    assert state.free == 500


async def test_a_file_that_becomes_shorter_while_it_is_sent_does_not_hang(
    fake: FakeWorkato, workato: WorkatoSession, tmp_path: Path
) -> None:
    path = tmp_path / "package.zip"
    path.write_bytes(a_zip() + bytes(2**24))

    async def shorten() -> None:
        while not (fake._server and fake._server.connections):  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0)
        os.truncate(path, 100)

    begun = asyncio.get_running_loop().time()
    shortening = asyncio.create_task(shorten())
    with pytest.raises(OutcomeUnknownError):
        await workato.packages.import_(2001, path)
    await shortening
    assert asyncio.get_running_loop().time() - begun < 45


async def test_a_file_is_not_open_while_its_upload_waits_for_a_connection(
    fake: FakeWorkato, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[FileOfKnownSize] = []
    monkeypatch.setattr(FileOfKnownSize, "__init__", _remembered(FileOfKnownSize.__init__, opened))
    path = tmp_path / "package.zip"
    path.write_bytes(a_zip())
    fake.fail("recipes.get", faults.Stall())
    async with WorkatoSession("the-token", base_url=fake.url, max_connections=1) as workato:
        first = asyncio.create_task(workato.recipes.get(10_001))
        await asyncio.sleep(1)  # it has the only connection now
        second = asyncio.create_task(_awaited(workato.packages.import_(2001, path)))
        await asyncio.sleep(1)
        assert opened == []
        first.cancel()
        assert (await second).operation_type == "import"
    assert [file.closed for file in opened] == [True]


def _remembered(init: Callable[..., None], opened: list[FileOfKnownSize]) -> Callable[..., None]:
    def remember(self: FileOfKnownSize, path: Path) -> None:
        init(self, path)
        opened.append(self)

    return remember


async def _awaited(operation: Operation[Package]) -> Package:
    return await operation
