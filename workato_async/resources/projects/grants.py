"""Project grants: which collaborator or group has which role in a project.

Source: "Project grants" (docs: workato-api/project-grants).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workato_async.arguments import id_of
from workato_async.endpoint import PAGE_NUMBER, WHOLE_IN_BODY, Endpoint
from workato_async.resources._base import Resource
from workato_async.resources.projects.models import (
    ProjectGrant,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workato_async.pages import Pages
    from workato_async.resources.projects.models import Project, ProjectRole


_OF_A_PROJECT = "/api/projects/{id}/project_grants"
LIST = Endpoint("project_grants.list", "GET", _OF_A_PROJECT, ProjectGrant, wrapper="data", listing=PAGE_NUMBER)
SET = Endpoint("project_grants.set", "PUT", _OF_A_PROJECT, ProjectGrant, wrapper="data", listing=WHOLE_IN_BODY)
GET = Endpoint("project_grants.get", "GET", "/api/project_grants/{id}", ProjectGrant, wrapper="data")
UPDATE = Endpoint("project_grants.update", "PUT", "/api/project_grants/{id}", ProjectGrant, wrapper="data")
DELETE = Endpoint[None]("project_grants.delete", "DELETE", "/api/project_grants/{id}")


class ProjectGrants(Resource):
    """Roles in projects: ``workato.project_grants``.

    A client can only grant in the environment and the projects that it can reach itself.
    """

    __slots__ = ()

    def list(self, project_id: int | Project, *, per_page: int | None = None) -> Pages[ProjectGrant]:
        """List the grants of a project. ``GET /api/projects/{id}/project_grants``, 60 a minute, at most 100 per page.

        Args:
            project_id: the project.
            per_page: grants per page, 1 to 100.
        """
        return self._pages(LIST, project_id, per_page=per_page)

    async def set(
        self, project_id: int | Project, *, project_grants: Sequence[Mapping[str, Any]]
    ) -> Sequence[ProjectGrant]:
        """Add grants to a project or change existing ones.

        ``PUT /api/projects/{id}/project_grants``, 60 a minute. Idempotent.

        The name of the parameter and the keys of its entries are not confirmed by any source.

        Args:
            project_id: the project.
            project_grants: mappings, each of which pairs a collaborator or a group with a project role.
        """
        return await self._pages(SET, project_id, query={"project_grants": project_grants}).collect()

    async def get(self, grant_id: str | ProjectGrant) -> ProjectGrant:
        """Get a grant. ``GET /api/project_grants/{id}``, 60 a minute."""
        return await self._call(GET, grant_id)

    async def update(self, grant_id: str | ProjectGrant, *, project_role_id: str | ProjectRole) -> ProjectGrant:
        """Update the role of a grant. ``PUT /api/project_grants/{id}``, 60 a minute. Idempotent.

        Args:
            grant_id: the grant.
            project_role_id: the new role, text such as ``"pr-…"``; the parameter's name is not confirmed.
        """
        return await self._call(UPDATE, grant_id, body={"project_role_id": id_of(project_role_id, "project_role_id")})

    async def delete(self, grant_id: str | ProjectGrant) -> None:
        """Delete a grant. ``DELETE /api/project_grants/{id}``, 60 a minute. Idempotent."""
        await self._call(DELETE, grant_id)
