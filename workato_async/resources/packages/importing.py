"""One import: started in its turn, waited for, checked. Called by ``workato.packages.import_and_check``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import attrs

from workato_async._checks import require_listener, require_seconds
from workato_async.errors import (
    OperationFailedError,
    OutcomeUnknownError,
    WorkatoError,
    is_retryable,
)
from workato_async.resources.connections import Connections
from workato_async.resources.packages.models import ImportReport, Package
from workato_async.resources.recipes import Recipes
from workato_async.resources.transfers import (
    RecipeNotRestarted,
    ToDo,
    in_turn,
    logger,
    recipes_inside,
    unauthorized,
    unread,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from workato_async.calls.caller import Caller
    from workato_async.operations import Operation
    from workato_async.resources.recipes.models import Recipe

_RUNS = ("restarted", "no_update_or_updated_without_restart", "no_update_or_update_without_restart")
"""Results of an import after which a recipe is in the state in which it was before."""


class PackageImport:
    """One import; the arguments are those of ``Packages.import_and_check``."""

    def __init__(
        self,
        caller: Caller,
        folder: int,
        *,
        max_wait: float | None,
        timeout: float,
        on_progress: Callable[[ImportReport], object] | None,
    ) -> None:
        require_seconds("max_wait", max_wait, zero=True, none=True)
        require_seconds("timeout", timeout)
        require_listener("on_progress", on_progress, "a report", none=True)
        self._caller = caller
        self._max_wait = max_wait
        self._timeout = timeout
        self._on_progress = on_progress
        self._clock = asyncio.get_running_loop().time
        self._report = ImportReport(folder=folder, ok=False)

    async def run(self, make: Callable[[], Operation[Package]]) -> ImportReport:
        """Import and report.

        Args:
            make: returns an import that was not started.
        """
        begun = self._clock()
        try:
            await self._import(make)
        except BaseException as error:
            self._explain(error)
            package = self._report.package
            if package is not None and isinstance(error, Exception) and is_retryable(error):
                raise OutcomeUnknownError(
                    f"import {package.id} was started, and its end is not known: {error}", advice=self._how_to_go_on()
                ) from error
            raise
        ok = not self._report.problem and not self._report.not_restarted
        self._tell(ok=ok, seconds=round(self._clock() - begun, 3))
        return self._report

    async def _import(self, make: Callable[[], Operation[Package]]) -> None:
        operations: list[Operation[Package]] = []

        async def start() -> Package:
            operations.append(make())
            return await operations[-1]

        where = f"the environment of folder {self._report.folder}"
        first = await in_turn(
            start, where, max_wait=self._max_wait, on_wait=lambda until: self._tell(waiting_until=until)
        )
        self._tell(package=first, waiting_until=None)
        try:
            await operations[-1].wait(timeout=self._timeout, on_progress=lambda now: self._tell(package=now))
        except OperationFailedError as error:
            self._tell(problem=error.reason)
        else:
            try:
                await self._look()
            except WorkatoError as error:  # it is imported nevertheless
                self._tell(to_do=(*self._report.to_do, unread(f"folder {self._report.folder}", error)))

    async def _look(self) -> None:
        """Find out what a person must still do."""
        self._tell(not_restarted=self._not_restarted({}))  # known without another request
        recipes = await recipes_inside(Recipes(self._caller), int(self._report.folder))
        not_restarted = self._not_restarted(recipes)
        to_do = [
            ToDo(kind="recipe", id=one.id, name=one.name, text=str(one.import_result).replace("_", " "))
            for one in not_restarted
        ]
        folders = {int(self._report.folder), *(recipe.folder_id for recipe in recipes.values())}
        to_do += await unauthorized(Connections(self._caller), recipes.values(), folders)
        self._tell(not_restarted=not_restarted, to_do=tuple(to_do))

    def _not_restarted(self, recipes: Mapping[int, Recipe]) -> tuple[RecipeNotRestarted, ...]:
        package = self._report.package
        names: dict[int | None, str | None] = {recipe.id: recipe.name for recipe in recipes.values()}
        return tuple(
            RecipeNotRestarted(
                id=one.id,
                name=names.get(one.id),
                import_result=one.import_result,
            )
            for one in (package.recipe_status if package else ())
            if one.import_result not in _RUNS
        )

    def _tell(self, **changes: Any) -> None:
        report = attrs.evolve(self._report, **changes)
        if report != self._report:
            self._report = report
            if self._on_progress is not None:
                self._on_progress(report)

    def _explain(self, error: BaseException) -> None:
        """Add to an error what was started and how to go on."""
        text = self._how_to_go_on()
        if isinstance(error, WorkatoError):
            error.advice = f"{error.advice} {text}".strip()
        elif text:
            error.add_note(text)
            logger.warning("the import into folder %s was interrupted. %s", self._report.folder, text)

    def _how_to_go_on(self) -> str:
        package = self._report.package
        if package is None:
            return ""
        return f"Import {package.id} continues at Workato: workato.packages.wait({package.id}) waits for it."
