"""Options that several commands share, and how their values are parsed."""

# No postponed annotations here and in the command modules: Typer reads them when the commands are made.

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from workato_async import _durations


def parse_duration(text: str) -> timedelta:
    """Parse a duration: ``90m``, ``24h``, ``7d``.

    Raises:
        typer.BadParameter: if it is not a duration.
    """
    from workato_async import ConfigurationError

    try:
        return _durations.parse_duration(text)
    except ConfigurationError as error:
        raise typer.BadParameter(str(error)) from None


def parse_time(text: str) -> datetime:
    """Parse a time: a duration such as ``24h`` means that long ago, anything else is ISO 8601, in UTC by default.

    Raises:
        typer.BadParameter: if it is neither.
    """
    try:
        if text[-1:] in _durations.UNITS:
            return datetime.now(UTC) - parse_duration(text)
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError, typer.BadParameter):
        raise typer.BadParameter(
            "expected a duration such as 90m, 24h or 7d, or a time such as 2026-01-31T08:00Z"
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Show what would be done, with API calls and estimated time; change nothing."),
]
Limit = Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="Stop after this many.")]
Since = Annotated[
    datetime | None,
    typer.Option(
        "--since", parser=parse_time, metavar="DURATION|TIME", help="Only jobs started since this time, e.g. 24h, 7d."
    ),
]
UpdatedAfter = Annotated[
    datetime | None,
    typer.Option(
        "--updated-after",
        parser=parse_time,
        metavar="DURATION|TIME",
        help="Only those updated since this time, e.g. 24h, 7d.",
    ),
]
CursorFileOption = Annotated[
    Path | None,
    typer.Option(
        "--cursor-file",
        metavar="FILE",
        dir_okay=False,
        help="File that records what was delivered, to continue after an interruption or a crash.",
    ),
]
Every = Annotated[
    timedelta,
    typer.Option("--every", parser=parse_duration, metavar="DURATION", help="The pause between two polls, e.g. 30s."),
]
Folder = Annotated[
    str | None,
    typer.Option("--folder", metavar="ID|NAME", help="Only those in this folder: its ID, name or path (Sales/Orders)."),
]
Project = Annotated[
    str | None, typer.Option("--project", metavar="ID|NAME", help="Only those in this project: its ID or name.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
