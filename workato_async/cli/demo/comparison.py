"""The demo's job without a limiter, beside the same job with one: each against a fake of its own, with equal quotas."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

import attrs

from workato_async.cli.demo.inventory import Inventory
from workato_async.cli.demo.plain_view import aligned
from workato_async.cli.demo.unpaced import NONE, OFFICIAL, repeat_failed_jobs

if TYPE_CHECKING:
    from workato_async.cli.demo.run import Settings
    from workato_async.cli.demo.summary import Summary
    from workato_async.cli.demo.unpaced import Retries

CLIENTS = {"plain script": NONE, "official retries": OFFICIAL}
OURS = "workato_async"


@attrs.frozen(kw_only=True)
class Run:
    """One client's run.

    Attributes:
        client: its name.
        requests: requests sent.
        rate_limited: 429s among them.
        jobs: jobs in the workspace, and those that were never read.
        failed: failed jobs, and those that were not repeated.
        seconds: how long it took.
    """

    client: str
    requests: int
    rate_limited: int
    jobs: tuple[int, int]
    failed: tuple[int, int]
    seconds: float

    @classmethod
    def ours(cls, summary: Summary) -> Self:
        """Return the run of the demo itself."""
        return cls(
            client=OURS,
            requests=summary.calls,
            rate_limited=summary.rate_limited,
            jobs=summary.jobs,
            failed=summary.failed,
            seconds=summary.seconds,
        )


async def run_unpaced(settings: Settings) -> list[Run]:
    """Run the job without a limiter, in each of the ways that are common."""
    return [await _run(client, retries, settings) for client, retries in CLIENTS.items()]


async def _run(client: str, retries: Retries, settings: Settings) -> Run:
    async with settings.fake() as fake:
        inventory = Inventory.of(fake.state)
        loop = asyncio.get_running_loop()
        begun = loop.time()
        done = await repeat_failed_jobs(fake.url, retries, time_scale=settings.time_scale)
        return Run(
            client=client,
            requests=len(fake.requests),
            rate_limited=fake.refused,
            jobs=(len(inventory.job_ids), len(inventory.job_ids - done.job_ids)),
            failed=(len(inventory.failed_ids), len(inventory.failed_ids - done.repeated_ids)),
            seconds=loop.time() - begun,
        )


def lines(runs: list[Run]) -> list[str]:
    """Return the comparison as a table of at most 80 columns and what has to be known to read it."""
    jobs, failed = runs[0].jobs[0], runs[0].failed[0]
    rows = [
        ("same job, equal quotas", *(run.client for run in runs)),
        ("requests sent", *(f"{run.requests:,}" for run in runs)),
        ("rate limited (429)", *(f"{run.rate_limited:,}" for run in runs)),
        (f"jobs lost, of {jobs:,}", *(f"{run.jobs[1]:,}" for run in runs)),
        (f"repeats lost, of {failed:,}", *(f"{run.failed[1]:,}" for run in runs)),
        ("ended after", *(f"{run.seconds:.1f} s" for run in runs)),
    ]
    return [
        "",
        *aligned(rows, text_columns=1),
        "",
        "plain script: aiohttp and asyncio.gather; a call that gets a 429 is lost.",
        "official retries: the same script with the retries of workato-platform-cli:",
        "three attempts of a read, 2 and 4 s apart, and one of a POST. It is imitated,",
        "because that client has no calls for jobs.",
        "What loses something ends early by giving up; it is not faster."
        if any(run.jobs[1] or run.failed[1] for run in runs)
        else "Nothing was lost: this job is too small to be rate limited.",
    ]
