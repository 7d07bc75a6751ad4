"""The database of a mirror: opened, locked, upgraded, and every transaction tried again when its connection is lost."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidRequestError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from workato_async._backoff import back_off, full_jitter
from workato_async.errors import ConfigurationError, WorkatoError
from workato_async.mirror.errors import MirrorError
from workato_async.mirror.lock import FileLock
from workato_async.mirror.versions import VERSION, upgrade, version_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy.engine import URL

T = TypeVar("T")

PATIENCE = 300.0
"""Seconds for which a lost server is looked for before the mirror gives up."""
_BUSY = 30.0
"""Seconds to wait for a program that writes to the same file."""
_PASSING = ("08", "40001", "40P01", "53300", "57P01", "57P02", "57P03")
"""SQLSTATEs (or their beginnings) after which a transaction may be tried again."""
_REASONS = {
    "readonly": "the file or its folder is read-only",
    "disk is full": "the disk is full; free some space and run it again",
    "unable to open": "the file cannot be opened: is there such a folder, and may you write in it?",
    "not a database": "the file is not a SQLite database",
    "locked": f"another program has kept the file locked for {_BUSY:g} s",
}


class Database:
    """A database by its SQLAlchemy URL: ``sqlite+aiosqlite:///file.db`` or ``postgresql+asyncpg://…``.

    Raises:
        ConfigurationError: for another kind of URL, or without the driver.
    """

    def __init__(self, url: str) -> None:
        try:
            self._url = sa.make_url(url)
            if self._url.drivername not in ("sqlite+aiosqlite", "postgresql+asyncpg"):
                raise ArgumentError("unknown driver")
            options = _sqlite_options() if self._sqlite else {}
            self._engine = create_async_engine(
                self._url, hide_parameters=True, json_serializer=_as_it_is, json_deserializer=_as_it_is, **options
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
        self._turn = asyncio.Lock()
        self._file = _file_of(self._url) if self._sqlite else None
        self._lock = FileLock(self._file)
        if self._sqlite:
            sa.event.listen(self._engine.sync_engine, "connect", _prepare_sqlite)

    @property
    def _sqlite(self) -> bool:
        return self._url.get_backend_name() == "sqlite"

    async def open(self) -> None:
        """Connect, and make or upgrade the tables.

        Raises:
            MirrorError: if it cannot be opened, or is of a newer release.
        """
        if self._file is not None and (self._file.is_dir() or not self._file.parent.is_dir()):
            raise MirrorError(f"{self}: {_REASONS['unable to open']} Nothing was changed")
        try:
            if await self._once(lambda connection: connection.run_sync(version_of)) != VERSION:
                await self._once(lambda connection: connection.run_sync(upgrade))
            with suppress(MirrorError):  # whoever only looks needs none
                self._try_lock()
        except BaseException as error:
            await self.close()
            if isinstance(error, WorkatoError) or not isinstance(error, Exception):
                raise
            raise self._problem(error) from None

    async def made(self) -> bool:
        """Tell whether there are a mirror's tables, and make none.

        Raises:
            MirrorError: as :meth:`open` does.
        """
        try:
            return await self._once(lambda connection: connection.run_sync(version_of)) is not None
        except Exception as error:
            raise self._problem(error) from None

    async def claim(self) -> None:
        """Make sure that no other mirror works on the same file; on a server they share the work instead.

        Raises:
            MirrorError: if one does.
        """
        for _ in range(10):  # somebody may just have a look
            if self._try_lock():
                return
            await back_off(0.1)
        raise MirrorError(
            f"another mirror works on {self}: a SQLite file takes one at a time. "
            "Wait until it has ended, or use PostgreSQL, where several share the work"
        )

    async def do(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Do something in one transaction; all of it happens, or nothing.

        If the server is lost on the way, it is done again from the start once the server is back.

        Raises:
            MirrorError: if it cannot be done.
        """
        loop = asyncio.get_running_loop()
        give_up: float | None = None
        attempt = 0
        while True:
            try:
                return await self._once(work)
            except Exception as error:
                give_up = loop.time() + PATIENCE if give_up is None else give_up
                if not self.shared or not _passing(error) or loop.time() >= give_up:
                    raise self._problem(error, "What was committed before is kept, the rest was not begun") from None
            attempt += 1
            await back_off(full_jitter(attempt, 0.1, 5.0))

    async def close(self) -> None:
        """Disconnect, and let other mirrors in."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None
        await self._engine.dispose()
        self._lock.release()

    def __str__(self) -> str:
        return self._url.difference_update_query(["password"]).render_as_string(hide_password=True)

    async def _once(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Do it, to its end even if cancelled: that takes milliseconds, and leaves a connection that can be used."""
        transaction = asyncio.create_task(self._transaction(work))
        try:
            return await asyncio.shield(transaction)
        except asyncio.CancelledError:
            await asyncio.wait([transaction], timeout=_BUSY)
            if not transaction.cancel() and not transaction.cancelled():
                transaction.exception()  # which nobody waits for any more
            raise

    async def _transaction(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        if self.shared:
            async with self._engine.begin() as connection:
                return await work(connection)
        async with self._turn:  # SQLite has one writer: one connection, kept
            if self._connection is None:
                self._connection = await self._engine.connect()
            async with self._connection.begin():
                return await work(self._connection)

    def _try_lock(self) -> bool:
        try:
            return self._lock.acquire()
        except OSError as error:
            raise MirrorError(f"{self}: nothing can be written beside the file: {error.strerror or error}") from None

    def _problem(self, error: Exception, so_far: str = "Nothing was changed") -> Exception:
        """Give the error to raise for one of the database; what is no database's own passes unchanged."""
        if not isinstance(error, SQLAlchemyError | OSError | sqlite3.Error) and not hasattr(error, "sqlstate"):
            return error
        said = str(getattr(error, "orig", None) or error).partition("\n")[0]
        if self.shared:
            reason = f"the server cannot be reached ({said})" if _passing(error) else said
        else:
            reason = next((text for sign, text in _REASONS.items() if sign in said), said)
        return MirrorError(f"{self}: {reason}. {so_far}")


def _sqlite_options() -> dict[str, Any]:
    # Transactions begin with their first change, and nothing but the mirror's own ever needs to be rolled back: all
    # else would be a turn of the driver's thread each time.
    return {"pool_reset_on_return": None, "connect_args": {"timeout": _BUSY, "isolation_level": "IMMEDIATE"}}


def _as_it_is(text: Any) -> Any:
    """Take JSON for the text it came as."""
    return text


def _file_of(url: URL) -> Path | None:
    name = url.database or ""
    name = unquote(name.removeprefix("file:")) if name.startswith("file:") else name
    return None if name in ("", ":memory:") or url.query.get("mode") == "memory" else Path(name)


def _prepare_sqlite(connection: Any, _: object) -> None:
    """Let others read meanwhile, and be safe from the end of the process."""
    cursor = connection.cursor()
    with suppress(sqlite3.DatabaseError):  # a file that can only be read, or is none of SQLite's: said when it is used
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


def _passing(error: Exception) -> bool:
    """Tell whether trying again can help: the connection was lost, or others were in the way."""
    if isinstance(error, OSError) or (isinstance(error, DBAPIError) and error.connection_invalidated):
        return True
    state = getattr(getattr(error, "orig", None) or error, "sqlstate", None) or ""
    return str(state).startswith(_PASSING)
