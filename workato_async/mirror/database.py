"""The database of a mirror: opening, locking, upgrading, and transactions that are retried after a lost connection.

The work of a transaction is an ordinary function of a SQLAlchemy connection. On SQLite it runs from begin to commit in
the one thread that owns the connection, so that a page costs one hop; on PostgreSQL, in SQLAlchemy's greenlet.
"""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, SQLAlchemyError, StatementError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import StaticPool

from workato_async._backoff import full_jitter, sleep
from workato_async._files import FileLock
from workato_async.errors import ConfigurationError, WorkatoError
from workato_async.mirror.errors import MirrorError, RowsRejectedError
from workato_async.mirror.versions import VERSION, upgrade, version_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import URL, Connection, Engine

T = TypeVar("T")

RECONNECT_TIMEOUT = 300.0
"""Seconds for which a mirror tries to reconnect to a lost server."""
LOCK_SUFFIX = "-mirror-lock"
"""Appended to the name of a SQLite file for that of its lock file; the database itself stays readable."""
_BUSY = 30.0
"""Seconds to wait for another program that writes to the same file."""
_TRANSIENT = ("08", "40001", "40P01", "53300", "57P01", "57P02", "57P03")
"""SQLSTATEs (or their prefixes) after which a transaction may be retried."""
_REASONS = {
    "readonly": "the file or its folder is read-only",
    "disk is full": "the disk is full; free some space and run it again",
    "unable to open": "the file cannot be opened: does its folder exist, and is it writable?",
    "not a database": "the file is not a SQLite database",
    "locked": f"another program has kept the file locked for {_BUSY:g} s",
}


class Database:
    """A database by its URL; see :func:`parse_url`.

    Raises:
        ConfigurationError: if the driver is missing.
    """

    def __init__(self, url: URL) -> None:
        self._url = url
        self.shared = url.get_backend_name() != "sqlite"
        self._writing = asyncio.Lock()
        self._file = None if self.shared else _file_of(url)
        self._lock = None if self._file is None else FileLock(self._file.with_name(self._file.name + LOCK_SUFFIX))
        self._thread = ThreadPoolExecutor(1, "workato-mirror")  # starts with its first transaction
        options: dict[str, Any] = {
            "hide_parameters": True, "json_serializer": _unchanged, "json_deserializer": _unchanged,
        }  # fmt: skip
        try:
            self._engine = create_async_engine(url, **options) if self.shared else _sqlite_engine(url, options)
        except ModuleNotFoundError as error:
            missing = error.name
        else:
            return
        raise ConfigurationError(f"{missing} is missing: pip install 'workato-async[mirror]'")

    async def open(self) -> None:
        """Connect, and create or upgrade the tables.

        Raises:
            MirrorError: if it cannot be opened, or belongs to a newer release.
        """
        self._check_place()
        try:
            if await self._once(version_of) != VERSION:
                await self._once(upgrade)
        except BaseException as error:
            await self.close()
            if isinstance(error, WorkatoError) or not isinstance(error, Exception):
                raise
            raise self._problem(error) from None

    async def made(self) -> bool:
        """Whether the tables of a mirror exist; creates none.

        Raises:
            MirrorError: as :meth:`open` does.
        """
        self._check_place()
        if self._file is not None and not self._file.exists():  # SQLite would create it
            return False
        try:
            return await self._once(version_of) is not None
        except Exception as error:
            raise self._problem(error) from None

    async def claim(self) -> None:
        """Make sure that no other mirror is working on the same file; on a server they share the work instead.

        Raises:
            MirrorError: if one is.
        """
        for _ in range(10):  # another process may only be reading the status
            if self._try_lock():
                return
            await sleep(0.1)
        raise MirrorError(
            f"another mirror works on {self}: a SQLite file allows one at a time. "
            "Wait until it has finished, or use PostgreSQL, where several share the work"
        )

    async def run_in_transaction(self, work: Callable[[Connection], T]) -> T:
        """Run a function in one transaction and return its result.

        If the connection is lost, the whole transaction is retried once the server is back.

        Raises:
            MirrorError: if the transaction fails.
        """
        loop = asyncio.get_running_loop()
        give_up: float | None = None
        attempt = 0
        while True:
            try:
                return await self._once(work)
            except Exception as error:
                give_up = loop.time() + RECONNECT_TIMEOUT if give_up is None else give_up
                if not self.shared or not _is_transient(error) or loop.time() >= give_up:
                    raise self._problem(error, "What was committed before is kept, the rest was not started") from None
            attempt += 1
            await sleep(full_jitter(attempt, 0.1, 5.0))

    async def close(self) -> None:
        """Disconnect, and release the lock."""
        if isinstance(self._engine, AsyncEngine):
            await self._engine.dispose()
        else:
            await self._in_thread(self._engine.dispose)
        if self._lock is not None:
            self._lock.release()

    def __str__(self) -> str:
        return self._url.difference_update_query(["password"]).render_as_string(hide_password=True)

    async def _once(self, work: Callable[[Connection], T]) -> T:
        """Run one transaction, to its end even if cancelled: it takes milliseconds, and the connection stays usable."""
        transaction = asyncio.create_task(self._transaction(work))
        try:
            return await asyncio.shield(transaction)
        except asyncio.CancelledError:
            await asyncio.wait([transaction], timeout=_BUSY)
            if not transaction.cancel() and not transaction.cancelled():
                transaction.exception()  # nobody waits for it any more
            raise

    async def _transaction(self, work: Callable[[Connection], T]) -> T:
        if isinstance(self._engine, AsyncEngine):
            async with self._engine.begin() as connection:
                return await connection.run_sync(work)
        engine = self._engine

        def run() -> T:
            with engine.begin() as connection:
                return work(connection)

        async with self._writing:  # SQLite has one writer
            return await self._in_thread(run)

    async def _in_thread(self, run: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, run)

    def _check_place(self) -> None:
        if self._file is not None and (self._file.is_dir() or not self._file.parent.is_dir()):
            raise MirrorError(f"{self}: {_REASONS['unable to open']} Nothing was changed")

    def _try_lock(self) -> bool:
        try:
            return self._lock is None or self._lock.acquire()
        except OSError as error:
            raise MirrorError(f"{self}: the folder of the file is not writable: {error.strerror or error}") from None

    def _problem(self, error: Exception, so_far: str = "Nothing was changed") -> Exception:
        """Return the error to raise for one of the database; other errors are returned unchanged."""
        if _is_of_rows(error):
            return RowsRejectedError(f"{self}: {str(error).partition(chr(10))[0]}")
        if not isinstance(error, SQLAlchemyError | OSError | sqlite3.Error) and not hasattr(error, "sqlstate"):
            return error
        message = str(getattr(error, "orig", None) or error).partition("\n")[0]
        if self.shared:
            reason = f"the server cannot be reached ({message})" if _is_transient(error) else message
        else:
            reason = next((text for sign, text in _REASONS.items() if sign in message), message)
        return MirrorError(f"{self}: {reason}. {so_far}")


