"""What is in a package: the names and kinds of its assets, read from the zip file without unpacking it.

Source: "Working with external source control systems" (docs: recipe-development-lifecycle), whose folders hold the same
files.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from contextlib import suppress
from os import PathLike
from pathlib import Path, PurePosixPath

import attrs
import msgspec

from workato_async._checks import require_count, require_type
from workato_async.base_model import Part
from workato_async.errors import ConfigurationError

_LONGEST = 16 * 2**20
"""Bytes of the largest file whose text is read for the name of its asset."""
_ASSET = re.compile(r"(?P<stem>.+)\.(?P<kind>[a-z_]+)\.(?:json|rb|csv|html)")


@attrs.frozen(kw_only=True)
class PackagedAsset(Part):
    """An asset of a package; ``kind`` is e.g. ``"recipe"``, ``"connection"`` or ``"lookup_table"``.

    ``file`` is its path in the package, ``folder`` the folder that it is imported into, empty for the top one.
    """

    kind: str
    name: str
    folder: str = ""
    file: str = ""


def check_package(package: bytes | str | PathLike[str], max_bytes: int) -> None:
    """Check that a package can be imported, as far as that is known without sending it.

    Raises:
        ConfigurationError: if it cannot be read, is not a zip file, or is too large.
    """
    require_type("package", package, bytes | str | PathLike)
    require_count("max_bytes", max_bytes)
    contents_of(package)
    size = len(package) if isinstance(package, bytes) else Path(package).stat().st_size
    if size > max_bytes:
        what = "the package" if isinstance(package, bytes) else str(package)
        raise ConfigurationError(
            f"{what} has {size:,} bytes, and a package that is imported has at most {max_bytes:,}",
            advice="Nothing was imported. Export less at a time, or pass max_bytes if your workspace permits more.",
        )


class _Named(msgspec.Struct):
    name: str = ""


def contents_of(package: bytes | str | PathLike[str]) -> tuple[PackagedAsset, ...]:
    """Return the assets of a package, in the order of their folders.

    Args:
        package: the zip file, by path or as bytes.

    Raises:
        ConfigurationError: if it cannot be read, or is not a zip file.
    """
    source = io.BytesIO(package) if isinstance(package, bytes) else package
    try:
        with zipfile.ZipFile(source) as archive:
            found = [asset for info in archive.infolist() if (asset := _asset(archive, info)) is not None]
    except OSError as error:
        raise ConfigurationError(f"{package!s} cannot be read: {error.strerror or error}") from None
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError):
        what = "the package" if isinstance(package, bytes) else str(package)
        raise ConfigurationError(f"{what} is not an intact zip file") from None
    return tuple(sorted(found, key=lambda asset: (asset.folder, asset.kind, asset.name)))


def _asset(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> PackagedAsset | None:
    """Return the asset in a file; None for a folder, a manifest, and files that belong to nothing that is imported."""
    path = PurePosixPath(info.filename)
    match = _ASSET.fullmatch(path.name)
    if info.is_dir() or match is None:
        return None
    name = ""
    if path.suffix == ".json" and info.file_size <= _LONGEST:
        with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # Workato says what is wrong with it
            name = msgspec.json.decode(archive.read(info), type=_Named).name
    folder = "" if str(path.parent) == "." else str(path.parent)
    return PackagedAsset(kind=match["kind"], name=name or match["stem"], folder=folder, file=info.filename)
