"""Models of jobs and of repeating them.

Source: "Jobs" (docs: workato-api/jobs).
"""

from __future__ import annotations

from typing import Any

import attrs

from workato_async.base_model import AwareDatetime, Model, Part
from workato_async.errors import InvalidResponseError, OutcomeUnknownError, ServerError, WorkatoError


@attrs.frozen(kw_only=True)
class JobErrorParts(Part):
    """What is known about the failure of a job; ``input`` is redacted by Workato."""

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
    """A job. Lists return fewer fields than ``jobs.get``; what was not sent is None.

    ``id`` and ``handle`` are the same value; ``master_job_id`` differs for repeats, and is the id that ``jobs.repeat``
    takes. ``error_parts`` is set only for failed jobs, ``lines`` only by ``jobs.get``.
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
