"""Jobs: the runs of recipes.

Source: "Jobs" (docs: workato-api/jobs).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, cast

from workato_async._durations import seconds_of
from workato_async.arguments import ids_of, one_of, plain
from workato_async.endpoint import OFFSET_JOB, OFFSET_JOB_NEWER, Endpoint, JsonObject
from workato_async.errors import ConfigurationError, InvalidResponseError, WorkatoError
from workato_async.fan_out import fan_out
from workato_async.limits.quota import ONE_PER_SECOND
from workato_async.resources._base import Resource, polled, without_none
from workato_async.resources.jobs.cuts import EndedSince, StartedSince, time_of
from workato_async.resources.jobs.failed import FailedJobs
from workato_async.resources.jobs.models import Job, RepeatReply, RepeatReport, RepeatResult
from workato_async.resources.jobs.watch import JobWatch, WatchedStatus
from workato_async.resources.recipes import recipes as all_recipes
from workato_async.resources.workspace import workspace_id
from workato_async.watch import Place, Watch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workato_async._durations import Duration
    from workato_async.pages import Cut, Pages
    from workato_async.resources.recipes.models import Recipe

REPEAT_AT_MOST = 25
"""The most jobs that one repeat request may name (docs: workato-api/jobs, rate limits)."""

LONGEST_JOB = "12h"
"""How long a job is expected to take at most, with the time that it waits."""

JobStatus = Literal["succeeded", "failed", "pending"]
LIST = Endpoint("jobs.list", "GET", "/api/recipes/{recipe_id}/jobs", Job, wrapper="items", listing=OFFSET_JOB)
GET = Endpoint("jobs.get", "GET", "/api/recipes/{recipe_id}/jobs/{job_id}", Job)
RESUME = Endpoint[None]("jobs.resume", "POST", "/api/job/resume")
REPEAT = Endpoint("jobs.repeat", "POST", "/api/recipes/{recipe_id}/repeat_jobs", RepeatReply, quota=ONE_PER_SECOND)
CANCEL = Endpoint("jobs.cancel", "POST", "/api/recipes/{recipe_id}/cancel_jobs", JsonObject, quota=ONE_PER_SECOND)


class Jobs(Resource):
    """Jobs: ``workato.jobs``."""

    __slots__ = ()

    def list(
        self,
        recipe_id: int | Recipe,
        *,
        status: JobStatus | None = None,
        rerun_only: bool | None = None,
        offset_job_id: str | Job | None = None,
        prev: bool | None = None,
        since: datetime | None = None,
    ) -> Pages[Job]:
        """List the jobs of a recipe, newest first. ``GET /api/recipes/{recipe_id}/jobs``, 60 a minute.

        The server chooses the page length. New jobs do not disturb the iteration, which goes from newer to older.

        Args:
            recipe_id: the recipe.
            status: only jobs in this state.
            rerun_only: only repeated jobs.
            offset_job_id: begin after this job.
            prev: True iterates from ``offset_job_id`` to newer jobs instead of older ones.
            since: only jobs that started at this time or later, and those without a start time. The iteration ends soon
                after the last of them, and requests no page before it is needed.

        Raises:
            ConfigurationError: if ``since`` is not a datetime with a time zone, or is combined with ``prev=True``.
        """
        query = {
            "status": one_of("status", status, JobStatus),
            "rerun_only": rerun_only,
            "offset_job_id": offset_job_id,
            "prev": prev,
        }
        return self._pages(
            LIST,
            recipe_id,
            query=query,
            listing=OFFSET_JOB_NEWER if prev else None,
            cut=None if since is None else _since(since, prev=prev),
        )

    def failed(
        self, *, since: datetime, recipes: Iterable[int | Recipe] | None = None, longest: Duration = LONGEST_JOB
    ) -> FailedJobs:
        """List the failed jobs of the whole workspace: one request per 100 recipes, and one or more per active recipe.

        Recipes without a failure, or without activity since ``since``, are skipped. Jobs come recipe by recipe, newest
        first in each, with their ``recipe_id``. Use it as ``async for job in …``, or ``await`` it for a list. A recipe
        whose jobs cannot be listed does not affect the others: an error names it at the end. The requests are those of
        ``recipes.list`` and of ``list``.

        Args:
            since: only jobs that failed at this time or later, and those without a time. It is compared with the times
                that Workato sends.
            recipes: only jobs of these recipes, whatever their counters say; None for all recipes.
            longest: the longest time that a job may take, waiting included, in seconds or as text. Recipes that started
                no job since this long before ``since`` are skipped.

        Raises:
            ConfigurationError: if ``since`` is not a datetime with a time zone, or ``longest`` is not a duration.
            IncompleteListError: (while iterating) if the jobs of some recipes could not be listed.
            PermissionDeniedError: (while iterating) if the token may list no jobs at all.
        """
        cut = EndedSince(time_of(since), _duration(longest))
        given = None if recipes is None else cast("Sequence[int]", tuple(dict.fromkeys(ids_of(recipes, "recipes"))))
        return FailedJobs(self._recipes, partial(self._cut, "failed"), cut, given)

    def watch(
        self,
        cursor: str | None = None,
        *,
        status: WatchedStatus | None = "failed",
        since: datetime | None = None,
        every: Duration = 60.0,
        longest: Duration = LONGEST_JOB,
    ) -> Watch[Job]:
        """Watch the workspace for jobs that fail, for as long as you iterate; each is handed over at least once.

        ```py
        watch = workato.jobs.watch(cursor)  # None the first time
        async for job in watch:
            handle(job)
            save(watch.cursor)
        ```

        A poll costs one request of ``recipes.list`` per 100 recipes, and one or more of ``list`` per recipe with new
        jobs. Jobs of one recipe come in the order in which they ended. A poll that fails, and a recipe whose jobs
        cannot be listed, are logged and read again in the next poll.

        Args:
            cursor: continue where an earlier watch was, with its ``watch.cursor``; None begins with the first poll.
            status: ``"failed"``, ``"succeeded"``, or None for all jobs that end. A cancelled job comes with the next
                other job of its recipe, because no counter includes it.
            since: without a cursor, begin with jobs that ended at this time or later.
            every: the pause between polls, in seconds or as text such as ``"5m"``.
            longest: with ``since``, as for ``failed``.

        Raises:
            ConfigurationError: if the cursor is damaged, or belongs to another watch, host or (while iterating)
                workspace, or if another argument is invalid.
            AuthenticationError, PermissionDeniedError: (while iterating) if the first poll fails with one of these, or
                three polls in a row do.
        """
        status = one_of("status", status, WatchedStatus)
        _, path, host = polled(self._caller, all_recipes.LIST)
        return JobWatch(
            Place(host, path, partial(workspace_id, self._caller)),
            cursor,
            every,
            status=status,
            since=None if since is None else time_of(since),
            longest=_duration(longest),
            recipes=self._recipes,
            list_jobs=partial(self._cut, status),
        )

    async def get(self, recipe_id: int | Recipe, job_id: str | Job) -> Job:
        """Get one job with its steps. ``GET /api/recipes/{recipe_id}/jobs/{job_id}``, 60 a minute."""
        return await self._call(GET, recipe_id, job_id)

    async def resume(self, *, token: str, data: JsonObject | None = None) -> None:
        """Resume a waiting job. ``POST /api/job/resume``, 60 a minute. Not idempotent.

        Args:
            token: the resume token handed out by the waiting action.
            data: what the action's ``before_resume`` receives, at most 50 MB.
        """
        await self._call(RESUME, body=without_none(token=token, data=data))

    async def repeat(self, recipe_id: int | Recipe, job_ids: Iterable[str | Job]) -> RepeatReport:
        """Repeat jobs of a recipe, with its newest version: any number of them, 25 per request.

        ``POST /api/recipes/{recipe_id}/repeat_jobs``, 1 a second. Not idempotent. A request whose response is lost is
        not retried. A failed request does not affect the results of the others, and is not raised: its jobs have the
        error.

        Args:
            recipe_id: the recipe.
            job_ids: jobs or *master* job ids, within the retention period; duplicates are sent once. A job can be
                repeated at most 100 times.

        Returns:
            A report with one result for each distinct id, in the order given.

        Raises:
            ConfigurationError: if ``job_ids`` is not a collection of jobs or job ids.
        """
        distinct = _distinct(job_ids, master=True)
        results: dict[str, RepeatResult] = {}
        async with fan_out(
            lambda chunk: self._call(REPEAT, recipe_id, body={"job_ids": chunk}),
            _chunks(distinct),
            concurrency=4,
        ) as outcomes:
            async for outcome in outcomes:
                results.update(_results(outcome.item, outcome.value, outcome.error))
        errors = [result.error for result in results.values()]
        if errors and all(isinstance(error, ConfigurationError) for error in errors):
            raise errors[0]  # type: ignore[misc]  # nothing was sent at all: the call itself was wrong
        return RepeatReport(results=tuple(results[job_id] for job_id in distinct))

    async def cancel(self, recipe_id: int | Recipe, job_ids: Sequence[str | Job]) -> JsonObject:
        """Cancel jobs of a recipe. ``POST /api/recipes/{recipe_id}/cancel_jobs``, 1 a second. Not idempotent.

        ``job_ids`` are jobs or their ids. The body is inferred from ``repeat``. The response is not documented: it is
        returned as it is, ``{}`` if it is empty.
        """
        return await self._call(CANCEL, recipe_id, body={"job_ids": _distinct(job_ids)})

    def _recipes(self) -> Pages[Recipe]:
        """List all recipes, in an iteration that misses none while others are created or deleted."""
        return all_recipes.Recipes(self._caller).list(exclude_code=True, paging="since_id")

    def _cut(self, status: str | None, recipe_id: int, cut: Cut[Job]) -> Pages[Job]:
        return self._pages(LIST, recipe_id, query={"status": status}, cut=cut)


def _since(since: datetime, *, prev: bool | None) -> StartedSince:
    time = time_of(since)
    if prev:
        raise ConfigurationError("since ends an iteration from newer to older jobs: leave out prev=True")
    return StartedSince(time)


def _duration(longest: Duration) -> timedelta:
    try:
        return timedelta(seconds=seconds_of("longest", longest, zero=True))
    except OverflowError:
        return timedelta.max


def _distinct(jobs: Iterable[str | Job], *, master: bool = False) -> Sequence[str]:
    """Return the ids of jobs, each once; ``master`` takes those by which jobs can be repeated."""
    if isinstance(jobs, str | Job):
        raise ConfigurationError(
            f"job_ids must be a collection of jobs; for a single one write [{_job_id(jobs, master)!r}]"
        )
    given = plain(jobs)
    if not isinstance(given, Iterable) or (isinstance(given, Mapping) and "id" in given):
        raise ConfigurationError(f"job_ids must be a collection of jobs, not {type(jobs).__name__}")
    ids = [_job_id(job, master) for job in given]
    for job_id in ids:
        if not isinstance(job_id, str) or not job_id.strip():
            raise ConfigurationError(f"a job id must be text such as 'j-AJTAt8w6-wdAgWM', not {job_id!r}")
    return tuple(dict.fromkeys(ids))


def _job_id(job: str | Job | Mapping[str, Any], master: bool) -> str:
    if isinstance(job, Mapping):
        return cast("str", (job.get("master_job_id") if master else None) or job.get("id"))
    if isinstance(job, Job):
        return (job.master_job_id if master else None) or job.id
    return cast("str", plain(job))


def _chunks(job_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    rest = iter(job_ids)
    while chunk := tuple(islice(rest, REPEAT_AT_MOST)):
        yield chunk


def _results(chunk: Sequence[str], reply: RepeatReply | None, error: BaseException | None) -> dict[str, RepeatResult]:
    """Return the result for every id of a chunk, whether or not the request succeeded."""
    entries = {entry.requested_job_id: entry for entry in reply.results} if reply else {}
    results = {}
    for job_id in chunk:
        if entry := entries.get(job_id):
            job = entry.job.id if entry.job else None
            results[job_id] = RepeatResult(
                requested_job_id=job_id, status=entry.status, job_id=job, error=None if job else entry.error
            )
        else:
            reason = (
                error
                if isinstance(error, WorkatoError)
                else InvalidResponseError(
                    f"{REPEAT.key}: the response does not mention job {job_id}; check the recipe's jobs first",
                    endpoint=REPEAT.key,
                )
            )
            results[job_id] = RepeatResult(requested_job_id=job_id, status="failed", error=reason)
    return results
