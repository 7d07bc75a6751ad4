"""Packages and folders of the disk: exported, unpacked, packed again and imported."""

from __future__ import annotations

import asyncio
import os
import zipfile
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import typer

from workato_async import WorkatoError
from workato_async._files import atomic_write
from workato_async.cli.changing import may_be_done
from workato_async.cli.command_runner import CommandError, ExitStatus, interruptible
from workato_async.cli.confirmation import confirm_change
from workato_async.cli.deployment import find_project, plural, show_to_do, shown_by_us
from workato_async.cli.export_folder import is_no_file_of_windows, leads_elsewhere
from workato_async.cli.output import Format, Rows, print_json
from workato_async.cli.terminal import echo_err, strip_control_chars
from workato_async.errors import BadRequestError
from workato_async.resources.packages import contents_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async import WorkatoSession
    from workato_async.models import ImportReport, Package, PackagedAsset, Recipe

ASSETS = ("kind", "id", "name", "folder")
CONTENTS = ("kind", "name", "folder", "outcome")
RESULTS = ("id", "name", "import_result")
WINDOWS = os.name == "nt"
NOT_PACKED = frozenset({".git", ".hg", ".svn", "__pycache__", ".DS_Store"})
"""Names of files and folders that belong to something else."""


async def folder_of_project(workato: WorkatoSession, project_id: int) -> int:
    """Return the folder of a project."""
    return (await find_project(workato, project_id)).folder_id or 0


async def export_to(
    workato: WorkatoSession,
    folder_id: int,
    name: str,
    to: Path,
    *,
    tags: bool,
    test_cases: bool,
    data: bool,
    timeout: float,
    dry_run: bool,
    output: Format,
) -> ExitStatus:
    """Export a folder to a zip file or into a folder of the disk, and print what is in it.

    Args:
        workato: the session.
        folder_id: the folder, for a project its own.
        name: what it is called.
        to: a path that ends with ``.zip``, or a folder.
        tags: include tags.
        test_cases: include test cases.
        data: include the data of tables.
        timeout: seconds to wait for the export.
        dry_run: only print what would be exported.
        output: how to print.
    """
    if dry_run:
        assets = workato.export_manifests.folder_assets(
            folder_id=folder_id, include_test_cases=test_cases or None, include_data=data or None
        )
        with Rows(ASSETS, output, none="there is nothing in it") as rows:
            async for one in assets:
                rows.add({"kind": one.type, "id": one.id, "name": one.name, "folder": one.folder})
        echo_err(f"would export {name} to {to}")
        return ExitStatus.DONE
    unpacked = _is_folder(to)
    last = ""

    def show(package: Package) -> None:
        nonlocal last
        if (line := f"export {package.id}: {package.status}") != last:
            echo_err(last := line)

    with TemporaryDirectory(prefix="workato-export-") as temporary, interruptible(lambda: "nothing was written"):
        path = await workato.packages.export_folder(
            folder_id,
            Path(temporary, "package.zip") if unpacked else to,
            name=f"Export of {name}",
            include_tags=tags or None,
            include_test_cases=test_cases or None,
            include_data=data or None,
            timeout=timeout,
            on_progress=show,
        )
        contents = contents_of(path)
        size = _size(path)
        if unpacked:
            await asyncio.to_thread(unpack, path, to)
    with Rows(("kind", "name", "folder", "file"), output, none="there was nothing in it") as rows:
        for asset in contents:
            rows.add(asset.to_dict())
    echo_err(f"exported {describe(contents)} to {to} ({size:,} bytes as a zip file)")
    return ExitStatus.DONE