def parse_url(text: str) -> URL | None:
    """Return the URL of a database with the driver that will be used, None for one that a mirror cannot use.

    It never raises: the text may hold a password, and a traceback shows the variables of its frames.
    """
    try:
        url = sa.make_url(text)
    except (ArgumentError, ValueError, AttributeError, TypeError):
        return None
    if url.drivername in _SQLITE:
        return url.set(drivername="sqlite+pysqlite")
    if url.drivername == "postgresql":
        return url.set(drivername="postgresql+asyncpg" if find_spec("asyncpg") else "postgresql+psycopg")
    return url if url.drivername in _POSTGRESQL else None


_SQLITE = ("sqlite", "sqlite+pysqlite", "sqlite+aiosqlite")
_POSTGRESQL = ("postgresql+asyncpg", "postgresql+psycopg")


def _sqlite_engine(url: URL, options: dict[str, Any]) -> Engine:
    """Return an engine with one connection, which its only thread keeps open."""
    # Transactions begin with their first change, and only the mirror's own are ever rolled back.
    connect = {"timeout": _BUSY, "isolation_level": "IMMEDIATE"}
    engine = sa.create_engine(url, poolclass=StaticPool, pool_reset_on_return=None, connect_args=connect, **options)
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _unchanged(text: Any) -> Any:
    """Return JSON as the text it is."""
    return text


def _file_of(url: URL) -> Path | None:
    name = url.database or ""
    name = unquote(name.removeprefix("file:")) if name.startswith("file:") else name
    return None if name in ("", ":memory:") or url.query.get("mode") == "memory" else Path(name)


def _prepare_sqlite(connection: Any, _: object) -> None:
    """Let other programs read while the mirror writes, and survive the death of the process."""
    cursor = connection.cursor()
    with suppress(sqlite3.DatabaseError):  # read-only, or not a SQLite file: reported when it is used
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


def _is_transient(error: Exception) -> bool:
    """Whether a retry can help: the connection was lost, or other transactions were in the way."""
    if isinstance(error, OSError) or (isinstance(error, DBAPIError) and error.connection_invalidated):
        return True
    state = getattr(getattr(error, "orig", None) or error, "sqlstate", None) or ""
    return str(state).startswith(_TRANSIENT)


def _is_of_rows(error: Exception) -> bool:
    """Whether a database, or its driver, rejects a value rather than the transaction."""
    if isinstance(error, StatementError) and not isinstance(error, DBAPIError):
        return True  # a value that has no form in the database
    if isinstance(error, DataError | IntegrityError | OverflowError | UnicodeError | sqlite3.ProgrammingError):
        return True
    cause = getattr(error, "orig", None) or error
    state = str(getattr(cause, "sqlstate", None) or "")
    return state.startswith(("22", "23")) or isinstance(cause.__cause__, ValueError)
