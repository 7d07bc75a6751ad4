"""Files and the mirror: what reads and writes on the disk, without await."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.signals import Interrupted, Signals
from workato_async import ConfigurationError
from workato_async.blocking import Mirror, Workato
from workato_async.testing import FakeWorkato


@pytest.fixture
def package(workato: Workato, tmp_path: Path) -> Path:
    folder = workato.folders.list().first()
    assert folder is not None
    manifest = workato.export_manifests.create(name="m", folder_id=folder.id)
    path = tmp_path / "package.zip"
    return workato.packages.export(manifest.id).save(path)


def test_a_package_is_saved_and_imported(fake: FakeWorkato, workato: Workato, package: Path) -> None:
    assert package.read_bytes()[:2] == b"PK"
    folder = workato.folders.list().first()
    assert folder is not None
    for source in (package, package.read_bytes()):
        fake.state.clock.advance(15 * 60)  # which must lie between two imports
        assert workato.packages.import_(folder.id, source).start().id > 0


@pytest.fixture
def mirror(workato: Workato, tmp_path: Path) -> Iterator[Mirror]:
    with Mirror(workato, f"sqlite:///{tmp_path}/mirror.db") as mirror:
        yield mirror


def test_the_mirror(workato: Workato, mirror: Mirror, tmp_path: Path) -> None:
    told: list[Any] = []
    remove = mirror.add_listener(lambda status: told.append(threading.get_ident()))
    assert mirror.run() is not None
    assert set(told) == {threading.get_ident()}
    remove()
    assert {stream.rows for stream in mirror.status() if stream.stream == "recipes"} == {60}


def test_progress_is_reported_in_the_callers_thread(workato: Workato, tmp_path: Path) -> None:
    progress: list[int] = []
    url = f"sqlite:///{tmp_path}/mirror.db"
    with Mirror(workato, url, on_progress=lambda _: progress.append(threading.get_ident())) as mirror:
        mirror.run()
    assert set(progress) == {threading.get_ident()}


def test_following_ends_with_ctrl_c(mirror: Mirror, signals: Signals) -> None:
    with pytest.raises(Interrupted):
        mirror.follow(every=600, on_report=signals.send)
    assert mirror.status()


def test_a_mirror_needs_a_client_of_its_kind(workato: Workato, tmp_path: Path) -> None:
    wrong: Any = workato.session
    with pytest.raises(ConfigurationError, match="workato must be a Workato, not WorkatoSession"):
        Mirror(wrong, f"sqlite:///{tmp_path}/mirror.db")

    async def asynchronous(_: object) -> None:
        """Return nothing."""

    with pytest.raises(ConfigurationError, match="on_progress must be a plain function"):
        Mirror(workato, f"sqlite:///{tmp_path}/mirror.db", on_progress=asynchronous)
