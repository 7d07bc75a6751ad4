"""``workato-async recipes list|show|start|stop``."""

from __future__ import annotations

import csv
import io
from datetime import datetime

import pytest

from tests.cli.conftest import Shell
from workato_async.testing import FakeWorkato, Reset, Status


def test_a_list_as_a_table(shell: Shell) -> None:
    shell.fake.state.add_recipe(name="Leads", running=True)
    shell.fake.state.add_recipe(name="Nächtlicher Abgleich 日本 🎉")
    result = shell("recipes", "list")
    head, second, first = result.stdout.splitlines()
    assert head.split()[:4] == ["id", "name", "running", "folder_id"]
    assert second.startswith("10002  Nächtlicher Abgleich 日本 🎉  no       2001")
    assert first.split()[:4] == ["10001", "Leads", "yes", "2001"]
    assert first.index("yes") == head.index("running")
    assert result.stderr == ""


def test_a_list_as_json_has_all_fields_also_unknown_ones(shell: Shell) -> None:
    recipe = shell.fake.state.add_recipe(config=[{"keyword": "application", "provider": "clock", "color": "red"}])
    recipe["invented_tomorrow"] = {"a": [1]}
    (row,) = shell.json("recipes", "list")
    assert row["invented_tomorrow"] == {"a": [1]}
    assert row["config"][0]["provider"] == "clock"
    assert row["config"][0]["color"] == "red"
    assert datetime.fromisoformat(row["created_at"]) == datetime.fromisoformat(recipe["created_at"])


def test_a_list_as_csv(shell: Shell) -> None:
    shell.fake.state.add_recipe(name='one, "two"\nthree')
    rows = [*csv.reader(io.StringIO(shell("recipes", "list", "--csv").stdout))]
    assert rows[0][:3] == ["id", "name", "running"]
    assert rows[1][:3] == ["10001", 'one, "two"\nthree', "false"]


@pytest.mark.parametrize(
    ("options", "stdout", "stderr"),
    [((), "", "no recipes found\n"), (("--json",), "", ""), (("--csv",), "id,name,running", "")],
)
def test_an_empty_workspace(shell: Shell, options: tuple[str, ...], stdout: str, stderr: str) -> None:
    result = shell("recipes", "list", *options)
    assert result.stdout.startswith(stdout)
    assert len(result.stdout.splitlines()) == bool(stdout)
    assert result.stderr == stderr


def test_json_and_csv_exclude_each_other(shell: Shell) -> None:
    assert "use either --json or --csv" in shell("recipes", "list", "--json", "--csv", status=2).stderr


def test_filters(shell: Shell) -> None:
    shell.fake = FakeWorkato(recipes=250, jobs=0)

    def ids(*options: str | int) -> list[int]:
        return [row["id"] for row in shell.json("recipes", "list", *options)]

    recipes = [*reversed(shell.fake.state.recipes.values())]
    assert ids() == [recipe["id"] for recipe in recipes]
    assert ids("--running") == [recipe["id"] for recipe in recipes if recipe["running"]]
    assert ids("--stopped") == [recipe["id"] for recipe in recipes if not recipe["running"]]
    assert ids("--folder", 2001) == [recipe["id"] for recipe in recipes if recipe["folder_id"] == 2001]
    assert ids("--folder", 2001, "--subfolders") == ids("--project", 301)
    assert ids("--connector", "salesforce", "--connector", "clock") == [
        recipe["id"] for recipe in recipes if {"salesforce", "clock"} & {*recipe["applications"]}
    ]
    assert (
        ids("--name", "HUBSPOT", "--limit", 3)
        == [recipe["id"] for recipe in recipes if "hubspot" in recipe["name"]][:3]
    )
    assert ids("--updated-after", "2036-01-01") == []
    assert ids("--stopped-after", "2025-12-27T00:00-08:00", "--stopped")


def test_a_limit_costs_no_page_more(shell: Shell) -> None:
    shell.fake = FakeWorkato(recipes=250, jobs=0)
    assert len(shell.json("recipes", "list", "--limit", 100)) == 100
    assert shell.sent("recipes.list") == 1


def test_what_would_steer_a_terminal_is_made_harmless(shell: Shell) -> None:
    shell.fake.state.add_recipe(name="a\x1b[2Jb\rc\u202ed")
    shown = shell("recipes", "list").stdout
    assert "a\N{REPLACEMENT CHARACTER}[2Jb\N{REPLACEMENT CHARACTER}c\N{REPLACEMENT CHARACTER}d" in shown
    assert shell.json("recipes", "list")[0]["name"] == "a\x1b[2Jb\rc\u202ed"


def test_one_recipe(shell: Shell) -> None:
    shell.fake.state.add_recipe(name="Leads", running=True, tags=["tag-1"])
    lines = dict(line.split(maxsplit=1) for line in shell("recipes", "show", 10001).stdout.splitlines())
    assert [*lines][:2] == ["id", "name"]
    assert (lines["name"], lines["running"], lines["tags"]) == ("Leads", "yes", "tag-1")
    assert "code" not in lines
    (recipe,) = shell.json("recipes", "show", 10001)
    assert recipe["code"] == shell.fake.state.recipes[10001]["code"]


