"""Mirror: keeps a database in sync with a workspace."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn, Self

import sqlalchemy as sa

from workato_async._backoff import sleep
from workato_async._checks import require_seconds, require_type
from workato_async.errors import ConfigurationError
from workato_async.mirror import sync_state
from workato_async.mirror.database import Database, parse_url
from workato_async.mirror.errors import MirrorError
from workato_async.mirror.meter import Metering
from workato_async.mirror.passes import Pass
from workato_async.mirror.report import MirrorReport, StreamStatus
from workato_async.mirror.schema import TABLES, WALKS
from workato_async.mirror.streams import STREAMS, chosen
from workato_async.mirror.sync_state import SyncState
from workato_async.session import WorkatoSession

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import TracebackType

    from sqlalchemy.engine import Connection

    from workato_async.mirror.report import OnProgress, OnReport
    from workato_async.mirror.streams import Stream


class Mirror:
    """A mirror of a workspace in a database. Use it as ``async with Mirror(session, url) as mirror``.

    ::

        async with Mirror(workato, "sqlite+aiosqlite:///workato.db") as mirror:
            report = await mirror.run(streams=["recipes", "jobs"])

    Args:
        session: reads the workspace; its limiter sets the pace, and other calls of the session go first.
        url: of the database, ``sqlite+aiosqlite:///file.db`` or ``postgresql+asyncpg://user:password@host/name``. Its
            tables are created. A SQLite file allows one running mirror at a time; on PostgreSQL several share the work.
        on_progress: called with a :class:`Progress` after every page.

    Raises:
        ConfigurationError: for another kind of database.
        MirrorError: on entering, if the database cannot be opened or belongs to a newer release.
    """

    def __init__(self, session: WorkatoSession, url: str, *, on_progress: OnProgress | None = None) -> None:
        place = parse_url(url)
        del url  # from here on no frame holds its password, whatever is raised
        require_type("session", session, WorkatoSession)
        if place is None:
            raise ConfigurationError(
                "the database of a mirror is a URL such as 'sqlite:///workato.db' or "
                "'postgresql://user:password@host/name'"
            )
        self._session = session
        self._database = Database(place)
        self._state = SyncState(shared=self._database.shared)
        self._on_progress = on_progress
        self._metering = Metering()
        self._stop_listening: Callable[[], None] | None = None
        self._running = False

    async def exists(self) -> bool:
        """Whether the database contains a mirror. Entering the mirror creates one; this creates nothing.

        Raises:
            MirrorError: if the database cannot be opened.
        """
        try:
            return await self._database.made()
        finally:
            if self._stop_listening is None:  # not entered
                await self._database.close()

    async def __aenter__(self) -> Self:
        await self._database.open()
        self._stop_listening = self._session.add_listener(self._metering)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None
        await self._database.close()

    async def run(
        self, streams: Iterable[str] | None = None, *, full: bool = False, on_progress: OnProgress | None = None
    ) -> MirrorReport:
        """Bring the database up to date, once.

        What has not changed costs next to nothing: see :mod:`workato_async.mirror.streams`. A pass that was
        interrupted, in whatever way, is resumed by the next one with the same arguments if that starts within an hour.
        Later, or after a stream has failed, lists of jobs are still resumed; those of recipes, and all others that are
        read in every pass, start over.

        Args:
            streams: names from :data:`STREAMS`, None for all; the streams they are listed under are included.
            full: read every list to its end, which also finds single jobs that were erased.
            on_progress: instead of the mirror's own.

        Returns:
            The figures of every stream. If a stream fails (a privilege is missing, the server cannot be reached), its
            error is there, and the others continue.

        Raises:
            ConfigurationError: for an unknown stream, a closed session, or while another pass of this mirror runs.
            MirrorError: if the database fails, or another mirror is working on the same file.
        """
        wanted = chosen(streams)
        if self._stop_listening is None:
            raise ConfigurationError("use a mirror in an `async with` block")
        if self._running:
            raise ConfigurationError("this mirror is already running")
        self._running = True
        try:
            await self._database.claim()
            names = [stream.name for stream in wanted]
            await self._database.run_in_transaction(lambda connection: self._state.begin(connection, names, full=full))
            this = Pass(
                self._session.options(priority="bulk"),
                self._database,
                self._state,
                self._metering,
                on_progress=on_progress or self._on_progress,
            )
            report = await self._run_with_heartbeat(this, wanted)
            await self._database.run_in_transaction(self._state.finish)
            return report
        finally:
            self._running = False

    async def follow(
        self,
        *,
        every: float,
        streams: Iterable[str] | None = None,
        on_progress: OnProgress | None = None,
        on_report: OnReport | None = None,
    ) -> NoReturn:
        """Bring the database up to date again and again, until cancelled.

        Args:
            every: seconds from the start of one pass to that of the next; a longer pass delays the next one.
            streams: as for :meth:`run`.
            on_progress: as for :meth:`run`.
            on_report: called with the :class:`MirrorReport` of every pass.

        Raises:
            ConfigurationError: as :meth:`run` does.
            MirrorError: as :meth:`run` does.
        """
        require_seconds("every", every, zero=True)
        names = None if streams is None else [stream.name for stream in chosen(streams)]
        clock = asyncio.get_running_loop()
        while True:
            begun = clock.time()
            report = await self.run(names, on_progress=on_progress)
            if on_report is not None:
                on_report(report)
            await sleep(max(0.0, begun + every - clock.time()))

    async def status(self) -> Sequence[StreamStatus]:
        """Return what the database holds and what is due, per stream. Nothing is sent.

        This works while a mirror is running in another process.
        """
        return await self._database.run_in_transaction(_status)

    async def _run_with_heartbeat(self, this: Pass, streams: Sequence[Stream]) -> MirrorReport:
        """Run a pass; where others share the work, keep renewing the leases of this mirror."""
        if not self._database.shared:
            return await this.run(streams)
        heartbeat = asyncio.create_task(self._heartbeat())
        try:
            return await this.run(streams)
        finally:
            heartbeat.cancel()
            with suppress(asyncio.CancelledError):
                await heartbeat
            with suppress(MirrorError):  # then the leases expire
                await self._database.run_in_transaction(self._state.release)

    async def _heartbeat(self) -> None:
        while True:
            await sleep(sync_state.LEASE / 4)
            with suppress(MirrorError):  # the pass itself will fail with it
                await self._database.run_in_transaction(self._state.renew)

    def __repr__(self) -> str:
        return f"<Mirror into {self._database}{', running' if self._running else ''}>"


def _status(connection: Connection) -> Sequence[StreamStatus]:
    due = sa.or_(WALKS.c.target != WALKS.c.mark, WALKS.c.aim.is_not(None))
    waiting = connection.execute(sa.select(WALKS.c.stream, sa.func.count()).where(due).group_by(WALKS.c.stream))
    lists = {name: count for name, count in waiting}  # noqa: C416 - rows are tuples in name only
    own = {row.stream: row for row in connection.execute(sa.select(WALKS).where(WALKS.c.parent == 0))}
    found = []
    for name, stream in STREAMS.items():
        table = TABLES[name]
        counts = sa.select(sa.func.count(), sa.func.count(table.c.deleted_at))
        rows, deleted = (connection.execute(counts.select_from(table))).one()
        found.append(
            StreamStatus(
                stream=name,
                rows=rows - deleted,
                deleted=deleted,
                due=lists.get(name, 0),
                cursor=None if stream.parent else own[name].cursor,
                last_pass=own[name].done_at,
            )
        )
    return found
