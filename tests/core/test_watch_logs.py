"""activity_logs.watch: every entry is handed over at least once, late ones too, and a long gap needs little memory."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.conftest import LONG
from tests.support.virtual_time import run
from tests.support.watched_workspace import NOON, WatchedWorkspace
from workato_async import AuthenticationError, ConfigurationError, WorkatoSession
from workato_async.http.messages import Response
from workato_async.resources.activity_logs import watch as logs_watch
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from workato_async import Watch
    from workato_async.models import ActivityLog

EVERY = 10.0


@contextlib.asynccontextmanager
async def reading(watch: Watch[ActivityLog]) -> AsyncIterator[list[int]]:
    """Read a watch in a task; the list has the ids of its entries."""
    found: list[int] = []

    async def read() -> None:
        async for entry in watch:
            found.append(entry.id)

    task = asyncio.create_task(read())
    await asyncio.sleep(EVERY / 2)
    try:
        yield found
    finally:
        if task.cancel():
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def polls(number: int = 1) -> None:
    await asyncio.sleep(number * (EVERY + 0.1))


async def test_new_entries_come_in_their_order_and_once() -> None:
    space = WatchedWorkspace()
    for _ in range(250):
        space.log()
        await asyncio.sleep(1)
    async with reading(space.api.activity_logs.watch(every=EVERY)) as found:
        assert found == []
        new = []
        for _ in range(150):
            new.append(space.log())
            await asyncio.sleep(1)
        await polls(3)
        assert found == new
        await asyncio.sleep(600)
        before = len(space.requests)
        await polls(10)
        assert len(space.requests) - before <= 2 * 11, "what is not late any more is not read again"
        assert found == new


async def test_an_empty_log_begins_too() -> None:
    space = WatchedWorkspace()
    async with reading(space.api.activity_logs.watch(every=EVERY)) as found:
        new = [space.log()]
        await polls()
        assert found == new


async def test_late_entries_and_equal_times() -> None:
    space = WatchedWorkspace()
    space.log()
    async with reading(space.api.activity_logs.watch(every=EVERY)) as found:
        first, gap = space.log(), 103
        second = space.log(id=104)
        await polls()
        assert found == [first, second]
        space.log(id=gap, age=11)
        late = space.log(age=200)
        await polls()
        assert found[2:] == [late, gap]
        very_late = space.log(age=3600)
        await polls(2)
        assert very_late not in found
    async with reading(space.api.activity_logs.watch(every=EVERY, overlap="2h")) as found:
        late = space.log(age=3600)
        await polls()
        assert found == [late]


async def test_since_and_filters() -> None:
    space = WatchedWorkspace()
    early = space.log()
    await asyncio.sleep(100)
    new = [space.log() for _ in range(3)]
    since = NOON + timedelta(seconds=50)
    watch = space.api.activity_logs.watch(since=since, every=EVERY, include_event_types=["x"])
    async with reading(watch) as found:
        assert found == new
        assert early not in found
    async with FakeWorkato(1, 0) as fake, WorkatoSession("t", base_url=fake.url) as workato:
        since = fake.state.clock.time
        wanted = fake.state.add_activity("recipe_started")["id"]
        fake.state.add_activity("other")
        entry = await anext(workato.activity_logs.watch(since=since, include_event_types=["recipe_started"]))
        assert entry.id == wanted


@pytest.mark.parametrize("now", [datetime(1999, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)])
async def test_no_clock_has_to_be_right(now: datetime) -> None:
    space = WatchedWorkspace(now=now)
    space.log()
    async with reading(space.api.activity_logs.watch(every=EVERY)) as found:
        for _ in range(5):
            new = space.log()
            await polls()
            assert found[-1] == new
        assert len(found) == 5


async def test_a_time_that_is_yet_to_come_hides_nothing() -> None:
    space = WatchedWorkspace()
    space.log()
    async with reading(space.api.activity_logs.watch(every=EVERY)) as found:
        odd = space.log(age=-(10.0**9))
        await polls()
        new = space.log()
        await polls()
        assert found == [odd, new]


async def test_a_long_gap_is_read_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs_watch, "HELD", 3)
    space = WatchedWorkspace()
    space.log()
    async with reading(space.api.activity_logs.watch(every=EVERY)) as found:
        watch = space.api.activity_logs.watch(every=EVERY)
        task = asyncio.ensure_future(anext(watch))
        await asyncio.sleep(1)
        cursor = watch.cursor
        task.cancel()
    new = []
    for number in range(1200):
        new.append(space.log())
        await asyncio.sleep(0 if 400 < number < 900 else 3)  # some hundreds at the same second
    peak = 0
    found = []
    watch = space.client().activity_logs.watch(cursor, every=EVERY)
    read = logs_watch.ActivityLogWatch._read

    async def measured(self: Any, begin: Any, end: Any) -> Any:
        nonlocal peak
        entries = await read(self, begin, end)
        peak = max(peak, len(entries) if isinstance(entries, list) else 0)
        return entries

    monkeypatch.setattr(logs_watch.ActivityLogWatch, "_read", measured)
    async for entry in watch:
        found.append(entry.id)
        if entry.id == new[-1]:
            break
    assert found == new
    assert peak <= 1000, "those of one second are held together"
    assert len(watch.cursor) < 1500


async def test_a_bad_poll_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    space = WatchedWorkspace()
    async with reading(space.api.activity_logs.watch(every=EVERY)) as found:
        space.responses.append(lambda path: Response(200, b"<html>"))
        new = [space.log()]
        await polls()
        space.responses.clear()
        await polls()
        assert found == new
        assert "a poll failed; the next one is in 10 s: GET /api/activity_logs" in caplog.text
    space.responses.append(lambda path: Response(401, b"{}"))
    with pytest.raises(AuthenticationError):
        await anext(space.api.activity_logs.watch())


@pytest.mark.parametrize("wrong", [{"since": datetime(2026, 1, 1)}, {"every": 0}, {"overlap": "x"}])
async def test_invalid_arguments(wrong: Any) -> None:
    space = WatchedWorkspace()
    with pytest.raises(ConfigurationError):
        await space.api.activity_logs.watch(**wrong).__anext__()


async def test_what_it_knows_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs_watch, "REMEMBERED", 50)
    space = WatchedWorkspace()
    watch = space.api.activity_logs.watch(every=EVERY, overlap=30)
    async with reading(watch) as found:
        for _ in range(50):
            for _ in range(5):
                space.log()
            await polls()
        assert len(found) == 250
        assert len(watch._known) <= 20  # type: ignore[attr-defined]
        for _ in range(300):
            space.log()
        await polls(3)
        assert len({*found}) == 550
        assert len(watch._known) <= 50  # type: ignore[attr-defined]


@settings(max_examples=1_000 if LONG else 20)
@given(
    events=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 100)), max_size=40),
    kills=st.lists(st.tuples(st.integers(1, 40), st.booleans()), max_size=8),
)
@example([(8, 0), (4, 5)], [(11, False)])
def test_interrupted_anywhere_it_delivers_every_entry(
    events: list[tuple[int, int]], kills: list[tuple[int, bool]]
) -> None:
    """Entries may be late; some kills come after an entry was handled, and before its cursor was saved."""

    async def main() -> None:
        space = WatchedWorkspace()
        delivered: list[int] = []
        saved: str | None = None

        async def read(rest: int, saves_last: bool) -> None:
            nonlocal saved
            since = NOON - timedelta(seconds=200) if saved is None else None
            watch = space.client().activity_logs.watch(saved, since=since, every=5)
            async for entry in watch:
                delivered.append(entry.id)
                rest -= 1
                if rest or saves_last:
                    saved = watch.cursor
                if not rest:
                    return

        async def reader() -> None:
            for number, saves_last in kills:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(read(1 + number % 7, saves_last), number)
            await read(10**9, True)

        task = asyncio.create_task(reader())
        for pause, age in events:
            await asyncio.sleep(pause)
            space.log(age=age)
        await asyncio.sleep(50 * len(kills) + 30)
        assert not task.done()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert {*delivered} == {entry["id"] for entry in space.entries}
        assert len(delivered) <= len(events) + len(kills)

    run(main())
