"""What one page changes in the database, in one transaction: rows, deletions, what becomes due, the cursor."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

import attrs
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from workato_async.mirror import plan
from workato_async.mirror.bulk import execute_many
from workato_async.mirror.rows import as_listed, same
from workato_async.mirror.schema import SEEN, TABLES, WALKS
from workato_async.mirror.streams import STREAMS, children
from workato_async.mirror.sync_state import forget_seen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Connection

    from workato_async.mirror.plan import Key, Page, Walk
    from workato_async.mirror.rows import Row
    from workato_async.mirror.streams import Stream
    from workato_async.mirror.sync_state import SyncState

_MANY = 500
"""Ids per statement: databases have limits."""


@attrs.frozen
class Committed:
    """The result of a page: how its walk continues, rows seen, added and changed, rows deleted per stream."""

    walk: Walk | None
    seen: int = 0
    added: int = 0
    changed: int = 0
    deleted: Counter[str] = attrs.field(factory=Counter)


def commit_page(
    connection: Connection, state: SyncState, walk: Walk, page: Page, rows: Sequence[Row], items: Sequence[Any]
) -> Committed:
    """Store one page of a walk.

    Args:
        connection: in a transaction.
        state: of the database.
        walk: the walk before the page.
        page: the page.
        rows: its rows.
        items: its objects, in the order of the rows.
    """
    stream = STREAMS[walk.stream]
    scope = plan.scope(walk, page, stream.order)
    found = {} if walk.nothing_stored else _stored(connection, stream, walk.parent, page.ids, scope)
    live = {key: row for key, row in found.items() if row.deleted_at is None}
    final = [key for key, row in live.items() if not stream.final or row.status in stream.final]
    collects = plan.collects(walk, page, stream.order)
    if collects:
        if walk.cursor is None and walk.round == 1:
            forget_seen(connection, stream.name, [walk.parent])
        _collect(connection, walk, page.ids)
    unseen = _unseen(connection, stream, walk) if collects and plan.has_all(walk, page) else ()
    step = plan.after(walk, page, stream.order, plan.Stored(live, final, unseen))

    new = {
        row["id"]: (row, item)
        for row, item in zip(rows, items, strict=True)
        if row["id"] not in live or not same(row["json"], found[row["id"]].json)
    }
    upsert(connection, stream, [row for row, _ in new.values()])
    _make_due(connection, stream, [item for _, item in new.values()])
    deleted = mark_deleted(connection, state, stream, walk.parent, step.gone)
    if step.walk is not None:
        state.save(connection, step.walk)
    else:
        state.end(connection, walk)
    added = sum(key not in found for key in new)
    return Committed(step.walk, len(set(page.ids)), added, len(new) - added, deleted)


def commit_found(
    connection: Connection, state: SyncState, walk: Walk, item: Any, *, rotating: bool = False
) -> Committed:
    """Store the first of a walk's pending rows, which was fetched on its own.

    Args:
        connection: in a transaction.
        state: of the database.
        walk: the walk before.
        item: the object, None if it no longer exists.
        rotating: the walk is not stored; it is one of a rotation.
    """
    stream = STREAMS[walk.stream]
    key, *others = walk.pending
    rest = attrs.evolve(walk, pending=tuple(others)) if others else None
    stored = (_stored(connection, stream, walk.parent, [key], None)).get(key)
    deleted: Counter[str] = Counter()
    changed = 0
    if item is None:
        deleted = mark_deleted(connection, state, stream, walk.parent, [key])
    elif stored is not None:
        row = as_listed(stream, walk.parent, item, stored.json)
        changed = int(stored.deleted_at is not None or not same(row["json"], stored.json))
        upsert(connection, stream, [row] if changed else [])
    if rotating:
        state.advance_rotation(connection, stream.name, walk.parent, key)
    elif rest is not None:
        state.save(connection, rest)
    else:
        state.end(connection, walk)
    return Committed(rest, int(item is not None), 0, changed, deleted)


def upsert(connection: Connection, stream: Stream, rows: Sequence[Row]) -> None:
    """Insert rows, or replace those with the same key."""
    if rows:
        execute_many(connection, _upsert(stream.name, connection.dialect.name), rows)


def mark_deleted(
    connection: Connection, state: SyncState, stream: Stream, parent: int, keys: Sequence[Key]
) -> Counter[str]:
    """Mark rows as deleted, and everything listed under them; return how many, per stream."""
    table = TABLES[stream.name]
    deleted: Counter[str] = Counter()
    for begin in range(0, len(keys), _MANY):
        some = keys[begin : begin + _MANY]
        mark = sa.update(table).where(_listed(stream, parent), table.c.id.in_(some), table.c.deleted_at.is_(None))
        deleted[stream.name] += connection.execute(mark.values(deleted_at=state.now)).rowcount
        for child in children(stream):
            # The walks first: another mirror that is storing rows of one has either finished, or can no longer do so.
            connection.execute(sa.delete(WALKS).where(WALKS.c.stream == child.name, WALKS.c.parent.in_(some)))
            forget_seen(connection, child.name, [key for key in some if isinstance(key, int)])
            below = TABLES[child.name]
            orphans = sa.update(below).where(below.c[child.parent_key].in_(some), below.c.deleted_at.is_(None))
            deleted[child.name] += connection.execute(orphans.values(deleted_at=state.now)).rowcount
    return deleted


def _stored(
    connection: Connection,
    stream: Stream,
    parent: int,
    ids: Sequence[Key],
    scope: tuple[Key | None, Key | None] | None,
) -> dict[Key, Any]:
    """Return the stored rows that are on the page, and the live ones in its scope, by id."""
    lower, upper = scope or (None, None)
    query = _lookup(stream.name, scope is not None, lower is not None, upper is not None)
    found = connection.execute(query, {"parent": parent, "ids": ids, "lower": lower, "upper": upper})
    return {row.id: row for row in found}


def _make_due(connection: Connection, stream: Stream, items: Sequence[Any]) -> None:
    """Record what is to be fetched below new and changed objects."""
    for child in children(stream) if items else ():
        rows = [
            {"stream": child.name, "parent": item.id, "target": child.moved(item) if child.moved else ""}
            for item in items
        ]
        connection.execute(_due_statement(connection.dialect.name), rows)


def _collect(connection: Connection, walk: Walk, ids: Sequence[Key]) -> None:
    if ids:
        statement = _insert(connection.dialect.name)(SEEN).on_conflict_do_nothing()
        rows = [{"stream": walk.stream, "parent": walk.parent, "id": str(key)} for key in ids]
        connection.execute(statement, rows)


def _unseen(connection: Connection, stream: Stream, walk: Walk) -> Sequence[Key]:
    table = TABLES[stream.name]
    seen = sa.select(SEEN.c.id).where(SEEN.c.stream == stream.name, SEEN.c.parent == walk.parent)
    query = sa.select(table.c.id).where(
        _listed(stream, walk.parent), table.c.deleted_at.is_(None), sa.cast(table.c.id, sa.Text).not_in(seen)
    )
    return connection.scalars(query).all()


def _listed(stream: Stream, parent: int) -> sa.ColumnElement[bool]:
    """Return the condition for the rows of one list."""
    return TABLES[stream.name].c[stream.parent_key] == parent if stream.parent else sa.true()


def _insert(dialect: str) -> Any:
    return sqlite.insert if dialect == "sqlite" else postgresql.insert


@cache
def _upsert(name: str, dialect: str) -> Any:
    table = TABLES[name]
    statement = _insert(dialect)(table)
    keys = {column.name for column in table.primary_key}
    others = {column.name: statement.excluded[column.name] for column in table.c if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=[*table.primary_key], set_=others)


@cache
def _due_statement(dialect: str) -> Any:
    statement = _insert(dialect)(WALKS)
    target = statement.excluded.target
    return statement.on_conflict_do_update(
        index_elements=[*WALKS.primary_key], set_={"target": target}, where=WALKS.c.target != target
    )


@cache
def _lookup(name: str, scoped: bool, lower: bool, upper: bool) -> Any:
    stream, table = STREAMS[name], TABLES[name]
    wanted: sa.ColumnElement[bool] = table.c.id.in_(sa.bindparam("ids", expanding=True))
    if scoped:
        bounds: list[sa.ColumnElement[bool]] = [table.c.deleted_at.is_(None)]
        bounds += [table.c.id >= sa.bindparam("lower", type_=table.c.id.type)] if lower else []
        bounds += [table.c.id < sa.bindparam("upper", type_=table.c.id.type)] if upper else []
        wanted = sa.or_(wanted, sa.and_(*bounds))
    if stream.parent:
        wanted = sa.and_(table.c[stream.parent_key] == sa.bindparam("parent"), wanted)
    state = [table.c.status] if stream.final else []
    return sa.select(table.c.id, table.c.json, table.c.deleted_at, *state).where(wanted)
