"""Agent Studio: genies, their clients, knowledge bases and skills."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workato_async import BadRequestError, NotFoundError, OutcomeUnknownError, Quota
from workato_async.converter import decode
from workato_async.resources.genies import Genie, genies
from workato_async.resources.genies import clients as genie_clients
from workato_async.testing import faults
from workato_async.testing.handlers.skills import SKILLS

if TYPE_CHECKING:
    from workato_async import WorkatoSession
    from workato_async.testing import FakeWorkato


async def test_a_genie_lives_and_dies(fake: FakeWorkato, workato: WorkatoSession) -> None:
    project = fake.state.add_project("Support")
    genie = await workato.genies.create(name="Ann", folder_id=project["folder_id"], instructions="be kind")
    assert genie.id.startswith("gin-")
    assert (genie.project_id, genie.description) == (project["id"], None)
    assert genie.created_at
    assert genie.created_at.utcoffset() is not None
    await workato.genies.start(genie)
    assert (await workato.genies.get(genie)).state != genie.state
    await workato.genies.stop(genie.id)
    assert (await workato.genies.get(genie)).state == genie.state
    changed = await workato.genies.update(genie, description="answers questions")
    assert (changed.description, changed.instructions) == ("answers questions", "be kind")
    assert genie.id in [one.id async for one in workato.genies.list()]
    await workato.genies.delete(genie)
    assert genie.id not in [one.id async for one in workato.genies.list()]
    with pytest.raises(NotFoundError):
        await workato.genies.get(genie)


async def test_assigning_twice_is_assigning_once(workato: WorkatoSession) -> None:
    skill = await workato.skills.create(recipe_id=10001)
    first, second = await workato.genies.list().collect()
    for genie in (first, first, second):
        await workato.genies.assign_skills(genie, skill_ids=[skill.id])
    assert (await workato.skills.get(skill)).genies_count == 2
    for _ in range(2):
        await workato.genies.remove_skills(first, skill_ids=[skill.id])
    assert (await workato.skills.get(skill)).genies_count == 1


async def test_only_what_exists_is_assigned(workato: WorkatoSession) -> None:
    genie = (await workato.genies.list().collect())[0]
    with pytest.raises(NotFoundError):
        await workato.genies.assign_skills(genie, skill_ids=["skl-0"])
    with pytest.raises(NotFoundError):
        await workato.genies.assign_knowledge_bases(genie, knowledge_base_ids=["kb-0"])
    with pytest.raises(NotFoundError):
        await workato.genies.clients.assign(genie, genie_client_id="gincl-0")


async def test_a_start_whose_response_was_lost_is_retried(fake: FakeWorkato, workato: WorkatoSession) -> None:
    genie = (await workato.genies.list().collect())[0]
    fake.fail("genies.start", faults.Reset())
    assert (await workato.genies.start(genie))["id"] == genie.id
    assert fake.sent("genies.start") == 2


async def test_the_key_of_a_client_is_shown_once(workato: WorkatoSession) -> None:
    client = await workato.genie_clients.create(client_name="Widget", auth={"type": "api_key"})
    assert client.client_id
    assert client.api_key
    again = await workato.genie_clients.regenerate(client.client_id)
    assert again.client_id == client.client_id
    assert again.api_key
    assert again.api_key != client.api_key
    assert client.api_key not in repr(client)
    assert again.api_key not in repr(again)
    listed = {one.client_id: one for one in await workato.genie_clients.list().collect()}[client.client_id]
    assert (listed.client_name, listed.api_key) == ("Widget", None)


def test_what_else_the_response_with_a_key_holds_is_not_in_its_repr_either() -> None:
    client = decode(genie_clients.CREATE, b'{"data": {"api_key": "first", "other_key": "second"}}')
    assert repr(client) == "GenieClient(api_key=<hidden>)"
    assert client is not None
    assert client.extra == {"other_key": "second"}


async def test_a_new_key_that_was_lost_is_not_made_twice(fake: FakeWorkato, workato: WorkatoSession) -> None:
    client = (await workato.genie_clients.list().collect())[0]
    fake.fail("genie_clients.regenerate", faults.Reset())
    with pytest.raises(OutcomeUnknownError):
        await workato.genie_clients.regenerate(client.client_id or "")
    assert fake.sent("genie_clients.regenerate") == 1


async def test_a_client_talks_to_a_genie_until_it_is_removed(workato: WorkatoSession) -> None:
    genie = (await workato.genies.list().collect())[0]
    client = await workato.genie_clients.create(client_name="Widget", auth={"type": "api_key"})
    assert client.client_id
    await workato.genies.clients.assign(genie, genie_client_id=client.client_id)
    await workato.genies.clients.remove(genie, client.client_id)
    with pytest.raises(NotFoundError):
        await workato.genies.clients.remove(genie, client.client_id)
    with pytest.raises(BadRequestError, match=r"auth\.type"):
        await workato.genie_clients.create(client_name="Widget", auth={"type": "none"})


async def test_skills_come_by_the_hundred(fake: FakeWorkato, workato: WorkatoSession) -> None:
    table = SKILLS.rows(fake.state)
    while len(table) < 250:
        SKILLS.add(fake.state, table, {"name": "more"})
    assert [skill.id async for skill in workato.skills.list()] == list(table)
    assert [dict(request.query)["page"] for request in fake.requests] == ["1", "2", "3", "4"]


async def test_a_knowledge_base_lives_and_dies(workato: WorkatoSession) -> None:
    base = await workato.knowledge_bases.create(name="Handbook", folder_id=2001, data_sources=[{"name": "Drive"}])
    [source] = await workato.knowledge_bases.data_sources(base)
    assert (source.id, source.name) == (None, "Drive")
    assert all(recipe.id for recipe in await workato.knowledge_bases.recipes(base))
    changed = await workato.knowledge_bases.update(base, description="rules")
    assert (changed.name, changed.description) == ("Handbook", "rules")
    assert changed == await workato.knowledge_bases.get(base.id)
    await workato.knowledge_bases.delete(base)
    assert base.id not in [one.id async for one in workato.knowledge_bases.list()]
    with pytest.raises(NotFoundError):
        await workato.knowledge_bases.get(base)


def test_an_id_that_is_a_number_is_read_as_text() -> None:
    genie = decode(genies.GET, b'{"data": {"id": 12, "name": "Ann", "description": null}}')
    assert genie == Genie(id="12", name="Ann")


def test_reads_have_more_room_than_writes() -> None:
    assert (genies.LIST.quota, genies.GET.quota) == (Quota(1000, 60), Quota(1000, 60))
    assert genies.CONVERSATIONS.quota == Quota(10, 1)
    assert genies.START.quota == Quota(60, 60)
