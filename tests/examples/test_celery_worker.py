"""The Celery example: tasks that may not run twice do not, and its workers share a quota."""

from __future__ import annotations

import importlib.util
import itertools
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.program import ROOT, account, run, started
from workato_async import (
    ENDPOINTS,
    ConnectionFailedError,
    OutcomeUnknownError,
    Quota,
    QuotaStoreError,
    QuotaWaitError,
    RateLimitedError,
    ServerError,
    is_retryable,
)
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from subprocess import Popen

pytest.importorskip("celery")

from celery import Celery
from celery.exceptions import SoftTimeLimitExceeded

QUOTA = Quota(20, per=0.5)
CALLS = 45
NUMBERS = itertools.count()
"""Celery knows all tasks of a process by name, those of other applications as well."""


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Load the example into this process, with an environment."""
    modules: list[Any] = []

    def load(host: str = "http://127.0.0.1:1", **environment: str) -> Any:
        monkeypatch.delenv("REDIS_URL", raising=False)
        for name, value in account(host, XDG_STATE_HOME=str(tmp_path), **environment).items():
            monkeypatch.setenv(name, value)
        spec = importlib.util.spec_from_file_location(
            f"celery_example_{next(NUMBERS)}", ROOT / "examples/celery_worker.py"
        )
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        modules.append(module)
        return module

    yield load
    for module in modules:
        module.workato.close()


def attempts(example: Any, error: Exception, **options: Any) -> int:
    """Return how often a task runs that always fails, without the pauses between."""
    runs = 0

    def fail() -> None:
        nonlocal runs
        runs += 1
        raise error

    result = example.app.task(name="fail", shared=False, max_retries=2, **options)(fail).apply()
    assert result.result is error
    return runs


@pytest.mark.parametrize(
    ("error", "retried"),
    [
        (QuotaStoreError("no store"), True),
        (QuotaWaitError("too long", wait=3), True),
        (RateLimitedError("429", retry_after=3), True),
        (ConnectionFailedError("no route"), True),
        (ConnectionFailedError("no certificate", permanent=True), False),
        (ServerError("500", status=500, idempotent=True), True),
        (ServerError("500", status=500), False),
        (OutcomeUnknownError("lost"), False),
        (ValueError("a fault of the task"), False),
    ],
)
def test_a_task_is_retried_where_that_does_no_harm(load: Callable[..., Any], error: Exception, retried: bool) -> None:
    assert attempts(load(), error) == (3 if retried else 1)
    assert attempts(load(), error, acks_late=True) == (3 if retried else 1)


def test_a_task_that_may_run_twice_is_retried_after_its_soft_time_limit(load: Callable[..., Any]) -> None:
    assert attempts(load(), SoftTimeLimitExceeded(), acks_late=True) == 3
    assert attempts(load(), SoftTimeLimitExceeded()) == 1


def test_the_next_attempt_waits_for_what_is_known(load: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    example = load()
    task = example.copy
    for error, least in (
        (RateLimitedError("429", retry_after=1000.0), 1000),
        (RateLimitedError("429"), 0),
        (QuotaWaitError("too long", wait=700.0), 700),
        (QuotaStoreError("no store"), 0),
    ):
        waits: list[float] = []
        with monkeypatch.context() as patch:
            patch.setattr(task, "retry", lambda exc, countdown, waits=waits: waits.append(countdown) or exc)
            patch.setattr(task, "run", lambda error=error: raises(error))
            with pytest.raises(type(error)):
                task()
        assert waits[0] == least if least else 0 <= waits[0] <= 1
    for retries in range(12):
        task.push_request(retries=retries)
        assert 0 <= task.backoff() <= min(300, 2**retries)
        task.pop_request()


def raises(error: Exception) -> None:
    raise error


def test_only_tasks_that_may_run_twice_are_acknowledged_late(load: Callable[..., Any]) -> None:
    idempotent = {endpoint.id: endpoint.idempotent for endpoint in ENDPOINTS}
    with FakeWorkato(recipes=2, jobs=4) as fake:
        example = load(fake.url)
        tasks = {name.rpartition(".")[2]: task for name, task in example.app.tasks.items() if example.__name__ in name}
        (recipe_id, *_), folder_id = fake.state.recipes, max(fake.state.folders)
        arguments = {"count_failed": (recipe_id,), "start": (recipe_id,), "copy": (recipe_id, folder_id)}
        assert set(tasks) == set(arguments)
        for name, task in tasks.items():
            before = len(fake.requests)
            task.apply(arguments[name], throw=True)
            sent = [request.endpoint or "" for request in fake.requests[before:]]
            assert sent
            assert bool(task.acks_late) == all(idempotent[id_] for id_ in sent), name
        example.workato.close()


def store_error(example: Any) -> str:
    """Return the text of the error of a task that does not get at its store."""
    example.count_failed.max_retries = 0
    with pytest.raises(QuotaStoreError) as caught:
        example.count_failed.apply((1,), throw=True)
    assert is_retryable(caught.value)  # nothing was sent
    return str(caught.value)


def test_without_a_reachable_redis_the_error_says_so(load: Callable[..., Any]) -> None:
    text = store_error(load(REDIS_URL="redis://:secret@127.0.0.1:1/0"))
    assert text.startswith("GET /api/recipes/1/jobs on 127.0.0.1:1: the store at redis://")
    assert "cannot be reached" in text
    assert "start Redis or correct the URL, or let workers continue with a share of the quota" in text
    assert "secret" not in text


def test_without_a_usable_file_the_error_says_so(load: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "workato-async").write_text("a file where a folder is needed")
    text = store_error(load())
    assert text.startswith("GET /api/recipes/1/jobs on 127.0.0.1:1: the quota file ")
    assert "cannot be used: " in text
    assert "Make it writable, delete it if it is damaged, name another one with MachineStore(path)" in text


def worker(app: str, environment: dict[str, str]) -> AbstractContextManager[Popen[str]]:
    quick = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    return started("-m", "celery", "-A", app, "worker", "--concurrency=2", *quick, environment=environment)


def queue(url: str) -> dict[str, str]:
    return {"CELERY_BROKER_URL": url, "CELERY_RESULT_BACKEND": url}


def test_the_example_in_worker_processes(host: str, redis_url: str) -> None:
    environment = {**queue(redis_url), "REDIS_URL": redis_url, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'examples'}"}
    with worker("celery_worker", account(host, **environment)):
        out = run(host, "examples/celery_worker.py", **environment)
    assert re.search(r"^[1-9]\d* failed jobs in 4 recipes$", out, re.MULTILINE), out


def test_worker_processes_share_a_quota(redis_url: str, tmp_path: Path) -> None:
    queued = Celery(broker=redis_url, backend=redis_url, set_as_current=False)
    tasks = "tests.support.celery_tasks"
    with FakeWorkato(recipes=1, jobs=0, quotas={"recipes.get": QUOTA}) as fake, queued:
        (recipe_id,) = fake.state.recipes
        environment = account(
            fake.url,
            **queue(redis_url),
            QUOTA_REQUESTS=str(QUOTA.requests),
            QUOTA_SECONDS=str(QUOTA.per),
            QUOTA_STORE="machine",
            XDG_STATE_HOME=str(tmp_path),
        )

        def results(task: str, times: int) -> set[Any]:
            results = [queued.send_task(f"{tasks}.{task}", [recipe_id]) for _ in range(times)]
            return {result.get(timeout=30) for result in results}

        with worker(tasks, environment):
            pids = results("get", CALLS)
            assert results("wait_for_the_quota", 1) == {"interrupted"}
            assert results("get", 4) <= pids  # no child had to be killed
        assert len(pids) == 2
        assert [request.status for request in fake.requests].count(429) == 0
        assert fake.sent("recipes.get") == CALLS + 4
        assert fake.most_in_window("recipes.get") == QUOTA.requests
        assert fake.sent("recipes.stop") == 1
