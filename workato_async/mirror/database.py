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
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit
from urllib.request import url2pathname

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    OperationalError,
    SQLAlchemyError,
    StatementError,
)
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import StaticPool

from workato_async._backoff import full_jitter, sleep
from workato_async._files import FileLock
from workato_async.errors import ConfigurationError, WorkatoError
from workato_async.events import logger
from workato_async.mirror.errors import MirrorError, RowsRejectedError
from workato_async.mirror.versions import VERSION, check_version, upgrade, version_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
    "readonly": "the file or its folder is read-only; SQLite has to write there even to read",
    "disk is full": "the disk is full; free some space and run it again",
    "unable to open": "the file cannot be opened; check that its folder exists and is writable",
    "not a database": "the file is not a SQLite database",
    "locked": f"another program has kept the file locked for {_BUSY:g} s",
}


class Database:
    """A database by its URL; see ``parse_url``.

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
        problem = ""
        try:
            self._engine = _postgresql_engine(url) if self.shared else _sqlite_engine(url)
        except ImportError as error:
            extra = "'psycopg[binary]'" if url.get_driver_name() == "psycopg" else "'workato-async[mirror]'"
            problem = f"{error.name or error} is missing: pip install {extra}"
        except Exception as error:
            problem = f"the options of the URL cannot be used ({type(error).__name__})"
        if problem:  # raised here, so that no frame of the engine hangs on it
            raise ConfigurationError(f"{self}: {problem}")

    async def open(self) -> None:
        """Connect, and create or upgrade the tables.

        Raises:
            MirrorError: if it cannot be opened, or belongs to a newer release.
        """
        self._check_place()
        try:
            if await self._first(version_of) != VERSION:
                await self._first(upgrade)
        except BaseException:
            await self.close()
            raise

    async def made(self) -> bool:
        """Whether the tables of a mirror exist; creates none.

        Raises:
            MirrorError: as ``open`` does.
        """
        self._check_place()
        if self._file is not None and not self._file.exists():  # SQLite would create it
            return False
        return await self._first(version_of) is not None

    async def claim(self) -> None:
        """Make sure that no other mirror is working on the same file; on a server they share the work instead.

        Raises:
            MirrorError: if one is.
        """
        if self._file is not None and self._file.exists() and self._file.stat().st_nlink > 1:
            raise MirrorError(
                f"{self}: the file has more than one name (hard links). SQLite names its journal after one of them, so "
                "two programs could damage it. Remove the other names"
            )
        for _ in range(10):  # another process may only be reading the status
            if self._try_lock():
                return
            await sleep(0.1)
        raise MirrorError(
            f"another mirror works on {self}: a SQLite file allows one at a time. "
            "Wait until it has finished, or use PostgreSQL, where several share the work"
        )

    async def run_in_transaction(self, work: Callable[[Connection], T], *, guarded: bool = False) -> T:
        """Run a function in one transaction and return its result.

        If the connection is lost, the whole transaction is retried once the server is back.

        Args:
            work: the function.
            guarded: it fails by itself if a newer release has upgraded the database.

        Raises:
            MirrorError: if the transaction fails, or a newer release has upgraded the database.
        """
        loop = asyncio.get_running_loop()
        give_up: float | None = None
        attempt = 0

        def checked(connection: Connection) -> T:
            done = work(connection)
            if not guarded:
                check_version(connection)  # last, when an upgrade is either over or waits for this transaction
            return done

        while True:
            try:
                return await self._once(checked)
            except Exception as error:
                give_up = loop.time() + RECONNECT_TIMEOUT if give_up is None else give_up
                transient = self.shared and _is_transient(error) and loop.time() < give_up
                problem = self._problem(error, "What was committed before is kept, the rest was not started")
            if not transient:
                raise await self._newer_release() or problem
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
        return self._url.set(query={}).render_as_string(hide_password=True)

    async def _first(self, work: Callable[[Connection], T]) -> T:
        """Run a transaction that is not retried.

        Raises:
            MirrorError: if it fails.
        """
        try:
            return await self._once(work)
        except Exception as error:
            problem = self._problem(error)
        if not isinstance(problem, WorkatoError):  # a driver's, for an option that it does not know
            problem = MirrorError(f"{self}: {type(problem).__name__}: {problem}. Nothing was changed")
        raise problem  # here, because the frames of a driver hold the password

    async def _newer_release(self) -> MirrorError | None:
        """Return the error to raise if a transaction failed because a newer release has upgraded the database."""
        try:
            await self._once(check_version)
        except MirrorError as error:
            return error
        except Exception:
            logger.debug("%s: the schema version cannot be read either", self)
        return None

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
            raise MirrorError(f"{self}: {_REASONS['unable to open']}. Nothing was changed")

    def _try_lock(self) -> bool:
        try:
            return self._lock is None or self._lock.acquire()
        except OSError as error:
            raise MirrorError(f"{self}: the folder of the file is not writable: {error.strerror or error}") from None

    def _problem(self, error: Exception, so_far: str = "Nothing was changed") -> Exception:
        """Return the error to raise for one of the database; other errors are returned unchanged."""
        if _is_of_rows(error):
            return RowsRejectedError(f"{self}: {_text(error)}")
        if not isinstance(error, SQLAlchemyError | OSError | sqlite3.Error) and not hasattr(error, "sqlstate"):
            return error
        message = _text(error)
        if self.shared:
            reason = f"the server cannot be reached ({message})" if _is_transient(error) else message
        else:
            reason = next((text for sign, text in _REASONS.items() if sign in message), message)
        return MirrorError(f"{self}: {reason}. {so_far}")


class _Password:
    """A password that only the driver gets to see: SQLAlchemy asks for its text once."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "***"


