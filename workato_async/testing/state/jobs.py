"""Jobs, created when those of their recipe are first read."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Literal

from workato_async.testing.clock import pacific, zulu
from workato_async.testing.state.recipes import RecipeStore
from workato_async.testing.state.store import Lazy, insert, known

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject
    from workato_async.testing.clock import Clock

JobStatus = Literal["succeeded", "failed", "pending"]

REPEATS_AT_MOST = 100
"""How often a job can be repeated (docs: workato-api/jobs, limitations)."""
TASKS_PER_JOB = 3
"""How many tasks a job takes that succeeds."""
_ERROR = "'Filter values' must be present"
_APART = timedelta(minutes=10)
_DURATION = timedelta(milliseconds=125)


class JobStore(RecipeStore):
    """Jobs.

    Attributes:
        jobs: by recipe id, then by job id, oldest first.
        expired_jobs: ids of jobs whose trigger data the retention policy has erased: they cannot be repeated.
    """

    def __init__(self, clock: Clock, *, seed: int, time_scale: float) -> None:
        super().__init__(clock, seed=seed, time_scale=time_scale)
        self.jobs: Lazy[str] = Lazy(self._planned_jobs)
        self.expired_jobs: set[str] = set()
        self._plans: dict[int, int] = {}

    def plan_jobs(self, recipe_id: int, count: int) -> None:
        """Create the jobs of a recipe: every fifth failed, the newest may be pending, a few are repeats."""
        recipe = known(self.recipes, recipe_id, "recipe")
        self._plans[recipe_id] = count
        if not count:
            return
        statuses = [_planned_status(recipe_id, index, count) for index in range(count)]
        recipe["job_succeeded_count"] = statuses.count("succeeded")
        recipe["job_failed_count"] = statuses.count("failed")
        recipe["lifetime_task_count"] = TASKS_PER_JOB * statuses.count("succeeded")
        recipe["last_job_started_at"] = pacific(self.clock.epoch - _APART)

    def add_job(
        self,
        recipe_id: int,
        *,
        status: JobStatus = "succeeded",
        id: str | None = None,  # noqa: A002 - the API's own word
        master_job_id: str | None = None,
        title: str | None = None,
        error: str = _ERROR,
    ) -> JsonObject:
        """Add a job that starts now, the newest of its recipe; the recipe's counters are updated.

        Args:
            recipe_id: the recipe that runs it.
            status: its status; only a pending one is not completed.
            id: its id; a new one if None.
            master_job_id: the job it repeats; itself if None.
            title: what triggered it.
            error: what went wrong, if it failed.

        Raises:
            ConfigurationError: if there is no such recipe.
        """
        recipe = known(self.recipes, recipe_id, "recipe")
        jobs = self.jobs[recipe_id]
        time = self.clock.time
        job = _job(recipe, id or self.handle("j"), status, time, master_job_id=master_job_id, title=title, error=error)
        insert(jobs, job)
        recipe["last_job_started_at"] = pacific(time)
        self._count(recipe, status)
        return job

    def finish_job(self, recipe_id: int, job_id: str, *, status: Literal["succeeded", "failed"] = "succeeded") -> None:
        """Finish a pending job; the recipe's counters are updated."""
        recipe = known(self.recipes, recipe_id, "recipe")
        time = self.clock.time
        self.jobs[recipe_id][job_id].update(_outcome(recipe, job_id, status, time), completed_at=zulu(time))
        self._count(recipe, status)

    def repeats_of(self, recipe_id: int, job_id: str) -> int:
        """Return how often a job was repeated."""
        return sum(job["master_job_id"] == job_id != job["id"] for job in self.jobs[recipe_id].values())

    def remove_recipe(self, recipe_id: int) -> None:
        super().remove_recipe(recipe_id)
        self._plans.pop(recipe_id, None)
        self.jobs.pop(recipe_id, None)

    def _count(self, recipe: JsonObject, status: JobStatus) -> None:
        if status != "pending":
            recipe[f"job_{status}_count"] += 1

    def _planned_jobs(self, recipe_id: int) -> dict[str, JsonObject]:
        count = self._plans.get(recipe_id, 0)
        jobs: dict[str, JsonObject] = {}
        if not count:
            return jobs
        recipe = self.recipes[recipe_id]
        rng = Random(f"{self.seed}/jobs/{recipe_id}")  # noqa: S311 - sample data, not secrets
        failed: str | None = None
        for index in range(count):
            status = _planned_status(recipe_id, index, count)
            master = failed if index % 10 == 9 else None
            started_at = self.clock.epoch - _APART * (count - index)
            job = _job(recipe, self.handle("j", rng), status, started_at, master_job_id=master)
            insert(jobs, job)
            if status == "failed" and master is None:
                failed = job["id"]
        return jobs


def _planned_status(recipe_id: int, index: int, count: int) -> JobStatus:
    if index == count - 1 and recipe_id % 3 == 2:
        return "pending"
    return "failed" if (index + recipe_id) % 5 == 0 else "succeeded"


def _job(
    recipe: JsonObject,
    job_id: str,
    status: JobStatus,
    started_at: datetime,
    *,
    master_job_id: str | None = None,
    title: str | None = None,
    error: str = _ERROR,
) -> JsonObject:
    return {
        "id": job_id,
        "completed_at": None if status == "pending" else zulu(started_at + _DURATION),
        "started_at": zulu(started_at),
        "title": title or f"{recipe['trigger_application']}: new event",
        "is_poll_error": False,
        **_outcome(recipe, job_id, status, started_at, error),
        **dict.fromkeys(("calling_recipe_id", "calling_job_id", "root_recipe_id", "root_job_id")),
        "recipe_id": recipe["id"],
        "master_job_id": master_job_id or job_id,
    }


def _outcome(recipe: JsonObject, job_id: str, status: JobStatus, time: datetime, error: str = _ERROR) -> JsonObject:
    """Return the fields about how a job ended; ``error_parts`` only if it failed."""
    if status != "failed":
        return {"error": None, "is_error": False, "status": status}
    parts = {
        "adapter": recipe["applications"][-1],
        "error_type": "Missing required field",
        "message": error,
        "error_id": str(uuid.uuid5(uuid.NAMESPACE_URL, job_id)),
        "error_at": pacific(time),
        "input": "<redacted>",
        "inner_message": None,
    }
    return {"error": error, "error_parts": parts, "is_error": True, "status": status}
