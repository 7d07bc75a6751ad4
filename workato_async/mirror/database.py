"""The database of a mirror: opening, locking, upgrading, and transactions that are retried after a lost connection."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidRequestError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from workato_async._backoff import full_jitter, sleep
from workato_async._files import FileLock
from workato_async.errors import ConfigurationError, WorkatoError
from workato_async.mirror.errors import MirrorError
from workato_async.mirror.versions import VERSION, upgrade, version_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy.engine import URL

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
    """A database by its SQLAlchemy URL: ``sqlite+aiosqlite:///file.db`` or ``postgresql+asyncpg://…``.

    Raises:
        ConfigurationError: for another kind of URL, or if the driver is missing.
    """

    def __init__(self, url: str) -> None:
        try:
            self._url = sa.make_url(url)
            if self._url.drivername not in ("sqlite+aiosqlite", "postgresql+asyncpg"):
                raise ArgumentError("unknown driver")
            options = _sqlite_options() if self._sqlite else {}
            self._engine = create_async_engine(
                self._url, hide_parameters=True, json_serializer=_unchanged, json_deserializer=_unchanged, **options
            )
        except (ArgumentError, NoSuchModuleError, InvalidRequestError):
            raise ConfigurationError(
                "the database of a mirror is a URL such as 'sqlite+aiosqlite:///workato.db' or "
                "'postgresql+asyncpg://user:password@host/name'"
            ) from None
        except ModuleNotFoundError as error:
            raise ConfigurationError(f"{error.name} is missing: pip install 'workato-async[mirror]'") from None
        self.shared = not self._sqlite
        self._connection: AsyncConnection | None = None
        self._writing = asyncio.Lock()
        self._file = _file_of(self._url) if self._sqlite else None
        self._lock: FileLock | None = None
        if self._file is not None:
            self._lock = FileLock(self._file.with_name(self._file.name + LOCK_SUFFIX))
        if self._sqlite:
            event.listen(self._engine.sync_engine, "connect", _prepare_sqlite)

    @property
    def _sqlite(self) -> bool:
        return self._url.get_backend_name() == "sqlite"

    async def open(self) -> None:
        """Connect, and create or upgrade the tables.

        Raises:
            MirrorError: if it cannot be opened, or belongs to a newer release.
        """
        self._check_place()
        try:
            if await self._once(lambda connection: connection.run_sync(version_of)) != VERSION:
                await self._once(lambda connection: connection.run_sync(upgrade))
            with suppress(MirrorError):  # reading the status needs no lock
                self._try_lock()
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
            return await self._once(lambda connection: connection.run_sync(version_of)) is not None
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

    async def run_in_transaction(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
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
        if self._connection is not None:
            await self._connection.close()
            self._connection = None
        await self._engine.dispose()
        if self._lock is not None:
            self._lock.release()

    def __str__(self) -> str:
        return self._url.difference_update_query(["password"]).render_as_string(hide_password=True)

    async def _once(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Run one transaction, to its end even if cancelled: it takes milliseconds, and the connection stays usable."""
        transaction = asyncio.create_task(self._transaction(work))
        try:
            return await asyncio.shield(transaction)
        except asyncio.CancelledError:
            await asyncio.wait([transaction], timeout=_BUSY)
            if not transaction.cancel() and not transaction.cancelled():
                transaction.exception()  # nobody waits for it any more
            raise

    async def _transaction(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        if self.shared:
            async with self._engine.begin() as connection:
                return await work(connection)
        async with self._writing:  # SQLite has one writer: one connection, kept open
            if self._connection is None:
                self._connection = await self._engine.connect()
            async with self._connection.begin():
                return await work(self._connection)

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
        if not isinstance(error, SQLAlchemyError | OSError | sqlite3.Error) and not hasattr(error, "sqlstate"):
            return error
        message = str(getattr(error, "orig", None) or error).partition("\n")[0]
        if self.shared:
            reason = f"the server cannot be reached ({message})" if _is_transient(error) else message
        else:
            reason = next((text for sign, text in _REASONS.items() if sign in message), message)
        return MirrorError(f"{self}: {reason}. {so_far}")


def _sqlite_options() -> dict[str, Any]:
    # Transactions begin with their first change, and only the mirror's own are ever rolled back: anything more would
    # cost a hop to the driver's thread each time.
    return {"pool_reset_on_return": None, "connect_args": {"timeout": _BUSY, "isolation_level": "IMMEDIATE"}}


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
