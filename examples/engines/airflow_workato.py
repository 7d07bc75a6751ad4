"""Workato in Airflow 3: a hook, an operator that deploys a project, a sensor for failed jobs.

``pip install workato-async apache-airflow``; put this file next to your DAGs or into the plugins folder, and add a
connection ``workato_default`` with the API token as its password and, outside the US data center, the address as its
host, for example ``https://app.eu.workato.com``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import BaseHook, BaseOperator, BaseSensorOperator, Connection, Context, PokeReturnValue
from airflow.sdk.exceptions import AirflowException, AirflowFailException
from airflow.triggers.base import BaseTrigger, TriggerEvent

from workato_async import Limiter, WorkatoError, WorkatoSession, is_retryable
from workato_async.blocking import Workato
from workato_async.limits.machine import MachineStore
from workato_async.models import Deployment

CONNECTION = "workato_default"


def make_limiter() -> Limiter:
    """Return a limiter whose quota all processes of this machine share; across machines, use a RedisStore."""
    return Limiter(store=MachineStore())


class WorkatoHook(BaseHook):
    """Makes clients from an Airflow connection: a blocking one for tasks, an asynchronous one for triggers."""

    conn_name_attr = "workato_conn_id"
    default_conn_name = CONNECTION
    conn_type = "workato"
    hook_name = "Workato"

    def __init__(self, workato_conn_id: str = CONNECTION) -> None:
        super().__init__()
        self.workato_conn_id = workato_conn_id

    def get_conn(self) -> Workato:
        """Return a client without ``await``, for a ``with`` block."""
        connection: Connection = self.get_connection(self.workato_conn_id)
        return Workato(connection.password, base_url=connection.host, limiter=make_limiter)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[WorkatoSession]:
        """Open a session for asynchronous code."""
        connection: Connection = await self.aget_connection(self.workato_conn_id)
        limiter = make_limiter()
        try:
            async with WorkatoSession(connection.password, base_url=connection.host, limiter=limiter) as workato:
                yield workato
        finally:
            await limiter.close()


@contextmanager
def retried_if_harmless() -> Iterator[None]:
    """Fail the task for good, whatever its ``retries``, on an error that must not or need not be retried."""
    try:
        yield
    except WorkatoError as error:
        if is_retryable(error):
            raise
        raise AirflowFailException(str(error)) from error


class DeploymentTrigger(BaseTrigger):
    """Waits for a deployment in the triggerer, where thousands can wait without a worker."""

    def __init__(self, workato_conn_id: str, deployment_id: int, timeout: float) -> None:
        super().__init__()
        self.workato_conn_id = workato_conn_id
        self.deployment_id = deployment_id
        self.timeout = timeout

    def serialize(self) -> tuple[str, dict[str, Any]]:
        arguments = {
            "workato_conn_id": self.workato_conn_id,
            "deployment_id": self.deployment_id,
            "timeout": self.timeout,
        }
        return f"{__name__}.DeploymentTrigger", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        try:
            async with WorkatoHook(self.workato_conn_id).session() as workato:
                await workato.deployments.wait(self.deployment_id, timeout=self.timeout)
            event: dict[str, Any] = {"deployment_id": self.deployment_id}
        except WorkatoError as error:
            event = {"error": str(error), "retryable": is_retryable(error)}
        yield TriggerEvent(event)


class WorkatoDeployOperator(BaseOperator):
    """Deploys a project to another environment, and returns the id of the deployment.

    Airflow runs a task again if its worker died, and the deployment may have been started by then. So its title names
    the run of the DAG; if there already is a deployment with this title, the operator waits for that one.
    """

    template_fields = ("project_id", "environment_type", "title")

    def __init__(
        self,
        *,
        project_id: int,
        environment_type: str,
        title: str = "{{ dag.dag_id }} {{ run_id }} {{ task.task_id }}",
        workato_conn_id: str = CONNECTION,
        deferrable: bool = True,
        deployment_timeout: float = 3600.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.project_id = project_id
        self.environment_type = environment_type
        self.title = title
        self.workato_conn_id = workato_conn_id
        self.deferrable = deferrable
        self.deployment_timeout = deployment_timeout

    def execute(self, context: Context) -> int:
        with retried_if_harmless(), WorkatoHook(self.workato_conn_id).get_conn() as workato:
            deployment = self.start(workato)
            if not self.deferrable:
                return workato.deployments.wait(deployment, timeout=self.deployment_timeout).id
        self.defer(
            trigger=DeploymentTrigger(self.workato_conn_id, deployment.id, self.deployment_timeout),
            method_name="execute_complete",
        )

    def start(self, workato: Workato) -> Deployment:
        project, target = int(self.project_id), self.environment_type  # a template renders to text
        listed = workato.deployments.list(project_id=project, environment_type=target)
        earlier: list[Deployment] = [one for one in listed if one.title == self.title and one.state != "failed"]
        if earlier:
            return earlier[0]
        started: Deployment = workato.projects.deploy(project, environment_type=target, title=self.title).start()
        return started

    def execute_complete(self, context: Context, event: dict[str, Any]) -> int:
        if "error" in event:
            raise (AirflowException if event["retryable"] else AirflowFailException)(event["error"])
        return int(event["deployment_id"])


class WorkatoFailedJobsSensor(BaseSensorOperator):
    """Succeeds when a job of a recipe failed within the last ``period``; returns the ids of the failed jobs."""

    template_fields = ("recipe_id",)

    def __init__(self, *, recipe_id: int, period: timedelta, workato_conn_id: str = CONNECTION, **kwargs: Any) -> None:
        super().__init__(**{"mode": "reschedule", **kwargs})
        self.recipe_id = recipe_id
        self.period = period
        self.workato_conn_id = workato_conn_id

    def poke(self, context: Context) -> PokeReturnValue:
        since = datetime.now(UTC) - self.period
        with retried_if_harmless(), WorkatoHook(self.workato_conn_id).get_conn() as workato:
            failed = [job.id for job in workato.jobs.list(int(self.recipe_id), status="failed", since=since)]
        return PokeReturnValue(bool(failed), failed)
