"""Deletions: rows that a list no longer has are noted first, and marked as deleted at the end of the pass.

A single wrong response can lack every row. So a pass that would mark all rows of a stream, or more than three and more
than a tenth of them, marks none: they stay noted, their lists are read again by the next pass, and what that pass
also misses is deleted. The list of one parent waits in the same way, if it would lose more than three rows and more
than a tenth. Rows listed under deleted ones count. A row that comes back is no longer noted.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from workato_async._brake import FEW, is_too_many
from workato_async.mirror.bulk import insert
from workato_async.mirror.schema import MISSING, SEEN, TABLES, WALKS
from workato_async.mirror.streams import children

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy.engine import Connection

    from workato_async.mirror.plan import Key
    from workato_async.mirror.streams import Stream

_MANY = 500
"""Ids per statement: databases have limits."""


def are_too_many(connection: Connection, stream: Stream, more: int, number: int) -> bool:
    """Whether a pass that finds so many more rows of a stream missing will mark none of them as deleted."""
    new = sa.and_(MISSING.c.stream == stream.name, MISSING.c.first_pass == number, ~MISSING.c.twice)
    noted = connection.scalar(sa.select(sa.func.count()).select_from(MISSING).where(new)) or 0
    return is_too_many(noted + more, _live(connection, stream.name))


def note(
    connection: Connection, stream: Stream, parent: int, keys: Sequence[Key], number: int, *, twice: bool = False
) -> None:
    """Note rows as missing from a list.

    Args:
        connection: in a transaction.
        stream: of the rows.
        parent: the object they are listed under.
        keys: their ids.
        number: of the pass.
        twice: the next pass must also find them missing.
    """
    if not keys:
        return
    statement = insert(connection)(MISSING)
    changes = {"last_pass": number, "twice": sa.or_(MISSING.c.twice, statement.excluded.twice)}
    rows = [
        {
            "stream": stream.name,
            "parent": parent,
            "id": str(key),
            "first_pass": number,
            "last_pass": number,
            "twice": twice,
        }
        for key in keys
    ]
    connection.execute(statement.on_conflict_do_update(index_elements=[*MISSING.primary_key], set_=changes), rows)


def forget(connection: Connection, stream: Stream, parent: int, keys: Collection[Key]) -> None:
    """Forget that rows were missing: their list has them again."""
    listed = sa.and_(MISSING.c.stream == stream.name, MISSING.c.parent == parent)
    found = set(connection.scalars(sa.select(MISSING.c.id).where(listed)))
    if back := sorted(found & {str(key) for key in keys}):
        for some in _parts(back):
            connection.execute(sa.delete(MISSING).where(listed, MISSING.c.id.in_(some)))


def settle(connection: Connection, stream: Stream, number: int, now: Any, *, allow: bool) -> tuple[Counter[str], int]:
    """Decide on the missing rows of a stream at the end of a pass.

    Args:
        connection: in a transaction.
        stream: whose rows.
        number: of the pass.
        now: the time for ``deleted_at``.
        allow: mark all of them, however many.

    Returns:
        The rows marked as deleted, per stream, and how many rows in all were not.
    """
    columns = (MISSING.c.parent, MISSING.c.id, MISSING.c.first_pass, MISSING.c.last_pass, MISSING.c.twice)
    found = connection.execute(sa.select(*columns).where(MISSING.c.stream == stream.name)).all()
    now_missing = [row for row in found if row.last_pass == number]
    sure = [row for row in now_missing if row.first_pass < number or allow]
    unsure = [row for row in now_missing if row.first_pass == number and not row.twice and not allow]
    if unsure and not _braked(connection, stream, unsure):
        braked = _braked_lists(connection, stream, unsure)
        sure += [row for row in unsure if row.parent not in braked]
    deleted: Counter[str] = Counter()
    by_parent: dict[int, list[Key]] = {}
    for row in sure:
        by_parent.setdefault(row.parent, []).append(_key(stream, row.id))
    for parent, keys in by_parent.items():
        deleted += _mark_deleted(connection, stream, parent, keys, now)
    marked = {(row.parent, row.id) for row in sure}
    withheld = [row for row in found if (row.parent, row.id) not in marked and not row.twice]
    return deleted, len(withheld) + sum(_below(connection, stream, withheld).values())


def _braked(connection: Connection, stream: Stream, rows: Sequence[Any]) -> bool:
    gone = {stream.name: len(rows), **_below(connection, stream, rows)}
    return any(is_too_many(count, _live(connection, name)) for name, count in gone.items())


def _braked_lists(connection: Connection, stream: Stream, rows: Sequence[Any]) -> set[int]:
    """Return the parents whose own lists would lose too many rows."""
    missing = Counter(row.parent for row in rows)
    table = TABLES[stream.name]
    live = sa.select(sa.func.count()).select_from(table).where(table.c.deleted_at.is_(None))
    return {
        parent
        for parent, gone in missing.items()
        if parent
        and gone > FEW
        and is_too_many(
            gone, _before(connection, live.where(table.c[stream.parent_key] == parent), stream.name, parent)
        )
    }


def _below(connection: Connection, stream: Stream, rows: Sequence[Any]) -> dict[str, int]:
    """Return how many live rows are listed under these, per stream."""
    found = {}
    for child in children(stream):
        table = TABLES[child.name]
        under = table.c[child.parent_key]
        found[child.name] = sum(
            connection.scalar(sa.select(sa.func.count()).where(under.in_(keys), table.c.deleted_at.is_(None))) or 0
            for keys in _parts([_key(stream, row.id) for row in rows])
        )
    return found


def _live(connection: Connection, name: str) -> int:
    """Return how many rows of a stream were live when the pass began."""
    table = TABLES[name]
    return _before(connection, sa.select(sa.func.count()).select_from(table).where(table.c.deleted_at.is_(None)), name)


def _before(connection: Connection, count: sa.Select[Any], name: str, parent: int | None = None) -> int:
    """Return a number of rows without those that the pass added: a list of other rows must not excuse itself."""
    added = sa.select(sa.func.sum(WALKS.c.added)).where(WALKS.c.stream == name)
    added = added if parent is None else added.where(WALKS.c.parent == parent)
    return (connection.scalar(count) or 0) - (connection.scalar(added) or 0)


def _mark_deleted(connection: Connection, stream: Stream, parent: int, keys: Sequence[Key], now: Any) -> Counter[str]:
    """Mark rows as deleted, and everything listed under them; return how many, per stream."""
    table = TABLES[stream.name]
    deleted: Counter[str] = Counter()
    own = table.c[stream.parent_key] == parent if stream.parent else sa.true()
    for some in _parts(keys):
        mark = sa.update(table).where(own, table.c.id.in_(some), table.c.deleted_at.is_(None))
        deleted[stream.name] += connection.execute(mark.values(deleted_at=now)).rowcount
        noted = sa.and_(MISSING.c.stream == stream.name, MISSING.c.parent == parent)
        connection.execute(sa.delete(MISSING).where(noted, MISSING.c.id.in_([str(key) for key in some])))
        for child in children(stream):
            # The walks first: another mirror that is storing rows of one has either finished, or can no longer do so.
            for state in (WALKS, SEEN, MISSING):
                connection.execute(sa.delete(state).where(state.c.stream == child.name, state.c.parent.in_(some)))
            below = TABLES[child.name]
            orphans = sa.update(below).where(below.c[child.parent_key].in_(some), below.c.deleted_at.is_(None))
            deleted[child.name] += connection.execute(orphans.values(deleted_at=now)).rowcount
    return deleted


def _key(stream: Stream, text: str) -> Key:
    return int(text) if TABLES[stream.name].c.id.type.python_type is int else text


def _parts(keys: Sequence[Any]) -> list[Sequence[Any]]:
    return [keys[begin : begin + _MANY] for begin in range(0, len(keys), _MANY)]
