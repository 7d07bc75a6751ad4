"""Files: written beside their destination and renamed when complete, locked against other processes, checked as zip."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import IO, TYPE_CHECKING, ParamSpec, Self, TypeVar

from workato_async._checks import require_count, require_type
from workato_async._zip import problem_with_zip
from workato_async.arguments import plain
from workato_async.errors import ConfigurationError, InvalidResponseError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

P = ParamSpec("P")
T = TypeVar("T")

MAX_DOWNLOAD = 4 * 1024**3
"""The largest file that is downloaded by default, in bytes."""

if sys.platform == "win32":
    import msvcrt

    _LOCKED_BYTE = 2**31 - 2
    """Windows locks bytes, and nobody can read a locked one: this one is beyond the end of any file we lock."""

    def _try_lock(descriptor: int) -> None:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _try_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """An exclusive lock of the operating system on a file, which ends with its process at the latest.

    The content of the file can still be read and written; only other locks are kept out.

    Args:
        path: the file, created if it is missing, and never removed: otherwise two processes could lock two files.
        mode: the permissions of a file that is created, before the umask.
    """

    def __init__(self, path: Path, *, mode: int = 0o666) -> None:
        self._path = path
        self._mode = mode
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """Take the lock and return True, or return False if another process (or another FileLock) has it.

        Raises:
            OSError: if the file cannot be opened or created.
        """
        if self._descriptor is not None:
            return True
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, self._mode)
        try:
            _try_lock(descriptor)
        except (BlockingIOError, PermissionError):  # the latter on Windows
            os.close(descriptor)
            return False
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Release the lock, if it is held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def atomic_write(path: Path, data: bytes, *, draft: Path | None = None, sync: bool = False) -> None:
    """Replace a file so that readers see either the old content or the new, never a part of it.

    Args:
        path: the file; its folder must exist.
        data: the new content.
        draft: where to write before renaming, on the same file system; by default a hidden file beside ``path``.
        sync: wait until the data are on the disk, so that they survive a power failure.

    Raises:
        OSError: if it cannot be written; the old file is then still there, and the draft is not.
    """
    draft = _draft_of(path) if draft is None else draft
    try:
        with draft.open("wb") as file:
            file.write(data)
            if sync:
                file.flush()
                os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def _draft_of(path: Path) -> Path:
    """Return an unused name in the same folder."""
    return path.with_name(f".{path.name}.{token_hex(4)}")


class FileSink:
    """A ``workato_async.http.messages.Sink`` that fills a temporary file in the folder of its path.

    Use it as ``async with FileSink(path) as sink``, and ``commit`` what came in; anything not committed is removed.
    File operations run in threads, so that a slow disk does not block the event loop.

    Args:
        path: the file; an existing one is replaced.
        max_bytes: the largest body that is accepted.

    Raises:
        ConfigurationError: if the folder is not writable, the path exists and is not a regular file, or ``max_bytes``
            is not a whole number of at least 1.
    """

    def __init__(self, path: str | os.PathLike[str], *, max_bytes: int = MAX_DOWNLOAD) -> None:
        require_count("max_bytes", max_bytes)
        given = plain(path)
        require_type("path", given, str | os.PathLike)
        self.path = Path(given)
        self.max_bytes = max_bytes
        self._file: IO[bytes] | None = None
        self._abandoned = False

    async def __aenter__(self) -> Self:
        try:
            await self._do(self._create)
        except BaseException:
            # A thread cannot be cancelled: whichever of the two comes second removes the file.
            self._abandoned = True
            if self._file is not None:
                self._remove()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._file is not None:
            await asyncio.to_thread(self._remove)

    async def begin(self) -> None:
        """Start again with an empty file."""
        await self._do(self._truncate)

    async def write(self, chunk: bytes) -> None:
        """Append a chunk.

        Raises:
            ConfigurationError: if it cannot be written, for example because the disk is full.
        """
        await self._do(self._append, chunk)

    async def commit(self) -> Path:
        """Move the file to its path, replacing any file there, and return the path.

        Raises:
            ConfigurationError: if it cannot be moved.
        """
        await self._do(self._replace)
        return self.path

    @property
    def temporary(self) -> Path:
        """Where the file is until it is committed; it holds everything up to the last ``write``."""
        return Path(self._open.name)

    @property
    def _open(self) -> IO[bytes]:
        if self._file is None:
            raise ConfigurationError("use a FileSink in an `async with` block")
        return self._file

    async def _do(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a file operation in a thread and turn errors of the disk into one of this package."""
        try:
            return await asyncio.to_thread(act, *args, **kwargs)
        except OSError as error:
            raise ConfigurationError(f"{self.path} cannot be written: {error.strerror}") from None

    def _create(self) -> None:
        if self.path.exists() and not self.path.is_file():
            raise ConfigurationError(f"{self.path} exists and is not a regular file")
        # Not a NamedTemporaryFile, which only its owner may read: this file should have the usual permissions, and the
        # umask cannot be read without changing it for all threads.
        self._file = _draft_of(self.path).open("xb")
        if self._abandoned:
            self._remove()

    def _remove(self) -> None:
        with suppress(OSError):  # the buffer may still hold what a full disk did not take
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


class TemporarySink(FileSink):
    """A sink that keeps the body in a temporary file without a name, which only this process can read."""

    def __init__(self, *, max_bytes: int = MAX_DOWNLOAD) -> None:
        super().__init__(tempfile.gettempdir(), max_bytes=max_bytes)

    @property
    def file(self) -> IO[bytes]:
        """The file, with everything up to the last ``write``."""
        return self._open

    def _create(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by _remove
        if self._abandoned:
            self._remove()

    def _remove(self) -> None:
        with suppress(OSError):
            self._open.close()


async def check_zip(path: Path, *, what: str) -> None:
    """Check that a file is an intact zip archive whose members all stay inside the folder it is unpacked in.

    Raises:
        InvalidResponseError: if it is not, or if unpacking it takes too much; see ``workato_async._zip``.
    """
    stop = threading.Event()
    checking = asyncio.ensure_future(asyncio.to_thread(problem_with_zip, path, stop))
    try:
        problem = await asyncio.shield(checking)
    except asyncio.CancelledError:
        stop.set()  # the process cannot end before its threads do, and the file cannot be removed while it is read
        await asyncio.wait([checking])
        raise
    if problem:
        raise InvalidResponseError(f"{what} {problem}; nothing was kept")
