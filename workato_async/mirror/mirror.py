"""Mirror: keeps a database in sync with a workspace."""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, NoReturn, Self

from workato_async._backoff import sleep
from workato_async._checks import require_type
from workato_async._durations import Duration, seconds_of
from workato_async.errors import ConfigurationError
from workato_async.events import logger
from workato_async.mirror import sync_state
from workato_async.mirror.database import Database, parse_url
from workato_async.mirror.errors import AnotherWorkspaceError, MirrorError
from workato_async.mirror.export import export
from workato_async.mirror.html_report import write_report
from workato_async.mirror.identity import claim_for, identify
from workato_async.mirror.meter import Metering
from workato_async.mirror.passes import Pass
from workato_async.mirror.results import status
from workato_async.mirror.streams import chosen
from workato_async.mirror.sync_state import SyncState
from workato_async.session import WorkatoSession

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Sequence
    from types import TracebackType

    from workato_async.mirror.identity import Identity
    from workato_async.mirror.report import MirrorReport, OnProgress, OnReport, OnStatus, StreamStatus
    from workato_async.mirror.streams import Stream

FULL_SOONER = 10
"""The next full pass follows so many times sooner if one could not read everything."""


class Mirror:
    """A mirror of a workspace in a database. Use it as ``async with Mirror(session, url) as mirror``.

    ```py
    async with Mirror(workato, "sqlite:///workato.db") as mirror:
        report = await mirror.run(streams=["recipes", "jobs"])
    ```

    Args:
        session: reads the workspace; its limiter sets the pace, and other calls of the session go first.
        url: the URL of the database, ``sqlite:///file.db`` or ``postgresql://user:password@host/name``, which takes
            asyncpg or psycopg 3, whichever is installed. Its tables are created. A SQLite file allows one running
            mirror at a time; on PostgreSQL several share the work.
        on_progress: called with a ``Progress`` after every page.

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
        self._listeners: list[OnStatus] = []
        self._stop_listening: Callable[[], None] | None = None
        self._running = self._identified = False

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
        self,
        streams: Iterable[str] | None = None,
        *,
        full: bool = False,
        allow_deletions: bool = False,
        on_progress: OnProgress | None = None,
    ) -> MirrorReport:
        """Bring the database up to date, once.

        What has not changed costs next to nothing: see ``workato_async.mirror.streams``. A pass that was
        interrupted, in whatever way, is resumed by the next one with the same arguments if that starts within an hour.
        Later, or after a stream has failed, lists of jobs are still resumed; those of recipes, and all others that are
        read in every pass, start over.

        Args:
            streams: names from ``STREAMS``, None for all; the streams they are listed under are included.
            full: read every list to its end, which also finds single jobs that were erased.
            allow_deletions: mark rows as deleted that the workspace no longer has, however many. Without it, a pass
                that would mark all rows of a stream, or more than three and more than a tenth, marks none of them and
                reports them as withheld; if the next pass also misses them, it marks them.
            on_progress: called after every page instead of the mirror's own.

        Returns:
            The figures of every stream, and what is incomplete. If a stream fails (a privilege is missing, the server
            cannot be reached), its error is there, and the others continue.

        Raises:
            ConfigurationError: for an unknown stream, a closed session, or while another pass of this mirror runs.
            MirrorError: if the database fails, has another workspace, or another mirror is working on the same file.
        """
        wanted = chosen(streams)
        if self._stop_listening is None:
            raise ConfigurationError("use a mirror in an `async with` block")
        if self._running:
            raise ConfigurationError("this mirror is already running")
        self._running = True
        try:
            await self._database.claim()
            identity = None if self._identified else await self._check_workspace()
            names = [stream.name for stream in wanted]
            await self._database.run_in_transaction(
                lambda connection: self._state.begin(connection, names, full=full, allow_deletions=allow_deletions)
            )
            this = Pass(
                self._session.options(priority="bulk"),
                self._database,
                self._state,
                self._metering,
                identified=self._identified,
                on_progress=on_progress or self._on_progress,
            )
            report = await self._run_with_heartbeat(this, wanted)
            await self._database.run_in_transaction(self._state.finish)
            if identity and not any(isinstance(error, AnotherWorkspaceError) for error in report.errors.values()):
                await self._claim_for(identity, compared=True)
            await self._tell_listeners()
            return report
        finally:
            self._running = False

    async def follow(
        self,
        *,
        every: Duration,
        full_every: Duration | None = None,
        streams: Iterable[str] | None = None,
        on_progress: OnProgress | None = None,
        on_report: OnReport | None = None,
    ) -> NoReturn:
        """Keep the database up to date, until cancelled.

        Args:
            every: time from the start of one pass to that of the next, as seconds, a timedelta or a text such as
                ``10m``; a longer pass delays the next one.
            full_every: time after which a pass reads every list to its end, see ``run``, such as ``7d``; None for
                never. The first pass does so if the last full one was longer ago than this. If a full pass cannot read
                everything, the next one follows after a tenth of the time, so that a lasting error does not make every
                pass a full one.
            streams: as for ``run``.
            on_progress: as for ``run``.
            on_report: called with the ``MirrorReport`` of every pass.

        Raises:
            ConfigurationError: as in ``run``.
            MirrorError: as in ``run``.
        """
        pause, full_pause = seconds_of("every", every, zero=True), seconds_of("full_every", full_every)
        names = None if streams is None else [stream.name for stream in chosen(streams)]
        clock = asyncio.get_running_loop()
        since_full = 0.0 if full_pause is None else await self._seconds_since_full_pass(names)
        last_full = clock.time() - since_full
        while True:
            begun = clock.time()
            full = full_pause is not None and begun - last_full >= full_pause
            report = await self.run(names, full=full, on_progress=on_progress)
            if full and full_pause is not None:
                share = 0 if all(one.was_read for one in report.streams.values()) else 1 - 1 / FULL_SOONER
                last_full = begun - share * full_pause
            if on_report is not None:
                on_report(report)
            await sleep(max(0.0, begun + pause - clock.time()))

    async def status(self) -> Sequence[StreamStatus]:
        """Return what the database holds and what is due, per stream. Nothing is sent.

                This works while a mirror is running in another process.

        Raises:
            MirrorError: if the database cannot be read.
        """
        return await self._database.run_in_transaction(status)

    async def export(
        self,
        stream: str,
        path: str | os.PathLike[str],
        *,
        format: str | None = None,  # noqa: A002
        since: datetime | None = None,
        deleted: bool = False,
    ) -> int:
        """Write a stream to a file, and return the number of rows. Nothing is sent, and memory stays flat.

        The file appears when it is complete. A mirror may be running: every row is then as it was when it was read.

        Args:
            stream: its name, from ``STREAMS``.
            path: the file to write; an existing one is replaced.
            format: ``csv``, ``jsonl`` or ``parquet`` (extra ``parquet``), see ``workato_async.mirror.file_formats``;
                None takes it from the suffix.
            since: only rows of this time or later, by the stream's column in ``workato_async.mirror.export.SINCE``,
                and those without that time.
            deleted: include rows marked as deleted; with ``since``, also older ones that were marked since then.

        Raises:
            ConfigurationError: for an unknown stream or format, a file that cannot be written, or a missing extra.
            MirrorError: if the database fails.
        """
        return await export(self._database, stream, path, format=format, since=since, deleted=deleted)

    async def write_report(self, path: str | os.PathLike[str], *, since: datetime | None = None) -> None:
        """Write an HTML report: jobs, failures, lost connections, and what is incomplete. Nothing is sent.

        It is one HTML file that loads nothing. Extra ``report``.

        Args:
            path: the file to write; an existing one is replaced.
            since: the first day of the jobs shown; None for the last 30 days.

        Raises:
            ConfigurationError: for a file that cannot be written, or if vl-convert is missing.
            MirrorError: if the database fails.
        """
        await write_report(self._database, path, since=since)

    def add_listener(self, listener: OnStatus) -> Callable[[], None]:
        """Call a function with the result of ``status`` after every pass; return a function that removes it.

        It costs a count of all rows per pass. A listener that raises is logged and does not affect the mirror.
        """
        self._listeners.append(listener)

        def remove() -> None:
            with suppress(ValueError):
                self._listeners.remove(listener)

        return remove

    async def _tell_listeners(self) -> None:
        found = await self.status() if self._listeners else ()
        for listener in [*self._listeners]:
            try:
                listener(found)
            except Exception:
                logger.exception("a listener of the mirror failed")

    async def _check_workspace(self) -> Identity:
        """Make sure that the database has the workspace of the session; once, if that can be found out."""
        identity = await identify(self._session)
        await self._claim_for(identity)
        return identity

    async def _claim_for(self, identity: Identity, *, compared: bool = False) -> None:
        claim = partial(claim_for, identity=identity, name=str(self._database), compared=compared)
        self._identified = await self._database.run_in_transaction(claim)

    async def _seconds_since_full_pass(self, names: Sequence[str] | None) -> float:
        ends = [one.last_full_pass for one in await self.status() if names is None or one.stream in names]
        now = datetime.now(UTC)
        return max((math.inf if end is None else abs((now - end).total_seconds()) for end in ends), default=math.inf)

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
        if not hasattr(self, "_metering"):  # __init__ raised an error, and its report shows the variables
            return "<Mirror, not usable>"
        return f"<Mirror into {self._database}{', running' if self._running else ''}>"
