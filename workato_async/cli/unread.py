"""What a report lacks, on stderr."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workato_async.cli.command_runner import ExitStatus
from workato_async.cli.terminal import echo_err

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workato_async.reports import Unread


def list_unread(unread: Iterable[Unread]) -> ExitStatus:
    """Print a line for everything that could not be read, and return the exit status."""
    status = ExitStatus.DONE
    for one in unread:
        echo_err(f"not read: {one}")
        status = ExitStatus.PARTLY_FAILED
    return status
