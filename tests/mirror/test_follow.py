"""Passes again and again, inside the quotas."""

from __future__ import annotations

import asyncio
import logging
import math
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.mirror_contents import contents, differences, expected, mirror_of, session_of
from workato_async import ConfigurationError, WorkatoSession
from workato_async._durations import Duration
from workato_async.mirror import Mirror, MirrorReport
from workato_async.testing import FakeWorkato, Status


async def test_it_runs_until_cancelled(fake: FakeWorkato, workato: WorkatoSession, url: str) -> None:
    reports: list[MirrorReport] = []
    loop = asyncio.get_running_loop()
    begun = loop.time()

    def reported(report: MirrorReport) -> None:
        reports.append(report)
        fake.state.add_job(10_001)
        if len(reports) == 4:
            following.cancel()

    async with Mirror(workato, url) as mirror:
        following = asyncio.create_task(mirror.follow(every=600, on_report=reported))
        with pytest.raises(asyncio.CancelledError):
            await following
        assert [report["jobs"].added for report in reports] == [60, 1, 1, 1]
        assert 1_800 <= loop.time() - begun < 1_801
        await mirror.run()
        assert differences(await contents(mirror), expected(fake.state)) == {}


async def test_it_goes_on_after_an_outage(fake: FakeWorkato, workato: WorkatoSession, url: str) -> None:
    reports: list[MirrorReport] = []
    fake.fail("folders.list", Status(500), times=3)

    async with Mirror(workato, url) as mirror:

        def reported(report: MirrorReport) -> None:
            reports.append(report)
            if len(reports) == 2:
                following.cancel()

        following = asyncio.create_task(mirror.follow(every=60, streams=["folders"], on_report=reported))
        with pytest.raises(asyncio.CancelledError):
            await following
        assert [set(report.errors) for report in reports] == [{"folders"}, set()]
        assert reports[0]["folders"].requests == 3


@pytest.mark.parametrize("every", [600, "10m", timedelta(minutes=10)])
@pytest.mark.parametrize("full_every", [1800, "0.5h", timedelta(minutes=30)])
async def test_intervals_may_be_texts(
    workato: WorkatoSession, url: str, every: Duration, full_every: Duration, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[tuple[float, bool]] = []
    loop = asyncio.get_running_loop()
    begun = loop.time()

    async def run(_self: Mirror, *_: object, full: bool, **__: object) -> MirrorReport:
        passes.append((round(loop.time() - begun), full))
        if len(passes) == 5:
            following.cancel()
        return MirrorReport(streams={})

    monkeypatch.setattr(Mirror, "run", run)
    async with Mirror(workato, url) as mirror:
        following = asyncio.create_task(mirror.follow(every=every, full_every=full_every))
        with pytest.raises(asyncio.CancelledError):
            await following
    assert passes == [(0, True), (600, False), (1200, False), (1800, True), (2400, False)]


@pytest.mark.parametrize("every", [-1, math.nan, "often", "-5m", "7", "", timedelta(seconds=-1), True])
async def test_odd_intervals_are_invalid(workato: WorkatoSession, url: str, every: Duration) -> None:
    async with Mirror(workato, url) as mirror:
        with pytest.raises(
            ConfigurationError, match=r"^every must be a number of seconds of at least 0, or a duration"
        ):
            await mirror.follow(every=every)
        with pytest.raises(ConfigurationError, match=r"^full_every must be a number of seconds above 0, or a duration"):
            await mirror.follow(every=1, full_every=every)
        with pytest.raises(ConfigurationError, match=r"full_every must be .* not '0s'"):
            await mirror.follow(every=1, full_every="0s")
        with pytest.raises(ConfigurationError, match="no stream"):
            await mirror.follow(every=1, streams=["nothing"])


async def test_quotas_are_kept_and_waits_are_told(url: str) -> None:
    async with FakeWorkato(recipes=250, jobs=250) as fake, session_of(fake, quotas=True) as session:
        loop = asyncio.get_running_loop()
        async with Mirror(session, url) as mirror:
            begun = loop.time()
            report = await mirror.run(["jobs"])
            assert fake.refused == 0
            assert report["jobs"].requests == 250
            assert 240 <= report["jobs"].waited <= loop.time() - begun < 250
            assert report["recipes"].waited < 0.001
            assert report.seconds == pytest.approx(loop.time() - begun, abs=1)


async def test_a_second_pass_costs_what_moved(url: str) -> None:
    """One recipe of a hundred was active: a tenth more than the pages of recipes and one page for each of those."""
    async with FakeWorkato(recipes=1_000, jobs=1_500, window=None) as fake, mirror_of(fake, url) as mirror:
        await mirror.run(["jobs"])
        active = list(fake.state.recipes)[::100]
        for recipe_id in active:
            fake.state.add_job(recipe_id)
        before = len(fake.requests)
        report = await mirror.run(["jobs"])
        assert report["jobs"].added == len(active) == 10
        assert report.requests == len(fake.requests) - before <= 1.1 * (10 + 10)


async def test_calls_of_the_application_go_first(url: str) -> None:
    async with FakeWorkato(recipes=300, jobs=300) as fake, session_of(fake, quotas=True) as session:
        loop = asyncio.get_running_loop()
        async with Mirror(session, url) as mirror:
            running = asyncio.create_task(mirror.run(["jobs"]))
            await asyncio.sleep(30)  # the first minute's requests are spent
            begun = loop.time()
            await session.jobs.list(10_001).first()
            assert loop.time() - begun < 31
            assert not running.done()
            await running


async def test_a_hook_that_fails_is_logged(workato: WorkatoSession, url: str, caplog: pytest.LogCaptureFixture) -> None:
    async with Mirror(workato, url, on_progress=lambda progress: 1 / 0) as mirror:
        with caplog.at_level(logging.ERROR):
            report = await mirror.run(["folders"])
    assert report["folders"].added == 9
    assert "on_progress failed for folders" in caplog.text


async def test_other_listeners_still_hear(fake: FakeWorkato, url: str) -> None:
    heard: list[object] = []
    async with WorkatoSession("token", base_url=fake.url, on_event=heard.append) as session:
        async with Mirror(session, url) as mirror:
            await mirror.run(["folders"])
        count = len(heard)
        assert count == 3 * 3
        await session.recipes.get(10_001)
        assert len(heard) == count + 3


async def test_mirrors_of_one_session_count_their_own_requests(fake: FakeWorkato, tmp_path: Path) -> None:
    urls = [f"sqlite:///{tmp_path / name}" for name in ("one.db", "two.db")]
    async with WorkatoSession("token", base_url=fake.url) as session:
        async with Mirror(session, urls[0]) as one, Mirror(session, urls[1]) as two:
            reports = await asyncio.gather(one.run(["folders"]), two.run(["folders"]))
        assert [report["folders"].requests for report in reports] == [2, 2]


async def test_a_closed_session_is_said(workato: WorkatoSession, url: str) -> None:
    async with Mirror(workato, url) as mirror:
        await workato.close()
        with pytest.raises(ConfigurationError, match="the session is closed"):
            await mirror.run()
