"""Makes the parts of an access review from what Workato sends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import attrs

from workato_async.reports.access import ClientAccess, EnvironmentAccess, GroupAccess, MemberAccess, ProjectAccess

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from workato_async.resources.developer_api_clients import DeveloperApiClient
    from workato_async.resources.members import Member, MemberPrivileges, UserGroup
    from workato_async.resources.projects.models import ProjectGrant

_ADMIN = re.compile(r"\b(admin(istrator)?|owner)s?\b", re.IGNORECASE)


def member_access(
    member: Member,
    privileges: Sequence[MemberPrivileges] | None,
    grants: Sequence[ProjectGrant] | None,
    groups: Sequence[GroupAccess] | None,
    by_role: Mapping[str, dict[str, Any] | None],
    sign_ins: Mapping[object, datetime],
) -> MemberAccess:
    if privileges is None:
        environments = tuple(
            EnvironmentAccess(
                environment=role.environment_type,
                role=role.role_name,
                admin=_is_admin(role.role_name),
                privileges=None,
                folder_ids=(),
            )
            for role in member.roles
        )
    else:
        environments = tuple(
            EnvironmentAccess(
                environment=one.environment_type,
                role=one.name,
                admin=_is_admin(one.name),
                privileges=one.privileges,
                folder_ids=one.folder_ids,
            )
            for one in privileges
        )
    own = [group for group in groups or () if member.id in (group.member_ids or ())]
    are_known = groups is not None and all(group.member_ids is not None for group in groups)
    projects: dict[object, ProjectAccess] | None = None
    if grants is not None:
        projects = {_place(access): access for access in (_project_access(grant, by_role) for grant in grants)}
        for group in own:
            for access in group.projects or ():
                through = attrs.evolve(access, group=group.name or group.id)
                projects.setdefault(_place(through), through)
    activity = member.last_activity_log
    return MemberAccess(
        id=member.id,
        name=member.name,
        email=member.email,
        grant_type=member.grant_type,
        external_id=member.external_id,
        created_at=member.created_at,
        admin=any(environment.admin for environment in environments),
        environments=environments,
        projects=None if projects is None else tuple(projects.values()),
        groups=tuple(group.name or group.id for group in own) if are_known else None,
        last_activity=activity.event_type if activity else None,
        last_activity_at=activity.created_at if activity else None,
        last_sign_in_at=sign_ins.get(member.id) or sign_ins.get(member.email),
    )


def group_access(
    group: UserGroup,
    member_ids: tuple[int, ...] | None,
    grants: Sequence[ProjectGrant] | None,
    by_role: Mapping[str, dict[str, Any] | None],
) -> GroupAccess:
    projects = None if grants is None else tuple(_project_access(grant, by_role) for grant in grants)
    own = None if projects is None else tuple(attrs.evolve(access, group=None) for access in projects)
    return GroupAccess(id=group.id, name=group.name, member_ids=member_ids, projects=own)


def _project_access(grant: ProjectGrant, by_role: Mapping[str, dict[str, Any] | None]) -> ProjectAccess:
    project, role = grant.project, grant.project_role
    environment = project.environment if project else None
    name = role.name if role else None
    return ProjectAccess(
        project=project.name if project else None,
        project_id=project.id if project else None,
        environment=environment.type if environment else None,
        role=name,
        role_id=role.id if role else None,
        admin=_is_admin(name),
        privileges=by_role.get(role.id) if role and role.id else None,
        group=(grant.user_group.name or grant.user_group.id) if grant.user_group else None,
    )


def client_access(
    client: DeveloperApiClient, roles: Mapping[int, str | None], paths: Mapping[int, str]
) -> ClientAccess:
    addresses = client.ip_allow_list or ()
    if isinstance(addresses, str):
        addresses = tuple(filter(None, (address.strip() for address in addresses.split(","))))
    role_id = client.api_privilege_group_id
    return ClientAccess(
        id=client.id,
        name=client.name,
        role=roles.get(role_id) if role_id is not None else None,
        role_id=role_id,
        environment=client.environment or client.environment_name,
        all_folders=client.all_folders,
        folders=tuple(paths.get(folder_id, str(folder_id)) for folder_id in client.folder_ids),
        ip_allow_list=tuple(addresses),
        created_at=client.created_at,
        updated_at=client.updated_at,
        token_updated_at=client.token.updated_at if client.token else None,
        last_used_at=_last_used(client),
    )


def _last_used(client: DeveloperApiClient) -> str | None:
    """Return when a client was last used; no source documents the field, and some workspaces may have it."""
    token = client.extra.get("token")
    for fields in (client.extra, token if isinstance(token, dict) else {}):
        if isinstance(found := fields.get("last_used_at"), str):
            return found
    return None


def member_id(row: Mapping[str, Any]) -> int | None:
    """Return the id of a collaborator in the list of a group; no source shows its items."""
    user = row.get("user")
    for id_ in (row.get("user_id"), user.get("id") if isinstance(user, dict) else None, row.get("id")):
        if str(id_).isdecimal():
            return int(str(id_))
    return None


def _is_admin(role: str | None) -> bool:
    return role is not None and _ADMIN.search(role) is not None


def _place(access: ProjectAccess) -> object:
    return access.project_id, access.environment, access.role_id, access.group
