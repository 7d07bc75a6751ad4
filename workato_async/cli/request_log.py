"""``--verbose``: a line on stderr for every request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.cli.terminal import echo_err
from workato_async.events import Completed, Event, Paused, Retried, Waited

if TYPE_CHECKING:
    from workato_async import WorkatoSession

WORTH_A_LINE = 1.0
"""Seconds that a call must have waited for its quota before that is shown."""


def show_requests(workato: WorkatoSession) -> None:
    """Print a line for each request of a session, with its status and time, and for each wait and retry."""
    workato.add_listener(_show)


def _show(event: Event) -> None:
    if isinstance(event, Paused | Retried | Completed) or (isinstance(event, Waited) and event.seconds >= WORTH_A_LINE):
        echo_err(str(event))
