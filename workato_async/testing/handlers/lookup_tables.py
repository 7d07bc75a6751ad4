"""Lookup tables and their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, handles, missing
from workato_async.testing.paging import listed
from workato_async.testing.shapes import OK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async.endpoint import JsonObject
    from workato_async.testing.state.store import Table

ROWS_A_PAGE = 500
"""Rows of a page if the call does not say (docs: workato-api/lookup-tables)."""


@handles("lookup_tables.list")
def list_tables(call: Call) -> Sequence[JsonObject]:
    return listed(call, list(call.state.lookup_tables.values()))


@handles("lookup_tables.rows.list")
def list_rows(call: Call) -> Sequence[JsonObject]:
    columns = [(name[3:-1], value) for name, value in call.request.query if name[:3] == "by[" and name[-1] == "]"]
    found = [row for row in _rows(call).values() if all(str(row["data"].get(name)) == value for name, value in columns)]
    return listed(call, found, default=ROWS_A_PAGE)


@handles("lookup_tables.rows.create")
def create_row(call: Call) -> JsonObject:
    table = call.find(call.state.lookup_tables)
    return call.state.add_lookup_row(table["id"], _data(call))


@handles("lookup_tables.rows.update")
def update_row(call: Call) -> JsonObject:
    row = call.find(_rows(call), 1)
    row["data"].update(_data(call))
    row["updated_at"] = call.state.now()
    return row


@handles("lookup_tables.rows.delete")
def delete_row(call: Call) -> JsonObject:
    rows = _rows(call)
    del rows[call.find(rows, 1)["id"]]
    return OK


def _rows(call: Call) -> Table:
    return call.state.lookup_rows[call.find(call.state.lookup_tables)["id"]]


def _data(call: Call) -> JsonObject:
    data = call.body.get("data")
    if not isinstance(data, dict) or not data:
        raise missing("data")
    return data
