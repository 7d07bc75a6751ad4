"""The job without a limiter: what two common ways lose, in virtual time, and how it is shown beside ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.test_plain_view import SUMMARY
from workato_async.cli.demo.comparison import OURS, Run, lines, run_unpaced
from workato_async.cli.demo.inventory import Inventory
from workato_async.cli.demo.plain_view import PlainView
from workato_async.cli.demo.run import Settings, run_demo
from workato_async.cli.demo.unpaced import NONE, OFFICIAL, Retries, repeat_failed_jobs
from workato_async.testing import FakeWorkato, Refuse429

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

BUSY = Settings(recipes=140, jobs=2_100, time_scale=0.02, seed=0)
"""70 running recipes: their first pages alone are more than the quota of 60 a window."""


async def test_without_a_limiter_most_of_the_work_is_lost_and_with_one_nothing() -> None:
    plain, official = await run_unpaced(BUSY)
    ours = Run.ours(await run_demo(BUSY, PlainView(lambda _: None)))
    assert (plain.client, official.client, ours.client) == ("plain script", "official retries", OURS)
    assert plain.jobs[0] == official.jobs[0] == ours.jobs[0] == 2_100
    assert plain.jobs[1] == official.jobs[1] == 2_100 - 60 * 25, "60 pages of 25 jobs are what the first window holds"
    assert plain.failed[1] > 0.9 * plain.failed[0]
    assert 1 < plain.rate_limited < official.rate_limited
    assert (ours.rate_limited, ours.jobs[1], ours.failed[1]) == (0, 0, 0)
    assert plain.seconds < official.seconds < ours.seconds


@pytest.mark.parametrize(
    ("retries", "attempts", "seconds"), [(NONE, 1, 0.0), (OFFICIAL, 3, 6.0)], ids=["plain", "official"]
)
async def test_a_rate_limited_read_is_attempted_as_often_as_each_client_does(
    retries: Retries, attempts: int, seconds: float
) -> None:
    async with FakeWorkato(recipes=2, jobs=10) as fake:
        fake.fail("recipes.list", Refuse429(), times=10)
        begun = fake.state.clock.elapsed
        done = await repeat_failed_jobs(fake.url, retries, time_scale=1)
        assert len(fake.requests) == attempts
        assert fake.state.clock.elapsed - begun == pytest.approx(seconds, abs=0.5)
    assert done.job_ids == set()


@pytest.mark.parametrize("retries", [NONE, OFFICIAL], ids=["plain", "official"])
async def test_a_rate_limited_write_is_attempted_once(retries: Retries) -> None:
    async with FakeWorkato(recipes=2, jobs=10) as fake:
        fake.fail("jobs.repeat", Refuse429(), times=10)
        done = await repeat_failed_jobs(fake.url, retries, time_scale=1)
        assert fake.sent("jobs.repeat") == 1
    assert (len(done.job_ids), done.repeated_ids) == (10, set())


async def test_within_the_quotas_the_script_does_the_whole_job() -> None:
    """What it loses is lost to the quotas, not to a script that was written badly."""
    async with FakeWorkato(recipes=130, jobs=900, window=None) as fake:
        inventory = Inventory.of(fake.state)
        done = await repeat_failed_jobs(fake.url, NONE, time_scale=1)
    assert inventory.job_ids == done.job_ids
    assert inventory.failed_ids == done.repeated_ids


def test_the_table_fits_80_columns_of_plain_text() -> None:
    runs = [
        Run(client=client, requests=123_456, rate_limited=99_999, jobs=(200_000, 200_000), failed=(40_000, 40_000),
            seconds=9_999.9)
        for client in ("plain script", "official retries")
    ]  # fmt: skip
    shown = lines([*runs, Run.ours(SUMMARY)])
    assert all(len(line) <= 80 and line.isascii() and (not line or line.isprintable()) for line in shown)
    assert shown[1:7] == [
        "same job, equal quotas   plain script  official retries  workato_async",
        "requests sent                 123,456           123,456          1,203",
        "rate limited (429)             99,999            99,999              0",
        "jobs lost, of 200,000         200,000           200,000              0",
        "repeats lost, of 40,000        40,000            40,000              0",
        "ended after                  9999.9 s          9999.9 s         25.0 s",
    ]


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        (((0, 0), (0, 0)), "Nothing was lost: this job is too small to be rate limited."),
        (((9, 4), (0, 0)), "What loses something ends early by giving up; it is not faster."),
        (((9, 0), (3, 1)), "What loses something ends early by giving up; it is not faster."),
    ],
)
def test_giving_up_is_said_of_those_who_gave_up(lost: tuple[tuple[int, int], tuple[int, int]], said: str) -> None:
    plain = Run(client="plain script", requests=2, rate_limited=0, jobs=lost[0], failed=lost[1], seconds=0.1)
    assert lines([plain, Run.ours(SUMMARY)])[-1] == said


def test_the_command_shows_them_side_by_side(shell: Shell) -> None:
    result = shell("demo", "--compare", "--recipes", "4", "--jobs", "20", "--time-scale", "0.001")
    assert result.exit_code == 0
    assert "Running the job without a limiter first ..." in result.stdout
    assert "same job, equal quotas" in result.stdout
    assert "three attempts of a read" in result.stdout
    assert "same job" not in shell("demo", "--recipes", "4", "--jobs", "20", "--time-scale", "0.001").stdout
