"""The job of the demo as a script without this package does it: aiohttp and ``asyncio.gather``, no pace.

The only module of the command line that sends requests of its own: it shows what happens without a limiter.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
import attrs

from workato_async._backoff import sleep
from workato_async.resources.jobs import LIST as LIST_JOBS
from workato_async.resources.jobs import REPEAT, REPEAT_AT_MOST
from workato_async.resources.recipes.recipes import LIST as LIST_RECIPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PAGE = 100
"""Recipes per page."""


@attrs.frozen
class Retries:
    """What a client does about a 429.

    Attributes:
        attempts: attempts per read.
        pause: seconds before the second attempt, doubled before each further one.
        writes: attempts per write.
    """

    attempts: int = 1
    pause: float = 0.0
    writes: int = 1


NONE = Retries()
OFFICIAL = Retries(attempts=3, pause=2.0)
"""Those of workato-platform-cli 1.0.7: reads are attempted three times, 2 and 4 s apart, and a POST once."""


@attrs.define
class Done:
    """What the script got done."""

    job_ids: set[str] = attrs.field(factory=set)
    repeated_ids: set[str] = attrs.field(factory=set)


class _RateLimitedError(Exception):
    """A call failed for good with 429."""


async def repeat_failed_jobs(url: str, retries: Retries, *, time_scale: float) -> Done:
    """Run the job; of a recipe that fails, what was read is kept and what failed in it is repeated.

    Args:
        url: the server.
        retries: what to do about a 429.
        time_scale: the time scale of the server, which pauses follow.
    """
    async with aiohttp.ClientSession(url, headers={"Authorization": "Bearer demo"}) as http:
        script = _Script(http, retries, time_scale)
        running = await script.running_recipes()
        await asyncio.gather(*map(script.repeat_failed, running))
        return script.done


class _Script:
    def __init__(self, http: aiohttp.ClientSession, retries: Retries, time_scale: float) -> None:
        self._http = http
        self._retries = retries
        self._pause = retries.pause * time_scale
        self.done = Done()

    async def running_recipes(self) -> list[int]:
        running: list[int] = []
        for page in range(1, 1_000):
            try:
                recipes = (await self._get(LIST_RECIPES.path, page=page, per_page=PAGE))["items"]
            except _RateLimitedError:
                break
            running += [recipe["id"] for recipe in recipes if recipe["running"]]
            if len(recipes) < PAGE:
                break
        return running

    async def repeat_failed(self, recipe_id: int) -> None:
        masters = {job["id"]: job["master_job_id"] for job in await self._jobs(recipe_id) if job["status"] == "failed"}
        path = REPEAT.path.format(recipe_id=recipe_id)
        for batch in map(set, _batches(sorted(set(masters.values())), REPEAT_AT_MOST)):
            try:
                await self._send("POST", path, self._retries.writes, json={"job_ids": sorted(batch)})
            except _RateLimitedError:
                continue
            self.done.repeated_ids.update(job_id for job_id, master in masters.items() if master in batch)

    async def _jobs(self, recipe_id: int) -> list[Any]:
        jobs: list[Any] = []
        path = LIST_JOBS.path.format(recipe_id=recipe_id)
        try:
            while page := (await self._get(path, **({"offset_job_id": jobs[-1]["id"]} if jobs else {})))["items"]:
                jobs += page
        except _RateLimitedError:
            pass
        self.done.job_ids.update(job["id"] for job in jobs)
        return jobs

    async def _get(self, path: str, **query: Any) -> Any:
        return await self._send("GET", path, self._retries.attempts, params=query)

    async def _send(self, method: str, path: str, attempts: int, **arguments: Any) -> Any:
        for attempt in range(attempts):
            if attempt:
                await sleep(self._pause * 2 ** (attempt - 1))
            async with self._http.request(method, path, **arguments) as response:
                if response.status != 429:
                    response.raise_for_status()
                    return await response.json()
        raise _RateLimitedError


def _batches(ids: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))
