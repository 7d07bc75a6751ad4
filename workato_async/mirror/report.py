"""What a mirror reports: its progress, the result of a pass, and what the database holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from workato_async.mirror.streams import STREAMS

if TYPE_CHECKING:
    from datetime import datetime

    from workato_async.errors import WorkatoError


@attrs.frozen(kw_only=True)
class StreamReport:
    """The result of a pass for one stream.

    Attributes:
        stream: its name.
        seen: rows that the API returned.
        added: rows that were new.
        changed: rows that were different, or marked as deleted, before.
        deleted: rows marked as deleted.
        requests: requests sent, including retries.
        waited: seconds that its calls waited for permits.
        withheld: rows that its lists no longer have, but that are too many to be marked as deleted by a single pass.
        incomplete: lists that were not read to their end; the next pass reads them.
        unreadable: objects that could not be read, or have an id that cannot be stored.
        error: the first thing that went wrong, None if nothing did. The rows committed before are kept, and the next
            pass continues from there.
    """

    stream: str
    seen: int = 0
    added: int = 0
    changed: int = 0
    deleted: int = 0
    requests: int = 0
    waited: float = 0.0
    withheld: int = 0
    incomplete: int = 0
    unreadable: int = 0
    error: WorkatoError | None = None

    @property
    def is_complete(self) -> bool:
        """Whether the table now has what the workspace has, as far as a plain pass can tell."""
        return self.was_read and not (self.withheld or self.unreadable)

    @property
    def was_read(self) -> bool:
        """Whether every list was read to its end, whatever was on it."""
        return self.error is None and not self.incomplete

    @property
    def problem(self) -> str:
        """What is incomplete and what to do, in one line; empty if nothing is."""
        return _problem_of(self)


def _problem_of(of: StreamReport | StreamStatus) -> str:
    """Return what is incomplete in a stream and what to do, in one line; empty if nothing is."""
    parts = [str(of.error or "").removesuffix(".")]
    if of.withheld:
        counted = " and ".join(child.name for child in STREAMS.values() if child.parent == of.stream)
        what = f"{_count(of.withheld, 'deletion')} withheld{f' ({counted} counted)' if counted else ''}"
        parts.append(f"{what}: another pass that misses them too confirms them, or allow_deletions=True")
    if of.incomplete:
        parts.append(f"{_count(of.incomplete, 'list')} not read to the end: the next pass continues")
    if of.unreadable:
        parts.append(f"{_count(of.unreadable, 'object')} unreadable: see the log")
    return "; ".join(filter(None, parts))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


@attrs.frozen(kw_only=True)
class MirrorReport:
    """The result of a pass.

    Attributes:
        streams: the report of each stream, by name.
        seconds: how long it took, in seconds.
    """

    streams: Mapping[str, StreamReport]
    seconds: float = 0.0

    def __getitem__(self, stream: str) -> StreamReport:
        return self.streams[stream]

    @property
    def errors(self) -> Mapping[str, WorkatoError]:
        """The errors of the streams that ended early, by name; empty if there were none."""
        return {name: report.error for name, report in self.streams.items() if report.error is not None}

    @property
    def is_complete(self) -> bool:
        """Whether every stream is complete."""
        return all(report.is_complete for report in self.streams.values())

    @property
    def problems(self) -> Mapping[str, str]:
        """What is incomplete and what to do, by stream; empty if everything is complete."""
        return {name: report.problem for name, report in self.streams.items() if not report.is_complete}

    @property
    def requests(self) -> int:
        """The requests of all streams."""
        return sum(report.requests for report in self.streams.values())


@attrs.frozen(kw_only=True)
class Progress:
    """How far a stream is, after one of its pages was committed.

    Attributes:
        report: the stream's figures so far.
        done: lists that are finished, e.g. recipes whose jobs were fetched; at most 1 where there is one list.
        known: lists that were found to be due.
    """

    report: StreamReport
    done: int
    known: int

    @property
    def stream(self) -> str:
        """The stream's name."""
        return self.report.stream


@attrs.frozen(kw_only=True)
class StreamStatus:
    """What the database has of one stream.

    Attributes:
        stream: its name.
        rows: rows that are not marked as deleted.
        deleted: rows that are marked as deleted.
        due: lists that are known to have something to fetch, or that were interrupted.
        cursor: where the next page begins, if the reading of its own list was interrupted.
        last_pass: when it was last read to the end, None for never.
        last_full_pass: when all its lists were last read to their end, whatever had changed; None for never.
        withheld: rows that the last pass found missing and did not mark as deleted.
        incomplete: lists that the last pass did not read to their end.
        unreadable: objects of the last pass that could not be read.
        error: what went wrong in the last pass, empty if nothing did.
        incomplete_since: when the first of a series of incomplete passes ended, None if the last one was complete.
    """

    stream: str
    rows: int
    deleted: int
    due: int
    cursor: str | None
    last_pass: datetime | None
    last_full_pass: datetime | None = None
    withheld: int = 0
    incomplete: int = 0
    unreadable: int = 0
    error: str = ""
    incomplete_since: datetime | None = None

    @property
    def problem(self) -> str:
        """What is incomplete and what to do, in one line; empty if nothing is."""
        return _problem_of(self)


OnProgress = Callable[[Progress], object]
OnReport = Callable[[MirrorReport], object]
OnStatus = Callable[[Sequence[StreamStatus]], object]
