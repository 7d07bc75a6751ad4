"""Prints an access review: a table that fits a terminal, CSV with everything flat, JSON with everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workato_async.cli.output import Format, Rows, print_json
from workato_async.cli.terminal import echo_err
from workato_async.cli.unread import list_unread
from workato_async.reports.access import ROW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workato_async.cli.command_runner import ExitStatus
    from workato_async.reports import AccessReview

TABLE = ("who", "where", "role", "admin", "last_used")


def print_review(review: AccessReview, output: Format) -> ExitStatus:
    """Print a review, and what it lacks on stderr; return the exit status."""
    if output is Format.JSON:
        for record in _records(review):
            print_json(record)
    else:
        with Rows(TABLE if output is Format.TABLE else ROW, output, none="nobody found") as rows:
            for row in review.rows():
                rows.add(_table_row(row) if output is Format.TABLE else row)
        if output is Format.TABLE:
            echo_err(_summary(review))
    return list_unread(review.unread)


def _records(review: AccessReview) -> Iterator[dict[str, Any]]:
    """Iterate over everything in a review, each with its kind."""
    for kind in ("members", "groups", "api_clients", "roles", "unread"):
        for one in getattr(review, kind) or ():
            yield {"kind": kind.removesuffix("s").replace("_", " "), **one.to_dict()}


def _table_row(row: dict[str, Any]) -> dict[str, Any]:
    place = ": ".join(str(part) for part in (row["environment"], row["project"]) if part)
    kind = {"group": "group ", "api client": "client "}.get(row["kind"], "")
    return {
        "who": kind + str(row["email"] or row["name"] or row["id"]),
        "where": place,
        "role": f"{row['role']} via {row['group']}" if row["group"] else row["role"],
        "admin": row["admin"] or None,
        "last_used": (row["last_used_at"] or "")[: len("2026-01-31")],
    }


def _summary(review: AccessReview) -> str:
    members = _count(review.members, "collaborator")
    admins = f", {len(review.admins)} of them administrators by their role" if review.members else ""
    return f"{members}{admins}; {_count(review.groups, 'group')}; {_count(review.api_clients, 'API client')}"


def _count(found: tuple[Any, ...] | None, what: str) -> str:
    if found is None:
        return f"{what}s unknown"
    return f"{len(found)} {what}{'' if len(found) == 1 else 's'}"
