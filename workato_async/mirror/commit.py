"""What one page changes in the database, in one transaction: rows, deletions, what becomes due, the cursor."""

from __future__ import annotations

from contextlib import nullcontext
from functools import cache
from typing import TYPE_CHECKING, Any

import attrs
import sqlalchemy as sa

from workato_async._brake import FEW, is_too_many
from workato_async.events import logger
from workato_async.mirror import deletions, plan
from workato_async.mirror.bulk import execute_many, insert, insert_for
from workato_async.mirror.rows import as_listed, same, without_columns
from workato_async.mirror.schema import SEEN, TABLES, WALKS
from workato_async.mirror.streams import COUNTED, STREAMS, Order, children, is_final
from workato_async.mirror.sync_state import forget_seen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Connection

    from workato_async.mirror.plan import Key, Page, Walk
    from workato_async.mirror.rows import Row
    from workato_async.mirror.streams import Stream
    from workato_async.mirror.sync_state import SyncState


_MANY = 10_000
"""Ids per statement: databases have limits."""


@attrs.frozen
class Committed:
    """The result of a page: how its walk continues, and what the page had.

    Attributes:
        walk: how it continues; None if it has ended, or continues in the next pass.
        seen: rows on the page.
        added: those that were new.
        changed: those that were different, or marked as deleted.
        postponed: the list is left for the next pass.
        lacks: because it has far fewer rows than there should be.
    """

    walk: Walk | None
    seen: int = 0
    added: int = 0
    changed: int = 0
    postponed: bool = False
    lacks: bool = False


def commit_page(
    connection: Connection,
    state: SyncState,
    walk: Walk,
    page: Page,
    rows: Sequence[Row],
    items: Sequence[Any],
    *,
    careful: bool = False,
) -> Committed:
    """Store one page of a walk.

    Args:
        connection: in a transaction.
        state: of the database.
        walk: the walk before the page.
        page: the page.
        rows: its rows.
        items: its objects, in the order of the rows.
        careful: store the rows one by one, because the database rejected them together.
    """
    stream = STREAMS[walk.stream]
    scope = plan.scope(walk, page, stream.order)
    found = {} if walk.nothing_stored else _stored(connection, stream, walk.parent, page.ids, scope)
    live = {key: row for key, row in found.items() if row.deleted_at is None}
    final = [key for key, row in live.items() if not stream.final or is_final(stream, row.status, row.completed_at)]
    if plan.collects(walk, page, stream.order):
        if walk.cursor is None and walk.round == 1:
            forget_seen(connection, stream.name, [walk.parent])
        _collect(connection, walk, page.ids)
    unseen = _unseen(connection, stream, walk) if plan.ends(walk, page, stream.order) else ()
    gone = len(unseen) + len(plan.missing(walk, page, stream.order, live))
    many = gone > 0 and not state.allow_deletions and deletions.are_too_many(connection, stream, gone, state.number)
    step = plan.after(walk, page, stream.order, plan.Stored(live, final, unseen, many))

    new = {
        row.id: (row, item)
        for row, item in zip(rows, items, strict=True)
        if row.id not in live or not same(row.json, found[row.id].json)
    }
    (upsert_carefully if careful else upsert)(connection, stream, [row for row, _ in new.values()])
    _make_due(connection, stream, [item for _, item in new.values()])
    lack = 0
    if step.pages_done and (stream.moved is not None or stream.order is Order.NEWEST):
        if stream.expected is not None:
            pending = step.walk.pending if step.walk else ()
            lack = stream.expected(walk.aim) - _count(connection, stream, walk.parent) - len(pending)
        unmet = stream.order is Order.NEWEST and page.following is None and _has_unmet(connection, stream, walk)
        step = plan.believed(walk, page, step, lack, unmet=unmet)
    deletions.note(connection, stream, walk.parent, step.gone, state.number)
    if live:
        deletions.forget(connection, stream, walk.parent, page.ids)
    state.take(connection, walk, step)
    if not walk.nothing_stored:
        state.count_added(connection, walk, sum(key not in live for key in new))
    added = sum(key not in found for key in new)
    rest = None if step.postponed else step.walk
    expected = stream.expected(walk.aim) if stream.expected else 0
    lacks = step.postponed and is_too_many(lack, max(expected, FEW + 1))
    return Committed(rest, len(set(page.ids)), added, len(new) - added, step.postponed, lacks)


def commit_unended(
    connection: Connection, state: SyncState, walk: Walk, items: Sequence[Any], rows: Sequence[Row]
) -> Committed:
    """Store one page of the rows of a list that have not ended; those of a walk's pending rows need no look-up."""
    stream = STREAMS[walk.stream]
    ids = {item.id for item in items}
    found = _stored(connection, stream, walk.parent, list(ids), None)
    new = [
        row
        for row in rows
        if (before := found.get(row.id)) is None or before.deleted_at or not same(row.json, before.json)
    ]
    upsert(connection, stream, new)
    deletions.forget(connection, stream, walk.parent, ids)
    rest = attrs.evolve(walk, pending=tuple(key for key in walk.pending if key not in ids))
    state.take(connection, walk, plan.Step(rest if rest.pending else None, lacking=walk.lacking))
    added = sum(row.id not in found for row in new)
    return Committed(rest if rest.pending else None, len(ids), added, len(new) - added)


