"""Test cases of recipes, and running them.

Source: "Test automation" (docs: workato-api/test-automation).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from workato_async.base_model import AwareDatetime, Model, Part
from workato_async.endpoint import WHOLE, Endpoint, JsonObject
from workato_async.errors import ConfigurationError
from workato_async.operations import Operation
from workato_async.resources._base import Resource, polled, without_none

if TYPE_CHECKING:
    from collections.abc import Sequence

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

    id: int | None = None
    name: str | None = None


@attrs.frozen(kw_only=True)
class TestedCase(Part):
    """The test case that was run."""

    id: str | None = None
    name: str | None = None


@attrs.frozen(kw_only=True)
class TestedJob(Part):
    """The job that ran a test case."""

    id: str | None = None


@attrs.frozen(kw_only=True)
class TestResult(Part):
    """The outcome of one test case."""

    __test__ = False

    recipe: TestedRecipe | None = None
    test_case: TestedCase | None = None
    job: TestedJob | None = None
    status: str | None = None


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
            manifest_id: run those of all recipes in this export manifest; or
            project_id: of all recipes in this project; or
            folder_id: of all recipes in this folder; or
            recipe_id: of this recipe; or
            test_case_ids: these, at most 500.

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
        return Operation(
            lambda: self._call(RUN, body=fields),
            self.run_get,
            ended=lambda run: run.status == "completed",
            failed=lambda _: "",  # a run with failing tests has still succeeded
            what=f"the test run by {selector}",
            polled=lambda run: polled(self._caller, RUN_GET, run),
            started_by=polled(self._caller, RUN),
        )

    async def run_get(self, run_id: str | TestRun) -> TestRun:
        """Get the state of a run. ``GET /api/test_cases/run_requests/{id}``, 60 a minute."""
        return await self._call(RUN_GET, run_id)

    def list(self, recipe_id: int | Recipe) -> Pages[TestCase]:
        """List the test cases of a recipe, in one page. ``GET /api/recipes/{recipe_id}/test_cases``, 60 a minute."""
        return self._pages(LIST, recipe_id)
