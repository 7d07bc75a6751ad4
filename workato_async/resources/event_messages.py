"""Messages of event streams. They have a host of their own, ``event-streams.…``.

Source: "Event streams" (docs: workato-api/pubsub). No quota is documented for that host. Two other sources say 60 a
minute; one of them says that all endpoints of the host share it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import attrs

from workato_async._checks import require_type
from workato_async.arguments import plain
from workato_async.base_model import AwareDatetime, Model
from workato_async.endpoint import AFTER_MESSAGE, Endpoint, JsonObject
from workato_async.errors import ConfigurationError
from workato_async.resources._base import Resource

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from workato_async.pages import Pages
    from workato_async.resources.event_topics import EventTopic

LONGEST_WAIT = 60
"""The longest that the server waits for messages, in seconds."""
LARGEST_BATCH = 100
"""The most messages in one batch."""


@attrs.frozen(kw_only=True)
class Message(Model):
    """A message of a topic."""

    message_id: str
    time: AwareDatetime | None = None
    payload: JsonObject = attrs.field(factory=dict)

    @property
    def id(self) -> str:
        """The same as ``message_id``."""
        return self.message_id


@attrs.frozen(kw_only=True)
class MessagePublished(Model):
    """The response to publishing a message."""

    message_id: str


CONSUME = Endpoint(
    "event_messages.consume",
    "POST",
    "/api/v1/topics/{topic_id}/consume",
    Message,
    idempotent=True,  # it only reads
    wrapper="messages",
    listing=AFTER_MESSAGE,
    host="event_streams",
    shared_quota="event_messages",
)
PUBLISH = Endpoint(
    "event_messages.publish",
    "POST",
    "/api/v1/topics/{topic_id}/publish",
    MessagePublished,
    host="event_streams",
    shared_quota="event_messages",
)
PUBLISH_BATCH = Endpoint(
    "event_messages.publish_batch",
    "POST",
    "/api/v1/batch/topics/{topic_id}/publish",
    JsonObject,
    host="event_streams",
    shared_quota="event_messages",
)


class EventMessages(Resource):
    """Messages of event streams: ``workato.event_messages``. All methods share one quota, which is not documented.

    A session with a ``base_url`` of your own needs ``event_streams_url`` for them, unless the host is one of Workato's.

    Raises:
        ConfigurationError: by every method, if that URL is missing.
    """

    __slots__ = ()

    def consume(
        self,
        topic_id: int | EventTopic,
        *,
        after_message_id: str | Message | None = None,
        since_time: datetime | str | None = None,
        timeout_secs: int | None = None,
        per_page: int | None = None,
    ) -> Pages[Message]:
        """List the messages of a topic, oldest first, until there are no more.

        ``POST /api/v1/topics/{topic_id}/consume``, 60 a minute, at most 50 per page. Idempotent.

        Nothing is removed from the topic. To continue later, remember the last message you processed and pass its id:
        ``consume(topic, after_message_id=last.message_id)``.

        Args:
            topic_id: the topic.
            after_message_id: messages after this one, which must still be there.
            since_time: messages from this time on; sent with the first page only, and never with ``after_message_id``.
                It may miss messages, so use it only to begin.
            timeout_secs: how long the server waits for messages if there are none, 0 to 60 seconds; the list ends if
                none arrive. Default: 0.
            per_page: messages per page, 1 to 50.

        Raises:
            ConfigurationError: if ``timeout_secs`` is out of range.
        """
        timeout_secs = cast("int | None", plain(timeout_secs))
        if timeout_secs is not None and not (type(timeout_secs) is int and 0 <= timeout_secs <= LONGEST_WAIT):
            raise ConfigurationError(
                f"timeout_secs must be a whole number from 0 to {LONGEST_WAIT}, not {timeout_secs!r}"
            )
        query = {"after_message_id": after_message_id, "since_time": since_time, "timeout_secs": timeout_secs}
        timeout = self._caller.timeout + (timeout_secs or 0)  # the response may take its usual time after the wait
        return self._pages(CONSUME, topic_id, query=query, per_page=per_page, timeout=timeout)

    async def publish(self, topic_id: int | EventTopic, payload: Mapping[str, object]) -> MessagePublished:
        """Publish a message. ``POST /api/v1/topics/{topic_id}/publish``, 60 a minute. Not idempotent.

        Args:
            topic_id: the topic.
            payload: the message, which must fit the topic's schema; at most 1 MB.
        """
        return await self._call(PUBLISH, topic_id, body=payload)

    async def publish_batch(
        self, topic_id: int | EventTopic, *, payloads: Sequence[Mapping[str, object]]
    ) -> JsonObject:
        """Publish up to 100 messages at once.

        ``POST /api/v1/batch/topics/{topic_id}/publish``, 60 a minute. Not idempotent. The shape of the response, the
        messages' ids, is not documented.

        Args:
            topic_id: the topic.
            payloads: 1 to 100 messages, which must fit the topic's schema; at most 1 MB together.

        Raises:
            ConfigurationError: if there are none or too many; nothing is sent.
        """
        require_type("payloads", payloads, Sequence)
        if not 1 <= len(payloads) <= LARGEST_BATCH:
            raise ConfigurationError(f"payloads must be a batch of 1 to {LARGEST_BATCH} messages, not {len(payloads)}")
        return await self._call(PUBLISH_BATCH, topic_id, body={"payloads": payloads})
