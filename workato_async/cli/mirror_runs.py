"""Running a mirror, and printing its progress, reports and status."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Self

import attrs

from workato_async import AuthenticationError, WorkatoSession
from workato_async.cli.command_runner import CommandError, ExitStatus, interruptible
from workato_async.cli.estimates import about, duration
from workato_async.cli.live_quotas import Publisher, sqlite_file
from workato_async.cli.output import Rows
from workato_async.cli.progress_bar import ProgressBar
from workato_async.cli.terminal import echo_err
from workato_async.mirror import STREAMS, Mirror

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async.cli.output import Format, Row
    from workato_async.mirror import MirrorReport, Progress, StreamReport

COLUMNS = ("stream", "seen", "added", "changed", "deleted", "requests", "waited", "error")
STATUS_COLUMNS = ("stream", "rows", "deleted", "due", "last_pass_at", "cursor")


async def run_mirror(
    workato: WorkatoSession, database: str, streams: Sequence[str] | None, *, full: bool, output: Format
) -> ExitStatus:
    """Run one pass, print a row for each stream, and report failures on stderr."""
    with (
        interruptible(lambda: "everything committed is kept; run the command again to continue from there"),
        Rows(COLUMNS, output) as rows,
        _StreamProgress(workato, output) as progress,
        Publisher(workato.limiter, database),
    ):
        async with Mirror(workato, _url(database)) as mirror:
            report = await mirror.run(streams, full=full, on_progress=progress)
        for stream in report.streams.values():
            rows.add(_row(stream))
    return _print_summary(report)


async def follow_workspace(
    workato: WorkatoSession, database: str, streams: Sequence[str] | None, *, every: float, output: Format
) -> ExitStatus:
    """Run passes until Ctrl-C, and print a row for each stream that changed or failed."""
    passes = 0

    def print_report(report: MirrorReport) -> None:
        nonlocal passes
        passes += 1
        live.publish()
        progress.hide()
        with Rows(COLUMNS, output, none=f"pass {passes:,}: nothing changed", header=passes == 1) as rows:
            for stream in report.streams.values():
                if stream.added or stream.changed or stream.deleted or stream.error:
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
        async with Mirror(workato, _url(database)) as mirror:
            await mirror.follow(every=every, streams=streams, on_progress=progress, on_report=print_report)


async def print_status(database: str, output: Format) -> ExitStatus:
    """Print what a database contains, one row per stream."""
    if (file := sqlite_file(database)) and not file.exists():
        raise CommandError(f"error: {file} does not exist")
    async with WorkatoSession("none") as workato:  # nothing is sent, so no token is needed
        mirror = Mirror(workato, _url(database))
        if not await mirror.exists():
            raise CommandError(f"error: no mirror in {file or 'the database'}")
        async with mirror:
            found = await mirror.status()
    with Rows(STATUS_COLUMNS, output) as rows:
        for stream in found:
            row = attrs.asdict(stream)
            last = row.pop("last_pass")
            rows.add({**row, "last_pass_at": last and last.isoformat()})
    return ExitStatus.DONE


async def print_cost(workato: WorkatoSession, database: str, streams: Sequence[str] | None) -> ExitStatus:
    """Print what a pass will cost, as far as the database shows."""
    file = sqlite_file(database)
    mirror = Mirror(workato, _url(database))
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
    for name, error in report.errors.items():
        echo_err(f"failed: {name}: {error}")
    echo_err(f"{report.requests:,} requests in {duration(report.seconds)}")
    if any(isinstance(error, AuthenticationError) for error in report.errors.values()):
        return ExitStatus.AUTHENTICATION
    return ExitStatus.PARTLY_FAILED if report.errors else ExitStatus.DONE


def _row(report: StreamReport) -> Row:
    row = {column: getattr(report, column) for column in COLUMNS}
    return {**row, "waited": round(report.waited, 1), "error": report.error and str(report.error)}


def _url(database: str) -> str:
    return database if "://" in database else f"sqlite+aiosqlite:///{database}"
