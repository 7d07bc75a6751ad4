"""Topics of event streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workato_async.testing.call import Call, handles, invalid
from workato_async.testing.family import Family, number, serve, wrapped

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject

RETENTION = 7 * 24 * 3600
RETENTION_AT_MOST = 90 * 24 * 3600


def _check(call: Call) -> JsonObject:
    retention = call.body.get("retention")
    if retention is not None and not 1 <= retention <= RETENTION_AT_MOST:
        raise invalid("retention", f"must be from 1 to {RETENTION_AT_MOST}")
    return {}


TOPICS = Family(
    "event_topics",
    new_id=number(7001),
    defaults=lambda state: {
        "name": "",
        "description": None,
        "retention": RETENTION,
        "schema": [{"name": "event", "type": "string", "optional": True}],
        "created_at": state.now(),
        "folder_id": state.first_project()["folder_id"],
    },
    required=("name", "schema"),
    filters=("name",),
    read=_check,
    most=20,  # docs: event streams limits
    children="event_messages",
    times=False,
    deleted={},
)
serve(TOPICS, "list", "get", "create", "update", "delete")


@handles("event_topics.purge")
def purge(call: Call) -> Any:
    call.state.tables.pop(messages_of(TOPICS.row(call, 0)["id"]), None)
    return wrapped(call.endpoint, {})


def messages_of(topic_id: int) -> str:
    """Return the name under which the messages of a topic are kept."""
    return f"event_messages/{topic_id}"
