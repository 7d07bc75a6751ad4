"""Custom connectors, and the SDK's schema generators."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from workato_async.testing.call import Call, error_response, handles, invalid, missing, required
from workato_async.testing.family import Family, number, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from workato_async.endpoint import JsonObject

CONNECTORS_AT_MOST = 150
CODE_AT_MOST = 10 * 2**20
"""The largest code of a connector, in bytes (docs: connector SDK limits)."""
RELEASES_SHOWN = 10

CONNECTORS = Family(
    "custom_connectors",
    new_id=number(651),
    defaults={
        "name": "connector",
        "title": "",
        "latest_released_version": None,
        "latest_released_version_note": None,
        "released_versions": [],
        "static_webhook_url": None,
    },
    required=("title",),
    times=False,
)
SOURCES = Family(
    "custom_connectors.sources",
    new_id=number(1),
    defaults={"code": "{}", "version": 1, "note": None, "description": None, "logo": None, "shared": None},
    times=False,
    seeds=0,
)
"""Data of a connector that responses do not show, by the connector's id; ``shared`` is the shared release."""

_SEPARATORS = {"comma": ",", "semicolon": ";", "space": " ", "tab": "\t", "colon": ":", "pipe": "|"}
_TYPES = {
    bool: ("boolean", "checkbox"),
    int: ("integer", "integer"),
    float: ("number", "number"),
    dict: ("object", "text"),
    list: ("array", "text"),
}


@handles("custom_connectors.list")
def list_connectors(call: Call) -> Any:
    return _titled(call, [] if call.flag("oem_shared") else CONNECTORS.table(call).values())


@handles("custom_connectors.search")
def search(call: Call) -> Any:
    if not call.text("title"):
        raise missing("title")
    return _titled(call, CONNECTORS.table(call).values())


@handles("custom_connectors.code")
def code(call: Call) -> Any:
    return wrapped(call.endpoint, {"code": _source(call, CONNECTORS.row(call))["code"]})


@handles("custom_connectors.create")
def create(call: Call) -> Any:
    required(call.body, "title", "code")
    _check_code(call.body["code"])
    table = CONNECTORS.table(call)
    if len(table) >= CONNECTORS_AT_MOST:
        raise error_response(400, {"message": f"A workspace has at most {CONNECTORS_AT_MOST} connectors"})
    row = CONNECTORS.add(call.state, table, CONNECTORS.fields(call))
    row["name"] = f"connector_{row['id']}"
    _source(call, row).update(SOURCES.fields(call))
    return wrapped(call.endpoint, row)


@handles("custom_connectors.update")
def update(call: Call) -> Any:
    row = CONNECTORS.row(call)
    source = _source(call, row)
    if "code" in call.body:
        _check_code(call.body["code"])
    row.update(CONNECTORS.fields(call))
    source.update({"note": None, **SOURCES.fields(call)}, version=source["version"] + 1)
    return wrapped(call.endpoint, row)


@handles("custom_connectors.release")
def release(call: Call) -> JsonObject:
    row = CONNECTORS.row(call, 0)
    source = _source(call, row)
    if row["latest_released_version"] == source["version"]:
        raise error_response(400, {"message": "There is no newer version to release"})
    now = call.state.now()
    version = {
        "version": source["version"],
        "version_note": source["note"],
        "created_at": now,
        "released_at": now,
    }
    row["released_versions"] = [version, *row["released_versions"]][:RELEASES_SHOWN]
    row.update(latest_released_version=source["version"], latest_released_version_note=source["note"])
    return {"message": "Connector was released"}


@handles("custom_connectors.share")
def share(call: Call) -> JsonObject:
    row = CONNECTORS.row(call, 0)
    source = _source(call, row)
    newest = row["latest_released_version"]
    if newest is None:
        raise error_response(400, {"message": "The connector has no release to share"})
    if newest == source["shared"]:
        raise error_response(400, {"message": "The newest release is already shared"})
    source["shared"] = newest
    return {"message": "Connector was shared"}


@handles("sdk.generate_schema_json")
def generate_json(call: Call) -> Sequence[JsonObject]:
    try:
        sample = json.loads(_sample(call))
    except (ValueError, RecursionError):
        raise missing("sample") from None
    first = sample[0] if isinstance(sample, list) and sample else sample
    if not isinstance(first, dict):
        raise missing("sample")
    return [_field(name, *_TYPES.get(type(value), ("string", "text"))) for name, value in first.items()]


@handles("sdk.generate_schema_csv")
def generate_csv(call: Call) -> Sequence[JsonObject]:
    separator = _SEPARATORS.get(str(call.body.get("col_sep", "comma")))
    if separator is None:
        raise missing("col_sep")
    return [
        _field(name, "string", "text") for name in next(csv.reader(io.StringIO(_sample(call)), delimiter=separator))
    ]


def _titled(call: Call, rows: Iterable[JsonObject]) -> Any:
    """Return the connectors whose title contains the text asked for, case-sensitively."""
    part = call.text("title") or ""
    return wrapped(call.endpoint, [row for row in rows if part in row["title"]])


def _source(call: Call, row: JsonObject) -> JsonObject:
    sources = SOURCES.table(call)
    return sources.get(row["id"]) or SOURCES.add(call.state, sources, {"id": row["id"]})


def _check_code(code: object) -> None:
    if not isinstance(code, str) or not code:
        raise invalid("code", "can't be blank")
    if len(code.encode()) > CODE_AT_MOST:
        raise invalid("code", "is too large")


def _sample(call: Call) -> str:
    sample = call.body.get("sample")
    if not isinstance(sample, str) or not sample.strip():
        raise missing("sample")
    return sample


def _field(name: str, kind: str, control: str) -> JsonObject:
    return {"control_type": control, "label": name.replace("_", " ").capitalize(), "type": kind, "name": name}
