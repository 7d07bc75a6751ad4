"""Where the iteration over the jobs of a recipe ends, and which of them it keeps."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from workato_async.arguments import api_time, plain
from workato_async.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workato_async.resources.jobs.models import Job

IN_A_ROW = 3
"""The last jobs of a page that must all be too old for an iteration to end there."""


def time_of(since: datetime) -> datetime:
    """Return the time from which on jobs are wanted.

    Raises:
        ConfigurationError: for anything but a datetime with a time zone.
    """
    time = plain(since)
    if not isinstance(time, datetime) or time.utcoffset() is None:
        raise ConfigurationError(f"since must be a datetime with a time zone, e.g. tzinfo=UTC, not {time!r}")
    api_time(time)  # raises for one outside of the years 1 to 9999
    return time


class StartedSince:
    """Cuts the list of jobs at a time.

    Jobs may be listed by their start or by their end, and one may be out of order, as a repeated one is. So only jobs
    that had ended before the time tell that the rest is older, and several in a row.
    """

    def __init__(self, time: datetime) -> None:
        self.time = time

    def keeps(self, job: Job) -> bool:
        return job.started_at is None or job.started_at >= self.time

    def ends(self, jobs: Sequence[Job]) -> bool:
        times = [time for job in jobs if (time := _over(job)) is not None][-IN_A_ROW:]
        return len(times) == min(len(jobs), IN_A_ROW) and all(time < self.time for time in times)


class EndedSince:
    """Keeps the jobs that ended at a time or later; where the list goes by start, they may be behind older ones.

    Attributes:
        time: the time.
        longest: how long a job may have taken.
    """

    def __init__(self, time: datetime, longest: timedelta) -> None:
        self.time = time
        self.longest = longest

    def keeps(self, job: Job) -> bool:
        end = ended(job)
        return end is None or end >= self.time

    def ends(self, jobs: Sequence[Job]) -> bool:
        return all_of_the_last(jobs, self._is_older)

    def _is_older(self, job: Job) -> bool:
        start = job.started_at or ended(job)
        return not self.keeps(job) and start is not None and start < earlier(self.time, self.longest)


def all_of_the_last(jobs: Sequence[Job], holds: Callable[[Job], bool]) -> bool:
    """Whether something holds for all of the last jobs of a page."""
    return bool(jobs) and all(map(holds, jobs[-IN_A_ROW:]))


def ended(job: Job) -> datetime | None:
    """Return the last known time of a job, None if it has none."""
    times = [time for time in (job.started_at, job.completed_at) if time is not None]
    return max(times) if times else None


def earlier(time: datetime, by: timedelta) -> datetime:
    """Return an earlier time, or the first one there is."""
    try:
        return time - by
    except OverflowError:
        return datetime.min.replace(tzinfo=time.tzinfo)


def _over(job: Job) -> datetime | None:
    """Return the last known time of a job that is over, None for one that is not: it may be of any age."""
    if job.status == "pending":
        return None
    return job.completed_at or job.started_at
