"""Roles of collaborators: those of projects, and the legacy ones of the workspace.

Source: "Project roles", "Roles" (docs: workato-api/project-roles, workato-api/roles) and the API overview's table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from workato_async.endpoint import PAGE, PAGE_NUMBER, AnyEndpoint, Endpoint, JsonObject
from workato_async.model import Model, Moment
from workato_async.resources._base import Resource

if TYPE_CHECKING:
    from workato_async.pages import Pages


@attrs.frozen(kw_only=True)
class ProjectRole(Model):
    """What a collaborator may do inside a project.

    ``id`` is text such as ``"pr-…"``, although documented samples show numbers. ``type`` is ``"system"``, ``"custom"``,
    ``"inheritable"`` or ``"inherited"``.
    """

    id: str
    name: str | None = None
    members_count: int | None = None
    type: str | None = None
    created_at: Moment | None = None
    updated_at: Moment | None = None


@attrs.frozen(kw_only=True)
class Role(Model):
    """A custom role of the legacy permission model; ``privileges`` holds lists by area."""

    id: int
    name: str | None = None
    inheritable: bool | None = None
    folder_ids: tuple[int, ...] = ()
    created_at: Moment | None = None
    updated_at: Moment | None = None
    privileges: JsonObject = attrs.field(factory=dict)


LIST_PROJECT_ROLES = Endpoint(
    "project_roles.list",
    "GET",
    "/api/project_roles",
    ProjectRole,
    wrapper="data",
    listing=PAGE_NUMBER,
    privilege="Roles: list",
)
LIST = Endpoint("roles.list", "GET", "/api/roles", Role, listing=PAGE, privilege="Roles: list")

ENDPOINTS: tuple[AnyEndpoint, ...] = (LIST_PROJECT_ROLES, LIST)


class ProjectRoles(Resource):
    """Roles inside projects: ``workato.project_roles``."""

    __slots__ = ()

    def list(self, *, name: str | None = None, per_page: int | None = None) -> Pages[ProjectRole]:
        """List the project roles. ``GET /api/project_roles``, 60 a minute, at most 100 a page.

        Args:
            name: roles of this name only.
            per_page: roles a page, 1 to 100.
        """
        return self._pages(LIST_PROJECT_ROLES, query={"name": name}, per_page=per_page)


class Roles(Resource):
    """Legacy custom roles of collaborators: ``workato.roles``."""

    __slots__ = ()

    def list(self, *, per_page: int | None = None) -> Pages[Role]:
        """List the legacy roles. ``GET /api/roles``, 60 a minute.

        No source gives the most a page may have; 100 are asked for, as everywhere else.

        Args:
            per_page: roles a page, 1 to 100.
        """
        return self._pages(LIST, per_page=per_page)
