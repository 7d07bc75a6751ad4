"""Reads an access review.

Workato has no endpoint for it. The report puts together the collaborators, their groups, their roles in environments
and projects, the privileges of these roles, and the API clients.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Union

from workato_async.errors import ConfigurationError
from workato_async.reports.access import AccessReview, ClientAccess, RoleAccess
from workato_async.reports.access_parts import client_access, group_access, member_access, member_id
from workato_async.reports.reading import Reader, all_folders, folder_paths, tasks, whole

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from workato_async.reports.families import Families
    from workato_async.resources.environment_roles import EnvironmentRole
    from workato_async.resources.members import Member, MemberPrivileges, UserGroup
    from workato_async.resources.projects.models import ProjectGrant, ProjectRole

_SIGN_IN = "user_login"


async def access_review(workato: Families, *, sign_ins: timedelta | None = timedelta(days=30)) -> AccessReview:
    """Return who may do what: see ``Api.access_review``."""
    if sign_ins is not None and (not isinstance(sign_ins, timedelta) or sign_ins < timedelta()):
        raise ConfigurationError(f"sign_ins must be a timedelta of at least 0, not {sign_ins!r}")
    made_at = datetime.now(UTC)
    reader = Reader()
    since = None if sign_ins is None else made_at - sign_ins
    async with tasks() as group:
        workspace = group.create_task(reader.one("the workspace", workato.workspace.me()))
        members = group.create_task(_members(workato, reader))
        groups = group.create_task(_groups(workato, reader))
        clients = group.create_task(_clients(workato, reader))
        roles = group.create_task(_roles(workato, reader))
        seen = group.create_task(_sign_ins(workato, reader, since))
    reader.require_anything()
    by_role = {role.id: role.privileges for role in roles.result() or ()}
    found_groups = groups.result()
    grouped = None if found_groups is None else [group_access(*one, by_role) for one in found_groups]
    sign_in_times = seen.result()
    return AccessReview(
        workspace=found.name if (found := workspace.result()) else None,
        made_at=made_at,
        members=None
        if members.result() is None
        else tuple(member_access(*one, grouped, by_role, sign_in_times or {}) for one in members.result() or ()),
        groups=None if grouped is None else tuple(grouped),
        api_clients=clients.result(),
        roles=roles.result(),
        sign_ins_since=None if sign_in_times is None else since,
        unread=tuple(reader.unread),
    )


_Role = Union["EnvironmentRole", "ProjectRole"]
_ReadMember = tuple["Member", "list[MemberPrivileges] | None", "list[ProjectGrant] | None"]
_ReadGroup = tuple["UserGroup", "tuple[int, ...] | None", "list[ProjectGrant] | None"]


async def _members(workato: Families, reader: Reader) -> list[_ReadMember] | None:
    members = await reader.all("members", workato.members.list())
    if members is None:
        return None

    async def privileges(member: Member) -> list[MemberPrivileges]:
        return await whole(workato.members.privileges(member))

    async def grants(member: Member) -> list[ProjectGrant]:
        return await whole(workato.members.project_grants(member))

    async with tasks() as group:
        of_each = group.create_task(reader.each("privileges of members", privileges, members, _named))
        granted = group.create_task(reader.each("project grants of members", grants, members, _named))
    return list(zip(members, of_each.result(), granted.result(), strict=True))


async def _groups(workato: Families, reader: Reader) -> list[_ReadGroup] | None:
    groups = await reader.all("user groups", workato.user_groups.list())
    if groups is None:
        return None

    async def inside(group: UserGroup) -> list[dict[str, Any]]:
        return await whole(workato.user_groups.members.list(group))

    async def grants(group: UserGroup) -> list[ProjectGrant]:
        return await whole(workato.user_groups.project_grants(group))

    async with tasks() as group:
        people = group.create_task(reader.each("members of user groups", inside, groups, _named))
        granted = group.create_task(reader.each("project grants of user groups", grants, groups, _named))
    found: list[_ReadGroup] = []
    for one, rows, of in zip(groups, people.result(), granted.result(), strict=True):
        ids = None if rows is None else tuple(id_ for row in rows if (id_ := member_id(row)) is not None)
        if ids is not None and len(ids) < len(rows or ()):  # no source shows the form of the rows
            reader.note("members of user groups", "Workato sent members without an id.", [_named(one)])
            ids = None
        found.append((one, ids, of))
    return found


async def _clients(workato: Families, reader: Reader) -> tuple[ClientAccess, ...] | None:
    async with tasks() as group:
        listed = group.create_task(reader.all("API clients", workato.developer_api_clients.list()))
        of_clients = group.create_task(reader.all("API client roles", workato.developer_api_client_roles.list()))
    clients = listed.result()
    if clients is None:
        return None
    paths: dict[int, str] = {}
    if any(client.folder_ids for client in clients):
        paths = folder_paths(await all_folders(workato, reader) or ())
    names = {role.id: role.name for role in of_clients.result() or ()}
    return tuple(client_access(client, names, paths) for client in clients)


async def _roles(workato: Families, reader: Reader) -> tuple[RoleAccess, ...] | None:
    async with tasks() as group:
        kinds = [group.create_task(_roles_of(workato, reader, scope)) for scope in ("environment", "project")]
    found = [kind.result() for kind in kinds]
    return None if found == [None, None] else tuple(role for roles in found for role in roles or ())


async def _roles_of(workato: Families, reader: Reader, scope: str) -> list[RoleAccess] | None:
    family: Any = workato.environment_roles if scope == "environment" else workato.project_roles
    listed: list[_Role] | None = await reader.all(f"{scope} roles", family.list())
    if listed is None:
        return None
    get: Callable[[_Role], Awaitable[_Role]] = family.get
    whole = await reader.each(f"privileges of {scope} roles", get, listed, _named)
    return [
        RoleAccess(
            id=role.id,
            name=role.name,
            scope=scope,
            type=role.type,
            members_count=role.members_count,
            privileges=None if one is None else one.privileges,
        )
        for role, one in zip(listed, whole, strict=True)
    ]


async def _sign_ins(workato: Families, reader: Reader, since: datetime | None) -> dict[object, datetime] | None:
    """Return the newest sign-in by the id and by the address of a user; None if the log cannot be read."""
    if since is None:
        return None
    entries = await reader.all("sign-ins", workato.activity_logs.list(from_=since, include_event_types=[_SIGN_IN]))
    if entries is None:
        return None
    newest: dict[object, datetime] = {}
    for entry in entries:
        if entry.user is None or entry.timestamp is None:
            continue
        for key in (entry.user.id, entry.user.email):
            if key is not None:
                newest[key] = max(entry.timestamp, newest.get(key, entry.timestamp))
    return newest


def _named(thing: Any) -> str:
    return str(getattr(thing, "email", None) or thing.name or thing.id)
