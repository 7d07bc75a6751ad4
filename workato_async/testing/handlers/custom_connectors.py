"""Custom connectors, and the SDK's schema generators."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from workato_async.testing.call import Call, error_response, handles, invalid, missing, required
from workato_async.testing.family import Family, linked, number, serve
from workato_async.testing.shapes import data

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        "logo": None,
        "latest_version_note": None,
        **dict.fromkeys(("latest_released_version", "latest_released_version_note", "latest_shared_version")),
        "static_webhook_url": None,
        "latest_version": 1,
        "released_versions": [],
        "recent_released_versions": [],
    },
    required=("title",),
    most=CONNECTORS_AT_MOST,
    times=False,
    wrapper="data",
)
serve(CONNECTORS, "get")

_SEPARATORS = {"comma": ",", "semicolon": ";", "space": " ", "tab": "\t", "colon": ":", "pipe": "|"}
_TYPES = {
    bool: ("boolean", "checkbox"),
    int: ("integer", "integer"),
    float: ("number", "number"),
    dict: ("object", "text"),
    list: ("array", "text"),
}


handles("custom_connectors.list")(lambda call: {"result": [] if call.flag("oem_shared") else _titled(call)})


@handles("custom_connectors.search")
def search(call: Call) -> Any:
    if not call.text("title"):
        raise missing("title")
    return data(_titled(call))


@handles("custom_connectors.code")
def code(call: Call) -> Any:
    return data({"code": _codes(call).get(CONNECTORS.row(call)["id"], {"code": "{}"})["code"]})


@handles("custom_connectors.create")
def create(call: Call) -> Any:
    required(call.body, "code")
    _check_code(call)
    row = CONNECTORS.create(call, latest_version_note=call.body.get("note"))
    row["name"] = f"connector_{row['id']}"
    _codes(call)[row["id"]] = {"code": call.body["code"]}
    return data(row)


@handles("custom_connectors.update")
def update(call: Call) -> Any:
    _check_code(call)
    version = CONNECTORS.row(call)["latest_version"] + 1
    row = CONNECTORS.update(call, latest_version=version, latest_version_note=call.body.get("note"))
    if call.body.get("code"):
        _codes(call)[row["id"]] = {"code": call.body["code"]}
    return data(row)


@handles("custom_connectors.release")
def release(call: Call) -> JsonObject:
    row = CONNECTORS.row(call, 0)
    version, note, now = row["latest_version"], row["latest_version_note"], call.state.now()
    if row["latest_released_version"] == version:
        raise error_response(400, {"message": "There is no newer version to release"})
    released = {"version": version, "version_note": note, "created_at": now, "released_at": now}
    releases = [released, *row["released_versions"]][:RELEASES_SHOWN]
    row.update(released_versions=releases, recent_released_versions=releases)
    row.update(latest_released_version=version, latest_released_version_note=note)
    return data(row)


@handles("custom_connectors.share")
def share(call: Call) -> JsonObject:
    row = CONNECTORS.row(call, 0)
    newest = row["latest_released_version"]
    if newest is None:
        raise error_response(400, {"message": "The connector has no release to share"})
    if newest == row["latest_shared_version"]:
        raise error_response(400, {"message": "The newest release is already shared"})
    row["latest_shared_version"] = newest
    return {"message": "Connector was shared"}


@handles("custom_connectors.validate_code")
def validate_code(call: Call) -> JsonObject:
    """Return one finding for code whose brackets do not match; this server does not run Ruby."""
    required(call.body, "code")
    source = call.body["code"]
    odd = [pair for pair in ("{}", "[]", "()") if source.count(pair[0]) != source.count(pair[1])]
    return data({"findings": [{"severity": "error", "message": f"{pair} do not match", "line": 1} for pair in odd]})


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


def _titled(call: Call) -> list[JsonObject]:
    """Return the connectors whose title contains the text asked for, case-sensitively."""
    part = call.text("title") or ""
    return [row for row in CONNECTORS.table(call).values() if part in (row["title"] or "")]


def _codes(call: Call) -> dict[int | str, JsonObject]:
    return linked(call.state, "custom_connectors.code", "")


def _check_code(call: Call) -> None:
    if call.body.get("code") == "":
        raise invalid("code", "can't be blank")
    if len((call.body.get("code") or "").encode()) > CODE_AT_MOST:
        raise invalid("code", "is too large")


def _sample(call: Call) -> str:
    sample = call.body.get("sample")
    if not isinstance(sample, str) or not sample.strip():
        raise missing("sample")
    return sample


def _field(name: str, kind: str, control: str) -> JsonObject:
    return {"control_type": control, "label": name.replace("_", " ").capitalize(), "type": kind, "name": name}
