"""Folders; top-level ones are projects.

Source: "Folders" (docs: workato-api/folders) and the API overview's table of methods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from workato_async._unset import UNSET
from workato_async.base_model import AwareDatetime, Model
from workato_async.endpoint import PAGE, Endpoint
from workato_async.resources._base import Resource, changes, id_text, without_none

if TYPE_CHECKING:
    from workato_async._unset import Unset
    from workato_async.pages import Pages


@attrs.frozen(kw_only=True)
class Folder(Model):
    """A folder. Older responses lack ``is_project`` and ``project_id``."""

    id: int
    name: str | None = None
    parent_id: int | None = None
    is_project: bool | None = None
    project_id: int | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


LIST = Endpoint("folders.list", "GET", "/api/folders", Folder, listing=PAGE)
CREATE = Endpoint("folders.create", "POST", "/api/folders", Folder)
GET = Endpoint("folders.get", "GET", "/api/folders/{folder_id}", Folder)
UPDATE = Endpoint("folders.update", "PUT", "/api/folders/{folder_id}", Folder)
DELETE = Endpoint[None]("folders.delete", "DELETE", "/api/folders/{folder_id}")


class Folders(Resource):
    """Folders: ``workato.folders``."""

    __slots__ = ()

    def list(
        self,
        *,
        parent_id: int | str | Folder | None = None,
        with_nested_folders: bool | None = None,
        per_page: int | None = None,
    ) -> Pages[Folder]:
        """List the folders below a folder. ``GET /api/folders``, 60 a minute, at most 100 per page.

        Args:
            parent_id: the parent folder; the Home folder by default.
            with_nested_folders: include nested folders of every depth.
            per_page: folders per page, 1 to 100.
        """
        query = {"parent_id": parent_id, "with_nested_folders": with_nested_folders}
        return self._pages(LIST, query=query, per_page=per_page)

    async def create(self, *, name: str, parent_id: int | str | Folder | None = None) -> Folder:
        """Create a folder. ``POST /api/folders``, 60 a minute. Not idempotent.

        Args:
            name: its name, without slashes or backslashes.
            parent_id: the folder to create it in; without it, or with the root folder, the new folder is a project.
        """
        return await self._call(CREATE, body=without_none(name=name, parent_id=id_text(parent_id, "parent_id")))

    async def get(self, folder_id: int | Folder) -> Folder:
        """Get one folder. ``GET /api/folders/{folder_id}``, 60 a minute."""
        return await self._call(GET, folder_id)

    async def update(
        self,
        folder_id: int | Folder,
        *,
        name: str | Unset | None = UNSET,
        parent_id: int | str | Folder | Unset | None = UNSET,
    ) -> Folder:
        """Update a folder: its name or its parent. ``PUT /api/folders/{folder_id}``, 60 a minute. Idempotent.

        Args:
            folder_id: the folder; a project's folder can only be renamed.
            name: its name, without slashes or backslashes.
            parent_id: the folder to move it to; no folder can become a project.
        """
        return await self._call(
            UPDATE, folder_id, body=changes(UPDATE, name=name, parent_id=id_text(parent_id, "parent_id"))
        )

    async def delete(self, folder_id: int | Folder, *, force: bool | None = None) -> None:
        """Delete a folder permanently. ``DELETE /api/folders/{folder_id}``, 60 a minute. Idempotent.

        Args:
            folder_id: the folder; projects are deleted with ``workato.projects.delete``.
            force: also delete the recipes and connections inside; without it, Workato rejects the call if there are
                any.

        Raises:
            PermissionDeniedError: if it cannot be deleted.
        """
        await self._call(DELETE, folder_id, query={"force": force})
