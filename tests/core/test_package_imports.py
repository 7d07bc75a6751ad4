"""Folders are exported, packages imported and copied to another workspace, and the reports say what is left to do."""

from __future__ import annotations

import asyncio
import io
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from workato_async import (
    BadRequestError,
    ConfigurationError,
    InvalidResponseError,
    OperationFailedError,
    OutcomeUnknownError,
    RetryPolicy,
    WorkatoSession,
    is_retryable,
)
from workato_async.resources.packages import contents_of
from workato_async.resources.transfers import BETWEEN_IMPORTS, LARGEST_PACKAGE
from workato_async.testing import FakeWorkato, faults

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from workato_async.models import ImportReport

TOKEN = "a-t0ken-0f-dev"


@pytest.fixture
async def fake() -> AsyncIterator[FakeWorkato]:
    async with FakeWorkato(recipes=6, jobs=0, connections=2, customers=0, token=TOKEN) as fake:
        yield fake


@pytest.fixture
async def workato(fake: FakeWorkato) -> AsyncIterator[WorkatoSession]:
    async with WorkatoSession(TOKEN, base_url=fake.url, retry=RetryPolicy(attempts=1)) as workato:
        yield workato


@pytest.fixture
async def other() -> AsyncIterator[FakeWorkato]:
    async with FakeWorkato(recipes=0, jobs=0, connections=0, customers=0, environments=False, token=TOKEN) as fake:
        yield fake


@pytest.fixture
async def target(other: FakeWorkato) -> AsyncIterator[WorkatoSession]:
    async with WorkatoSession(TOKEN, base_url=other.url, retry=RetryPolicy(attempts=1)) as workato:
        yield workato


def imports(fake: FakeWorkato) -> int:
    return sum("/packages/import/" in one.path for one in fake.requests)


async def test_a_folder_is_exported(fake: FakeWorkato, workato: WorkatoSession, tmp_path: Path) -> None:
    states: list[object] = []
    path = await workato.packages.export_folder(2001, tmp_path / "sales.zip", on_progress=states.append)
    contents = contents_of(path)
    inside = fake.state.inside(2001)
    names = {row["name"] for row in fake.state.recipes.values() if row["folder_id"] in inside}
    assert {asset.name for asset in contents if asset.kind == "recipe"} == names
    assert {asset.folder for asset in contents} >= {"", "Sales imports"}
    assert any(asset.kind == "connection" for asset in contents)
    assert contents == contents_of(path.read_bytes())
    assert len(states) > 1
    methods = [(one.method, one.path.rsplit("/", 1)[0]) for one in fake.requests if one.method in ("POST", "DELETE")]
    assert methods == [("POST", "/api"), ("POST", "/api/packages/export"), ("DELETE", "/api/export_manifests")]
    assert all(b"t0ken" not in str(one.headers).encode() for one in fake.requests if one.path.startswith("/storage"))


async def test_nothing_is_exported_into_an_impossible_file(
    fake: FakeWorkato, workato: WorkatoSession, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError):
        await workato.packages.export_folder(2001, tmp_path / "none" / "sales.zip")
    assert fake.requests == []


async def test_the_manifest_is_deleted_after_a_failed_export(
    fake: FakeWorkato, workato: WorkatoSession, tmp_path: Path
) -> None:
    before = dict(fake.state.tables["export_manifests/"]) if "export_manifests/" in fake.state.tables else {}

    def fail(_: object) -> None:
        for row in fake.state.tables["packages/"].values():
            row["status"] = "failed"

    with pytest.raises(OperationFailedError):
        await workato.packages.export_folder(2001, tmp_path / "sales.zip", on_progress=fail)
    assert not list(tmp_path.iterdir())
    assert fake.requests[-1].method == "DELETE"
    assert len(before) <= 1


