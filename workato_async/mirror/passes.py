"""One pass: every stream is read, parents before what is listed under them, the others concurrently."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import attrs

from workato_async._backoff import sleep
from workato_async.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectionFailedError,
    NotFoundError,
    PermissionDeniedError,
    QuotaStoreError,
    QuotaWaitError,
    WorkatoError,
)
from workato_async.events import logger
from workato_async.mirror.commit import commit_found, commit_page
from workato_async.mirror.errors import MirrorError
from workato_async.mirror.plan import Walk
from workato_async.mirror.reader import read_page
from workato_async.mirror.report import MirrorReport, Progress, StreamReport
from workato_async.mirror.rows import rows_of
from workato_async.mirror.streams import Stream, children
from workato_async.mirror.sync_state import LeaseLostError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from sqlalchemy.engine import Connection

    from workato_async import Api
    from workato_async.mirror.commit import Committed
    from workato_async.mirror.database import Database
    from workato_async.mirror.meter import Meter, Metering
    from workato_async.mirror.plan import Page
    from workato_async.mirror.report import OnProgress
    from workato_async.mirror.sync_state import SyncState

AT_A_TIME = 100
"""Walks that are claimed at once."""
SHARED_AT_A_TIME = 10
"""The same where other mirrors share the work."""
FAILURES_IN_A_ROW = 3
"""Consecutive lists that may fail before a stream is abandoned; a single one only waits for the next pass."""
LOOK_UP_SHARE = 20
"""One request in this many is spent on rows that are not final although no counter has moved."""
POLL_INTERVAL = 1.0
"""Seconds between checks whether walks held by other mirrors have ended or been released."""

_FATAL = (
    AuthenticationError, PermissionDeniedError, ConnectionFailedError, QuotaWaitError, QuotaStoreError,
)  # fmt: skip
"""Errors that every other list of the stream would also have."""


class Pass:
    """One pass of a mirror.

    Args:
        api: sends the calls.
        database: where the rows go.
        state: its sync state.
        metering: counts the calls.
        on_progress: called after every page.
    """

    def __init__(
        self, api: Api, database: Database, state: SyncState, metering: Metering, *, on_progress: OnProgress | None
    ) -> None:
        self._api = api
        self._database = database
        self._state = state
        self._on_progress = on_progress
        self._reports: dict[str, StreamReport] = {}
        self._metering = metering
        self._meters: dict[str, Meter] = {}
        self._deleted: Counter[str] = Counter()
        self._done: Counter[str] = Counter()
        self._known: Counter[str] = Counter()

    async def run(self, streams: Sequence[Stream]) -> MirrorReport:
        """Read these streams.

        Raises:
            MirrorError: if the database fails.
            ConfigurationError: if the session cannot be used.
        """
        begun = asyncio.get_running_loop().time()
        self._reports = {stream.name: StreamReport(stream=stream.name) for stream in streams}
        try:
            async with asyncio.TaskGroup() as tasks:
                for stream in streams:
                    if not stream.parent:
                        tasks.create_task(self._run_stream(stream, tasks))
        except ExceptionGroup as group:
            raise _first(group) from None
        return MirrorReport(
            streams={name: self._report(name) for name in self._reports},
            seconds=asyncio.get_running_loop().time() - begun,
        )

    async def _run_stream(self, stream: Stream, tasks: asyncio.TaskGroup) -> None:
        """Read a stream, then what is listed under it."""
        counted = self._meters[stream.name] = self._metering.start()
        error = None
        try:
            error = await self._read_lists(stream)
            if error is None and stream.final:
                requests = counted.requests + self._meters[stream.parent].requests
                await self._look_up_some(stream, max(1, requests // LOOK_UP_SHARE))
            if error is None and stream.parent:
                await self._database.run_in_transaction(
                    lambda connection: self._state.mark_done(connection, stream.name)
                )
        except (ConfigurationError, MirrorError):
            raise
        except WorkatoError as caught:
            error = caught
        self._reports[stream.name] = attrs.evolve(self._reports[stream.name], error=error)
        for child in children(stream):
            if child.name in self._reports:
                tasks.create_task(self._run_stream(child, tasks))

    async def _read_lists(self, stream: Stream) -> WorkatoError | None:
        """Read every list of a stream that is due; return the first error of a list that was left for the next pass."""
        self._known[stream.name] = await self._due(stream)
        failed: dict[int, WorkatoError] = {}
        in_a_row = 0
        while True:
            walks = await self._claim(stream, failed)
            if not walks and await self._due(stream) <= len(failed):
                return next(iter(failed.values()), None)
            if not walks:
                await sleep(POLL_INTERVAL)
            for position, walk in enumerate(walks):
                try:
                    await self._read_list(stream, walk)
                    in_a_row = 0
                except (ConfigurationError, MirrorError):
                    raise
                except WorkatoError as error:
                    failed[walk.parent] = error
                    in_a_row += 1
                    fatal = isinstance(error, _FATAL) or in_a_row == FAILURES_IN_A_ROW
                    await self._release(stream, walks[position:] if fatal else [walk])
                    if fatal:
                        raise
                self._done[stream.name] += 1

    async def _read_list(self, stream: Stream, walk: Walk) -> None:
        """Read one list from its walk's position to the end."""
        rest: Walk | None = walk
        before: Page | None = None
        with suppress(LeaseLostError):
            while rest is not None:
                if rest.looking_up:
                    rest = await self._look_up(stream, rest)
                    continue
                try:
                    page, items = await read_page(self._api, rest, before)
                except NotFoundError:
                    if not stream.parent:
                        raise
                    rest = await self._on_missing(rest)
                    before = None
                    continue
                rest = await self._commit_page(stream, rest, page, items)
                before = page

    async def _commit_page(self, stream: Stream, walk: Walk, page: Page, items: Sequence[Any]) -> Walk | None:
        rows = rows_of(stream, walk.parent, items)
        return await self._commit(
            stream, lambda connection: commit_page(connection, self._state, walk, page, rows, items)
        )

    async def _look_up(self, stream: Stream, walk: Walk, *, rotating: bool = False) -> Walk | None:
        """Fetch the first row of a walk that was not final."""
        item = await self._detail(stream, walk.parent, walk.pending[0])
        return await self._commit(
            stream, lambda connection: commit_found(connection, self._state, walk, item, rotating=rotating)
        )

    async def _look_up_some(self, stream: Stream, number: int) -> None:
        """Fetch a few rows that are not final although no counter has moved: not every job that ends moves one."""
        some = await self._database.run_in_transaction(
            lambda connection: self._state.rotation(connection, stream, number)
        )
        for parent, key in some:
            walk = Walk(stream.name, parent, pending=(key,), looking_up=True)
            await self._look_up(stream, walk, rotating=True)

    async def _detail(self, stream: Stream, parent: int, key: str) -> Any:
        """Fetch one object, None if it no longer exists."""
        assert stream.detail is not None  # noqa: S101 - only such streams have rows to fetch
        try:
            return await self._api.call(stream.detail, parent, key)
        except NotFoundError:
            return None

    async def _on_missing(self, walk: Walk) -> Walk | None:
        """Continue when the list, or the row where its next page begins, no longer exists."""
        if walk.cursor is None:  # the next walk of the parents will show whether it was deleted
            await self._database.run_in_transaction(lambda connection: self._state.end(connection, walk))
            return None
        again = Walk(walk.stream, walk.parent, walk.aim, complete=True, pending=walk.pending)
        await self._database.run_in_transaction(lambda connection: self._state.save(connection, again))
        return again

    async def _commit(self, stream: Stream, work: Callable[[Connection], Committed]) -> Walk | None:
        """Commit a page, then count it."""
        done = await self._database.run_in_transaction(work)
        report = self._reports[stream.name]
        self._reports[stream.name] = attrs.evolve(
            report,
            seen=report.seen + done.seen,
            added=report.added + done.added,
            changed=report.changed + done.changed,
        )
        self._deleted += done.deleted
        self._report_progress(stream, done)
        return done.walk

    def _report_progress(self, stream: Stream, done: Committed) -> None:
        """Report progress. A callback that raises is logged: it must not stop the pass."""
        if self._on_progress is None:
            return
        through = self._done[stream.name] + (done.walk is None)
        progress = Progress(report=self._report(stream.name), done=through, known=self._known[stream.name])
        try:
            self._on_progress(progress)
        except Exception:
            logger.exception("on_progress failed for %s", stream.name)

    async def _claim(self, stream: Stream, failed: Collection[int]) -> list[Walk]:
        limit = SHARED_AT_A_TIME if self._database.shared else AT_A_TIME
        return await self._database.run_in_transaction(
            lambda connection: self._state.claim(connection, stream, limit=limit, without=failed)
        )

    async def _release(self, stream: Stream, walks: Sequence[Walk]) -> None:
        parents = [walk.parent for walk in walks]
        await self._database.run_in_transaction(
            lambda connection: self._state.release(connection, stream.name, parents)
        )

    async def _due(self, stream: Stream) -> int:
        return await self._database.run_in_transaction(lambda connection: self._state.due(connection, stream))

    def _report(self, name: str) -> StreamReport:
        report = attrs.evolve(self._reports[name], deleted=self._deleted[name])
        counted = self._meters.get(name)
        return attrs.evolve(report, requests=counted.requests, waited=counted.waited) if counted else report


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
