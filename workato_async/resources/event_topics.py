"""Topics of event streams; their messages are in ``event_messages``.

Source: "Event streams" (docs: workato-api/event-streams).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from workato_async._unset import UNSET
from workato_async.base_model import AwareDatetime, Model
from workato_async.endpoint import PAGE_COUNTED, Endpoint, JsonObject
from workato_async.resources._base import Resource, changes, without_none

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workato_async._unset import Unset
    from workato_async.pages import Pages


@attrs.frozen(kw_only=True)
class EventTopic(Model):
    """A topic. ``retention`` is how long messages are kept, in seconds; ``schema`` may be left out of lists."""

    id: int
    name: str | None = None
    description: str | None = None
    retention: int | None = None
    schema: tuple[JsonObject, ...] = ()
    created_at: AwareDatetime | None = None
    folder_id: int | None = None


LIST = Endpoint(
    "event_topics.list", "GET", "/api/event_streams/topics", EventTopic, wrapper="data", listing=PAGE_COUNTED
)
CREATE = Endpoint("event_topics.create", "POST", "/api/event_streams/topics", EventTopic, wrapper="data")
GET = Endpoint("event_topics.get", "GET", "/api/event_streams/topics/{topic_id}", EventTopic, wrapper="data")
UPDATE = Endpoint("event_topics.update", "PUT", "/api/event_streams/topics/{topic_id}", EventTopic, wrapper="data")
PURGE = Endpoint(
    "event_topics.purge",
    "PUT",
    "/api/event_streams/topics/{topic_id}/purge",
    JsonObject,
    idempotent=False,  # a second call would delete messages that came after the first
    wrapper="data",
)
DELETE = Endpoint("event_topics.delete", "DELETE", "/api/event_streams/topics/{topic_id}", JsonObject, wrapper="data")


class EventTopics(Resource):
    """Topics of event streams: ``workato.event_topics``. A workspace has at most 20."""

    __slots__ = ()

    def list(self, *, name: str | None = None, per_page: int | None = None) -> Pages[EventTopic]:
        """List the topics. ``GET /api/event_streams/topics``, 60 a minute, at most 100 per page.

        Args:
            name: topics of this name only, case-sensitive.
            per_page: topics per page, 1 to 100.
        """
        return self._pages(LIST, query={"name": name}, per_page=per_page)

    async def create(
        self,
        *,
        name: str,
        schema: Sequence[Mapping[str, object]],
        retention: int | None = None,
        description: str | None = None,
    ) -> EventTopic:
        """Create a topic. ``POST /api/event_streams/topics``, 60 a minute. Not idempotent.

        Args:
            name: its name.
            schema: the fields of its messages, one object each; all arguments together at most 1 MB.
            retention: seconds that messages are kept, at most 7,776,000 (90 days); 604,800 (7 days) if not given.
            description: what it is for.
        """
        fields = without_none(name=name, schema=schema, retention=retention, description=description)
        return await self._call(CREATE, body=fields)

    async def get(self, topic_id: int | EventTopic) -> EventTopic:
        """Get one topic. ``GET /api/event_streams/topics/{topic_id}``, 60 a minute."""
        return await self._call(GET, topic_id)

    async def update(
        self,
        topic_id: int | EventTopic,
        *,
        name: str | Unset | None = UNSET,
        schema: Sequence[Mapping[str, object]] | Unset | None = UNSET,
        retention: int | Unset | None = UNSET,
        description: str | Unset | None = UNSET,
    ) -> EventTopic:
        """Update a topic; fields not given stay unchanged.

        ``PUT /api/event_streams/topics/{topic_id}``, 60 a minute. Idempotent.

        The arguments are those of ``create``.
        """
        fields = changes(UPDATE, name=name, schema=schema, retention=retention, description=description)
        return await self._call(UPDATE, topic_id, body=fields)

    async def purge(self, topic_id: int | EventTopic) -> JsonObject:
        """Delete all messages of a topic.

        ``PUT /api/event_streams/topics/{topic_id}/purge``, 60 a minute. Not idempotent.

        The shape of the response is not documented.
        """
        return await self._call(PURGE, topic_id)

    async def delete(self, topic_id: int | EventTopic) -> JsonObject:
        """Delete a topic and its messages. ``DELETE /api/event_streams/topics/{topic_id}``, 60 a minute. Idempotent.

        The shape of the response is not documented.
        """
        return await self._call(DELETE, topic_id)