def parse_url(text: str) -> URL | None:
    """Return the URL of a database with the driver that will be used, None for one that a mirror cannot use.

    It never raises: the text may hold a password, and a traceback shows the variables of its frames.
    """
    try:
        url = sa.make_url(text)
    except (ArgumentError, ValueError, AttributeError, TypeError):
        return None
    if "@" in (url.host or ""):  # of a password that is not percent-encoded
        return None
    if url.drivername in _SQLITE:
        return url.set(drivername="sqlite")
    if url.drivername == "postgresql":
        only_psycopg = find_spec("asyncpg") is None and find_spec("psycopg") is not None
        url = url.set(drivername="postgresql+psycopg" if only_psycopg else "postgresql+asyncpg")
    if url.drivername not in _POSTGRESQL:
        return None
    password = url.query.get("password", url.password)
    if password is None:
        return url
    # Whatever has a text may be a password, although the type of the argument says otherwise.
    hidden = _Password(password if isinstance(password, str) else password[-1])
    return url.difference_update_query(["password"]).set(password=cast("str", hidden))


_SQLITE = ("sqlite", "sqlite+pysqlite", "sqlite+aiosqlite")
_POSTGRESQL = ("postgresql+asyncpg", "postgresql+psycopg")


def _postgresql_engine(url: URL) -> AsyncEngine:
    engine = create_async_engine(url, **_OPTIONS)
    if engine.driver == "psycopg":
        event.listen(engine.sync_engine, "connect", _set_time_zone)
    return engine


def _set_time_zone(connection: Any, _: object) -> None:
    """Let psycopg return times in UTC: in another time zone it cannot return those at the edges."""
    cursor = connection.cursor()
    cursor.execute("SET TIME ZONE 'UTC'")
    cursor.close()
    connection.commit()


def _sqlite_engine(url: URL) -> Engine:
    """Return an engine with one connection, which its only thread keeps open."""
    # Transactions begin with their first change, and only the mirror's own are ever rolled back.
    connect = {"timeout": _BUSY, "isolation_level": "IMMEDIATE"}
    engine = sa.create_engine(url, poolclass=StaticPool, pool_reset_on_return=None, connect_args=connect, **_OPTIONS)
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _unchanged(text: Any) -> Any:
    """Return JSON as the text it is; psycopg returns it in bytes."""
    return text.decode() if isinstance(text, bytes) else text


_OPTIONS: Mapping[str, Any] = {
    "hide_parameters": True, "json_serializer": _unchanged, "json_deserializer": _unchanged,
}  # fmt: skip


def _file_of(url: URL) -> Path | None:
    """Return the file of a database by its one real path: other names of it, such as symbolic links, are the same file.

    None if it is in memory.
    """
    name = url.database or ""
    if str(url.query.get("uri")).lower() in _TRUE and name.startswith("file:"):
        name = url2pathname(urlsplit(name).path)
    return None if name in ("", ":memory:") or url.query.get("mode") == "memory" else Path(name).resolve()


_TRUE = ("true", "1", "yes", "on", "y", "t")
"""What SQLAlchemy takes for true in a URL."""


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
    cause = getattr(error, "orig", None) or error
    if (state := getattr(cause, "sqlstate", None)) is None:
        return isinstance(error, OperationalError) and not isinstance(cause, sqlite3.Error)  # psycopg could not connect
    return str(state).startswith(_TRANSIENT)


def _text(error: Exception) -> str:
    """Return the text of the driver's error on one line, without the statement."""
    cause = getattr(error, "orig", None)
    return str(error).partition("\n")[0] if cause is None else " ".join(str(cause).split())


def _is_of_rows(error: Exception) -> bool:
    """Whether a database, or its driver, rejects a value rather than the transaction."""
    if isinstance(error, StatementError) and not isinstance(error, DBAPIError):
        return True  # a value that has no form in the database
    if isinstance(error, DataError | IntegrityError | OverflowError | UnicodeError | sqlite3.ProgrammingError):
        return True
    cause = getattr(error, "orig", None) or error
    state = str(getattr(cause, "sqlstate", None) or "")
    return state.startswith(("22", "23")) or isinstance(cause.__cause__, ValueError)
