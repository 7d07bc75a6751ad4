"""Running a mirror, and telling of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Self

import attrs

from workato_async import AuthenticationError, WorkatoSession
from workato_async.cli.bars import Bar, duration
from workato_async.cli.live_quotas import Publisher, sqlite_file
from workato_async.cli.output import Rows
from workato_async.cli.running import CommandError, Status, interruptible, say
from workato_async.mirror import STREAMS, Mirror
from workato_async.mirror.database import Database

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async.cli.output import Format, Row
    from workato_async.mirror import MirrorReport, Progress, StreamReport

COLUMNS = ("stream", "seen", "added", "changed", "deleted", "requests", "waited", "error")
STATUS_COLUMNS = ("stream", "rows", "deleted", "due", "last_pass_at", "cursor")


async def run_mirror(
    workato: WorkatoSession, database: str, streams: Sequence[str] | None, *, full: bool, output: Format
) -> Status:
    """Run one pass, print a row for each stream, and list those that failed on stderr."""
    with (
        interruptible(lambda: "what was committed is kept; run the command again, and it goes on from there"),
        Rows(COLUMNS, output) as rows,
        _Shown(workato, output) as shown,
        Publisher(workato.limiter, database),
    ):
        async with Mirror(workato, _url(database)) as mirror:
            report = await mirror.run(streams, full=full, on_progress=shown)
        for stream in report.streams.values():
            rows.add(_row(stream))
    return _told(report)


async def follow_workspace(
    workato: WorkatoSession, database: str, streams: Sequence[str] | None, *, every: float, output: Format
) -> Status:
    """Run passes until Ctrl-C, and print the rows of those streams in which something happened."""
    passes = 0

    def tell(report: MirrorReport) -> None:
        nonlocal passes
        passes += 1
        live.publish()
        shown.hide()
        with Rows(COLUMNS, output, none=f"pass {passes:,}: nothing changed", header=passes == 1) as rows:
            for stream in report.streams.values():
                if stream.added or stream.changed or stream.deleted or stream.error:
                    rows.add(_row(stream))
        if _told(report) is Status.AUTHENTICATION:
            raise next(error for error in report.errors.values() if isinstance(error, AuthenticationError))

    with (
        interruptible(lambda: f"{passes:,} passes done, what was committed is kept; run the command again to go on"),
        _Shown(workato, output) as shown,
        Publisher(workato.limiter, database) as live,
    ):
        async with Mirror(workato, _url(database)) as mirror:
            await mirror.follow(every=every, streams=streams, on_progress=shown, on_report=tell)


async def print_status(database: str, output: Format) -> Status:
    """Print what a database holds, a row a stream."""
    if (file := sqlite_file(database)) and not file.exists():
        raise CommandError(f"error: there is no database {file}")
    if not await _made(database):
        raise CommandError(f"error: there is no mirror in {Database(_url(database))}")
    # Nothing is sent, so there need not be a token.
    async with WorkatoSession("none") as workato, Mirror(workato, _url(database)) as mirror:
        found = await mirror.status()
    with Rows(STATUS_COLUMNS, output) as rows:
        for stream in found:
            row = attrs.asdict(stream)
            last = row.pop("last_pass")
            rows.add({**row, "last_pass_at": last and last.isoformat()})
    return Status.DONE


async def tell_price(workato: WorkatoSession, database: str, streams: Sequence[str] | None) -> Status:
    """Tell what a pass will cost, as far as the database can tell."""
    file = sqlite_file(database)
    if (file and not file.exists()) or not await _made(database):
        what = file or "the mirror"
        say(f"{what} would be made; a first pass reads the whole workspace, whose size is not known before")
        return Status.DONE
    async with Mirror(workato, _url(database)) as mirror:
        found = {status.stream: status for status in await mirror.status()}
    calls: dict[str, int] = {}
    for name, status in found.items():
        if streams is None or name in streams:
            listing = STREAMS[name].listing
            pages = math.ceil(status.rows / listing.largest) + 1 if listing.size else 1
            calls[STREAMS[name].endpoint.key] = status.due if STREAMS[name].parent else pages
    minutes = max((workato.limiter.eta(key, count) for key, count in calls.items()), default=0.0) / 60
    say(
        f"a pass needs about {sum(calls.values()):,} calls, {minutes:.1f} minutes; what has moved in the workspace "
        "since the last pass comes on top"
    )
    return Status.DONE


async def _made(database: str) -> bool:
    """Tell whether there is a mirror in a database; opening one would make it."""
    opened = Database(_url(database))
    try:
        return await opened.made()
    finally:
        await opened.close()


class _Shown:
    """Shows on a bar the stream that has most before it, as long as there is progress."""

    def __init__(self, workato: WorkatoSession, output: Format) -> None:
        self._bar = Bar(workato.limiter, "", "", show=output.waits)
        self._latest: dict[str, Progress] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.hide()

    def hide(self) -> None:
        """Take the bar away until there is progress again."""
        if self._latest:
            self._latest.clear()
            self._bar.__exit__()

    def __call__(self, progress: Progress) -> None:
        first = not self._latest
        self._latest[progress.stream] = progress
        shown = max(self._latest.values(), key=lambda one: one.known - one.done)
        what = f"lists of {shown.stream}, {shown.report.seen:,} rows"
        self._bar.turn_to(STREAMS[shown.stream].endpoint.key, what, shown.done, shown.known)
        if first:
            self._bar.__enter__()


def _told(report: MirrorReport) -> Status:
    for name, error in report.errors.items():
        say(f"failed: {name}: {error}")
    say(f"{report.requests:,} requests in {duration(report.seconds)}")
    if any(isinstance(error, AuthenticationError) for error in report.errors.values()):
        return Status.AUTHENTICATION
    return Status.PARTLY if report.errors else Status.DONE


def _row(report: StreamReport) -> Row:
    row = {column: getattr(report, column) for column in COLUMNS}
    return {**row, "waited": round(report.waited, 1), "error": report.error and str(report.error)}


def _url(database: str) -> str:
    return database if "://" in database else f"sqlite+aiosqlite:///{database}"
