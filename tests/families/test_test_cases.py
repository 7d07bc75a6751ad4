"""Test cases of recipes, and running them."""

from __future__ import annotations

from typing import Any

import pytest

from workato_async import ConfigurationError, NotFoundError, WaitTimeoutError, WorkatoSession
from workato_async.resources.testcases import TestRun
from workato_async.testing import FakeWorkato


async def test_a_run_is_started_and_seen_through(workato: WorkatoSession, fake: FakeWorkato) -> None:
    cases = await workato.test_cases.list(10001).collect()
    seen: list[TestRun] = []
    run = workato.test_cases.run(recipe_id=10001)
    started = await run
    assert (started.status, started.coverage) == ("running", None)
    ended = await run.wait(on_progress=seen.append)
    assert (ended.id, ended.status) == (started.id, "completed")
    assert ended.coverage
    assert ended.coverage.value == 100
    assert [result.test_case and result.test_case.id for result in ended.results] == [case.id for case in cases]
    assert {result.recipe and result.recipe.id for result in ended.results} == {10001}
    assert (seen[0], seen[-1]) == (started, ended)
    assert fake.sent("test_cases.run") == 1
    assert fake.sent("test_cases.run_get") == len(seen) - 1
    assert await workato.test_cases.run_get(ended) == ended


async def test_tests_that_fail_are_a_result(workato: WorkatoSession, fake: FakeWorkato) -> None:
    run = workato.test_cases.run(recipe_id=10001)
    run_id = (await run).id
    row = fake.state.tables["test_cases.runs/"][run_id]
    row["results"] = [{**result, "status": "failed"} for result in row["results"]]
    ended = await run.wait()
    assert ended.status == "completed"
    assert {result.status for result in ended.results} == {"failed"}


async def test_a_run_without_an_end_is_given_up(workato: WorkatoSession, fake: FakeWorkato) -> None:
    run = workato.test_cases.run(folder_id=2001)
    await run
    fake.state._later.clear()
    with pytest.raises(WaitTimeoutError, match="the test run by folder_id did not end within 30 s"):
        await run.wait(timeout=30)


async def test_cases_are_run_by_their_ids(workato: WorkatoSession) -> None:
    first, second = await workato.test_cases.list(10001).collect()
    other = await workato.test_cases.list(10002).first()
    assert other
    run = await workato.test_cases.run(test_case_ids=[second.id, other.id])
    assert [result.test_case and result.test_case.id for result in run.results] == [second.id, other.id]
    with pytest.raises(NotFoundError):
        await workato.test_cases.run(test_case_ids=[first.id, "citc-unknown"])


@pytest.mark.parametrize("selectors", [{}, {"recipe_id": 10001, "folder_id": 2001}])
async def test_a_run_is_of_exactly_one_thing(
    workato: WorkatoSession, fake: FakeWorkato, selectors: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError, match=f"test_case_ids, not {len(selectors)}"):
        workato.test_cases.run(**selectors)
    assert fake.requests == []
