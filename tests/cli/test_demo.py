"""The demonstration as a whole, in virtual time, against the fake: what came back, was lost or was rate limited."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import attrs
import pytest

from workato_async import Limiter, RetryPolicy, WorkatoSession
from workato_async.cli.demo.inventory import Inventory
from workato_async.cli.demo.plain_view import PlainView
from workato_async.cli.demo.progress import Board, Stage
from workato_async.cli.demo.repeat_failed import repeat_failed_jobs
from workato_async.cli.demo.run import Settings, demonstrate, run_demo
from workato_async.testing import FakeWorkato, Refuse429, Reset, Status

if TYPE_CHECKING:
    from workato_async.cli.demo.summary import Summary
    from workato_async.cli.demo.view import Snapshot

SMALL = Settings(recipes=12, jobs=900, time_scale=1.0, seed=7)
"""Six running recipes of 150 jobs: seven calls to read those of one, and up to two to repeat the failed ones."""


def masters_to_repeat(fake: FakeWorkato) -> dict[int, set[str]]:
    """Return, by running recipe, the jobs that have to be repeated for all its failed jobs."""
    return {
        recipe_id: {job["master_job_id"] for job in fake.state.jobs[recipe_id].values() if job["status"] == "failed"}
        for recipe_id, recipe in fake.state.recipes.items()
        if recipe["running"]
    }


def count_failed(fake: FakeWorkato) -> int:
    return len(Inventory.of(fake.state).failed_ids)


async def demonstrated(fake: FakeWorkato) -> tuple[Summary, list[str]]:
    lines: list[str] = []
    async with fake:
        return await demonstrate(fake, PlainView(lines.append, every=20), time_scale=1.0), lines


async def test_every_input_comes_back_and_nothing_is_rate_limited() -> None:
    async with SMALL.fake() as fake:
        failed, masters = count_failed(fake), masters_to_repeat(fake)
        summary = await demonstrate(fake, PlainView(lambda _: None), time_scale=1.0)
        assert fake.refused == 0
        assert fake.most_in_window("jobs.repeat") == 1
        repeats = [request for request in fake.requests if request.endpoint == "jobs.repeat"]
    assert failed > 170
    assert summary.exit_status == 0
    assert summary.work == (
        f"12 recipes listed, 6 of them running; 900 jobs read, {failed} of them failed; {failed} of these repeated"
    )
    sent = [job_id for request in repeats for job_id in request.json["job_ids"]]
    assert sorted(sent) == sorted(job_id for ids in masters.values() for job_id in ids)
    assert {line.key: line.calls for line in summary.endpoints} == {
        "GET /api/recipes": 2,
        "GET /api/recipes/{recipe_id}/jobs": 42,
        "POST /api/recipes/{recipe_id}/repeat_jobs": sum(ceil(len(ids) / 25) for ids in masters.values()),
    }


async def test_the_quotas_set_the_pace() -> None:
    # One repeat a second for each of 100 recipes; their jobs take 60 calls in the first minute and the rest after it.
    summary = await run_demo(Settings(recipes=200, jobs=2000, time_scale=0.2, seed=0), PlainView(lambda _: None))
    assert summary.exit_status == 0
    assert summary.least == pytest.approx(99)
    assert 99 * 0.2 <= summary.seconds < 1.3 * 99 * 0.2


async def test_time_is_compressed_as_asked_for() -> None:
    quick = await run_demo(attrs.evolve(SMALL, time_scale=0.1), PlainView(lambda _: None))
    assert quick.exit_status == 0
    assert quick.least == pytest.approx(quick.endpoints[-1].calls - 1)
    assert quick.least * 0.1 <= quick.seconds < quick.least * 0.1 + 1
    assert [str(line.quota) for line in quick.endpoints] == ["60 per 60 s", "60 per 60 s", "1 per 1 s"]


async def test_the_plain_lines_of_a_run() -> None:
    fake = FakeWorkato(recipes=40, jobs=1500)
    failed = count_failed(fake)
    summary, lines = await demonstrated(fake)
    assert lines[0].startswith("A fake Workato at http://127.0.0.1:")
    assert lines[0].endswith(": 40 recipes, 1,500 jobs, in real time.")
    assert lines[1].startswith("The job: ")
    body = lines[2 : lines.index("")]
    assert any("calls sent" in line for line in body)
    assert [line.split(" s  ")[-1] for line in body if "calls sent" not in line] == [
        "40 recipes listed",
        "20 recipes whose jobs were read",
        f"{failed} failed jobs repeated",
    ]
    assert lines[-1] == "every input has a result; no call was rate limited"
    assert all(line.isascii() and line.isprintable() for line in "\n".join(lines).splitlines())
    assert summary.exit_status == 0


async def test_a_429_is_a_failure_even_though_everything_came_back() -> None:
    fake = SMALL.fake()
    fake.fail("jobs.list", Refuse429(), times=2)
    summary, lines = await demonstrated(fake)
    assert (summary.rate_limited, summary.missing, summary.exit_status) == (2, (), 1)
    assert [line.rate_limited for line in summary.endpoints] == [0, 2, 0]
    assert lines[-1] == "every input has a result; 2 calls were rate limited (429)"


async def test_jobs_that_could_not_be_read_are_lost() -> None:
    fake = SMALL.fake()
    failed = count_failed(fake)
    fake.fail("jobs.list", Status(404, '{"message": "Not found"}'), after=3)
    summary, lines = await demonstrated(fake)
    assert summary.exit_status == 1
    assert summary.missing[0].startswith("150 of 900 jobs were not seen: j-")
    assert f" of {failed} failed jobs have no result: j-" in summary.missing[1]
    assert summary.missing[2].startswith("the jobs of recipe 1000")
    assert "could not be read: " in summary.missing[2]
    assert lines[-1] == "NOT every input has a result; no call was rate limited"


async def test_a_repeat_whose_response_was_lost_has_no_result() -> None:
    fake = SMALL.fake()
    failed = count_failed(fake)
    fake.fail("jobs.repeat", Reset("after"))
    summary, _ = await demonstrated(fake)
    assert summary.exit_status == 1
    lost, reason = summary.missing
    count, _, sentence = lost.partition(" of ")
    assert sentence.startswith(f"{failed} failed jobs have no result: j-")
    assert "may have been carried out" in reason
    assert summary.work.endswith(f" {failed - int(count)} of these repeated")


async def test_a_list_of_recipes_that_breaks_off_loses_the_rest() -> None:
    fake = FakeWorkato(recipes=250, jobs=250)
    fake.fail("recipes.list", Status(403, '{"message": "Forbidden"}'), after=1)
    summary, _ = await demonstrated(fake)
    assert summary.exit_status == 1
    assert summary.missing[0] == "150 of 250 recipes were not listed: 10001, 10002, 10003, ..."
    assert summary.missing[-1].startswith("the list of recipes broke off: ")
    assert summary.work.startswith("100 recipes listed, 50 of them running; 100 jobs read")


async def test_an_empty_workspace_ends_well() -> None:
    summary, _ = await demonstrated(FakeWorkato(recipes=0, jobs=0))
    assert (summary.exit_status, summary.calls) == (0, 1)


async def test_the_job_tells_how_far_it_is() -> None:
    async with SMALL.fake() as fake, WorkatoSession("any", base_url=fake.url, limiter=Limiter()) as workato:
        failed = count_failed(fake)
        board = Board(Inventory.of(fake.state).totals)
        assert [state.total for state in board.stages.values()] == [12, 6, failed], "known before the job begins"
        findings = await repeat_failed_jobs(workato, board)
    assert findings.most_repeats == 2
    assert {stage: (state.total, state.done, state.finished) for stage, state in board.stages.items()} == {
        Stage.RECIPES: (12, 12, True),
        Stage.JOBS: (6, 6, True),
        Stage.REPEATS: (failed, failed, True),
    }


async def test_a_failed_read_is_told_of_and_stops_nothing() -> None:
    async with SMALL.fake() as fake:
        fake.fail("jobs.list", Status(500), times=1)
        retry = RetryPolicy(attempts=1)
        async with WorkatoSession("any", base_url=fake.url, retry=retry) as workato:
            findings = await repeat_failed_jobs(workato, Board(Inventory.of(fake.state).totals))
    assert len(findings.problems) == 1
    assert len(findings.job_ids) == 750
    assert len(findings.repeated_ids) == len(findings.masters) > 140


class _BrokenView(PlainView):
    def show(self, snapshot: Snapshot) -> None:
        if snapshot.seconds > 1:
            raise BrokenPipeError


async def test_a_view_that_fails_ends_the_job() -> None:
    async with SMALL.fake() as fake:
        with pytest.raises(BrokenPipeError):
            await demonstrate(fake, _BrokenView(lambda _: None), time_scale=1.0)
        calls = len(fake.requests)
        assert calls < 54  # it was not run to its end
