"""Properties: one table for the environment, and one per project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, find, handles, invalid, missing, required
from workato_async.testing.shapes import OK

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject

LONGEST_NAME = 100
LONGEST_VALUE = 1024
MOST = 1000


@handles("properties.list")
def list_properties(call: Call) -> JsonObject:
    prefix = call.text("prefix")
    if prefix is None:
        raise missing("prefix")
    return {name: row["value"] for name, row in _table(call).items() if name.startswith(prefix)}


@handles("properties.upsert")
def upsert(call: Call) -> JsonObject:
    required(call.body, "properties")
    table = _table(call)
    properties = {name: str(value) for name, value in call.body["properties"].items()}
    for name, value in properties.items():
        if not name:
            raise invalid("name", "can't be blank")
        if len(name) > LONGEST_NAME:
            raise invalid("name", f"is too long (maximum is {LONGEST_NAME} characters)")
        if len(value) > LONGEST_VALUE:
            raise invalid("value", f"is too long (maximum is {LONGEST_VALUE} characters)")
    if len(table.keys() | properties.keys()) > MOST:
        raise invalid("properties", f"are too many (maximum is {MOST})")
    table.update({name: {"value": value} for name, value in properties.items()})
    return OK


def _table(call: Call) -> dict[str, JsonObject]:
    project_id = call.text("project_id")
    if project_id:
        find(call.state.projects, project_id)
    return call.state.tables.setdefault(f"properties/{project_id or ''}", {})  # type: ignore[return-value]
