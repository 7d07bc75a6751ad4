"""The Dagster example, run with an instance in memory; see ``tests/examples/test_engines.py``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import dagster as dg
import pytest
from dagster_workato import WorkatoResource, defs, failed_jobs

from workato_async import RetryPolicy
from workato_async.blocking import Workato
from workato_async.testing import FakeWorkato, Status


@pytest.fixture
def fake() -> Iterator[FakeWorkato]:
    with FakeWorkato(recipes=4, jobs=40, window=None, token="secret") as running:
        for job in jobs_of(running):
            job["started_at"] = datetime.now(UTC).isoformat()
        yield running


def jobs_of(fake: FakeWorkato) -> list[dict[str, Any]]:
    return [job for recipe in fake.state.recipes for job in fake.state.jobs[recipe].values()]


def materialize(fake: FakeWorkato) -> dg.ExecuteInProcessResult:
    workato = WorkatoResource(token="secret", base_url=fake.url)
    with dg.DagsterInstance.ephemeral() as instance:
        return dg.materialize([failed_jobs], resources={"workato": workato}, instance=instance, raise_on_error=False)


def test_asset(fake: FakeWorkato) -> None:
    result = materialize(fake)
    assert result.success
    (event,) = result.get_asset_materialization_events()
    expected = {job["id"] for job in jobs_of(fake) if job["status"] == "failed"}
    rows = result.output_for_node("failed_jobs")
    assert {row["job"] for row in rows} == expected != set()
    assert event.materialization.metadata["failed"].value == len(expected)


def test_what_is_rejected_is_not_retried(fake: FakeWorkato) -> None:
    fake.fail("recipes.list", Status(403))
    result = materialize(fake)
    assert not result.success
    assert not [event for event in result.all_events if event.is_step_up_for_retry]
    assert "403" in str(result.failure_data_for_node("failed_jobs"))


def test_what_may_be_retried_is(fake: FakeWorkato, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dagster_workato.Workato", partial(Workato, retry=RetryPolicy(attempts=1)))
    monkeypatch.setattr(dg.RetryPolicy, "calculate_delay", lambda *_: 0)
    fake.fail("recipes.list", Status(503))
    result = materialize(fake)
    assert result.success
    assert [event.step_key for event in result.all_events if event.is_step_up_for_retry] == ["failed_jobs"]


def test_definitions() -> None:
    dg.Definitions.validate_loadable(defs)
