"""The state of a sync: which lists are due, how far each walk is, and which mirror is working on it.

On a server, walks are leased: a mirror claims a few at a time, renews its leases while it works, and changes a walk
only while it holds the lease. Leases expire by the database's clock, so that other mirrors take over the work of one
that was killed. A SQLite file has one mirror, and no leases.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from workato_async.mirror.bulk import execute_many
from workato_async.mirror.plan import Walk
from workato_async.mirror.schema import SEEN, TABLES, WALKS, unfinished
from workato_async.mirror.streams import Order

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy.engine import Connection

    from workato_async.mirror.streams import Stream

PASS = ""
"""The row for the current pass, in place of a stream's name."""
RESUME_WITHIN = timedelta(hours=1)
"""A pass in which nothing has ended for this long is not resumed; its unfinished walks of jobs are."""
LEASE = 60.0
"""Seconds after which a mirror that does not renew its leases loses its walks."""
_UPDATE = sa.update(WALKS).where(
    WALKS.c.stream == sa.bindparam("of_stream"), WALKS.c.parent == sa.bindparam("of_parent")
)


class LeaseLostError(Exception):
    """Another mirror has taken over the walk, or its parent is gone. Never leaves the package."""


class SyncState:
    """The walks of one database, as one mirror sees them.

    Args:
        shared: other mirrors may work on the same database.

    Attributes:
        since: when the current pass began; a walk that ended later is not due again.
        full: in this pass every list is due, and read to its end.
    """

    def __init__(self, *, shared: bool) -> None:
        self.since = datetime.fromtimestamp(0, UTC)
        self.full = False
        self._resuming = False
        self._shared = shared
        self._holder = uuid.uuid4().hex

    @property
    def now(self) -> Any:
        """The time, by the clock that all mirrors of the database share.

        If the clock is set back, this stands still: what ends in a pass cannot have ended before it.
        """
        if self._shared:
            return sa.func.greatest(sa.func.clock_timestamp(), self.since)
        return max(datetime.now(UTC), self.since)

    def begin(self, connection: Connection, streams: Sequence[str], *, full: bool) -> None:
        """Begin a pass, or continue one that was interrupted or that other mirrors are running."""
        names = ",".join(streams)
        now: datetime = datetime.now(UTC)
        if self._shared:
            now = connection.scalars(sa.select(sa.func.clock_timestamp())).one()
        before = connection.execute(sa.select(WALKS).where(WALKS.c.stream == PASS).with_for_update()).one()
        self.since, self.full, self._resuming = now, full, False
        if before.aim is not None and (before.target, before.complete) == (names, full):
            since = datetime.fromisoformat(before.aim)
            ended = connection.scalar(sa.select(sa.func.max(WALKS.c.done_at)))
            if now - max(since, ended or since) < RESUME_WITHIN:
                self.since, self._resuming = since, True
                return
        connection.execute(_own(PASS).values(aim=now.isoformat(), target=names, complete=full))

    def finish(self, connection: Connection) -> None:
        """Record that the pass is over, and drop what finished walks have seen.

        Not as soon as a walk ends: its last page may have to be committed again, if the response to that was lost.
        """
        connection.execute(_own(PASS).where(WALKS.c.aim == self.since.isoformat()).values(aim=None))
        same = sa.and_(WALKS.c.stream == SEEN.c.stream, WALKS.c.parent == SEEN.c.parent)
        under_way = sa.select(WALKS.c.stream).where(same, WALKS.c.aim.is_not(None)).exists()
        connection.execute(sa.delete(SEEN).where(~under_way))

    def claim(self, connection: Connection, stream: Stream, *, limit: int, without: Collection[int] = ()) -> list[Walk]:
        """Claim walks that are due and that no other mirror holds.

        Args:
            connection: in a transaction.
            stream: whose walks.
            limit: the largest number.
            without: parents whose walks are left for another pass.
        """
        free = sa.or_(WALKS.c.held_until.is_(None), WALKS.c.held_until < self.now, WALKS.c.holder == self._holder)
        query = sa.select(WALKS).where(self._due(stream)).order_by(WALKS.c.parent).limit(limit)
        if without:
            query = query.where(WALKS.c.parent.not_in(without))
        if self._shared:
            query = query.where(free).with_for_update(skip_locked=True)
        found = connection.execute(query).mappings().all()
        parents = [row["parent"] for row in found]
        if self._shared and found:
            connection.execute(
                sa.update(WALKS)
                .where(WALKS.c.stream == stream.name, WALKS.c.parent.in_(parents))
                .values(holder=self._holder, held_until=self._lease())
            )
        # What an earlier pass has seen of a list that is read every time is as old as that pass. A walk of the newest
        # first continues anyway: there is a gap between what it has stored and what was there before.
        start_over = stream.moved is None and stream.order is not Order.NEWEST and not self._resuming
        anew = [
            row["parent"] for row in found if row["aim"] is None or start_over or (self.full and not row["complete"])
        ]
        stored = _stored(connection, stream, [row["parent"] for row in found if row["done_at"] is None])
        pending = _pending(connection, stream, anew)
        return [
            Walk(
                stream.name,
                row["parent"],
                row["target"],
                complete=self.full,
                pending=tuple(pending.get(row["parent"], ())),
                nothing_stored=row["done_at"] is None and row["parent"] not in stored,
            )
            if row["parent"] in anew
            else _resumed(row)
            for row in found
        ]

    def due(self, connection: Connection, stream: Stream) -> int:
        """Return the number of walks that are due, including those of other mirrors."""
        query = sa.select(sa.func.count()).select_from(WALKS).where(self._due(stream))
        return connection.scalar(query) or 0

    def save(self, connection: Connection, walk: Walk) -> None:
        """Save the progress of a walk.

        Raises:
            LeaseLostError: if this mirror no longer holds it.
        """
        values = {
            "aim": walk.aim,
            "cursor": walk.cursor,
            "walked": walk.walked,
            "complete": walk.complete,
            "round": walk.round,
            "pending": msgspec.json.encode(walk.pending).decode(),
            "looking_up": walk.looking_up,
        }
        self._set(connection, walk, values)

    def end(self, connection: Connection, walk: Walk) -> None:
        """Record that a walk has ended.

        Raises:
            LeaseLostError: if this mirror no longer holds it.
        """
        values = {
            "mark": walk.aim,
            "aim": None,
            "cursor": None,
            "walked": 0,
            "complete": False,
            "round": 1,
            "pending": "[]",
            "looking_up": False,
            "held_until": None,
        }
        self._set(connection, walk, values, done_at=self.now)

    def mark_done(self, connection: Connection, stream: str) -> None:
        """Record that all lists of a stream are up to date."""
        connection.execute(_own(stream).values(done_at=self.now))

    def rotation(self, connection: Connection, stream: Stream, number: int) -> Sequence[tuple[int, str]]:
        """Return a few rows that are not final, by parent and id, continuing after those of the last call.

        Lists that were read since the pass began are left out.
        """
        table = TABLES[stream.name]
        keys = list(table.primary_key)
        walked = sa.select(WALKS.c.parent).where(WALKS.c.stream == stream.name, WALKS.c.done_at >= self.since)
        query = sa.select(*keys).where(unfinished(table, stream), keys[0].not_in(walked)).order_by(*keys)
        own = sa.select(WALKS.c.cursor).where(WALKS.c.stream == stream.name, WALKS.c.parent == 0)
        last = tuple(msgspec.json.decode(connection.scalar(own) or '[0,""]'))
        after = connection.execute(query.where(sa.tuple_(*keys) > last).limit(number)).all()
        begin = connection.execute(query.where(sa.tuple_(*keys) <= last).limit(number - len(after))).all()
        return [(parent, key) for parent, key in map(tuple, (*after, *begin))]

    def advance_rotation(self, connection: Connection, stream: str, parent: int, key: str) -> None:
        """Record which row of the rotation was the last."""
        connection.execute(_own(stream).values(cursor=msgspec.json.encode([parent, key]).decode()))

    def renew(self, connection: Connection) -> None:
        """Renew the leases of this mirror."""
        mine = sa.and_(WALKS.c.holder == self._holder, WALKS.c.held_until.is_not(None))
        connection.execute(sa.update(WALKS).where(mine).values(held_until=self._lease()))

    def release(self, connection: Connection, stream: str = "", parents: Sequence[int] = ()) -> None:
        """Release walks of this mirror: some of a stream, or all of them."""
        mine = [WALKS.c.holder == self._holder]
        mine += [WALKS.c.stream == stream, WALKS.c.parent.in_(parents)] if stream else []
        connection.execute(sa.update(WALKS).where(*mine).values(held_until=None))

    def _due(self, stream: Stream) -> sa.ColumnElement[bool]:
        due = sa.or_(WALKS.c.done_at.is_(None), WALKS.c.done_at < self.since)
        if stream.moved is not None and not self.full:
            due = sa.or_(WALKS.c.target != WALKS.c.mark, WALKS.c.aim.is_not(None))
        own = WALKS.c.parent != 0 if stream.parent else WALKS.c.parent == 0
        return sa.and_(WALKS.c.stream == stream.name, own, due)

    def _set(self, connection: Connection, walk: Walk, values: Mapping[str, Any], *, done_at: Any = None) -> None:
        values = {"of_stream": walk.stream, "of_parent": walk.parent, **values}
        statement = _UPDATE
        if self._shared:
            # A walk that has ended has no holder; ending it is retried if the response to that was lost.
            statement = statement.where(WALKS.c.holder == self._holder, WALKS.c.held_until.is_not(None))
            statement = statement if done_at is None else statement.values(done_at=done_at)
        elif done_at is not None:
            values["done_at"] = done_at
        if not execute_many(connection, statement, [values]):
            raise LeaseLostError

    def _lease(self) -> Any:
        return sa.func.clock_timestamp() + sa.text(f"interval '{LEASE:g} seconds'")


