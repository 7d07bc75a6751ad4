"""Progress of long work, on stderr if that is a terminal."""

from __future__ import annotations

import asyncio
import math
import os
import sys
from typing import TYPE_CHECKING, Self

from workato_async.cli.estimates import duration
from workato_async.cli.terminal import echo_err, strip_control_chars

if TYPE_CHECKING:
    from rich.progress import Progress

    from workato_async import Limiter

REFRESH = 0.2
"""Seconds between two redraws."""


class ProgressBar:
    """A progress bar with the time remaining, which the quotas determine.

    It is drawn from the event loop: a separate thread would read the limiter while it changes.

    Args:
        limiter: the session's limiter.
        key: the endpoint whose quota sets the pace.
        unit: what is counted, e.g. ``"recipes"``.
        total: how many there are; None if unknown.
        calls_per_item: calls needed for each.
        show: False to draw nothing, because the output itself shows the progress.
    """

    def __init__(
        self,
        limiter: Limiter,
        key: str,
        unit: str,
        total: int | None = None,
        *,
        calls_per_item: float = 1,
        show: bool = True,
    ) -> None:
        self._limiter = limiter
        self._key = key
        self._unit = unit
        self._total = total
        self._calls_per_item = calls_per_item
        self._done = 0
        self.shown = show and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._progress: Progress | None = None
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        if self.shown:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn

            self._progress = Progress(
                BarColumn(bar_width=30),
                TextColumn("{task.description}", markup=False),
                console=Console(stderr=True),
                auto_refresh=False,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._progress.add_task("", total=self._total)
            self._progress.start()
            self._draw()
        return self

    def advance(self, count: int = 1) -> None:
        """Count finished items."""
        self._done += count

    def expect(self, total: int | None) -> None:
        """Set the total, None if unknown."""
        self._total = total

    def switch_to(self, key: str, unit: str, done: int, total: int) -> None:
        """Show the progress of other work."""
        self._key, self._unit, self._done, self._total = key, unit, done, total

    def seconds_left(self) -> float:
        """Return the seconds until the last call can be sent, as far as its quota determines that."""
        state = self._limiter.snapshot().get(self._key)
        left = 1 if self._total is None else math.ceil((self._total - self._done) * self._calls_per_item)
        # The limiter itself counts the calls that already wait.
        return self._limiter.eta(self._key, max(1, left - (state.waiters if state else 0))) if left > 0 else 0.0

    def echo_err(self, message: str) -> None:
        """Print one line on stderr, above the bar."""
        if self._progress is None:
            echo_err(message)
        else:
            self._progress.console.print(strip_control_chars(message), markup=False, highlight=False, soft_wrap=True)

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def _draw(self) -> None:
        if self._progress is None:
            return
        seconds = self.seconds_left()
        if self._total is not None:
            text = f"{self._done:,} of {self._total:,} {self._unit}, {duration(seconds)} left"
        else:
            text = f"{self._done:,} {self._unit}" + (f", next call in {duration(seconds)}" if seconds >= 1 else "")
        self._progress.update(self._progress.task_ids[0], completed=self._done, total=self._total, description=text)
        self._progress.refresh()
        self._timer = asyncio.get_running_loop().call_later(REFRESH, self._draw)