async def test_the_manifest_is_deleted_after_a_cancelled_export(
    fake: FakeWorkato, workato: WorkatoSession, tmp_path: Path
) -> None:
    task = asyncio.create_task(workato.packages.export_folder(2001, tmp_path / "sales.zip"))
    await asyncio.sleep(0.5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [*tmp_path.iterdir()] == []
    assert fake.requests[-1].method == "DELETE"


async def test_a_folder_is_copied_to_another_workspace(
    fake: FakeWorkato, workato: WorkatoSession, other: FakeWorkato, target: WorkatoSession
) -> None:
    folder = other.state.add_project("Sales here")["folder_id"]
    seen: list[ImportReport] = []
    report = await workato.packages.copy(2001, target, folder, restart_recipes=True, on_progress=seen.append)
    assert report.ok
    assert report.package is not None
    assert len(report.package.recipe_status) == len(other.state.recipes) > 0
    names = {row["name"] for row in fake.state.connections.values()}
    assert {(one.kind, one.name) for one in report.to_do} == {("connection", name) for name in names}
    assert report.to_do[0].text == "it was never authorized"
    assert seen[-1].package == report.package
    assert report.to_dict()["ok"] is True
    assert report.seconds > 0


async def test_recipes_that_do_not_restart(fake: FakeWorkato, workato: WorkatoSession, tmp_path: Path) -> None:
    path = await workato.packages.export_folder(2001, tmp_path / "sales.zip")
    recipe = fake.state.recipes[10001]
    assert recipe["running"]
    fake.state.change_recipe(10001, {"description": "Another"})
    with pytest.raises(BadRequestError, match="are running"):
        await workato.packages.import_and_check(2001, path)
    fake.state.unstartable.add(10001)
    report = await workato.packages.import_and_check(2001, path, restart_recipes=True)
    assert not report.ok
    (failed,) = report.not_restarted
    assert (failed.id, failed.name, failed.import_result) == (10001, recipe["name"], "restart_failed")
    assert ("recipe", 10001, "restart failed") in [(one.kind, one.id, one.text) for one in report.to_do]
    assert report.to_dict()["not_restarted"][0]["import_result"] == "restart_failed"


@pytest.mark.parametrize("unreadable", ["recipes.list", "connections.list"])
async def test_what_cannot_be_looked_at_does_not_undo_it(
    fake: FakeWorkato, workato: WorkatoSession, tmp_path: Path, unreadable: str
) -> None:
    path = await workato.packages.export_folder(2001, tmp_path / "sales.zip")
    fake.state.change_recipe(10001, {"description": "Another"})
    fake.state.unstartable.add(10001)
    fake.fail(unreadable, faults.Status(403, '{"message": "Not permitted"}'))
    report = await workato.packages.import_and_check(2001, path, restart_recipes=True)
    assert [one.id for one in report.not_restarted] == [10001]
    assert [one.kind for one in report.to_do if "Not permitted" in one.text] == ["check"]


async def test_an_import_waits_for_its_turn(
    fake: FakeWorkato, workato: WorkatoSession, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = asyncio.get_running_loop().time
    path = await workato.packages.export_folder(2001, tmp_path / "sales.zip")
    assert (await workato.packages.import_and_check(2001, path, restart_recipes=True)).ok
    begun, waits = clock(), list[object]()
    with pytest.raises(BadRequestError, match="15 minutes"):
        await workato.packages.import_and_check(2001, path, restart_recipes=True, max_wait=0)
    assert clock() - begun < 5
    report = await workato.packages.import_and_check(
        2001, path.read_bytes(), restart_recipes=True, on_progress=lambda now: waits.append(now.waiting_until)
    )
    assert report.ok
    assert report.waiting_until is None
    assert clock() - begun < BETWEEN_IMPORTS + 200
    assert waits[0] is not None
    assert "waits until" in caplog.text
    assert imports(fake) <= 8


def zipped(**files: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/"), data)
    return content.getvalue()


@pytest.mark.parametrize(
    ("package", "text"),
    [
        (b"no zip file", "is not an intact zip file"),
        (zipped(large=bytes(LARGEST_PACKAGE)), "at most 31,457,280"),
        ("/nowhere/package.zip", "cannot be read"),
        (7, "package must be"),
    ],
)
async def test_what_cannot_be_imported_is_not_sent(
    fake: FakeWorkato, workato: WorkatoSession, package: Any, text: str
) -> None:
    with pytest.raises(ConfigurationError, match=text):
        await workato.packages.import_and_check(2001, package)
    assert fake.requests == []


async def test_a_package_that_is_too_large_is_not_copied(
    workato: WorkatoSession, other: FakeWorkato, target: WorkatoSession
) -> None:
    with pytest.raises(InvalidResponseError, match="exceeds 100 bytes"):
        await workato.packages.copy(2001, target, 1, max_bytes=100)
    assert other.requests == []


async def test_a_failed_import_is_reported(fake: FakeWorkato, workato: WorkatoSession) -> None:
    folder = fake.state.add_folder("Gone", parent_id=2001)["id"]

    def remove(report: ImportReport) -> None:
        fake.state.folders.pop(folder, None)

    report = await workato.packages.import_and_check(folder, zipped(), on_progress=remove)
    assert not report.ok
    assert "The folder was deleted" in report.problem


async def test_a_lost_response_imports_once(fake: FakeWorkato, workato: WorkatoSession) -> None:
    fake.fail("packages.import", faults.Reset("after"))
    with pytest.raises(OutcomeUnknownError):
        await workato.packages.import_and_check(2001, zipped())
    assert imports(fake) == 1


async def test_an_import_that_goes_on_is_waited_for(
    fake: FakeWorkato, workato: WorkatoSession, caplog: pytest.LogCaptureFixture
) -> None:
    fake.fail("packages.get", faults.Reset())
    with pytest.raises(OutcomeUnknownError, match=r"workato.packages.wait\(\d+\) waits for it") as raised:
        await workato.packages.import_and_check(2001, zipped())
    assert not is_retryable(raised.value)
    id_ = max(fake.state.tables["packages/"])
    assert (await workato.packages.wait(int(id_))).status == "completed"
    task = asyncio.create_task(workato.packages.import_and_check(2001, zipped(), max_wait=BETWEEN_IMPORTS))
    await asyncio.sleep(BETWEEN_IMPORTS + 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert "was interrupted. Import" in caplog.text


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"a.recipe.json": b'{"name": "Orders"}'}, [("recipe", "Orders", "")]),
        ({"x__y__a.recipe.json": b"{"}, [("recipe", "a", "x/y")]),
        ({"a.recipe.json": b'{"name": 7}'}, [("recipe", "a", "")]),
        ({"t.lookup_table.json": b"[]", "manifest_1.json": b"{}"}, [("lookup_table", "t", "")]),
        (
            {"c.custom_adapter.rb": b"{}", "c.custom_adapter.json": b'{"name": "C"}'},
            [("custom_adapter", "C", ""), ("custom_adapter", "c", "")],
        ),
        ({"readme.txt": b"", "x__": b""}, []),
    ],
)
def test_the_contents_of_a_package(files: dict[str, bytes], expected: list[tuple[str, str, str]]) -> None:
    assert [(one.kind, one.name, one.folder) for one in contents_of(zipped(**files))] == expected


@pytest.mark.parametrize(
    "change", [lambda data: data[:-30], lambda data: data.replace(b"Orders", b"Xrders"), lambda _: b""]
)
def test_a_damaged_package_is_invalid(change: Callable[[bytes], bytes]) -> None:
    with pytest.raises(ConfigurationError, match="not an intact zip file"):
        contents_of(change(zipped(**{"a.recipe.json": b'{"name": "Orders"}'})))
