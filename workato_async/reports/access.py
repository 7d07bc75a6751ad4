"""The parts of an access review: who may do what in a workspace, people and API clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from workato_async.base_model import AwareDatetime, Part
from workato_async.reports.reading import Unread  # noqa: TC001 - its fields are read at run time

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime


@attrs.frozen(kw_only=True)
class EnvironmentAccess(Part):
    """The role of a collaborator in one environment.

    Attributes:
        environment: e.g. ``"dev"``.
        role: the name of the role.
        admin: whether the role is that of an administrator, going by its name: Workato marks none.
        privileges: lists of permissions by area; None if they could not be read.
        folder_ids: the folders that a legacy role is limited to.
    """

    environment: str | None
    role: str | None
    admin: bool
    privileges: dict[str, Any] | None
    folder_ids: tuple[int, ...]


@attrs.frozen(kw_only=True)
class ProjectAccess(Part):
    """The role of a collaborator or a group in one project.

    Attributes:
        project: its name.
        project_id: its id.
        environment: the environment of the project, e.g. ``"dev"``.
        role: the name of the project role.
        role_id: its id, text such as ``"pr-…"``.
        admin: whether the role is that of an administrator, going by its name.
        privileges: lists of permissions by area; None if they could not be read.
        group: the group through which a collaborator has it, None if it was granted directly.
    """

    project: str | None
    project_id: int | None
    environment: str | None
    role: str | None
    role_id: str | None
    admin: bool
    privileges: dict[str, Any] | None
    group: str | None


@attrs.frozen(kw_only=True)
class MemberAccess(Part):
    """What one collaborator may do.

    Attributes:
        id: the collaborator's id.
        name: the name.
        email: the address.
        grant_type: e.g. ``"team"`` or ``"federation_manager"``.
        external_id: the id in the identity provider.
        created_at: when the collaborator joined the workspace.
        admin: whether a role in an environment is that of an administrator, going by its name.
        environments: the roles in environments.
        projects: the roles in projects, granted directly or through groups; None if the direct ones could not be read.
        groups: the names of the groups; None if the groups, or the members of any of them, could not be read.
        last_activity: what the collaborator did last, as far as the activity log knows.
        last_activity_at: when that was.
        last_sign_in_at: the last sign-in in the activity log, None if there is none since the ``sign_ins_since`` of the
            report.
    """

    id: int
    name: str | None
    email: str | None
    grant_type: str | None
    external_id: str | None
    created_at: AwareDatetime | None
    admin: bool
    environments: tuple[EnvironmentAccess, ...]
    projects: tuple[ProjectAccess, ...] | None
    groups: tuple[str, ...] | None
    last_activity: str | None
    last_activity_at: AwareDatetime | None
    last_sign_in_at: AwareDatetime | None


@attrs.frozen(kw_only=True)
class GroupAccess(Part):
    """A group of collaborators and its roles in projects.

    Attributes:
        id: its id, text such as ``"am-…"``.
        name: its name.
        member_ids: the collaborators in it; None if they could not be read.
        projects: its roles in projects; None if they could not be read.
    """

    id: str
    name: str | None
    member_ids: tuple[int, ...] | None
    projects: tuple[ProjectAccess, ...] | None


@attrs.frozen(kw_only=True)
class ClientAccess(Part):
    """What one client of the Developer API may do. The API does not return the privileges of its role.

    Attributes:
        id: its id.
        name: its name.
        role: the name of its client role; None if the roles could not be read.
        role_id: the id of the client role.
        environment: ``"DEV"``, ``"TEST"`` or ``"PROD"``; None in a workspace without environments.
        all_folders: whether it reaches every project.
        folders: the folders it reaches if not all: paths, or ids as text where the paths could not be read.
        ip_allow_list: the addresses it may call from; empty for any.
        created_at: when it was created.
        updated_at: when it was changed.
        token_updated_at: when its token was issued or regenerated.
        last_used_at: when it was last used, as Workato sends it; None where it sends nothing.
    """

    id: int
    name: str | None
    role: str | None
    role_id: int | None
    environment: str | None
    all_folders: bool | None
    folders: tuple[str, ...]
    ip_allow_list: tuple[str, ...]
    created_at: AwareDatetime | None
    updated_at: AwareDatetime | None
    token_updated_at: AwareDatetime | None
    last_used_at: str | None


@attrs.frozen(kw_only=True)
class RoleAccess(Part):
    """A role that collaborators or groups can have.

    Attributes:
        id: its id, as text.
        name: its name.
        scope: ``"environment"`` or ``"project"``.
        type: ``"system"``, ``"custom"``, ``"inheritable"`` or ``"inherited"``.
        members_count: how many have it, according to Workato.
        privileges: lists of permissions by area; None if they could not be read.
    """

    id: str
    name: str | None
    scope: str
    type: str | None
    members_count: int | None
    privileges: dict[str, Any] | None


@attrs.frozen(kw_only=True)
class AccessReview(Part):
    """Who may do what in a workspace; ``to_dict()`` has all of it, ``rows()`` a table.

    A list that could not be read is None, and ``unread`` says why; an empty one means that there are none.

    Attributes:
        workspace: its name, None if it could not be read.
        made_at: when the review was made.
        members: the collaborators.
        groups: the groups of collaborators.
        api_clients: the clients of the Developer API.
        roles: the roles in environments and projects; None if neither could be read.
        sign_ins_since: since when the activity log was searched for sign-ins; None if it was not or could not be
            searched.
        unread: what could not be read.
    """

    workspace: str | None
    made_at: AwareDatetime
    members: tuple[MemberAccess, ...] | None
    groups: tuple[GroupAccess, ...] | None
    api_clients: tuple[ClientAccess, ...] | None
    roles: tuple[RoleAccess, ...] | None
    sign_ins_since: AwareDatetime | None
    unread: tuple[Unread, ...]

    @property
    def admins(self) -> tuple[MemberAccess, ...]:
        """The collaborators who are administrators of an environment, going by the names of their roles."""
        return tuple(member for member in self.members or () if member.admin)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Iterate over flat rows, which all have the same keys: one for each role that anyone has.

        ``kind`` is ``"member"``, ``"group"`` or ``"api client"``. A member without a role also has one row. What could
        not be read has a row whose role is ``"?"``.
        """
        for member in self.members or ():
            who = {
                "kind": "member",
                "id": member.id,
                "name": member.name,
                "email": member.email,
                "last_used_at": _text(member.last_sign_in_at or member.last_activity_at),
            }
            places: list[dict[str, Any]] = [_environment_row(one) for one in member.environments]
            places += _project_rows(member.projects)
            yield from ({**_EMPTY, **who, **place} for place in places or [{}])
        for group in self.groups or ():
            who = {"kind": "group", "id": group.id, "name": group.name}
            yield from ({**_EMPTY, **who, **place} for place in _project_rows(group.projects) or [{}])
        for client in self.api_clients or ():
            yield {
                **_EMPTY,
                "kind": "api client",
                "id": client.id,
                "name": client.name,
                "environment": client.environment,
                "project": "*" if client.all_folders else ", ".join(client.folders),
                "role": client.role or (f"client role {client.role_id}" if client.role_id else None),
                "ip_allow_list": ", ".join(client.ip_allow_list) or None,
                "last_used_at": client.last_used_at,
            }
        for kind, found in (("member", self.members), ("group", self.groups), ("api client", self.api_clients)):
            if found is None:
                yield {**_EMPTY, "kind": kind, "name": "?", "role": "?"}


