"""The demonstration in plain lines, for files and pipes: no control characters, ASCII only."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from workato_async.cli.demo.progress import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from workato_async.cli.demo.summary import Summary
    from workato_async.cli.demo.view import Look

EVERY = 2.0
"""Seconds between two lines on the state of things."""


class PlainView:
    """Prints a line when a stage has ended, and one every so often.

    Args:
        write: prints one line.
        every: seconds between two lines on the state of things.
    """

    def __init__(self, write: Callable[[str], object], *, every: float = EVERY) -> None:
        self._write = write
        self._every = every
        self._next = every
        self._told: set[Stage] = set()

    def opened(self, introduction: str) -> AbstractContextManager[object]:
        """Print the introduction."""
        for line in introduction.splitlines():
            self._write(line)
        return nullcontext()

    def show(self, look: Look) -> None:
        """Print what is new, if anything is."""
        at = f"{look.seconds:6.1f} s  "
        for stage, state in look.board.stages.items():
            if state.finished and stage not in self._told:
                self._told.add(stage)
                self._write(f"{at}{state.done:,} {stage.value}")
        if look.seconds >= self._next and len(self._told) < len(Stage):
            self._next = look.seconds + self._every
            stages = [
                f"{state.done:,}{f' of {state.known:,}' if state.known else ''} {stage.value}"
                for stage, state in look.board.stages.items()
                if not state.finished
            ]
            sent, waiting, refused = (
                sum(getattr(state, name) for state in look.states.values()) for name in ("sent", "waiters", "refused")
            )
            self._write(f"{at}{', '.join(stages)}; {sent:,} calls sent, {waiting:,} waiting, {refused:,} refused")

    def close(self, summary: Summary) -> None:
        """Print the final table and the verdict."""
        rows = [("endpoint", "quota", "calls made", "429s", "least seconds")]
        rows += [
            (line.key, str(line.quota), f"{line.calls:,}", f"{line.refused:,}", f"{line.least:.1f}")
            for line in summary.endpoints
        ]
        rows.append(("all", "", f"{summary.calls:,}", f"{summary.refused:,}", f"{summary.least:.1f}"))
        for line in ("", *_aligned(rows), "", summary.told, summary.pace, *summary.verdict):
            self._write(line)


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Put rows into columns, text to the left and figures to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if index < 2 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
