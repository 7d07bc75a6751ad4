"""Workato Identity: what is documented nowhere passes through as it is."""

from __future__ import annotations

import pytest

from tests.support.methods import method_named
from workato_async import ConfigurationError, NotFoundError, WorkatoSession
from workato_async.models import IamUserGroup
from workato_async.testing import FakeWorkato, faults


async def test_a_user_is_created_changed_and_deleted(fake: FakeWorkato, workato: WorkatoSession) -> None:
    body = {"users": [{"email": "ann@example.com"}], "notify": False}
    user_id = (await workato.iam.users.create(body=body)).id
    assert user_id
    assert fake.requests[-1].json == body
    await workato.iam.users.update(user_id, body={"notify": True})
    assert (await workato.iam.users.get(user_id)).to_dict() == {"id": user_id, **body, "notify": True}
    assert len(await workato.iam.users.list()) == 3
    assert [user.id for user in await workato.iam.users.list(user_ids=[user_id])] == [user_id]
    await workato.iam.users.delete(user_id)
    with pytest.raises(NotFoundError):
        await workato.iam.users.get(user_id)


async def test_a_group_is_created_changed_and_deleted(workato: WorkatoSession) -> None:
    group_id = (await workato.iam.user_groups.create(name="Sales")).id
    assert group_id
    await workato.iam.user_groups.update(group_id, body={"name": "Support"})
    assert IamUserGroup(id=group_id, name="Support") in await workato.iam.user_groups.list()
    assert (await workato.iam.user_groups.get(group_id)).name == "Support"
    assert await workato.iam.user_groups.members(group_id) == {"data": []}
    await workato.iam.user_groups.delete(group_id)
    with pytest.raises(NotFoundError):
        await workato.iam.user_groups.members(group_id)


async def test_users_and_groups_are_joined_with_the_body_given(fake: FakeWorkato, workato: WorkatoSession) -> None:
    user_id, group_id = await _user_and_group(workato)
    await workato.iam.users.add_to_group(user_id, user_group_id=group_id, body={"role": "lead"})
    await workato.iam.users.remove_from_group(user_id, body={"group": group_id})
    await workato.iam.user_groups.add_users(group_id, body={"users": [user_id]})
    await workato.iam.user_groups.remove_users(group_id, body={"users": [user_id]})
    assert [(request.method, request.json) for request in fake.requests[-4:]] == [
        ("POST", {"role": "lead", "user_group_id": group_id}),
        ("POST", {"group": group_id}),
        ("POST", {"users": [user_id]}),
        ("DELETE", {"users": [user_id]}),
    ]
    with pytest.raises(NotFoundError):
        await workato.iam.users.add_to_group("nobody", body={"group": group_id})
    with pytest.raises(NotFoundError):
        await workato.iam.user_groups.remove_users("nothing", body={"users": [user_id]})


async def test_joining_a_group_is_retried_after_a_lost_response(fake: FakeWorkato, workato: WorkatoSession) -> None:
    user_id, _ = await _user_and_group(workato)
    fake.fail("iam.users.add_to_group", faults.Reset())
    await workato.iam.users.add_to_group(user_id, body={"group": "g-1"})
    assert fake.sent("iam.users.add_to_group") == 2


@pytest.mark.parametrize("how", ["users.create", "user_groups.create"])
async def test_nothing_is_created_of_nothing(fake: FakeWorkato, workato: WorkatoSession, how: str) -> None:
    with pytest.raises(ConfigurationError, match="nothing to send"):
        await method_named(workato, f"iam.{how}")()
    with pytest.raises(ConfigurationError, match="body"):
        await method_named(workato, f"iam.{how}")(body=["ann@example.com"])
    assert fake.requests == []


async def _user_and_group(workato: WorkatoSession) -> tuple[str, str]:
    user = await workato.iam.users.create(email="ann@example.com", full_name="Ann")
    group = await workato.iam.user_groups.create(name="Sales")
    return str(user.id), str(group.id)


async def test_links_are_deleted_one_by_one_or_together(fake: FakeWorkato, workato: WorkatoSession) -> None:
    made = [(await workato.iam.app_links.create(body={"app": app}))["data"]["id"] for app in "abcd"]
    await workato.iam.app_links.delete(made[0])
    await workato.iam.app_links.delete_many(ids=made[1:3])
    assert fake.requests[-1].json == {"ids": made[1:3]}
    left = [link["id"] for link in (await workato.iam.app_links.list())["data"]]
    assert set(left) & set(made) == {made[3]}


@pytest.mark.parametrize("ids", [[], "l-1"])
async def test_nothing_is_deleted_without_ids(fake: FakeWorkato, workato: WorkatoSession, ids: list[str]) -> None:
    with pytest.raises(ConfigurationError, match="at least one id"):
        await workato.iam.app_links.delete_many(ids=ids)
    assert fake.requests == []
