"""Records of data tables, and querying them. Values are kept by ``field_id``, so that renaming a column keeps them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import eq, ge, gt, le, lt, ne
from typing import TYPE_CHECKING, Any

from workato_async.testing.call import Call, FakeResponse, handles, invalid, missing, not_found
from workato_async.testing.family import Family, random_uuid, wrapped
from workato_async.testing.handlers.data_tables import TABLES
from workato_async.testing.storage import public_url

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject

RECORDS = Family("data_table_records", new_id=random_uuid, defaults={"values": {}}, parent=TABLES, seeds=0)
META = {"$record_id": "id", "$created_at": "created_at", "$updated_at": "updated_at"}
LIMIT = 100
LIMIT_AT_MOST = 200

_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "$eq": eq,
    "$ne": ne,
    "$gt": gt,
    "$gte": ge,
    "$lt": lt,
    "$lte": le,
    "$in": lambda value, operand: value in operand,
    "$starts_with": lambda value, operand: str(value).startswith(operand),
}
Get = Callable[["JsonObject"], Any]
"""Returns the value of a field of a record."""


@handles("data_table_records.query")
def query(call: Call) -> JsonObject:
    body, table = call.body, TABLES.row(call, 0)
    found = [row for row in RECORDS.table(call).values() if _meets(table, row, body.get("where") or {})]
    if order := body.get("order"):
        found = _ordered(table, found, order if isinstance(order, dict) else {"by": order})
    columns = [_column(table, name) for name in body["select"]] if body.get("select") else table["schema"]
    limit = body.get("limit", LIMIT)
    if type(limit) is not int or limit < 1:
        raise missing("limit")
    limit = min(limit, LIMIT_AT_MOST)
    begin = _position(body.get("continuation_token"))
    part = found[begin : begin + limit]
    response: JsonObject = {
        "schema": [[{"name": name} for name in META], columns],
        "data": [
            [[row[key] for key in META.values()], [row["values"].get(column["field_id"]) for column in columns]]
            for row in part
        ],
        "count": len(part),
        "limit": limit,
    }
    if begin + limit < len(found):
        response["continuation_token"] = f"from-{begin + limit}"
    return response


@handles("data_table_records.create")
def create(call: Call) -> Any:
    table = TABLES.row(call, 0)
    values = _values(call, table)
    for column in table["schema"]:
        if not column["optional"] and values.get(column["field_id"]) is None:
            raise invalid(column["name"], "can't be blank")
        values.setdefault(column["field_id"], column.get("default_value"))
    return wrapped(call.endpoint, _shown(table, RECORDS.add(call.state, RECORDS.table(call), {"values": values})))


@handles("data_table_records.update")
def update(call: Call) -> Any:
    table, row = TABLES.row(call, 0), RECORDS.row(call)
    row["values"].update(_values(call, table))
    row["updated_at"] = call.state.now()
    return wrapped(call.endpoint, _shown(table, row))


@handles("data_table_records.delete")
def delete(call: Call) -> FakeResponse:
    del RECORDS.table(call)[RECORDS.row(call)["id"]]
    return FakeResponse()


handles("data_table_records.file_upload")(lambda call: _link(call))


@handles("data_table_records.file_download")
def file_download(call: Call) -> JsonObject:
    return _link(call, RECORDS.row(call, 1)["values"].get(call.arguments[-1]))


def _link(call: Call, path: object = None) -> JsonObject:
    """Return the address of a file, to which it can be sent by PUT; a new one unless it is known. The shape is ours."""
    table, files = TABLES.row(call, 0), call.state.storage
    if not any(column["field_id"] == call.arguments[-1] and column["type"] == "file" for column in table["schema"]):
        raise not_found()
    if not isinstance(path, str) or path not in files:
        path = f"/storage/{call.state.handle('file')}"
        files[path] = b""
    return {"url": public_url(call.request, path)}


def _column(table: JsonObject, name: object) -> JsonObject:
    """Return a column by its name or its id, with or without ``$``."""
    for column in table["schema"]:
        if name in (column["name"], column["field_id"], f"${column['field_id']}"):
            return column  # type: ignore[no-any-return]
    raise invalid(str(name), "is not a field of the table")


def _getter(table: JsonObject, name: object) -> Get:
    if name in META:
        key = META[str(name)]
        return lambda row: row[key]
    field_id = _column(table, name)["field_id"]
    return lambda row: row["values"].get(field_id)


def _values(call: Call, table: JsonObject) -> JsonObject:
    document = call.body.get("document")
    if not isinstance(document, dict):
        raise missing("document")
    return {_column(table, name)["field_id"]: value for name, value in document.items()}


def _shown(table: JsonObject, row: JsonObject) -> JsonObject:
    """Return a record by field name; no source shows the shape."""
    return {column["name"]: row["values"].get(column["field_id"]) for column in table["schema"]} | {
        name: row[key] for name, key in META.items()
    }


def _meets(table: JsonObject, row: JsonObject, where: JsonObject) -> bool:
    """Whether a record meets all conditions, which may be nested under ``$and``."""
    return all(
        all(_meets(table, row, one) for one in condition)
        if name == "$and"
        else all(_holds(_getter(table, name)(row), operator, operand) for operator, operand in condition.items())
        for name, condition in where.items()
    )


def _holds(value: Any, operator: str, operand: Any) -> bool:
    if operator not in _OPERATORS:
        raise invalid("where", f"has an unknown operator {operator}")
    if isinstance(operand, dict):
        if operand.get("case_sensitive") is False:
            value, operand = _folded(value), {"value": _folded(operand.get("value"))}
        operand = operand.get("value")
    try:
        return _OPERATORS[operator](value, operand)
    except TypeError:  # a missing value cannot be compared, and text cannot be compared with a number
        return False


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _ordered(table: JsonObject, rows: list[JsonObject], order: JsonObject) -> list[JsonObject]:
    """Sort records by a field; those without a value come last."""
    get = _getter(table, order.get("by"))
    fold = _folded if order.get("case_sensitive") is False else (lambda value: value)
    having = sorted((row for row in rows if get(row) is not None), key=lambda row: fold(get(row)))
    if order.get("order") == "desc":
        having.reverse()
    return having + [row for row in rows if get(row) is None]


def _position(token: object) -> int:
    if token is None:
        return 0
    _, _, number = str(token).partition("from-")
    if not number.isdecimal():
        raise missing("continuation_token")
    return int(number)
