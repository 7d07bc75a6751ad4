"""Builds of projects: packages that can be downloaded and deployed.

Source: "Projects" (docs: workato-api/projects).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async._files import MAX_DOWNLOAD, FileSink, check_zip
from workato_async.arguments import id_of
from workato_async.endpoint import Endpoint
from workato_async.operations import WAIT_TIMEOUT, Operation
from workato_async.resources._base import Resource, polled, without_none
from workato_async.resources.projects.deployments import deploying
from workato_async.resources.projects.models import Deployment, ProjectBuild

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from os import PathLike
    from pathlib import Path

    from workato_async.calls.caller import Caller
    from workato_async.operations import Polled


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

    async def wait(
        self,
        build_id: int | ProjectBuild,
        *,
        timeout: float = WAIT_TIMEOUT,
        on_progress: Callable[[ProjectBuild], object] | None = None,
    ) -> ProjectBuild:
        """Wait for a build to end, even if another process started it.

        Each poll is a call of ``get``.

        Args:
            build_id: the build.
            timeout: seconds to wait.
            on_progress: called with every state, including the first and the last.

        Raises:
            OperationFailedError: if the build failed.
            WaitTimeoutError: if it did not end in time; it may still do so.
        """
        build = id_of(build_id, "build_id")
        operation = building(
            lambda: self._call(GET, build), self._caller, f"build {build}", polled(self._caller, GET, build)
        )
        return await operation.wait(timeout=timeout, on_progress=on_progress)

    async def download(
        self, build_id: int | ProjectBuild, path: str | PathLike[str], *, max_bytes: int = MAX_DOWNLOAD
    ) -> Path:
        """Download the package of a build that succeeded.

        A call of ``get`` says where it is. It is checked and moved into place as in ``workato.packages.download``.
        Nothing that identifies you is sent to the host that stores it.

        Args:
            build_id: the build.
            path: the file to write; an existing one is replaced.
            max_bytes: the largest file that is accepted.

        Returns:
            The path of the file.

        Raises:
            InvalidResponseError: if the build has no package, or the package is not an intact zip file or is larger
                than ``max_bytes``.
            ConfigurationError: if the file cannot be written.
        """
        async with FileSink(path, max_bytes=max_bytes) as sink:
            await self._save(sink, GET, build_id, link="download_url")
            await check_zip(sink.temporary, what="the package of a build")
            return await sink.commit()

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


def building(
    start: Callable[[], Awaitable[ProjectBuild]], caller: Caller, what: str, started_by: Polled
) -> Operation[ProjectBuild]:
    """Return the operation of a call that starts a build."""
    return Operation(
        start,
        ProjectBuilds(caller).get,
        ended=lambda build: build.state in ("success", "failed"),
        failed=lambda build: "no reason given" if build.state == "failed" else "",
        what=what,
        polled=lambda build: polled(caller, GET, build),
        started_by=started_by,
    )
