"""Where ``workato-async recipes export`` writes: never outside its folder, never to the name of a device."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.cli.conftest import Shell
from tests.cli.test_export import tree
from workato_async.cli.export_folder import file_name

DEVICE = re.compile(r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9¹²³])", re.IGNORECASE)


@pytest.fixture
def to(shell: Shell, tmp_path: Path) -> Path:
    shell.fake.state.add_recipe(name="Leads")
    return tmp_path / "export"


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("con.sync", "con_.sync-8"),
        ("AUX.com", "AUX_.com-8"),
        ("COM1.x", "COM1_.x-8"),
        ("lpt¹.log.txt", "lpt¹_.log.txt-8"),
        ("nul  .x", "nul_  .x-8"),
        ("conout$.x", "conout$_.x-8"),
        (" .con.x", "con_.x-8"),
        ("con", "con-8"),
        ("console.x", "console.x-8"),
        ("com10.x", "com10.x-8"),
        ("a con.x", "a con.x-8"),
    ],
)
def test_names_of_devices(name: str, made: str) -> None:
    assert file_name(name, 8, "recipe") == made


@given(st.from_regex(r"\s*(con|prn|AUX|nul|com[0-9¹]|LPT[1-9³]|conin\$)[ .\w]*", fullmatch=True), st.integers(0))
@example("con\t.x", 1)
def test_no_name_is_that_of_a_device(name: str, id_: int) -> None:
    first = f"{file_name(name, id_, 'recipe')}.json".partition(".")[0]
    assert not DEVICE.fullmatch(first.rstrip(" "))


def test_a_project_folder_that_is_a_link_is_not_followed(shell: Shell, to: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    shell("recipes", "export", "--to", to)
    (to / "Sales-301").rename(outside)
    (to / "Sales-301").symlink_to(outside)
    before = tree(outside)
    shell.fake.state.recipes[10001]["code"] = "{}"
    result = shell("recipes", "export", "--to", to, status=1)
    assert f"error: {to}/Sales-301 is a symbolic link, which an export does not follow" in result.stderr
    shell.fake.state.projects[301]["name"] = "Other"
    shell("recipes", "export", "--to", to)
    assert [*tree(to / "Other-301")] == ["Leads-10001.json"]
    shell.fake.state.remove_recipe(10001)
    shell("recipes", "export", "--to", to, "--allow-deletions")
    assert tree(outside) == before


def test_a_folder_that_is_a_link_into_nothing(shell: Shell, to: Path) -> None:
    to.mkdir()
    (to / "Sales-301").symlink_to("nowhere")
    assert "is a symbolic link" in shell("recipes", "export", "--to", to, status=1).stderr
    assert not (to / "nowhere").exists()


def test_a_file_that_is_a_link_is_replaced(shell: Shell, to: Path, tmp_path: Path) -> None:
    shell("recipes", "export", "--to", to)
    file = to / "Sales-301/Leads-10001.json"
    outside = tmp_path / "mine.json"
    file.rename(outside)
    file.symlink_to(outside)
    before = outside.read_bytes()
    assert [row["change"] for row in shell.json("recipes", "export", "--to", to)] == ["added"]
    assert not file.is_symlink()
    file.unlink()
    file.symlink_to(outside)
    shell.fake.state.recipes[10001]["code"] = '{"other": 1}'
    shell("recipes", "export", "--to", to)
    assert outside.read_bytes() == before
    assert b'"other": 1' in file.read_bytes()
    assert not file.is_symlink()


def test_a_folder_that_is_a_link_itself_is_fine(shell: Shell, to: Path, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    to.symlink_to(tmp_path / "real")
    shell("recipes", "export", "--to", to)
    assert [*tree(tmp_path / "real")] == ["Sales-301/Leads-10001.json"]
