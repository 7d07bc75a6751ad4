"""Environment roles: what collaborators may do in an environment.

Source: "Environment roles" (docs: workato-api/environment-roles).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from workato_async._unset import UNSET
from workato_async.base_model import AwareDatetime, Model
from workato_async.endpoint import PAGE_NUMBER, Endpoint, JsonObject
from workato_async.resources._base import Resource, changes, without_none

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workato_async._unset import Unset
    from workato_async.pages import Pages


@attrs.frozen(kw_only=True)
class EnvironmentRole(Model):
    """What a collaborator may do in an environment.

    ``id`` is text, although documented samples show numbers. ``type`` is ``"system"``, ``"custom"``, ``"inheritable"``
    or ``"inherited"``. ``privileges`` holds lists by area and only comes from ``get``.
    """

    id: str
    name: str | None = None
    members_count: int | None = None
    type: str | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None
    privileges: JsonObject | None = None


LIST = Endpoint(
    "environment_roles.list",
    "GET",
    "/api/environment_roles",
    EnvironmentRole,
    wrapper="data",
    listing=PAGE_NUMBER,
)
GET = Endpoint("environment_roles.get", "GET", "/api/environment_roles/{id}", EnvironmentRole, wrapper="data")
CREATE = Endpoint("environment_roles.create", "POST", "/api/environment_roles", EnvironmentRole, wrapper="data")
UPDATE = Endpoint("environment_roles.update", "PUT", "/api/environment_roles/{id}", EnvironmentRole, wrapper="data")
DELETE = Endpoint[None]("environment_roles.delete", "DELETE", "/api/environment_roles/{id}")


class EnvironmentRoles(Resource):
    """Roles in environments: ``workato.environment_roles``."""

    __slots__ = ()

    def list(self, *, name: str | None = None, per_page: int | None = None) -> Pages[EnvironmentRole]:
        """List the environment roles. ``GET /api/environment_roles``, 60 a minute, at most 100 per page.

        Args:
            name: roles of this name only.
            per_page: roles per page, 1 to 100.
        """
        return self._pages(LIST, query={"name": name}, per_page=per_page)

    async def get(self, role_id: str | EnvironmentRole) -> EnvironmentRole:
        """Get an environment role with its privileges. ``GET /api/environment_roles/{id}``, 60 a minute."""
        return await self._call(GET, role_id)

    async def create(self, *, name: str, privileges: Mapping[str, object] | None = None) -> EnvironmentRole:
        """Create an environment role. ``POST /api/environment_roles``, 60 a minute. Not idempotent.

        Args:
            name: its name.
            privileges: lists of permissions by area, in the form that ``get`` returns.
        """
        return await self._call(CREATE, body=without_none(name=name, privileges=privileges))

    async def update(
        self,
        role_id: str | EnvironmentRole,
        *,
        name: str | Unset | None = UNSET,
        privileges: Mapping[str, object] | Unset | None = UNSET,
    ) -> EnvironmentRole:
        """Update an environment role. ``PUT /api/environment_roles/{id}``, 60 a minute. Idempotent.

        Args:
            role_id: the role.
            name: its name.
            privileges: lists of permissions by area, replacing those it has now.
        """
        return await self._call(UPDATE, role_id, body=changes(UPDATE, name=name, privileges=privileges))

    async def delete(self, role_id: str | EnvironmentRole) -> None:
        """Delete an environment role. ``DELETE /api/environment_roles/{id}``, 60 a minute. Idempotent."""
        await self._call(DELETE, role_id)
