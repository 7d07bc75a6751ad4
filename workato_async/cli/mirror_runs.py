"""Running a mirror, and printing its progress, reports and status."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from sqlalchemy.engine import URL

from workato_async import AuthenticationError, WorkatoSession
from workato_async.cli.command_runner import CommandError, ExitStatus, interruptible
from workato_async.cli.estimates import about, duration
from workato_async.cli.live_quotas import Publisher, sqlite_file
from workato_async.cli.output import Format, Rows
from workato_async.cli.progress_bar import ProgressBar
from workato_async.cli.terminal import echo_err
from workato_async.mirror import STREAMS, Mirror

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from workato_async.cli.output import Row
    from workato_async.mirror import MirrorReport, Progress, StreamReport, StreamStatus

FIGURES = ("stream", "seen", "added", "changed", "deleted", "requests", "waited")
INCOMPLETE = ("withheld", "incomplete", "unreadable", "error")
STATUS = ("stream", "rows", "deleted", "due", "last_pass_at")
STATUS_TIMES = ("last_full_pass_at", "incomplete_since_at")
"""Columns. A table has the last three lists only as one column, if anything is incomplete: stderr says what."""


async def run_mirror(
    workato: WorkatoSession,
    database: str,
    streams: Sequence[str] | None,
    *,
    full: bool,
    allow_deletions: bool,
    output: Format,
) -> ExitStatus:
    """Run one pass, print a row for each stream, and report on stderr what is incomplete."""
    with (
        interruptible(lambda: "everything committed is kept; run the command again to continue from there"),
        _StreamProgress(workato, output) as progress,
        Publisher(workato.limiter, database),
    ):
        async with Mirror(workato, url_of(database)) as mirror:
            report = await mirror.run(streams, full=full, allow_deletions=allow_deletions, on_progress=progress)
    with Rows(_columns(FIGURES, INCOMPLETE, output, report.is_complete), output) as rows:
        for stream in report.streams.values():
            rows.add(_row(stream))
    return _print_summary(report)


async def follow_workspace(
    workato: WorkatoSession,
    database: str,
    streams: Sequence[str] | None,
    *,
    every: timedelta,
    full_every: timedelta | None,
    output: Format,
) -> ExitStatus:
    """Run passes until Ctrl-C, and print a row for each stream that changed or is incomplete."""
    passes = 0

    def print_report(report: MirrorReport) -> None:
        nonlocal passes
        passes += 1
        live.publish()
        progress.hide()
        columns = _columns(FIGURES, INCOMPLETE, output, report.is_complete)
        with Rows(columns, output, none=f"pass {passes:,}: nothing changed", header=passes == 1) as rows:
            for stream in report.streams.values():
                if stream.added or stream.changed or stream.deleted or not stream.is_complete:
                    rows.add(_row(stream))
        if _print_summary(report) is ExitStatus.AUTHENTICATION:
            raise next(error for error in report.errors.values() if isinstance(error, AuthenticationError))

    with (
        interruptible(
            lambda: f"{passes:,} passes done, everything committed is kept; run the command again to continue"
        ),
        _StreamProgress(workato, output) as progress,
        Publisher(workato.limiter, database) as live,
    ):
        async with Mirror(workato, url_of(database)) as mirror:
            await mirror.follow(
                every=every, full_every=full_every, streams=streams, on_progress=progress, on_report=print_report
            )


async def print_status(database: str, output: Format, *, check: bool, max_age: timedelta | None = None) -> ExitStatus:
    """Print what a database contains, one row per stream, and on stderr what is incomplete and since when.

    The keys of the JSON form are documented and stay.

    Args:
        database: a file or URL.
        output: the format.
        check: return ``PARTLY_FAILED`` if something is incomplete.
        max_age: or if a stream that was ever begun was not read to its end for so long.
    """
    if (file := sqlite_file(database)) and not file.exists():
        raise CommandError(f"error: {file} does not exist")
    async with WorkatoSession("none") as workato:  # nothing is sent, so no token is needed
        mirror = Mirror(workato, url_of(database))
        if not await mirror.exists():
            raise CommandError(f"error: no mirror in {file or 'the database'}")
        async with mirror:
            found = await mirror.status()
    problems = [stream for stream in found if stream.problem]
    with Rows(_columns(STATUS, (*STATUS_TIMES, *INCOMPLETE), output, not problems), output) as rows:
        for stream in found:
            rows.add(_status_row(stream))
    for stream in problems:
        since = f" since {stream.incomplete_since:%Y-%m-%d %H:%M}Z" if stream.incomplete_since else ""
        echo_err(f"incomplete{since}: {stream.stream}: {_problem(stream)}")
    old = [stream for stream in found if max_age is not None and _is_old(stream, max_age)]
    for stream in old:
        last = f"since {stream.last_pass:%Y-%m-%d %H:%M}Z" if stream.last_pass else "yet"
        echo_err(f"old: {stream.stream}: not read to the end {last}")
    return ExitStatus.PARTLY_FAILED if check and (problems or old) else ExitStatus.DONE


def _is_old(status: StreamStatus, max_age: timedelta) -> bool:
    if status.last_pass is None:  # begun and never finished; what is due may be of a stream that nobody wants
        return bool(status.rows or status.deleted or status.cursor)
    return datetime.now(UTC) - status.last_pass > max_age


async def print_cost(workato: WorkatoSession, database: str, streams: Sequence[str] | None) -> ExitStatus:
    """Print what a pass will cost, as far as the database shows."""
    file = sqlite_file(database)
    mirror = Mirror(workato, url_of(database))
    if (file and not file.exists()) or not await mirror.exists():
        what = file or "the mirror"
        echo_err(f"{what} would be created; the first pass reads the whole workspace, whose size is unknown")
        return ExitStatus.DONE
    async with mirror:
        found = {status.stream: status for status in await mirror.status()}
    calls: dict[str, int] = {}
    for name, status in found.items():
        if streams is None or name in streams:
            listing = STREAMS[name].listing
            pages = math.ceil(status.rows / listing.largest) + 1 if listing.size else 1
            calls[STREAMS[name].endpoint.key] = status.due if STREAMS[name].parent else pages
    seconds = max((workato.limiter.eta(key, count) for key, count in calls.items()), default=0.0)
    echo_err(
        f"a pass needs about {sum(calls.values()):,} calls, {about(seconds)}, "
        "plus requests for whatever changed since the last pass"
    )
    return ExitStatus.DONE


class _StreamProgress:
    """Shows the stream with the most work left on a progress bar."""

    def __init__(self, workato: WorkatoSession, output: Format) -> None:
        self._bar = ProgressBar(workato.limiter, "", "", show=output.allows_progress)
        self._latest: dict[str, Progress] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.hide()

    def hide(self) -> None:
        """Remove the bar until there is new progress."""
        if self._latest:
            self._latest.clear()
            self._bar.__exit__()

    def __call__(self, progress: Progress) -> None:
        first = not self._latest
        self._latest[progress.stream] = progress
        shown = max(self._latest.values(), key=lambda one: one.known - one.done)
        unit = f"lists of {shown.stream}, {shown.report.seen:,} rows"
        self._bar.switch_to(STREAMS[shown.stream].endpoint.key, unit, shown.done, shown.known)
        if first:
            self._bar.__enter__()


def _print_summary(report: MirrorReport) -> ExitStatus:
    for stream in report.streams.values():
        if not stream.is_complete:
            echo_err(f"{'failed' if stream.error else 'incomplete'}: {stream.stream}: {_problem(stream)}")
    echo_err(f"{report.requests:,} request{'s' * (report.requests != 1)} in {duration(report.seconds)}")
    if any(isinstance(error, AuthenticationError) for error in report.errors.values()):
        return ExitStatus.AUTHENTICATION
    return ExitStatus.DONE if report.is_complete else ExitStatus.PARTLY_FAILED


def _columns(figures: Sequence[str], more: Sequence[str], output: Format, complete: bool) -> Sequence[str]:
    """Return the columns: all for programs, those that fit 80 characters for people."""
    if output is not Format.TABLE:
        return (*figures, "complete", *more)
    return figures if complete else (*figures, "complete")


def _row(report: StreamReport) -> Row:
    row = {column: getattr(report, column) for column in (*FIGURES, *INCOMPLETE)}
    return {
        **row,
        "waited": round(report.waited, 1),
        "error": report.error and str(report.error),
        "complete": report.is_complete,
        "problem": _problem(report),
    }


def _status_row(status: StreamStatus) -> Row:
    """Return the JSON form: times in ISO 8601, null for never and for nothing."""
    return {
        "stream": status.stream,
        "rows": status.rows,
        "deleted": status.deleted,
        "due": status.due,
        "cursor": status.cursor,
        "last_pass_at": status.last_pass and status.last_pass.isoformat(),
        "last_full_pass_at": status.last_full_pass and status.last_full_pass.isoformat(),
        "complete": not status.problem,
        "incomplete_since_at": status.incomplete_since and status.incomplete_since.isoformat(),
        "withheld": status.withheld,
        "incomplete": status.incomplete,
        "unreadable": status.unreadable,
        "error": status.error or None,
        "problem": _problem(status),
    }


def _problem(of: StreamReport | StreamStatus) -> str:
    """Return what is incomplete and what to do, with the option instead of the argument."""
    return of.problem.replace("allow_deletions=True", "--allow-deletions")


def url_of(database: str) -> str:
    """Return the URL of a database given by path or URL; a path may have characters that mean something in a URL."""
    return database if "://" in database else URL.create("sqlite", database=database).render_as_string()
