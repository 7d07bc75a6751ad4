"""Lookup tables and their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, handles, missing, not_found, required
from workato_async.testing.paging import listed
from workato_async.testing.shapes import OK

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject
    from workato_async.testing.state.store import Table

ROWS_A_PAGE = 500
"""The default page size of rows (docs: workato-api/lookup-tables)."""
MOST_COLUMNS = 10


handles("lookup_tables.list")(lambda call: listed(call, list(call.state.lookup_tables.values())))


@handles("lookup_tables.create")
def create_table(call: Call) -> JsonObject:
    fields = call.body.get("lookup_table") or {}
    required(fields, "name", "schema")
    schema = fields["schema"]
    if len(schema) > MOST_COLUMNS or not all(column.get("label") for column in schema):
        raise missing("schema")
    project_id = fields.get("project_id")
    if project_id not in (None, *call.state.projects):
        raise not_found()
    table = call.state.add_lookup_table(fields["name"], columns=schema, project_id=project_id)
    if project_id is None:
        table["project_id"] = None
    return table


@handles("lookup_tables.batch_delete")
def batch_delete(call: Call) -> JsonObject:
    required(call.body, "ids")
    for table_id in call.body["ids"]:
        call.state.remove_lookup_table(table_id)
    return OK


@handles("lookup_tables.lookup")
def lookup(call: Call) -> JsonObject:
    found = _matching(call)
    if not found:
        raise not_found()
    return found[0]


handles("lookup_tables.rows.list")(lambda call: listed(call, _matching(call), default=ROWS_A_PAGE))
handles("lookup_tables.rows.get")(lambda call: call.find(_rows(call), 1))


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


def _matching(call: Call) -> list[JsonObject]:
    """Return the rows that match every ``by[column]`` of the query."""
    columns = [(name[3:-1], value) for name, value in call.request.query if name[:3] == "by[" and name[-1] == "]"]
    return [row for row in _rows(call).values() if all(str(row["data"].get(name)) == value for name, value in columns)]


def _data(call: Call) -> JsonObject:
    data = call.body.get("data")
    if not isinstance(data, dict) or not data:
        raise missing("data")
    return data
