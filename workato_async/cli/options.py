"""Options that several commands share, and how their values are read."""

# No postponed annotations here and in the command modules: Typer reads them when the commands are made.

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def span(text: str) -> timedelta:
    """Read a time span: ``90m``, ``24h``, ``7d``.

    Raises:
        typer.BadParameter: if it is none.
    """
    try:
        return timedelta(**{_UNITS[text[-1:]]: float(text[:-1])})
    except (KeyError, ValueError, OverflowError):
        raise typer.BadParameter("it is a time span such as 30s, 90m or 24h") from None


def moment(text: str) -> datetime:
    """Read a moment: ``24h`` and the like is that long ago, else ISO 8601; UTC if it has no offset.

    Raises:
        typer.BadParameter: if it is neither.
    """
    try:
        if text[-1:] in _UNITS:
            return datetime.now(UTC) - span(text)
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError, typer.BadParameter):
        raise typer.BadParameter(
            "it is a time span such as 90m, 24h or 7d, or a moment such as 2026-01-31T08:00Z"
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


Profile = Annotated[
    str | None, typer.Option("--profile", help="Profile of the configuration file; the environment otherwise.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV with a header.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Change nothing; tell what would be done, calls and minutes.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="Stop after this many.")]
Since = Annotated[
    datetime | None,
    typer.Option("--since", parser=moment, metavar="SPAN|MOMENT", help="Only what began after it, e.g. 24h, 7d."),
]
UpdatedAfter = Annotated[
    datetime | None,
    typer.Option(
        "--updated-after", parser=moment, metavar="SPAN|MOMENT", help="Only what was updated after it, e.g. 24h, 7d."
    ),
]
Folder = Annotated[int | None, typer.Option("--folder", help="Only those of the folder with this id.")]
