"""Getting a stream out of the database into a file, while a mirror may be writing to it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from workato_async._files import FileSink
from workato_async.errors import ConfigurationError
from workato_async.mirror.file_formats import FORMATS, in_utc
from workato_async.mirror.schema import TABLES, Instant

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from workato_async.mirror.database import Database

BATCH = 500
"""Rows in memory at a time; a recipe with its code can have a megabyte."""
_TIMES = ("started_at", "updated_at", "timestamp", "created_at")

SINCE: Mapping[str, str | None] = {
    name: next((column for column in _TIMES if column in table.c), None) for name, table in TABLES.items()
}
"""The column by which the rows of a stream are chosen by time: of jobs ``started_at``, of most others ``updated_at``.
None where no column has a time (``projects``)."""


async def export(
    database: Database,
    stream: str,
    path: str | os.PathLike[str],
    *,
    format: str | None,  # noqa: A002
    since: datetime | None,
    deleted: bool,
) -> int:
    """Write a stream to a file; see ``Mirror.export``."""
    path = Path(path)
    table = TABLES.get(stream)
    if table is None:
        raise ConfigurationError(f"there is no stream {stream}; choose from {', '.join(TABLES)}")
    made = FORMATS.get(path.suffix[1:] if format is None else format)
    if made is None:
        raise ConfigurationError(
            f"there is no format {format or path.suffix or path}; choose from {', '.join(FORMATS)}"
        )
    if since is not None and since.tzinfo is None:
        raise ConfigurationError(f"since must have a time zone, not {since.isoformat()}")
    encoder = made(table)
    wanted = sa.select(table).order_by(*table.primary_key).limit(BATCH)
    if not deleted:
        wanted = wanted.where(table.c.deleted_at.is_(None))
    if since is not None and (column := SINCE[stream]):
        # A row without the time may be new: it is rather exported once too often than never.
        new = sa.or_(table.c[column] >= since, table.c[column].is_(None))
        wanted = wanted.where(sa.or_(new, table.c.deleted_at >= since) if deleted else new)
    count = 0
    async with FileSink(path) as sink:
        async for rows in _batches(database, table, wanted):
            await sink.write(await asyncio.to_thread(encoder.add, rows))
            count += len(rows)
        await sink.write(await asyncio.to_thread(encoder.end))
        await sink.commit()
    return count


async def _batches(database: Database, table: sa.Table, wanted: sa.Select[Any]) -> AsyncIterator[Sequence[Any]]:
    """Iterate over rows, in transactions short enough for a mirror beside us, and by key, so that none comes twice."""
    keys = list(table.primary_key)
    places = [table.c.keys().index(key.name) for key in keys]
    times = [place for place, column in enumerate(table.c) if isinstance(column.type, Instant)]
    query = wanted
    while True:
        rows = await database.run_in_transaction(_reading(query, times))
        if rows:
            yield rows
        if len(rows) < BATCH:
            return
        query = wanted.where(sa.tuple_(*keys) > tuple(rows[-1][place] for place in places))


def _reading(query: sa.Select[Any], times: Sequence[int]) -> Callable[[Connection], Sequence[Sequence[Any]]]:
    def read(connection: Connection) -> Sequence[Sequence[Any]]:
        rows = [list(row) for row in connection.execute(query)]
        for row in rows:
            for place in times:
                row[place] = in_utc(row[place])
        return rows

    return read
