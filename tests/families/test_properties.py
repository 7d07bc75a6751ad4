"""Properties of the environment and of projects."""

from __future__ import annotations

from typing import Any

import pytest

from workato_async import BadRequestError, NotFoundError, WorkatoSession
from workato_async.testing import FakeWorkato


async def test_properties_are_created_and_changed(workato: WorkatoSession) -> None:
    await workato.properties.upsert(properties={"crm.url": "old", "crm.user": "sync", "erp.url": "erp"})
    await workato.properties.upsert(properties={"crm.url": "new"})
    assert await workato.properties.list(prefix="crm.") == {"crm.url": "new", "crm.user": "sync"}
    assert await workato.properties.list(prefix="hr.") == {}


async def test_projects_have_their_own(workato: WorkatoSession, fake: FakeWorkato) -> None:
    first, second, _ = fake.state.projects
    await workato.properties.upsert(properties={"crm.url": "its own"}, project_id=first)
    assert await workato.properties.list(prefix="crm.", project_id=str(first)) == {"crm.url": "its own"}
    assert await workato.properties.list(prefix="crm.", project_id=second) == {}
    assert await workato.properties.list(prefix="crm.") == {}
    with pytest.raises(NotFoundError):
        await workato.properties.upsert(properties={"crm.url": "x"}, project_id=1)


async def test_a_property_may_have_the_name_of_what_else_tells_a_rejection(workato: WorkatoSession) -> None:
    await workato.properties.upsert(properties={"success": "false"})
    assert await workato.properties.list(prefix="succ") == {"success": "false"}


@pytest.mark.parametrize(
    ("properties", "problem"),
    [
        ({"n" * 101: "x"}, r"name: is too long \(maximum is 100 characters\)"),
        ({"crm.url": "x" * 1025}, r"value: is too long \(maximum is 1024 characters\)"),
        ({f"crm.{index}": "x" for index in range(1001)}, r"properties: are too many \(maximum is 1000\)"),
    ],
)
async def test_what_is_beyond_the_limits_is_rejected(
    workato: WorkatoSession, properties: dict[str, Any], problem: str
) -> None:
    with pytest.raises(BadRequestError, match=problem):
        await workato.properties.upsert(properties=properties)
    assert await workato.properties.list(prefix="") == {}
