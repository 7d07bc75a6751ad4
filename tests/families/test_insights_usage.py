"""Monthly usage from Insights."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from workato_async import (
    BadRequestError,
    ConfigurationError,
    InvalidResponseError,
    NotFoundError,
    PermissionDeniedError,
    WorkatoSession,
)
from workato_async.blocking import Workato
from workato_async.resources.insights.usage import columns_in
from workato_async.testing import FakeWorkato, Status

if TYPE_CHECKING:
    from collections.abc import Iterable

JOBS = "workato_data.public.jobs"
NOW = datetime(2026, 11, 2, tzinfo=UTC)


@pytest.fixture
async def fake() -> Any:
    async with FakeWorkato(recipes=6, jobs=900, now=NOW) as fake:
        yield fake


def jobs_of(fake: FakeWorkato, month: str) -> list[dict[str, Any]]:
    return [
        job
        for recipe in fake.state.recipes
        for job in fake.state.jobs[recipe].values()
        if job["started_at"][:7] == month
    ]


def describe(fake: FakeWorkato, names: Iterable[str]) -> None:
    columns = [{"name": name, "type": "VARCHAR" if name.endswith("_at") else "BIGINT"} for name in names]
    fake.fail("insights.schema", Status(200, json.dumps({"data": [{"table": JOBS, "columns": columns}]})))


def queries(fake: FakeWorkato) -> list[str]:
    return [json.loads(request.body)["query"] for request in fake.requests if request.endpoint == "insights.query"]


async def test_usage_of_a_month_by_recipe(workato: WorkatoSession, fake: FakeWorkato) -> None:
    report = await workato.insights.usage(month="2026-10")
    expected = jobs_of(fake, "2026-10")
    assert 0 < len(expected) < 900  # the month has a beginning and an end here
    assert report.jobs == len(expected)
    assert (report.month, report.by, report.metrics) == ("2026-10", "recipe", ("task_count",))
    assert (report.since, report.until) == (datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
    succeeded = sum(job["status"] == "succeeded" for job in expected)
    assert report.totals == {"task_count": 3 * succeeded}
    for row in report.rows:
        assert isinstance(row.id, int)
        assert row.name == fake.state.recipes[row.id]["name"]
        assert row.jobs == sum(job["recipe_id"] == row.id for job in expected)
    counts = [row.metrics["task_count"] for row in report.rows]
    assert counts == sorted(counts, reverse=True)
    assert [request.endpoint for request in fake.requests] == ["insights.schema", "insights.schema", "insights.query"]


async def test_the_months_of_all_jobs_add_up(workato: WorkatoSession, fake: FakeWorkato) -> None:
    october, november = [await workato.insights.usage(month=date(2026, month, 17)) for month in (10, 11)]
    assert october.jobs == len(jobs_of(fake, "2026-10"))
    assert november.jobs == len(jobs_of(fake, "2026-11"))
    assert october.jobs + november.jobs == 900
    assert (await workato.insights.usage(month="2026-12")).rows == ()
    assert (await workato.insights.usage(month="2026-12")).until == datetime(2027, 1, 1, tzinfo=UTC)


async def test_usage_by_project(workato: WorkatoSession, fake: FakeWorkato) -> None:
    report = await workato.insights.usage(month="2026-10", by="project")
    projects = {project["id"]: project["name"] for project in fake.state.projects.values()}
    assert {row.id: row.name for row in report.rows}.items() <= projects.items()
    of_recipe = {recipe["id"]: recipe["project_id"] for recipe in fake.state.recipes.values()}
    for row in report.rows:
        assert row.jobs == sum(of_recipe[job["recipe_id"]] == row.id for job in jobs_of(fake, "2026-10"))
    assert fake.sent("insights.schema") == 3
    assert json.loads(report.to_json())["rows"][0]["metrics"]["task_count"] == report.rows[0].metrics["task_count"]


async def test_columns_that_jobs_have_need_no_other_table(workato: WorkatoSession, fake: FakeWorkato) -> None:
    columns = ("recipe_id", "recipe_name", "project_id", "project_name", "started_at", "credits", "task_note")
    for by in ("recipe", "project"):
        describe(fake, columns)
        rows = [
            {"ID": "7", "Name": "A", "Jobs": "12", "CREDITS": "1.5"},
            {"ID": None, "Name": "", "Jobs": 1, "CREDITS": None},
        ]
        fake.fail("insights.query", Status(200, json.dumps({"data": rows})))
        report = await workato.insights.usage(month="2026-10", by=by)
        assert [(row.id, row.name, row.jobs, row.metrics) for row in report.rows] == [
            (7, "A", 12, {"credits": 1.5}),
            (None, None, 1, {"credits": 0}),
        ]
        assert "join" not in queries(fake)[-1]
        assert f"j.{by}_id as id" in queries(fake)[-1]


async def test_without_a_metric_only_jobs_are_counted(workato: WorkatoSession, fake: FakeWorkato) -> None:
    describe(fake, ("recipe_id", "completed_at"))
    report = await workato.insights.usage(month="2026-10")
    assert report.metrics == ()
    assert report.jobs
    assert {tuple(row.metrics) for row in report.rows} == {()}


@pytest.mark.parametrize(
    ("kind", "literal"),
    [
        ("timestamp", "timestamp '2026-10-01 00:00:00'"),
        ("TIMESTAMP(3)", "timestamp '2026-10-01 00:00:00'"),
        ("timestamp(3) with time zone", "timestamp '2026-10-01 00:00:00 UTC'"),
        ("timestamp without time zone", "timestamp '2026-10-01 00:00:00'"),
        ("varchar", "'2026-10-01T00:00:00Z'"),
        ("date", "date '2026-10-01'"),
        ("", "timestamp '2026-10-01 00:00:00'"),
    ],
)
async def test_times_are_written_as_the_column_has_them(
    workato: WorkatoSession, fake: FakeWorkato, kind: str, literal: str
) -> None:
    columns = [{"column_name": "started_at", "data_type": kind}, {"column_name": "recipe_id"}]
    fake.fail("insights.schema", Status(200, json.dumps(columns)))
    fake.fail("insights.query", Status(200, "[]"))
    await workato.insights.usage(month="2026-10")
    assert f"where j.started_at >= {literal} and" in queries(fake)[0]


@pytest.mark.parametrize("names", [("recipe_id", "task_count"), ("started_at", "task_count"), ()])
async def test_a_workspace_without_the_columns(
    workato: WorkatoSession, fake: FakeWorkato, names: tuple[str, ...]
) -> None:
    describe(fake, names)
    with pytest.raises(InvalidResponseError, match=f"{JOBS} lacks the columns for usage by recipe"):
        await workato.insights.usage(month="2026-10")
    assert fake.sent("insights.query") == 0


@pytest.mark.parametrize(
    ("status", "error"), [(403, PermissionDeniedError), (404, NotFoundError), (400, BadRequestError)]
)
async def test_a_workspace_without_insights(
    workato: WorkatoSession, fake: FakeWorkato, status: int, error: type[Exception]
) -> None:
    fake.fail("insights.schema", Status(status, '{"message": "No"}'))
    with pytest.raises(error, match=r"Monthly usage needs Insights.*cannot stand in for it"):
        await workato.insights.usage(month="2026-10")


async def test_names_may_be_missing(workato: WorkatoSession, fake: FakeWorkato) -> None:
    fake.fail("insights.schema", Status(403, '{"message": "No"}'), after=1)
    report = await workato.insights.usage(month="2026-10")
    assert {row.name for row in report.rows} == {None}
    assert report.jobs == len(jobs_of(fake, "2026-10"))


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "10/2026", "", None, 202610, "9999-12", "0000-01"])
async def test_a_month_is_a_month(workato: WorkatoSession, fake: FakeWorkato, month: Any) -> None:
    with pytest.raises(ConfigurationError, match="month"):
        await workato.insights.usage(month=month)
    assert fake.requests == []


@pytest.mark.parametrize("by", ["folder", None])
async def test_usage_is_by_recipe_or_project(workato: WorkatoSession, by: Any) -> None:
    with pytest.raises(ConfigurationError, match="'project'"):
        await workato.insights.usage(month="2026-10", by=by)


@pytest.mark.parametrize(
    "response",
    [
        {"data": [{"table": JOBS, "columns": ["id", "started_at"]}]},
        {"data": [{"table": JOBS, "columns": [{"name": "id"}, {"name": "started_at"}]}]},
        {"data": [{"name": JOBS, "columns": [{"column_name": "ID"}, {"column_name": "STARTED_AT"}]}]},
        {"columns": ["table_name", "column_name"], "rows": [[JOBS, "id"], [JOBS, "started_at"]]},
        [["table_name", "column_name", "type"], [JOBS, "id", "BIGINT"], [JOBS, "started_at", "TIMESTAMP"]],
        [{"table": JOBS, "column": "id"}, {"table": JOBS, "column": "started_at"}],
        {"result": {JOBS: ["id", "started_at"]}},
        {JOBS: {"columns": {"id": "BIGINT", "started_at": "TIMESTAMP"}}},
        {"table": JOBS, "columns": ["id", "started_at"]},
        ["id", "started_at", "x; drop table y"],
    ],
)
def test_columns_in_many_forms(response: Any) -> None:
    assert list(dict(columns_in(response))) == ["id", "started_at"]


def test_it_works_without_await() -> None:
    with FakeWorkato(recipes=2, jobs=5, now=NOW) as fake, Workato("a-token", base_url=fake.url) as workato:
        assert workato.insights.usage(month="2026-11").totals["task_count"] == 3 * sum(
            job["status"] == "succeeded" for job in jobs_of(fake, "2026-11")
        )
