"""Test cases of recipes, and running them.

Source: "Test automation" (docs: workato-api/test-automation).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import attrs

from workato_async.arguments import id_of
from workato_async.base_model import AwareDatetime, Model, Part
from workato_async.endpoint import WHOLE, Endpoint, JsonObject
from workato_async.errors import ConfigurationError
from workato_async.operations import WAIT_TIMEOUT, Operation
from workato_async.resources._base import Resource, polled, without_none

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from workato_async.operations import Polled
    from workato_async.pages import Pages
    from workato_async.resources.export_manifests import ExportManifest
    from workato_async.resources.folders import Folder
    from workato_async.resources.projects.models import Project
    from workato_async.resources.recipes.models import Recipe


@attrs.frozen(kw_only=True)
class TestCase(Model):
    """A test case. Its id is text such as ``"citc-…"``."""

    __test__ = False  # pytest would take it for a test class

    id: str
    name: str | None = None


@attrs.frozen(kw_only=True)
class TestedRecipe(Part):
    """The recipe that was tested."""

    __test__ = False

    id: int | None = None
    name: str | None = None


@attrs.frozen(kw_only=True)
class TestedCase(Part):
    """The test case that was run."""

    __test__ = False

    id: str | None = None
    name: str | None = None


@attrs.frozen(kw_only=True)
class TestedJob(Part):
    """The job that ran a test case."""

    __test__ = False

    id: str | None = None


@attrs.frozen(kw_only=True)
class TestResult(Part):
    """The outcome of one test case."""

    __test__ = False

    recipe: TestedRecipe | None = None
    test_case: TestedCase | None = None
    job: TestedJob | None = None
    status: str | None = None

    @property
    def passed(self) -> bool:
        """Whether the test succeeded; False if its status is not known."""
        return self.status in _PASSED


_PASSED = ("succeeded", "success", "passed")
"""The documentation does not list what the status of a test case can be; that of a job is ``"succeeded"``."""


@attrs.frozen(kw_only=True)
class TestCoverage(Part):
    """How much of the recipes was run."""

    __test__ = False

    value: float | None = None


@attrs.frozen(kw_only=True)
class TestRun(Model):
    """A run of test cases. Its id is text such as ``"cirr-…"``.

    ``status`` is ``"running"`` or ``"completed"``, whether or not its tests passed: that is in ``results``.
    ``coverage`` is set once it is completed.
    """

    __test__ = False

    id: str
    status: str | None = None
    user: JsonObject | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None
    results: tuple[TestResult, ...] = ()
    coverage: TestCoverage | None = None


RUN = Endpoint("test_cases.run", "POST", "/api/test_cases/run_requests", TestRun, wrapper="data")
RUN_GET = Endpoint("test_cases.run_get", "GET", "/api/test_cases/run_requests/{id}", TestRun, wrapper="data")
LIST = Endpoint(
    "test_cases.list", "GET", "/api/recipes/{recipe_id}/test_cases", TestCase, wrapper="data", listing=WHOLE
)


class TestCases(Resource):
    """Test cases of recipes: ``workato.test_cases``."""

    __test__ = False
    __slots__ = ()

    def run(
        self,
        *,
        manifest_id: int | ExportManifest | None = None,
        project_id: int | Project | None = None,
        folder_id: int | Folder | None = None,
        recipe_id: int | Recipe | None = None,
        test_case_ids: Sequence[str | TestCase] | None = None,
    ) -> Operation[TestRun]:
        """Run test cases. ``POST /api/test_cases/run_requests``, 60 a minute. Not idempotent.

        ``await`` starts it, ``.wait()`` waits for it to finish. Failing tests are not an error: check ``results``.

        Args:
            manifest_id: the test cases of all recipes in this export manifest.
            project_id: those of all recipes in this project.
            folder_id: those of all recipes in this folder.
            recipe_id: those of this recipe.
            test_case_ids: these test cases, at most 500.

        Raises:
            ConfigurationError: unless exactly one of the five is given.
        """
        fields = without_none(
            manifest_id=manifest_id,
            project_id=project_id,
            folder_id=folder_id,
            recipe_id=recipe_id,
            test_case_ids=test_case_ids,
        )
        if len(fields) != 1:
            raise ConfigurationError(
                "pass exactly one of manifest_id, project_id, folder_id, recipe_id and "
                f"test_case_ids, not {len(fields)}"
            )
        (selector,) = fields
        started_by = polled(self._caller, RUN)
        return self._running(lambda: self._call(RUN, body=fields), f"the test run by {selector}", started_by)

    async def run_get(self, run_id: str | TestRun) -> TestRun:
        """Get the state of a run. ``GET /api/test_cases/run_requests/{id}``, 60 a minute."""
        return await self._call(RUN_GET, run_id)

    async def wait(
        self,
        run_id: str | TestRun,
        *,
        timeout: float = WAIT_TIMEOUT,
        on_progress: Callable[[TestRun], object] | None = None,
    ) -> TestRun:
        """Wait for a run to end, even if another process started it.

        Each poll is a call of ``run_get``.

        Args:
            run_id: the run.
            timeout: seconds to wait.
            on_progress: called with every state, including the first and the last.

        Raises:
            WaitTimeoutError: if it did not end in time; it may still do so.
        """
        run = cast("str", id_of(run_id, "run_id"))
        operation = self._running(lambda: self.run_get(run), f"test run {run}", polled(self._caller, RUN_GET, run))
        return await operation.wait(timeout=timeout, on_progress=on_progress)

    def list(self, recipe_id: int | Recipe) -> Pages[TestCase]:
        """List the test cases of a recipe, in one page. ``GET /api/recipes/{recipe_id}/test_cases``, 60 a minute."""
        return self._pages(LIST, recipe_id)

    def _running(self, start: Callable[[], Awaitable[TestRun]], what: str, started_by: Polled) -> Operation[TestRun]:
        return Operation(
            start,
            self.run_get,
            ended=lambda run: run.status == "completed",
            failed=lambda _: "",  # a run with failing tests has still succeeded
            what=what,
            polled=lambda run: polled(self._caller, RUN_GET, run),
            started_by=started_by,
        )
