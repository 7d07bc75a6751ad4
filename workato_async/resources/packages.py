"""Packages: a folder's assets as a zip file, exported, downloaded and imported.

Source: "Recipe lifecycle management" (docs: workato-api/recipe-lifecycle-management) and the official client spec.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from workato_async._files import FileSink, check_zip
from workato_async.base_model import Model
from workato_async.endpoint import AnyEndpoint, Endpoint
from workato_async.errors import ConfigurationError
from workato_async.http.messages import Upload
from workato_async.limits.quota import Quota
from workato_async.operations import WAIT_TIMEOUT, Operation
from workato_async.resources._base import Resource, id_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from os import PathLike

    from workato_async.resources.export_manifests import ExportManifest
    from workato_async.resources.folders import Folder


@attrs.frozen(kw_only=True)
class RecipeImport:
    """What an import did to one recipe.

    ``import_result`` is e.g. ``"restarted"``, ``"stopped"`` or ``"restart_failed"``. An import can complete while
    single recipes failed, so look at each.
    """

    id: int | None = None
    import_result: str | None = None


@attrs.frozen(kw_only=True)
class Package(Model):
    """An export or import.

    ``operation_type`` is ``"export"`` or ``"import"``; ``status`` is ``"in_progress"``, ``"processing"``,
    ``"completed"`` or ``"failed"``, which ``error`` then explains. ``download_url`` of a finished export grants access
    to whoever has it, so its repr does not show it.
    """

    id: int
    operation_type: str | None = None
    status: str | None = None
    export_manifest_id: int | None = None
    download_url: str | None = attrs.field(default=None, repr=False)
    error: str | None = None
    recipe_status: tuple[RecipeImport, ...] = ()


EXPORT = Endpoint("packages.export", "POST", "/api/packages/export/{manifest_id}", Package)
IMPORT = Endpoint("packages.import", "POST", "/api/packages/import/{folder_id}", Package, quota=Quota(500, 3600))
GET = Endpoint("packages.get", "GET", "/api/packages/{id}", Package)
DOWNLOAD = Endpoint[None]("packages.download", "GET", "/api/packages/{id}/download")

ENDPOINTS: tuple[AnyEndpoint, ...] = (EXPORT, IMPORT, GET, DOWNLOAD)


class PackageExport(Operation[Package]):
    """An export: ``await`` it to start it, ``.wait()`` for its end, ``.save(path)`` to have the zip file."""

    def __init__(
        self,
        start: Callable[[], Awaitable[Package]],
        look: Callable[[Package], Awaitable[Package]],
        download: Callable[[Package, FileSink], Awaitable[Path]],
        *,
        what: str,
    ) -> None:
        super().__init__(start, look, ended=_ended, failed=_failed, what=what)
        self._download = download

    async def save(
        self,
        path: str | PathLike[str],
        *,
        timeout: float = WAIT_TIMEOUT,
        on_progress: Callable[[Package], object] | None = None,
    ) -> Path:
        """Wait for the end of the export and download the package; see :meth:`Packages.download`.

        Args:
            path: the file to write.
            timeout: seconds to wait for the end of the export; the download comes on top.
            on_progress: called with every state of the export.

        Raises:
            ConfigurationError: if the file cannot be written; it is tried before the export is started.
            OperationFailedError: if the export failed.
            WaitTimeoutError: if it did not end in time.
        """
        async with FileSink(path) as sink:  # first of all: a place that cannot be written to shall not cost an export
            package = await self.wait(timeout=timeout, on_progress=on_progress)
            return await self._download(package, sink)


class Packages(Resource):
    """Packages: ``workato.packages``."""

    __slots__ = ()

    def export(self, manifest_id: int | ExportManifest) -> PackageExport:
        """Export what a manifest names. ``POST /api/packages/export/{manifest_id}``, 60 a minute. Not replay-safe.

        ``await workato.packages.export(id).save("package.zip")`` starts it, waits for its end and downloads it.
        """
        manifest = id_of(manifest_id)
        what = f"the export of manifest {manifest}"
        return PackageExport(lambda: self._call(EXPORT, manifest), self.get, self._download, what=what)

    def import_(
        self,
        folder_id: int | Folder,
        package: bytes | str | PathLike[str],
        *,
        restart_recipes: bool | None = None,
        include_tags: bool | None = None,
        folder_id_for_home_assets: int | None = None,
    ) -> Operation[Package]:
        """Import a package. ``POST /api/packages/import/{folder_id}``, 500 an hour. Not replay-safe.

        ``await`` it to start it, ``.wait()`` for its end. A file is read while it is sent. An import can complete
        although single recipes failed: look at ``recipe_status`` of the result.

        Args:
            folder_id: the folder to import into.
            package: the zip file, by path or as bytes.
            restart_recipes: stop running recipes that are concerned, and start them afterwards; otherwise the import is
                refused while they run.
            include_tags: import tags, too.
            folder_id_for_home_assets: where to put assets of the root folder.

        Raises:
            ConfigurationError: if there is no such file.
        """
        content = package if isinstance(package, bytes) else Path(package)
        if isinstance(content, Path) and not content.is_file():
            raise ConfigurationError(f"{content} is not a file")
        query = {
            "restart_recipes": restart_recipes,
            "include_tags": include_tags,
            "folder_id_for_home_assets": folder_id_for_home_assets,
        }
        folder = id_of(folder_id)
        return Operation(
            lambda: self._call(IMPORT, folder, query=query, upload=Upload(content)),
            self.get,
            ended=_ended,
            failed=_failed,
            what=f"the import into folder {folder}",
        )

    async def get(self, package_id: int | Package) -> Package:
        """Fetch the state of an export or import. ``GET /api/packages/{id}``, 60 a minute."""
        return await self._call(GET, id_of(package_id))

    async def download(self, package_id: int | Package, path: str | PathLike[str]) -> Path:
        """Download the zip file of an export. ``GET /api/packages/{id}/download``, 60 a minute.

        It is written to disk while it comes in, checked to be a zip archive whose members stay inside the folder they
        are unpacked in, and put in its place only then. Where the server redirects to a storage host, nothing that
        identifies you goes there.

        Args:
            package_id: the export, which must have ended.
            path: the file to write; one that is there is replaced.

        Returns:
            The path of the file.

        Raises:
            InvalidResponseError: if what came is no such archive.
            ConfigurationError: if the file cannot be written.
            NotFoundError: if the export has no content yet.
        """
        async with FileSink(path) as sink:
            return await self._download(package_id, sink)

    async def _download(self, package_id: int | Package, sink: FileSink) -> Path:
        await self._save(sink, DOWNLOAD, id_of(package_id))
        await check_zip(sink.temporary, what=DOWNLOAD.key + ": the download")
        return await sink.commit()


setattr(Packages, "import", Packages.import_)  # the name in its id, which only getattr can spell


def _ended(package: Package) -> bool:
    return package.status in ("completed", "failed")


def _failed(package: Package) -> str:
    return (package.error or "no reason given") if package.status == "failed" else ""