async def import_from(
    workato: WorkatoSession,
    file: Path,
    folder_id: int,
    name: str,
    *,
    restart: bool,
    tags: bool,
    home_folder: int | None,
    max_bytes: int,
    max_wait: float | None,
    timeout: float,
    yes: bool,
    dry_run: bool,
    output: Format,
) -> ExitStatus:
    """Import a package, and print a row for each of its recipes.

    Args:
        workato: the session.
        file: a zip file, or a folder to pack.
        folder_id: the folder to import into.
        name: what it is called.
        restart: stop and start running recipes.
        tags: also import tags.
        home_folder: the folder for assets of the root folder.
        max_bytes: the largest package.
        max_wait: seconds to wait at most until the import is permitted.
        timeout: seconds to wait for its end.
        yes: whether it was confirmed.
        dry_run: only print what would be imported.
        output: how to print.
    """
    with TemporaryDirectory(prefix="workato-import-") as temporary:
        package = await asyncio.to_thread(_packed, file, Path(temporary))
        contents = contents_of(package)
        if not contents:
            raise typer.BadParameter(f"{file} has no assets of Workato", param_hint="FILE")
        if dry_run:
            return await _show_contents(workato, folder_id, name, contents, package, max_bytes, output)
        await confirm_change(workato, f"Import {describe(contents)} into folder {name}", yes=yes)
        report: ImportReport | None = None
        last = ""

        def show(now: ImportReport) -> None:
            nonlocal report, last
            report = now
            line = last
            if now.waiting_until is not None:
                until = now.waiting_until.astimezone()
                line = f"waiting until {until:%H:%M:%S}: Workato requires 15 minutes between two imports"
            elif now.package is not None:
                line = f"import {now.package.id}: {now.package.status}"
            if line != last:
                echo_err(last := line)

        try:
            with interruptible(lambda: _interrupted(report)), shown_by_us():
                report = await workato.packages.import_and_check(
                    folder_id,
                    package,
                    restart_recipes=restart or None,
                    include_tags=tags or None,
                    folder_id_for_home_assets=home_folder,
                    max_bytes=max_bytes,
                    max_wait=max_wait,
                    timeout=timeout,
                    on_progress=show,
                )
        except BadRequestError as error:
            raise CommandError(f"error: nothing was imported: {error}{_hint(error, restart)}") from None
        except WorkatoError as error:
            if not may_be_done(error):
                raise
            raise CommandError(f"error: {error} In short: {_interrupted(report)}") from None
    return await _print_results(workato, report, output)


async def _show_contents(
    workato: WorkatoSession,
    folder_id: int,
    name: str,
    contents: Sequence[PackagedAsset],
    package: Path,
    max_bytes: int,
    output: Format,
) -> ExitStatus:
    """Print what is in a package, and which recipes of these names there are already."""
    existing = await _recipes(workato, folder_id)
    running = 0
    with Rows(CONTENTS, output) as rows:
        for asset in contents:
            same = [one for one in existing if one.name == asset.name] if asset.kind == "recipe" else []
            running += sum(bool(one.running) for one in same)
            found = ", ".join(f"{one.id}{' (running)' if one.running else ''}" for one in same)
            rows.add({**asset.to_dict(), "outcome": f"may change {found}" if found else None})
    size = _size(package)
    echo_err(f"would import {describe(contents)} into folder {name} ({size:,} bytes)")
    if running:
        echo_err(
            f"running under the same names: {plural(running, 'recipe')}; an import changes them with --restart only"
        )
    if size > max_bytes:
        echo_err(f"error: {package.name} has {size:,} bytes, more than the limit of {max_bytes:,}")
        return ExitStatus.PARTLY_FAILED
    return ExitStatus.DONE


async def _print_results(workato: WorkatoSession, report: ImportReport, output: Format) -> ExitStatus:
    """Print a row for each recipe, or the whole report as JSON, and what a person must still do."""
    status = report.package.recipe_status if report.package is not None else ()
    if output is Format.JSON:
        print_json(report.to_dict())
    else:
        names = {recipe.id: recipe.name for recipe in await _recipes(workato, int(report.folder))} if status else {}
        with Rows(RESULTS, output, none="no recipe was imported", changing=True) as rows:
            for one in status:
                rows.add({"id": one.id, "name": names.get(one.id or 0), "import_result": one.import_result})
    show_to_do(report.to_do)
    if report.problem:
        echo_err(f"error: {report.problem}")
    elif report.not_restarted:
        echo_err(f"error: {plural(len(report.not_restarted), 'recipe')} did not restart")
    return ExitStatus.DONE if report.ok else ExitStatus.PARTLY_FAILED


