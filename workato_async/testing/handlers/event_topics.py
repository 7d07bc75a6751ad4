"""Topics of event streams."""

from __future__ import annotations

from typing import Any

from workato_async.testing.call import Call, error_response, handles, invalid, required
from workato_async.testing.family import Family, number, serve, wrapped

TOPICS_AT_MOST = 20
"""The most topics of a workspace (docs: event streams limits)."""
RETENTION = 7 * 24 * 3600
RETENTION_AT_MOST = 90 * 24 * 3600

TOPICS = Family(
    "event_topics",
    new_id=number(7001),
    defaults=lambda state: {
        "name": "",
        "description": None,
        "retention": RETENTION,
        "schema": [{"name": "event", "type": "string", "optional": True}],
        "created_at": state.now(),
        "folder_id": 2001,
    },
    required=("name", "schema"),
    filters=("name",),
    times=False,
)
serve(TOPICS, "list", "get")


@handles("event_topics.create")
def create(call: Call) -> Any:
    required(call.body, *TOPICS.required)
    table = TOPICS.table(call)
    if len(table) >= TOPICS_AT_MOST:
        raise error_response(400, {"message": f"A workspace has at most {TOPICS_AT_MOST} topics"})
    return wrapped(call.endpoint, TOPICS.add(call.state, table, _fields(call)))


@handles("event_topics.update")
def update(call: Call) -> Any:
    row = TOPICS.row(call)
    row.update(_fields(call))
    return wrapped(call.endpoint, row)


@handles("event_topics.purge")
def purge(call: Call) -> Any:
    call.state.tables.pop(messages_of(TOPICS.row(call, 0)["id"]), None)
    return wrapped(call.endpoint, {})


@handles("event_topics.delete")
def delete(call: Call) -> Any:
    topic_id = TOPICS.row(call)["id"]
    del TOPICS.table(call)[topic_id]
    call.state.tables.pop(messages_of(topic_id), None)
    return wrapped(call.endpoint, {})


def messages_of(topic_id: int) -> str:
    """Return the name under which the messages of a topic are kept."""
    return f"event_messages/{topic_id}"


def _fields(call: Call) -> dict[str, Any]:
    fields = TOPICS.fields(call)
    retention = fields.get("retention", RETENTION)
    if type(retention) is not int or not 1 <= retention <= RETENTION_AT_MOST:
        raise invalid("retention", f"must be from 1 to {RETENTION_AT_MOST}")
    return fields
