"""Packages: a folder's assets as a zip file, to export, download and import.

Source: "Recipe lifecycle management" (docs: workato-api/recipe-lifecycle-management) and the official client spec.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from workato_async._checks import require_type
from workato_async._files import MAX_DOWNLOAD, FileSink, check_zip
from workato_async.arguments import id_of, plain
from workato_async.base_model import Model, Part
from workato_async.endpoint import Endpoint
from workato_async.errors import ConfigurationError
from workato_async.http.messages import Upload
from workato_async.limits.quota import Quota
from workato_async.operations import WAIT_TIMEOUT, Operation
from workato_async.resources._base import Resource, polled

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from workato_async.operations import Polled
    from workato_async.resources.export_manifests import ExportManifest
    from workato_async.resources.folders import Folder


@attrs.frozen(kw_only=True)
class RecipeImport(Part):
    """What an import did to one recipe.

    ``import_result`` is e.g. ``"restarted"``, ``"stopped"`` or ``"restart_failed"``. An import can complete although
    some recipes failed, so check each.
    """

    id: int | None = None
    import_result: str | None = None


@attrs.frozen(kw_only=True)
class Package(Model):
    """An export or import.

    ``operation_type`` is ``"export"`` or ``"import"``; ``status`` is ``"in_progress"``, ``"processing"``,
    ``"completed"`` or ``"failed"``, which ``error`` then explains. ``download_url`` of a finished export grants access
    to anyone who has it, so its repr does not show it.
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


class PackageExport(Operation[Package]):
    """An export: ``await`` starts it, ``.wait()`` waits for it to finish, ``.save(path)`` downloads the zip file."""

    def __init__(
        self,
        start: Callable[[], Awaitable[Package]],
        look: Callable[[Package], Awaitable[Package]],
        download: Callable[[Package, FileSink], Awaitable[Path]],
        *,
        what: str,
        polled: Callable[[Package], Polled],
        started_by: Polled,
    ) -> None:
        super().__init__(start, look, ended=_ended, failed=_failed, what=what, polled=polled, started_by=started_by)
        self._download = download

    async def save(
        self,
        path: str | PathLike[str],
        *,
        timeout: float = WAIT_TIMEOUT,
        on_progress: Callable[[Package], object] | None = None,
        max_bytes: int = MAX_DOWNLOAD,
    ) -> Path:
        """Wait for the export to finish and download the package; see :meth:`Packages.download`.

        Args:
            path: the file to write.
            timeout: seconds to wait for the export to finish; the download is not included.
            on_progress: called with every state of the export.
            max_bytes: the largest file that is accepted.

        Raises:
            ConfigurationError: if the file cannot be written; this is checked before the export is started.
            OperationFailedError: if the export failed.
            WaitTimeoutError: if it did not finish in time.
        """
        self.close()  # not forgotten, even if the file cannot be written
        async with FileSink(
            path, max_bytes=max_bytes
        ) as sink:  # first, so that an unwritable path does not cost an export
            package = await self.wait(timeout=timeout, on_progress=on_progress)
            return await self._download(package, sink)


class Packages(Resource):
    """Packages: ``workato.packages``."""

    __slots__ = ()

    def export(self, manifest_id: int | ExportManifest) -> PackageExport:
        """Export the assets of a manifest. ``POST /api/packages/export/{manifest_id}``, 60 a minute. Not idempotent.

        ``await workato.packages.export(id).save("package.zip")`` starts it, waits for it to finish and downloads it.
        """
        manifest = id_of(manifest_id, "manifest_id")
        what = f"the export of manifest {manifest}"
        return PackageExport(
            lambda: self._call(EXPORT, manifest),
            self.get,
            self._download,
            what=what,
            polled=self._polled,
            started_by=polled(self._caller, EXPORT, manifest),
        )

    def import_(
        self,
        folder_id: int | Folder,
        package: bytes | str | PathLike[str],
        *,
        restart_recipes: bool | None = None,
        include_tags: bool | None = None,
        folder_id_for_home_assets: int | Folder | None = None,
    ) -> Operation[Package]:
        """Import a package. ``POST /api/packages/import/{folder_id}``, 500 an hour. Not idempotent.

        ``await`` starts it, ``.wait()`` waits for it to finish. A file is read while it is sent. An import can complete
        although some recipes failed: check ``recipe_status`` of the result. 15 minutes must lie between two imports
        into one environment, and a package has at most 30 MB.

        Args:
            folder_id: the folder to import into.
            package: the zip file, by path or as bytes.
            restart_recipes: stop affected running recipes and restart them afterwards; without it, the import is
                rejected while they run.
            include_tags: also import tags.
            folder_id_for_home_assets: where to put assets of the root folder.

        Raises:
            ConfigurationError: if there is no such file.
        """
        given = plain(package)
        require_type("package", given, str | bytes | PathLike)
        content = given if isinstance(given, bytes) else Path(given)
        if isinstance(content, Path) and not content.is_file():
            raise ConfigurationError(f"{content} is not a file")
        folder, home = id_of(folder_id, "folder_id"), folder_id_for_home_assets
        query = {
            "restart_recipes": restart_recipes,
            "include_tags": include_tags,
            "folder_id_for_home_assets": None if home is None else id_of(home, "folder_id_for_home_assets"),
        }
        return Operation(
            lambda: self._call(IMPORT, folder, query=query, upload=Upload(content)),
            self.get,
            ended=_ended,
            failed=_failed,
            what=f"the import into folder {folder}",
            polled=self._polled,
            started_by=polled(self._caller, IMPORT, folder),
        )

    async def get(self, package_id: int | Package) -> Package:
        """Get the state of an export or import. ``GET /api/packages/{id}``, 60 a minute."""
        return await self._call(GET, package_id)

    async def download(
        self, package_id: int | Package, path: str | PathLike[str], *, max_bytes: int = MAX_DOWNLOAD
    ) -> Path:
        """Download the zip file of an export. ``GET /api/packages/{id}/download``, 60 a minute.

        It is streamed to disk, checked to be a zip archive whose members stay inside the folder they are unpacked to
        and do not unpack to absurd sizes, and only then moved into place. If the server redirects to a storage host,
        nothing that identifies you is sent there.

        Args:
            package_id: the export, which must have finished.
            path: the file to write; an existing one is replaced.
            max_bytes: the largest file that is accepted.

        Returns:
            The path of the file.

        Raises:
            InvalidResponseError: if it is not such an archive, or larger than ``max_bytes``.
            ConfigurationError: if the file cannot be written.
            NotFoundError: if the export has no content yet.
        """
        async with FileSink(path, max_bytes=max_bytes) as sink:
            return await self._download(package_id, sink)

    def _polled(self, package: Package) -> Polled:
        return polled(self._caller, GET, package)

    async def _download(self, package_id: int | Package, sink: FileSink) -> Path:
        await self._save(sink, DOWNLOAD, package_id)
        await check_zip(sink.temporary, what=DOWNLOAD.key + ": the download")
        return await sink.commit()


def _ended(package: Package) -> bool:
    return package.status in ("completed", "failed")


def _failed(package: Package) -> str:
    return (package.error or "no reason given") if package.status == "failed" else ""