def test_an_unknown_recipe_is_one_line(shell: Shell) -> None:
    result = shell("recipes", "show", 4711, status=1)
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: GET /api/recipes/4711 on 127.0.0.1")


def test_a_wrong_token_is_exit_status_3(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKATO_API_TOKEN", "wrong")
    for command in (("list",), ("show", 1), ("stop", 1, 2), ("start", "--all"), ("export", "--to", shell.home / "x")):
        result = shell("recipes", *map(str, command), status=3)
        assert "HTTP 401" in result.stderr
        assert "wrong" not in result.output


def test_stop_by_id(shell: Shell) -> None:
    for _ in range(3):
        shell.fake.state.add_recipe(running=True)
    result = shell("recipes", "stop", 10001, 10003, 10001, "--yes")
    assert [recipe["running"] for recipe in shell.fake.state.recipes.values()] == [False, True, False]
    assert result.stdout.splitlines()[0].split() == ["id", "name", "outcome"]
    assert [line.split()[0] for line in result.stdout.splitlines()[1:]] == ["10001", "10003"]
    assert all(line.endswith("  stopped") for line in result.stdout.splitlines()[1:])
    assert result.stderr == "stopped 2 of 2 recipes\n"


def test_some_fail(shell: Shell) -> None:
    for _ in range(3):
        shell.fake.state.add_recipe()
    shell.fake.state.unstartable.add(10002)
    rows = shell.json("recipes", "start", 10001, 10002, 4711, "--yes", status=1)
    assert {row["id"]: row["outcome"] for row in rows} == {10001: "started", 10002: "failed", 4711: "failed"}
    assert "can't be blank" in next(row["error"] for row in rows if row["id"] == 10002)


def test_what_failed_is_listed_on_stderr(shell: Shell) -> None:
    shell.fake.state.add_recipe()
    result = shell("recipes", "start", 10001, 4711, 4712, status=1)
    *failed, summary = result.stderr.splitlines()
    assert sorted(line.split(": ")[:2] for line in failed) == [["failed", "4711"], ["failed", "4712"]]
    assert summary == "started 1 of 1 recipe, 2 failed"


def test_stop_by_filter_takes_running_ones_only(shell: Shell) -> None:
    shell.fake = FakeWorkato(recipes=60, jobs=0)
    running = {
        recipe["id"]
        for recipe in shell.fake.state.recipes.values()
        if recipe["running"] and recipe["folder_id"] == 2001
    }
    rows = shell.json("recipes", "stop", "--folder", 2001, "--yes")
    assert {row["id"] for row in rows} == running
    assert all(row["name"] for row in rows)
    assert shell.sent("recipes.stop") == len(running)
    assert shell("recipes", "stop", "--folder", 2001).stderr == "nothing to stop\nstopped 0 of 0 recipes\n"


def test_a_dry_run_changes_nothing_and_tells_calls_and_minutes(shell: Shell) -> None:
    shell.fake = FakeWorkato(recipes=500, jobs=0)
    result = shell("recipes", "stop", "--all", "--dry-run")
    assert len(result.stdout.splitlines()) == 251
    assert result.stderr == (
        "would stop 250 recipes: 250 calls of PUT /api/recipes/{id}/stop (60 per 60 s), about 4:00 min\n"
    )
    assert shell.sent("recipes.stop") == 0
    stopped = next(id_ for id_, recipe in shell.fake.state.recipes.items() if not recipe["running"])
    assert "1 call of PUT /api/recipes/{id}/start" in shell("recipes", "start", stopped, "--dry-run").stderr
    assert "failed: 7: GET /api/recipes/7" in shell("recipes", "start", 7, "--dry-run", status=1).stderr


@pytest.mark.parametrize("arguments", [(), ("1", "--all"), ("1", "--folder", "2"), ("--all", "--name", "x")])
def test_ids_or_filters_or_all(shell: Shell, arguments: tuple[str, ...]) -> None:
    assert "exactly one" in shell("recipes", "stop", *arguments, status=2).stderr
    assert shell.fake.requests == []


def test_many_recipes_keep_to_the_quota(shell: Shell) -> None:
    shell.fake = FakeWorkato(recipes=300, jobs=0)
    shell("recipes", "stop", "--all", "--yes")
    assert not any(recipe["running"] for recipe in shell.fake.state.recipes.values())
    assert shell.fake.refused == 0
    assert shell.fake.most_in_window("recipes.stop") == 60


def test_a_lost_response_is_requested_again(shell: Shell) -> None:
    shell.fake.state.add_recipe(running=True)
    shell.fake.fail("recipes.stop", Reset("after"))
    shell("recipes", "stop", 10001)
    assert shell.sent("recipes.stop") == 2


def test_a_list_that_breaks_off_is_an_error_after_what_came(shell: Shell) -> None:
    shell.fake = FakeWorkato(recipes=250, jobs=0)
    shell.fake.fail("recipes.list", Status(403, '{"message": "Forbidden"}'), after=1)
    result = shell("recipes", "list", "--csv", status=1)
    assert len(result.stdout.splitlines()) == 101
    assert "HTTP 403" in result.stderr
