"""The failed jobs of a whole workspace, although jobs are listed by recipe."""

from __future__ import annotations

from collections import Counter
from contextlib import AsyncExitStack, aclosing
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

import attrs

from workato_async.arguments import plain
from workato_async.errors import (
    AuthenticationError,
    ConfigurationError,
    IncompleteListError,
    InvalidResponseError,
    PermissionDeniedError,
    WorkatoError,
)
from workato_async.fan_out import fan_out
from workato_async.resources.jobs.cuts import EndedSince, earlier

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Mapping, Sequence

    from workato_async.pages import Cut, Page, Pages
    from workato_async.resources.jobs.models import Job
    from workato_async.resources.recipes.models import Recipe

    ListJobs = Callable[[int, Cut[Job]], Pages[Job]]
    """Lists the jobs of a recipe."""

NAMED = 10
"""Recipes whose errors the text of an error quotes; of the others it has the ids."""
CONCURRENCY = 16
"""Recipes whose jobs are requested at the same time."""


class FailedJobs:
    """The failed jobs of a workspace: ``async for job in …``, or ``await …`` for a list.

    Nothing is sent before you iterate over it, and every iteration starts from the beginning.
    """

    def __init__(
        self,
        recipes: Callable[[], Pages[Recipe]],
        list_jobs: ListJobs,
        cut: EndedSince,
        given: Sequence[int] | None,
    ) -> None:
        self._given = given
        self._recipes: dict[int, Recipe] = {}
        self._list_recipes = recipes
        self._list_jobs = list_jobs
        self._cut = cut

    async def __aiter__(self) -> AsyncGenerator[Job, None]:
        missing = _Missing()
        self._recipes.clear()
        async with (
            AsyncExitStack() as lists,
            fan_out(
                lambda recipe_id: self._begin(recipe_id, lists), self._active(missing), concurrency=CONCURRENCY
            ) as outcomes,
        ):
            async for outcome in outcomes:
                recipe_id = outcome.item
                try:
                    page, rest = outcome.unwrap()
                    missing.has_read = True
                    while page is not None:
                        missing.note_unreadable(recipe_id, page)
                        for job in page.items:
                            yield of_recipe(job, recipe_id)
                        page = await anext(rest, None)
                except (ConfigurationError, AuthenticationError):  # every other recipe would fail in the same way
                    raise
                except WorkatoError as error:
                    missing.errors[recipe_id] = error
                    if len(missing.errors) == CONCURRENCY:
                        missing.raise_if_denied()
        missing.raise_if_any()

    @property
    def recipes(self) -> Mapping[int, Recipe]:
        """The active recipes that the last iteration has found so far, by id; empty if the recipes were given."""
        return self._recipes

    def __await__(self) -> Generator[Any, None, list[Job]]:
        """Fetch all of them into a list: ``await failed`` is ``await failed.collect()``."""
        return self.collect().__await__()

    async def collect(self, *, limit: int | None = None) -> list[Job]:
        """Fetch the jobs into a list.

        Args:
            limit: the largest number of jobs, None for all.

        Raises:
            ConfigurationError: if ``limit`` is negative, or not a whole number.
            IncompleteListError: if the jobs of some recipes could not be listed; its ``items`` are those of the others.
        """
        limit = cast("int | None", plain(limit))
        if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 0):
            raise ConfigurationError(f"limit must be a whole number of at least 0, not {limit!r}")
        found: list[Job] = []
        if limit == 0:
            return found
        try:
            async with aclosing(aiter(self)) as jobs:
                async for job in jobs:
                    found.append(job)
                    if len(found) == limit:
                        break
        except IncompleteListError as error:
            error.items = tuple(found)
            raise
        return found

    def __repr__(self) -> str:
        return f"<FailedJobs since {self._cut.time.isoformat()}>"

    async def _active(self, missing: _Missing) -> AsyncGenerator[int, None]:
        """Iterate over the ids of recipes that may have failed jobs since then, as their counters and times say.

        Whatever is not known counts as activity. The last start alone does not prove that nothing failed: a job that
        started earlier may have failed since.
        """
        for recipe_id in self._given or ():
            yield recipe_id
        if self._given is not None:
            return
        start = earlier(self._cut.time, self._cut.longest)
        async with aclosing(self._list_recipes().pages()) as pages:
            async for page in pages:
                missing.recipes += len(page.unreadable)
                for recipe in page.items:
                    last = recipe.last_job_started_at
                    if recipe.job_failed_count != 0 and (last is None or last >= start):
                        self._recipes[recipe.id] = recipe
                        yield recipe.id

    async def _begin(self, recipe_id: int, lists: AsyncExitStack) -> tuple[Page[Job] | None, AsyncIterator[Page[Job]]]:
        """Fetch the first page of a recipe's jobs, and return it with the iteration over the others."""
        pages = self._list_jobs(recipe_id, self._cut).pages()
        lists.push_async_callback(pages.aclose)
        return await anext(pages, None), pages


def of_recipe(job: Job, recipe_id: int) -> Job:
    """Return a job that knows its recipe."""
    return job if job.recipe_id is not None else attrs.evolve(job, recipe_id=recipe_id)


class _Missing:
    """What an iteration could not read.

    Attributes:
        errors: by recipe id.
        recipes: how many recipes of the list cannot be read.
        has_read: whether the jobs of any recipe could be listed.
    """

    def __init__(self) -> None:
        self.errors: dict[int, WorkatoError] = {}
        self.recipes = 0
        self.has_read = False
        self._unreadable: Counter[int] = Counter()

    def note_unreadable(self, recipe_id: int, page: Page[Job]) -> None:
        """Record the jobs of a page that cannot be read."""
        if page.unreadable:
            self._unreadable[recipe_id] += len(page.unreadable)
            number = self._unreadable[recipe_id]
            self.errors[recipe_id] = InvalidResponseError(f"{number:,} job{'s' * (number > 1)} cannot be read")

    def raise_if_denied(self) -> None:
        """Raise the first error if the token may list no jobs at all: each recipe costs a request to say so.

        Raises:
            PermissionDeniedError: that one.
        """
        errors = [*self.errors.values()]
        if errors and not self.has_read and all(isinstance(error, PermissionDeniedError) for error in errors):
            raise errors[0]

    def raise_if_any(self) -> None:
        """Raise an error that names the recipes, if anything is missing.

        Raises:
            IncompleteListError: that one.
            PermissionDeniedError: if the token may list no jobs at all.
        """
        self.raise_if_denied()
        if not self.errors and not self.recipes:
            return
        parts = [f"recipe {recipe_id} ({error})" for recipe_id, error in islice(self.errors.items(), NAMED)]
        if len(self.errors) > NAMED:
            more = islice(self.errors, NAMED, None)
            parts.append(f"recipes {', '.join(map(str, more))}")
        if self.recipes:
            entries = "1 entry" if self.recipes == 1 else f"{self.recipes:,} entries"
            parts.append(f"{entries} of the list of recipes that cannot be read")
        raise IncompleteListError(
            f"the failed jobs of these are missing: {'; '.join(parts)}",
            errors=self.errors,
            unreadable=self.recipes,
            advice="All others were listed. List these again later.",
        )
