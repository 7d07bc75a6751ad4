"""``workato-async recipes export``: files for ``git diff``."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.conftest import Shell
from workato_async.cli.export_folder import content, file_name
from workato_async.cli.export_state import STATE_FILE
from workato_async.testing import FakeWorkato, Status


def tree(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files(root)}


def times(root: Path) -> dict[str, int]:
    return {path.relative_to(root).as_posix(): path.stat().st_mtime_ns for path in files(root)}


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file() and path.name != STATE_FILE]


def make_old(root: Path) -> None:
    for path in root.rglob("*"):
        if path.is_file():
            os.utime(path, (1_000_000_000, 1_000_000_000))


@pytest.fixture
def to(tmp_path: Path) -> Path:
    return tmp_path / "export"


def test_a_folder_a_project_and_a_file_a_recipe(shell: Shell, to: Path) -> None:
    shell.fake = FakeWorkato(recipes=250, jobs=0)
    result = shell("recipes", "export", "--to", to)
    exported_files = tree(to)
    assert len(exported_files) == 250
    assert {name.split("/")[0] for name in exported_files} == {"Sales-301", "Finance-302", "Support-303"}
    assert shell.sent("recipes.list") == 4
    assert result.stderr == f"exported 250 recipes to {to} with 7 calls\n"
    for name, data in exported_files.items():
        recipe = shell.fake.state.recipes[int(name.removesuffix(".json").rsplit("-", 1)[1])]
        exported = json.loads(data)
        assert exported["code"] == json.loads(recipe["code"])
        assert exported["name"] == recipe["name"]
        assert data == (json.dumps(exported, indent=2, sort_keys=True) + "\n").encode()


def test_nothing_volatile_is_exported(shell: Shell, to: Path) -> None:
    shell.fake = FakeWorkato(recipes=6, jobs=60)
    shell("recipes", "export", "--to", to)
    before = tree(to)
    make_old(to)
    for recipe in shell.fake.state.recipes.values():
        shell.fake.state.add_job(recipe["id"], status="failed")
        recipe.update(copy_count=7, lifetime_task_count=9, last_run_at=shell.fake.state.now())
        recipe["tags"].reverse()
    result = shell("recipes", "export", "--to", to)
    assert tree(to) == before
    assert {*times(to).values()} == {1_000_000_000 * 10**9}
    assert (to / STATE_FILE).stat().st_mtime == 1_000_000_000
    assert result.stdout == ""
    assert result.stderr.splitlines()[0] == "nothing changed"


def test_only_what_changed_is_touched(shell: Shell, to: Path) -> None:
    shell.fake = FakeWorkato(recipes=20, jobs=0)
    shell("recipes", "export", "--to", to)
    make_old(to)
    recipes = shell.fake.state.recipes
    recipes[10003]["code"] = '{"number": 0, "changed": true}'
    recipes[10004]["name"] = "Another name"
    recipes[10005].update(folder_id=2007, project_id=303)
    shell.fake.state.remove_recipe(10006)
    shell.fake.state.add_recipe(name="New one")
    old = {name: name for name in tree(to)}
    rows = {row["id"]: row for row in shell.json("recipes", "export", "--to", to)}
    assert {recipe_id: row["change"] for recipe_id, row in rows.items()} == {
        10003: "changed",
        10004: "moved",
        10005: "moved",
        10006: "removed",
        10021: "added",
    }
    assert rows[10004]["from"] in old
    assert rows[10004]["file"].endswith("/Another name-10004.json")
    assert rows[10005]["file"].startswith("Support-303/")
    now = times(to)
    assert len(now) == 20
    touched = {name for name, time in now.items() if time != 1_000_000_000 * 10**9}
    assert touched == {rows[recipe_id]["file"] for recipe_id in (10003, 10004, 10005, 10021)}


def test_a_filter_removes_nothing(shell: Shell, to: Path) -> None:
    shell.fake = FakeWorkato(recipes=20, jobs=0)
    shell("recipes", "export", "--to", to)
    assert shell.json("recipes", "export", "--to", to, "--folder", 2001) == []
    assert len(tree(to)) == 20


def test_a_walk_that_breaks_off_removes_nothing(shell: Shell, to: Path) -> None:
    shell.fake = FakeWorkato(recipes=150, jobs=0)
    shell("recipes", "export", "--to", to)
    shell.fake.fail("recipes.list", Status(403), after=1)
    shell("recipes", "export", "--to", to, status=1)
    assert len(tree(to)) == 150


def test_a_dry_run_writes_nothing(shell: Shell, to: Path) -> None:
    shell.fake = FakeWorkato(recipes=20, jobs=0)
    result = shell("recipes", "export", "--to", to, "--dry-run", "--csv")
    assert not to.exists()
    assert len(result.stdout.splitlines()) == 21
    assert result.stderr == f"would export 20 recipes to {to}: 5 calls, about 1 s\n"
    shell("recipes", "export", "--to", to)
    shell.fake.state.recipes[10003]["name"] = "Another"
    before = tree(to)
    assert [row["change"] for row in shell.json("recipes", "export", "--to", to, "--dry-run")] == ["moved"]
    assert tree(to) == before


def test_a_dry_run_tells_the_minutes_of_a_real_run(shell: Shell, to: Path) -> None:
    shell.fake = FakeWorkato(recipes=130, jobs=0)
    shell.fake.fail("recipes.list", Status(500), times=5)
    result = shell("recipes", "export", "--to", to, "--dry-run", "--csv")
    # 5 lists that fail, 3 without code, 1 of the workspace, 2 of its projects, and each recipe by itself, which
    # takes three windows.
    assert result.stderr.endswith(f"would export 130 recipes to {to}: {5 + 3 + 3 + 130} calls, about 2:00 min\n")


def test_other_files_are_left_alone(shell: Shell, to: Path) -> None:
    shell.fake = FakeWorkato(recipes=1, jobs=0)
    others = {
        "Sales-301/notes.json": b"{}",
        "Sales-301/budget-2024.json": b'{"id": 2024}',
        "Sales-301/list-7.json": b"[7]",
        "Sales-301/broken-8.json": b"{",
        ".git/config-9.json": b'{"id": 9}',
        "README.md": b"mine",
    }
    for name, data in others.items():
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        (to / name).write_bytes(data)
    (to / "Sales-301/folder-10.json").mkdir()
    shell("recipes", "export", "--to", to)
    shell.fake.state.remove_recipe(10001)
    assert [row["change"] for row in shell.json("recipes", "export", "--to", to, "--allow-deletions")] == ["removed"]
    assert tree(to) == others


def test_folders_that_become_empty_go(shell: Shell, to: Path) -> None:
    shell.fake.state.add_recipe(name="Only")
    shell("recipes", "export", "--to", to)
    shell.fake.state.projects[301]["name"] = "Sales renamed"
    shell("recipes", "export", "--to", to)
    assert [*tree(to)] == ["Sales renamed-301/Only-10001.json"]
    assert {path.name for path in to.iterdir()} == {"Sales renamed-301", STATE_FILE}


def test_names_that_make_no_file_names(shell: Shell, to: Path) -> None:
    names = [
        "../../../etc/passwd",
        "/etc/passwd",
        "..",
        ".",
        ".hidden",
        "CON",
        'a\\b:c*d?e"f<g>h|i',
        "line\nbreak\x00\x1b[2J",
        "same",
        "SAME",
        "Same",
        "   ",
        "ends with a dot.",
        "x" * 255,
        "é" * 255,
        "🎉" * 255,
        "e\u0301",
    ]
    for name in names:
        shell.fake.state.add_recipe(name=name)
    shell.fake.state.projects[301]["name"] = "../.."
    shell("recipes", "export", "--to", to)
    assert len({name.casefold() for name in tree(to)}) == len(names)
    assert {path.name for path in to.iterdir()} == {"_-301", STATE_FILE}
    assert not [path for path in to.parent.iterdir() if path.name not in ("export", "home")]
    assert {json.loads(data)["name"] for data in tree(to).values()} == {*names}
    make_old(to)
    assert shell.json("recipes", "export", "--to", to) == []


@given(st.text(max_size=300), st.integers(min_value=0))
def test_every_name_is_one_segment_of_a_path(name: str, id_: int) -> None:
    made = file_name(name, id_, "recipe")
    assert made.endswith(f"-{id_}")
    assert len(made.encode()) <= 150 + 1 + len(str(id_))
    assert not set(made) & set('/\\:*?"<>|\0\n')
    assert not made.startswith((".", " "))


def test_a_change_of_case_is_a_move(shell: Shell, to: Path) -> None:
    recipe = shell.fake.state.add_recipe(name="leads")
    shell("recipes", "export", "--to", to)
    recipe["name"] = "Leads"
    shell("recipes", "export", "--to", to)
    assert [*tree(to)] == ["Sales-301/Leads-10001.json"]


def test_two_files_of_one_recipe_become_one(shell: Shell, to: Path) -> None:
    shell.fake.state.add_recipe(name="Leads")
    shell("recipes", "export", "--to", to)
    folder = to / "Sales-301"
    (folder / "Old-10001.json").write_bytes((folder / "Leads-10001.json").read_bytes())
    assert shell.json("recipes", "export", "--to", to) == []
    assert [*tree(to)] == ["Sales-301/Leads-10001.json"]


def test_code_that_is_no_json_stays_text() -> None:
    assert json.loads(content({"id": 1, "code": "not JSON"}))["code"] == "not JSON"
    assert json.loads(content({"id": 1, "code": '"\\ud800"'}))["code"] == "\ud800"
    deep = "[" * 100_000 + "]" * 100_000
    assert json.loads(content({"id": 1, "code": deep}))["code"] == deep
    assert b"code" not in content({"id": 1, "code": None})


def test_what_a_killed_run_left_behind_goes(shell: Shell, to: Path) -> None:
    shell.fake.state.add_recipe(name="Leads")
    to.mkdir()
    (to / ".workato-async-4711.tmp").write_bytes(b"half")
    shell("recipes", "export", "--to", to)
    assert [*tree(to)] == ["Sales-301/Leads-10001.json"]


def test_recipes_too_large_for_a_list_are_fetched_one_by_one(shell: Shell, to: Path) -> None:
    shell.fake = FakeWorkato(recipes=250, jobs=0)
    shell.fake.fail("recipes.list", Status(500), after=1, times=5)
    result = shell("recipes", "export", "--to", to)
    assert len(tree(to)) == 250
    assert shell.sent("recipes.get") == 150
    assert "one by one" in result.stderr


def test_a_recipe_that_cannot_be_read_keeps_its_file(shell: Shell, to: Path) -> None:
    shell.fake = FakeWorkato(recipes=20, jobs=0)
    shell("recipes", "export", "--to", to)
    shell.fake.state.recipes[10020]["name"] = "Another"
    shell.fake.fail("recipes.list", Status(500), times=5)
    shell.fake.fail("recipes.get", Status(404), times=1)
    shell.fake.fail("recipes.get", Status(403), times=1)
    result = shell("recipes", "export", "--to", to, "--csv", status=1)
    assert "removed" not in result.stdout
    assert result.stderr.count("failed: 100") == 2
    assert len(tree(to)) == 20


def test_a_token_that_may_not_list_projects(shell: Shell, to: Path) -> None:
    shell.fake.state.add_recipe(name="Leads")
    shell.fake.fail("projects.list", Status(403))
    assert "project-ID" in shell("recipes", "export", "--to", to).stderr
    assert [*tree(to)] == ["project-301/Leads-10001.json"]


def test_a_recipe_outside_all_projects(shell: Shell, to: Path) -> None:
    shell.fake.state.add_recipe(name="Leads", folder_id=1)
    shell("recipes", "export", "--to", to)
    assert [*tree(to)] == ["no project-0/Leads-10001.json"]


def test_a_place_that_cannot_be_written_is_one_line(shell: Shell, tmp_path: Path) -> None:
    shell.fake.state.add_recipe(name="Leads")
    (tmp_path / "file").write_text("")
    assert "file" in shell("recipes", "export", "--to", tmp_path / "file", status=2).stderr
    result = shell("recipes", "export", "--to", tmp_path / "file" / "below", status=1)
    assert result.stderr == f"error: {tmp_path}/file/below: Not a directory\n"
