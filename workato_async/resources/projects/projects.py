"""Projects: building them and deploying them to other environments.

Source: "Projects" (docs: workato-api/projects, workato-api/folders) and the API overview's table of methods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async._unset import UNSET
from workato_async.arguments import id_of
from workato_async.endpoint import PAGE, Endpoint
from workato_async.operations import Operation
from workato_async.resources._base import Resource, changes, polled, without_none
from workato_async.resources.projects.builds import GET as GET_BUILD
from workato_async.resources.projects.builds import ProjectBuilds
from workato_async.resources.projects.deployments import deploying
from workato_async.resources.projects.models import Deployment, Project, ProjectBuild

if TYPE_CHECKING:
    from workato_async._unset import Unset
    from workato_async.pages import Pages


LIST = Endpoint("projects.list", "GET", "/api/projects", Project, listing=PAGE)
UPDATE = Endpoint("projects.update", "PUT", "/api/projects/{project_id}", Project)
DELETE = Endpoint[None]("projects.delete", "DELETE", "/api/projects/{project_id}")
DEPLOY = Endpoint("projects.deploy", "POST", "/api/projects/{id}/deploy", Deployment)
BUILD = Endpoint("projects.build", "POST", "/api/projects/{id}/build", ProjectBuild)


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
        return Operation(
            lambda: self._call(BUILD, project, body=fields or None),
            ProjectBuilds(self._caller).get,
            ended=lambda build: build.state in ("success", "failed"),
            failed=lambda build: "no reason given" if build.state == "failed" else "",
            what=f"the build of project {project}",
            polled=lambda build: polled(self._caller, GET_BUILD, build),
            started_by=polled(self._caller, BUILD, project),
        )