def commit_skipped(connection: Connection, state: SyncState, walk: Walk) -> Committed:
    """Leave the first of a walk's pending rows as it is: it could not be fetched."""
    rest = attrs.evolve(walk, pending=walk.pending[1:])
    step = plan.Step(rest if rest.pending else None, lacking=walk.lacking)
    state.take(connection, walk, step)
    return Committed(step.walk)


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
    changed = 0
    if item is None:
        deletions.note(connection, stream, walk.parent, [key], state.number, twice=True)
    elif (stored := _stored(connection, stream, walk.parent, [key], None).get(key)) is not None:
        row = as_listed(stream, walk.parent, item, stored.json)
        changed = int(stored.deleted_at is not None or not same(row.json, stored.json))
        upsert(connection, stream, [row] if changed else [])
        deletions.forget(connection, stream, walk.parent, [key])
    if rotating:
        state.advance_rotation(connection, stream.name, walk.parent, key)
    else:
        state.take(connection, walk, plan.Step(rest, lacking=walk.lacking))
    return Committed(rest, int(item is not None), 0, changed)


def upsert(connection: Connection, stream: Stream, rows: Sequence[Row]) -> None:
    """Insert rows, or replace those with the same key."""
    if rows:
        execute_many(connection, _upsert(stream.name, connection.dialect.name), [row.values for row in rows])


def upsert_carefully(connection: Connection, stream: Stream, rows: Sequence[Row]) -> None:
    """Insert or replace rows one by one; what the database rejects is stored as JSON only, its columns NULL."""
    for row in rows:
        try:
            with connection.begin_nested() if connection.dialect.name != "sqlite" else nullcontext():
                upsert(connection, stream, [row])
        except Exception as error:
            logger.warning("%s %s: stored without its columns (%s)", stream.name, row.id, type(error).__name__)
            upsert(connection, stream, [without_columns(stream, row)])


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
    found: dict[Key, Any] = {}
    for begin in range(0, len(ids) or 1, _MANY):  # a server may return any number of rows
        some = ids[begin : begin + _MANY]
        rows = connection.execute(query, {"parent": parent, "ids": some, "lower": lower, "upper": upper})
        found.update((row.id, row) for row in rows)
    return found


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
        statement = insert(connection)(SEEN).on_conflict_do_nothing()
        rows = [{"stream": walk.stream, "parent": walk.parent, "id": str(key)} for key in ids]
        connection.execute(statement, rows)


def _unseen(connection: Connection, stream: Stream, walk: Walk) -> Sequence[Key]:
    table = TABLES[stream.name]
    seen = sa.select(SEEN.c.id).where(SEEN.c.stream == stream.name, SEEN.c.parent == walk.parent)
    query = sa.select(table.c.id).where(
        _listed(stream, walk.parent), table.c.deleted_at.is_(None), sa.cast(table.c.id, sa.Text).not_in(seen)
    )
    return connection.scalars(query).all()


def _has_unmet(connection: Connection, stream: Stream, walk: Walk) -> bool:
    """Whether a walk that ended on an empty page should have met a row that is stored, or cannot know."""
    if walk.complete:
        return False
    table = TABLES[stream.name]
    live = (
        sa.select(sa.func.count()).select_from(table).where(_listed(stream, walk.parent), table.c.deleted_at.is_(None))
    )
    if (connection.scalar(live) or 0) > walk.walked:
        return True
    own = sa.and_(WALKS.c.stream == stream.name, WALKS.c.parent == walk.parent)
    first = connection.scalar(sa.select(WALKS.c.done_at).where(own)) is None
    return first and stream.expected is None and walk.walked > 0


def _listed(stream: Stream, parent: int) -> sa.ColumnElement[bool]:
    """Return the condition for the rows of one list."""
    return TABLES[stream.name].c[stream.parent_key] == parent if stream.parent else sa.true()


def _count(connection: Connection, stream: Stream, parent: int) -> int:
    """Return the number of stored rows that the counters of their parent count, deleted ones included."""
    return connection.scalar(_counted(stream.name), {"parent": parent}) or 0


@cache
def _counted(name: str) -> Any:
    stream, table = STREAMS[name], TABLES[name]
    query = sa.select(sa.func.count()).select_from(table)
    if stream.final:
        query = query.where(sa.or_(*(table.c.status == sa.literal_column(f"'{state}'") for state in COUNTED)))
    return query.where(table.c[stream.parent_key] == sa.bindparam("parent")) if stream.parent else query


@cache
def _upsert(name: str, dialect: str) -> Any:
    table = TABLES[name]
    statement = insert_for(dialect)(table)
    keys = {column.name for column in table.primary_key}
    others = {column.name: statement.excluded[column.name] for column in table.c if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=[*table.primary_key], set_=others)


@cache
def _due_statement(dialect: str) -> Any:
    statement = insert_for(dialect)(WALKS)
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
    state = [table.c.status, table.c.completed_at] if stream.final else []
    return sa.select(table.c.id, table.c.json, table.c.deleted_at, *state).where(wanted)
