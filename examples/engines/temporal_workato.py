"""Workato in Temporal: a workflow that deploys a project, and a worker with its activities.

``pip install workato-async temporalio``, start a server (``temporal server start-dev``), set ``WORKATO_API_TOKEN``,
then ``python temporal_workato.py`` on each worker machine.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

with workflow.unsafe.imports_passed_through():
    from workato_async import Limiter, WorkatoError, WorkatoSession, is_retryable
    from workato_async.limits.machine import MachineStore

DAY = timedelta(days=1)
READ = RetryPolicy(initial_interval=timedelta(seconds=30), maximum_interval=timedelta(minutes=10))
WRITE = RetryPolicy(
    initial_interval=timedelta(seconds=30),
    maximum_interval=timedelta(minutes=10),
    # A worker that was lost may have sent the call.
    non_retryable_error_types=["TemporalTimeout:StartToClose", "TemporalTimeout:Heartbeat"],
)


@contextmanager
def retried_if_harmless() -> Iterator[None]:
    """Fail the activity for good, whatever its retry policy, on an error that must not or need not be retried."""
    try:
        yield
    except WorkatoError as error:
        raise ApplicationError(str(error), type=type(error).__name__, non_retryable=not is_retryable(error)) from error


@dataclass
class Target:
    """What to deploy, and where."""

    project_id: int
    environment_type: str


class WorkatoActivities:
    """The activities; all that run in a process share its session."""

    def __init__(self, workato: WorkatoSession) -> None:
        self.workato = workato

    @activity.defn
    async def start_deployment(self, target: Target) -> int:
        """Start a deployment and return its id."""
        with retried_if_harmless():
            project, environment = target.project_id, target.environment_type
            deployment = await self.workato.projects.deploy(project, environment_type=environment)
        return deployment.id

    @activity.defn
    async def wait_for_deployment(self, deployment_id: int) -> str:
        """Wait for a deployment to end. This only reads, so another worker may do it again."""
        with retried_if_harmless():
            last = await self.workato.deployments.wait(
                deployment_id, timeout=DAY.total_seconds(), on_progress=lambda _: activity.heartbeat()
            )
        return str(last.state)


@workflow.defn
class DeployProject:
    """Deploys a project, and ends when the deployment has."""

    @workflow.run
    async def run(self, target: Target) -> str:
        deployment_id = await workflow.execute_activity_method(
            WorkatoActivities.start_deployment,
            target,
            start_to_close_timeout=timedelta(minutes=10),
            retry_policy=WRITE,
        )
        return await workflow.execute_activity_method(
            WorkatoActivities.wait_for_deployment,
            deployment_id,
            start_to_close_timeout=DAY,
            heartbeat_timeout=timedelta(minutes=5),
            retry_policy=READ,
        )


async def main() -> None:
    """Run a worker; for several machines, share the quota through a RedisStore."""
    client = await Client.connect("localhost:7233")
    limiter = Limiter(store=MachineStore())
    async with WorkatoSession(limiter=limiter) as workato:
        activities = WorkatoActivities(workato)
        worker = Worker(
            client,
            task_queue="workato",
            workflows=[DeployProject],
            activities=[activities.start_deployment, activities.wait_for_deployment],
        )
        await worker.run()
    await limiter.close()


if __name__ == "__main__":
    asyncio.run(main())
