"""Connections: pick lists, and the connections of runtime users."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workato_async import BadRequestError, NotFoundError, OutcomeUnknownError
from workato_async.testing import faults

if TYPE_CHECKING:
    from workato_async import WorkatoSession
    from workato_async.testing import FakeWorkato


async def test_a_pick_list_depends_on_its_parameters(workato: WorkatoSession) -> None:
    connection = await workato.connections.list(provider="salesforce").first()
    assert connection is not None
    choices = await workato.connections.pick_list(
        connection, pick_list_name="fields", pick_list_params={"sobject": "Account"}
    )
    assert [label for label, *_ in choices] == ["fields of Account 1", "fields of Account 2"]
    assert all(len(choice) == 4 for choice in choices)
    other = await workato.connections.pick_list(connection.id, pick_list_name="fields")
    assert other[0][0] == "fields 1"


async def test_a_pick_list_needs_a_live_connection(fake: FakeWorkato, workato: WorkatoSession) -> None:
    dead = fake.state.add_connection(provider="jira", connected=False)
    with pytest.raises(BadRequestError) as caught:
        await workato.connections.pick_list(dead["id"], pick_list_name="projects")
    assert caught.value.errors == ("connection: not connected",)


async def test_a_pick_list_is_read_again_when_the_response_is_lost(fake: FakeWorkato, workato: WorkatoSession) -> None:
    fake.fail("connections.pick_list", faults.Reset("after"))
    assert await workato.connections.pick_list(5001, pick_list_name="fields")
    assert fake.sent("connections.pick_list") == 2


async def test_a_runtime_user_gets_an_address_nobody_else_sees(fake: FakeWorkato, workato: WorkatoSession) -> None:
    made = await workato.connections.runtime_user.create(parent_id=5001, folder_id=2001, external_id="kim")
    assert made.url is not None
    again = await workato.connections.runtime_user.oauth_url(made)
    assert again.url != made.url
    assert "oauth" not in repr(made) + repr(again)
    listed = await workato.connections.list(external_id="kim", include_runtime_connections=True).collect()
    assert [(one.id, one.parent_id, one.authorized_at) for one in listed] == [(made.id, 5001, None)]
    assert await workato.connections.list(external_id="kim").collect() == []
    with pytest.raises(NotFoundError):
        await workato.connections.runtime_user.oauth_url(5001)


async def test_no_runtime_user_is_made_twice(fake: FakeWorkato, workato: WorkatoSession) -> None:
    fake.fail("connections.runtime_user.create", faults.Reset("after"))
    with pytest.raises(OutcomeUnknownError):
        await workato.connections.runtime_user.create(parent_id=5001, folder_id=2001, external_id="kim")
    assert fake.sent("connections.runtime_user.create") == 1
