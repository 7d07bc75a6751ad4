"""jobs.failed: the failed jobs of a whole workspace, for as few requests as that needs, and without missing one."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.watched_workspace import NOON, WatchedWorkspace
from workato_async import (
    AuthenticationError,
    ConfigurationError,
    IncompleteListError,
    Limiter,
    NotFoundError,
    PermissionDeniedError,
    RetryPolicy,
    ServerError,
    WorkatoSession,
)
from workato_async.http.messages import Response
from workato_async.models import Recipe
from workato_async.testing import FakeWorkato
from workato_async.testing.clock import pacific, zulu
from workato_async.testing.faults import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async.models import Job

DAY = timedelta(hours=24)


def ids_of(jobs: Sequence[Job]) -> list[str]:
    return sorted(job.id for job in jobs)


async def test_three_thousand_recipes_of_which_few_are_active_cost_little_more_than_those() -> None:
    async with FakeWorkato(3000, 0, window=None) as fake:
        state, now = fake.state, fake.state.clock.time
        expected = set()
        for number, recipe in enumerate(state.recipes.values()):
            recipe["job_failed_count"] = 7
            recipe["last_job_started_at"] = pacific(now - timedelta(days=3))
            if number % 20 == 0:  # 5 %
                expected |= {(recipe["id"], state.add_job(recipe["id"], status="failed")["id"]) for _ in range(3)}
                state.add_job(recipe["id"], status="succeeded")
        async with WorkatoSession("t", base_url=fake.url) as workato:
            found = [(job.recipe_id, job.id) async for job in workato.jobs.failed(since=now - DAY)]
        assert sorted(found) == sorted(expected)
        assert len(expected) == 450
        assert len(fake.requests) <= 1.1 * (30 + 150)


async def test_a_job_that_took_long_is_found_wherever_it_is() -> None:
    """It began before the time, and so did the last job of its recipe."""
    async with FakeWorkato(3, 0, jobs_per_page=4) as fake:
        state, now = fake.state, fake.state.clock.time
        late = state.add_job(10001, status="failed")
        late.update(started_at=zulu(now - timedelta(hours=30)), completed_at=zulu(now - timedelta(hours=1)))
        for minutes in range(20):
            other = state.add_job(10001, status="failed")
            time = now - timedelta(hours=29, minutes=-minutes)
            other.update(started_at=zulu(time), completed_at=zulu(time))
        state.recipes[10001]["last_job_started_at"] = pacific(now - timedelta(hours=28))
        async with WorkatoSession("t", base_url=fake.url) as workato:
            assert ids_of(await workato.jobs.failed(since=now - DAY)) == [late["id"]]
            assert await workato.jobs.failed(since=now - DAY, longest=0) == []
            assert await workato.jobs.failed(since=now - DAY, longest="3h") == []
            assert ids_of(await workato.jobs.failed(since=now - DAY, longest="9w")) == [late["id"]]


async def test_what_is_not_known_counts_as_activity() -> None:
    space = WatchedWorkspace(5)
    jobs = [space.fail(recipe_id) for recipe_id in (1, 2, 3, 4)]
    del space.recipes[1]["last_job_started_at"]
    space.recipes[2]["last_job_started_at"] = "yesterday, perhaps"
    space.recipes[3]["job_failed_count"] = None
    space.recipes[4]["running"] = False
    assert ids_of(await space.api.jobs.failed(since=NOON - DAY)) == jobs
    assert space.sent("/jobs") >= 4
    assert space.sent("/5/jobs") == 0


async def test_jobs_at_the_time_and_without_times_belong_to_it() -> None:
    space = WatchedWorkspace(1)
    inside = [space.fail(1), space.fail(1), space.fail(1)]
    outside = space.fail(1)
    first, second, third, fourth = space.jobs[1]
    first.update(started_at=None, completed_at=None)
    second.update(completed_at=None, started_at=NOON.isoformat())
    third.update(started_at=None, completed_at=NOON.isoformat(), recipe_id=None)
    fourth.update(started_at=None, completed_at=(NOON - timedelta(seconds=1)).isoformat())
    space.by = "id"  # type: ignore[assignment]
    found = await space.api.jobs.failed(since=NOON)
    assert ids_of(found) == inside
    assert outside not in ids_of(found)
    assert {job.recipe_id for job in found} == {1}


@pytest.mark.parametrize("length", [1, 3, 100])
@pytest.mark.parametrize("counted", [True, False])
async def test_all_pages_are_read(length: int, counted: bool) -> None:
    space = WatchedWorkspace(40, length=length, counted=counted)
    jobs = [space.fail(recipe_id) for recipe_id in range(1, 41) for _ in range(recipe_id % 7)]
    failed = space.api.jobs.failed(since=NOON)
    assert ids_of(await failed) == sorted(jobs)
    assert set(failed.recipes) == {recipe_id for recipe_id in range(1, 41) if recipe_id % 7}
    assert ids_of([job async for job in failed]) == sorted(jobs), "and again from the beginning"


async def test_a_recipe_that_fails_costs_no_other() -> None:
    async with FakeWorkato(30, 0, window=None) as fake:
        now = fake.state.clock.time
        jobs = [fake.state.add_job(recipe_id, status="failed")["id"] for recipe_id in fake.state.recipes]
        fake.fail("jobs.list", Status(500), times=2)
        async with WorkatoSession("t", base_url=fake.url, retry=RetryPolicy(attempts=1)) as workato:
            found = []
            with pytest.raises(
                IncompleteListError, match=r"are missing: recipe \d+ \(GET /api/recipes/\d+/jobs"
            ) as caught:
                async for job in workato.jobs.failed(since=now - DAY):
                    found.append(job)
            assert len(found) == 28
            assert len(caught.value.errors) == 2
            assert {type(error) for error in caught.value.errors.values()} == {ServerError}
            assert {job.recipe_id for job in found} == {*fake.state.recipes} - {*caught.value.errors}
            assert ids_of(await workato.jobs.failed(since=now - DAY)) == sorted(jobs)
            fake.fail("jobs.list", Status(404, '{"message": "Not found"}'), times=1)
            with pytest.raises(IncompleteListError) as caught:
                await workato.jobs.failed(since=now - DAY)
            assert len(caught.value.items) == 29
            (error,) = caught.value.errors.values()
            assert isinstance(error, NotFoundError)
            again = pickle.loads(pickle.dumps(caught.value))
            assert (str(again), [*again.errors]) == (str(caught.value), [*caught.value.errors])


async def test_the_error_has_all_ids_and_some_causes() -> None:
    space = WatchedWorkspace(30)
    for recipe_id in space.recipes:
        space.fail(recipe_id)
    space.responses.append(lambda path: Response(404, b'{"message": "no"}') if path.endswith("/jobs") else None)
    with pytest.raises(IncompleteListError) as caught:
        await space.api.jobs.failed(since=NOON)
    text = str(caught.value)
    assert text.count("recipe ") == 10
    assert "; recipes " in text
    assert all(str(recipe_id) in text for recipe_id in space.recipes)
    assert "List these again later" in text


async def test_a_token_that_may_not_ends_it_at_once() -> None:
    space = WatchedWorkspace(200)
    for recipe_id in space.recipes:
        space.fail(recipe_id)
    space.responses.append(lambda path: Response(401, b'{"message": "no"}') if path.endswith("/jobs") else None)
    with pytest.raises(AuthenticationError):
        await space.api.jobs.failed(since=NOON)
    assert space.sent("/jobs") < 40


@pytest.mark.parametrize("number", [3, 200])
async def test_a_token_that_may_list_no_jobs_gets_one_error(number: int) -> None:
    space = WatchedWorkspace(number)
    for recipe_id in space.recipes:
        space.fail(recipe_id)
    space.responses.append(lambda path: Response(403, b'{"message": "no"}') if path.endswith("/jobs") else None)
    with pytest.raises(PermissionDeniedError):
        await space.api.jobs.failed(since=NOON)
    assert space.sent("/jobs") < 40


async def test_one_recipe_that_the_token_may_not_read_costs_no_other() -> None:
    space = WatchedWorkspace(40)
    jobs = [space.fail(recipe_id) for recipe_id in space.recipes]
    space.responses.append(lambda path: Response(403, b"{}") if path.endswith("/40/jobs") else None)
    with pytest.raises(IncompleteListError) as caught:
        await space.api.jobs.failed(since=NOON)
    assert [*caught.value.errors] == [40]
    assert ids_of(caught.value.items) == sorted(jobs[:-1])


async def test_unreadable_jobs_of_several_pages_are_counted() -> None:
    space = WatchedWorkspace(1, length=2)
    for _ in range(6):
        space.fail(1)
    del space.jobs[1][0]["id"], space.jobs[1][2]["id"], space.jobs[1][4]["id"]
    with pytest.raises(IncompleteListError, match="3 jobs cannot be read") as caught:
        await space.api.jobs.failed(since=NOON)
    assert len(caught.value.items) == 3


async def test_what_cannot_be_read_is_reported() -> None:
    space = WatchedWorkspace(2)
    jobs = [space.fail(1), space.fail(1)]
    space.jobs[1].append({"status": "failed", "started_at": NOON.isoformat()})
    space.length = 10
    recipes = [{"no": "id"}, *space.recipes.values()]
    pages = [{"items": recipes}, {"items": []}]
    space.responses.append(
        lambda path: Response(200, json.dumps(pages.pop(0)).encode()) if path.endswith("/recipes") else None
    )
    with pytest.raises(IncompleteListError, match=r"recipe 1 \(1 job cannot.*; 1 entry of the list") as caught:
        await space.api.jobs.failed(since=NOON)
    assert caught.value.unreadable == 1
    assert ids_of(caught.value.items) == jobs


async def test_an_error_of_the_list_of_recipes_comes_after_the_jobs_before_it() -> None:
    async with FakeWorkato(150, 0, window=None) as fake:
        for recipe_id in fake.state.recipes:
            fake.state.add_job(recipe_id, status="failed")
        fake.fail("recipes.list", Status(500), after=1, times=9)
        async with WorkatoSession("t", base_url=fake.url, retry=RetryPolicy(attempts=1)) as workato:
            found = []
            with pytest.raises(ServerError):
                async for job in workato.jobs.failed(since=fake.state.clock.time - DAY):
                    found.append(job)
        assert len(found) == 100


async def test_leaving_and_limits_end_the_requests() -> None:
    space = WatchedWorkspace(300, length=2)
    for recipe_id in space.recipes:
        for _ in range(5):
            space.fail(recipe_id)
    assert len(await space.api.jobs.failed(since=NOON).collect(limit=7)) == 7
    assert await space.api.jobs.failed(since=NOON).collect(limit=0) == []
    assert len(space.requests) < 80


async def test_only_some_recipes() -> None:
    space = WatchedWorkspace(4)
    jobs = [space.fail(recipe_id) for recipe_id in space.recipes]
    space.recipes[1]["job_failed_count"] = 0
    assert ids_of(await space.api.jobs.failed(since=NOON, recipes=[1, Recipe(id=3), 1])) == [jobs[0], jobs[2]]
    assert await space.api.jobs.failed(since=NOON, recipes=[]) == []
    assert space.sent("/recipes/1/jobs") + space.sent("/recipes/3/jobs") == len(space.requests)


@pytest.mark.parametrize(
    "arguments",
    [
        {"since": datetime(2026, 1, 1)},
        {"since": "24h"},
        {"since": None},
        {"since": NOON, "longest": -1},
        {"since": NOON, "longest": "soon"},
        {"since": NOON, "recipes": 7},
    ],
)
async def test_invalid_arguments(arguments: Any) -> None:
    space = WatchedWorkspace(1)
    with pytest.raises(ConfigurationError):
        space.api.jobs.failed(**arguments)
    with pytest.raises(ConfigurationError, match="limit"):
        await space.api.jobs.failed(since=NOON).collect(limit=-1)


async def test_the_beginning_of_time_is_a_time() -> None:
    space = WatchedWorkspace(2)
    job = space.fail(1)
    assert ids_of(await space.api.jobs.failed(since=datetime.min.replace(tzinfo=UTC))) == [job]
    assert ids_of(await space.api.jobs.failed(since=NOON, longest="99999w")) == [job]
    assert repr(space.api.jobs.failed(since=NOON)) == "<FailedJobs since 2026-01-15T12:00:00+00:00>"


async def test_a_customer_has_them_too() -> None:
    async with FakeWorkato(1, 0, customers=1) as fake:
        state = fake.customer(98178)
        recipe_id = next(iter(state.recipes), None) or state.add_recipe()["id"]
        job = state.add_job(recipe_id, status="failed")
        async with WorkatoSession("t", base_url=fake.url, limiter=Limiter()) as workato:
            found = await workato.customer(98178).jobs.failed(since=state.clock.time - DAY)
        assert job["id"] in ids_of(found)
