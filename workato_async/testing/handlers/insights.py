"""Insights: SQL over the fake's data. No source shows a response of Workato; the shapes here are our own."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from workato_async.testing.call import Call, FakeResponse, error_response, handles, invalid, missing
from workato_async.testing.family import listed_of
from workato_async.testing.shapes import data
from workato_async.testing.state.jobs import TASKS_PER_JOB

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workato_async.endpoint import JsonObject
    from workato_async.testing.state import State

PREFIX = "workato_data.public."
MOST_TABLES = 20
_MOST_STEPS = 10_000_000
"""Instructions of SQLite that one query may take."""
_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
_COLUMNS: dict[str, tuple[str, ...]] = {
    "recipes": ("id", "name", "folder_id", "project_id", "running", "created_at", "updated_at", "last_run_at"),
    "jobs": (
        "id",
        "recipe_id",
        "status",
        "title",
        "error",
        "started_at",
        "completed_at",
        "master_job_id",
        "task_count",
    ),
    "connections": ("id", "name", "application", "folder_id", "authorization_status", "created_at", "updated_at"),
    "projects": ("id", "name", "description", "folder_id"),
}
_TIME = "TIMESTAMP"
_TEXTS = {"name", "status", "title", "error", "master_job_id", "application", "authorization_status", "description"}
_LITERAL = re.compile(rf"\b{_TIME}\s+(?=')", re.IGNORECASE)
"""What makes a text a time, in the SQL of Workato."""


@handles("insights.tables")
def tables(call: Call) -> Any:
    catalog, schema, _ = PREFIX.split(".")
    known = [{"catalog": catalog, "schema": schema, "table": table} for table in _COLUMNS]
    return listed_of(call, known if call.text("catalog") in (None, catalog) else [])


@handles("insights.schema")
def schema(call: Call) -> JsonObject:
    names = call.body.get("tables")
    if not isinstance(names, list) or not 1 <= len(names) <= MOST_TABLES:
        raise missing("tables")
    columns = {str(name): _COLUMNS.get(str(name).removeprefix(PREFIX)) for name in names}
    if unknown := [name for name, known in columns.items() if known is None]:
        raise invalid("tables", f"does not exist: {unknown[0]}")
    described = [
        {"table": table, "columns": [{"name": name, "type": _type(table, name)} for name in known or ()]}
        for table, known in columns.items()
    ]
    return data(described)


@handles("insights.query")
def query(call: Call) -> Any:
    sql, form = call.body.get("query"), call.body.get("format", "json")
    if not isinstance(sql, str) or not sql.strip():
        raise missing("query")
    if form not in ("json", "csv"):
        raise missing("format")
    with closing(_database(call.state)) as database:
        try:
            found = database.execute(re.sub(rf"\b{re.escape(PREFIX)}(\w+)", r'"\1"', _LITERAL.sub("", sql)))
            names = [column[0] for column in found.description or ()]
            rows = found.fetchall()
        except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
            raise error_response(400, {"message": f"Invalid query: {error}"}) from None
    if form == "json":
        return data([dict(zip(names, row, strict=True)) for row in rows])
    text = io.StringIO(newline="")
    csv.writer(text).writerows([names, *rows])
    return FakeResponse(200, text.getvalue().encode("utf-8", "replace"), "text/csv; charset=utf-8")


def _database(state: State) -> sqlite3.Connection:
    """Return a new database with the data as they are now, which can only be read."""
    database = sqlite3.connect(":memory:")
    database.create_collation("instant", _compare_times)
    jobs = (
        {**job, "task_count": TASKS_PER_JOB if job["status"] == "succeeded" else 0}
        for recipe_id in state.recipes
        for job in state.jobs[recipe_id].values()
    )
    content: dict[str, Iterable[JsonObject]] = {
        "recipes": state.recipes.values(),
        "jobs": jobs,
        "connections": state.connections.values(),
        "projects": state.projects.values(),
    }
    for table, names in _COLUMNS.items():
        columns = ", ".join(f'"{name}"' + (" COLLATE instant" if _type(table, name) == _TIME else "") for name in names)
        database.execute(f"CREATE TABLE {table} ({columns})")
        values = ([_value(row.get(name)) for name in names] for row in content[table])
        database.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(names))})", values)  # noqa: S608
    database.commit()
    database.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY)
    database.set_progress_handler(lambda: 1, _MOST_STEPS)
    return database


def _value(value: object) -> object:
    return value if value is None or isinstance(value, str | int | float) else msgspec.json.encode(value).decode()


def _type(table: str, name: str) -> str:
    """Return the type of a column, which some readers need to compare it."""
    if name.endswith("_at"):
        return _TIME
    if name == "running":
        return "BOOLEAN"
    return "VARCHAR" if name in _TEXTS or (table.endswith("jobs") and name == "id") else "BIGINT"


def _compare_times(one: str, other: str) -> int:
    """Compare two times by when they are, whatever their zones; those without one are in UTC."""
    try:
        first, second = _instant(one), _instant(other)
    except ValueError:
        return (one > other) - (one < other)
    return (first > second) - (first < second)


def _instant(text: str) -> datetime:
    time = datetime.fromisoformat(text.removesuffix(" UTC"))
    return time if time.tzinfo else time.replace(tzinfo=UTC)
