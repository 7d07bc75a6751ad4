"""One mirror a file: a lock of the operating system, which dies with its process."""

from __future__ import annotations

import sys
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SUFFIX = "-mirror-lock"
"""What the name of the locked file has more than that of the database, which others may go on reading."""

if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """Keeps other mirrors off a database file.

    Args:
        database: the file; None for a database that nobody else can open.
    """

    def __init__(self, database: Path | None) -> None:
        self._path = database and database.with_name(database.name + SUFFIX)
        self._file: IO[bytes] | None = None

    def acquire(self) -> bool:
        """Take the lock; False if somebody else has it.

        Raises:
            OSError: if the file cannot be made.
        """
        if self._path is None or self._file is not None:
            return True
        file = self._path.open("ab")
        try:
            _try_lock(file)
        except (BlockingIOError, PermissionError):
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Give the lock back; the file stays, since removing it would let two others lock two files."""
        if self._file is not None:
            self._file.close()
            self._file = None
