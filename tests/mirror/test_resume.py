"""Killed at any time and started again: nothing is lost, and one page at most is read twice."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.mirror_contents import contents, expected, mirror_of, rows
from workato_async.testing import FakeWorkato, Stall, Status

STREAMS = ("recipes", "jobs")


class Arrivals(list[Any]):
    """The requests of a fake; every arrival is told."""

    def __init__(self, tell: Callable[[int], object]) -> None:
        super().__init__()
        self._tell = tell

    def append(self, request: Any) -> None:
        super().append(request)
        self._tell(len(self))


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


def copy(database: Path, to: Path) -> Path:
    """Copy the files of a database as they are now, which is what a kill now leaves."""
    to.mkdir()
    for suffix in ("", "-wal"):
        shutil.copy(f"{database}{suffix}", to)
    return to / database.name


async def mirrored(fake: FakeWorkato, path: Path) -> dict[str, list[dict[str, Any]]]:
    """Run a pass; give the rows."""
    async with mirror_of(fake, url_of(path)) as mirror:
        report = await mirror.run(STREAMS)
        assert not report.errors
        return {name: await rows(mirror, name) for name in STREAMS}


async def test_a_kill_at_any_request_of_a_first_pass(tmp_path: Path) -> None:
    async with FakeWorkato(recipes=110, jobs=550, jobs_per_page=7, window=None) as fake:
        database = tmp_path / "workato.db"
        fake.requests = Arrivals(lambda number: number % 23 == 2 and copy(database, tmp_path / f"killed at {number}"))
        undisturbed = await mirrored(fake, database)
        needed = len(fake.requests)
        killed = sorted(tmp_path.glob("killed at *"))
        assert len(killed) >= 5
        for directory in killed:
            fake.requests = []
            assert await mirrored(fake, directory / "workato.db") == undisturbed
            assert (
                int(directory.name.split()[-1]) + len(fake.requests) == needed + 2
            )  # a page, and which workspace it is


@pytest.mark.parametrize(
    "kill_at", [1, 2, *(pytest.param(number, marks=pytest.mark.long) for number in (3, 4, 5, 6)), 7]
)
async def test_a_kill_amid_new_jobs_leaves_no_gap(tmp_path: Path, kill_at: int) -> None:
    """The walk comes down from the newest job: what it has stored must not be taken for what was there before."""
    async with FakeWorkato(recipes=1, jobs=30, jobs_per_page=10, window=None) as fake:
        database = tmp_path / "workato.db"
        await mirrored(fake, database)
        for status in ("pending", "succeeded"):
            for _ in range(20):
                fake.state.add_job(10_001, status=status)
        fake.requests = Arrivals(lambda number: number == kill_at and copy(database, tmp_path / "killed"))
        await mirrored(fake, database)
        assert len(fake.requests) == 1 + 2 + 5  # the workspace, recipes to an empty page, and five pages of jobs
        for _ in range(15):
            fake.state.add_job(10_001)
        async with mirror_of(fake, url_of(tmp_path / "killed" / "workato.db")) as mirror:
            await mirror.run(STREAMS)
            await mirror.run(STREAMS)
            held = await contents(mirror)
        assert held["jobs"] == expected(fake.state)["jobs"]


async def test_a_page_whose_first_job_was_erased_meanwhile(tmp_path: Path) -> None:
    """The cursor of an interrupted walk is a job; if it is gone, the list is walked from the start, to its end."""
    async with FakeWorkato(recipes=1, jobs=40, jobs_per_page=10, window=None) as fake:
        database = tmp_path / "workato.db"
        fake.requests = Arrivals(lambda number: number == 4 and copy(database, tmp_path / "killed"))
        await mirrored(fake, database)
        jobs = fake.state.jobs[10_001]
        cursor = list(reversed(jobs))[19]
        del jobs[cursor]
        async with mirror_of(fake, url_of(tmp_path / "killed" / "workato.db")) as mirror:
            await mirror.run(STREAMS)
            assert (await contents(mirror))["jobs"] == expected(fake.state)["jobs"]


async def test_a_full_pass_that_must_begin_anew_finds_what_was_erased_behind_it(tmp_path: Path) -> None:
    """What the first attempt has met, the second one must meet again."""
    fake = FakeWorkato(recipes=1, jobs=40, jobs_per_page=10, window=None)
    async with fake, mirror_of(fake, url_of(tmp_path / "workato.db")) as mirror:
        await mirror.run(STREAMS)
        jobs = fake.state.jobs[10_001]
        erased = list(reversed(jobs))[9]  # where the second page begins
        fake.requests = Arrivals(lambda number: number == 3 and jobs.pop(erased))
        report = await mirror.run(STREAMS, full=True)
        assert report["jobs"].deleted == 1
        assert (await contents(mirror))["jobs"] == expected(fake.state)["jobs"]


async def test_a_cancelled_pass_is_taken_up(tmp_path: Path) -> None:
    fake = FakeWorkato(recipes=30, jobs=300, jobs_per_page=7, window=None)
    fake.fail("jobs.list", Stall(), after=9)
    async with fake, mirror_of(fake, url_of(tmp_path / "workato.db")) as mirror:
        loop = asyncio.get_running_loop()
        running = asyncio.create_task(mirror.run(STREAMS))
        fake.requests = Arrivals(lambda number: number == 12 and loop.call_later(1, running.cancel))
        with pytest.raises(asyncio.CancelledError):
            await running
        await mirror.run(STREAMS)
        held, wanted = await contents(mirror), expected(fake.state)
        assert (held["recipes"], held["jobs"]) == (wanted["recipes"], wanted["jobs"])
        assert (fake.sent("recipes.list"), fake.sent("jobs.list")) == (2, 60 + 1)


async def test_a_cancellation_at_any_step_leaves_a_database_to_go_on_with(tmp_path: Path) -> None:
    fake = FakeWorkato(recipes=8, jobs=80, jobs_per_page=7, window=None)
    async with fake, mirror_of(fake, url_of(tmp_path / "workato.db")) as mirror:
        for steps in range(1, 400, 9):
            running = asyncio.create_task(mirror.run(STREAMS))
            for _ in range(steps):
                await asyncio.sleep(0)
            running.cancel()
            await asyncio.wait([running])
        await mirror.run(STREAMS)
        await mirror.run(STREAMS)
        held, wanted = await contents(mirror), expected(fake.state)
        assert (held["recipes"], held["jobs"]) == (wanted["recipes"], wanted["jobs"])


async def test_what_a_failed_pass_left_half_done_is_not_taken_for_up_to_date(tmp_path: Path) -> None:
    fake = FakeWorkato(recipes=250, jobs=0, window=None)
    async with fake, mirror_of(fake, url_of(tmp_path / "workato.db")) as mirror:
        fake.fail("recipes.list", Status(400, '{"message": "odd"}'), after=2)
        assert (await mirror.run(STREAMS))["recipes"].error is not None
        newest = max(fake.state.recipes)
        fake.state.recipes[newest]["name"] = "renamed"
        fake.state.add_job(newest)
        assert not (await mirror.run(STREAMS)).errors
        held, wanted = await contents(mirror), expected(fake.state)
        assert (held["recipes"], held["jobs"]) == (wanted["recipes"], wanted["jobs"])


async def test_other_arguments_begin_a_pass_of_their_own(tmp_path: Path) -> None:
    async with FakeWorkato(recipes=110, jobs=550, jobs_per_page=7, window=None) as fake:
        database = tmp_path / "workato.db"
        fake.requests = Arrivals(lambda number: number == 9 and copy(database, tmp_path / "killed"))
        await mirrored(fake, database)
        fake.state.recipes[10_001]["name"] = "renamed"
        async with mirror_of(fake, url_of(tmp_path / "killed" / "workato.db")) as mirror:
            assert (await mirror.run(["recipes"]))["recipes"].changed == 1
            assert (await mirror.run(STREAMS))["recipes"].seen == 110
            assert (await contents(mirror))["jobs"] == expected(fake.state)["jobs"]
