"""Projects: building them and deploying them to other environments.

Source: "Projects" (docs: workato-api/projects, workato-api/folders) and the API overview's table of methods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async._unset import UNSET
from workato_async.arguments import id_of
from workato_async.endpoint import PAGE, Endpoint
from workato_async.resources._base import Resource, changes, polled, without_none
from workato_async.resources.projects.builds import building
from workato_async.resources.projects.deployments import deploying
from workato_async.resources.projects.models import Deployment, Project, ProjectBuild
from workato_async.resources.transfers import LARGEST_PACKAGE

if TYPE_CHECKING:
    from collections.abc import Callable

    from workato_async._unset import Unset
    from workato_async.operations import Operation
    from workato_async.pages import Pages
    from workato_async.resources.projects.promotion import PromoteReport
    from workato_async.resources.transfers import Target


LIST = Endpoint("projects.list", "GET", "/api/projects", Project, listing=PAGE)
UPDATE = Endpoint("projects.update", "PUT", "/api/projects/{project_id}", Project)
DELETE = Endpoint[None]("projects.delete", "DELETE", "/api/projects/{project_id}")
DEPLOY = Endpoint("projects.deploy", "POST", "/api/projects/{id}/deploy", Deployment)
BUILD = Endpoint("projects.build", "POST", "/api/projects/{id}/build", ProjectBuild)

PROMOTE_TIMEOUT = 1800.0
"""Seconds to wait for each step of a promotion by default."""


class Projects(Resource):
    """Projects: ``workato.projects``. A new one is a folder without a parent: ``workato.folders.create``."""

    __slots__ = ()

    def list(self, *, per_page: int | None = None) -> Pages[Project]:
        """List the projects. ``GET /api/projects``, 60 a minute, at most 100 per page.

        Args:
            per_page: projects per page, 1 to 100.
        """
        return self._pages(LIST, per_page=per_page)

    async def update(
        self, project_id: int | Project, *, name: str | Unset | None = UNSET, description: str | Unset | None = UNSET
    ) -> Project:
        """Update the name or the description of a project. ``PUT /api/projects/{project_id}``, 60 a minute. Idempotent.

        Args:
            project_id: the project.
            name: its name, without slashes or backslashes.
            description: what it is for.
        """
        return await self._call(UPDATE, project_id, body=changes(UPDATE, name=name, description=description))

    async def delete(self, project_id: int | Project) -> None:
        """Delete a project and everything in it permanently.

        ``DELETE /api/projects/{project_id}``, 60 a minute. Idempotent.

        Args:
            project_id: the project's own id, not that of its folder.

        Raises:
            PermissionDeniedError: if it cannot be deleted.
        """
        await self._call(DELETE, project_id)

    def deploy(
        self,
        project_id: int | str | Project,
        *,
        environment_type: str,
        title: str | None = None,
        description: str | None = None,
        include_tags: bool | None = None,
    ) -> Operation[Deployment]:
        """Build a project and deploy it to an environment.

        ``POST /api/projects/{id}/deploy``, 60 a minute. Not idempotent. Only with a token of the DEV environment.
        ``await`` starts it, ``.wait()`` waits for it to finish. If deployments must be reviewed, that can take days:
        give ``.wait()`` a long timeout, or check ``workato.deployments.get`` later.

        Args:
            project_id: the project's id, or ``f`` and its folder's id, e.g. ``"f660222"``.
            environment_type: the target, e.g. ``"test"`` or ``"prod"``.
            title: what the deployment is called.
            description: what it is for.
            include_tags: include the tags of its assets.

        Raises:
            BadRequestError: if the workspace has no environments.
        """
        project, query = id_of(project_id, "project_id"), {"environment_type": environment_type}
        fields = without_none(title=title, description=description, include_tags=include_tags) or None
        return deploying(
            lambda: self._call(DEPLOY, project, query=query, body=fields),
            self._caller,
            f"the deployment of project {project} to {environment_type}",
            polled(self._caller, DEPLOY, project),
        )

    def build(
        self,
        project_id: int | str | Project,
        *,
        description: str | None = None,
        include_tags: bool | None = None,
        include_test_cases: bool | None = None,
    ) -> Operation[ProjectBuild]:
        """Build a project without deploying it. ``POST /api/projects/{id}/build``, 60 a minute. Not idempotent.

        Only with a token of the DEV environment. ``await`` starts it, ``.wait()`` waits for it to finish;
        ``workato.project_builds.deploy`` deploys the result.

        Args:
            project_id: the project's id, or ``f`` and its folder's id, e.g. ``"f660222"``.
            description: what it is for.
            include_tags: include the tags of its assets.
            include_test_cases: include its test cases; known from older documentation.

        Raises:
            BadRequestError: if the workspace has no environments.
        """
        project = id_of(project_id, "project_id")
        fields = without_none(description=description, include_tags=include_tags, include_test_cases=include_test_cases)
        return building(
            lambda: self._call(BUILD, project, body=fields or None),
            self._caller,
            f"the build of project {project}",
            polled(self._caller, BUILD, project),
        )

    async def promote(
        self,
        project_id: int | str | Project,
        *,
        to: str,
        build: int | ProjectBuild | None = None,
        deployment: int | Deployment | None = None,
        title: str | None = None,
        description: str | None = None,
        include_tags: bool | None = None,
        run_tests: bool = False,
        require_tests: bool = False,
        target: Target | None = None,
        max_bytes: int | None = LARGEST_PACKAGE,
        max_wait: float | None = None,
        timeout: float = PROMOTE_TIMEOUT,
        on_progress: Callable[[PromoteReport], object] | None = None,
    ) -> PromoteReport:
        """Build a project, test it, deploy the build to another environment, and report what became of it.

        Not idempotent, but a build is deployed to an environment only once: if the response to the deployment is lost,
        or ``build`` is given, the deployments are searched for it first. A failed test, build or deployment and a
        pending review are not errors: check ``ok`` of the report. If it is cancelled or fails, the exception says what
        was started and how to continue; a cancellation also logs that as a warning.

        Only with a token of the DEV environment; the tests run there, on the recipes as they are. Workato requires 15
        minutes between two imports into one environment: before it deploys, this waits until they have passed, as long
        as ``max_wait`` allows.

        Args:
            project_id: the project's id, or ``f`` and its folder's id, e.g. ``"f660222"``.
            to: the environment to deploy to, e.g. ``"test"`` or ``"prod"``.
            build: continue with this build of the project, instead of making one.
            deployment: continue with this deployment of the project: wait for it, or deploy it if a review has approved
                it.
            title: what the deployment is called.
            description: what it is for.
            include_tags: include the tags of the project's assets.
            run_tests: run the project's test cases, and do not deploy if one fails.
            require_tests: the same, but also do not deploy if there are no test cases.
            target: a session with a token of the other environment, to check it for recipes that did not restart,
                connections without authorization, and missing properties.
            max_bytes: the largest package that is deployed; the build is fetched to find out its size. Workato's limit
                is 30 MB. None skips this check.
            max_wait: seconds to wait at most until the next import is permitted; None for as long as it takes, 0 to
                raise at once, before anything is built.
            timeout: seconds to wait for the build, for the tests and for the deployment, each.
            on_progress: called with the report so far whenever it changes.

        Raises:
            ConfigurationError: if ``build`` or ``deployment`` belongs to another project, or is for another
                environment.
            BadRequestError: if the workspace has no environments; see ``workato.packages.copy``.
            QuotaWaitError: if the last import was too recent.
            OutcomeUnknownError: if it is not known whether it was deployed, or what became of the deployment.
            WaitTimeoutError: if a step did not end in time; it may still do so.
        """
        from workato_async.resources.projects.promotion import Promotion

        promotion = Promotion(
            self._caller,
            project=id_of(project_id, "project_id"),
            projects=self,
            make=lambda: self.build(
                project_id,
                description=description,
                include_tags=include_tags,
                include_test_cases=True if run_tests or require_tests else None,
            ),
            to=to,
            about={"title": title, "description": description, "include_tags": include_tags},
            tests="required" if require_tests else "run" if run_tests else "",
            target=target,
            max_bytes=max_bytes,
            max_wait=max_wait,
            timeout=timeout,
            on_progress=on_progress,
        )
        return await promotion.run(
            build=None if build is None else id_of(build, "build"),
            deployment=None if deployment is None else id_of(deployment, "deployment"),
        )
