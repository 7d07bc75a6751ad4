"""One pass: every stream is read, parents before what is listed under them, the others concurrently."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import aclosing, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs

from workato_async._backoff import sleep
from workato_async._brake import FEW, is_too_many
from workato_async.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectionFailedError,
    InvalidResponseError,
    NotFoundError,
    PaginationError,
    PermissionDeniedError,
    QuotaStoreError,
    QuotaWaitError,
    ResponseTimeoutError,
    WorkatoError,
)
from workato_async.events import logger
from workato_async.mirror import deletions
from workato_async.mirror.commit import commit_found, commit_page, commit_skipped, commit_unended
from workato_async.mirror.errors import AnotherWorkspaceError, MirrorError, RowsRejectedError
from workato_async.mirror.identity import any_is_stored, is_foreign, newest_below
from workato_async.mirror.plan import Step, Walk
from workato_async.mirror.reader import Reader
from workato_async.mirror.report import MirrorReport, Progress, StreamReport
from workato_async.mirror.results import record
from workato_async.mirror.rows import is_key, rows_of
from workato_async.mirror.streams import Stream, children, is_final
from workato_async.mirror.sync_state import LeaseLostError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

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
FAILURES = 10
"""Failed lists after which a stream is abandoned if they are half of those it tried; fewer wait for the next pass."""
LOOK_UPS = 10
"""Rows of a list that are fetched one by one; if more had not ended, pages come first, up to as many without them."""
LOOK_UP_SHARE = 20
"""One request in this many is spent on rows that are not final although no counter has moved."""
POLL_INTERVAL = 1.0
"""Seconds between checks whether walks held by other mirrors have ended or been released."""

FIRST_FAILURES = 3
"""The same for errors that every list may have, if no list could be read before."""

_FATAL = (AuthenticationError, QuotaWaitError, QuotaStoreError)
"""Errors that every other list of the stream would also have."""
_COMMON = (PermissionDeniedError, ConnectionFailedError)
"""Errors that others may also have: one folder may be forbidden or all of them, one connection broken or the server."""


class Pass:
    """One pass of a mirror.

    Args:
        api: sends the calls.
        database: where the rows go.
        state: its sync state.
        metering: counts the calls.
        identified: the server has said which workspace it is.
        on_progress: called after every page.
    """

    def __init__(
        self,
        api: Api,
        database: Database,
        state: SyncState,
        metering: Metering,
        *,
        identified: bool,
        on_progress: OnProgress | None,
    ) -> None:
        self._api = api
        self._database = database
        self._state = state
        self._may_be_foreign = not identified and not state.allow_deletions
        self._on_progress = on_progress
        self._reports: dict[str, StreamReport] = {}
        self._metering = metering
        self._meters: dict[str, Meter] = {}
        self._deleted: Counter[str] = Counter()
        self._vanished: Counter[str] = Counter()  # lists of objects that were deleted during the pass, it seems
        self._done: Counter[str] = Counter()
        self._hidden: set[str] = set()  # streams whose rows may be listed, but not fetched one by one
        self._broken: Counter[str] = Counter()  # rows whose connection broke
        self._lacking: Counter[str] = Counter()  # lists that have far fewer rows than there should be
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
                        task = tasks.create_task(self._run_stream(stream, tasks))
                        if self._may_be_foreign:  # what the first stream shows spares the others
                            await task
        except ExceptionGroup as group:
            raise _first(group) from None
        return MirrorReport(
            streams={name: self._report(name) for name in self._reports},
            seconds=asyncio.get_running_loop().time() - begun,
        )

    async def _run_stream(self, stream: Stream, tasks: asyncio.TaskGroup) -> None:
        """Read a stream, then what is listed under it. Its trouble is its own: only the database's ends the pass."""
        counted = self._meters[stream.name] = self._metering.start()
        errors = (report.error for report in self._reports.values())
        error: WorkatoError | None = next((one for one in errors if isinstance(one, AnotherWorkspaceError)), None)
        try:
            if error is None:
                error = await self._read_lists(stream)
            if stream.final and not isinstance(error, AnotherWorkspaceError):
                requests = counted.requests + self._meters[stream.parent].requests
                await self._look_up_some(stream, max(1, requests // LOOK_UP_SHARE))
        except Exception as caught:
            error = error or _error_of(stream, caught)
        self._note(stream, error=error or self._reports[stream.name].error)
        try:
            await self._end_stream(stream)
        except Exception as caught:
            self._note(stream, error=_error_of(stream, caught))
        for child in children(stream):
            if child.name in self._reports:
                tasks.create_task(self._run_stream(child, tasks))

    async def _end_stream(self, stream: Stream) -> None:
        """Decide on the rows that are missing, and record how the stream ended."""

        def end(connection: Connection) -> tuple[Counter[str], int, int]:
            state = self._state
            settled = deletions.settle(connection, stream, state.number, state.now, allow=state.allow_deletions)
            vanished = self._vanished[stream.name]
            if is_too_many(vanished, max(self._known[stream.name], FEW + 1)):
                vanished = 0  # that many objects are not deleted during one pass
            left = max(0, self._state.left(connection, stream) - vanished) + self._lacking[stream.name]
            report = attrs.evolve(self._reports[stream.name], withheld=settled[1], incomplete=left)
            if stream.parent and report.is_complete:
                self._state.mark_done(connection, stream.name)
            record(connection, report, full=self._state.full, now=self._state.now)
            return *settled, left

        deleted, withheld, left = await self._database.run_in_transaction(end)
        self._deleted += deleted
        self._note(stream, withheld=withheld, incomplete=left)

    def _note(self, stream: Stream, **changes: Any) -> None:
        self._reports[stream.name] = attrs.evolve(self._reports[stream.name], **changes)

    async def _read_lists(self, stream: Stream) -> WorkatoError | None:
        """Read every list of a stream that is due; return the first error of a list that was left for the next pass."""
        self._known[stream.name] = await self._due(stream)
        errors: list[WorkatoError] = []
        tried = row = 0
        while True:
            walks = await self._claim(stream)
            if not walks and not await self._due(stream):
                return errors[0] if errors else None
            if not walks:
                await sleep(POLL_INTERVAL)
            for position, walk in enumerate(walks):
                tried += 1
                try:
                    await self._read_list(stream, walk)
                    row = 0
                except Exception as caught:
                    error = _error_of(stream, caught)
                    errors.append(error)
                    await self._database.run_in_transaction(partial(self._state.fail, walk=walk))
                    row = row + 1 if isinstance(error, _COMMON) and not isinstance(error, ResponseTimeoutError) else 0
                    hopeless = row >= FAILURES or row == tried == FIRST_FAILURES or isinstance(error, _FATAL)
                    if hopeless or (len(errors) >= FAILURES and 2 * len(errors) >= tried):
                        await self._release(stream, walks[position:])
                        raise
                self._done[stream.name] += 1

    async def _read_list(self, stream: Stream, walk: Walk) -> None:
        """Read one list from its walk's position to the end."""
        rest: Walk | None = walk
        reader = Reader(self._api, stream)
        try:
            with suppress(LeaseLostError):
                while rest is not None:
                    if rest.looking_up:
                        await self._look_up_all(stream, rest)
                        return
                    if rest.cursor is None:
                        reader.begin_again()
                    try:
                        page, items = await reader.page(rest)
                    except NotFoundError as error:
                        rest = await self._on_missing(stream, rest, error)
                        continue
                    if self._may_be_foreign and not stream.parent and rest.cursor is None:
                        await self._compare(stream, page)
                    rest = await self._commit_page(stream, rest, page, items)
        finally:
            report = self._reports[stream.name]
            self._note(stream, unreadable=report.unreadable + reader.unreadable)
        if reader.disordered:
            raise PaginationError(
                f"{stream.endpoint.key}: {reader.disordered} pages were not in the order of their ids, so nothing on "
                "them was taken for deleted",
                endpoint=stream.endpoint.key,
            )

    async def _compare(self, stream: Stream, page: Page) -> None:
        """Compare the first page of a list with what is stored, because the server does not say whose it is.

        Raises:
            AnotherWorkspaceError: if they have nothing in common.
        """
        run = self._database.run_in_transaction
        foreign = await run(partial(is_foreign, stream=stream, ids=page.ids))
        newest = await run(partial(newest_below, stream=stream, ids=page.ids))
        if newest is not None:  # a page full of new rows; what follows must be known
            below, _ = await Reader(self._api, stream).page(Walk(stream.name, cursor=str(newest + 1)))
            foreign = not await run(partial(any_is_stored, stream=stream, ids=below.ids))
        if foreign:
            raise AnotherWorkspaceError(
                f"{stream.name}: the server returns none of the stored rows, so the session seems to be for another "
                "workspace; this token cannot find out which. Nothing of this stream was stored. If it is the same "
                "workspace, run the mirror with allow_deletions=True"
            )

    async def _commit_page(self, stream: Stream, walk: Walk, page: Page, items: Sequence[Any]) -> Walk | None:
        rows = rows_of(stream, walk.parent, items)
        work = partial(commit_page, state=self._state, walk=walk, page=page, rows=rows, items=items)
        try:
            return await self._commit(stream, work)
        except RowsRejectedError:
            return await self._commit(stream, partial(work, careful=True))

    async def _look_up_all(self, stream: Stream, walk: Walk) -> None:
        """Fetch the rows of a list that had not ended and were on none of its pages.

        One that cannot be fetched stays as it is for the next pass.
        """
        rest: Walk | None = walk
        for query in (stream.unended, {}) if stream.unended else ():
            if rest is not None and len(rest.pending) > LOOK_UPS:
                rest = await self._read_pages(stream, rest, query)
        while (behind := rest) is not None:
            try:
                if stream.name not in self._hidden:
                    rest = await self._look_up(stream, behind)
                    continue
            except LeaseLostError:
                raise
            except Exception as caught:
                self._note_look_up(stream, _error_of(stream, caught))
            rest = await self._commit(stream, partial(commit_skipped, state=self._state, walk=behind))

    def _note_look_up(self, stream: Stream, error: WorkatoError) -> None:
        """Note that rows could not be fetched one by one. Raise an error that every list would have."""
        if isinstance(error, PermissionDeniedError):  # of the details of jobs, not of their lists
            self._hidden.add(stream.name)
        elif isinstance(error, _FATAL):
            raise error
        elif isinstance(error, ConnectionFailedError) and not isinstance(error, ResponseTimeoutError):
            self._broken[stream.name] += 1
            if self._broken[stream.name] >= FAILURES:
                raise error
        self._note(stream, error=self._reports[stream.name].error or error)

    async def _read_pages(self, stream: Stream, walk: Walk, query: Mapping[str, Any]) -> Walk | None:
        """Read pages of a list while that is cheaper than to fetch the rows that had not ended one by one."""
        filtered = bool(query)
        wasted = 0
        pages = self._api.pages(stream.endpoint, walk.parent, query={**stream.query, **query})
        try:
            async with aclosing(pages.pages()) as read:
                async for page in read:
                    items = [item for item in page.items if is_key(item.id)]
                    if filtered and any(is_final(stream, item.status, item.completed_at) for item in items):
                        break  # the server does not filter
                    rows = rows_of(stream, walk.parent, items)
                    work = partial(commit_unended, state=self._state, walk=walk, items=items, rows=rows)
                    rest = await self._commit(stream, work)
                    if rest is None:
                        return None
                    wasted += len(rest.pending) == len(walk.pending)
                    walk = rest
                    if wasted >= min(LOOK_UPS, len(walk.pending)):
                        break
        except LeaseLostError:
            raise
        except Exception as caught:  # the rows may still be fetched one by one
            self._note_look_up(stream, _error_of(stream, caught))
        return walk

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
            try:
                await self._look_up(stream, walk, rotating=True)
            except Exception as caught:  # the next ones of the rotation may be better
                self._note_look_up(stream, _error_of(stream, caught))
                await self._database.run_in_transaction(
                    partial(self._state.advance_rotation, stream=stream.name, parent=parent, key=key)
                )

    async def _detail(self, stream: Stream, parent: int, key: str) -> Any:
        """Fetch one object, None if it no longer exists."""
        assert stream.detail is not None  # noqa: S101 - only such streams have rows to fetch
        try:
            item = await self._api.call(stream.detail, parent, key)
        except NotFoundError as error:
            if not error.from_json:  # a proxy's page proves nothing
                raise
            return None
        if str(item.id) != key:
            raise InvalidResponseError(
                f"{stream.detail.key}: the server returned {item.id!r} instead of {key!r}", endpoint=stream.detail.key
            )
        return item

    async def _on_missing(self, stream: Stream, walk: Walk, error: NotFoundError) -> Walk | None:
        """Continue when the list, or the row where its next page begins, no longer exists.

        A list that is not there stays due: the next pass over its parents shows whether they are. A walk whose next
        page is not there begins anew, once.
        """
        if walk.cursor is None and stream.parent and error.from_json and not walk.failed_before:
            self._vanished[stream.name] += 1
            await self._database.run_in_transaction(partial(self._state.restart, walk=walk))
            return None
        if walk.cursor is None or walk.restarts:
            await self._database.run_in_transaction(partial(self._state.restart, walk=walk))
            raise error
        again = Walk(
            walk.stream, walk.parent, walk.aim, complete=True, restarts=1, pending=walk.pending,
            doubts=walk.doubts, lacking=walk.lacking,
        )  # fmt: skip
        await self._database.run_in_transaction(partial(self._state.take, walk=walk, step=Step(again)))
        return again

    async def _commit(self, stream: Stream, work: Callable[[Connection], Committed]) -> Walk | None:
        """Commit a page, then count it."""
        done = await self._database.run_in_transaction(work, guarded=True)
        self._lacking[stream.name] += done.lacks
        report = self._reports[stream.name]
        self._note(
            stream, seen=report.seen + done.seen, added=report.added + done.added, changed=report.changed + done.changed
        )
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

    async def _claim(self, stream: Stream) -> list[Walk]:
        limit = SHARED_AT_A_TIME if self._database.shared else AT_A_TIME
        return await self._database.run_in_transaction(
            lambda connection: self._state.claim(connection, stream, limit=limit)
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


def _error_of(stream: Stream, caught: Exception) -> WorkatoError:
    """Return the error to report for what a stream met. Raise it if it ends the pass: others would also meet it."""
    of_stream = isinstance(caught, AnotherWorkspaceError | RowsRejectedError)
    if of_stream or not isinstance(caught, ConfigurationError | MirrorError):
        if isinstance(caught, WorkatoError):
            return caught
        logger.error("the mirror failed on %s", stream.name, exc_info=caught)
        return MirrorError(f"{stream.name}: unexpected {type(caught).__name__}: {caught}")
    raise caught


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
