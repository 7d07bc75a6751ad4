"""The jobs that end in a workspace, although jobs are listed by recipe.

Most polls cost no more than the list of recipes: its counters say which recipes have new jobs, and how many. So a job
that began long ago is found when it ends, wherever it is in the list. The counters are also the cursor: what they say
now, less what the watch has handed over, is what is due. Times only tell old jobs from new ones, and only those that
Workato sends are compared: no clock has to be right.

A counter that is ahead of the list is checked again in the next polls. One that lags behind it does no harm once a
recipe has been read: from then on, whatever ended since is new, however many the counter says there are. The first
time, a job that began before the watch may be an old one, taken for a new one that is listed late; so that recipe is
read again in the next polls.
"""

from __future__ import annotations

from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import blake2b
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any, Literal

import attrs

from workato_async.errors import AuthenticationError, ConfigurationError, WorkatoError
from workato_async.events import logger
from workato_async.fan_out import fan_out
from workato_async.resources.jobs.cuts import all_of_the_last, earlier, ended
from workato_async.resources.jobs.failed import of_recipe
from workato_async.resources.jobs.models import Job
from workato_async.watch import Watch, pack, unpack

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence

    from workato_async._durations import Duration
    from workato_async.pages import Pages
    from workato_async.resources.jobs.failed import ListJobs
    from workato_async.resources.recipes.models import Recipe
    from workato_async.watch import Place

WatchedStatus = Literal["failed", "succeeded"]
"""How the jobs of a watch ended."""

OVERLAP = timedelta(minutes=5)
"""How much earlier than jobs that were handed over others may have ended that were listed later."""
CONCURRENCY = 8
"""Recipes whose jobs are requested at the same time."""
DEEP = 10
"""Pages of a recipe that are read for jobs of which only the counter knows."""
TRIES = 5
"""Polls in which they are searched for."""
AGAIN = 3
"""Polls in which a recipe is read again that may have listed old jobs in the place of new ones."""
ABSENT = 100
"""Polls after which a recipe that is not listed is forgotten."""
HELD = 2_000
"""New jobs of a recipe that are held in memory, to be put in order; the rest is left for the next poll."""
REMEMBERED = 10_000
"""Jobs that were handed over, of which the watch knows the ids."""
SAVED = 64
"""Those of them that a cursor holds."""
NAMED = 10
"""Recipes that a log record names."""
_DAY = timedelta(days=1)
_TIMES = ("since", "time", "latest")
"""In a cursor."""


@attrs.define
class _Recipe:
    """What is known of a recipe.

    Attributes:
        count: its jobs that were handed over, and those that ended before the watch began.
        floor: the last time at which one of them ended; None if that is not known.
        unread: its jobs since the beginning of the watch are still to be read.
        again: in how many polls it is to be read although its counter says that nothing is due.
        tries: polls in which its counter was ahead of its list.
        seen: the last poll in which it was listed.
    """

    count: int
    floor: datetime | None = None
    unread: bool = False
    again: int = 0
    tries: int = 0
    seen: int = 0


@attrs.frozen
class _Due:
    """A recipe to read: its id, what its counter says, and how many jobs are new by that."""

    id: int
    count: int
    owed: int


