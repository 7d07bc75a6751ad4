"""The Airflow example, without a scheduler or a database; see ``tests/examples/test_engines.py``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from pkgutil import resolve_name
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowException, AirflowFailException, TaskDeferred
from airflow.triggers.base import TriggerEvent
from airflow_workato import (
    DeploymentTrigger,
    WorkatoDeployOperator,
    WorkatoFailedJobsSensor,
    WorkatoHook,
    retried_if_harmless,
)

from workato_async import QuotaStoreError
from workato_async.testing import FakeWorkato, Status

CONTEXT: Any = {}


def operator(fake: FakeWorkato, run: str = "manual__1", **arguments: Any) -> WorkatoDeployOperator:
    project = next(iter(fake.state.projects))
    with DAG("release", schedule=None) as dag:
        task = WorkatoDeployOperator(task_id="deploy", project_id=project, environment_type="test", **arguments)
    context: Any = {"run_id": run, "dag": dag, "task": task}
    task.render_template_fields(context)
    return task


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeWorkato]:
    monkeypatch.setattr("workato_async.operations.FIRST_PAUSE", 0.01)  # these tests run in real time
    with FakeWorkato(recipes=4, jobs=40, window=None, time_scale=0.001, token="secret") as running:
        connect(monkeypatch, running)
        yield running


def connect(monkeypatch: pytest.MonkeyPatch, fake: FakeWorkato) -> None:
    connection = {"conn_type": "workato", "password": "secret", "host": fake.url}
    monkeypatch.setenv("AIRFLOW_CONN_WORKATO_DEFAULT", json.dumps(connection))


def sent(fake: FakeWorkato, endpoint: str) -> int:
    return sum(request.endpoint == endpoint for request in fake.requests)


def test_hook(fake: FakeWorkato) -> None:
    with WorkatoHook().get_conn() as workato:
        assert workato.recipes.get(10001).id == 10001


def test_dag() -> None:
    dag = import_module("airflow_nightly_release").dag
    assert [type(task) for task in dag.tasks] == [WorkatoDeployOperator]
    assert dag.tasks[0].retries == 3


def test_deploy_and_wait(fake: FakeWorkato) -> None:
    deployment_id = operator(fake, deferrable=False).execute(CONTEXT)
    assert fake.state.deployments[deployment_id]["state"] == "success"
    assert fake.state.deployments[deployment_id]["title"] == "release manual__1 deploy"


def test_deploy_deferred_and_run_again(fake: FakeWorkato) -> None:
    """A second attempt, as after the death of a worker, waits for the deployment of the first."""
    triggers = []
    for _ in range(2):
        with pytest.raises(TaskDeferred) as deferred:
            operator(fake).execute(CONTEXT)
        triggers.append(deferred.value.trigger)
    assert triggers[0].deployment_id == triggers[1].deployment_id
    assert deferred.value.method_name == "execute_complete"
    assert sent(fake, "projects.deploy") == 1
    with pytest.raises(TaskDeferred):
        operator(fake, "manual__2").execute(CONTEXT)
    assert sent(fake, "projects.deploy") == 2


async def test_trigger(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FakeWorkato(token="secret") as fake:
        connect(monkeypatch, fake)
        project = next(iter(fake.state.projects))
        deployment_id = fake.state.deploy(project, "test", None, None)["id"]
        path, arguments = DeploymentTrigger("workato_default", deployment_id, 600.0).serialize()
        assert "secret" not in json.dumps(arguments)
        trigger = resolve_name(path)(**json.loads(json.dumps(arguments)))
        events = [event async for event in trigger.run()]
        assert events == [TriggerEvent({"deployment_id": deployment_id})]
        assert sent(fake, "projects.deploy") == 0
        assert operator(fake).execute_complete(CONTEXT, events[0].payload) == deployment_id


async def test_a_failed_deployment_is_not_retried(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FakeWorkato(token="secret") as fake:
        connect(monkeypatch, fake)
        failed = next(one["id"] for one in fake.state.deployments.values() if one["state"] == "failed")
        (event,) = [event async for event in DeploymentTrigger("workato_default", failed, 600.0).run()]
        with pytest.raises(AirflowFailException, match=f"deployment {failed} failed"):
            operator(fake).execute_complete(CONTEXT, event.payload)


@pytest.mark.parametrize(("retryable", "raised"), [(True, AirflowException), (False, AirflowFailException)])
def test_what_a_trigger_could_not_read(fake: FakeWorkato, retryable: bool, raised: type[Exception]) -> None:
    with pytest.raises(AirflowException) as caught:
        operator(fake).execute_complete(CONTEXT, {"error": "why", "retryable": retryable})
    assert type(caught.value) is raised


def test_a_deployment_in_doubt_is_not_retried(fake: FakeWorkato) -> None:
    fake.fail("projects.deploy", Status(500, processed=True))
    with pytest.raises(AirflowFailException, match="may have been carried out"):
        operator(fake).execute(CONTEXT)


def test_what_may_be_retried_is() -> None:
    with pytest.raises(QuotaStoreError), retried_if_harmless():
        raise QuotaStoreError("nothing was sent")


def test_sensor(fake: FakeWorkato) -> None:
    recipe = next(one["id"] for one in fake.state.recipes.values() if one["running"])
    failed = {job["id"] for job in fake.state.jobs[recipe].values() if job["status"] == "failed"}
    sensor = WorkatoFailedJobsSensor(task_id="failed", recipe_id=recipe, period=timedelta(days=36500))
    assert sensor.mode == "reschedule"
    found = sensor.poke(CONTEXT)
    assert found.is_done
    assert set(found.xcom_value or ()) == failed != set()
    now = WorkatoFailedJobsSensor(task_id="now", recipe_id=recipe, period=timedelta(0))
    assert not now.poke(CONTEXT).is_done
    gone = WorkatoFailedJobsSensor(task_id="gone", recipe_id=1, period=timedelta(days=1))
    with pytest.raises(AirflowFailException, match="404"):
        gone.poke(CONTEXT)
