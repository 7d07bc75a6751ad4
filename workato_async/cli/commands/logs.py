"""``workato-async logs list|tail``."""

# No postponed annotations: Typer reads them when the commands are made.

from contextlib import aclosing
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workato_async.cli.command import Group
from workato_async.cli.options import CursorFileOption, Every, Limit, parse_time
from workato_async.cli.output import Format, Rows

if TYPE_CHECKING:
    from workato_async import WorkatoSession
    from workato_async.models import ActivityLog

COLUMNS = ("id", "logged_at", "event_type", "user", "resource_type", "resource_id", "resource_name")

app = Group("List and follow the activity audit log.")

Users = Annotated[
    list[str] | None,
    typer.Option(
        "--user",
        metavar="ID|NAME",
        help="Only events of this user: ID, name or address (can be given multiple times).",
    ),
]
Events = Annotated[
    list[str] | None,
    typer.Option("--event", metavar="TYPE", help="Only events of this type (can be given multiple times)."),
]
Resources = Annotated[
    list[str] | None,
    typer.Option("--resource", metavar="TYPE", help="Only events on this type (can be given multiple times)."),
]


@app.command("list", epilog="Example: workato-async logs list --since 24h --event recipe_stopped --csv")
async def list_logs(
    workato: "WorkatoSession",
    output: Format,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--since", parser=parse_time, metavar="DURATION|TIME", help="Only entries since this time, e.g. 24h."
        ),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(
            "--until", parser=parse_time, metavar="DURATION|TIME", help="Only entries up to this time, e.g. 1h."
        ),
    ] = None,
    user: Users = None,
    event: Events = None,
    resource: Resources = None,
    limit: Limit = None,
) -> None:
    """List the entries of the log, newest first."""
    from workato_async.cli.names import resolve_all
    from workato_async.cli.progress_bar import ProgressBar
    from workato_async.resources.activity_logs import LIST

    users = await resolve_all(workato, "user", user) if user else None
    found = workato.activity_logs.list(
        from_=since, to=until, users_ids=users, include_event_types=event, include_resource_types=resource
    )
    bar = ProgressBar(workato.limiter, LIST.key, "entries", show=output.allows_progress)
    count = 0
    with Rows(COLUMNS, output, none="no entries found") as rows, bar:
        async with aclosing(aiter(found)) as entries:
            async for entry in entries:
                rows.add(_row(entry, output))
                bar.advance()
                count += 1
                if count == limit:
                    return


@app.command(epilog="Example: workato-async logs tail --since 1h --cursor-file logs.cur >> logs.jsonl")
async def tail(
    workato: "WorkatoSession",
    output: Format,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--since",
            parser=parse_time,
            metavar="DURATION|TIME",
            help="Begin with the entries since this time, e.g. 24h (default: now, or where the cursor file says).",
        ),
    ] = None,
    user: Users = None,
    event: Events = None,
    resource: Resources = None,
    cursor_file: CursorFileOption = None,
    every: Every = "60s",  # type: ignore[assignment]  # Typer also parses defaults
    limit: Limit = None,
) -> None:
    """Print new entries of the log as they come, until Ctrl-C.

    In a pipe they are JSON Lines, on a terminal short lines. Every entry is printed at least once: the cursor file is
    written after the lines. With a cursor file, the command resumes where it stopped, also after a crash.
    """
    from workato_async.cli.names import resolve_all
    from workato_async.cli.sinks import Lines, as_json, summary
    from workato_async.cli.watching import SAVED_EVERY, CursorFile, Follower, prints_json

    if output.is_csv:
        raise typer.BadParameter("CSV is not available for output without an end; use --json", param_hint="--csv")
    file = CursorFile(cursor_file)
    found = workato.activity_logs.watch(
        file.read(),
        since=since,
        every=every,
        users_ids=await resolve_all(workato, "user", user) if user else None,
        include_event_types=event,
        include_resource_types=resource,
    )
    shown = Format.JSON if prints_json(output) else Format.TABLE
    sink = Lines(as_json if shown is Format.JSON else lambda row: summary(row, COLUMNS[1:]))

    async def deliver(entry: "ActivityLog") -> None:
        await sink(_row(entry, shown))

    await Follower(found, deliver, file, save_every=SAVED_EVERY).run(limit)


def _row(entry: "ActivityLog", output: Format) -> dict[str, Any]:
    """Return an entry as it was sent, or with the columns of a table."""
    if output is Format.JSON:
        return entry.to_dict()
    user, resource = entry.user, entry.resource
    return {
        "id": entry.id,
        "logged_at": entry.timestamp and entry.timestamp.isoformat(),
        "event_type": entry.event_type,
        "user": user and (user.email or user.name or user.id),
        "resource_type": resource and resource.type,
        "resource_id": resource and resource.id,
        "resource_name": resource and resource.name,
    }