class JobWatch(Watch[Job]):
    """The jobs of a workspace that fail, or end in another way: see ``Jobs.watch``."""

    kind = "jobs"

    def __init__(
        self,
        place: Place,
        cursor: str | None,
        every: Duration,
        *,
        status: WatchedStatus | None,
        since: datetime | None,
        longest: timedelta,
        recipes: Callable[[], Pages[Recipe]],
        list_jobs: ListJobs,
    ) -> None:
        self._status = status
        self._since = since
        self._longest = longest
        self._list_recipes = recipes
        self._list_jobs = list_jobs
        self._recipes: dict[int, _Recipe] = {}
        self._recent: dict[int, None] = {}
        self._begun = False  # every recipe that existed when the watch began is known
        self._newest = 0  # the highest id of a recipe that is known
        self._resumed = False  # recipes without a count had no such jobs
        self._latest: datetime | None = None  # when the last job began, as far as the list of recipes said so
        self._time: datetime | None = None  # the same before the last poll: what that did not find had not ended then
        self._beginning: datetime | None = None  # the same when the watch began, or continued
        self._round = 0
        super().__init__(place, cursor, every)

    def _state(self) -> Mapping[str, Any]:
        known = sorted(
            (recipe_id, recipe.count)
            for recipe_id, recipe in self._recipes.items()
            if (recipe.count or not self._begun) and not recipe.unread
        )
        distances = [after - before for (before, _), (after, _) in pairwise([(0, 0), *known])]
        return {
            "status": self._status,
            "since": None if self._since is None else self._since.isoformat(),
            "begun": self._begun,
            "newest": self._newest,
            "counts": pack(chain.from_iterable(zip(distances, (count for _, count in known), strict=True))),
            "recent": pack([*self._recent][-SAVED:]),
            "time": None if self._time is None else self._time.isoformat(),
            "latest": None if self._latest is None else self._latest.isoformat(),
            "again": pack(self._to_read_again()),
        }

    def _restore(self, state: Mapping[str, Any]) -> None:
        if state["status"] != self._status:
            raise ConfigurationError(
                f"this cursor is for jobs with the status {state['status']!r}, not {self._status!r}",
                advice="Each watch needs a cursor of its own.",
            )
        times = [None if state[name] is None else datetime.fromisoformat(state[name]) for name in _TIMES]
        self._since, self._time, self._latest = times
        self._beginning = self._latest
        self._begun = self._resumed = bool(state["begun"])
        self._newest = int(state["newest"])
        recipe_id, numbers = 0, iter(unpack(state["counts"]))
        for distance, count in zip(numbers, numbers, strict=True):
            recipe_id += distance
            self._recipes[recipe_id] = _Recipe(count)
        self._recent = dict.fromkeys(unpack(state["recent"]))
        numbers = iter(unpack(state["again"]))
        for recipe_id, seconds in zip(numbers, numbers, strict=True):
            recipe = self._recipes.setdefault(recipe_id, _Recipe(0))
            recipe.again, recipe.floor = AGAIN, datetime.fromtimestamp(seconds, UTC)

    def _to_read_again(self) -> Iterator[int]:
        for recipe_id, recipe in self._recipes.items():
            if recipe.again and recipe.floor is not None:
                yield from (recipe_id, int(recipe.floor.timestamp()))

    async def _poll(self) -> AsyncGenerator[Job, None]:
        self._round += 1
        self._unfinished = False
        before = self._latest
        read, failed = 0, dict[int, WorkatoError]()
        async with fan_out(self._new_jobs, self._due(), concurrency=CONCURRENCY) as outcomes:
            async for outcome in outcomes:
                due, error = outcome.item, outcome.error
                if isinstance(error, WorkatoError) and not isinstance(error, ConfigurationError):
                    failed[due.id] = error
                    continue
                read += 1
                for job in self._hand_over(due, outcome.unwrap()):
                    yield job
        if failed and not read:
            rejected = [error for error in failed.values() if isinstance(error, AuthenticationError)]
            if len(rejected) == len(failed):
                raise rejected[0]  # the token may list recipes, and no jobs
        self._end_round(failed)
        if not failed:
            self._time = before
            self._beginning = self._beginning or self._latest

    def _end_round(self, failed: Mapping[int, WorkatoError]) -> None:
        """Record that all recipes were compared."""
        if failed:
            named = "; ".join(f"recipe {recipe_id}: {error}" for recipe_id, error in [*failed.items()][:NAMED])
            logger.warning("%r: %d recipes could not be read, and are due again: %s", self, len(failed), named)
        for recipe_id in [one for one, recipe in self._recipes.items() if self._round - recipe.seen > ABSENT]:
            del self._recipes[recipe_id]
        self._newest = max(self._newest, *self._recipes, 0, 0)
        self._begun = self._begun or not any(recipe.unread for recipe in self._recipes.values())
        self._resumed = False

    async def _due(self) -> AsyncGenerator[_Due, None]:
        """Iterate over the recipes that have new jobs."""
        uncounted = 0
        async with aclosing(self._list_recipes().pages()) as pages:
            async for page in pages:
                uncounted += len(page.unreadable)
                for recipe in page.items:
                    count = self._count(recipe)
                    if count is None:
                        uncounted += 1
                        if (known := self._recipes.get(recipe.id)) is not None:
                            known.seen = self._round  # its last count stays, for when there is one again
                    elif (due := self._compare(recipe, count)) is not None:
                        yield due
        if uncounted:
            recipes = "1 recipe has" if uncounted == 1 else f"{uncounted:,} recipes have"
            logger.warning("%r: %s no readable counter, so their jobs are not seen", self, recipes)

    def _count(self, recipe: Recipe) -> int | None:
        """Return how many jobs of a recipe have ended so, None if that is not known."""
        failed, succeeded = recipe.job_failed_count, recipe.job_succeeded_count
        if self._status is not None:
            return failed if self._status == "failed" else succeeded
        return None if failed is None or succeeded is None else failed + succeeded

    def _compare(self, recipe: Recipe, count: int) -> _Due | None:
        known = self._recipes.get(recipe.id)
        if known is None:
            known = self._recipes[recipe.id] = self._first_seen(recipe, count)
        known.seen = self._round
        self._latest = _later(self._latest, recipe.last_job_started_at)
        if known.unread or (known.again and count == known.count):
            return _Due(recipe.id, count, 0)
        if count > known.count:
            return _Due(recipe.id, count, count - known.count)
        if count < known.count:  # some were repeated or erased; others may have come instead
            known.count = count
            return None if self._low(known) is None else _Due(recipe.id, count, 0)
        return None

    def _first_seen(self, recipe: Recipe, count: int) -> _Recipe:
        """Return what is known of a recipe that is listed for the first time."""
        if self._begun:
            is_new = self._resumed or recipe.id > self._newest
            return _Recipe(0 if is_new else count)  # one that only became visible keeps its history for itself
        if self._since is None:
            return _Recipe(count)
        last = recipe.last_job_started_at
        unread = count > 0 and (last is None or last >= earlier(self._since, self._longest))
        return _Recipe(0 if unread else count, self._since, unread)

    async def _new_jobs(self, due: _Due) -> _NewJobs:
        """Read the new jobs of a recipe."""
        known = self._recipes[due.id]
        new = _NewJobs(
            due.owed,
            self._low(known),
            by_count=known.floor is None,
            beginning=self._beginning,
            longest=self._longest if known.unread else timedelta(),
            is_known=partial(self._is_known, due.id),
        )
        async for page in self._list_jobs(due.id, new).pages():
            if page.unreadable:
                logger.warning("%r: %d jobs of recipe %d cannot be read", self, len(page.unreadable), due.id)
        return new

    def _low(self, known: _Recipe) -> datetime | None:
        """Return the time from which on jobs of a recipe may be new, None if only the counter can tell."""
        floor = known.floor or self._time
        if floor is None:
            return None
        low = earlier(floor, OVERLAP)
        return low if self._since is None else max(low, self._since)

    def _hand_over(self, due: _Due, new: _NewJobs) -> Iterator[Job]:
        """Yield the jobs of a recipe, with the count of what is still due afterwards."""
        known, jobs = self._recipes[due.id], new.found()
        final, lacking = due.count - new.left_out, due.owed - len(jobs) - new.left_out
        self._unfinished = self._unfinished or new.left_out > 0
        if jobs:
            known.tries = 0
        if lacking > 0 and known.tries < TRIES:
            known.tries += 1
            final -= lacking
            logger.debug("%r: recipe %d has %d fewer jobs than its counter says", self, due.id, lacking)
        else:
            known.tries = 0
        if new.doubtful:
            known.again = AGAIN
        elif known.unread:
            known.again = 1  # a job that has just ended may be listed late
        elif known.again and not due.owed:
            known.again -= 1
        known.unread = False
        for left, job in zip(range(len(jobs) - 1, -1, -1), jobs, strict=True):
            known.count = max(known.count, final - left)
            known.floor = _later(known.floor, ended(job))
            self._remember(due.id, job)
            yield of_recipe(job, due.id)
        known.count = final

    def _is_known(self, recipe_id: int, job: Job) -> bool:
        return _digest(recipe_id, job) in self._recent or (self._status is None and job.status == "pending")

    def _remember(self, recipe_id: int, job: Job) -> None:
        self._recent[_digest(recipe_id, job)] = None
        if len(self._recent) > REMEMBERED:
            del self._recent[next(iter(self._recent))]


