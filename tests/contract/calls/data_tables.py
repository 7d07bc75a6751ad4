"""Data tables and their records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.example import Example
from workato_async.testing.handlers.data_table_records import RECORDS
from workato_async.testing.handlers.data_tables import TABLES

if TYPE_CHECKING:
    from workato_async.testing import FakeWorkato

SCHEMA = [{"type": "string", "name": "city", "optional": False, "hint": "Where it is", "multivalue": False}]


def table_of(fake: FakeWorkato) -> dict[str, Any]:
    return next(iter(TABLES.rows(fake.state).values()))


def column_of(fake: FakeWorkato, name: str) -> str:
    return next(str(column["field_id"]) for column in table_of(fake)["schema"] if column["name"] == name)


def record_of(fake: FakeWorkato) -> str:
    """Return the id of the only record of the table, which is created if there is none."""
    rows = RECORDS.rows(fake.state, table_of(fake)["id"])
    if not rows:
        RECORDS.add(fake.state, rows, {"values": {column_of(fake, "name"): "Oslo", column_of(fake, "amount"): 7}})
    return str(next(iter(rows)))


EXAMPLES = [
    Example("data_tables.list", (), {"per_page": 10}),
    Example("data_tables.get", lambda fake: (table_of(fake)["id"],)),
    Example("data_tables.create", (), {"name": "Cities", "folder_id": 2001, "schema": SCHEMA}),
    Example(
        "data_tables.update",
        lambda fake: (table_of(fake)["id"],),
        {"name": "Towns", "folder_id": 2002, "schema": SCHEMA},
    ),
    Example("data_tables.delete", lambda fake: (table_of(fake)["id"],)),
    Example("data_tables.truncate", lambda fake: (table_of(fake)["id"],)),
    Example(
        "data_table_records.query",
        lambda fake: (table_of(fake)["id"],),
        {
            "select": ["name"],
            "where": {"amount": {"$gt": 5}},
            "order": {"by": "name", "order": "desc"},
            "timezone_offset_secs": 3600,
            "per_page": 20,
        },
        prepare=record_of,
    ),
    Example("data_table_records.table", lambda fake: (table_of(fake)["id"],)),
    Example(
        "data_table_records.create",
        lambda fake: (table_of(fake)["id"],),
        {"document": {"name": "Bergen", "amount": 3}},
    ),
    Example(
        "data_table_records.update",
        lambda fake: (table_of(fake)["id"], record_of(fake)),
        {"document": {"amount": 4}},
    ),
    Example("data_table_records.delete", lambda fake: (table_of(fake)["id"], record_of(fake))),
    Example("data_table_records.file_upload", lambda fake: (table_of(fake)["id"], column_of(fake, "receipt"))),
    Example(
        "data_table_records.file_download",
        lambda fake: (table_of(fake)["id"], record_of(fake), column_of(fake, "receipt")),
    ),
]
