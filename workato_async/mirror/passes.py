"""One pass: every stream is walked, parents before what is listed under them, the others side by side."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import attrs

from workato_async._backoff import back_off
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
from workato_async.mirror import meter
from workato_async.mirror.commit import commit_found, commit_page
from workato_async.mirror.errors import MirrorError
from workato_async.mirror.plan import Walk
from workato_async.mirror.reader import read_page
from workato_async.mirror.report import MirrorReport, Progress, StreamReport
from workato_async.mirror.rows import rows_of
from workato_async.mirror.streams import Stream, children
from workato_async.mirror.walks import LeaseLostError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from workato_async.calls.caller import Caller
    from workato_async.mirror.commit import Committed
    from workato_async.mirror.database import Database
    from workato_async.mirror.plan import Page
    from workato_async.mirror.report import OnProgress
    from workato_async.mirror.walks import Books

AT_A_TIME = 100
"""Walks that are taken at once."""
SHARED_AT_A_TIME = 10
"""The same where others want a share of the work."""
FAILURES_IN_A_ROW = 3
"""Lists that may fail one after the other before a stream is given up; a single one only waits for the next pass."""
SPARE = 20
"""One request in so many is spent on rows that are not final although nothing was heard of them."""
LOOK_AGAIN = 1.0
"""Seconds until a mirror looks again whether what others work on is done, or theirs no more."""

_HOPELESS = (
    AuthenticationError, PermissionDeniedError, ConnectionFailedError, QuotaWaitError, QuotaStoreError,
)  # fmt: skip
"""Errors that every other list of the stream would have, too."""


class Pass:
    """One pass of a mirror.

    Args:
        caller: sends the calls.
        database: where the rows go.
        books: of that database.
        on_progress: told after every page.
    """

    def __init__(self, caller: Caller, database: Database, books: Books, *, on_progress: OnProgress | None) -> None:
        self._caller = caller
        self._database = database
        self._books = books
        self._on_progress = on_progress
        self._reports: dict[str, StreamReport] = {}
        self._meters: dict[str, meter.Meter] = {}
        self._deleted: Counter[str] = Counter()
        self._done: Counter[str] = Counter()
        self._known: Counter[str] = Counter()

    async def run(self, streams: Sequence[Stream]) -> MirrorReport:
        """Walk these streams.

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
                        tasks.create_task(self._family(stream, tasks))
        except ExceptionGroup as group:
            raise _first(group) from None
        return MirrorReport(
            streams={name: self._report(name) for name in self._reports},
            seconds=asyncio.get_running_loop().time() - begun,
        )

    async def _family(self, stream: Stream, tasks: asyncio.TaskGroup) -> None:
        """Walk a stream, then what is listed under it."""
        counted = meter.Meter()
        meter.current.set(counted)
        self._meters[stream.name] = counted
        error = None
        try:
            error = await self._lists(stream)
            if error is None and stream.final:
                requests = counted.requests + self._meters[stream.parent].requests
                await self._look_up_some(stream, max(1, requests // SPARE))
            if error is None and stream.parent:
                await self._database.do(lambda connection: self._books.note(connection, stream.name))
        except (ConfigurationError, MirrorError):
            raise
        except WorkatoError as caught:
            error = caught
        self._reports[stream.name] = attrs.evolve(self._reports[stream.name], error=error)
        for child in children(stream):
            if child.name in self._reports:
                tasks.create_task(self._family(child, tasks))

    async def _lists(self, stream: Stream) -> WorkatoError | None:
        """Walk every list of a stream that is due; give the first error of a list that was left for the next pass."""
        self._known[stream.name] = await self._due(stream)
        failed: dict[int, WorkatoError] = {}
        in_a_row = 0
        while True:
            walks = await self._claim(stream, failed)
            if not walks and await self._due(stream) <= len(failed):
                return next(iter(failed.values()), None)
            if not walks:
                await back_off(LOOK_AGAIN)
            for position, walk in enumerate(walks):
                try:
                    await self._list(stream, walk)
                    in_a_row = 0
                except (ConfigurationError, MirrorError):
                    raise
                except WorkatoError as error:
                    failed[walk.parent] = error
                    in_a_row += 1
                    hopeless = isinstance(error, _HOPELESS) or in_a_row == FAILURES_IN_A_ROW
                    await self._leave(stream, walks[position:] if hopeless else [walk])
                    if hopeless:
                        raise
                self._done[stream.name] += 1

    async def _list(self, stream: Stream, walk: Walk) -> None:
        """Walk one list from where it stands to its end."""
        onward: Walk | None = walk
        before: Page | None = None
        with suppress(LeaseLostError):
            while onward is not None:
                if onward.looking_up:
                    onward = await self._look_up(stream, onward)
                    continue
                try:
                    page, items = await read_page(self._caller, onward, before)
                except NotFoundError:
                    if not stream.parent:
                        raise
                    onward = await self._lost(onward)
                    before = None
                    continue
                onward = await self._commit_page(stream, onward, page, items)
                before = page

    async def _commit_page(self, stream: Stream, walk: Walk, page: Page, items: Sequence[Any]) -> Walk | None:
        rows = rows_of(stream, walk.parent, items)
        return await self._commit(
            stream, lambda connection: commit_page(connection, self._books, walk, page, rows, items)
        )

    async def _look_up(self, stream: Stream, walk: Walk, *, rotating: bool = False) -> Walk | None:
        """Look up the first row of a walk that was not final."""
        item = await self._detail(stream, walk.parent, walk.pending[0])
        return await self._commit(
            stream, lambda connection: commit_found(connection, self._books, walk, item, rotating=rotating)
        )

    async def _look_up_some(self, stream: Stream, number: int) -> None:
        """Look up a few rows that are not final although nothing was heard of them: not every end moves a counter."""
        some = await self._database.do(lambda connection: self._books.rotation(connection, stream, number))
        for parent, key in some:
            walk = Walk(stream.name, parent, pending=(key,), looking_up=True)
            await self._look_up(stream, walk, rotating=True)

    async def _detail(self, stream: Stream, parent: int, key: str) -> Any:
        """Fetch one object, None if there is none any more."""
        assert stream.detail is not None  # noqa: S101 - only such streams have rows to look up
        try:
            return await self._caller.call(stream.detail, (parent, key))
        except NotFoundError:
            return None

    async def _lost(self, walk: Walk) -> Walk | None:
        """Go on when the list, or the row at which its next page begins, is not there any more."""
        if walk.cursor is None:  # the next walk of the parents tells what became of it
            await self._database.do(lambda connection: self._books.end(connection, walk))
            return None
        again = Walk(walk.stream, walk.parent, walk.aim, complete=True, pending=walk.pending)
        await self._database.do(lambda connection: self._books.save(connection, again))
        return again

    async def _commit(self, stream: Stream, work: Callable[[AsyncConnection], Awaitable[Committed]]) -> Walk | None:
        """Commit a page, then count it."""
        done = await self._database.do(work)
        report = self._reports[stream.name]
        self._reports[stream.name] = attrs.evolve(
            report,
            seen=report.seen + done.seen,
            added=report.added + done.added,
            changed=report.changed + done.changed,
        )
        self._deleted += done.deleted
        self._tell(stream, done)
        return done.walk

    def _tell(self, stream: Stream, done: Committed) -> None:
        """Report progress; a hook that fails is logged, because no row may be lost to its observer."""
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
        return await self._database.do(
            lambda connection: self._books.claim(connection, stream, limit=limit, without=failed)
        )

    async def _leave(self, stream: Stream, walks: Sequence[Walk]) -> None:
        parents = [walk.parent for walk in walks]
        await self._database.do(lambda connection: self._books.release(connection, stream.name, parents))

    async def _due(self, stream: Stream) -> int:
        return await self._database.do(lambda connection: self._books.due(connection, stream))

    def _report(self, name: str) -> StreamReport:
        counted = self._meters.get(name, meter.Meter())
        return attrs.evolve(
            self._reports[name], deleted=self._deleted[name], requests=counted.requests, waited=counted.waited
        )


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
