"""Tests of your code, with the fixtures included in the package: `pytest examples/testing_your_code`.

`fake_workato` is a real server on this machine with recipes, jobs and exact quotas; `workato_session` is a session
connected to it. Nothing is patched, and nothing leaves the machine.
"""

import pytest
from stale_recipes import stop_failing

from workato_async import ServerError, WorkatoSession
from workato_async.testing import FakeWorkato
from workato_async.testing.faults import Reset, Status


async def test_recipes_that_fail_are_stopped(fake_workato: FakeWorkato, workato_session: WorkatoSession) -> None:
    failing, fine = [recipe for recipe in fake_workato.state.recipes.values() if recipe["running"]][:2]
    failing["job_failed_count"], fine["job_failed_count"] = 1_000, 0
    assert failing["id"] in await stop_failing(workato_session, at_least=1_000)
    assert fake_workato.state.recipes[failing["id"]]["running"] is False
    assert fake_workato.state.recipes[fine["id"]]["running"] is True


async def test_a_lost_connection_does_no_harm(fake_workato: FakeWorkato, workato_session: WorkatoSession) -> None:
    recipe = next(recipe for recipe in fake_workato.state.recipes.values() if recipe["running"])
    recipe["job_failed_count"] = 1_000
    fake_workato.fail("recipes.stop", Reset(when="after"))
    assert await stop_failing(workato_session, at_least=1_000) == [recipe["id"]]


async def test_an_outage_is_reported(fake_workato: FakeWorkato, workato_session: WorkatoSession) -> None:
    fake_workato.fail("recipes.list", Status(500), probability=1)
    with pytest.raises(ServerError):
        await stop_failing(workato_session, at_least=1)
