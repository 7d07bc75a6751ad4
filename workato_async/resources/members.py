"""Members: the collaborators of the workspace, and the groups they are in.

Source: "Workspace collaborators" (docs: workato-api/team, workato-api/permissions-model).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from workato_async.base_model import AwareDatetime, Model, Part
from workato_async.endpoint import WHOLE, Endpoint, JsonObject
from workato_async.resources._base import Resource, changes, without_none
from workato_async.resources.projects.models import ProjectGrant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workato_async.pages import Pages


@attrs.frozen(kw_only=True)
class MemberRole(Part):
    """The role of a member in one environment."""

    environment_type: str | None = None
    role_name: str | None = None


@attrs.frozen(kw_only=True)
class MemberActivity(Part):
    """What a member did last, as far as the activity log knows."""

    id: int | None = None
    event_type: str | None = None
    created_at: AwareDatetime | None = None


@attrs.frozen(kw_only=True)
class Member(Model):
    """A collaborator. ``grant_type`` is e.g. ``"team"`` or ``"federation_manager"``."""

    id: int
    grant_type: str | None = None
    roles: tuple[MemberRole, ...] = ()
    last_activity_log: MemberActivity | None = None
    external_id: str | None = None
    name: str | None = None
    email: str | None = None
    time_zone: str | None = None
    created_at: AwareDatetime | None = None


@attrs.frozen(kw_only=True)
class UserGroup(Model):
    """A group of collaborators. Its id is text such as ``"am-…"``; ``system`` ones belong to Workato."""

    id: str
    name: str | None = None
    description: str | None = None
    members_count: int | None = None
    system: bool | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


@attrs.frozen(kw_only=True)
class MemberPrivileges(Model):
    """What a member may do in one environment: ``privileges`` holds lists of permissions by area."""

    environment_type: str | None = None
    name: str | None = None
    privileges: dict[str, Any] = attrs.field(factory=dict)
    folder_ids: tuple[int, ...] = ()


LIST = Endpoint("members.list", "GET", "/api/members", Member, wrapper="data", listing=WHOLE)
GET = Endpoint("members.get", "GET", "/api/members/{id}", Member, wrapper="data")
UPDATE = Endpoint("members.update", "PUT", "/api/members/{id}", Member, wrapper="data")
DELETE = Endpoint[None]("members.delete", "DELETE", "/api/members/{id}")
INVITE = Endpoint("members.invite", "POST", "/api/member_invitations", JsonObject, wrapper="data")
PRIVILEGES = Endpoint(
    "members.privileges", "GET", "/api/members/{id}/privileges", MemberPrivileges, wrapper="data", listing=WHOLE
)
PROJECT_GRANTS = Endpoint(
    "members.project_grants", "GET", "/api/members/{id}/project_grants", ProjectGrant, wrapper="data", listing=WHOLE
)
PROJECTS_PRIVILEGES = Endpoint(
    "members.projects_privileges",
    "GET",
    "/api/members/{id}/projects_privileges",
    JsonObject,
    wrapper="data",
    listing=WHOLE,
)


class Members(Resource):
    """Collaborators of the workspace: ``workato.members``. Only for clients of the DEV environment."""

    __slots__ = ()

    def list(self, *, email: str | None = None) -> Pages[Member]:
        """List the collaborators, in one page. ``GET /api/members``, 60 a minute.

        Args:
            email: the collaborator with this e-mail address only; known from an official client, not documented.
        """
        return self._pages(LIST, query={"email": email})

    async def get(self, member_id: int | Member) -> Member:
        """Get a collaborator. ``GET /api/members/{id}``, 60 a minute."""
        return await self._call(GET, member_id)

    async def update(self, member_id: int | Member, *, env_roles: Sequence[Mapping[str, str]]) -> Member:
        """Update the environment roles of a collaborator. ``PUT /api/members/{id}``, 60 a minute. Idempotent.

        Args:
            member_id: the collaborator.
            env_roles: mappings with ``environment_type`` (``"dev"``, ``"test"`` or ``"prod"``; ``"dev"`` in a workspace
                without environments), ``name`` (the role's) and ``role_type`` (``"environment"``, or
                ``"privilege_group"`` by default).
        """
        return await self._call(UPDATE, member_id, body=changes(UPDATE, env_roles=env_roles))

    async def delete(self, member_id: int | Member) -> None:
        """Delete a collaborator from the workspace. ``DELETE /api/members/{id}``, 60 a minute. Idempotent."""
        await self._call(DELETE, member_id)

    async def invite(
        self,
        *,
        name: str,
        email: str,
        env_roles: Sequence[Mapping[str, str]],
        role_name: str | None = None,
        user_group_ids: Sequence[str | UserGroup] | None = None,
    ) -> JsonObject:
        """Invite a person by e-mail. ``POST /api/member_invitations``, 60 a minute. Not idempotent.

        The same person can be invited once every 20 minutes. The shape of the response is not documented.

        Args:
            name: the name of the person to invite.
            email: the person's address.
            env_roles: the person's roles, as in ``update``.
            role_name: deprecated: a role in the DEV environment, ignored if ``env_roles`` is given.
            user_group_ids: groups to join, each text such as ``"am-…"``.

        Raises:
            BadRequestError: if there is no such role or environment.
        """
        fields = without_none(
            name=name, email=email, env_roles=env_roles, role_name=role_name, user_group_ids=user_group_ids
        )
        return await self._call(INVITE, body=fields)

    def privileges(self, member_id: int | Member) -> Pages[MemberPrivileges]:
        """List the privileges of a collaborator by environment. ``GET /api/members/{id}/privileges``, 60 a minute."""
        return self._pages(PRIVILEGES, member_id)

    def project_grants(self, member_id: int | Member) -> Pages[ProjectGrant]:
        """List the grants of a collaborator. ``GET /api/members/{id}/project_grants``, 60 a minute."""
        return self._pages(PROJECT_GRANTS, member_id)

    def projects_privileges(self, member_id: int | Member) -> Pages[JsonObject]:
        """List the privileges of a collaborator in projects.

        ``GET /api/members/{id}/projects_privileges``, 60 a minute.

        The shape of the items is not documented.
        """
        return self._pages(PROJECTS_PRIVILEGES, member_id)
