"""Names that another system would read differently: exports of earlier releases, junctions, upper and lower case."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.conftest import Shell
from tests.cli.test_export import tree
from workato_async.cli.export_folder import file_name, leads_elsewhere

NAMES = st.text(st.sampled_from("aAäÄßsSİ. -_~Ⅷ\u0301/"), max_size=8)


@given(st.lists(st.tuples(NAMES, st.integers(0, 30)), min_size=2, max_size=6, unique_by=lambda pair: pair[1]))
def test_no_two_objects_share_a_file_where_case_does_not_count(pairs: list[tuple[str, int]]) -> None:
    made = [file_name(name, id_, "recipe").casefold().upper() for name, id_ in pairs]
    assert len(set(made)) == len(made)


@given(NAMES, st.integers(0))
def test_no_name_is_hidden_or_ends_in_what_windows_drops(name: str, id_: int) -> None:
    made = file_name(name, id_, "recipe")
    assert made[0] not in ". "
    assert made[-1] not in ". "
    assert "/" not in made


def test_a_file_that_windows_cannot_have_is_renamed(shell: Shell, tmp_path: Path) -> None:
    """An export of a release that did not know those names goes on, and git sees a rename."""
    to = tmp_path / "export"
    shell.fake.state.add_recipe(name="aux.log")
    shell("recipes", "export", "--to", to)
    file = to / "Sales-301" / "aux_.log-10001.json"
    content = file.read_bytes()
    file.rename(file.with_name("aux.log-10001.json"))
    (row,) = shell.json("recipes", "export", "--to", to)
    assert row == {
        "id": 10001,
        "change": "moved",
        "file": "Sales-301/aux_.log-10001.json",
        "from": "Sales-301/aux.log-10001.json",
    }
    assert tree(to / "Sales-301") == {"aux_.log-10001.json": content}
    assert shell.json("recipes", "export", "--to", to) == []


def test_a_project_folder_that_windows_cannot_have_is_renamed(shell: Shell, tmp_path: Path) -> None:
    to = tmp_path / "export"
    shell.fake.state.add_recipe(name="Leads")
    shell.fake.state.projects[301]["name"] = "com1.old"
    shell("recipes", "export", "--to", to)
    (to / "com1_.old-301").rename(to / "com1.old-301")
    (row,) = shell.json("recipes", "export", "--to", to)
    assert (row["change"], row["from"]) == ("moved", "com1.old-301/Leads-10001.json")
    assert [path.name for path in to.iterdir() if path.is_dir()] == ["com1_.old-301"]


def test_a_junction_is_not_followed(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    to = tmp_path / "export"
    shell.fake.state.add_recipe(name="Leads")
    shell("recipes", "export", "--to", to)
    assert not leads_elsewhere(to / "Sales-301")
    assert not leads_elsewhere(to / "nothing")
    real = Path.lstat

    def lstat(path: Path) -> Any:
        """What Windows says of a junction: a folder, with a tag."""
        if path == to / "Sales-301":
            return SimpleNamespace(st_mode=stat.S_IFDIR | 0o777, st_reparse_tag=0xA0000003)
        return real(path)

    monkeypatch.setattr(Path, "lstat", lstat)
    shell.fake.state.recipes[10001]["name"] = "Renamed"
    before = tree(to)
    assert "Sales-301 is a symbolic link" in shell("recipes", "export", "--to", to, status=1).stderr
    assert tree(to) == before


@pytest.mark.skipif(os.name != "posix", reason="making one needs a privilege on Windows")
def test_the_folder_of_an_export_may_be_a_link(shell: Shell, tmp_path: Path) -> None:
    shell.fake.state.add_recipe(name="Leads")
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    shell("recipes", "export", "--to", tmp_path / "link")
    assert (tmp_path / "real" / "Sales-301" / "Leads-10001.json").is_file()
