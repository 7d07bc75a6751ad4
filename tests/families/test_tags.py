"""Tags, and what has them."""

from __future__ import annotations

import pytest

from workato_async import BadRequestError, ConfigurationError, NotFoundError, WorkatoSession
from workato_async.testing import FakeWorkato, faults


async def test_a_tag_from_beginning_to_end(workato: WorkatoSession) -> None:
    tag = await workato.tags.create(title="Finance", color="plum")
    assert (tag.title, tag.description, tag.color) == ("Finance", None, "plum")
    changed = await workato.tags.update(tag, description="Owned by Finance")
    assert (changed.handle, changed.title, changed.description) == (tag.handle, "Finance", "Owned by Finance")
    assert await workato.tags.list(title_or_description_cont="owned by").collect() == [changed]
    await workato.tags.delete(changed.handle)
    with pytest.raises(NotFoundError):
        await workato.tags.update(tag, title="Gone")


async def test_tags_are_put_on_and_taken_off(workato: WorkatoSession, fake: FakeWorkato) -> None:
    old, new = [await workato.tags.create(title=title) for title in ("Old", "New")]
    recipe_id, connection_id = next(iter(fake.state.recipes)), next(iter(fake.state.connections))
    await workato.tags_assignments.apply(add_tags=[old.handle], recipe_ids=[recipe_id], connection_ids=[connection_id])
    await workato.tags_assignments.apply(add_tags=[new.handle], remove_tags=[old.handle], recipe_ids=[recipe_id])
    recipe = await workato.recipes.get(recipe_id, includes=["tags"])
    assert recipe.tags
    assert new.handle in recipe.tags
    assert old.handle not in recipe.tags
    found = await workato.tags.list(
        handle_in=[old.handle, new.handle], sort_by=["title"], sort_direction=["desc"], includes=["assignment_count"]
    ).collect()
    assert [(tag.title, tag.assignment_count) for tag in found] == [("Old", 1), ("New", 1)]
    assert [tag.id for tag in await workato.tags.list(connection_id_eq=connection_id).collect()] == [old.handle]
    await workato.tags.delete(new)
    assert new.handle not in ((await workato.recipes.get(recipe_id, includes=["tags"])).tags or ())


async def test_one_handle_or_several(workato: WorkatoSession, fake: FakeWorkato) -> None:
    one, other = [await workato.tags.create(title=title) for title in ("One", "Other")]
    assert await workato.tags.list(handle_in=one.handle).collect() == [one]
    assert await workato.tags.list(handle_in=[one.handle, other.handle]).collect() == [one, other]
    single, _, several, _ = fake.requests[-4:]
    assert ("q[handle_in]", one.handle) in single.query
    assert [value for name, value in several.query if name == "q[handle_in][]"] == [one.handle, other.handle]


async def test_tags_are_put_on_something(workato: WorkatoSession, fake: FakeWorkato) -> None:
    with pytest.raises(ConfigurationError, match="pass recipe_ids, connection_ids, or both"):
        await workato.tags_assignments.apply(add_tags=["tag-1"])
    assert fake.requests == []


@pytest.mark.parametrize("wrapper", ["%s", '{"data": %s}'], ids=["bare", "wrapped"])
async def test_a_new_tag_is_read_with_and_without_a_wrapper(
    workato: WorkatoSession, fake: FakeWorkato, wrapper: str
) -> None:
    fake.fail("tags.create", faults.Status(200, wrapper % '{"handle": "tag-1", "title": "A", "emoji": "!"}'))
    tag = await workato.tags.create(title="A")
    assert (tag.handle, tag.title, tag.extra) == ("tag-1", "A", {"emoji": "!"})


async def test_a_title_that_is_too_long_is_rejected(workato: WorkatoSession) -> None:
    with pytest.raises(BadRequestError, match="title: is too long"):
        await workato.tags.create(title="x" * 31)


async def test_tags_fill_more_than_one_page(workato: WorkatoSession, fake: FakeWorkato) -> None:
    for recipe in fake.state.recipes.values():
        recipe["tags"] = [f"tag-{index}" for index in range(5)]
    tags = await workato.tags.list(per_page=2).collect()
    assert [tag.handle for tag in tags] == [f"tag-{index}" for index in range(5)]
    assert fake.sent("tags.list") == 4, "the last page is empty"
