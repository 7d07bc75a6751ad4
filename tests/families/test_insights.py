"""Insights: tables, schema, queries as rows and as files."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from workato_async import (
    BadRequestError,
    ConfigurationError,
    InvalidResponseError,
    OperationRefusedError,
    RetryPolicy,
    WorkatoSession,
)
from workato_async.blocking import Workato
from workato_async.resources.insights import InsightsTable
from workato_async.testing import FakeWorkato, Reset, Status

RECIPES = "select id, name from workato_data.public.recipes order by id"
ROWS = [{"id": 1, "name": "a"}, {"id": 2, "name": None}]

JSON_FORMS: dict[str, Any] = {
    "data": {"data": ROWS},
    "result": {"result": ROWS},
    "bare": ROWS,
    "rows and columns": {"columns": ["id", "name"], "rows": [[1, "a"], [2, None]]},
    "columns as objects": {"columns": [{"name": "id", "type": "int"}, {"name": "name"}], "rows": [[1, "a"], [2, None]]},
    "columns named otherwise": {
        "schema": [{"column_name": "id"}, {"column_name": "name"}],
        "data": [[1, "a"], [2, None]],
    },
    "header": {"header": ["id", "name"], "data": [[1, "a"], [2, None]]},
    "header as first row": [["id", "name"], [1, "a"], [2, None]],
    "rows within data": {"data": {"columns": ["id", "name"], "rows": [[1, "a"], [2, None]]}},
    "columns outside": {"columns": ["id", "name"], "result": {"rows": [[1, "a"], [2, None]]}},
    "objects beside columns": {"columns": ["id", "name"], "rows": ROWS, "row_count": 2},
    "deep": {"result": {"data": {"results": ROWS}}},
}


def respond(fake: FakeWorkato, body: Any, content_type: str = "application/json") -> None:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    fake.fail("insights.query", Status(200, text, content_type=content_type), times=5)


async def test_tables_and_their_schema(workato: WorkatoSession) -> None:
    tables = await workato.insights.tables()
    assert [table.name for table in tables] == [
        f"workato_data.public.{t}" for t in ("recipes", "jobs", "connections", "projects")
    ]
    assert await workato.insights.tables(catalog="another") == []
    schema = await workato.insights.schema([tables[0], "workato_data.public.jobs"])
    assert [entry["table"] for entry in schema["data"]] == [tables[0].name, tables[1].name]
    assert {"name": "running", "type": "BOOLEAN"} in schema["data"][0]["columns"]


@pytest.mark.parametrize("tables", [[], ["t"] * 21, "workato_data.public.jobs", [""], [1], 7])
async def test_tables_without_a_name_are_not_sent(workato: WorkatoSession, fake: FakeWorkato, tables: Any) -> None:
    with pytest.raises(ConfigurationError):
        await workato.insights.schema(tables)
    assert fake.requests == []


@pytest.mark.parametrize(
    "body",
    [
        [{"catalog": "workato_data", "schema": "public", "table": "jobs"}],
        {"data": [{"catalog_name": "workato_data", "schema_name": "public", "table_name": "jobs"}]},
        {"result": [{"table_catalog": "workato_data", "table_schema": "public", "name": "jobs"}]},
        {"tables": ["workato_data.public.jobs"]},
        {"columns": ["catalog", "schema", "table"], "rows": [["workato_data", "public", "jobs"]]},
        [["catalog", "schema", "table"], ["workato_data", "public", "jobs"]],
        ["workato_data.public.jobs"],
    ],
)
async def test_tables_in_any_form(fake: FakeWorkato, workato: WorkatoSession, body: Any) -> None:
    fake.fail("insights.tables", Status(200, json.dumps(body)))
    [table] = await workato.insights.tables()
    assert table == InsightsTable(catalog="workato_data", schema="public", table="jobs")
    assert table.name == "workato_data.public.jobs"


async def test_what_else_is_known_of_a_table_is_kept(fake: FakeWorkato, workato: WorkatoSession) -> None:
    fake.fail("insights.tables", Status(200, '{"data": [{"table": "jobs", "description": "Runs", "rows": 7}]}'))
    [table] = await workato.insights.tables()
    assert (table.name, table.extra) == ("jobs", {"description": "Runs", "rows": 7})


async def test_tables_that_cannot_be_understood(fake: FakeWorkato, workato: WorkatoSession) -> None:
    fake.fail("insights.tables", Status(200, '{"hint": "see the documentation"}'))
    with pytest.raises(InvalidResponseError, match="without rows") as caught:
        await workato.insights.tables()
    assert caught.value.body == b'{"hint": "see the documentation"}'


async def test_rows_in_three_ways(fake: FakeWorkato, workato: WorkatoSession) -> None:
    query = workato.insights.query(RECIPES)
    assert fake.requests == [], "nothing is sent before somebody asks"
    expected = [{"id": recipe["id"], "name": recipe["name"]} for recipe in fake.state.recipes.values()]
    assert await query == expected
    assert [row async for row in query] == expected
    assert await query.collect(limit=2) == expected[:2]
    assert await query.first() == expected[0]
    assert await query.collect(limit=0) == []
    assert fake.sent("insights.query") == 4
    assert all(request.json == {"query": RECIPES, "format": "json"} for request in fake.requests)
    assert await workato.insights.query("select 1 where false").first() is None
    assert await workato.insights.query("select 1 where false") == []


@pytest.mark.parametrize("form", JSON_FORMS)
async def test_json_in_any_form(fake: FakeWorkato, workato: WorkatoSession, form: str, tmp_path: Path) -> None:
    respond(fake, JSON_FORMS[form])
    assert await workato.insights.query("select") == ROWS
    saved = await workato.insights.query("select").save(tmp_path / "rows.csv")
    assert saved.read_bytes() == b"id,name\r\n1,a\r\n2,\r\n"
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        ('{"id": 1}\n{"id": 2, "x": null}\n', [{"id": 1}, {"id": 2, "x": None}]),
        ('\ufeff {"data": [{"id": 1}]}', [{"id": 1}]),
        ('{"data": [{"id": NaN, "name": "\\ud800"}]}', [{"id": None, "name": "\ufffd"}]),
        (b'[{"name": "\xff"}]', [{"name": "\ufffd"}]),
        ('{"data": "id,name\\r\\n1,a\\r\\n"}', [{"id": "1", "name": "a"}]),
        ('{"columns": ["id", "id", "id_2"], "rows": [[1, 2, 3]]}', [{"id": 1, "id_2": 2, "id_2_2": 3}]),
        ('{"data": [], "columns": ["id"]}', []),
        ('{"data": [{"error": "of a job"}], "error": null, "errors": []}', [{"error": "of a job"}]),
        (" id, name\n1,a\n", [{" id": "1", " name": "a"}]),
        ("[]", []),
        (
            '{"data": [{"big": 123456789012345678901234567890, "deep": {"a": [1]}}]}',
            [{"big": 123456789012345678901234567890, "deep": {"a": [1]}}],
        ),
        ("id,name\n1,a\n2,\n", [{"id": "1", "name": "a"}, {"id": "2", "name": ""}]),
        ('id,name\r\n1,"a, ""b""\r\nc"\r\n', [{"id": "1", "name": 'a, "b"\r\nc'}]),
        ("\ufeffid,name\n", []),
        ("count\n", []),
        ("name\na\n\nb\n", [{"name": "a"}, {"name": ""}, {"name": "b"}]),
        ("id,name\n1,a\n\n", [{"id": "1", "name": "a"}]),
        ("id,id\n1,2", [{"id": "1", "id_2": "2"}]),
        ('"id"\n"1"\n', [{"id": "1"}]),
        (b"name,x\n\xff,1\n", [{"name": "\ufffd", "x": "1"}]),
        ("true,x\nfalse,007\n", [{"true": "false", "x": "007"}]),
    ],
)
async def test_other_forms(fake: FakeWorkato, workato: WorkatoSession, body: str | bytes, rows: list[Any]) -> None:
    respond(fake, body, "text/plain")
    assert await workato.insights.query("select") == rows


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("OK", "one word"),
        ("null", "one word"),
        ("Service is down", "one word"),
        ("Sorry, an error occurred", "one word"),
        ("Sorry, the query took too long\n", "one word"),
        ('{"error": "syntax error"}', "an error under 'error'"),
        ('{"data": [], "error": "syntax error"}', "an error under 'error'"),
        ('{"errors": [{"title": "syntax error"}], "data": []}', "an error under 'errors'"),
        ('{"result": {"rows": [], "columns": ["id"], "error": {"message": "no"}}}', "an error under 'error'"),
        ("<html><body>Log in</body></html>", "HTML page"),
        ("<error>no</error>", "neither CSV nor JSON"),
        (b"PK\x03\x04,\x00", "neither CSV nor JSON"),
        ('{"message": "queued"}', "without rows"),
        ('{"data": null}', "without rows"),
        ('{"data": 7}', "without rows"),
        (f'{{"data": [{"[" * 20000}{"]" * 20000}]}}', "nested too deep"),
        ('{"data": [1, 2]}', "row 1 is neither"),
        ('{"data": [[1, 2], [3, 4]]}', "names of their columns"),
        ('{"columns": ["id"], "rows": [[1], [1, 2]]}', "row 2 has 2 values for 1 columns"),
        ('{"data": [{"id": 1}', "neither CSV nor JSON"),
        ("id,name\n1,a\n2\n", "row 3 has 1 values for 2 columns"),
        ('id,name\n1,"a\n', "is not CSV"),
    ],
)
@pytest.mark.parametrize("how", ["rows", "file"])
async def test_what_cannot_be_understood(
    fake: FakeWorkato, workato: WorkatoSession, body: str | bytes, problem: str, how: str, tmp_path: Path
) -> None:
    """Short ones are found while the call can be retried; a file with a mistake further down is found then, too."""
    respond(fake, body, "text/plain")
    target = tmp_path / "rows.csv"
    target.write_text("before")
    with pytest.raises(InvalidResponseError, match=problem) as caught:
        await (workato.insights.query("select") if how == "rows" else workato.insights.query("select").save(target))
    error = caught.value
    assert error.body == (body.encode() if isinstance(body, str) else body)
    assert (error.endpoint, error.request_path, error.status) == (
        "POST /api/insights/v1/query",
        "/api/insights/v1/query",
        200,
    )
    assert error.correlation_ids
    assert "write" not in str(error), "it is a read"
    assert target.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]


async def test_a_mistake_far_down_leaves_no_file(fake: FakeWorkato, workato: WorkatoSession, tmp_path: Path) -> None:
    rows = [{"id": number, "text": "x" * 50} for number in range(5000)]
    respond(fake, {"data": [*rows, 7]})
    with pytest.raises(InvalidResponseError, match="row 5001") as caught:
        await workato.insights.query("select").save(tmp_path / "rows.csv")
    assert caught.value.body.startswith(b'{"data": [{"id": 0,')
    assert len(caught.value.body) == 64 * 1024
    assert caught.value.correlation_ids
    read = []
    with pytest.raises(InvalidResponseError, match="row 5001"):
        async for row in workato.insights.query("select"):
            read.append(row)
    assert read == rows[: len(read)]
    assert list(tmp_path.iterdir()) == []


async def test_the_columns_of_a_file_are_those_of_all_rows(
    fake: FakeWorkato, workato: WorkatoSession, tmp_path: Path
) -> None:
    rows: list[dict[str, Any]] = [{"id": number} for number in range(2000)]
    respond(fake, [*rows, {"late": True, "deep": {"a": ["ä"]}, "text": 'a,"b"\n', "none": None}])
    saved = await workato.insights.query("select").save(tmp_path / "rows.csv")
    found = list(csv.DictReader(io.StringIO(saved.read_bytes().decode(), newline="")))
    assert [row["id"] for row in found] == [*map(str, range(2000)), ""]
    assert found[-1] == {"id": "", "late": "true", "deep": '{"a": ["ä"]}', "text": 'a,"b"\n', "none": ""}


async def test_csv_goes_to_the_file_as_it_came(fake: FakeWorkato, workato: WorkatoSession, tmp_path: Path) -> None:
    body = "id,name\r\n" + "".join(f"{number},{'x' * 100}\r\n" for number in range(2000))
    respond(fake, body, "text/csv")
    saved = await workato.insights.query("select").save(tmp_path / "rows.csv")
    assert saved.read_bytes() == body.encode()
    assert fake.requests[-1].json == {"query": "select", "format": "csv"}


async def test_a_file_of_the_fake(fake: FakeWorkato, workato: WorkatoSession, tmp_path: Path) -> None:
    saved = await workato.insights.query(RECIPES).save(str(tmp_path / "rows.csv"))
    text = io.StringIO(saved.read_bytes().decode(), newline="")
    assert list(csv.DictReader(text)) == [
        {"id": str(recipe["id"]), "name": recipe["name"]} for recipe in fake.state.recipes.values()
    ]


async def test_a_file_that_is_too_large(fake: FakeWorkato, workato: WorkatoSession, tmp_path: Path) -> None:
    respond(fake, "id\n" + "1\n" * 1000, "text/csv")
    with pytest.raises(InvalidResponseError, match="exceeds 100 bytes"):
        await workato.insights.query("select").save(tmp_path / "rows.csv", max_bytes=100)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ConfigurationError, match="cannot be written"):
        await workato.insights.query("select").save(tmp_path / "missing" / "rows.csv")


async def test_a_very_long_value_of_csv(fake: FakeWorkato, workato: WorkatoSession) -> None:
    respond(fake, f"id,code\n1,{'x' * 200_000}\n", "text/csv")
    with pytest.raises(InvalidResponseError, match=r"line 2 is not CSV.*csv\.field_size_limit"):
        await workato.insights.query("select")
    limit = csv.field_size_limit(10**9)
    try:
        [row] = await workato.insights.query("select")
    finally:
        csv.field_size_limit(limit)
    assert len(row["code"]) == 200_000


@pytest.mark.parametrize("how", ["rows", "file"])
async def test_a_lost_response_is_asked_for_again(
    fake: FakeWorkato, workato: WorkatoSession, how: str, tmp_path: Path
) -> None:
    fake.fail("insights.query", Reset())
    fake.fail("insights.query", Status(503))
    query = workato.options(retry=RetryPolicy(base=0)).insights.query("select 7 as seven")
    if how == "rows":
        assert await query == [{"seven": 7}]
    else:
        assert (await query.save(tmp_path / "rows.csv")).read_bytes() == b"seven\r\n7\r\n"
    assert fake.sent("insights.query") == 3


async def test_garbage_is_asked_for_again_once_the_host_is_known(fake: FakeWorkato, workato: WorkatoSession) -> None:
    patient = workato.options(retry=RetryPolicy(base=0))
    fake.fail("insights.query", Status(200, '{"queued": true}'))
    with pytest.raises(InvalidResponseError):
        await patient.insights.query("select 1 as one")
    assert await patient.insights.query("select 1 as one") == [{"one": 1}]
    fake.fail("insights.query", Status(200, '{"queued": true}'))
    assert await patient.insights.query("select 1 as one") == [{"one": 1}]
    assert fake.sent("insights.query") == 4


async def test_what_is_rejected(fake: FakeWorkato, workato: WorkatoSession) -> None:
    for sql in ("delete from recipes", "select * from nothing", "select 1; select 2", "drop table jobs", "nonsense"):
        with pytest.raises(BadRequestError, match="Invalid query") as caught:
            await workato.insights.query(sql)
        assert "client role" not in str(caught.value), "the SQL is what is wrong"
    with pytest.raises(BadRequestError, match="interrupted"):
        await workato.insights.query(
            "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"
        )
    respond(fake, {"success": False, "message": "No privilege"})
    with pytest.raises(OperationRefusedError, match="No privilege"):
        await workato.insights.query("select 1")


@pytest.mark.parametrize("sql", ["", "  ", 7, None, b"select"])
def test_what_is_no_query(sql: Any) -> None:
    with pytest.raises(ConfigurationError, match="sql"):
        WorkatoSession("token").insights.query(sql)


@pytest.mark.parametrize("limit", [-1, True, 1.5, "1"])
async def test_what_is_no_limit(workato: WorkatoSession, limit: Any) -> None:
    with pytest.raises(ConfigurationError, match="limit"):
        await workato.insights.query("select 1").collect(limit=limit)


async def test_an_iteration_may_end_early(fake: FakeWorkato, workato: WorkatoSession) -> None:
    respond(fake, {"data": [{"id": number, "text": "x" * 100} for number in range(3000)]})
    rows = aiter(workato.insights.query("select"))
    assert (await anext(rows))["id"] == 0
    assert (await anext(rows))["id"] == 1
    await rows.aclose()
    reading = asyncio.create_task(workato.insights.query("select").collect())
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading


def test_a_query_has_the_shape_that_a_blocking_face_wraps() -> None:
    query = WorkatoSession("token").insights.query("select 1\n  from recipes")
    assert all(asyncio.iscoroutinefunction(getattr(query, name)) for name in ("collect", "first", "save"))
    assert hasattr(query, "__await__")
    assert hasattr(query, "__aiter__")
    assert repr(query) == "<InsightsQuery 'select 1 from recipes'>"
    with pytest.raises(TypeError):
        iter(query)  # type: ignore[call-overload]


def test_without_await(tmp_path: Path) -> None:
    with FakeWorkato(recipes=3, jobs=0) as fake, Workato("a-token", base_url=fake.url) as workato:
        query = workato.insights.query(RECIPES)
        rows = query.collect()
        assert [row["id"] for row in rows] == list(fake.state.recipes)
        assert list(query) == rows
        assert query.first() == rows[0]
        assert query.save(tmp_path / "rows.csv").read_text().startswith("id,name\n")
        assert [table.table for table in workato.insights.tables()] == ["recipes", "jobs", "connections", "projects"]
