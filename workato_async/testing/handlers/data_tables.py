"""Data tables. A column is known by its ``field_id``; one without is new."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workato_async.testing.call import Call, handles, invalid
from workato_async.testing.family import Family, random_uuid, serve, wrapped

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject

TYPES = ("boolean", "date", "date_time", "integer", "number", "string", "file", "relation")
_KNOWN = ("name", "type", "optional", "field_id", "hint", "default_value", "metadata", "multivalue", "relation")
_COLUMN: JsonObject = {"optional": True, "metadata": {}, "multivalue": False}


def _schema(call: Call) -> JsonObject:
    """Return the columns that a body sets, if any."""
    if "schema" not in call.body:
        return {}
    columns = call.listed("schema")
    if not all(column.get("name") and column.get("type") in TYPES for column in columns):
        raise invalid("schema", f"needs a name and a type of {', '.join(TYPES)} in every column")
    known = [{name: column[name] for name in _KNOWN if name in column} for column in columns]
    return {"schema": [{**_COLUMN, "field_id": random_uuid(call.state, ""), **column} for column in known]}


TABLES = Family(
    "data_tables",
    new_id=random_uuid,
    defaults=lambda state: {
        "name": "",
        "schema": [
            {**_COLUMN, "name": name, "type": kind, "field_id": f"{number:08d}-0000-4000-8000-000000000000"}
            for number, (name, kind) in enumerate((("name", "string"), ("amount", "number"), ("receipt", "file")), 1)
        ],
        "folder_id": state.first_project()["folder_id"],
    },
    required=("name", "folder_id", "schema"),
    read=_schema,
    children="data_table_records",
    deleted={"success": True},
)
serve(TABLES, "list", "get", "create", "update", "delete")


@handles("data_tables.truncate")
def truncate(call: Call) -> Any:
    call.state.tables.pop(f"data_table_records/{TABLES.row(call)['id']}", None)
    return wrapped(call.endpoint, {"success": True})


@handles("data_table_records.table")
def of_records(call: Call) -> JsonObject:
    """Return a table as the host of its records shows it."""
    table = TABLES.row(call)
    schema = [{name: column[name] for name in ("field_id", "name", "type")} for column in table["schema"]]
    return {"data": {"id": table["id"], "name": table["name"], "schema": schema}}
