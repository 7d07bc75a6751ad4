"""Builds of projects: packages that can be downloaded and deployed.

Source: "Projects" (docs: workato-api/projects).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.arguments import id_of
from workato_async.endpoint import Endpoint
from workato_async.resources._base import Resource, polled, without_none
from workato_async.resources.projects.deployments import deploying
from workato_async.resources.projects.models import Deployment, ProjectBuild

if TYPE_CHECKING:
    from workato_async.operations import Operation


GET = Endpoint("project_builds.get", "GET", "/api/project_builds/{id}", ProjectBuild)
DEPLOY = Endpoint("project_builds.deploy", "POST", "/api/project_builds/{id}/deploy", Deployment)


class ProjectBuilds(Resource):
    """Builds of projects: ``workato.project_builds``. ``workato.projects.build`` makes them."""

    __slots__ = ()

    async def get(self, build_id: int | ProjectBuild) -> ProjectBuild:
        """Get one build. ``GET /api/project_builds/{id}``, 60 a minute.

        Raises:
            BadRequestError: if the workspace has no environments.
        """
        return await self._call(GET, build_id)

    def deploy(
        self,
        build_id: int | ProjectBuild,
        *,
        environment_type: str,
        title: str | None = None,
        description: str | None = None,
        include_tags: bool | None = None,
    ) -> Operation[Deployment]:
        """Deploy a build that succeeded. ``POST /api/project_builds/{id}/deploy``, 60 a minute. Not idempotent.

        Only with a token of the DEV environment. ``await`` starts it, ``.wait()`` waits for it to finish.

        Args:
            build_id: the build.
            environment_type: the target, e.g. ``"test"`` or ``"prod"``.
            title: what the deployment is called.
            description: what it is for.
            include_tags: include the tags of its assets.

        Raises:
            BadRequestError: if the workspace has no environments.
        """
        build, query = id_of(build_id, "build_id"), {"environment_type": environment_type}
        fields = without_none(title=title, description=description, include_tags=include_tags) or None
        return deploying(
            lambda: self._call(DEPLOY, build, query=query, body=fields),
            self._caller,
            f"the deployment of build {build} to {environment_type}",
            polled(self._caller, DEPLOY, build),
        )
