"""Jobs: the runs of recipes.

Source: "Jobs" (docs: workato-api/jobs).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, cast

import attrs

from workato_async.arguments import api_time, one_of, plain
from workato_async.base_model import AwareDatetime, Model, Part
from workato_async.endpoint import OFFSET_JOB, OFFSET_JOB_NEWER, Endpoint, JsonObject
from workato_async.errors import (
    ConfigurationError,
    InvalidResponseError,
    OutcomeUnknownError,
    ServerError,
    WorkatoError,
)
from workato_async.fan_out import fan_out
from workato_async.limits.quota import ONE_PER_SECOND
from workato_async.resources._base import Resource, without_none

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workato_async.pages import Pages
    from workato_async.resources.recipes.models import Recipe

REPEAT_AT_MOST = 25
"""The most jobs that one repeat request may name (docs: workato-api/jobs, rate limits)."""

IN_A_ROW = 3
"""The last jobs of a page that must all be too old for an iteration to end there."""


@attrs.frozen(kw_only=True)
class JobErrorParts(Part):
    """What is known of the failure of a job; ``input`` is redacted by Workato."""

    adapter: str | None = None
    error_type: str | None = None
    message: str | None = None
    error_id: str | None = None
    error_at: AwareDatetime | None = None
    input: Any = None
    inner_message: str | None = None


@attrs.frozen(kw_only=True)
class LineDetail(Part):
    """How the time of one step was spent, in seconds."""

    name: str | None = None
    count: int | None = None
    average: float | None = None
    total: float | None = None
    min: float | None = None
    max: float | None = None


@attrs.frozen(kw_only=True)
class LineStat(Part):
    """The time one step took, in seconds."""

    total: float | None = None
    details: tuple[LineDetail, ...] = ()


@attrs.frozen(kw_only=True)
class JobLine(Part):
    """One step of a job."""

    recipe_line_number: int | None = None
    adapter_name: str | None = None
    adapter_operation: str | None = None
    input: Any = None
    output: Any = None
    mask_data: bool | None = None
    line_stat: LineStat | None = None


@attrs.frozen(kw_only=True)
class Job(Model):
    """A job. Lists give fewer fields than ``jobs.get``; what was not sent is None.

    ``id`` and ``handle`` are the same value; ``master_job_id`` differs for repeats, and is the id that ``jobs.repeat``
    takes. ``error_parts`` is there only for failed jobs, ``lines`` only from ``jobs.get``.
    """

    id: str
    handle: str | None = None
    recipe_id: int | None = None
    status: str | None = None
    started_at: AwareDatetime | None = None
    completed_at: AwareDatetime | None = None
    title: str | None = None
    is_poll_error: bool | None = None
    is_error: bool | None = None
    error: str | None = None
    error_parts: JobErrorParts | None = None
    lines: tuple[JobLine, ...] = ()
    is_repeat: bool | None = None
    is_test: bool | None = None
    is_test_case_job: bool | None = None
    master_job_id: str | None = None
    master_job_handle: str | None = None
    calling_recipe_id: int | None = None
    calling_job_id: str | None = None
    calling_job_handle: str | None = None
    root_recipe_id: int | None = None
    root_job_id: str | None = None


@attrs.frozen
class RepeatRefusal(Part):
    """Why Workato would not repeat a job, e.g. ``type_id="err.item.not_found"``."""

    type_id: str = ""
    message: str = ""


@attrs.frozen(kw_only=True)
class RepeatResult(Part):
    """The outcome for one job id.

    Attributes:
        requested_job_id: the id as given.
        status: ``"enqueued"`` or ``"failed"``.
        job_id: the id of the new job, if it was enqueued.
        error: None if it was enqueued; a RepeatRefusal if Workato rejected this job; the error of its request if that
            failed. After an OutcomeUnknownError the job may have been repeated.
    """

    requested_job_id: str
    status: str
    job_id: str | None = None
    error: RepeatRefusal | WorkatoError | None = None

    @property
    def outcome_unknown(self) -> bool:
        """Whether the job may have been repeated although no response confirmed it."""
        return isinstance(self.error, OutcomeUnknownError | ServerError | InvalidResponseError)


@attrs.frozen(kw_only=True)
class RepeatSummary(Part):
    """How many distinct ids were requested, and their outcomes."""

    total_requested: int
    total_enqueued: int
    total_failed: int


@attrs.frozen(kw_only=True)
class RepeatReport(Part):
    """The outcome for every distinct job id, in the order given."""

    results: tuple[RepeatResult, ...]

    @property
    def summary(self) -> RepeatSummary:
        """Count the results."""
        enqueued = sum(result.status == "enqueued" for result in self.results)
        return RepeatSummary(
            total_requested=len(self.results), total_enqueued=enqueued, total_failed=len(self.results) - enqueued
        )


@attrs.frozen(kw_only=True)
class _RepeatedJob(Part):
    id: str


@attrs.frozen(kw_only=True)
class _RepeatEntry(Part):
    requested_job_id: str
    status: str
    job: _RepeatedJob | None = None
    error: RepeatRefusal | None = None


@attrs.frozen(kw_only=True)
class RepeatReply(Model):
    """The response to one repeat request, as Workato sends it."""

    results: tuple[_RepeatEntry, ...]


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
            since: only jobs that started at this time or later, and those without a start. The iteration ends soon
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
        not retried. A failed request does not affect the results of the others; this method itself raises only for
        invalid arguments.

        Args:
            recipe_id: the recipe.
            job_ids: jobs or *master* job ids, within the retention period; duplicates are sent once. A job can be
                repeated at most 100 times.

        Returns:
            A report with one result for each distinct id, in the order given.
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


def _since(since: datetime, *, prev: bool | None) -> _Since:
    time = plain(since)
    if not isinstance(time, datetime) or time.utcoffset() is None:
        raise ConfigurationError(f"since must be a datetime with a time zone, e.g. tzinfo=UTC, not {time!r}")
    api_time(time)  # raises for one outside of the years 1 to 9999
    if prev:
        raise ConfigurationError("since ends an iteration from newer to older jobs: leave out prev=True")
    return _Since(time)


@attrs.frozen
class _Since:
    """Cuts the list of jobs at a time.

    Jobs may be listed by their start or by their end, and one may be out of order, as a repeated one is. So only jobs
    that had ended before the time tell that the rest is older, and several in a row.
    """

    time: datetime

    def keeps(self, job: Job) -> bool:
        return job.started_at is None or job.started_at >= self.time

    def ends(self, jobs: Sequence[Job]) -> bool:
        times = [time for job in jobs if (time := _ended(job)) is not None][-IN_A_ROW:]
        return len(times) == min(len(jobs), IN_A_ROW) and all(time < self.time for time in times)


def _ended(job: Job) -> datetime | None:
    """Return the last known time of a job that is over, None for one that is not: it may be of any age."""
    if job.status == "pending":
        return None
    return job.completed_at or job.started_at


def _distinct(jobs: Iterable[str | Job], *, master: bool = False) -> Sequence[str]:
    """Return the ids of jobs, each once; ``master`` takes those by which jobs can be repeated."""
    if isinstance(jobs, str | Job):
        raise ConfigurationError(f"job_ids is a collection of jobs; for a single one write [{_job_id(jobs, master)!r}]")
    given = plain(jobs)
    if not isinstance(given, Iterable) or (isinstance(given, Mapping) and "id" in given):
        raise ConfigurationError(f"job_ids is a collection of jobs, not {type(jobs).__name__}")
    ids = [_job_id(job, master) for job in given]
    for job_id in ids:
        if not isinstance(job_id, str) or not job_id.strip():
            raise ConfigurationError(f"a job id is text such as 'j-AJTAt8w6-wdAgWM', not {job_id!r}")
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
