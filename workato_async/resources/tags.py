"""Tags, and their assignment to recipes and connections.

Source: "Tags" and "Tag assignments" (docs: workato-api/environment-management, workato-api/tag-assignments) and the
official Go client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

from workato_async._unset import UNSET
from workato_async.arguments import id_of, ids_of, one_of, plain
from workato_async.base_model import Model
from workato_async.endpoint import PAGE, Endpoint, JsonObject
from workato_async.errors import ConfigurationError
from workato_async.resources._base import Resource, changes, without_none

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async._unset import Unset
    from workato_async.pages import Pages
    from workato_async.resources.connections import Connection
    from workato_async.resources.members import Member
    from workato_async.resources.recipes.models import Recipe


@attrs.frozen(kw_only=True)
class Tag(Model):
    """A tag. ``assignment_count`` and ``author`` come only when requested."""

    handle: str
    title: str | None = None
    description: str | None = None
    color: str | None = None
    assignment_count: int | None = None
    author: JsonObject | None = None

    @property
    def id(self) -> str:
        """The handle, which identifies the tag."""
        return self.handle


Color = Literal[
    "blue", "violet", "green", "red", "orange", "gold", "indigo", "brown", "teal", "plum", "slate", "neutral"
]

SortField = Literal["title", "assignment_count", "updated_at", "last_assigned_at"]
SortDirection = Literal["asc", "desc"]
TagDetail = Literal["assignment_count", "author"]
LIST = Endpoint("tags.list", "GET", "/api/tags", Tag, wrapper="data.tags", listing=PAGE)
CREATE = Endpoint("tags.create", "POST", "/api/tags", Tag, wrapper="data")
UPDATE = Endpoint("tags.update", "PUT", "/api/tags/{handle}", Tag, wrapper="data")
DELETE = Endpoint[None]("tags.delete", "DELETE", "/api/tags/{handle}")
APPLY = Endpoint[None]("tags_assignments.apply", "POST", "/api/tags_assignments", idempotent=True)


class Tags(Resource):
    """Tags: ``workato.tags``."""

    __slots__ = ()

    def list(
        self,
        *,
        title_or_description_cont: str | None = None,
        handle_in: str | Tag | Sequence[str | Tag] | None = None,
        author_id_eq: int | Member | None = None,
        recipe_id_eq: int | Recipe | None = None,
        connection_id_eq: int | Connection | None = None,
        only_assigned: bool | None = None,
        sort_by: Sequence[SortField] | None = None,
        sort_direction: Sequence[SortDirection] | None = None,
        includes: Sequence[TagDetail] | None = None,
        per_page: int | None = None,
    ) -> Pages[Tag]:
        """List the tags. ``GET /api/tags``, 60 a minute, at most 100 per page.

        Args:
            title_or_description_cont: tags with this text in title or description.
            handle_in: the tags with these handles, or with this one.
            author_id_eq: tags that this user created.
            recipe_id_eq: tags on this recipe.
            connection_id_eq: tags on this connection.
            only_assigned: only tags that are assigned.
            sort_by: fields to sort by, most significant first.
            sort_direction: the direction for each of ``sort_by``.
            includes: additional fields to fill: ``assignment_count``, ``author``.
            per_page: tags per page, 1 to 100.
        """
        handles: dict[str, object] = {}
        given = plain(handle_in)
        if isinstance(given, str | Tag):
            handles = {"q[handle_in]": id_of(given, "handle_in")}
        elif given is not None:
            handles = {"q[handle_in][]": ids_of(given, "handle_in")}
        query = {
            "q[title_or_description_cont]": title_or_description_cont,
            **handles,
            "q[author_id_eq]": author_id_eq,
            "q[recipe_id_eq]": recipe_id_eq,
            "q[connection_id_eq]": connection_id_eq,
            "q[only_assigned]": only_assigned,
            "sort_by[]": one_of("sort_by", sort_by, SortField),
            "sort_direction[]": one_of("sort_direction", sort_direction, SortDirection),
            "includes[]": one_of("includes", includes, TagDetail),
        }
        return self._pages(LIST, query=query, per_page=per_page)

    async def create(self, *, title: str, description: str | None = None, color: Color | None = None) -> Tag:
        """Create a tag. ``POST /api/tags``, 60 a minute. Not idempotent.

        A workspace has at most 1,000.

        Args:
            title: at most 30 characters.
            description: at most 150 characters.
            color: one of Workato's twelve.
        """
        return await self._call(
            CREATE, body=without_none(title=title, description=description, color=one_of("color", color, Color))
        )

    async def update(
        self,
        handle: str | Tag,
        *,
        title: str | Unset | None = UNSET,
        description: str | Unset | None = UNSET,
        color: Color | Unset | None = UNSET,
    ) -> Tag:
        """Update a tag; fields not given stay unchanged. ``PUT /api/tags/{handle}``, 60 a minute. Idempotent.

        Args:
            handle: the tag, text such as ``"tag-…"``.
            title: at most 30 characters.
            description: at most 150 characters.
            color: one of Workato's twelve.
        """
        return await self._call(
            UPDATE,
            handle,
            body=changes(UPDATE, title=title, description=description, color=one_of("color", color, Color)),
        )

    async def delete(self, handle: str | Tag) -> None:
        """Delete a tag. ``DELETE /api/tags/{handle}``, 60 a minute. Idempotent."""
        await self._call(DELETE, handle)


class TagsAssignments(Resource):
    """Tags on recipes and connections: ``workato.tags_assignments``."""

    __slots__ = ()

    async def apply(
        self,
        *,
        add_tags: Sequence[str | Tag] | None = None,
        remove_tags: Sequence[str | Tag] | None = None,
        recipe_ids: Sequence[int | Recipe] | None = None,
        connection_ids: Sequence[int | Connection] | None = None,
    ) -> None:
        """Add tags to recipes and connections, and remove others.

        ``POST /api/tags_assignments``, 60 a minute. Idempotent.

        Args:
            add_tags: handles of the tags to add.
            remove_tags: handles of the tags to remove.
            recipe_ids: the recipes.
            connection_ids: the connections.

        Raises:
            ConfigurationError: if neither recipes nor connections are given.
        """
        if not recipe_ids and not connection_ids:
            raise ConfigurationError("pass recipe_ids, connection_ids, or both")
        fields = without_none(
            add_tags=None if add_tags is None else ids_of(add_tags, "add_tags"),
            remove_tags=None if remove_tags is None else ids_of(remove_tags, "remove_tags"),
            recipe_ids=recipe_ids,
            connection_ids=connection_ids,
        )
        await self._call(APPLY, body=fields)