class _NewJobs:
    """Reads the jobs of a recipe until it has all that are new.

    The list goes by start or by end, from newer to older ones: no source says which. By start, one that took long is
    behind others that ended before it.

    Args:
        owed: how many there are at least.
        low: when the first of them can have ended; None if that is not known.
        by_count: of those that began before the watch, only as many are new as the counter says.
        beginning: when the watch began, None if that is not known.
        longest: how long before ``low`` they can have started.
        is_known: whether a job was handed over.

    Attributes:
        doubtful: those that were found may be old ones in the place of others, which the list lacks.
        left_out: how many more there are; they ended after all that were found.
    """

    def __init__(
        self,
        owed: int,
        low: datetime | None,
        *,
        by_count: bool,
        beginning: datetime | None,
        longest: timedelta,
        is_known: Callable[[Job], bool],
    ) -> None:
        self._owed, self._low, self._by_count, self._longest = owed, low, by_count, longest
        self._beginning, self._is_known = beginning, is_known
        self._jobs: dict[str, Job] = {}
        self._pages = 0
        self.doubtful = False
        self.left_out = 0

    def keeps(self, job: Job) -> bool:
        return False

    def ends(self, jobs: Sequence[Job]) -> bool:
        self._pages += 1
        self._jobs.update((job.id, job) for job in jobs if not self._is_old(job) and not self._is_known(job))
        enough = sum(map(self._is_new, self._jobs.values())) + self.left_out >= self._owed or self._pages >= DEEP
        self._leave_out()
        if self._low is None:
            return enough and len(self._jobs) >= self._owed
        return enough and all_of_the_last(jobs, self._is_older)

    def found(self) -> Sequence[Job]:
        """Return the new jobs, those that ended first first."""
        jobs = sorted(self._jobs.values(), key=_order)
        perhaps = [job for job in jobs if not self._is_new(job)]
        if not perhaps:
            return jobs
        left = self._owed - (len(jobs) - len(perhaps)) - self.left_out
        self.doubtful = left > 0
        if left >= len(perhaps):
            return jobs
        low = ended(perhaps[-left]) if left > 0 else datetime.max.replace(tzinfo=UTC)
        low = low and earlier(low, OVERLAP)  # and those that ended about as late
        return [job for job in jobs if self._is_new(job) or low is None or (ended(job) or low) >= low]

    def _leave_out(self) -> None:
        """Keep the jobs that ended first, if they are too many."""
        if len(self._jobs) > 2 * HELD:
            new = sorted(filter(self._is_new, self._jobs.values()), key=_order)
            for job in new[HELD:]:
                del self._jobs[job.id]
                self.left_out += 1

    def _is_new(self, job: Job) -> bool:
        """Whether a job that was not handed over is new for certain."""
        if not self._by_count:
            return True
        return self._beginning is not None and job.started_at is not None and job.started_at > self._beginning

    def _is_old(self, job: Job) -> bool:
        end = ended(job)
        return self._low is not None and end is not None and end < self._low

    def _is_older(self, job: Job) -> bool:
        start = job.started_at or ended(job)
        low = self._low
        return self._is_old(job) and low is not None and start is not None and start < earlier(low, self._longest)


def _order(job: Job) -> tuple[bool, datetime, str]:
    end = ended(job)
    return end is None, end or datetime.min.replace(tzinfo=UTC), job.id


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    """Return the later of two times; one that is yet to come says nothing."""
    if other is None or other > datetime.now(UTC) + _DAY:
        return one
    return other if one is None else max(one, other)


def _digest(recipe_id: int, job: Job) -> int:
    return int.from_bytes(blake2b(f"{recipe_id} {job.id}".encode(), digest_size=6).digest())
