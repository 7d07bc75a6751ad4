"""The demo as plain lines, for files and pipes: no control characters, ASCII only."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from workato_async.cli.demo.progress import Stage
from workato_async.cli.estimates import duration

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from workato_async.cli.demo.summary import Summary
    from workato_async.cli.demo.view import Snapshot

INTERVAL = 2.0
"""Seconds between two progress lines."""


class PlainView:
    """Prints a line when a stage has finished, and progress lines at intervals.

    Args:
        write: prints one line.
        every: seconds between two progress lines.
    """

    def __init__(self, write: Callable[[str], object], *, every: float = INTERVAL) -> None:
        self._write = write
        self._every = every
        self._next = every
        self._reported: set[Stage] = set()

    def opened(self, introduction: str) -> AbstractContextManager[object]:
        """Print the introduction."""
        for line in introduction.splitlines():
            self._write(line)
        return nullcontext()

    def show(self, snapshot: Snapshot) -> None:
        """Print what is new."""
        at = f"{snapshot.seconds:6.1f} s  "
        for stage, state in snapshot.board.stages.items():
            if state.finished and stage not in self._reported:
                self._reported.add(stage)
                self._write(f"{at}{state.done:,} {stage.value}")
        if snapshot.seconds >= self._next and len(self._reported) < len(Stage):
            self._next = snapshot.seconds + self._every
            stages = [
                f"{state.done:,} of {state.total:,} {stage.value}"
                for stage, state in snapshot.board.stages.items()
                if not state.finished
            ]
            sent, waiting, refused = (
                sum(getattr(state, name) for state in snapshot.states.values())
                for name in ("sent", "waiters", "refused")
            )
            self._write(f"{at}{', '.join(stages)}; {sent:,} calls sent, {waiting:,} waiting, {refused:,} rate limited")

    def close(self, summary: Summary) -> None:
        """Print the final table and the verdict."""
        rows = [("endpoint", "quota", "calls made", "429s", "at least")]
        rows += [
            (line.key, str(line.quota), f"{line.calls:,}", f"{line.rate_limited:,}", duration(line.least))
            for line in summary.endpoints
        ]
        rows.append(("all", "", f"{summary.calls:,}", f"{summary.rate_limited:,}", duration(summary.least)))
        for line in ("", *aligned(rows, text_columns=2), "", summary.work, *summary.pace, *summary.verdict):
            self._write(line)


def aligned(rows: Sequence[Sequence[str]], *, text_columns: int) -> list[str]:
    """Align columns: the first ones, of text, to the left, and numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if index < text_columns else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
