"""The Temporal example, its workflow replayed from a history; see ``tests/examples/test_engines.py``."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

import pytest
from temporal_workato import DeployProject, Target, WorkatoActivities
from temporalio.client import WorkflowHistory
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

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


def payloads(value: object) -> dict[str, Any]:
    encoding, data = b64encode(b"json/plain").decode(), b64encode(json.dumps(value).encode()).decode()
    return {"payloads": [{"metadata": {"encoding": encoding}, "data": data}]}


def history(*activities: tuple[str, object, object]) -> WorkflowHistory:
    """Return what a server has recorded of a workflow that ran activities, one after the other, and ended.

    Args:
        activities: the name, argument and result of each; the workflow has the first one's argument and the last one's
            result.
    """
    events: list[dict[str, Any]] = []

    def record(kind: str, **attributes: Any) -> str:
        number = str(len(events) + 1)
        key = f"{kind[0].lower()}{kind[1:]}EventAttributes"
        events.append({"eventId": number, "eventTime": "2026-01-01T00:00:00Z", "eventType": kind, key: attributes})
        return number

    def workflow_task() -> None:
        scheduled = record("WorkflowTaskScheduled")
        started = record("WorkflowTaskStarted", scheduledEventId=scheduled)
        record("WorkflowTaskCompleted", scheduledEventId=scheduled, startedEventId=started)

    workflow = {
        "workflowType": {"name": "DeployProject"},
        "taskQueue": {"name": "any"},
        "originalExecutionRunId": "any",
    }
    record("WorkflowExecutionStarted", input=payloads(activities[0][1]), **workflow)
    workflow_task()
    for number, (name, argument, result) in enumerate(activities, 1):
        activity = {"activityId": str(number), "activityType": {"name": name}, "input": payloads(argument)}
        scheduled = record("ActivityTaskScheduled", **activity)
        started = record("ActivityTaskStarted", scheduledEventId=scheduled)
        record("ActivityTaskCompleted", scheduledEventId=scheduled, startedEventId=started, result=payloads(result))
        workflow_task()
    record("WorkflowExecutionCompleted", result=payloads(activities[-1][2]))
    return WorkflowHistory.from_json("deploy", {"events": events})


def test_workflow() -> None:
    """Temporal's own sandbox runs the workflow, and finds the activities that are recorded."""
    target = {"project_id": 301, "environment_type": "test"}
    recorded = history(("start_deployment", target, 7), ("wait_for_deployment", 7, "success"))
    asyncio.run(Replayer(workflows=[DeployProject]).replay_workflow(recorded))
    with pytest.raises(NondeterminismError):
        asyncio.run(Replayer(workflows=[DeployProject]).replay_workflow(history(("start_deployment", target, 7))))
