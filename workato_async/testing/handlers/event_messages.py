"""Messages of event streams: published, kept as long as the topic says, read any number of times."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from workato_async.testing.call import Call, LongPoll, error_response, handles, invalid, missing, parse_time
from workato_async.testing.clock import zulu
from workato_async.testing.handlers.event_topics import TOPICS, messages_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async.endpoint import JsonObject
    from workato_async.testing.state import State

BATCH_AT_MOST = 50
WAIT_AT_MOST = 60
PAYLOADS_AT_MOST = 100
BODY_AT_MOST = 2**20
"""In bytes, like the other limits (docs: workato-api/pubsub)."""


@handles("event_messages.consume")
def consume(call: Call) -> JsonObject | LongPoll:
    topic = TOPICS.row(call, 0)
    size = _whole(call, "batch_size", BATCH_AT_MOST, 1, BATCH_AT_MOST)
    seconds = _whole(call, "timeout_secs", 0, 0, WAIT_AT_MOST)
    last, since = call.body.get("after_message_id"), _since(call)
    if last is not None and all(message["message_id"] != last for message in _kept(call.state, topic)):
        raise invalid("after_message_id", "does not exist in the topic")

    def poll() -> JsonObject | None:
        found = [
            message
            for message in _kept(call.state, topic)
            if (last is None or message["message_id"] > last) and (since is None or _time_of(message) >= since)
        ]
        return {"messages": found[:size]} if found else None

    nothing: JsonObject = {"messages": []}
    return LongPoll(poll, seconds * call.state.time_scale, nothing) if seconds else poll() or nothing


@handles("event_messages.publish")
def publish(call: Call) -> JsonObject:
    [message_id] = _publish(call, [call.payload])
    return {"message_id": message_id}


@handles("event_messages.publish_batch")
def publish_batch(call: Call) -> JsonObject:
    payloads = call.listed("payloads")
    if not 1 <= len(payloads) <= PAYLOADS_AT_MOST:
        raise missing("payloads")
    return {"message_ids": _publish(call, payloads)}


def add_message(state: State, topic_id: int, payload: JsonObject) -> JsonObject:
    """Publish a message now; its id is greater than every earlier one, also compared as text."""
    message_id = f"A{state.new_id('message', 1):09d}"
    message: JsonObject = {"message_id": message_id, "time": zulu(state.clock.time), "payload": payload}
    state.tables.setdefault(messages_of(topic_id), {})[message_id] = message
    return message


def _publish(call: Call, payloads: Sequence[Any]) -> list[str]:
    topic = TOPICS.row(call, 0)
    if len(call.request.body) > BODY_AT_MOST:
        raise error_response(400, {"message": f"The payload is larger than {BODY_AT_MOST} bytes"})
    for payload in payloads:
        if not isinstance(payload, dict):
            raise missing("payloads")
        for field in topic["schema"]:
            if field.get("optional") is False and payload.get(field.get("name")) is None:
                raise invalid(field["name"], "can't be blank")
    return [add_message(call.state, topic["id"], payload)["message_id"] for payload in payloads]


def _kept(state: State, topic: JsonObject) -> list[JsonObject]:
    """Delete messages older than the retention of their topic, and return the others, oldest first."""
    messages = state.tables.setdefault(messages_of(topic["id"]), {})
    begin = state.clock.time - timedelta(seconds=topic["retention"])
    for message_id in [key for key, message in messages.items() if _time_of(message) < begin]:
        del messages[message_id]
    return list(messages.values())


def _time_of(message: JsonObject) -> Any:
    return parse_time(message["time"])


def _since(call: Call) -> Any:
    since = call.body.get("since_time")
    try:
        return None if since is None else parse_time(since)
    except (TypeError, ValueError):
        raise missing("since_time") from None


def _whole(call: Call, name: str, default: int, least: int, most: int) -> int:
    value = call.body.get(name, default)
    if type(value) is not int or not least <= value <= most:
        raise missing(name)
    return value
