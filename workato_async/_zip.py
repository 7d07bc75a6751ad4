"""Zip archives from elsewhere: whether one can be unpacked without harm, found out with bounded work.

What the directory of the archive says comes first: names, sizes and places of its members. Only what passes is
decompressed, to compare checksums, and nothing is kept of it.
"""

from __future__ import annotations

import io
import stat
import zipfile
from itertools import pairwise
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

MOST_UNPACKED = 16 * 1024**3
"""Bytes that an archive may unpack to, if its members are compressed at all."""
ANY_RATIO = 256 * 1024**2
"""Bytes that even a small archive may unpack to."""
MOST_RATIO = 100
"""How many times its own size any other archive may unpack to; recipes reach about 20."""
MOST_DIRECTORY = 8 * 1024**2
"""Bytes of a directory: some 80,000 members. Each one costs ten times its bytes in memory."""
_CHUNK = 256 * 1024
_ENCRYPTED = 0x1
_LOCAL_HEADER = 30
"""The fewest bytes between the place of a member and its data."""


class _TooLargeError(Exception):
    """The directory is larger than any real one."""


class _Reader(io.FileIO):
    """A file that is read in bounded pieces."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > MOST_DIRECTORY:  # only the directory is read at once
            raise _TooLargeError
        return super().read(_CHUNK if size is None or size < 0 else size)  # without a size, the last 64 KiB


def problem_with_zip(path: Path, stop: threading.Event) -> str:
    """Return what is wrong with an archive, empty if nothing is.

    Args:
        path: the file.
        stop: ends the check soon once it is set; what is returned then has no meaning.
    """
    try:
        with _Reader(path) as file, zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            return _problem_with_directory(members, path.stat().st_size) or _problem_with_content(archive, stop)
    except _TooLargeError:
        return "is a zip archive with too many members"
    except Exception:  # zipfile lets errors of zlib through, and of seeking outside the file
        return "is not a zip archive"


def _problem_with_directory(members: Sequence[zipfile.ZipInfo], size: int) -> str:
    for member in members:
        if _leads_out(member.filename) or stat.S_ISLNK(member.external_attr >> 16):
            return f"is a zip archive with a member outside its folder: {member.filename!r}"
        if member.flag_bits & _ENCRYPTED:
            return f"is a zip archive with an encrypted member: {member.filename!r}"
        # What other methods unpack at a time cannot be limited.
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            return f"is a zip archive with an unknown compression method: {member.filename!r}"
    unpacked = sum(member.file_size for member in members)
    most = max(size, ANY_RATIO, min(MOST_RATIO * size, MOST_UNPACKED))
    if unpacked > most:
        return f"is a zip archive of {size:,} bytes that unpacks to {unpacked:,}, more than the limit of {most:,}"
    for one, following in pairwise(sorted(members, key=lambda member: member.header_offset)):
        if one.header_offset + _LOCAL_HEADER + one.compress_size > following.header_offset:
            return f"is a zip archive whose members overlap: {one.filename!r} and {following.filename!r}"
    return ""


def _problem_with_content(archive: zipfile.ZipFile, stop: threading.Event) -> str:
    for member in archive.infolist():
        try:
            with archive.open(member) as content:
                while not stop.is_set() and content.read(_CHUNK):
                    pass
        except Exception:
            return f"is a zip archive whose member {member.filename!r} is damaged"
        if stop.is_set():
            return "was not checked"
    return ""


def _leads_out(name: str) -> bool:
    windows = PureWindowsPath(name)
    return (
        PurePosixPath(name).is_absolute()
        or bool(windows.drive or windows.root)
        or ".." in PurePosixPath(name).parts
        or ".." in windows.parts
    )
