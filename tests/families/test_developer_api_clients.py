"""API clients of the Developer API: changed without a look at their tokens; their roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workato_async import BadRequestError, NotFoundError

if TYPE_CHECKING:
    from workato_async import WorkatoSession
    from workato_async.testing import FakeWorkato


async def test_a_client_is_changed(workato: WorkatoSession) -> None:
    made = await workato.developer_api_clients.create(
        name="Sync", api_privilege_group_id=1, all_folders=True, environment="DEV"
    )
    assert made.token is not None
    assert made.token.value is not None
    changed = await workato.developer_api_clients.update(
        made, all_folders=False, folder_ids=[2001], environment="TEST", ip_allow_list=["192.0.2.1", "192.0.2.2"]
    )
    assert (changed.name, changed.folder_ids, changed.all_folders) == ("Sync", (2001,), False)
    assert (changed.environment_name, changed.ip_allow_list) == ("TEST", "192.0.2.1,192.0.2.2")
    seen = await workato.developer_api_clients.get(made.id)
    assert seen == changed
    assert seen.token is not None
    assert seen.token.value is None, "it was shown once"
    assert made.token.value not in repr(made)
    await workato.developer_api_clients.delete(made)
    with pytest.raises(NotFoundError):
        await workato.developer_api_clients.get(made)


async def test_a_change_is_validated_whole(workato: WorkatoSession) -> None:
    before = await workato.developer_api_clients.get(401)
    with pytest.raises(BadRequestError, match="folder_ids"):
        await workato.developer_api_clients.update(401, all_folders=False, environment="DEV")
    with pytest.raises(BadRequestError, match="environment"):
        await workato.developer_api_clients.update(401, all_folders=True, name="New")
    assert await workato.developer_api_clients.get(401) == before


async def test_client_roles_come_page_by_page(fake: FakeWorkato, workato: WorkatoSession) -> None:
    first = await workato.developer_api_client_roles.list().first()
    assert first is not None
    await workato.developer_api_client_roles.copy(first, body={"name": "mine"})
    assert fake.requests[-1].json == {"name": "mine"}
    names = [role.name async for role in workato.developer_api_client_roles.list(per_page=2)]
    assert len(names) == 4
    assert names[-1] == f"Copy of {first.name}"
    assert fake.sent("developer_api_client_roles.list") == 4, "a full page is never the last"
