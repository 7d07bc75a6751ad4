"""``usage``."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.conftest import Shell
from workato_async.cli import usage_output
from workato_async.cli.usage_output import last_full_month
from workato_async.testing import FakeWorkato, Status


@pytest.fixture
def shell(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    shell.fake = FakeWorkato(recipes=4, jobs=40)
    monkeypatch.setattr(usage_output, "KEPT", timedelta(days=36_500))  # the months of these tests become old
    return shell


def test_a_line_for_each_recipe(shell: Shell) -> None:
    result = shell("usage", "--month", "2026-01")
    header, first, second = (line.split() for line in result.stdout.splitlines())
    assert header == ["name", "jobs", "task_count", "id"]
    assert (first[-3], first[-1]) == ("20", "10001")
    assert (second[-3], second[-1]) == ("20", "10003")
    tasks = int(first[-2]) + int(second[-2])
    assert result.stderr == f"2026-01 (UTC): 40 jobs, task_count {tasks}\n"


def test_by_project_as_json_and_csv(shell: Shell) -> None:
    [found] = shell.json("usage", "--month", "2026-01", "--by", "project")
    assert found == {"month": "2026-01", "id": 301, "name": "Sales", "jobs": 40, "task_count": found["task_count"]}
    header, line = shell("usage", "--month", "2026-01", "--by", "project", "--csv").stdout.splitlines()
    assert header == "month,id,name,jobs,task_count"
    assert line == f"2026-01,301,Sales,40,{found['task_count']}"


def test_the_last_full_month_is_the_default(shell: Shell) -> None:
    month = last_full_month()
    now = datetime.now(UTC)
    assert month == f"{(now.replace(day=1) - timedelta(days=1)):%Y-%m}"
    assert f"no jobs started in {month}" in shell("usage").stderr
    assert "so far" in shell("usage", "--month", f"{now:%Y-%m}").stderr


@pytest.mark.parametrize("output", ["--json", "--csv"])
def test_what_insights_no_longer_has_is_not_nothing(shell: Shell, output: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage_output, "KEPT", timedelta(days=365))
    old = datetime.now(UTC) - timedelta(days=365)
    result = shell("usage", "--month", "2001-01", status=1)
    assert "incomplete: Insights keeps the jobs of the last 365 days, and all of 2001-01 is older" in result.stderr
    result = shell("usage", "--month", f"{old:%Y-%m}", output, status=1)
    assert f"a part of {old:%Y-%m} is older" in result.stderr
    shell("usage", "--month", f"{old + timedelta(days=32):%Y-%m}", output)


def test_without_metrics_it_says_so(shell: Shell) -> None:
    columns = [{"name": "recipe_id"}, {"name": "recipe_name"}, {"name": "started_at"}]
    shell.fake.fail("insights.schema", Status(200, json.dumps(columns)))
    shell.fake.fail("insights.query", Status(200, json.dumps([{"id": 1, "name": "A", "jobs": 3}])))
    result = shell("usage", "--month", "2026-01")
    assert result.stdout.splitlines()[1].split() == ["A", "3", "1"]
    assert "only jobs are counted" in result.stderr


def test_a_workspace_without_insights(shell: Shell) -> None:
    shell.fake.fail("insights.schema", Status(403, '{"message": "Forbidden"}'))
    assert "Monthly usage needs Insights" in shell("usage", status=1).stderr


@pytest.mark.parametrize("arguments", [("--by", "folder"), ("--month", "October")])
def test_what_is_not_valid_is_a_usage_error(shell: Shell, arguments: tuple[str, ...]) -> None:
    shell("usage", *arguments, status=2)
    assert shell.fake.requests == []
