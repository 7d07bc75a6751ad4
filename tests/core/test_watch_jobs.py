"""jobs.watch: every job that fails is handed over at least once, whenever it began, and quiet polls are cheap."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, Self

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.conftest import LONG
from tests.support.virtual_time import run
from tests.support.watched_workspace import NOON, WatchedWorkspace
from workato_async import AuthenticationError, ConfigurationError, Limiter, PermissionDeniedError, WorkatoSession
from workato_async.http.messages import Response
from workato_async.resources.jobs import watch as jobs_watch
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from types import TracebackType

    from workato_async import Watch
    from workato_async.models import Job

EVERY = 10.0


class Reader:
    """Reads a watch in a task of its own."""

    def __init__(self, watch: Watch[Job]) -> None:
        self.watch = watch
        self.jobs: list[Job] = []
        self.cursors: list[str] = []
        self.task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for job in self.watch:
            self.jobs.append(job)
            self.cursors.append(self.watch.cursor)

    def take(self) -> list[str]:
        """Return the ids of the jobs since the last time."""
        ids = [job.id for job in self.jobs]
        self.jobs.clear()
        return ids

    async def stop(self) -> None:
        if self.task.cancel():
            with contextlib.suppress(asyncio.CancelledError):
                await self.task

    async def __aenter__(self) -> Self:
        await asyncio.sleep(EVERY / 2)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()


async def polls(number: int = 1) -> None:
    await asyncio.sleep(number * (EVERY + 0.3))


# --- what is handed over


async def test_jobs_that_fail_arrive_with_their_recipe() -> None:
    space = WatchedWorkspace(3)
    space.fail(1)
    space.end(2, space.start(2), "succeeded")
    await asyncio.sleep(600)
    async with Reader(space.api.jobs.watch(every=EVERY)) as reader:
        assert reader.take() == []
        first, second, other = space.fail(1), space.fail(1), space.fail(3)
        space.jobs[1][-1]["recipe_id"] = None
        space.end(2, space.start(2), "succeeded")
        await polls()
        assert {job.recipe_id for job in reader.jobs} == {1, 3}
        assert sorted(reader.take()) == sorted([first, second, other])
        await polls(3)
        assert reader.take() == [], "once"
        third = space.fail(1)
        await polls()
        assert reader.take() == [third]


@pytest.mark.parametrize("by", ["started_at", "completed_at"])
@pytest.mark.parametrize("counted", [True, False])
async def test_a_job_that_was_pending_for_hours_is_found_behind_all_others(by: Any, counted: bool) -> None:
    space = WatchedWorkspace(1, by=by, counted=counted)
    long, longer = space.start(1), space.start(1)
    for _ in range(25):
        await asyncio.sleep(60)
        space.fail(1)
    await asyncio.sleep(3 * 3600)
    async with Reader(space.api.jobs.watch(every=EVERY)) as reader:
        space.end(1, long)
        await polls()
        assert reader.take() == [long]
        await asyncio.sleep(3 * 3600)
        space.end(1, longer)
        await polls()
        assert reader.take() == [longer]


async def test_a_long_job_is_found_after_a_restart() -> None:
    space = WatchedWorkspace(2)
    long = space.start(1)
    await asyncio.sleep(3600)
    for _ in range(20):
        space.fail(1)
    async with Reader(space.api.jobs.watch(every=EVERY)) as reader:
        cursor = reader.watch.cursor
    await asyncio.sleep(5 * 3600)
    space.end(1, long)
    async with Reader(space.client().jobs.watch(cursor, every=EVERY)) as reader:
        assert reader.take() == [long]
        await polls(5)
        assert reader.take() == []


async def test_repeated_jobs_are_jobs_of_their_own() -> None:
    space = WatchedWorkspace(1)
    async with Reader(space.api.jobs.watch(every=EVERY)) as reader:
        master = space.fail(1, master_job_id="j-1-0")
        again = space.fail(1, master_job_id="j-1-0")
        await polls()
        assert reader.take() == [master, again]


async def test_a_counter_that_sinks_hides_no_job() -> None:
    """A job that is repeated with success may no longer count as failed."""
    space = WatchedWorkspace(1)
    async with Reader(space.api.jobs.watch(every=EVERY)) as reader:
        first = space.fail(1)
        await polls()
        assert reader.take() == [first]
        space.jobs[1][0]["status"] = "succeeded"
        space.recipes[1]["job_failed_count"] = 0
        await polls()
        second, third = space.fail(1), space.fail(1)
        space.recipes[1]["job_failed_count"] = 1  # one of the two has already been repeated
        await polls()
        assert reader.take() == [second, third]


@pytest.mark.parametrize("restart", [False, True])
async def test_a_counter_that_sinks_hides_no_job_of_a_recipe_that_was_not_read_yet(restart: bool) -> None:
    """Ten failures are older than the watch; some of them are repeated with success while others fail."""
    space = WatchedWorkspace(2)
    for _ in range(10):
        space.fail(1)
    await asyncio.sleep(3600)
    space.start(2)
    async with Reader(space.api.jobs.watch(every=EVERY)) as reader:
        await polls()
        cursor = reader.watch.cursor
        if restart:
            await reader.stop()
            reader = Reader(space.client().jobs.watch(cursor, every=EVERY))
        new = [space.fail(1), space.fail(1)]
        for job in space.jobs[1][:5]:
            job["status"] = "succeeded"
        space.recipes[1]["job_failed_count"] = 7
        await polls(2)
        assert reader.take() == new
        await reader.stop()


async def test_equal_times_and_no_times() -> None:
    space = WatchedWorkspace(1, length=2)
    async with Reader(space.api.jobs.watch(every=EVERY)) as reader:
        jobs = [space.fail(1) for _ in range(7)]
        await polls()
        assert sorted(reader.take()) == jobs
        more = [space.fail(1) for _ in range(3)]
        for job in space.jobs[1][-3:]:
            job.update(started_at=NOON.isoformat(), completed_at=None)
        space.by = "id"  # type: ignore[assignment]
        space.jobs[1].sort(key=lambda job: job["id"])
        await polls(2)
        assert sorted(reader.take()) == more


@pytest.mark.parametrize("now", [datetime(1999, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)])
async def test_no_clock_has_to_be_right(now: datetime) -> None:
    space = WatchedWorkspace(2, now=now)
    old = space.fail(1)
    async with Reader(space.api.jobs.watch(every=EVERY)) as reader:
        job = space.fail(1)
        await asyncio.sleep(1)
        space._now -= timedelta(minutes=4)  # the next job is of a server with another clock
        other = space.fail(1)
        await polls(2)
        assert {job, other} <= {*reader.take()} <= {job, other, old}
        job = space.fail(1)
        await polls(2)
        assert reader.take() == [job]


@pytest.mark.parametrize("kind", ["lag", "late"])
async def test_counter_and_list_may_disagree_for_a_while(kind: str) -> None:
    space = WatchedWorkspace(2, lag=15.0 * (kind == "lag"), late=15.0 * (kind == "late"))
    old = {space.fail(1) for _ in range(4)}
    await asyncio.sleep(600)
    async with Reader(space.api.jobs.watch(every=EVERY)) as reader:
        expected = []
        for _ in range(6):
            expected.append(space.fail(1))
            await asyncio.sleep(7)
        await polls(5)
        found = {*reader.take()}
        assert found >= {*expected}
        assert found - {*expected} <= old, "one that ended about when the watch began may be taken for a new one"


async def test_a_counter_that_is_too_high_costs_a_few_requests_and_not_one_in_each_poll() -> None:
    space = WatchedWorkspace(1)
    async with Reader(space.api.jobs.watch(every=EVERY)) as reader:
        space.recipes[1]["job_failed_count"] += 1
        await polls(20)
        assert space.sent("/jobs") <= jobs_watch.TRIES + 1
        job = space.fail(1)
        await polls()
        assert reader.take() == [job]


async def test_new_recipes_are_watched_and_those_that_become_visible() -> None:
    space = WatchedWorkspace(3)
    for _ in range(5):
        space.fail(2)
    await asyncio.sleep(600)
    hidden = space.recipes.pop(2)
    async with Reader(space.api.jobs.watch(every=EVERY)) as reader:
        space.recipes[2] = hidden
        new = space.recipes[4] = {"id": 4, "job_failed_count": 0}
        job = space.fail(new["id"])
        await polls()
        assert reader.take() == [job], "and not the history of recipe 2"
        job = space.fail(2)
        await polls()
        assert reader.take() == [job]


async def test_other_statuses() -> None:
    space = WatchedWorkspace(1)
    succeeded = Reader(space.api.jobs.watch(status="succeeded", every=EVERY))
    ended = Reader(space.api.jobs.watch(status=None, every=EVERY))
    async with succeeded, ended:
        good, bad, pending = space.start(1), space.fail(1), space.start(1)
        space.end(1, good, "succeeded")
        await polls()
        assert succeeded.take() == [good]
        assert ended.take() == [good, bad]
        space.end(1, pending)
        await polls()
        assert (succeeded.take(), ended.take()) == ([], [pending])


async def test_since_begins_earlier() -> None:
    space = WatchedWorkspace(3)
    space.fail(1)
    await asyncio.sleep(3600)
    since = space.now
    jobs = [space.fail(1), space.fail(2)]
    await asyncio.sleep(3600)
    async with Reader(space.api.jobs.watch(since=since, every=EVERY)) as reader:
        assert sorted(reader.take()) == jobs
        jobs = [space.fail(1), space.fail(3)]
        await polls()
        assert sorted(reader.take()) == jobs


# --- what it costs


async def test_quiet_polls_of_three_thousand_recipes_cost_the_list_alone() -> None:
    async with (
        FakeWorkato(3000, 6000, window=None) as fake,
        WorkatoSession("t", base_url=fake.url, limiter=Limiter()) as workato,
        Reader(workato.jobs.watch(every=300)) as reader,
    ):
        await asyncio.sleep(850)
        assert fake.sent("recipes.list") == 3 * 31
        assert len(fake.requests) == 3 * 31 + 1, "and what workspace it is, once"
        assert len(reader.watch.cursor) < 10_000
        job = fake.state.add_job(10007, status="failed")
        await asyncio.sleep(300)
        assert reader.take() == [job["id"]]
        assert fake.sent("jobs.list") <= 2


async def test_a_failure_costs_one_request() -> None:
    space = WatchedWorkspace(50, length=20)
    for number in range(1, 11):
        for _ in range(4):
            space.fail(number)
    await asyncio.sleep(600)
    async with Reader(space.api.jobs.watch(every=EVERY)) as reader:
        for number in range(1, 11):
            space.fail(number)
        await polls()
        assert len(reader.take()) == 10
        assert space.sent("/jobs") <= 2 * 10  # until the length of a page is known
        await asyncio.sleep(600)
        before = space.sent("/jobs")
        for number in range(1, 11):
            space.fail(number)
        await polls(5)
        assert len(reader.take()) == 10
        assert space.sent("/jobs") - before == 10


async def test_what_it_remembers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_watch, "REMEMBERED", 20)
    monkeypatch.setattr(jobs_watch, "ABSENT", 3)
    space = WatchedWorkspace(10, length=50)
    watch = space.api.jobs.watch(every=EVERY)
    async with Reader(watch) as reader:
        for _ in range(10):
            for recipe_id in space.recipes:
                space.fail(recipe_id)
            await asyncio.sleep(EVERY)
        del space.recipes[10]
        await polls(6)
        assert len({*reader.take()}) == 100
        assert len(watch._recent) == 20  # type: ignore[attr-defined]
        assert len(watch._recipes) == 9  # type: ignore[attr-defined]
        assert len(watch.cursor) < 600


@pytest.mark.parametrize("by", ["started_at", "completed_at"])
@pytest.mark.parametrize("since", [False, True])
async def test_many_failures_of_one_recipe_need_little_memory(
    monkeypatch: pytest.MonkeyPatch, by: Any, since: bool
) -> None:
    monkeypatch.setattr(jobs_watch, "HELD", 10)
    space = WatchedWorkspace(2, by=by)
    space.fail(1)
    async with Reader(space.api.jobs.watch(every=EVERY)) as reader:
        cursor = reader.watch.cursor
    jobs = []
    for _ in range(150):
        await asyncio.sleep(60)
        jobs.append(space.fail(1))
    peak = 0
    leave_out = jobs_watch._NewJobs._leave_out

    def measured(self: Any) -> None:
        nonlocal peak
        leave_out(self)
        peak = max(peak, len(self._jobs))

    monkeypatch.setattr(jobs_watch._NewJobs, "_leave_out", measured)
    watch = space.client().jobs.watch(None if since else cursor, since=NOON if since else None, every=1e6)
    async with Reader(watch) as reader:
        await asyncio.sleep(60)
        found = reader.take()
    assert found[-150:] == jobs
    assert len(found) == 150 + since
    assert peak <= 20


# --- what goes wrong


async def test_one_bad_response_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    space = WatchedWorkspace(3)
    async with Reader(space.api.jobs.watch(every=EVERY)) as reader:
        odd = [(500, b""), (200, b"<html>"), (404, b"{}"), (401, b"{}"), (200, b'{"items": []}'), (403, b"")]
        for status, body in odd:
            space.responses.append(lambda path, s=status, b=body: Response(s, b))  # type: ignore[misc]
            job = space.fail(2)
            await polls()
            space.responses.clear()
            assert reader.take() == []
            await polls()
            assert reader.take() == [job], (status, body)
        assert "a poll failed; the next one is in 10 s: GET /api/recipes" in caplog.text
        assert not reader.task.done()


async def test_a_recipe_that_fails_costs_no_other_and_is_read_later(caplog: pytest.LogCaptureFixture) -> None:
    space = WatchedWorkspace(5)
    async with Reader(space.api.jobs.watch(every=EVERY)) as reader:
        space.responses.append(lambda path: Response(500, b"") if path.endswith("/2/jobs") else None)
        jobs = [space.fail(recipe_id) for recipe_id in (1, 2, 3)]
        await polls(3)
        assert sorted(reader.take()) == [jobs[0], jobs[2]]
        assert "1 recipes could not be read, and are due again: recipe 2: GET /api/recipes/2/jobs" in caplog.text
        cursor = reader.watch.cursor
        space.responses.clear()
        await polls()
        assert reader.take() == [jobs[1]]
    async with Reader(space.client().jobs.watch(cursor, every=EVERY)) as reader:
        assert reader.take() == [jobs[1]], "the cursor knew"


@pytest.mark.parametrize(("status", "error"), [(401, AuthenticationError), (403, PermissionDeniedError)])
async def test_a_token_that_may_not_ends_it(status: int, error: type[Exception]) -> None:
    space = WatchedWorkspace(3)
    space.responses.append(lambda path: Response(status, b"{}") if path.endswith("recipes") else None)
    with pytest.raises(error):
        await anext(space.api.jobs.watch(every=EVERY))
    space.responses.clear()
    async with Reader(space.api.jobs.watch(every=EVERY)) as reader:
        space.responses.append(lambda path: Response(status, b"{}") if path.endswith("recipes") else None)
        await polls(2)
        assert not reader.task.done()
        await polls(2)
        with pytest.raises(error):
            await reader.task


async def test_a_token_that_may_list_recipes_only_ends_it() -> None:
    space = WatchedWorkspace(3)
    async with Reader(space.api.jobs.watch(every=EVERY)) as reader:
        space.responses.append(lambda path: Response(401, b"{}") if path.endswith("jobs") else None)
        space.fail(1)
        await polls(4)
        with pytest.raises(AuthenticationError):
            await reader.task


async def test_a_recipe_out_of_the_scope_of_the_token_ends_nothing() -> None:
    space = WatchedWorkspace(3)
    async with Reader(space.api.jobs.watch(every=EVERY)) as reader:
        space.responses.append(lambda path: Response(403, b"{}") if path.endswith("/1/jobs") else None)
        space.fail(1)
        await polls(9)
        job = space.fail(2)
        await polls()
        assert reader.take() == [job]


async def test_a_poll_that_takes_long_hides_nothing() -> None:
    """A job that ends after its recipe was listed is older than others that begin before the poll ends."""
    space = WatchedWorkspace(250)
    old = space.start(250)
    async with Reader(space.api.jobs.watch(every=EVERY)) as reader:
        pages = 0

        def slow(path: str) -> Response | None:
            nonlocal pages
            pages += path.endswith("/recipes")
            if pages == 2:  # between two pages, a job of the first one ends, and later others begin
                pages = 99
                space.end(250, old)
                space._now += timedelta(hours=1)
                space.end(1, space.start(1), "succeeded")
            return None

        space.responses.append(slow)
        await polls(3)
        assert reader.take() == [old]


async def test_the_cursor_of_a_recipe_that_counts_none_any_more() -> None:
    space = WatchedWorkspace(1)
    space.fail(1)
    async with Reader(space.api.jobs.watch(every=EVERY)) as reader:
        space.end(1, space.start(1))
        await polls()
        space.recipes[1]["job_failed_count"] = 0
        await polls()
        cursor = reader.watch.cursor
    assert space.client().jobs.watch(cursor).cursor == cursor


async def test_an_odd_counter_is_read_later(caplog: pytest.LogCaptureFixture) -> None:
    space = WatchedWorkspace(2)
    async with Reader(space.api.jobs.watch(every=EVERY)) as reader:
        space.recipes[1]["job_failed_count"] = "many"
        await polls()
        assert "1 recipe has no readable counter" in caplog.text
        space.recipes[1]["job_failed_count"] = 0
        job = space.fail(1)
        await polls()
        assert reader.take() == [job]


async def test_a_recipe_without_a_counter_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_watch, "ABSENT", 2)
    space = WatchedWorkspace(2)
    async with Reader(space.api.jobs.watch(every=EVERY)) as reader:
        del space.recipes[1]["job_failed_count"]
        await polls(5)
        space.recipes[1]["job_failed_count"] = 0
        jobs = [space.fail(1), space.fail(1)]
        await polls(2)
        assert reader.take() == jobs


async def test_a_closed_session_ends_it() -> None:
    async with FakeWorkato(2, 0) as fake, WorkatoSession("t", base_url=fake.url) as workato:
        reader = Reader(workato.jobs.watch(every=EVERY))
        await asyncio.sleep(1)
        await workato.close()
        with pytest.raises(ConfigurationError, match="closed"):
            await reader.task


async def test_leaving_it_and_coming_back() -> None:
    space = WatchedWorkspace(1)
    watch = space.api.jobs.watch(every=EVERY)
    first = asyncio.create_task(anext(watch))
    await asyncio.sleep(1)
    jobs = [space.fail(1) for _ in range(4)]
    found = [(await first).id]
    await watch.aclose()
    async for job in watch:
        found.append(job.id)
        if len(found) == 3:
            break
    async for job in watch:
        found.append(job.id)
        break
    assert found == jobs
    assert repr(watch) == "<Watch of /api/recipes>"


# --- the cursor


async def test_the_cursor_of_every_item_continues_after_it() -> None:
    space = WatchedWorkspace(3, length=2)
    space.end(1, space.start(1), "succeeded")
    await asyncio.sleep(600)
    async with Reader(space.api.jobs.watch(every=EVERY)) as reader:
        begin = reader.watch.cursor
        for _ in range(3):
            for recipe_id in (1, 2, 3):
                space.fail(recipe_id)
                await asyncio.sleep(0.01)
        await polls(2)
        order, cursors = [job.id for job in reader.jobs], reader.cursors
    assert len(order) == 9
    for number, cursor in enumerate([begin, *cursors]):
        async with Reader(space.client().jobs.watch(cursor, every=EVERY)) as reader:
            assert sorted(reader.take()) == sorted(order[number:])


KILL = st.tuples(st.integers(1, 60), st.booleans())
KINDS = ["fail", "start", "end", "succeed", "repeat", "recipe"]
EVENT = st.tuples(st.integers(0, 15), st.integers(1, 4), st.sampled_from(KINDS))


@settings(max_examples=1_000 if LONG else 20)
@given(
    events=st.lists(EVENT, max_size=40),
    kills=st.lists(KILL, max_size=8),
    by=st.sampled_from(["started_at", "completed_at"]),
    delays=st.sampled_from([(0.0, 0.0), (8.0, 0.0), (0.0, 8.0)]),
    since=st.booleans(),
    history=st.lists(st.tuples(st.integers(0, 600), st.integers(1, 3), st.booleans()), max_size=15),
    seed=st.integers(0, 99),
)
@example([(0, 1, "start"), (15, 1, "fail"), (15, 1, "end")], [(8, True)], "started_at", (0.0, 0.0), False, [], 0)
@example([], [], "started_at", (0.0, 8.0), True, [(0, 1, True)], 0)
@example([], [], "started_at", (0.0, 8.0), True, [(0, 1, True), (1, 1, False)], 0)
def test_interrupted_anywhere_it_delivers_every_failure(
    events: list[tuple[int, int, str]],
    kills: list[tuple[int, bool]],
    by: Any,
    delays: tuple[float, float],
    since: bool,
    history: list[tuple[int, int, bool]],
    seed: int,
) -> None:
    """Some kills come after an item was handled, and before its cursor was saved."""

    async def main() -> None:
        random = Random(seed)
        space = WatchedWorkspace(3, by=by, lag=delays[0], late=delays[1])
        delivered: list[str] = []
        saved: str | None = None
        pending: list[tuple[int, str]] = []
        for pause, recipe_id, fails in history:
            await asyncio.sleep(pause)
            if fails:
                space.fail(recipe_id)
            else:
                pending.append((recipe_id, space.start(recipe_id)))
        begin = space.now

        async def read(rest: int, saves_last: bool) -> None:
            nonlocal saved
            watch = space.client().jobs.watch(saved, since=begin if since and saved is None else None, every=9)
            try:
                async for job in watch:
                    delivered.append(job.id)
                    rest -= 1
                    if rest or saves_last:
                        saved = watch.cursor
                    if not rest:
                        return
            finally:
                if saved is None and watch._polled:  # a program that began has saved that
                    saved = watch.cursor

        async def reading() -> None:
            for number, saves_last in kills:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(read(1 + number % 7, saves_last), number)
            await read(10**9, True)

        reader = asyncio.create_task(reading())
        if not since:
            await asyncio.sleep(1)
            if saved is None:  # it begins with the first poll: that one has been
                await asyncio.sleep(max([0, *(number for number, _ in kills)]) + 10)
        before = space.failed() | {job_id for job_id, end in space.ends.items() if end < begin}  # some are listed late
        for pause, recipe_id, kind in events:
            await asyncio.sleep(pause)
            if kind == "recipe":
                space.add_recipe()
            elif kind == "start":
                recipe = min(recipe_id, len(space.recipes))
                pending.append((recipe, space.start(recipe)))
            elif kind == "end" and pending:
                space.end(*pending.pop(random.randrange(len(pending))))
            elif kind == "succeed":
                recipe = min(recipe_id, len(space.recipes))
                space.end(recipe, space.start(recipe), "succeeded")
            elif kind in ("fail", "repeat"):
                space.fail(min(recipe_id, len(space.recipes)))
        await asyncio.sleep(60 * len(kills) + 120)
        assert not reader.done(), reader
        reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reader
        assert {*delivered} >= space.failed() - before
        assert {*delivered} <= space.failed()
        assert len(delivered) <= len({*delivered}) + 10 * len(kills)

    run(main())


async def test_the_cursor_survives_a_database_and_a_file() -> None:
    space = WatchedWorkspace(2)
    async with Reader(space.api.jobs.watch(every=EVERY)) as reader:
        space.fail(1)
        await polls()
        cursor = reader.watch.cursor
    stored = json.dumps(dict(reversed(json.loads(cursor).items())), indent=1) + "\n"
    assert space.client().jobs.watch(stored).cursor == cursor
    assert "Bearer" not in cursor


async def test_the_log_says_nothing_of_a_good_poll(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    space = WatchedWorkspace(2)
    async with Reader(space.api.jobs.watch(every=EVERY)):
        space.fail(1)
        await polls(2)
    assert not caplog.records
