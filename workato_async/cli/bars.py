"""Progress of long work, on stderr, if that is a terminal; and how long work will take."""

from __future__ import annotations

import asyncio
import math
import os
import sys
from typing import TYPE_CHECKING, Self

from workato_async.cli.running import harmless, say

if TYPE_CHECKING:
    from rich.progress import Progress

    from workato_async import Limiter

REFRESH = 0.2
"""Seconds between two looks."""


class Bar:
    """A bar with the time to go, which the quotas set.

    It is drawn from the event loop: a thread of its own would read the limiter while it changes.

    Args:
        limiter: the session's.
        key: the endpoint whose quota sets the pace.
        what: names what is counted, e.g. ``"recipes"``.
        total: how many there are, None if that is not known.
        calls_each: calls that one of them takes.
        show: False to draw nothing, for output that shows the progress by itself.
    """

    def __init__(
        self,
        limiter: Limiter,
        key: str,
        what: str,
        total: int | None = None,
        *,
        calls_each: float = 1,
        show: bool = True,
    ) -> None:
        self._limiter = limiter
        self._key = key
        self._what = what
        self._total = total
        self._calls_each = calls_each
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
        """Count what is done."""
        self._done += count

    def expect(self, total: int | None) -> None:
        """Set how many there are, as far as that is known."""
        self._total = total

    def turn_to(self, key: str, what: str, done: int, total: int) -> None:
        """Show something else."""
        self._key, self._what, self._done, self._total = key, what, done, total

    def to_go(self) -> float:
        """Give the seconds until the last call will have left, as far as the quota tells."""
        state = self._limiter.snapshot().get(self._key)
        left = 1 if self._total is None else math.ceil((self._total - self._done) * self._calls_each)
        # Calls that wait already are counted by the limiter itself.
        return self._limiter.eta(self._key, max(1, left - (state.waiters if state else 0))) if left > 0 else 0.0

    def say(self, message: str) -> None:
        """Print one line on stderr, above the bar."""
        if self._progress is None:
            say(message)
        else:
            self._progress.console.print(harmless(message), markup=False, highlight=False, soft_wrap=True)

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def _draw(self) -> None:
        if self._progress is None:
            return
        seconds = self.to_go()
        if self._total is not None:
            text = f"{self._done:,} of {self._total:,} {self._what}, {duration(seconds)} to go"
        else:
            text = f"{self._done:,} {self._what}" + (f", next call in {duration(seconds)}" if seconds >= 1 else "")
        self._progress.update(self._progress.task_ids[0], completed=self._done, total=self._total, description=text)
        self._progress.refresh()
        self._timer = asyncio.get_running_loop().call_later(REFRESH, self._draw)


def duration(seconds: float) -> str:
    """Write seconds as ``12 s`` or ``3:05 min``."""
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60}:{whole % 60:02} min"


def price(limiter: Limiter, key: str, calls: int) -> str:
    """Say what calls will cost: how many, of what, and the minutes until the last of them can leave."""
    minutes = limiter.eta(key, calls) / 60
    word = "call" if calls == 1 else "calls"
    return f"{calls:,} {word} of {key} ({limiter.quota(key)}), {minutes:.1f} minutes"
