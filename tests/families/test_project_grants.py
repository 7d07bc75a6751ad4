"""Roles in projects."""

from __future__ import annotations

import pytest

from workato_async import NotFoundError, WorkatoSession
from workato_async.testing import FakeWorkato


async def test_grants_are_added_changed_and_taken_back(workato: WorkatoSession, fake: FakeWorkato) -> None:
    fake.state.tables["project_grants/"].clear()
    project, other, *_ = await workato.projects.list().collect()
    admin, operator, _ = await workato.project_roles.list().collect()
    member, group = await workato.members.list().first(), await workato.user_groups.list().first()
    assert member
    assert group
    to_member, to_group = await workato.project_grants.set(
        project,
        project_grants=[
            {"user_id": member.id, "project_role_id": admin.id},
            {"user_group_id": group.id, "project_role_id": operator.id},
        ],
    )
    assert to_member.project
    assert to_member.project_role
    assert to_member.user
    assert (to_member.project.id, to_member.project_role.name) == (project.id, admin.name)
    assert (to_member.user.email, to_member.user_group) == (member.email, None)

    [changed] = await workato.project_grants.set(
        project.id, project_grants=[{"user_id": member.id, "project_role_id": operator.id}]
    )
    assert changed.id == to_member.id
    again = await workato.project_grants.update(to_group, project_role_id=admin.id)
    assert again.project_role
    assert again.project_role.id == admin.id

    assert await workato.project_grants.list(project).collect() == [changed, again]
    assert await workato.project_grants.list(other).collect() == []
    assert await workato.members.project_grants(member).collect() == [changed]
    assert await workato.user_groups.project_grants(group).collect() == [again]

    await workato.project_grants.delete(changed)
    with pytest.raises(NotFoundError):
        await workato.project_grants.get(changed.id)
    assert await workato.project_grants.get(again) == again


async def test_grants_fill_more_than_one_page(workato: WorkatoSession, fake: FakeWorkato) -> None:
    role = next(iter(fake.state.project_roles))
    project = fake.state.first_project()["id"]
    holders: list[dict[str, object]] = [{"user_id": 4848}, {"user_id": 4849}]
    for group in await workato.user_groups.list().collect():
        holders.append({"user_group_id": group.id})
    grants = [{**holder, "project_role_id": role} for holder in holders]
    assert await workato.project_grants.set(project, project_grants=grants) == (
        await workato.project_grants.list(project, per_page=3).collect()
    )
    assert fake.sent("project_grants.list") == 2
