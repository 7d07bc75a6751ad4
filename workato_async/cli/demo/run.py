"""The demonstration itself: a fake workspace, one job against it, and a view that is shown how it goes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

import attrs

from workato_async import Limiter, WorkatoSession
from workato_async.cli.demo.inventory import Inventory
from workato_async.cli.demo.progress import Board
from workato_async.cli.demo.repeat_failed import repeat_failed_jobs
from workato_async.cli.demo.summary import Summary
from workato_async.cli.demo.view import Look
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from workato_async.cli.demo.view import View

T = TypeVar("T")

REFRESH = 0.1
"""Seconds between two looks."""
LATENCY = (0.1, 0.4)
"""Seconds that answers of a distant server take, before the time scale."""


@attrs.frozen(kw_only=True)
class Settings:
    """The size of a demonstration.

    Attributes:
        recipes: recipes in the workspace; every second one runs.
        jobs: jobs of the running ones, together; every fifth failed.
        time_scale: every window of every quota is that many times as long as Workato's.
        seed: another seed makes another workspace.
    """

    recipes: int
    jobs: int
    time_scale: float
    seed: int

    def fake(self) -> FakeWorkato:
        """Give the server, not yet started."""
        fastest, slowest = (seconds * self.time_scale for seconds in LATENCY)
        return FakeWorkato(
            recipes=self.recipes,
            jobs=self.jobs,
            time_scale=self.time_scale,
            latency=(fastest, slowest),
            seed=self.seed,
        )


async def run_demo(settings: Settings, view: View) -> Summary:
    """Start a fake Workato and run the demonstration against it."""
    async with settings.fake() as fake:
        return await demonstrate(fake, view, time_scale=settings.time_scale)


async def demonstrate(fake: FakeWorkato, view: View, *, time_scale: float) -> Summary:
    """Run the demonstration against a fake that is up.

    Args:
        fake: the server; what it holds now is what has to come back.
        view: is shown the demonstration.
        time_scale: that of the fake.
    """
    inventory = Inventory.of(fake.state)
    limiter = Limiter(time_scale=time_scale)
    board = Board()
    begun = asyncio.get_running_loop().time()

    def look() -> None:
        view.show(Look(board, limiter.snapshot(), asyncio.get_running_loop().time() - begun))

    async with WorkatoSession("demonstration", base_url=fake.url, limiter=limiter) as workato:
        with view.opened(_introduction(inventory, fake, time_scale)):
            findings = await _watched(repeat_failed_jobs(workato, board), look)
    summary = Summary.of(findings, inventory, limiter.snapshot(), refused=fake.refused)
    view.close(summary)
    return summary


async def _watched(job: Coroutine[object, object, T], look: Callable[[], None]) -> T:
    """Run a job and look at it regularly, the last time when it has ended."""
    task = asyncio.create_task(job)
    try:
        while not task.done():
            look()
            await asyncio.wait({task}, timeout=REFRESH)
        look()
        return task.result()
    finally:
        task.cancel()  # if this was cancelled, or the view failed
        await asyncio.gather(task, return_exceptions=True)


def _introduction(inventory: Inventory, fake: FakeWorkato, time_scale: float) -> str:
    return (
        f"A fake Workato at {fake.url}: {len(inventory.recipe_ids):,} recipes, {len(inventory.job_ids):,} jobs; "
        f"quota windows are {time_scale:g} times as long as Workato's.\n"
        "The job: list all recipes, read the jobs of the running ones, repeat the failed ones, 25 at a time."
    )
