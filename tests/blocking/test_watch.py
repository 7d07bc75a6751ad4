"""Watches and workspace-wide lists without ``await``."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import timedelta

import pytest

from tests.support.signals import Interrupted, Signals
from workato_async import ConfigurationError, IncompleteListError, RetryPolicy
from workato_async.blocking import Watch, Workato
from workato_async.testing import FakeWorkato
from workato_async.testing.faults import Status


def test_the_failed_jobs_of_a_workspace(fake: FakeWorkato, workato: Workato) -> None:
    since = fake.state.clock.epoch - timedelta(days=1)
    expected = {job["id"] for jobs in fake.state.recipes for job in fake.state.jobs[jobs].values() if job["is_error"]}
    failed = workato.jobs.failed(since=since)
    assert {job.id for job in failed} == expected == {job.id for job in failed.collect()}
    assert {job.recipe_id for job in failed} == set(failed.recipes)
    fake.fail("jobs.list", Status(500), times=1)
    with pytest.raises(IncompleteListError) as caught:
        workato.options(retry=RetryPolicy(attempts=1)).jobs.failed(since=since).collect()
    assert len(caught.value.errors) == 1


def test_a_watch_is_iterated_and_left(fake: FakeWorkato, workato: Workato) -> None:
    watch = workato.jobs.watch(every=0.01, since=fake.state.clock.epoch - timedelta(days=1))
    assert type(watch) is Watch
    seen = []
    for job in watch:
        seen.append(job.id)
        if len(seen) == 3:
            break
    rest = [next(watch).id, next(watch).id]
    watch.aclose()
    assert workato.run(tasks_of_watches) == 0
    for job in workato.jobs.watch(watch.cursor, every=0.01):
        assert job.id not in {*seen, *rest}
        break
    with pytest.raises(ConfigurationError, match="another watch"):
        workato.activity_logs.watch(watch.cursor)


async def tasks_of_watches() -> int:
    return len([task for task in asyncio.all_tasks() if "watch" in repr(task.get_coro())])


def test_it_waits_for_what_comes(fake: FakeWorkato, workato: Workato) -> None:
    watch = workato.activity_logs.watch(every=0.01)
    timer = threading.Timer(0.2, lambda: fake.state.add_activity("recipe_started"))
    timer.start()
    entry = next(iter(watch))
    assert entry.event_type == "recipe_started"
    timer.join()


def test_ctrl_c_ends_it_and_another_iteration_goes_on(fake: FakeWorkato, workato: Workato, signals: Signals) -> None:
    watch = workato.activity_logs.watch(every=3600)

    def interrupt() -> None:
        while not watch.has_begun:
            time.sleep(0.01)
        signals.send()

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(Interrupted):
        for _ in watch:
            raise AssertionError("nothing happens")
    thread.join()
    new = fake.state.add_activity("recipe_started")["id"]
    for entry in watch:
        assert entry.id == new
        break
