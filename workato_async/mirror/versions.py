"""Versions of the schema: how a database of an older release is upgraded.

| version | since | what changed |
|---------|-------|--------------|
| 1       | 208dea1 | the first one, before there was a release |
| 2       | 0.1.0 | passes have numbers; missing rows, results and the workspace are recorded; project of connections |

Most releases only change fields of models, which needs no step: missing tables and columns are added, and new columns
are filled from the stored JSON. ``STEPS`` is for everything else.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from workato_async.mirror.errors import MirrorError
from workato_async.mirror.rows import objects_of, rows_of
from workato_async.mirror.schema import TABLES, VERSIONS, WALKS, metadata
from workato_async.mirror.streams import STREAMS, children

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy.engine import Connection

    from workato_async.mirror.streams import Stream

VERSION = 2
"""The version this release writes; it increases whenever a table or column changes."""


def _forget_timed_passes(connection: Connection) -> None:
    """Drop the row of the pass that was known by its time, and the index for another meaning of "unfinished"."""
    connection.exec_driver_sql("DELETE FROM mirror_walks WHERE stream = ''")
    connection.exec_driver_sql("DROP INDEX IF EXISTS jobs_unfinished")


STEPS: Mapping[int, Callable[[Connection], None]] = {1: _forget_timed_passes}
"""The step from a version to the next one, where adding tables and columns is not enough."""
_BATCH = 500


def version_of(connection: Connection) -> int | None:
    """Return the schema version of a database, None for one without a mirror.

    Raises:
        MirrorError: if it is newer than this release, or other tables have our names.
    """
    tables = set(sa.inspect(connection).get_table_names())
    if VERSIONS.name not in tables:
        if taken := sorted(tables & set(metadata.tables)):
            raise MirrorError(
                f"the database has tables that are not a mirror's: {', '.join(taken)}. Use a separate database"
            )
        return None
    return check_version(connection)


def check_version(connection: Connection) -> int | None:
    """Return the schema version of a database with a mirror.

    Raises:
        MirrorError: if it is newer than this release.
    """
    version: int | None = connection.exec_driver_sql(_LATEST).scalar()
    if version is not None and version > VERSION:
        raise MirrorError(
            f"the database has schema {version}, of a newer release; this one supports schemas up to {VERSION}. "
            "Upgrade workato-async, or mirror into another database"
        )
    return version


_LATEST = f"SELECT max(version) FROM {VERSIONS.name}"  # noqa: S608 - our own table


def upgrade(connection: Connection) -> None:
    """Upgrade a database to this release's schema, in the transaction of the connection.

    Raises:
        MirrorError: as ``version_of`` does.
    """
    if connection.dialect.name == "postgresql":  # only one of the mirrors that start together does it
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    version = version_of(connection)
    if version == VERSION:
        return
    for number in range(VERSION if version is None else version, VERSION):
        if number in STEPS:
            STEPS[number](connection)
    before = set(sa.inspect(connection).get_table_names())
    metadata.create_all(connection)
    if version is not None:
        _add_columns(connection, WALKS)
        for stream in STREAMS.values():
            if stream.name in before:
                _refill(connection, stream, before)
    roots = {name for name in STREAMS if name not in before}
    if roots:
        connection.execute(sa.insert(WALKS), [{"stream": name, "parent": 0} for name in sorted(roots)])
    connection.execute(sa.insert(VERSIONS), {"version": VERSION, "since": datetime.now(UTC)})


_LOCK = 0x776F726B61746F
"""Our key among PostgreSQL's advisory locks."""


def _add_columns(connection: Connection, table: sa.Table) -> list[sa.Column[Any]]:
    """Add missing columns and indexes to a table; return the columns."""
    present = {column["name"] for column in sa.inspect(connection).get_columns(table.name)}
    added = [column for column in table.c if column.name not in present]
    for column in added:
        definition = sa.schema.CreateColumn(column).compile(dialect=connection.dialect)
        connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {definition}")
    for index in table.indexes:
        index.create(connection, checkfirst=True)
    return added


def _refill(connection: Connection, stream: Stream, before: set[str]) -> None:
    """Add missing columns to a stream's table, and the walks of its rows for child tables that are new."""
    table = TABLES[stream.name]
    added = _add_columns(connection, table)
    new_children = [child for child in children(stream) if child.name not in before]
    if not added and not new_children:
        return
    keys = list(table.primary_key)
    last: tuple[Any, ...] | None = None
    while True:
        query = sa.select(*keys, table.c.json, table.c.deleted_at).order_by(*keys).limit(_BATCH)
        found = connection.execute(query if last is None else query.where(sa.tuple_(*keys) > last)).all()
        if not found:
            return
        last = tuple(found[-1][: len(keys)])
        items = objects_of(stream, [row.json for row in found])
        if added:
            rows = [dict(zip(table.c.keys(), row.values, strict=True)) for row in rows_of(stream, 0, items)]
            connection.execute(
                sa.update(table).where(*(key == sa.bindparam(f"_{key.name}") for key in keys)),
                [
                    {f"_{key.name}": row[at] for at, key in enumerate(keys)} | {c.name: new[c.name] for c in added}
                    for row, new in zip(found, rows, strict=True)
                ],
            )
        for child in new_children:
            walks = [
                {"stream": child.name, "parent": item.id, "target": child.moved(item) if child.moved else ""}
                for item, row in zip(items, found, strict=True)
                if row.deleted_at is None
            ]
            if walks:
                connection.execute(sa.insert(WALKS), walks)
