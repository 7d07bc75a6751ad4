"""``folders``, ``projects`` and ``recipes versions|diff|copy|delete|health``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.cli.conftest import Shell
from workato_async.testing import FakeWorkato
from workato_async.testing.state.assets import HOME

if TYPE_CHECKING:
    from pathlib import Path


def test_folders_have_paths_and_make_a_tree(shell: Shell) -> None:
    state = shell.fake.state
    revenue = state.add_folder("Revenue", parent_id=HOME)
    orders = state.add_folder("Orders", parent_id=revenue["id"])
    state.add_folder("\x1b[2J", parent_id=revenue["id"])
    rows = {row["id"]: row["path"] for row in shell.json("folders", "list")}
    assert rows[orders["id"]] == "Revenue/Orders"
    assert rows[revenue["id"]] == "Revenue"
    (child, _) = shell.json("folders", "list", "--parent", "revenue")
    assert child["id"] in (orders["id"], orders["id"] + 1)
    tree = shell("folders", "tree").stdout.splitlines()
    top = tree.index(f"Revenue ({revenue['id']})")
    assert f"└── Orders ({orders['id']})" in tree[top : top + 3]
    assert "\x1b" not in "".join(tree)


def test_projects_with_their_folders(shell: Shell) -> None:
    project = shell.fake.state.add_project("Payroll")
    row = next(row for row in shell.json("projects", "list") if row["id"] == project["id"])
    assert (row["name"], row["folder_id"]) == ("Payroll", project["folder_id"])
    shell.fake.state.add_recipe(folder_id=project["folder_id"])
    assert [row["id"] for row in shell.json("recipes", "list", "--project", "payroll")] == [10001]
    assert shell.json("recipes", "list", "--project", project["id"])[0]["id"] == 10001


def test_the_path_of_a_folder_costs_two_requests_for_each_part(shell: Shell) -> None:
    parent = HOME
    for name in ("A", "B", "C"):
        parent = shell.fake.state.add_folder(name, parent_id=parent)["id"]
        shell.fake.state.add_folder("X", parent_id=parent)
    shell("recipes", "list", "--folder", "A/B/C")
    assert shell.sent("folders.list") == 6  # a page, and the empty page that ends a list


def test_versions(shell: Shell) -> None:
    shell.fake = FakeWorkato(recipes=2, jobs=0)
    rows = shell.json("recipes", "versions", 10001)
    assert [row["version_no"] for row in rows] == sorted((row["version_no"] for row in rows), reverse=True)
    assert shell.json("recipes", "versions", 10001, "--limit", 1) == rows[:1]


def test_a_diff_against_a_file_and_another_recipe(shell: Shell, tmp_path: Path) -> None:
    state = shell.fake.state
    for name in ("One", "Two"):
        state.add_recipe(name=name, code=json.dumps({"number": 0, "keyword": "trigger"}))
    shell("recipes", "export", "--to", tmp_path)
    (file,) = tmp_path.rglob("*10001*.json")
    assert shell("recipes", "diff", 10001, file, "--exit-code").output == ""
    state.recipes[10001]["code"] = json.dumps({"number": 1, "keyword": "trigger"})
    changed = shell("recipes", "diff", 10001, file, "--exit-code", status=1).stdout.splitlines()
    assert changed[:2] == [f"--- {file}", "+++ recipe 10001"]
    assert {line.strip() for line in changed[2:] if line[:1] in "+-"} >= {'-    "number": 0', '+    "number": 1'}
    both = shell("recipes", "diff", "Two", "One").stdout
    assert '-  "name": "One"' in both
    assert '"id"' not in both
    assert "missing.json: No such file" in shell("recipes", "diff", 10001, "missing.json", status=1).stderr


def test_a_copy(shell: Shell) -> None:
    shell.fake.state.add_recipe(name="One")
    folder = shell.fake.state.add_folder("Archive", parent_id=HOME)
    (row,) = shell.json("recipes", "copy", "One", "--to", "Archive")
    assert shell.fake.state.recipes[row["id"]]["folder_id"] == folder["id"]
    assert row["copied_from"] == 10001


def test_deleting_asks_also_for_one_and_spares_running_recipes(shell: Shell) -> None:
    for running in (True, False, False):
        shell.fake.state.add_recipe(name=f"running {running}", running=running)
    assert "Delete 1 recipe (running False)? There is no terminal" in shell("recipes", "delete", 10002, status=2).stderr
    shown = shell("recipes", "delete", 10001, 10002, "--dry-run", status=1)
    assert "failed: 10001: it is running; stop it first" in shown.stderr
    assert "would delete 1 recipe: 1 call of DELETE /api/recipes/{id}" in shown.stderr
    assert len(shell.fake.state.recipes) == 3
    rows = shell.json("recipes", "delete", 10001, 10002, 10003, 4711, "--yes", status=1)
    assert {row["id"]: row["outcome"] for row in rows} == {
        10001: "failed",
        10002: "deleted",
        10003: "deleted",
        4711: "failed",
    }
    assert [*shell.fake.state.recipes] == [10001]


def test_health(shell: Shell) -> None:
    shell.fake.state.add_recipe()
    assert "was never scanned" in shell("recipes", "health", 10001).stderr
    scanned = shell("recipes", "health", 10001, "--scan")
    assert scanned.stdout.startswith("level")
    assert " of 100" in scanned.stderr
