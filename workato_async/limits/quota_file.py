"""QuotaFile: the states of buckets in a SQLite file, one transaction a step.

SQLite keeps its locks by process: a file must be used by the process that opened it, and must not be opened and closed
beside. So connections are closed before a fork. There is no write-ahead log, whose files outlive what they belong to:
between two transactions nothing is locked, and a process that is killed in one is undone by the next.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
import weakref
from typing import TYPE_CHECKING

import msgspec

from workato_async.errors import QuotaStoreError
from workato_async.limits.room import random_draw
from workato_async.limits.shared_state import SharedState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUSY_TIMEOUT = 2.0
"""Seconds to wait for other processes' transactions, each of which takes less than a thousandth of that."""
LONGEST_NAP = 0.0005
"""Seconds between two tries, at most; a transaction takes about a third of it."""
FORMAT = 1
"""Of the file; another one is not touched."""

_decoder = msgspec.msgpack.Decoder(SharedState)
_encoder = msgspec.msgpack.Encoder()
_files: weakref.WeakSet[QuotaFile] = weakref.WeakSet()
_inherited: list[sqlite3.Connection] = []
"""Connections of a parent process that forked without Python's knowledge: neither used nor closed here."""
_lock = threading.RLock()


class QuotaFile:
    """A file of states by name. It may be used by several threads, and before and after a fork."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db: sqlite3.Connection | None = None
        self._identity = (0, 0)
        self._pid = 0
        _files.add(self)

    @contextlib.contextmanager
    def transaction(self, name: str, endpoint: str) -> Iterator[SharedState]:
        """Read a state, and write it back at the end; nobody else does so in between.

        Raises:
            QuotaStoreError: if the file cannot be used.
        """
        with _lock:
            try:
                db = self._connection()
                _insist(db, "BEGIN IMMEDIATE")
                try:
                    row = db.execute("SELECT state FROM buckets WHERE name = ?", (name,)).fetchone()
                    if row and not isinstance(row[0], bytes):
                        raise sqlite3.DatabaseError("a state in it is not one")
                    state = _decoder.decode(row[0]) if row else SharedState()
                    yield state
                    db.execute("INSERT OR REPLACE INTO buckets VALUES (?, ?)", (name, _encoder.encode(state)))
                    _insist(db, "COMMIT")
                except BaseException:
                    with contextlib.suppress(sqlite3.Error):
                        db.execute("ROLLBACK")
                    raise
            except (sqlite3.Error, OSError, msgspec.DecodeError) as error:
                self.close()
                raise QuotaStoreError(
                    f"{endpoint or 'a bucket'}: the quota file {self.path} cannot be used: {error}. Make it writable, "
                    "delete it if it is damaged, name another one with MachineStore(path), or continue with a share: "
                    "MachineStore(on_store_failure='local')",
                    endpoint=endpoint,
                ) from None

    def close(self) -> None:
        """Close the file; its next use opens it again."""
        with _lock:
            db, self._db = self._db, None
            if db is not None and self._pid != os.getpid():
                _inherited.append(db)
            elif db is not None:
                db.close()

    def _connection(self) -> sqlite3.Connection:
        if self._db is not None and self._pid == os.getpid():
            now = self.path.stat()
            if (now.st_dev, now.st_ino) != self._identity:
                raise OSError("it was replaced while in use")
            return self._db
        self.close()
        db = self._open()
        now = self.path.stat()
        self._db, self._pid, self._identity = db, os.getpid(), (now.st_dev, now.st_ino)
        return db

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        db = sqlite3.connect(self.path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
        try:
            db.execute("PRAGMA synchronous = OFF")  # a crash of a process loses nothing; one of the machine ends all
            db.execute("PRAGMA journal_mode = PERSIST")
            db.execute("BEGIN IMMEDIATE")
            (version,) = db.execute("PRAGMA user_version").fetchone()
            (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if version > FORMAT:
                raise sqlite3.DatabaseError(f"it was written by a newer release (format {version})")
            if version < FORMAT and tables:
                raise sqlite3.DatabaseError("it is the database of another program")
            if not tables:
                db.execute("CREATE TABLE buckets (name TEXT PRIMARY KEY, state BLOB NOT NULL) WITHOUT ROWID")
                db.execute(f"PRAGMA user_version = {FORMAT}")
            db.execute("COMMIT")
            db.execute("PRAGMA busy_timeout = 0")  # from here on _insist waits
        except BaseException:
            db.close()
            raise
        return db

    def __del__(self) -> None:
        self.close()


def _insist(db: sqlite3.Connection, command: str) -> None:
    """Execute a command once no other process is in the way; SQLite itself would sleep for up to 0.1 s at a time."""
    deadline = time.monotonic() + BUSY_TIMEOUT
    while True:
        try:
            db.execute(command)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(random_draw() * LONGEST_NAP)
        else:
            return


def _before_fork() -> None:
    _lock.acquire()
    for file in list(_files):
        file.close()


def _after_fork_in_child() -> None:
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork, after_in_parent=lambda: _lock.release(), after_in_child=_after_fork_in_child
    )
