"""Jobs, the runs of recipes: of one recipe, or of a whole workspace."""

from workato_async.resources.jobs.failed import FailedJobs
from workato_async.resources.jobs.jobs import CANCEL, LIST, REPEAT, REPEAT_AT_MOST, Jobs, JobStatus
from workato_async.resources.jobs.models import (
    Job,
    JobErrorParts,
    JobLine,
    LineDetail,
    LineStat,
    RepeatRefusal,
    RepeatReply,
    RepeatReport,
    RepeatResult,
    RepeatSummary,
)
from workato_async.resources.jobs.watch import JobWatch

__all__ = [
    "CANCEL",
    "LIST",
    "REPEAT",
    "REPEAT_AT_MOST",
    "FailedJobs",
    "Job",
    "JobErrorParts",
    "JobLine",
    "JobStatus",
    "JobWatch",
    "Jobs",
    "LineDetail",
    "LineStat",
    "RepeatRefusal",
    "RepeatReply",
    "RepeatReport",
    "RepeatResult",
    "RepeatSummary",
]
