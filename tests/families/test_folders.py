"""Folders: made, moved, renamed and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workato_async import BadRequestError, NotFoundError, PermissionDeniedError

if TYPE_CHECKING:
    from workato_async import WorkatoSession
    from workato_async.testing import FakeWorkato

SALES, SALES_IMPORTS, SALES_ARCHIVE, FINANCE = 2001, 2002, 2003, 2004


async def test_a_folder_lives_and_dies(workato: WorkatoSession) -> None:
    made = await workato.folders.create(name="New", parent_id=SALES)
    assert await workato.folders.get(made) == made
    renamed = await workato.folders.update(made, name="Newer")
    assert (renamed.id, renamed.name, renamed.parent_id) == (made.id, "Newer", SALES)
    assert (renamed.is_project, renamed.project_id) == (False, 301)
    assert (await workato.folders.get(made.id)).name == "Newer"
    await workato.folders.delete(made)
    with pytest.raises(NotFoundError):
        await workato.folders.get(made)


async def test_what_is_inside_moves_along(fake: FakeWorkato, workato: WorkatoSession) -> None:
    recipe = fake.state.add_recipe(folder_id=SALES_ARCHIVE)
    finance = (await workato.folders.get(FINANCE)).project_id
    moved = await workato.folders.update(SALES_IMPORTS, parent_id=FINANCE)
    assert moved.parent_id == FINANCE
    assert (await workato.folders.get(SALES_ARCHIVE)).project_id == finance
    assert (await workato.recipes.get(recipe["id"])).project_id == finance


@pytest.mark.parametrize(
    ("folder", "parent"),
    [(SALES, FINANCE), (SALES_IMPORTS, 1), (SALES_IMPORTS, SALES_ARCHIVE), (SALES_IMPORTS, SALES_IMPORTS)],
)
async def test_a_folder_becomes_no_project_nor_its_own_child(workato: WorkatoSession, folder: int, parent: int) -> None:
    before = (await workato.folders.get(folder)).parent_id
    with pytest.raises(BadRequestError):
        await workato.folders.update(folder, parent_id=parent)
    assert (await workato.folders.get(folder)).parent_id == before


async def test_a_folder_is_deleted_by_force_with_what_is_inside(fake: FakeWorkato, workato: WorkatoSession) -> None:
    recipe = fake.state.add_recipe(name="Inside", folder_id=SALES_ARCHIVE, running=True)
    for others in [one for one in fake.state.recipes.values() if one is not recipe]:
        others["folder_id"] = FINANCE
    connection = fake.state.add_connection(provider="sap", folder_id=SALES_IMPORTS)
    with pytest.raises(BadRequestError, match="Inside"):
        await workato.folders.delete(SALES_IMPORTS)
    with pytest.raises(PermissionDeniedError, match="Cannot destroy folder"):
        await workato.folders.delete(SALES_IMPORTS, force=True)
    assert recipe["id"] in fake.state.recipes
    await workato.recipes.stop(recipe["id"])
    await workato.folders.delete(SALES_IMPORTS, force=True)
    assert recipe["id"] not in fake.state.recipes
    assert connection["id"] not in fake.state.connections
    assert fake.state.folders.keys().isdisjoint({SALES_IMPORTS, SALES_ARCHIVE})


async def test_a_project_is_not_deleted_as_a_folder(workato: WorkatoSession) -> None:
    with pytest.raises(PermissionDeniedError):
        await workato.folders.delete(SALES, force=True)
    assert (await workato.folders.get(SALES)).is_project
