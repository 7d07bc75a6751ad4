"""What a mirror reports: its progress, the result of a pass, and what the database holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import attrs

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
        waited: seconds its calls waited for quota.
        error: what ended it early, None if nothing did. The rows committed before are kept, and the next pass continues
            from there.
    """

    stream: str
    seen: int = 0
    added: int = 0
    changed: int = 0
    deleted: int = 0
    requests: int = 0
    waited: float = 0.0
    error: WorkatoError | None = None


@attrs.frozen(kw_only=True)
class MirrorReport:
    """The result of a pass.

    Attributes:
        streams: the report of each stream, by name.
        seconds: how long it took.
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
    """What the database holds of one stream.

    Attributes:
        stream: its name.
        rows: rows that are not marked as deleted.
        deleted: rows that are.
        due: lists that are known to have something to fetch, or that were interrupted.
        cursor: where the next page begins, if the reading of its own list was interrupted.
        last_pass: when it was last read to the end, None for never.
    """

    stream: str
    rows: int
    deleted: int
    due: int
    cursor: str | None
    last_pass: datetime | None


OnProgress = Callable[[Progress], object]
OnReport = Callable[[MirrorReport], object]
