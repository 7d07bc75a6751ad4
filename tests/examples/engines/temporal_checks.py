"""The Temporal example, its workflow replayed from a history; see ``tests/examples/test_engines.py``."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from temporal_workato import Target, WorkatoActivities
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from workato_async import Limiter, WorkatoSession
from workato_async.testing import FakeWorkato, Fault, Reset, Status


@pytest.fixture
async def fake() -> AsyncIterator[FakeWorkato]:
    async with FakeWorkato() as running:
        yield running


@pytest.fixture
async def activities(fake: FakeWorkato) -> AsyncIterator[WorkatoActivities]:
    async with WorkatoSession("any", base_url=fake.url, limiter=Limiter()) as workato:
        yield WorkatoActivities(workato)


async def test_activities(fake: FakeWorkato, activities: WorkatoActivities) -> None:
    environment, beats = ActivityEnvironment(), []
    environment.on_heartbeat = lambda *details: beats.append(details)
    project = next(iter(fake.state.projects))
    deployment_id = await environment.run(activities.start_deployment, Target(project, "test"))
    assert fake.state.deployments[deployment_id]["state"] == "pending"
    assert await environment.run(activities.wait_for_deployment, deployment_id) == "success"
    assert len(beats) > 1


@pytest.mark.parametrize(
    ("fault", "times", "name", "non_retryable"),
    [
        (Status(500, processed=True), 1, "ServerError", True),
        (Reset("after"), 1, "OutcomeUnknownError", True),
        (Status(422), 1, "UnprocessableError", True),
        (Status(429), None, "RateLimitedError", False),
    ],
)
async def test_what_is_retried(
    fake: FakeWorkato,
    activities: WorkatoActivities,
    fault: Fault,
    times: int | None,
    name: str,
    non_retryable: bool,
) -> None:
    fake.fail("projects.deploy", fault, times=times, probability=None if times else 1.0)
    with pytest.raises(ApplicationError, match=name) as caught:
        await ActivityEnvironment().run(activities.start_deployment, Target(next(iter(fake.state.projects)), "test"))
    assert (caught.value.type, caught.value.non_retryable) == (name, non_retryable)


async def test_a_failed_deployment_is_not_retried(fake: FakeWorkato, activities: WorkatoActivities) -> None:
    failed = next(one["id"] for one in fake.state.deployments.values() if one["state"] == "failed")
    with pytest.raises(ApplicationError, match=f"deployment {failed} failed") as caught:
        await ActivityEnvironment().run(activities.wait_for_deployment, failed)
    assert caught.value.non_retryable
