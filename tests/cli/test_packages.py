"""``export`` and ``import``: a project as a file or a folder, and back, with a result for each recipe."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import TOKEN
from tests.support.ctrl_c import press_ctrl_c_after
from workato_async.testing import faults

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Shell


@pytest.fixture
def folder(shell: Shell) -> int:
    """The folder of a project with two recipes, of which one runs, and a connection."""
    state = shell.fake.state
    top = int(state.add_project("Invoices")["folder_id"])
    inner = state.add_folder("Old", parent_id=top)["id"]
    state.add_connection(provider="jira", name="Jira", folder_id=top)
    state.add_recipe(id=42, name="Orders", folder_id=top, running=True)
    state.add_recipe(id=43, name="Refunds", folder_id=inner)
    return top


def test_a_project_is_exported_to_a_file(shell: Shell, folder: int, tmp_path: Path) -> None:
    to = tmp_path / "invoices.zip"
    result = shell("export", "Invoices", "--to", to)
    assert f"exported 1 connection and 2 recipes to {to}" in result.stderr
    assert [line.split()[:2] for line in result.stdout.splitlines()[1:]] == [
        ["connection", "Jira"],
        ["recipe", "Orders"],
        ["recipe", "Refunds"],
    ]
    with zipfile.ZipFile(to) as archive:
        assert {"jira.connection.json", "orders.recipe.json", "Old/refunds.recipe.json"} <= {*archive.namelist()}
    storage = [one for one in shell.fake.requests if one.path.startswith("/storage")]
    assert storage
    assert all(TOKEN not in str(dict(one.headers)) for one in storage)


def test_a_project_is_exported_to_a_folder_and_imported_from_it(shell: Shell, folder: int, tmp_path: Path) -> None:
    to = tmp_path / "invoices"
    to.mkdir()
    (to / "gone.recipe.json").write_text("{}")
    (to / "README.md").write_text("ours")
    result = shell("export", "invoices", "--to", to)
    assert "not in the package any more: gone.recipe.json" in result.stderr
    assert (to / "Old" / "refunds.recipe.json").is_file()
    assert (to / "README.md").read_text() == "ours"
    (to / "gone.recipe.json").unlink()
    other = shell.fake.state.add_project("Copy")["folder_id"]
    (report,) = shell.json("import", to, "--folder", "Copy", "--yes")
    assert report["ok"]
    copied = {
        row["name"] for row in shell.fake.state.recipes.values() if row["folder_id"] in shell.fake.state.inside(other)
    }
    assert copied == {"Orders", "Refunds"}


def test_a_folder_is_exported(shell: Shell, folder: int, tmp_path: Path) -> None:
    rows = shell.json("export", "--folder", "Invoices/Old", "--to", tmp_path / "old.zip")
    assert [(row["kind"], row["name"]) for row in rows] == [("recipe", "Refunds")]
    assert shell.sent("projects.list") == 0
    both = shell("export", "Invoices", "--folder", "Old", "--to", tmp_path / "old.zip", status=2)
    assert "pass either a project or --folder" in both.stderr


def test_a_symbolic_link_is_not_followed(shell: Shell, folder: int, tmp_path: Path) -> None:
    to, elsewhere = tmp_path / "invoices", tmp_path / "elsewhere"
    to.mkdir()
    elsewhere.mkdir()
    (to / "Old").symlink_to(elsewhere)
    result = shell("export", "Invoices", "--to", to, status=1)
    assert "is a symbolic link, so nothing was unpacked" in result.stderr
    assert [*elsewhere.iterdir()] == []


def test_a_dry_run_of_an_export(shell: Shell, folder: int, tmp_path: Path) -> None:
    rows = shell.json("export", "Invoices", "--to", tmp_path / "x.zip", "--dry-run")
    assert {(row["kind"], row["name"]) for row in rows} == {
        ("connection", "Jira"),
        ("recipe", "Orders"),
        ("recipe", "Refunds"),
    }
    assert {one.method for one in shell.fake.requests} == {"GET"}


def test_a_dry_run_of_an_import_shows_what_is_inside(shell: Shell, folder: int, tmp_path: Path) -> None:
    file = tmp_path / "invoices.zip"
    shell("export", "Invoices", "--to", file)
    before = shell.sent("packages.import")
    rows = shell.json("import", file, "--folder", "Invoices", "--dry-run")
    assert {row["name"]: row["outcome"] for row in rows} == {
        "Jira": None,
        "Orders": "may change 42 (running)",
        "Refunds": "may change 43",
    }
    result = shell("import", file, "--folder", folder, "--dry-run")
    assert f"would import 1 connection and 2 recipes into folder {folder}" in result.stderr
    assert "running under the same names: 1 recipe; an import changes them with --restart only" in result.stderr
    assert shell.sent("packages.import") == before == 0


def test_a_result_for_each_recipe(shell: Shell, folder: int, tmp_path: Path) -> None:
    file = tmp_path / "invoices.zip"
    shell("export", "Invoices", "--to", file)
    shell.fake.state.change_recipe(42, {"description": "Changed"})
    rejected = shell("import", file, "--folder", folder, "--yes", status=1)
    assert "error: nothing was imported" in rejected.stderr
    assert "--restart" in rejected.stderr
    done = shell("import", file, "--folder", folder, "--yes", "--restart", "--csv")
    assert done.stdout.splitlines() == [
        "id,name,import_result",
        "42,Orders,restarted",
        "43,Refunds,no_update_or_updated_without_restart",
    ]
    shell.fake.state.change_recipe(42, {"description": "Changed again"})
    shell.fake.state.unstartable.add(42)
    failed = shell("import", file, "--folder", folder, "--yes", "--restart", status=1)
    assert "waiting until" in failed.stderr
    assert "to do: recipe Orders (42): restart failed" in failed.stderr
    assert "error: 1 recipe did not restart" in failed.stderr


def test_an_import_asks_first(shell: Shell, folder: int, tmp_path: Path) -> None:
    file = tmp_path / "invoices.zip"
    shell("export", "Invoices", "--to", file)
    result = shell("import", file, "--folder", folder, status=2)
    assert f"error: Import 1 connection and 2 recipes into folder {folder}? There is no terminal" in result.stderr
    assert shell.sent("packages.import") == 0


def test_the_15_minutes(shell: Shell, folder: int, tmp_path: Path) -> None:
    file = tmp_path / "invoices.zip"
    shell("export", "Invoices", "--to", file)
    shell("import", file, "--folder", folder, "--yes", "--restart")
    result = shell("import", file, "--folder", folder, "--yes", "--restart", "--no-wait", status=1)
    assert "nothing was imported" in result.stderr
    assert "15 minutes" in result.stderr
    assert "Leave out --no-wait" in result.stderr


def test_what_cannot_be_imported_is_not_sent(shell: Shell, folder: int, tmp_path: Path) -> None:
    large = tmp_path / "large.zip"
    with zipfile.ZipFile(large, "w") as archive:
        archive.writestr("a.recipe.json", bytes(1024**2 + 1))
    empty = tmp_path / "empty"
    empty.mkdir()
    text = tmp_path / "text.zip"
    text.write_text("no zip")
    for file, reason in (
        (large, "at most 1,048,576"),
        (empty, "no assets"),
        (text, "not an intact"),
        ("no", "no file"),
    ):
        result = shell("import", file, "--folder", folder, "--yes", "--max-mb", 1, status=2)
        assert reason in result.stderr
    dry = shell("import", large, "--folder", folder, "--dry-run", "--max-mb", 1, status=1)
    assert "more than the limit of 1,048,576" in dry.stderr
    assert shell.sent("packages.import") == 0


def test_a_lost_response_is_not_repeated(shell: Shell, folder: int, tmp_path: Path) -> None:
    file = tmp_path / "invoices.zip"
    shell("export", "Invoices", "--to", file)
    shell.fake.fail("packages.import", faults.Reset("after"))
    result = shell("import", file, "--folder", folder, "--yes", "--restart", status=1)
    assert "may have been carried out" in result.stderr
    assert shell.sent("packages.import") == 1


@pytest.mark.parametrize(
    ("endpoint", "text"),
    [
        ("packages.import", "interrupted: the import may have been started: check the folder"),
        ("packages.get", "continues at Workato; to see its state: workato-async request GET /api/packages/"),
    ],
)
def test_ctrl_c_says_what_goes_on(
    shell: Shell, folder: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, endpoint: str, text: str
) -> None:
    file = tmp_path / "invoices.zip"
    shell("export", "Invoices", "--to", file)
    shell.fake.fail(endpoint, faults.Stall(processed=True))
    press_ctrl_c_after(monkeypatch, 20.0)
    result = shell("import", file, "--folder", folder, "--yes", "--restart", status=130)
    assert text in result.stderr
    assert "was interrupted." not in result.stderr


def test_ctrl_c_while_it_waits(shell: Shell, folder: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "invoices.zip"
    shell("export", "Invoices", "--to", file)
    shell("import", file, "--folder", folder, "--yes", "--restart")
    press_ctrl_c_after(monkeypatch, 20.0)
    result = shell("import", file, "--folder", folder, "--yes", "--restart", status=130)
    assert result.stderr.splitlines()[-1] == "interrupted: nothing was imported"


def test_symbolic_links_are_not_packed(shell: Shell, folder: int, tmp_path: Path) -> None:
    packed, secret = tmp_path / "invoices", tmp_path / "secret.recipe.json"
    shell("export", "Invoices", "--to", packed)
    secret.write_text('{"name": "Secret", "code": {}}')
    (packed / "secret.recipe.json").symlink_to(secret)
    (packed / ".git").mkdir()
    (packed / ".git" / "config.recipe.json").write_text("{}")
    rows = shell.json("import", packed, "--folder", folder, "--dry-run")
    assert {row["name"] for row in rows} == {"Jira", "Orders", "Refunds"}


def test_usage_of_an_export(shell: Shell, folder: int, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("ours")
    assert "neither a folder nor a .zip file" in shell("export", "Invoices", "--to", file, status=2).stderr
    assert file.read_text() == "ours"
    assert "no project is named" in shell("export", "None", "--to", tmp_path / "x.zip", status=2).stderr
