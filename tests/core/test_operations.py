"""An operation can be used like a coroutine, warns if nobody awaits it, and its errors say what was polled."""

from __future__ import annotations

import asyncio
import gc
import inspect
import pickle
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.scripted_server import reply
from workato_async import (
    ConfigurationError,
    Operation,
    OperationFailedError,
    OutcomeUnknownError,
    ServerError,
    WaitTimeoutError,
    WorkatoError,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tests.support.scripted_server import ScriptedServer
    from workato_async import WorkatoSession


class Server:
    """Starts an operation, and counts how often."""

    def __init__(self, *states: str, error: Exception | None = None) -> None:
        self.states = list(states)
        self.error = error
        self.started = 0

    async def start(self) -> str:
        self.started += 1
        await asyncio.sleep(1)
        if self.error:
            raise self.error
        return "started"

    async def get(self, _: str) -> str:
        return self.states.pop(0)

    def operation(self) -> Operation[str]:
        return Operation(
            self.start,
            self.get,
            ended=lambda state: state in ("done", "failed"),
            failed=lambda state: "no reason" * (state == "failed"),
            what="the test of 7",
            polled=lambda state: ("GET /api/tests/{id}", f"/api/tests/{state}", "app.workato.com"),
        )


async def in_a_group(operation: Operation[str]) -> str:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(operation)
    return task.result()


async def gathered(operation: Operation[str]) -> str:
    (state,) = await asyncio.gather(operation)
    return state


WAYS: list[Callable[[Operation[str]], Awaitable[str]]] = [
    asyncio.create_task,
    asyncio.ensure_future,
    in_a_group,
    gathered,
    lambda operation: asyncio.wait_for(operation, 5),
    lambda operation: asyncio.shield(operation),
    lambda operation: operation,
]


@pytest.mark.parametrize("way", WAYS)
async def test_it_works_wherever_a_coroutine_does(way: Callable[[Operation[str]], Awaitable[str]]) -> None:
    server = Server("running", "done")
    operation = server.operation()
    assert asyncio.iscoroutine(operation)
    assert inspect.isawaitable(operation)
    assert await way(operation) == "started"
    assert await operation == await way(operation) == "started"
    assert await operation.wait() == "done"
    assert server.started == 1


async def test_any_number_of_tasks_start_it_once() -> None:
    server = Server("done")
    operation = server.operation()
    tasks = [asyncio.create_task(operation) for _ in range(3)]
    assert repr(tasks[0]).startswith("<Task pending")
    assert await asyncio.gather(operation, *tasks, operation.wait()) == ["started"] * 4 + ["done"]
    assert server.started == 1


@pytest.mark.parametrize("way", WAYS)
async def test_its_error_reaches_everyone(way: Callable[[Operation[str]], Awaitable[str]]) -> None:
    server = Server(error=ServerError("no"))
    operation = server.operation()
    for _ in range(2):
        with pytest.raises((ServerError, BaseExceptionGroup)):
            await way(operation)
    with pytest.raises(ServerError):
        await operation.wait()
    assert server.started == 1


async def test_a_task_can_be_cancelled() -> None:
    server = Server()
    for steps in (0, 1):  # before and after it began
        operation = server.operation()
        task = asyncio.create_task(operation)
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert server.started == 1


def test_the_loop_runs_it() -> None:
    assert asyncio.run(Server().operation()) == "started"


async def test_it_warns_if_nobody_awaits_it(workato: WorkatoSession) -> None:
    makers: dict[str, Callable[[], object]] = {
        "Packages.import_ (the import into folder 7)": lambda: workato.packages.import_(7, b"PK"),
        "Packages.export (the export of manifest 7)": lambda: workato.packages.export(7),
        "Projects.build (the build of project 7)": lambda: workato.projects.build(7),
        "Projects.deploy (the deployment of project f7 to test)": lambda: workato.projects.deploy(
            "f7", environment_type="test"
        ),
        "ProjectBuilds.deploy (the deployment of build 7 to test)": lambda: workato.project_builds.deploy(
            7, environment_type="test"
        ),
        "Deployments.deploy (deployment 7)": lambda: workato.deployments.deploy(7),
        "TestCases.run (the test run by recipe_id)": lambda: workato.test_cases.run(recipe_id=7),
    }
    for what, make in makers.items():
        with pytest.warns(RuntimeWarning) as caught:  # noqa: PT031 - it warns when it is collected
            make()
            gc.collect()
        (warning,) = caught
        assert str(warning.message) == f"{what} was never awaited, so nothing was sent"
        assert warning.filename == __file__  # where it was made, not where it was collected
        assert warning.lineno == make.__code__.co_firstlineno


async def test_it_does_not_warn_of_what_was_used(
    workato: WorkatoSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Server().operation().close()
        await Server().operation()
        with pytest.raises(ConfigurationError):
            await Server().operation().wait(timeout=-1)
        with pytest.raises(ConfigurationError):
            await workato.packages.export(7).save(tmp_path / "missing" / "x.zip")
        with pytest.raises(ConfigurationError):
            workato.packages.import_(7, "missing.zip")
        with pytest.raises(TypeError):
            Operation()  # type: ignore[call-arg]
        monkeypatch.setattr("sys.is_finalizing", lambda: True)
        Server().operation()
        gc.collect()
    assert not caught


async def test_its_errors_say_what_was_polled() -> None:
    late = Server(*["running"] * 100_000).operation()
    failed = Server("failed").operation()
    errors: list[WorkatoError] = []
    with pytest.raises(WaitTimeoutError) as timed_out:
        await late.wait(timeout=60)
    errors.append(timed_out.value)
    with pytest.raises(OperationFailedError) as ended:
        await failed.wait()
    assert ended.value.result == "failed"
    errors.append(ended.value)
    for error in errors:
        copy = pickle.loads(pickle.dumps(error))
        for one in (error, copy):
            assert (one.endpoint, one.request_path, one.host) == (
                "GET /api/tests/{id}",
                "/api/tests/started",
                "app.workato.com",
            )
            assert str(one).startswith("GET /api/tests/started on app.workato.com: the test of 7 ")


FAILED: dict[str, tuple[Callable[[WorkatoSession], Operation[Any]], dict[str, Any], str]] = {
    "export": (lambda w: w.packages.export(1), {"id": 9, "status": "failed"}, "/api/packages/9"),
    "import": (lambda w: w.packages.import_(1, b"PK"), {"id": 9, "status": "failed"}, "/api/packages/9"),
    "build": (lambda w: w.projects.build(1), {"id": 9, "state": "failed"}, "/api/project_builds/9"),
    "deploy": (
        lambda w: w.projects.deploy(1, environment_type="test"),
        {"id": 9, "state": "failed"},
        "/api/deployments/9",
    ),
}


@pytest.mark.parametrize("name", FAILED)
async def test_a_failed_operation_names_its_object(server: ScriptedServer, workato: WorkatoSession, name: str) -> None:
    make, state, path = FAILED[name]
    server.otherwise = lambda seen: reply(200, state)
    with pytest.raises(OperationFailedError) as raised:
        await make(workato).wait()
    assert (raised.value.request_path, raised.value.host) == (path, raised.value.host)
    assert raised.value.endpoint.startswith("GET /api/")
    assert raised.value.host


STARTED: list[tuple[Callable[[WorkatoSession], Operation[Any]], str]] = [
    (lambda w: w.packages.export(1), "/api/packages/export/1"),
    (lambda w: w.packages.import_(1, b"PK"), "/api/packages/import/1"),
    (lambda w: w.projects.build(1), "/api/projects/1/build"),
    (lambda w: w.projects.deploy(1, environment_type="test"), "/api/projects/1/deploy"),
    (lambda w: w.project_builds.deploy(1, environment_type="test"), "/api/project_builds/1/deploy"),
    (lambda w: w.deployments.deploy(1), "/api/deployments/1/deploy"),
    (lambda w: w.test_cases.run(recipe_id=1), "/api/test_cases/run_requests"),
]


@pytest.mark.parametrize(("make", "path"), STARTED)
async def test_one_that_was_cancelled_names_the_request_that_started_it(
    workato: WorkatoSession, make: Callable[[WorkatoSession], Operation[Any]], path: str
) -> None:
    operation = make(workato)
    task = asyncio.create_task(operation)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    with pytest.raises(OutcomeUnknownError, match="check before you start another") as raised:
        await operation
    assert (raised.value.path, raised.value.endpoint.split()[0]) == (path, "POST")
    assert raised.value.host == workato.base_url.removeprefix("http://")


async def progress_of(_: object) -> None: ...


@pytest.mark.parametrize("wrong", [5, progress_of], ids=repr)
async def test_progress_that_cannot_be_reported_is_refused_before_the_start(wrong: Any) -> None:
    server = Server("done")
    with pytest.raises(ConfigurationError, match="on_progress must be a "):
        await server.operation().wait(on_progress=wrong)
    assert server.started == 0
