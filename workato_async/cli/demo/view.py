"""The interface of a view of the running demo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from workato_async.cli.demo.progress import Board
    from workato_async.cli.demo.summary import Summary
    from workato_async.limits.state import BucketState


@attrs.frozen
class Snapshot:
    """The state of the demo at one time.

    Attributes:
        board: progress of the stages.
        states: the limiter's buckets, by endpoint key.
        seconds: time since the start of the job.
        time_scale: the scale of that time, and of the quotas.
    """

    board: Board
    states: Mapping[str, BucketState]
    seconds: float
    time_scale: float


class View(Protocol):
    """Shows a demo."""

    def opened(self, introduction: str) -> AbstractContextManager[object]:
        """Print the introduction; return the context in which ``show`` is called."""
        ...

    def show(self, snapshot: Snapshot) -> None:
        """Show the current state; called several times a second and once at the end."""
        ...

    def close(self, summary: Summary) -> None:
        """Show the summary, after the context was left."""
        ...
