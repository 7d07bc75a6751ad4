"""Packages that are unpacked, and folders that are packed, where file systems have traps."""

from __future__ import annotations

import os
import stat
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from workato_async.cli import package_files
from workato_async.cli.command_runner import CommandError
from workato_async.cli.package_files import pack, unpack


@pytest.fixture
def junction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is a junction of Windows: no symbolic link, and yet it leads elsewhere."""
    folder = tmp_path / "folder" / "Old"
    folder.mkdir(parents=True)
    (folder / "elsewhere.json").touch()
    lstat = Path.lstat

    def reported(path: Path) -> Any:
        if path == folder:
            return SimpleNamespace(st_mode=stat.S_IFDIR | 0o777, st_reparse_tag=0xA0000003)
        return lstat(path)

    monkeypatch.setattr(Path, "lstat", reported)
    return folder


def package(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "{}")
    return path


def test_a_junction_is_not_followed(junction: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="nothing was unpacked"):
        unpack(package(tmp_path / "package.zip", "first.recipe.json", "Old/refunds.recipe.json"), junction.parent)
    assert [path.name for path in junction.parent.rglob("*.json")] == ["elsewhere.json"]
    pack(junction.parent, tmp_path / "packed.zip")
    assert zipfile.ZipFile(tmp_path / "packed.zip").namelist() == []


@pytest.mark.parametrize(
    "name", ["aux.recipe.json", "Con/x.recipe.json", "nul", "a:b.recipe.json", "x./y.json", "COM1 .json", "lpt².json"]
)
def test_names_that_windows_has_no_files_of(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = package(tmp_path / "package.zip", "first.recipe.json", name)
    monkeypatch.setattr(package_files, "WINDOWS", True)
    with pytest.raises(CommandError, match=r"cannot be a file on Windows, so nothing was unpacked.*\.zip"):
        unpack(file, tmp_path / "folder")
    assert [*(tmp_path / "folder").iterdir()] == []


def test_usual_names_are_unpacked_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"console.recipe.json", "Auxiliary/aux_log.json", "com10.json", "nullable", ".hidden"}
    monkeypatch.setattr(package_files, "WINDOWS", True)
    unpack(package(tmp_path / "package.zip", *names), tmp_path / "folder")
    found = {path.relative_to(tmp_path / "folder").as_posix() for path in (tmp_path / "folder").rglob("*.*")}
    assert found == names - {"nullable"}


@pytest.mark.skipif(os.name == "nt", reason="the names are of devices there")
def test_other_systems_have_such_files(tmp_path: Path) -> None:
    unpack(package(tmp_path / "package.zip", "aux.recipe.json"), tmp_path / "folder")
    assert (tmp_path / "folder" / "aux.recipe.json").exists()
