"""Topics of event streams and their messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.example import Example
from workato_async.testing.handlers.event_messages import add_message

if TYPE_CHECKING:
    from workato_async.testing import FakeWorkato

TOPIC: dict[str, Any] = {
    "name": "orders",
    "schema": [{"name": "order_id", "type": "string", "optional": False}],
    "retention": 86_400,
    "description": "Orders of the shop",
}


def with_messages(fake: FakeWorkato) -> None:
    for number in range(3):
        add_message(fake.state, 7001, {"event": str(number)})


EXAMPLES = [
    Example("event_topics.list", (), {"name": "name 1"}),
    Example("event_topics.create", (), TOPIC),
    Example("event_topics.get", (7001,)),
    Example("event_topics.update", (7001,), TOPIC),
    Example("event_topics.purge", (7001,)),
    Example("event_topics.delete", (7001,)),
    Example(
        "event_messages.consume",
        (7001,),
        {"since_time": "2020-01-01T00:00:00Z", "timeout_secs": 30},
        prepare=with_messages,
    ),
    Example(
        "event_messages.consume", (7001,), {"after_message_id": "A000000001", "per_page": 2}, prepare=with_messages
    ),
    # the payload is the whole body, so the fact book has no parameter for it
    Example("event_messages.publish", (7001, {})),
    Example("event_messages.publish_batch", (7001,), {"payloads": [{"event": "a"}, {"event": "b"}]}),
]
