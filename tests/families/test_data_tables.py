"""Data tables and their records."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.scripted_server import ScriptedSend
from workato_async import (
    BadRequestError,
    InvalidResponseError,
    NotFoundError,
    OperationRefusedError,
    WorkatoSession,
)
from workato_async.api import Api
from workato_async.calls.caller import Caller
from workato_async.http.messages import Response
from workato_async.pages import Page
from workato_async.resources.data_table_records import QUERY
from workato_async.testing import FakeWorkato, Status

if TYPE_CHECKING:
    from workato_async.resources.data_table_records import Record
    from workato_async.resources.data_tables import DataTable

COLUMNS = [
    {"type": "string", "name": "city", "optional": False},
    {"type": "integer", "name": "people", "optional": True},
]


async def cities(workato: WorkatoSession, count: int = 0) -> DataTable:
    table = await workato.data_tables.create(name="Cities", folder_id=2001, schema=COLUMNS)
    bulk = workato.options(priority="bulk")
    for number in range(count):
        await bulk.data_table_records.create(table, document={"city": f"City {number:03}", "people": number})
    return table


async def test_a_table_is_created_changed_and_deleted(workato: WorkatoSession) -> None:
    table = await cities(workato)
    assert [column["name"] for column in table.schema] == ["city", "people"]
    assert len({column["field_id"] for column in table.schema}) == 2
    renamed = [{**table.schema[0], "name": "town"}, *table.schema[1:]]
    changed = await workato.data_tables.update(table, name="Towns", schema=renamed)
    assert (changed.name, changed.folder_id) == ("Towns", 2001)
    assert (await workato.data_tables.get(table.id)) == changed
    assert changed in await workato.data_tables.list(per_page=1).collect()
    await workato.data_tables.delete(changed)
    with pytest.raises(NotFoundError):
        await workato.data_tables.get(table)


async def test_a_column_keeps_its_values_by_its_id(workato: WorkatoSession) -> None:
    table = await cities(workato, 1)
    await workato.data_tables.update(table, schema=[{**table.schema[0], "name": "town"}, COLUMNS[1]])
    record = await workato.data_table_records.query(table).first()
    assert record is not None
    assert record.values == {"town": "City 000", "people": None}


async def test_what_is_no_column_is_invalid(workato: WorkatoSession) -> None:
    for column in ({"name": "city", "type": "text"}, {"type": "string"}):
        with pytest.raises(BadRequestError, match="schema"):
            await workato.data_tables.create(name="Cities", folder_id=2001, schema=[column])


async def test_a_record_is_created_changed_and_deleted(workato: WorkatoSession) -> None:
    table = await cities(workato)
    records = workato.data_table_records
    await records.create(table, document={"city": "Oslo", "people": 1})
    [record] = await records.query(table).collect()
    assert record.values == {"city": "Oslo", "people": 1}
    assert record.extra == {}
    assert record.created_at is not None
    assert record.created_at.tzinfo is not None
    await records.update(table, record, document={"people": 2})
    [record] = await records.query(table.id).collect()
    assert record.values == {"city": "Oslo", "people": 2}
    await records.delete(table, record.id)
    assert await records.query(table).collect() == []
    with pytest.raises(NotFoundError):
        await records.delete(table, record)


async def test_a_table_is_emptied_and_stays(workato: WorkatoSession) -> None:
    table = await cities(workato, 2)
    await workato.data_tables.truncate(table)
    assert await workato.data_table_records.query(table).collect() == []
    assert (await workato.data_tables.get(table)).schema == table.schema


async def test_a_rejection_under_the_wrapper_is_an_error(fake: FakeWorkato, workato: WorkatoSession) -> None:
    table = await cities(workato)
    fake.fail("data_tables.truncate", Status(200, '{"data": {"success": false}}'))
    with pytest.raises(OperationRefusedError):
        await workato.data_tables.truncate(table)


async def test_a_query_is_paged_by_the_token_in_its_body(fake: FakeWorkato, workato: WorkatoSession) -> None:
    table = await cities(workato, 7)
    query = workato.data_table_records.query(table, where={"people": {"$gte": 1}}, order="city", per_page=2)
    pages = [page async for page in query.pages()]
    assert [[record.values["people"] for record in page.items] for page in pages] == [[1, 2], [3, 4], [5, 6]]
    bodies = [json.loads(request.body) for request in fake.requests if request.endpoint == "data_table_records.query"]
    assert bodies[0] == {"where": {"people": {"$gte": 1}}, "order": "city", "limit": 2}
    assert [body.get("continuation_token") for body in bodies] == [None, pages[0].cursor, pages[1].cursor]
    assert all(body["where"] == bodies[0]["where"] for body in bodies)
    resumed = query.from_cursor(pages[1].cursor)
    assert [record.values["people"] for record in await resumed.collect()] == [5, 6]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({"people": {"$eq": 2}}, [2]),
        ({"people": {"$ne": 2}}, [0, 1, 3]),
        ({"people": {"$gt": 1, "$lt": 3}}, [2]),
        ({"people": {"$lte": 1}}, [0, 1]),
        ({"people": {"$in": [0, 3, 9]}}, [0, 3]),
        ({"city": {"$starts_with": "city"}}, []),
        ({"city": {"$starts_with": {"value": "city", "case_sensitive": False}}}, [0, 1, 2, 3]),
        ({"city": {"$eq": {"value": "City 003", "case_sensitive": True}}}, [3]),
        ({"$and": [{"people": {"$gt": 0}}, {"city": {"$ne": "City 002"}}]}, [1, 3]),
        ({"people": {"$gt": 0}, "city": {"$ne": "City 002"}}, [1, 3]),
    ],
)
async def test_the_conditions_of_a_query(workato: WorkatoSession, where: dict[str, Any], found: list[int]) -> None:
    table = await cities(workato, 4)
    records = await workato.data_table_records.query(table, where=where).collect()
    assert [record.values["people"] for record in records] == found


async def test_fields_are_named_by_name_or_id(workato: WorkatoSession) -> None:
    table = await cities(workato, 3)
    field_id = table.schema[1]["field_id"]
    query = workato.data_table_records.query(
        table, select=[field_id], where={f"${field_id}": {"$gt": 0}}, order={"by": "$record_id", "order": "desc"}
    )
    records = await query.collect()
    assert [set(record.values) for record in records] == [{"people"}] * 2
    assert [record.id for record in records] == sorted((record.id for record in records), reverse=True)
    with pytest.raises(BadRequestError):
        await workato.data_table_records.query(table, where={"mayor": {"$eq": "x"}}).collect()
    with pytest.raises(BadRequestError):
        await workato.data_table_records.query(table, where={"city": {"$like": "x"}}).collect()


async def test_a_datetime_in_a_condition_is_sent_as_text(fake: FakeWorkato, workato: WorkatoSession) -> None:
    table = await cities(workato)
    time = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    await workato.data_table_records.query(table, where={"$created_at": {"$gte": time}}).collect()
    assert json.loads(fake.requests[-1].body)["where"] == {"$created_at": {"$gte": "2026-03-04T05:06:07Z"}}


async def test_links_to_files(workato: WorkatoSession) -> None:
    [table, *_] = await workato.data_tables.list().collect()
    receipt = next(column["field_id"] for column in table.schema if column["type"] == "file")
    assert await workato.data_table_records.file_upload(table, receipt)
    with pytest.raises(NotFoundError):
        await workato.data_table_records.file_upload(table, table.schema[0]["field_id"])


async def test_a_delete_whose_response_was_lost_is_done(fake: FakeWorkato, workato: WorkatoSession) -> None:
    table = await cities(workato, 1)
    record = await workato.data_table_records.query(table).first()
    assert record is not None
    fake.fail("data_table_records.delete", Status(502, processed=True))
    await workato.data_table_records.delete(table, record)
    assert fake.sent("data_table_records.delete") == 2


# --- the shape of a page of records

META = ["$record_id", "$created_at", "$updated_at"]
TIMES = ["2026-01-02T03:04:05.678Z", "2026-01-02T04:04:05.678+01:00"]
TIME = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)


async def records_of(tree: Any) -> list[Record]:
    send = ScriptedSend(Response(200, json.dumps(tree).encode()))
    return await Api(Caller(send, 45.0)).data_table_records.query("a-table").collect()


@pytest.mark.parametrize("named", [True, False], ids=["objects", "names"])
@pytest.mark.parametrize("token", [{}, {"continuation_token": None}, {"continuation_token": ""}])
async def test_values_are_put_to_their_names(named: bool, token: dict[str, Any]) -> None:
    schema = [[{"name": name, "type": "x"} if named else name for name in part] for part in (META, ["a", "b"])]
    rows = [[["r1", *TIMES], [1, None]], [["r2", *TIMES], ["x", [2]]]]
    first, second = await records_of({"schema": schema, "data": rows, "count": 2, "limit": 200, **token})
    assert (first.id, first.values) == ("r1", {"a": 1, "b": None})
    assert (second.id, second.values) == ("r2", {"a": "x", "b": [2]})
    assert (first.created_at, first.updated_at) == (TIME, TIME)


async def test_what_else_the_server_says_of_a_record_is_kept() -> None:
    schema = [["$version", *META[::-1]], ["a"]]
    [record] = await records_of({"schema": schema, "data": [[[7, None, TIMES[0], "r1"], ["x"]]]})
    assert record.extra == {"$version": 7}
    assert (record.id, record.created_at, record.updated_at) == ("r1", TIME, None)


@pytest.mark.parametrize(
    "tree",
    [
        {"schema": None, "data": []},
        {"data": []},
        {"schema": [META, ["a"]], "data": [[[5, "2026-01-02T03:04:05", None], ["x"]]], "continuation_token": 0},
    ],
)
async def test_liberties_that_are_taken_with_a_page(tree: dict[str, Any]) -> None:
    for record in await records_of(tree):
        assert (record.id, record.created_at) == ("5", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))


async def test_a_page_that_strict_decoding_rejects_still_leads_to_the_next() -> None:
    schema = [META, ["a"]]
    pages: list[dict[str, Any]] = [
        {"schema": schema, "data": [[["r1", *TIMES], ["x"]]], "continuation_token": 17},
        {"schema": schema, "data": [[["r2", *TIMES], ["y"]]]},
    ]
    send = ScriptedSend(*(Response(200, json.dumps(page).encode()) for page in pages))
    records = await Api(Caller(send, 45.0)).data_table_records.query("a-table").collect()
    assert [record.id for record in records] == ["r1", "r2"]
    assert json.loads(send.requests[1].body or b"")["continuation_token"] == "17"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("data", "schema", "path"),
    [
        ([[["r1", *TIMES], [1]]], [META, [{"type": "x"}]], "$.schema"),
        ([[["r1", *TIMES], [1]]], [META], "$.schema"),
        ({}, [META, ["a"]], "$.data"),
    ],
)
async def test_a_page_that_does_not_fit_its_schema_is_an_error(data: Any, schema: Any, path: str) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        await records_of({"schema": schema, "data": data})
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("row", "schema"),
    [
        ([["r1", *TIMES], [1, 2]], [META, ["a"]]),
        ([["r2"], [1]], [META, ["a"]]),
        ([["r1", *TIMES]], [META, ["a"]]),
        ([[1], [1]], [["$version"], ["a"]]),
        ({"a": 1}, [META, ["a"]]),
        (None, [META, ["a"]]),
    ],
)
async def test_a_row_that_does_not_fit_its_schema_costs_no_other(row: Any, schema: Any) -> None:
    tree = {"schema": schema, "data": [row] if "$version" in schema[0] else [[["r0", *TIMES], [1]], row]}
    page = Page.from_json(QUERY, json.dumps(tree).encode())
    assert [record.id for record in page.items] == ["r0"] * (len(tree["data"]) - 1)
    [item] = page.unreadable
    index = len(tree["data"]) - 1
    assert (item.index, item.path, json.loads(item.raw)) == (index, f"$.data[{index}]", row)


async def test_an_odd_time_of_a_record_costs_no_record() -> None:
    [record] = await records_of({"schema": [META, ["a"]], "data": [[["r1", "soon", None], [1]]]})
    assert (record.id, record.created_at, record.values) == ("r1", None, {"a": 1})
    assert record.extra["$created_at"] == "soon"
