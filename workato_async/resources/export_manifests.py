"""Export manifests: which assets go into a package.

Source: "Recipe lifecycle management" (docs: workato-api/recipe-lifecycle-management) and the official client spec.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs

from workato_async._checks import require_type
from workato_async._unset import UNSET, Unset
from workato_async.base_model import AwareDatetime, Model
from workato_async.endpoint import WHOLE, Endpoint
from workato_async.resources._base import Resource, changes, without_none

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workato_async.pages import Pages
    from workato_async.resources.folders import Folder


@attrs.frozen(kw_only=True)
class FolderAsset(Model):
    """An asset that can be exported.

    ``type`` is e.g. ``"recipe"``, ``"connection"`` or ``"lookup_table"``; ``status`` is ``"added"``, ``"updated"`` or
    ``"no change"``; ``version`` counts a recipe's versions.
    """

    id: int
    type: str | None = None
    name: str | None = None
    version: int | None = None
    folder: str | None = None
    absolute_path: str | None = None
    root_folder: bool | None = None
    unreachable: bool | None = None
    deps: tuple[Any, ...] = ()
    zip_name: str | None = None
    checked: bool | None = None
    status: str | None = None


@attrs.frozen(kw_only=True)
class ExportManifest(Model):
    """A manifest; ``status`` is ``"working"`` or ``"archived"``."""

    id: int
    name: str | None = None
    last_exported_at: AwareDatetime | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None
    deleted_at: AwareDatetime | None = None
    project_path: str | None = None
    status: str | None = None


FOLDER_ASSETS = Endpoint(
    "export_manifests.folder_assets",
    "GET",
    "/api/export_manifests/folder_assets",
    FolderAsset,
    wrapper="result.assets",
    listing=WHOLE,
)
CREATE = Endpoint("export_manifests.create", "POST", "/api/export_manifests", ExportManifest, wrapper="result")
GET = Endpoint("export_manifests.get", "GET", "/api/export_manifests/{id}", ExportManifest, wrapper="result")
UPDATE = Endpoint("export_manifests.update", "PUT", "/api/export_manifests/{id}", ExportManifest, wrapper="result")
DELETE = Endpoint[None]("export_manifests.delete", "DELETE", "/api/export_manifests/{id}", wrapper="result")


class ExportManifests(Resource):
    """Export manifests: ``workato.export_manifests``."""

    __slots__ = ()

    def folder_assets(
        self,
        *,
        folder_id: int | Folder | None = None,
        include_test_cases: bool | None = None,
        include_data: bool | None = None,
    ) -> Pages[FolderAsset]:
        """List the exportable assets of a folder, in one page.

        ``GET /api/export_manifests/folder_assets``, 60 a minute.

        Args:
            folder_id: the folder, the root by default.
            include_test_cases: include test cases; currently without effect.
            include_data: include the data of tables.
        """
        query = {"folder_id": folder_id, "include_test_cases": include_test_cases, "include_data": include_data}
        return self._pages(FOLDER_ASSETS, query=query)

    async def create(
        self,
        *,
        name: str,
        assets: Sequence[Mapping[str, object] | FolderAsset] | None = None,
        folder_id: int | Folder | None = None,
        include_test_cases: bool | None = None,
        auto_generate_assets: bool | None = None,
        include_data: bool | None = None,
        include_tags: bool | None = None,
        auto_run: bool | None = None,
    ) -> ExportManifest:
        """Create a manifest. ``POST /api/export_manifests``, 60 a minute. Not idempotent.

        Args:
            name: its name.
            assets: what to export, as ``folder_assets`` returns them or as mappings with ``id`` and ``type``.
            folder_id: the folder to export, the root by default; needed with ``auto_generate_assets``.
            include_test_cases: include test cases.
            auto_generate_assets: export all assets of the folder instead of ``assets``.
            include_data: include the data of tables.
            include_tags: include tags.
            auto_run: also start the export.
        """
        fields = without_none(
            name=name,
            assets=_assets(assets),
            folder_id=folder_id,
            include_test_cases=include_test_cases,
            auto_generate_assets=auto_generate_assets,
            include_data=include_data,
            include_tags=include_tags,
            auto_run=auto_run,
        )
        return await self._call(CREATE, body={"export_manifest": fields})

    async def get(self, manifest_id: int | ExportManifest) -> ExportManifest:
        """Get a manifest. ``GET /api/export_manifests/{id}``, 60 a minute."""
        return await self._call(GET, manifest_id)

    async def update(
        self,
        manifest_id: int | ExportManifest,
        *,
        name: str | Unset | None = UNSET,
        assets: Sequence[Mapping[str, object] | FolderAsset] | Unset | None = UNSET,
        folder_id: int | Folder | Unset | None = UNSET,
        include_test_cases: bool | Unset | None = UNSET,
        auto_generate_assets: bool | Unset | None = UNSET,
        include_data: bool | Unset | None = UNSET,
        include_tags: bool | Unset | None = UNSET,
        auto_run: bool | Unset | None = UNSET,
    ) -> ExportManifest:
        """Update a manifest. ``PUT /api/export_manifests/{id}``, 60 a minute. Idempotent.

        Args:
            manifest_id: the manifest.
            name: its name.
            assets: what to export, replacing all that it has now.
            folder_id: the folder to export; needed with ``auto_generate_assets``.
            include_test_cases: include test cases.
            auto_generate_assets: export all assets of the folder instead of ``assets``.
            include_data: include the data of tables.
            include_tags: include tags.
            auto_run: also start an export.
        """
        fields = changes(
            UPDATE,
            name=name,
            assets=_assets(assets),
            folder_id=folder_id,
            include_test_cases=include_test_cases,
            auto_generate_assets=auto_generate_assets,
            include_data=include_data,
            include_tags=include_tags,
            auto_run=auto_run,
        )
        return await self._call(UPDATE, manifest_id, body={"export_manifest": fields})

    async def delete(self, manifest_id: int | ExportManifest) -> None:
        """Delete a manifest. ``DELETE /api/export_manifests/{id}``, 60 a minute. Idempotent."""
        await self._call(DELETE, manifest_id)


_SENT_OF_AN_ASSET = (
    "id",
    "type",
    "checked",
    "version",
    "folder",
    "absolute_path",
    "root_folder",
    "unreachable",
    "zip_name",
)


def _assets(
    assets: Sequence[Mapping[str, object] | FolderAsset] | Unset | None,
) -> Sequence[Mapping[str, object]] | Unset | None:
    if assets is None or isinstance(assets, Unset):
        return assets
    require_type("assets", assets, Sequence)
    return [_asset(asset) for asset in assets]


def _asset(asset: Mapping[str, object] | FolderAsset) -> Mapping[str, object]:
    """Return the part of an asset that is sent; less than what is read."""
    if not isinstance(asset, FolderAsset):
        return asset
    return without_none(**{field: getattr(asset, field) for field in _SENT_OF_AN_ASSET})
