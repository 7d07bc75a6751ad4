"""The activity log of the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.testing.call import Call, handles, parse_time
from workato_async.testing.paging import listed, newest_first

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject


@handles("activity_logs.list")
def list_entries(call: Call) -> JsonObject:
    found = [entry for entry in newest_first(call.state.activity_logs) if _wanted(call, entry)]
    entries = listed(call, found)
    return {"data": entries, "total": len(entries)}


def _wanted(call: Call, entry: JsonObject) -> bool:
    time = parse_time(entry["timestamp"])
    begin, end = call.time("from"), call.time("to")
    if (begin and time < begin) or (end and time > end):
        return False
    users = call.texts("users_ids[]")
    if users and str(entry["user"]["id"]) not in users:
        return False
    for kind, value in (("resource", entry["resource"]["type"]), ("event", entry["event_type"])):
        included = call.texts(f"include_{kind}_types[]")
        if (included and value not in included) or value in call.texts(f"exclude_{kind}_types[]"):
            return False
    return True
