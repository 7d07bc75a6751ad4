"""``diff``."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.conftest import Shell
from workato_async.cli import command_runner
from workato_async.testing import FakeWorkato, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

DIFF = ("diff", "--from", "dev", "--to", "prod")


@pytest.fixture
def other() -> FakeWorkato:
    return FakeWorkato(recipes=4, jobs=0)


@pytest.fixture
def shell(shell: Shell, other: FakeWorkato, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Run commands with two workspaces that are the same, as the profiles ``dev`` and ``prod``."""
    shell.fake = FakeWorkato(recipes=4, jobs=0)
    start = command_runner.start

    def with_profiles(command: Callable[[], Coroutine[Any, Any, command_runner.ExitStatus]]) -> Any:
        async def run() -> command_runner.ExitStatus:
            async with other:
                config = shell.home / ".config" / "workato-async" / "config.toml"
                config.parent.mkdir(parents=True, exist_ok=True)
                config.touch(mode=0o600)
                profiles = {"dev": shell.fake.url, "prod": other.url}
                config.write_text(
                    "".join(f'[{name}]\ntoken = "{name}"\nhost = "{url}"\n' for name, url in profiles.items())
                )
                return await command()

        return start(run)

    monkeypatch.setattr(command_runner, "start", with_profiles)
    return shell


@pytest.fixture
def changed(shell: Shell, other: FakeWorkato) -> list[dict[str, Any]]:
    """Change the second workspace; return its recipes."""
    recipes = list(other.state.recipes.values())
    other.state.set_running(recipes[0]["id"], False)
    code = json.loads(recipes[1]["code"])
    code["input"]["limit"] = "5"
    other.state.change_recipe(recipes[1]["id"], {"code": json.dumps(code)})
    other.state.remove_recipe(recipes[2]["id"])
    other.state.add_folder("New", parent_id=recipes[0]["folder_id"])
    return recipes


def test_what_differs_is_marked(shell: Shell, changed: list[dict[str, Any]]) -> None:
    result = shell(*DIFF, "--only", "recipes,folders")
    lines = result.stdout.splitlines()
    assert lines[:3] == ["folders", "  + Sales/New", "recipes"]
    assert f"  ~ Sales/{changed[0]['name']}  running: yes -> no" in lines
    [code] = [line for line in lines if "code: version 3, " in line]
    assert "-> version 4, " in code
    [gone] = [line for line in lines if line.startswith("  - ")]
    assert changed[2]["name"] in gone
    assert result.stderr == "1 only in dev, 1 only in prod, 2 different; compared: folders, recipes\n"


def test_the_exit_status_says_it_if_asked(shell: Shell, changed: list[dict[str, Any]]) -> None:
    shell(*DIFF, status=0)
    shell(*DIFF, "--exit-code", status=1)
    shell(*DIFF, "--exit-code", "--only", "connectors", status=0)


def test_nothing_differs(shell: Shell) -> None:
    result = shell(*DIFF, "--exit-code")
    assert (result.stdout, result.stderr) == ("", "no differences between dev and prod\n")


def test_json_and_csv(shell: Shell, changed: list[dict[str, Any]]) -> None:
    found = shell.json(*DIFF, "--only", "folders", "--only", "recipes")
    assert found[0] == {
        "kind": "folders",
        "path": "Sales/New",
        "change": "target only",
        "field": None,
        "source": None,
        "target": {},
    }
    rows = list(csv.DictReader(io.StringIO(shell(*DIFF, "--only", "folders,recipes", "--csv").stdout)))
    assert [row["path"] for row in rows] == [one["path"] for one in found]
    assert {row["field"]: (row["source"], row["target"]) for row in rows}["running"] == ("true", "false")


def test_values_of_properties_stay_hidden(shell: Shell, other: FakeWorkato) -> None:
    for fake, value in ((shell.fake, "hunter2"), (other, "hunter3")):
        fake.state.tables["properties/"] = {"password": {"value": value}}
    result = shell(*DIFF, "--only", "properties")
    assert result.stdout.splitlines() == ["properties", "  ~ password  value differs"]
    assert "hunter" not in result.output + shell(*DIFF, "--json").output


def test_tables_with_and_without_rows(shell: Shell, other: FakeWorkato) -> None:
    table = next(iter(other.state.lookup_tables.values()))
    other.state.add_lookup_row(table["id"], {"Code": "X"})
    assert "rows: 50 rows, 0 only here -> 51 rows, 1 only here" in shell(*DIFF, "--only", "lookup-tables").stdout
    assert shell(*DIFF, "--no-rows").stdout == ""


def test_what_cannot_be_read_is_listed(shell: Shell, other: FakeWorkato) -> None:
    other.fail("connections.list", Status(403, '{"message": "Forbidden"}'))
    result = shell(*DIFF, "--only", "connections,tags", status=1)
    assert "no differences between dev and prod; compared: tags\n" in result.stderr
    assert "not read: connections of the target: HTTP 403: Forbidden." in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((*DIFF, "--only", "recipe"), "'recipe' is not one of projects, folders, recipes"),
        (("diff", "--from", "dev", "--to", "test"), "no such profile"),
        (("diff", "--from", "dev"), "--to"),
    ],
)
def test_what_is_not_valid_is_a_usage_error(shell: Shell, arguments: tuple[str, ...], message: str) -> None:
    assert message in shell(*arguments, status=2).stderr
