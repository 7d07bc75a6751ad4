"""Project roles: what collaborators may do inside projects.

Source: "Project roles" (docs: workato-api/project-roles) and the API overview's table of methods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async._unset import UNSET
from workato_async.endpoint import PAGE_NUMBER, Endpoint
from workato_async.resources._base import Resource, changes, without_none
from workato_async.resources.projects.models import ProjectRole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workato_async._unset import Unset
    from workato_async.pages import Pages


LIST = Endpoint("project_roles.list", "GET", "/api/project_roles", ProjectRole, wrapper="data", listing=PAGE_NUMBER)
GET = Endpoint("project_roles.get", "GET", "/api/project_roles/{id}", ProjectRole, wrapper="data")
CREATE = Endpoint("project_roles.create", "POST", "/api/project_roles", ProjectRole, wrapper="data")
UPDATE = Endpoint("project_roles.update", "PUT", "/api/project_roles/{id}", ProjectRole, wrapper="data")
DELETE = Endpoint[None]("project_roles.delete", "DELETE", "/api/project_roles/{id}")


class ProjectRoles(Resource):
    """Roles inside projects: ``workato.project_roles``."""

    __slots__ = ()

    def list(self, *, name: str | None = None, per_page: int | None = None) -> Pages[ProjectRole]:
        """List the project roles. ``GET /api/project_roles``, 60 a minute, at most 100 per page.

        Args:
            name: roles of this name only.
            per_page: roles per page, 1 to 100.
        """
        return self._pages(LIST, query={"name": name}, per_page=per_page)

    async def get(self, role_id: str | ProjectRole) -> ProjectRole:
        """Get a project role with its privileges. ``GET /api/project_roles/{id}``, 60 a minute."""
        return await self._call(GET, role_id)

    async def create(self, *, name: str, privileges: Mapping[str, object] | None = None) -> ProjectRole:
        """Create a project role. ``POST /api/project_roles``, 60 a minute. Not idempotent.

        Args:
            name: its name.
            privileges: lists of permissions by area, in the form that ``get`` returns.
        """
        return await self._call(CREATE, body=without_none(name=name, privileges=privileges))

    async def update(
        self,
        role_id: str | ProjectRole,
        *,
        name: str | Unset | None = UNSET,
        privileges: Mapping[str, object] | Unset | None = UNSET,
    ) -> ProjectRole:
        """Update a project role. ``PUT /api/project_roles/{id}``, 60 a minute. Idempotent.

        Args:
            role_id: the role.
            name: its name.
            privileges: lists of permissions by area, replacing those it has now.
        """
        return await self._call(UPDATE, role_id, body=changes(UPDATE, name=name, privileges=privileges))

    async def delete(self, role_id: str | ProjectRole) -> None:
        """Delete a project role. ``DELETE /api/project_roles/{id}``, 60 a minute. Idempotent."""
        await self._call(DELETE, role_id)
