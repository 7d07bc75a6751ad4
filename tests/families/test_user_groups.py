"""Groups of collaborators."""

from __future__ import annotations

import json

import pytest

from workato_async import NotFoundError, WorkatoSession
from workato_async.testing import FakeWorkato


async def test_a_group_from_beginning_to_end(workato: WorkatoSession) -> None:
    group = await workato.user_groups.create(name="Builders", description="Who builds")
    assert (group.members_count, group.system) == (0, False)
    changed = await workato.user_groups.update(group, name="Makers")
    assert (changed.name, changed.description) == ("Makers", "Who builds")
    assert await workato.user_groups.get(group.id) == changed
    assert await workato.user_groups.list(name="Makers").collect() == [changed]
    await workato.user_groups.delete(changed)
    with pytest.raises(NotFoundError):
        await workato.user_groups.get(group)


async def test_members_come_and_go(workato: WorkatoSession, fake: FakeWorkato) -> None:
    group = await workato.user_groups.create(name="Builders")
    assert await workato.user_groups.members.add(group, user_ids=[4848, 4849]) == {}
    await workato.user_groups.members.add(group, user_ids=[4848])
    assert (await workato.user_groups.get(group)).members_count == 2
    await workato.user_groups.members.remove(group, user_ids=[4848])
    members = await workato.user_groups.members.list(group).collect()
    assert [member["id"] for member in members] == [4849]
    assert (await workato.user_groups.get(group)).members_count == 1
    removal = next(request for request in fake.requests if request.method == "DELETE")
    assert json.loads(removal.body) == {"user_ids": [4848]}
    with pytest.raises(NotFoundError):
        await workato.user_groups.members.add(group, user_ids=[1])


async def test_groups_fill_more_than_one_page(workato: WorkatoSession, fake: FakeWorkato) -> None:
    for index in range(3):
        await workato.user_groups.create(name=f"Group {index}")
    groups = await workato.user_groups.list(per_page=2).collect()
    assert [group.name for group in groups] == ["name 1", "name 2", "Group 0", "Group 1", "Group 2"]
    assert fake.sent("user_groups.list") == 3
