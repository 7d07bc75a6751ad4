"""``workato-async jobs failed``: the failed jobs of all recipes."""

from __future__ import annotations

import csv
import json
from datetime import timedelta

from tests.cli.conftest import Shell
from workato_async.testing import FakeWorkato, Status
from workato_async.testing.clock import pacific

SINCE = ("--since", "2026-01-14T17:00Z")


def workspace(shell: Shell, recipes: int = 4) -> list[str]:
    shell.fake = FakeWorkato(recipes=recipes, jobs=0)
    return [shell.fake.state.add_job(recipe_id, status="failed")["id"] for recipe_id in shell.fake.state.recipes]


def test_every_job_knows_its_recipe(shell: Shell) -> None:
    jobs = workspace(shell)
    rows = shell.json("jobs", "failed", *SINCE)
    assert sorted(row["id"] for row in rows) == sorted(jobs)
    recipes = shell.fake.state.recipes
    assert {row["recipe_id"]: row["recipe_name"] for row in rows} == {
        one["id"]: one["name"] for one in recipes.values()
    }
    assert all(row["error_parts"]["message"] for row in rows)
    found = [*csv.DictReader(shell("jobs", "failed", *SINCE, "--csv").stdout.splitlines())]
    assert sorted(row["id"] for row in found) == sorted(jobs)
    assert found[0]["recipe_name"]


def test_a_table_has_the_newest_first(shell: Shell) -> None:
    jobs = workspace(shell)
    for number, job_id in enumerate(jobs):
        (job,) = shell.fake.state.jobs[10001 + number].values()
        assert job["id"] == job_id
        job["started_at"] = f"2026-01-15T1{number}:00:00.000Z"
    lines = shell("jobs", "failed", *SINCE).stdout.splitlines()
    assert lines[0].split()[:3] == ["id", "recipe_id", "started_at"]
    assert [line.split()[0] for line in lines[1:]] == [*reversed(jobs)]


def test_recipes_without_activity_are_skipped(shell: Shell) -> None:
    jobs = workspace(shell, 200)
    old = pacific(shell.fake.state.clock.epoch - timedelta(days=9))
    for recipe_id in [*shell.fake.state.recipes][10:]:
        shell.fake.state.recipes[recipe_id]["last_job_started_at"] = old
    rows = shell.json("jobs", "failed", *SINCE)
    assert sorted(row["id"] for row in rows) == sorted(jobs[:10])
    assert shell.sent("recipes.list") == 3
    assert shell.sent("jobs.list") <= 10 + 7
    rows = shell.json("jobs", "failed", *SINCE, "--recipe", 10150, "--recipe", 10002)
    assert sorted(row["id"] for row in rows) == sorted([jobs[149], jobs[1]])


def test_a_recipe_that_fails_is_named_and_the_others_are_listed(shell: Shell) -> None:
    workspace(shell)
    shell.fake.fail("jobs.list", Status(403), times=1)
    result = shell("jobs", "failed", *SINCE, "--json", status=1)
    assert len(result.stdout.splitlines()) == 3
    assert result.stderr.startswith("failed: recipe 1000")
    shell.fake.fail("jobs.list", Status(401), times=1)
    shell("jobs", "failed", *SINCE, status=3)


def test_recipes_by_name(shell: Shell) -> None:
    jobs = workspace(shell)
    name = shell.fake.state.recipes[10002]["name"]
    (row,) = shell.json("jobs", "failed", *SINCE, "--recipe", name.upper())
    assert row["id"] == jobs[1]
    assert [row["id"] for row in shell.json("jobs", "list", name)] == [jobs[1]]
    (row,) = shell.json("jobs", "show", name, jobs[1])
    assert row["id"] == jobs[1]
    rows = shell.json("jobs", "repeat-failed", *SINCE, "--recipe", name, "--recipe", 10003, "--dry-run")
    assert sorted(row["job_id"] for row in rows) == sorted(jobs[1:3])
    for command in (("failed", "--recipe"), ("repeat-failed", "--yes", "--recipe"), ("list",)):
        assert "no recipe is named 'nope'" in shell("jobs", *command, "nope", status=2).stderr


def test_everything_that_is_missing_is_named(shell: Shell) -> None:
    workspace(shell)
    recipes = [{"no": "id"}, *shell.fake.state.recipes.values()]
    for command in ("failed", "repeat-failed"):
        shell.fake.fail("recipes.list", Status(200, json.dumps({"items": recipes})), times=1)
        shell.fake.fail("jobs.list", Status(404), times=1)
        result = shell("jobs", command, *SINCE, *(["--dry-run"] if command == "repeat-failed" else []), status=1)
        assert "failed: recipe 1000" in result.stderr
        assert "failed: list of recipes: 1 of its entries cannot be read" in result.stderr


def test_a_token_that_may_list_no_jobs_is_one_error(shell: Shell) -> None:
    workspace(shell, 30)
    shell.fake.fail("jobs.list", Status(403), times=99)
    result = shell("jobs", "failed", *SINCE, status=1)
    assert result.stderr.count("HTTP 403") == 1
    assert not result.stdout


def test_nothing_failed(shell: Shell) -> None:
    assert shell("jobs", "failed").stderr == "no failed jobs found\n"
    assert "expected a duration" in shell("jobs", "failed", "--since", "x", status=2).stderr


def test_its_output_is_the_input_of_repeat(shell: Shell) -> None:
    jobs = workspace(shell)
    found = shell("jobs", "failed", *SINCE, "--json").stdout
    rows = [
        json.loads(line) for line in shell("jobs", "repeat", "-", "--yes", "--json", stdin=found).stdout.splitlines()
    ]
    assert sorted(row["job_id"] for row in rows) == sorted(jobs)
    assert {row["outcome"] for row in rows} == {"repeated"}