def forget_seen(connection: Connection, stream: str, parents: Sequence[int]) -> None:
    """Drop what walks of these lists have seen."""
    connection.execute(sa.delete(SEEN).where(SEEN.c.stream == stream, SEEN.c.parent.in_(parents)))


def _own(stream: str) -> sa.Update:
    return sa.update(WALKS).where(WALKS.c.stream == stream, WALKS.c.parent == 0)


def _resumed(row: sa.RowMapping) -> Walk:
    return Walk(
        row["stream"],
        row["parent"],
        row["aim"],
        row["cursor"],
        row["walked"],
        row["complete"],
        row["round"],
        tuple(msgspec.json.decode(row["pending"])),
        row["looking_up"],
    )


def _stored(connection: Connection, stream: Stream, parents: Sequence[int]) -> Collection[int]:
    """Return those of the parents that have rows stored under them, even if marked as deleted."""
    table = TABLES[stream.name]
    if not stream.parent:
        return () if connection.scalar(sa.select(table.c.id).limit(1)) is None else parents
    parent = table.c[stream.parent_key]
    return set(connection.scalars(sa.select(parent).where(parent.in_(parents)).distinct()))


def _pending(connection: Connection, stream: Stream, parents: Sequence[int]) -> dict[int, list[str]]:
    """Return the ids of the rows that may still change, by parent."""
    pending: dict[int, list[str]] = {}
    if stream.final and parents:
        table = TABLES[stream.name]
        parent = table.c[stream.parent_key]
        query = sa.select(parent, table.c.id).where(parent.in_(parents), unfinished(table, stream))
        for row in connection.execute(query.order_by(table.c.id)):
            pending.setdefault(row[0], []).append(row[1])
    return pending
