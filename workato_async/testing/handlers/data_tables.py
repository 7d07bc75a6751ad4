"""Data tables. A column is known by its ``field_id``; one without is new."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workato_async.testing.call import Call, handles, invalid, required
from workato_async.testing.family import Family, random_uuid, serve, wrapped

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject
    from workato_async.testing.state import State

TYPES = ("boolean", "date", "date_time", "integer", "number", "string", "file", "relation")

TABLES = Family(
    "data_tables",
    new_id=random_uuid,
    defaults={
        "name": "",
        "schema": [
            {
                "type": kind,
                "name": name,
                "optional": True,
                "field_id": f"{number:08d}-0000-4000-8000-000000000000",
                "metadata": {},
                "multivalue": False,
            }
            for number, (name, kind) in enumerate((("name", "string"), ("amount", "number"), ("receipt", "file")), 1)
        ],
        "folder_id": 2001,
    },
    required=("name", "folder_id", "schema"),
    deleted={"success": True},
)
serve(TABLES, "list", "get")


@handles("data_tables.create")
def create(call: Call) -> Any:
    required(call.body, *TABLES.required)
    return wrapped(call.endpoint, TABLES.add(call.state, TABLES.table(call), _fields(call)))


@handles("data_tables.update")
def update(call: Call) -> Any:
    row = TABLES.row(call)
    row.update(_fields(call), updated_at=call.state.now())
    return wrapped(call.endpoint, row)


@handles("data_tables.delete")
def delete(call: Call) -> Any:
    row = TABLES.row(call)
    del TABLES.table(call)[row["id"]]
    call.state.tables.pop(records_of(row), None)
    return wrapped(call.endpoint, TABLES.deleted)


@handles("data_tables.truncate")
def truncate(call: Call) -> Any:
    call.state.tables.pop(records_of(TABLES.row(call)), None)
    return wrapped(call.endpoint, {"success": True})


def records_of(table: JsonObject) -> str:
    """Return the name under which the records of a table are kept."""
    return f"data_table_records/{table['id']}"


def _fields(call: Call) -> JsonObject:
    fields = TABLES.fields(call)
    if "folder_id" in fields and fields["folder_id"] not in call.state.folders:
        raise invalid("folder_id", "does not exist")
    if "schema" in fields:
        fields["schema"] = [_column(call.state, column) for column in fields["schema"]]
    return fields


def _column(state: State, column: JsonObject) -> JsonObject:
    if not isinstance(column, dict) or not column.get("name") or column.get("type") not in TYPES:
        raise invalid("schema", f"needs a name and a type of {', '.join(TYPES)} in every column")
    return {"optional": True, "metadata": {}, "multivalue": False, "field_id": random_uuid(state, ""), **column}