ROW = (
    "kind",
    "id",
    "name",
    "email",
    "environment",
    "project",
    "role",
    "group",
    "admin",
    "privileges",
    "ip_allow_list",
    "last_used_at",
)
"""The columns of a review's rows."""
_EMPTY: dict[str, Any] = dict.fromkeys(ROW)


def _environment_row(access: EnvironmentAccess) -> dict[str, Any]:
    return {
        "environment": access.environment,
        "role": access.role,
        "admin": access.admin,
        "privileges": _privileges_text(access.privileges),
    }


def _project_rows(projects: Sequence[ProjectAccess] | None) -> list[dict[str, Any]]:
    if projects is None:
        return [{"project": "?", "role": "?"}]
    return [
        {
            "environment": access.environment,
            "project": access.project or access.project_id,
            "role": access.role,
            "group": access.group,
            "admin": access.admin,
            "privileges": _privileges_text(access.privileges),
        }
        for access in projects
    ]


def _privileges_text(privileges: Mapping[str, Any] | None) -> str:
    """Return privileges as one line: ``Recipes: read, run; Connections: read``."""
    if privileges is None:
        return "?"
    areas = (f"{area}: {', '.join(map(str, of)) if isinstance(of, list) else of}" for area, of in privileges.items())
    return "; ".join(areas)


def _text(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()