def _is_folder(to: Path) -> bool:
    """Whether a package is to be unpacked into a folder.

    Raises:
        typer.BadParameter: if it is another file.
    """
    unpacked = to.suffix.lower() != ".zip"
    if to.exists() and to.is_dir() is not unpacked:
        raise typer.BadParameter(f"{to} is neither a folder nor a .zip file", param_hint="--to")
    return unpacked


def _packed(file: Path, temporary: Path) -> Path:
    """Return the zip file of a package, which is made of a folder if necessary.

    Raises:
        typer.BadParameter: if there is neither.
    """
    if not file.exists():
        raise typer.BadParameter(f"there is no file {file}", param_hint="FILE")
    if not file.is_dir():
        return file
    package = temporary / "package.zip"
    pack(file, package)
    return package


def _size(path: Path) -> int:
    return path.stat().st_size


def _hint(error: BadRequestError, restart: bool) -> str:
    """Return what to do after a rejection."""
    if "15" in error.message and "minutes" in error.message:
        return " Leave out --no-wait to wait for that."
    return "" if restart else " If recipes are running, --restart stops them and starts them again."


def _interrupted(report: ImportReport | None) -> str:
    if report is not None and report.waiting_until is not None:
        return "nothing was imported"
    if report is None or report.package is None:
        return "the import may have been started: check the folder before you import again"
    id_ = report.package.id
    return f"import {id_} continues at Workato; to see its state: workato-async request GET /api/packages/{id_}"


async def _recipes(workato: WorkatoSession, folder_id: int) -> list[Recipe]:
    return await workato.recipes.list(folder_id=folder_id, with_subfolders=True, exclude_code=True).collect()


def describe(contents: Sequence[PackagedAsset]) -> str:
    """Return how many assets of each kind there are: ``2 connections and 5 recipes``."""
    counts = Counter(asset.kind.replace("_", " ") for asset in contents)
    texts = [plural(number, kind) for kind, number in sorted(counts.items())]
    return " and ".join(filter(None, (", ".join(texts[:-1]), *texts[-1:]))) or "nothing"


def unpack(package: Path, folder: Path) -> None:
    """Unpack a package into a folder, whose other files stay; what is not in the package is listed on stderr.

    Raises:
        CommandError: if a part of the folder is a symbolic link or a junction, which lead elsewhere, or Windows has no
            such names.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(package) as archive:
        members = {name: folder.joinpath(*name.split("/")) for name in archive.namelist() if not name.endswith("/")}
        for path in members.values():
            for part in (path, *path.parents):
                if part == folder:
                    break
                if leads_elsewhere(part):
                    raise CommandError(f"error: {part} is a symbolic link, so nothing was unpacked")
                if WINDOWS and is_no_file_of_windows(part.name):
                    raise CommandError(
                        f"error: {part.relative_to(folder)} cannot be a file on Windows, so nothing was unpacked. "
                        "Export to a .zip file"
                    )
        for name, path in members.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            atomic_write(path, archive.read(name))
    others = sorted(
        str(path.relative_to(folder))
        for path in _files(folder)
        if path not in members.values() and path.name.count(".") > 1
    )
    if others:
        echo_err(f"not in the package any more: {strip_control_chars(', '.join(others))}")


def pack(folder: Path, package: Path) -> None:
    """Pack the files of a folder into a package; symbolic links and version control are left out."""
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in _files(folder):
            archive.write(path, path.relative_to(folder).as_posix())


def _files(folder: Path) -> list[Path]:
    """Return the regular files in a folder and below it, in order."""
    found: list[Path] = []
    for path in sorted(folder.iterdir()):
        if path.name in NOT_PACKED or leads_elsewhere(path):
            continue
        if path.is_dir():
            found += _files(path)
        elif path.is_file():
            found.append(path)
    return found
