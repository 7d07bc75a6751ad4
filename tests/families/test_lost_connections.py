"""Connections that recipes cannot use, and the recipes that use them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from workato_async import ConfigurationError
from workato_async.blocking import Workato
from workato_async.models import Connection, Recipe, RecipeConfig
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from workato_async import WorkatoSession

FAKE = {"recipes": 250, "jobs": 0, "connections": 10, "lost_connections": 3}
BEFORE, AFTER = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)


async def test_lost_connections_with_their_recipes(fake: FakeWorkato, workato: WorkatoSession) -> None:
    lost = await workato.connections.lost()
    assert len(lost) == 3
    assert fake.sent("connections.list") == 1
    assert {one.lost_reason for one in lost} >= {"The refresh token was revoked", "The account is locked"}
    assert all(
        one.connection_lost_at and one.connection_lost_at < datetime(2026, 1, 15, 17, tzinfo=UTC) for one in lost
    )

    users = await workato.recipes.using(lost)
    assert fake.sent("recipes.list") <= 4
    expected = {
        key
        for key, recipe in fake.state.recipes.items()
        if {entry["account_id"] for entry in recipe["config"]} & {one.id for one in lost}
    }
    assert {recipe.id for recipe in users} == expected
    assert 0 < len(expected) < 250
    assert {recipe.running for recipe in users} == {True, False}
    assert all(recipe.code is None for recipe in users)


async def test_the_recipes_of_one_connection(fake: FakeWorkato, workato: WorkatoSession) -> None:
    [first, *_] = await workato.connections.lost()
    users = await workato.recipes.using(first)
    assert [recipe.id for recipe in await workato.recipes.using(first.id)] == [recipe.id for recipe in users]
    assert all(first.id in recipe.connection_ids for recipe in users)
    assert users[0].id > users[-1].id
    running = await workato.recipes.using(first, running=True)
    assert [recipe.id for recipe in running] == [recipe.id for recipe in users if recipe.running]
    folder = users[0].folder_id
    assert folder is not None
    inside = await workato.recipes.using(first, folder_id=folder)
    assert {recipe.id for recipe in inside} == {recipe.id for recipe in users if recipe.folder_id == folder}
    assert await workato.recipes.using(1) == []
    assert await workato.recipes.using([]) == []


async def test_lost_connections_by_folder_and_provider(workato: WorkatoSession) -> None:
    [first, *_] = await workato.connections.lost()
    assert first.provider
    assert first in await workato.connections.lost(provider=first.provider)
    assert first in await workato.connections.lost(folder_id=first.folder_id, project_id=first.project_id)
    assert await workato.connections.lost(provider="nothing") == []


@pytest.mark.parametrize("wrong", [None, True, "", -1, [None], Recipe(id=1)], ids=repr)
def test_what_is_no_connection(workato: WorkatoSession, wrong: object) -> None:
    with pytest.raises(ConfigurationError):
        workato.recipes.using(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("connection", "reason"),
    [
        (Connection(id=1, authorization_status="success", authorized_at=AFTER), None),
        (Connection(id=1, authorization_status="success", authorized_at=AFTER, connection_lost_at=BEFORE), None),
        (Connection(id=1, authorization_status="success", authorized_at=BEFORE, connection_lost_at=AFTER), "success"),
        (Connection(id=1, authorization_status="success", connection_lost_at=AFTER), "success"),
        (Connection(id=1), "not authorized"),
        (Connection(id=1, authorization_status="exception"), "exception"),
        (Connection(id=1, authorization_status="failed", authorization_error="bad password"), "bad password"),
        (Connection(id=1, connection_lost_reason="revoked", authorization_error="bad password"), "revoked"),
    ],
)  # fmt: skip
def test_what_is_lost(connection: Connection, reason: str | None) -> None:
    assert connection.is_lost == (reason is not None)
    assert connection.lost_reason == (None if reason is None else reason.replace("success", "lost"))


def test_the_connections_of_a_recipe() -> None:
    config = (
        RecipeConfig(account_id=7),
        RecipeConfig(name="clock"),
        RecipeConfig(account_id=5),
        RecipeConfig(account_id=7),
    )
    assert Recipe(id=1, config=config).connection_ids == (7, 5)


def test_without_await() -> None:
    with FakeWorkato(recipes=20, jobs=0, connections=5, lost_connections=2, lookup_rows=3) as fake:
        workato = Workato("any", base_url=fake.url)
        with workato:
            lost = workato.connections.lost().collect()
            assert len(lost) == 2
            assert all(recipe.config for recipe in workato.recipes.using(lost))
            table = workato.lookup_tables.list().first()
            assert table is not None
            done: list[str] = []
            rows = [{"Code": "C00000", "Country": "Austria"}, {"Code": "C00001"}, {"Code": "C00002"}, {"Code": "NEW"}]
            report = workato.lookup_tables.sync(
                table, iter(rows), key="Code", on_change=lambda change: done.append(change.action)
            )
            assert str(report) == "1 added, 1 changed, 0 removed, 2 unchanged"
            assert sorted(done) == ["add", "change"]
