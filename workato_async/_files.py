"""Answers that go to a file: written beside their place, and put there when they are whole."""

from __future__ import annotations

import asyncio
import os
import stat
import zipfile
from contextlib import suppress
from pathlib import Path, PurePosixPath, PureWindowsPath
from secrets import token_hex
from typing import IO, TYPE_CHECKING, ParamSpec, Self, TypeVar

from workato_async.errors import ConfigurationError, InvalidResponseError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

P = ParamSpec("P")
T = TypeVar("T")


class FileSink:
    """A :class:`workato_async.http.messages.Sink` that fills a temporary file in the folder of its path.

    Use it as ``async with FileSink(path) as sink``, and :meth:`commit` what came in; what is not committed is removed.
    Files are touched by threads, so that a slow disk holds up nobody else.

    Raises:
        ConfigurationError: if the folder cannot be written to, or something is there that is no file.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._file: IO[bytes] | None = None

    async def __aenter__(self) -> Self:
        self._file = await self._do(self._create)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._file is not None:
            await asyncio.to_thread(self._remove)

    async def begin(self) -> None:
        """Begin anew."""
        await self._do(self._truncate)

    async def write(self, chunk: bytes) -> None:
        """Append.

        Raises:
            ConfigurationError: if the disk is full, say.
        """
        await self._do(self._append, chunk)

    async def commit(self) -> Path:
        """Put the file in its place, instead of one that may be there, and give its path.

        Raises:
            ConfigurationError: if it cannot be put there.
        """
        await self._do(self._replace)
        return self.path

    @property
    def temporary(self) -> Path:
        """Where the file is until it is committed, complete up to the last :meth:`write`."""
        return Path(self._open.name)

    @property
    def _open(self) -> IO[bytes]:
        if self._file is None:
            raise ConfigurationError("a FileSink is used in an `async with` block")
        return self._file

    async def _do(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Touch the file in a thread; what the disk refuses is an error of this package."""
        try:
            return await asyncio.to_thread(act, *args, **kwargs)
        except OSError as error:
            raise ConfigurationError(f"{self.path} cannot be written: {error.strerror}") from None

    def _create(self) -> IO[bytes]:
        if self.path.exists() and not self.path.is_file():
            raise ConfigurationError(f"{self.path} is no file, and would be replaced by one")
        # Not a NamedTemporaryFile, which only its owner may read, while this one is to be as any file its owner makes:
        # the umask cannot be asked for without changing it, for all threads.
        return self.path.with_name(f".{self.path.name}.{token_hex(4)}").open("xb")

    def _remove(self) -> None:
        with suppress(OSError):  # what a full disk did not take is in the buffer still
            self._open.close()
        self.temporary.unlink(missing_ok=True)

    def _truncate(self) -> None:
        self._open.seek(0)
        self._open.truncate()

    def _append(self, chunk: bytes) -> None:
        self._open.write(chunk)
        self._open.flush()

    def _replace(self) -> None:
        os.fsync(self._open.fileno())
        self._open.close()
        self.temporary.replace(self.path)


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
    except Exception:  # zipfile lets the errors of its parts through: of zlib, of seeking outside of the file
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
