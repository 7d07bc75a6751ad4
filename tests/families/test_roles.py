"""Roles: of projects and environments, and legacy ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workato_async import BadRequestError, NotFoundError

if TYPE_CHECKING:
    from workato_async import WorkatoSession
    from workato_async.resources.environment_roles import EnvironmentRoles
    from workato_async.resources.projects.roles import ProjectRoles
    from workato_async.testing import FakeWorkato

READER = {"Recipes": ["read"]}


@pytest.mark.parametrize("kind", ["project_roles", "environment_roles"])
async def test_a_role_lives_and_dies(workato: WorkatoSession, kind: str) -> None:
    roles: ProjectRoles | EnvironmentRoles = getattr(workato, kind)
    made = await roles.create(name="Reader", privileges=READER)
    assert (made.name, made.type, made.members_count, made.privileges) == ("Reader", "custom", 0, None)
    assert (await roles.get(made.id)).privileges == READER
    changed = await roles.update(made.id, name="Tester")
    assert (changed.id, changed.name) == (made.id, "Tester")
    assert (await roles.get(made.id)).privileges == READER, "what is not given stays"
    await roles.delete(made.id)
    with pytest.raises(NotFoundError):
        await roles.get(made.id)


async def test_environment_roles_come_page_by_page(fake: FakeWorkato, workato: WorkatoSession) -> None:
    for number in range(5):
        fake.state.add_scoped_role("environment", f"Role {number}")
    names = [role.name async for role in workato.environment_roles.list(per_page=3)]
    assert names[3:] == [f"Role {number}" for number in range(5)]
    assert fake.sent("environment_roles.list") == 3
    [named] = await workato.environment_roles.list(name="Role 4").collect()
    assert (await workato.environment_roles.get(named)).name == "Role 4"
    assert "Role 4" not in [role.name async for role in workato.project_roles.list()]


async def test_a_legacy_role_reaches_other_projects(fake: FakeWorkato, workato: WorkatoSession) -> None:
    [role, *_] = await workato.roles.list().collect()
    assert (await workato.roles.update(role, all_folders=False, folder_ids=[2004])).folder_ids == (2004,)
    assert fake.requests[-1].json == {"all_folders": "false", "folder_ids": [2004]}
    assert (await workato.roles.update(role.id, all_folders=True)).folder_ids == ()
    with pytest.raises(BadRequestError, match="all_folders"):
        await workato.roles.update(role, all_folders=True, folder_ids=[2004])
    copy = await workato.roles.copy(role, name="Tester", folder_ids=[2001])
    assert copy.id != role.id
    assert (copy.name, copy.folder_ids, copy.privileges) == ("Tester", (2001,), role.privileges)
    assert copy in await workato.roles.list().collect()


async def test_roles_are_migrated(fake: FakeWorkato, workato: WorkatoSession) -> None:
    migrated = await workato.roles_migration.system(dry_run=True)
    assert len(migrated.project_roles) == len(migrated.environment_roles) == 2
    await workato.roles_migration.custom(body={"role_id": 5})
    assert fake.requests[-1].json == {"role_id": 5}
