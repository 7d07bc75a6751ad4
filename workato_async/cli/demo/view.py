"""What a view of the running demonstration is."""

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
class Look:
    """The demonstration at one moment.

    Attributes:
        board: how far the stages are.
        states: the limiter's buckets, by endpoint key.
        seconds: since the job began.
    """

    board: Board
    states: Mapping[str, BucketState]
    seconds: float


class View(Protocol):
    """Shows a demonstration to somebody."""

    def opened(self, introduction: str) -> AbstractContextManager[object]:
        """Introduce the demonstration, and give the block in which :meth:`show` is called."""
        ...

    def show(self, look: Look) -> None:
        """Show the present moment; called several times a second and once at the end."""
        ...

    def close(self, summary: Summary) -> None:
        """Show the end, after the block."""
        ...
