"""Packages: a folder's assets as a zip file, to export, download and import.

Source: "Recipe lifecycle management" (docs: workato-api/recipe-lifecycle-management) and the official client spec.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Protocol, cast

from workato_async._checks import require_type
from workato_async._files import MAX_DOWNLOAD, FileSink, check_zip
from workato_async.arguments import id_of, plain
from workato_async.endpoint import Endpoint
from workato_async.errors import ConfigurationError, WorkatoError
from workato_async.http.messages import Upload
from workato_async.limits.quota import Quota
from workato_async.operations import WAIT_TIMEOUT, Operation
from workato_async.resources._base import Resource, polled
from workato_async.resources.packages.contents import check_package
from workato_async.resources.packages.models import Package
from workato_async.resources.transfers import LARGEST_PACKAGE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from workato_async.operations import Polled
    from workato_async.resources.export_manifests import ExportManifest
    from workato_async.resources.folders import Folder
    from workato_async.resources.packages.models import ImportReport


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
        """Wait for the export to finish and download the package; see ``Packages.download``.

        Args:
            path: the file to write.
            timeout: seconds to wait for the export to finish; the download is not included.
            on_progress: called with every state of the export.
            max_bytes: the largest file that is accepted.

        Raises:
            ConfigurationError: if the file cannot be written; this is checked before the export is started.
            OperationFailedError: if the export failed.
            WaitTimeoutError: if it did not finish in time.
            InvalidResponseError: if the file is not an intact zip archive, or larger than ``max_bytes``.
        """
        self.close()  # not forgotten, even if the file cannot be written
        async with FileSink(
            path, max_bytes=max_bytes
        ) as sink:  # first, so that an unwritable path does not cost an export
            package = await self.wait(timeout=timeout, on_progress=on_progress)
            return await self._download(package, sink)


class ImportTarget(Protocol):
    """A session with a token of another workspace, such as ``WorkatoSession``."""

    packages: Packages


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
        although some recipes failed: check ``recipe_status`` of the result. Workato requires 15 minutes between two
        imports into one environment, and a package has at most 30 MB.

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
        return self._running(
            lambda: self._call(IMPORT, folder, query=query, upload=Upload(content)),
            f"the import into folder {folder}",
            polled(self._caller, IMPORT, folder),
        )

    async def get(self, package_id: int | Package) -> Package:
        """Get the state of an export or import. ``GET /api/packages/{id}``, 60 a minute."""
        return await self._call(GET, package_id)

    async def wait(
        self,
        package_id: int | Package,
        *,
        timeout: float = WAIT_TIMEOUT,
        on_progress: Callable[[Package], object] | None = None,
    ) -> Package:
        """Wait for an export or import to end, even if another process started it.

        Each poll is a call of ``get``.

        Args:
            package_id: the export or import.
            timeout: seconds to wait.
            on_progress: called with every state, including the first and the last.

        Raises:
            OperationFailedError: if it failed.
            WaitTimeoutError: if it did not end in time; it may still do so.
        """
        package = id_of(package_id, "package_id")
        operation = self._running(
            lambda: self._call(GET, package), f"package {package}", polled(self._caller, GET, package)
        )
        return await operation.wait(timeout=timeout, on_progress=on_progress)

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

    async def export_folder(
        self,
        folder_id: int | Folder,
        path: str | PathLike[str],
        *,
        name: str | None = None,
        include_test_cases: bool | None = None,
        include_data: bool | None = None,
        include_tags: bool | None = None,
        timeout: float = WAIT_TIMEOUT,
        on_progress: Callable[[Package], object] | None = None,
        max_bytes: int = MAX_DOWNLOAD,
    ) -> Path:
        """Export everything in a folder to a file, with a manifest that is deleted afterwards.

        Args:
            folder_id: the folder; for a whole project, the folder of the project.
            path: the zip file to write; an existing one is replaced when the new one is complete.
            name: what the manifest is called.
            include_test_cases: include test cases.
            include_data: include the data of tables.
            include_tags: include tags.
            timeout: seconds to wait for the export to finish; the download is not included.
            on_progress: called with every state of the export.
            max_bytes: the largest file that is accepted.

        Returns:
            The path of the file.

        Raises:
            ConfigurationError: if the file cannot be written; nothing is exported then.
            OperationFailedError: if the export failed.
            WaitTimeoutError: if the export did not finish in time.
            InvalidResponseError: if the file is not an intact zip archive, or larger than ``max_bytes``.
        """
        from workato_async.resources.export_manifests import ExportManifests

        manifests, folder = ExportManifests(self._caller), cast("int", id_of(folder_id, "folder_id"))
        async with FileSink(path, max_bytes=max_bytes) as sink:  # first, so that an unwritable path costs nothing
            manifest = await manifests.create(
                name=name or f"Export of folder {folder}",
                folder_id=folder,
                auto_generate_assets=True,
                include_test_cases=include_test_cases,
                include_data=include_data,
                include_tags=include_tags,
            )
            try:
                package = await self.export(manifest).wait(timeout=timeout, on_progress=on_progress)
                return await self._download(package, sink)
            finally:
                with suppress(WorkatoError):
                    await manifests.delete(manifest)

    async def import_and_check(
        self,
        folder_id: int | Folder,
        package: bytes | str | PathLike[str],
        *,
        restart_recipes: bool | None = None,
        include_tags: bool | None = None,
        folder_id_for_home_assets: int | Folder | None = None,
        max_bytes: int = LARGEST_PACKAGE,
        max_wait: float | None = None,
        timeout: float = WAIT_TIMEOUT,
        on_progress: Callable[[ImportReport], object] | None = None,
    ) -> ImportReport:
        """Import a package, wait for the end, and report what became of it.

        Not idempotent, and never retried unless Workato rejected it. A failed import is not an error: check ``ok`` of
        the report. Workato requires 15 minutes between two imports into one environment: an import that it rejects as
        too early is retried when they are over, as long as ``max_wait`` allows.

        Args:
            folder_id: the folder to import into.
            package: the zip file, by path or as bytes.
            restart_recipes: stop affected running recipes and restart them afterwards; without it, the import is
                rejected while they run.
            include_tags: also import tags.
            folder_id_for_home_assets: where to put assets of the root folder.
            max_bytes: the largest package; Workato's limit is 30 MB.
            max_wait: seconds to wait at most until the import is permitted; None for as long as it takes, 0 for not
                at all.
            timeout: seconds to wait for the import to end.
            on_progress: called with the report so far whenever it changes.

        Raises:
            ConfigurationError: if the package cannot be read, is not a zip file, or is too large; nothing is sent.
            BadRequestError: if it was rejected; nothing was imported.
            OutcomeUnknownError: if it is not known whether it was imported, or what became of the import.
        """
        from workato_async.resources.packages.importing import PackageImport

        given = plain(package)
        await asyncio.to_thread(check_package, given, max_bytes)
        folder = cast("int", id_of(folder_id, "folder_id"))
        importing = PackageImport(self._caller, folder, max_wait=max_wait, timeout=timeout, on_progress=on_progress)
        return await importing.run(
            lambda: self.import_(
                folder,
                given,
                restart_recipes=restart_recipes,
                include_tags=include_tags,
                folder_id_for_home_assets=folder_id_for_home_assets,
            )
        )

    async def copy(
        self,
        folder_id: int | Folder,
        target: ImportTarget,
        target_folder_id: int | Folder,
        *,
        restart_recipes: bool | None = None,
        include_tags: bool | None = None,
        max_bytes: int = LARGEST_PACKAGE,
        max_wait: float | None = None,
        timeout: float = WAIT_TIMEOUT,
        on_progress: Callable[[ImportReport], object] | None = None,
    ) -> ImportReport:
        """Export a folder and import it into another workspace: the way to promote without environments.

        Args:
            folder_id: the folder to export.
            target: a session with a token of the other workspace.
            target_folder_id: the folder to import into, there.
            restart_recipes: stop affected running recipes and restart them afterwards; without it, the import is
                rejected while they run.
            include_tags: also export and import tags.
            max_bytes: the largest package.
            max_wait: seconds to wait at most until the import is permitted; None for as long as it takes.
            timeout: seconds to wait for the export and for the import, each.
            on_progress: called with the report so far whenever it changes.

        Raises:
            OperationFailedError: if the export failed.
            InvalidResponseError: if the package is too large; nothing is imported.
            BadRequestError: if the import was rejected.
            OutcomeUnknownError: if it is not known whether it was imported, or what became of the import.
        """
        with TemporaryDirectory(prefix="workato-package-") as folder:
            path = await self.export_folder(
                folder_id, Path(folder, "package.zip"), include_tags=include_tags, timeout=timeout, max_bytes=max_bytes
            )
            return await target.packages.import_and_check(
                target_folder_id,
                path,
                restart_recipes=restart_recipes,
                include_tags=include_tags,
                max_bytes=max_bytes,
                max_wait=max_wait,
                timeout=timeout,
                on_progress=on_progress,
            )

    def _running(self, start: Callable[[], Awaitable[Package]], what: str, started_by: Polled) -> Operation[Package]:
        return Operation(
            start, self.get, ended=_ended, failed=_failed, what=what, polled=self._polled, started_by=started_by
        )

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
