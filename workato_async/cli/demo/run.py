"""The demo itself: a fake workspace, a job that runs against it, and a view that shows the progress."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

import attrs

from workato_async import Limiter, WorkatoSession
from workato_async.cli.demo.inventory import Inventory
from workato_async.cli.demo.progress import Board
from workato_async.cli.demo.repeat_failed import repeat_failed_jobs
from workato_async.cli.demo.summary import Summary
from workato_async.cli.demo.view import Snapshot
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from workato_async.cli.demo.view import View

T = TypeVar("T")

REFRESH = 0.1
"""Seconds between two snapshots."""
LATENCY = (0.1, 0.4)
"""Response times of a distant server in seconds, before the time scale is applied."""


@attrs.frozen(kw_only=True)
class Settings:
    """The size of a demo.

    Attributes:
        recipes: recipes in the workspace; every second one is running.
        jobs: jobs of all running recipes; every fifth one failed.
        time_scale: seconds of the demo per second of Workato's quotas.
        seed: seed for the generated workspace.
    """

    recipes: int
    jobs: int
    time_scale: float
    seed: int

    def fake(self) -> FakeWorkato:
        """Return the server, not yet started."""
        fastest, slowest = (seconds * self.time_scale for seconds in LATENCY)
        return FakeWorkato(
            recipes=self.recipes,
            jobs=self.jobs,
            time_scale=self.time_scale,
            latency=(fastest, slowest),
            seed=self.seed,
        )


async def run_demo(settings: Settings, view: View) -> Summary:
    """Start a fake Workato and run the demo against it."""
    async with settings.fake() as fake:
        return await demonstrate(fake, view, time_scale=settings.time_scale)


async def demonstrate(fake: FakeWorkato, view: View, *, time_scale: float) -> Summary:
    """Run the demo against a fake that is running.

    Args:
        fake: the server; everything that it contains now must get a result.
        view: shows the demo.
        time_scale: the time scale of the fake.
    """
    inventory = Inventory.of(fake.state)
    limiter = Limiter(time_scale=time_scale)
    board = Board(inventory.totals)
    begun = asyncio.get_running_loop().time()

    def show() -> None:
        view.show(Snapshot(board, limiter.snapshot(), asyncio.get_running_loop().time() - begun, time_scale))

    async with WorkatoSession("demo", base_url=fake.url, limiter=limiter) as workato:
        with view.opened(_introduction(inventory, fake, time_scale)):
            findings = await _watched(repeat_failed_jobs(workato, board), show)
    summary = Summary.of(findings, inventory, limiter.snapshot(), rate_limited=fake.refused, time_scale=time_scale)
    view.close(summary)
    return summary


async def _watched(job: Coroutine[object, object, T], show: Callable[[], None]) -> T:
    """Run a job and call ``show`` regularly, the last time after it has finished."""
    task = asyncio.create_task(job)
    try:
        while not task.done():
            show()
            await asyncio.wait({task}, timeout=REFRESH)
        show()
        return task.result()
    finally:
        task.cancel()  # if this was cancelled, or the view failed
        await asyncio.gather(task, return_exceptions=True)


def _introduction(inventory: Inventory, fake: FakeWorkato, time_scale: float) -> str:
    speed = "in real time" if time_scale == 1 else f"{1 / time_scale:.4g}x faster than real time"
    return (
        f"A fake Workato at {fake.url}: {len(inventory.recipe_ids):,} recipes, {len(inventory.job_ids):,} jobs, "
        f"{speed}.\n"
        "The job: list all recipes, read the jobs of the running ones, repeat the failed ones, 25 per request."
    )
