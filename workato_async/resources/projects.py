"""Projects and their deployments to other environments.

Source: "Projects" (docs: workato-api/projects, workato-api/folders) and the API overview's table of methods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

from workato_async.endpoint import PAGE, WHOLE, AnyEndpoint, Endpoint
from workato_async.model import Model, Moment
from workato_async.resources._base import Resource, given

if TYPE_CHECKING:
    from datetime import datetime

    from workato_async.pages import Pages


@attrs.frozen(kw_only=True)
class Project(Model):
    """A project: a top-level folder. Its ``id`` is the project's, ``folder_id`` that of the folder; they differ."""

    id: int
    description: str | None = None
    folder_id: int | None = None
    name: str | None = None


@attrs.frozen(kw_only=True)
class DeploymentAsset:
    """What a deployment does to one asset; ``state`` is ``"new"``, ``"updated"`` or ``"deleted"``."""

    id: int | None = None
    name: str | None = None
    type: str | None = None
    state: str | None = None
    folder: str | None = None


@attrs.frozen(kw_only=True)
class Deployment(Model):
    """A deployment of a project to an environment.

    ``state`` is ``"pending"``, ``"success"`` or ``"failed"``; ``detailed_state`` says more, e.g. ``"pending_review"``.
    ``project_id`` is text here, unlike on folders and recipes.
    """

    id: int
    project_id: str | None = None
    folder_id: int | None = None
    environment_type: str | None = None
    state: str | None = None
    detailed_state: str | None = None
    title: str | None = None
    description: str | None = None
    performed_by_name: str | None = None
    project_build_id: int | None = None
    assets: tuple[DeploymentAsset, ...] = ()
    created_at: Moment | None = None
    updated_at: Moment | None = None


LIST = Endpoint("projects.list", "GET", "/api/projects", Project, listing=PAGE, privilege="Projects: list")
DEPLOY = Endpoint("projects.deploy", "POST", "/api/projects/{id}/deploy", Deployment, privilege="Projects: deploy")
LIST_DEPLOYMENTS = Endpoint(
    "deployments.list",
    "GET",
    "/api/deployments",
    Deployment,
    wrapper="items",
    listing=WHOLE,
    privilege="Deployments: list",
)

ENDPOINTS: tuple[AnyEndpoint, ...] = (LIST, DEPLOY, LIST_DEPLOYMENTS)


class Projects(Resource):
    """Projects: ``workato.projects``."""

    __slots__ = ()

    def list(self, *, per_page: int | None = None) -> Pages[Project]:
        """List the projects. ``GET /api/projects``, 60 a minute, at most 100 a page.

        Args:
            per_page: projects a page, 1 to 100.
        """
        return self._pages(LIST, per_page=per_page)

    async def deploy(
        self,
        project_id: int | str,
        *,
        environment_type: str,
        title: str | None = None,
        description: str | None = None,
        include_tags: bool | None = None,
    ) -> Deployment:
        """Build a project and deploy it to an environment. ``POST /api/projects/{id}/deploy``. Not replay-safe.

        60 a minute; with a token of the DEV environment only. The answer comes before the work is done: look at the
        ``state`` of the same id in ``workato.deployments.list``.

        Args:
            project_id: the project's id, or ``f`` and its folder's id, e.g. ``"f660222"``.
            environment_type: where to, e.g. ``"test"`` or ``"prod"``.
            title: what the deployment is called.
            description: what it is for.
            include_tags: take the tags of its assets along.

        Raises:
            BadRequestError: if the workspace has no environments.
        """
        fields = given(title=title, description=description, include_tags=include_tags)
        return await self._call(DEPLOY, project_id, query={"environment_type": environment_type}, body=fields or None)


class Deployments(Resource):
    """Deployments of projects: ``workato.deployments``."""

    __slots__ = ()

    def list(
        self,
        *,
        project_id: int | str | None = None,
        folder_id: str | None = None,
        environment_type: str | None = None,
        state: Literal["pending", "success", "failed"] | None = None,
        from_: datetime | str | None = None,
        to: datetime | str | None = None,
    ) -> Pages[Deployment]:
        """List the deployments, in one page. ``GET /api/deployments``, 60 a minute.

        Args:
            project_id: deployments of this project only.
            folder_id: deployments of the project with this folder: ``f`` and the folder's id, e.g. ``"f660222"``.
            environment_type: deployments to this environment, e.g. ``"test"`` or ``"prod"``.
            state: deployments in this state only.
            from_: deployments from this moment on.
            to: deployments up to this moment.

        Raises:
            BadRequestError: if the workspace has no environments.
        """
        query = {
            "project_id": project_id,
            "folder_id": folder_id,
            "environment_type": environment_type,
            "state": state,
            "from": from_,
            "to": to,
        }
        return self._pages(LIST_DEPLOYMENTS, query=query)
