"""Groups of collaborators.

Source: "Collaborator groups" (docs: workato-api/collaborator-groups).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async._unset import UNSET
from workato_async.arguments import ids_of
from workato_async.endpoint import PAGE_NUMBER, Endpoint, JsonObject
from workato_async.resources._base import Resource, changes, without_none
from workato_async.resources.members import UserGroup
from workato_async.resources.projects.models import ProjectGrant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async._unset import Unset
    from workato_async.calls.caller import Caller
    from workato_async.pages import Pages
    from workato_async.resources.members import Member


LIST = Endpoint("user_groups.list", "GET", "/api/user_groups", UserGroup, wrapper="data", listing=PAGE_NUMBER)
GET = Endpoint("user_groups.get", "GET", "/api/user_groups/{id}", UserGroup, wrapper="data")
CREATE = Endpoint("user_groups.create", "POST", "/api/user_groups", UserGroup, wrapper="data")
UPDATE = Endpoint("user_groups.update", "PUT", "/api/user_groups/{id}", UserGroup, wrapper="data")
DELETE = Endpoint[None]("user_groups.delete", "DELETE", "/api/user_groups/{id}")
_MEMBERS = "/api/user_groups/{id}/members"
LIST_MEMBERS = Endpoint("user_groups.members.list", "GET", _MEMBERS, JsonObject, wrapper="data", listing=PAGE_NUMBER)
ADD_MEMBERS = Endpoint("user_groups.members.add", "POST", _MEMBERS, JsonObject, idempotent=True)
REMOVE_MEMBERS = Endpoint("user_groups.members.remove", "DELETE", _MEMBERS, JsonObject)
PROJECT_GRANTS = Endpoint(
    "user_groups.project_grants",
    "GET",
    "/api/user_groups/{id}/project_grants",
    ProjectGrant,
    wrapper="data",
    listing=PAGE_NUMBER,
)


class UserGroups(Resource):
    """Groups of collaborators: ``workato.user_groups``."""

    __slots__ = ("members",)

    def __init__(self, caller: Caller) -> None:
        super().__init__(caller)
        self.members = UserGroupMembers(caller)

    def list(self, *, name: str | None = None, per_page: int | None = None) -> Pages[UserGroup]:
        """List the groups. ``GET /api/user_groups``, 60 a minute, at most 100 per page.

        Args:
            name: groups of this name only.
            per_page: groups per page, 1 to 100.
        """
        return self._pages(LIST, query={"name": name}, per_page=per_page)

    async def get(self, group_id: str | UserGroup) -> UserGroup:
        """Get a group. ``GET /api/user_groups/{id}``, 60 a minute."""
        return await self._call(GET, group_id)

    async def create(self, *, name: str, description: str | None = None) -> UserGroup:
        """Create a group. ``POST /api/user_groups``, 60 a minute. Not idempotent.

        Args:
            name: its name.
            description: free text.
        """
        return await self._call(CREATE, body=without_none(name=name, description=description))

    async def update(
        self, group_id: str | UserGroup, *, name: str | Unset | None = UNSET, description: str | Unset | None = UNSET
    ) -> UserGroup:
        """Update a group; fields not given stay unchanged. ``PUT /api/user_groups/{id}``, 60 a minute. Idempotent.

        Args:
            group_id: the group.
            name: its name.
            description: free text.
        """
        return await self._call(UPDATE, group_id, body=changes(UPDATE, name=name, description=description))

    async def delete(self, group_id: str | UserGroup) -> None:
        """Delete a group. ``DELETE /api/user_groups/{id}``, 60 a minute. Idempotent."""
        await self._call(DELETE, group_id)

    def project_grants(self, group_id: str | UserGroup, *, per_page: int | None = None) -> Pages[ProjectGrant]:
        """List the grants of a group. ``GET /api/user_groups/{id}/project_grants``, 60 a minute, at most 100 per page.

        Args:
            group_id: the group.
            per_page: grants per page, 1 to 100.
        """
        return self._pages(PROJECT_GRANTS, group_id, per_page=per_page)


class UserGroupMembers(Resource):
    """The members of groups: ``workato.user_groups.members``."""

    __slots__ = ()

    def list(self, group_id: str | UserGroup, *, per_page: int | None = None) -> Pages[JsonObject]:
        """List the members of a group. ``GET /api/user_groups/{id}/members``, 60 a minute, at most 100 per page.

        The shape of the items is not documented.

        Args:
            group_id: the group.
            per_page: members per page, 1 to 100.
        """
        return self._pages(LIST_MEMBERS, group_id, per_page=per_page)

    async def add(self, group_id: str | UserGroup, *, user_ids: Sequence[int | Member]) -> JsonObject:
        """Add members to a group. ``POST /api/user_groups/{id}/members``, 60 a minute. Idempotent.

        The shape of the response is not documented, and the parameter's name is not confirmed.

        Args:
            group_id: the group.
            user_ids: the collaborators, by their ids in ``workato.members``.
        """
        return await self._call(ADD_MEMBERS, group_id, body={"user_ids": ids_of(user_ids, "user_ids")})

    async def remove(self, group_id: str | UserGroup, *, user_ids: Sequence[int | Member]) -> JsonObject:
        """Remove members from a group. ``DELETE /api/user_groups/{id}/members``, 60 a minute. Idempotent.

        The shape of the response is not documented, and the parameter's name is not confirmed.

        Args:
            group_id: the group.
            user_ids: the collaborators, by their ids in ``workato.members``.
        """
        return await self._call(REMOVE_MEMBERS, group_id, body={"user_ids": ids_of(user_ids, "user_ids")})
