"""Answers that go to a file: written beside their place, and put there when they are whole."""

from __future__ import annotations

import asyncio
import os
import stat
import zipfile
from pathlib import Path, PurePosixPath, PureWindowsPath
from tempfile import NamedTemporaryFile
from typing import IO, TYPE_CHECKING, Self

from workato_async.errors import ConfigurationError, InvalidResponseError

if TYPE_CHECKING:
    from types import TracebackType


class FileSink:
    """A :class:`workato_async.exchange.Sink` that fills a temporary file in the folder of its path.

    Use it as ``async with FileSink(path) as sink``, and :meth:`commit` what came in; what is not committed is removed.
    Files are touched by threads, so that a slow disk holds up nobody else.

    Raises:
        ConfigurationError: if the folder cannot be written to, or something is there that is no file.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._file: IO[bytes] | None = None

    async def __aenter__(self) -> Self:
        try:
            self._file = await asyncio.to_thread(self._create)
        except OSError as error:
            raise ConfigurationError(f"{self.path} cannot be written: {error.strerror}") from None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._file is not None:
            await asyncio.to_thread(self._remove)

    async def begin(self) -> None:
        """Begin anew."""
        await asyncio.to_thread(self._truncate)

    async def write(self, chunk: bytes) -> None:
        """Append.

        Raises:
            ConfigurationError: if the disk is full, say.
        """
        try:
            await asyncio.to_thread(self._open.write, chunk)
        except OSError as error:
            raise ConfigurationError(f"{self.path} cannot be written: {error.strerror}") from None

    async def commit(self) -> Path:
        """Put the file in its place, instead of one that may be there, and give its path."""
        await asyncio.to_thread(self._replace)
        return self.path

    @property
    def temporary(self) -> Path:
        """Where the file is until it is committed, complete up to the last :meth:`write`."""
        self._open.flush()
        return Path(self._open.name)

    @property
    def _open(self) -> IO[bytes]:
        if self._file is None:
            raise ConfigurationError("a FileSink is used in an `async with` block")
        return self._file

    def _create(self) -> IO[bytes]:
        if self.path.exists() and not self.path.is_file():
            raise ConfigurationError(f"{self.path} is no file, and would be replaced by one")
        return NamedTemporaryFile(dir=self.path.parent, prefix=f".{self.path.name}.", delete=False)

    def _remove(self) -> None:
        self._open.close()
        Path(self._open.name).unlink(missing_ok=True)

    def _truncate(self) -> None:
        self._open.seek(0)
        self._open.truncate()

    def _replace(self) -> None:
        file = self._open
        file.flush()
        os.fsync(file.fileno())
        file.close()
        # Temporary files are for their owner only; this one is now as any file its owner makes.
        umask = os.umask(0)
        os.umask(umask)
        Path(file.name).chmod(0o666 & ~umask)
        Path(file.name).replace(self.path)


async def check_zip(path: Path, *, what: str) -> None:
    """Return if a file is a whole zip archive whose members all stay inside the folder it is unpacked in.

    Raises:
        InvalidResponseError: if it is not.
    """
    problem = await asyncio.to_thread(_problem_with_zip, path)
    if problem:
        raise InvalidResponseError(f"{what} {problem}; nothing was kept")


def _problem_with_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if _leads_out(member.filename) or stat.S_ISLNK(member.external_attr >> 16):
                    return f"is a zip archive with a member that leads out of its folder: {member.filename!r}"
            if (broken := archive.testzip()) is not None:
                return f"is a zip archive whose member {broken!r} is damaged"
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError):
        return "is not a zip archive"
    return ""


def _leads_out(name: str) -> bool:
    windows = PureWindowsPath(name)
    return (
        PurePosixPath(name).is_absolute()
        or bool(windows.drive or windows.root)
        or ".." in PurePosixPath(name).parts
        or ".." in windows.parts
    )
