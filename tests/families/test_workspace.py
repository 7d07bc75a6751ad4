"""Workspace details."""

from __future__ import annotations

import pytest

from workato_async import AuthenticationError, WorkatoSession
from workato_async.testing import FakeWorkato


async def test_the_workspace_is_described() -> None:
    async with (
        FakeWorkato(recipes=3, jobs=0, token="good") as fake,
        WorkatoSession("good", base_url=fake.url) as workato,
    ):
        before = await workato.workspace.me()
        fake.state.add_recipe(running=True)
        after = await workato.workspace.me()
    assert (before.name, before.root_folder_id) == ("Example", 1)
    assert before.created_at
    assert before.created_at.utcoffset() is not None
    assert (before.recipes_count, after.recipes_count) == (3, 4)
    assert after.active_recipes_count == (before.active_recipes_count or 0) + 1


async def test_a_bad_token_is_told() -> None:
    async with FakeWorkato(recipes=0, token="good") as fake, WorkatoSession("bad", base_url=fake.url) as workato:
        with pytest.raises(AuthenticationError, match=r"GET /api/users/me on .*: HTTP 401"):
            await workato.workspace.me()
