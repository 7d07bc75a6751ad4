"""Collaborators of the workspace."""

from __future__ import annotations

import pytest

from workato_async import BadRequestError, NotFoundError, WorkatoSession
from workato_async.testing import FakeWorkato, faults


async def test_roles_are_set_by_environment(workato: WorkatoSession) -> None:
    first, second = await workato.members.list().collect()
    changed = await workato.members.update(
        first,
        env_roles=[{"environment_type": "dev", "name": "Operator"}, {"environment_type": "prod", "name": "Analyst"}],
    )
    assert [(role.environment_type, role.role_name) for role in changed.roles] == [
        ("dev", "Operator"),
        ("prod", "Analyst"),
    ]
    assert await workato.members.get(first.id) == changed
    privileges = await workato.members.privileges(first).collect()
    assert [(one.environment_type, one.name) for one in privileges] == [("dev", "Operator"), ("prod", "Analyst")]
    assert privileges[0].privileges == {"Recipes": ["read", "run"], "Connections": ["read"]}
    assert await workato.members.get(second) == second


async def test_a_member_is_found_by_address_and_removed(workato: WorkatoSession) -> None:
    [member] = await workato.members.list(email="member2@example.com").collect()
    await workato.members.delete(member)
    assert await workato.members.list(email="member2@example.com").collect() == []
    with pytest.raises(NotFoundError):
        await workato.members.get(member)


async def test_an_invitation_names_known_environments(workato: WorkatoSession) -> None:
    for environment in ("test", "moon"):
        roles = [{"environment_type": environment, "name": "Operator"}]
        invitation = workato.members.invite(name="Lee", email="lee@example.com", env_roles=roles)
        if environment == "test":
            assert await invitation == {}
        else:
            with pytest.raises(BadRequestError, match="Unknown environment: moon"):
                await invitation


async def test_a_member_without_a_wrapper_is_read(workato: WorkatoSession, fake: FakeWorkato) -> None:
    fake.fail("members.get", faults.Status(200, '{"id": 4848, "name": "Kim", "shoe_size": 42}'))
    member = await workato.members.get(4848)
    assert (member.id, member.name, member.extra) == (4848, "Kim", {"shoe_size": 42})
