"""The demo as a live panel on a terminal: progress bars, and the state of every endpoint's bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import HORIZONTALS
from rich.console import Group
from rich.live import Live
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table

from workato_async.cli.demo.progress import Stage
from workato_async.cli.demo.summary import at_speed, published

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from rich.console import Console

    from workato_async.cli.demo.summary import Summary
    from workato_async.cli.demo.view import Snapshot


class LiveView:
    """A panel that is redrawn for every snapshot.

    It is drawn from the caller's event loop: a separate thread would read the buckets while they change.

    Args:
        console: the terminal.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False)
        self._bars = Progress(
            TextColumn("{task.description}"), BarColumn(bar_width=None), MofNCompleteColumn(), expand=True
        )
        self._tasks: dict[Stage, TaskID] = {stage: self._bars.add_task(stage.value, total=None) for stage in Stage}

    def opened(self, introduction: str) -> AbstractContextManager[object]:
        """Print the introduction and open the panel."""
        self._console.print(introduction, highlight=False)
        return self._live

    def show(self, snapshot: Snapshot) -> None:
        """Draw the panel."""
        for stage, state in snapshot.board.stages.items():
            self._bars.update(self._tasks[stage], completed=state.done, total=state.total)
        contents = Group(self._bars, "", _buckets(snapshot))
        title = f"{snapshot.seconds:.1f} s{at_speed(snapshot.time_scale)}"
        panel = Panel(contents, title=title, box=HORIZONTALS, padding=0)
        self._live.update(panel, refresh=True)

    def close(self, summary: Summary) -> None:
        """Print what was done, how fast, and the verdict; the panel stays above it."""
        for sentence in ("", summary.work, *summary.pace):
            self._console.print(sentence, highlight=False, markup=False)
        for sentence in summary.verdict:
            color = "red" if summary.exit_status else "green"
            self._console.print(sentence, style=color, highlight=False, markup=False)


def _buckets(snapshot: Snapshot) -> Table:
    table = _table("endpoint", "quota", "free", "waiting", "sent", "429")
    for key, state in snapshot.states.items():
        pause = f", paused for {state.paused_for:.1f} s" if state.paused_for else ""
        table.add_row(
            key,
            f"{published(state.quota, snapshot.time_scale)}{pause}",
            f"{state.free:,}",
            f"{state.waiters:,}",
            f"{state.sent:,}",
            _alarm(state.refused),
        )
    return table


def _table(*columns: str) -> Table:
    """Return a table with two text columns and some numeric ones; three endpoints fit into 80 columns."""
    table = Table(box=None, expand=True, padding=(0, 1, 0, 0), pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index < 2 else "right", vertical="bottom", overflow="fold")
    return table


def _alarm(refused: int) -> str:
    return f"[bold red]{refused:,}[/]" if refused else "0"
