"""How the last pass of each stream ended, kept in the database so that another process can show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from workato_async.mirror.bulk import insert
from workato_async.mirror.report import StreamStatus
from workato_async.mirror.schema import RESULTS, TABLES, WALKS
from workato_async.mirror.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Connection

    from workato_async.mirror.report import StreamReport


def record(connection: Connection, report: StreamReport, *, full: bool, now: Any) -> None:
    """Record how a stream ended."""
    values: dict[str, Any] = {
        "withheld": report.withheld,
        "incomplete": report.incomplete,
        "unreadable": report.unreadable,
        "error": report.error and _storable(str(report.error)),
    }
    if full and report.was_read:
        values["full_at"] = now
    wrong_since, kept = (None, None) if report.is_complete else (now, sa.func.coalesce(RESULTS.c.wrong_since, now))
    statement = insert(connection)(RESULTS).values(stream=report.stream, wrong_since=wrong_since, **values)
    changes = {**values, "wrong_since": kept}
    connection.execute(statement.on_conflict_do_update(index_elements=[RESULTS.c.stream], set_=changes))


def _storable(text: str) -> str:
    """Return the text of an error as any database takes it: servers may quote anything."""
    return text.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def status(connection: Connection) -> Sequence[StreamStatus]:
    """Return what the database holds and what is due, per stream."""
    failed = WALKS.c.failed_pass > WALKS.c.done_pass
    due = sa.or_(WALKS.c.target != WALKS.c.mark, WALKS.c.aim.is_not(None), failed)
    waiting = connection.execute(sa.select(WALKS.c.stream, sa.func.count()).where(due).group_by(WALKS.c.stream))
    lists = {name: count for name, count in waiting}  # noqa: C416 - rows are tuples in name only
    own = {row.stream: row for row in connection.execute(sa.select(WALKS).where(WALKS.c.parent == 0))}
    results = {row.stream: row for row in connection.execute(sa.select(RESULTS))}
    return [_stream(connection, name, lists.get(name, 0), own[name], results.get(name)) for name in STREAMS]


def _stream(connection: Connection, name: str, due: int, own: Any, result: Any) -> StreamStatus:
    table = TABLES[name]
    counts = sa.select(sa.func.count(), sa.func.count(table.c.deleted_at)).select_from(table)
    rows, deleted = connection.execute(counts).one()
    return StreamStatus(
        stream=name,
        rows=rows - deleted,
        deleted=deleted,
        due=due,
        cursor=None if STREAMS[name].parent else own.cursor,
        last_pass=own.done_at,
        last_full_pass=result and result.full_at,
        withheld=result.withheld if result else 0,
        incomplete=result.incomplete if result else 0,
        unreadable=result.unreadable if result else 0,
        error=(result and result.error) or "",
        incomplete_since=result and result.wrong_since,
    )
