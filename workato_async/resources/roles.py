"""Legacy custom roles of collaborators, and their migration to the new permission model.

Source: "Roles" (docs: workato-api/roles), "Role migration" (docs: workato-api/role-migration) and the API overview's
table of methods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from workato_async._unset import UNSET
from workato_async.base_model import AwareDatetime, Model
from workato_async.endpoint import PAGE, Endpoint, JsonObject
from workato_async.resources._base import Resource, changes, without_none

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workato_async._unset import Unset
    from workato_async.pages import Pages
    from workato_async.resources.folders import Folder


@attrs.frozen(kw_only=True)
class Role(Model):
    """A custom role of the legacy permission model; ``privileges`` holds lists by area."""

    id: int
    name: str | None = None
    inheritable: bool | None = None
    folder_ids: tuple[int, ...] = ()
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None
    privileges: JsonObject = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class RolesMigrated(Model):
    """The outcome of migrating the system roles; the items of the lists are not documented."""

    environment_roles: tuple[Any, ...] = ()
    project_roles: tuple[Any, ...] = ()
    collaborators: tuple[Any, ...] = ()


LIST = Endpoint("roles.list", "GET", "/api/roles", Role, listing=PAGE)
UPDATE = Endpoint("roles.update", "PUT", "/api/roles/{id}", Role)
COPY = Endpoint("roles.copy", "POST", "/api/roles/{id}/copy", Role)
MIGRATE_SYSTEM = Endpoint(
    "roles_migration.system", "POST", "/api/roles_migration/system_roles", RolesMigrated, wrapper="data"
)
MIGRATE_CUSTOM = Endpoint("roles_migration.custom", "POST", "/api/roles_migration/custom_role", JsonObject)


class Roles(Resource):
    """Legacy custom roles of collaborators: ``workato.roles``."""

    __slots__ = ()

    def list(self, *, per_page: int | None = None) -> Pages[Role]:
        """List the legacy roles. ``GET /api/roles``, 60 a minute.

        The largest page is not documented; 100 are requested, as everywhere else.

        Args:
            per_page: roles per page, 1 to 100.
        """
        return self._pages(LIST, per_page=per_page)

    async def update(
        self, role_id: int | Role, *, all_folders: bool, folder_ids: Sequence[int | Folder] | Unset | None = UNSET
    ) -> Role:
        """Update which projects a role reaches. ``PUT /api/roles/{id}``, 60 a minute. Idempotent.

        Args:
            role_id: the role.
            all_folders: True for every project; it must be False if ``folder_ids`` is given.
            folder_ids: the folders of the projects, replacing those it reaches now.
        """
        fields = changes(
            UPDATE, all_folders="true" if all_folders else "false", folder_ids=folder_ids
        )  # it takes text only
        return await self._call(UPDATE, role_id, body=fields)

    async def copy(self, role_id: int | Role, *, name: str, folder_ids: Sequence[int | Folder] | None = None) -> Role:
        """Copy a role under another name. ``POST /api/roles/{id}/copy``, 60 a minute. Not idempotent.

        Args:
            role_id: the role.
            name: the name of the copy.
            folder_ids: the folders of the projects that the copy reaches.
        """
        return await self._call(COPY, role_id, body=without_none(name=name, folder_ids=folder_ids))


class RolesMigration(Resource):
    """The migration from legacy roles to environment and project roles: ``workato.roles_migration``.

    Afterwards, calls about collaborators no longer accept legacy roles.
    """

    __slots__ = ()

    async def system(self, *, dry_run: bool | None = None) -> RolesMigrated:
        """Migrate the system roles. ``POST /api/roles_migration/system_roles``, 60 a minute. Not idempotent.

        Args:
            dry_run: True only returns what would be done.
        """
        return await self._call(MIGRATE_SYSTEM, body=without_none(dry_run=dry_run))

    async def custom(self, *, body: Mapping[str, Any] | None = None) -> JsonObject:
        """Migrate one custom role. ``POST /api/roles_migration/custom_role``, 60 a minute. Not idempotent.

        The shape of the response is not documented.

        Args:
            body: not documented; sent as it is.
        """
        return await self._call(MIGRATE_CUSTOM, body=body)
