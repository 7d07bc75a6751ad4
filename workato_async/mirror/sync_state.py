"""The state of a sync: which lists are due, how far each walk is, and which mirror is working on it.

Passes are numbered, and a list is due in a pass if it was not read to its end in it: no clock decides that.

On a server, walks are leased: a mirror claims a few at a time, renews its leases while it works, and changes a walk
only while it holds the lease. Leases expire by the database's clock, so that other mirrors take over the work of one
that was killed. A SQLite file has one mirror, and no leases.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import attrs
import msgspec
import sqlalchemy as sa

from workato_async.mirror.bulk import execute
from workato_async.mirror.plan import Walk
from workato_async.mirror.schema import MISSING, PASSES, SEEN, TABLES, VERSIONS, WALKS, unfinished
from workato_async.mirror.streams import Order
from workato_async.mirror.versions import VERSION, check_version

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy.engine import Connection

    from workato_async.mirror.plan import Step
    from workato_async.mirror.streams import Stream

RESUME_WITHIN = timedelta(hours=1)
"""A pass in which nothing has ended for this long is not resumed; its unfinished walks of jobs are."""
LEASE = 60.0
"""Seconds after which a mirror that does not renew its leases loses its walks."""
_UPDATE = sa.update(WALKS).where(
    WALKS.c.stream == sa.bindparam("of_stream"),
    WALKS.c.parent == sa.bindparam("of_parent"),
    ~sa.exists().where(
        VERSIONS.c.version > sa.literal_column(str(VERSION))
    ),  # nothing is written into a newer release's tables
)
# A walk that has ended has no holder; ending it is retried if the response to that was lost.
_UPDATE_HELD = _UPDATE.where(WALKS.c.holder == sa.bindparam("of_holder"), WALKS.c.held_until.is_not(None))
_END_HELD = _UPDATE_HELD.values(done_at=sa.func.clock_timestamp())


class LeaseLostError(Exception):
    """Another mirror has the walk, its parent is gone, or the database was upgraded. Never leaves the package."""


class SyncState:
    """The walks of one database, as one mirror sees them.

    Args:
        shared: other mirrors may work on the same database.

    Attributes:
        number: of the current pass; a walk that ended in it is not due again.
        full: in this pass every list is due, and read to its end.
        allow_deletions: this pass marks all missing rows as deleted, however many.
    """

    def __init__(self, *, shared: bool) -> None:
        self.number = 0
        self.full = self.allow_deletions = False
        self._shared = shared
        self._holder = uuid.uuid4().hex

    @property
    def now(self) -> Any:
        """The time, by the clock that all mirrors of the database share. It is only shown; nothing depends on it."""
        return sa.func.clock_timestamp() if self._shared else datetime.now(UTC)

    def begin(
        self, connection: Connection, streams: Sequence[str], *, full: bool, allow_deletions: bool = False
    ) -> None:
        """Begin a pass, or continue one that was interrupted or that other mirrors are running."""
        names = ",".join(streams)
        now: datetime = datetime.now(UTC)
        if self._shared:
            connection.execute(sa.text("LOCK TABLE mirror_passes IN EXCLUSIVE MODE"))
            now = connection.scalars(sa.select(sa.func.clock_timestamp())).one()
        before = connection.execute(sa.select(PASSES).order_by(PASSES.c.number.desc()).limit(1)).one_or_none()
        last = before.number if before is not None else 0
        self.full, self.allow_deletions = full, allow_deletions
        if before is not None and before.ended_at is None and (before.streams, before.full) == (names, full):
            ended = connection.scalar(sa.select(sa.func.max(WALKS.c.done_at)).where(WALKS.c.done_pass == last))
            # A clock that was set back or far ahead only means that the pass begins anew.
            if timedelta(0) <= now - max(before.begun_at, ended or before.begun_at) < RESUME_WITHIN:
                self.number = last
                return
        self.number = last + 1
        connection.execute(sa.update(WALKS).where(WALKS.c.added > 0).values(added=0))
        connection.execute(sa.delete(PASSES))
        connection.execute(sa.insert(PASSES), {"number": last + 1, "streams": names, "full": full, "begun_at": now})

    def finish(self, connection: Connection) -> None:
        """Record that the pass is over, and drop what finished walks have seen.

        Not as soon as a walk ends: its last page may have to be committed again, if the response to that was lost.
        """
        connection.execute(sa.update(PASSES).where(PASSES.c.number == self.number).values(ended_at=self.now))
        same = sa.and_(WALKS.c.stream == SEEN.c.stream, WALKS.c.parent == SEEN.c.parent)
        under_way = sa.select(WALKS.c.stream).where(same, WALKS.c.aim.is_not(None)).exists()
        connection.execute(sa.delete(SEEN).where(~under_way))

    def claim(self, connection: Connection, stream: Stream, *, limit: int) -> list[Walk]:
        """Claim walks that are due and that no other mirror holds; those that failed last go last.

        Args:
            connection: in a transaction.
            stream: whose walks.
            limit: the largest number.
        """
        free = sa.or_(WALKS.c.held_until.is_(None), WALKS.c.held_until < self.now, WALKS.c.holder == self._holder)
        query = sa.select(WALKS).where(self._due(stream)).order_by(WALKS.c.failed_pass, WALKS.c.parent).limit(limit)
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
        anew = [row["parent"] for row in found if self._starts_over(stream, row)]
        doubted = set(connection.scalars(sa.select(MISSING.c.parent).where(self._unconfirmed(stream)).distinct()))
        stored = _stored(connection, stream, [row["parent"] for row in found if row["done_at"] is None])
        pending = _pending(connection, stream, anew)
        return [
            Walk(
                stream.name,
                row["parent"],
                row["target"],
                complete=self.full or row["parent"] in doubted,
                deep=row["deep"] or _has_gap(stream, row),
                pending=tuple(pending.get(row["parent"], ())),
                doubts=row["doubts"],
                lacking=row["lacking"],
                nothing_stored=row["done_at"] is None and row["parent"] not in stored,
                failed_before=self.number > 1 and row["failed_pass"] == self.number - 1,
            )
            if row["parent"] in anew
            else attrs.evolve(_resumed(row), late=stream.moved is None and row["walk_pass"] < self.number)
            for row in found
        ]

    def _starts_over(self, stream: Stream, row: sa.RowMapping) -> bool:
        """Whether a walk begins with the first page, although it may have been interrupted."""
        if row["aim"] is None or (self.full and not row["complete"]):
            return True
        if row["walk_pass"] == self.number:
            return False
        # What an earlier pass has seen of a list that is read every time is as old as that pass. A walk of the newest
        # first continues anyway: there is a gap between what it has stored and what was there before.
        return row["looking_up"] or (stream.moved is None and stream.order is not Order.NEWEST)

    def due(self, connection: Connection, stream: Stream) -> int:
        """Return the number of walks that are due, including those of other mirrors."""
        query = sa.select(sa.func.count()).select_from(WALKS).where(self._due(stream))
        return connection.scalar(query) or 0

    def left(self, connection: Connection, stream: Stream) -> int:
        """Return the number of lists that this pass could not read to their end; those it only doubts do not count."""
        failed = sa.and_(WALKS.c.stream == stream.name, WALKS.c.failed_pass == self.number, WALKS.c.doubts == 0)
        return connection.scalar(sa.select(sa.func.count()).select_from(WALKS).where(failed)) or 0

    def take(self, connection: Connection, walk: Walk, step: Step) -> None:
        """Save how a walk continues, or that it has ended.

        Args:
            connection: in a transaction.
            walk: the walk before.
            step: what follows.

        Raises:
            LeaseLostError: if this mirror no longer holds it.
        """
        if step.walk is None:
            values = {**_START, "mark": walk.aim, "aim": None, "lacking": step.lacking, "held_until": None}
            # A list that is read in every pass is due again if its top is not as new as this pass.
            self._set(connection, walk, {**values, "done_pass": self.number - walk.late}, done_at=self.now)
            return
        rest = step.walk
        values = {
            "aim": rest.aim,
            "cursor": rest.cursor,
            "walked": rest.walked,
            "complete": rest.complete,
            "deep": rest.deep,
            "proves": rest.proves,
            "round": rest.round,
            "restarts": rest.restarts,
            "pending": msgspec.json.encode(rest.pending).decode(),
            "looking_up": rest.looking_up,
            "doubts": rest.doubts,
            "lacking": rest.lacking,
            "walk_pass": self.number,
        }
        if step.postponed and rest.cursor is None:
            values["aim"] = None  # the next pass begins at the top; the list stays due, because its mark is an old one
        self._set(
            connection, walk, values | ({"held_until": None, "failed_pass": self.number} if step.postponed else {})
        )

    def count_added(self, connection: Connection, walk: Walk, number: int) -> None:
        """Count rows that the pass adds to a list: how many may be missing depends on those that it had before."""
        if number:
            connection.execute(_of(walk.stream, walk.parent).values(added=WALKS.c.added + number))

    def fail(self, connection: Connection, walk: Walk) -> None:
        """Record that a list could not be read: it is left for the next pass, where it goes last."""
        connection.execute(_of(walk.stream, walk.parent).values(failed_pass=self.number, held_until=None))

    def restart(self, connection: Connection, walk: Walk) -> None:
        """Record that a list could not be continued: the next pass reads it from its beginning."""
        deep = walk.deep or walk.complete or walk.walked > 0  # there may be a gap below the rows that it has stored
        values = {**_START, "aim": None, "deep": deep, "failed_pass": self.number, "held_until": None}
        connection.execute(_of(walk.stream, walk.parent).values(**values))

    def mark_done(self, connection: Connection, stream: str) -> None:
        """Record that all lists of a stream are up to date."""
        connection.execute(_of(stream).values(done_at=self.now, done_pass=self.number))

    def rotation(self, connection: Connection, stream: Stream, number: int) -> Sequence[tuple[int, str]]:
        """Return a few rows that are not final, by parent and id, continuing after those of the last call.

        Lists that were read since the pass began are left out.
        """
        table = TABLES[stream.name]
        keys = list(table.primary_key)
        walked = sa.select(WALKS.c.parent).where(WALKS.c.stream == stream.name, WALKS.c.done_pass >= self.number)
        query = sa.select(*keys).where(unfinished(table, stream), keys[0].not_in(walked)).order_by(*keys)
        own = sa.select(WALKS.c.cursor).where(WALKS.c.stream == stream.name, WALKS.c.parent == 0)
        last = tuple(msgspec.json.decode(connection.scalar(own) or '[0,""]'))
        after = connection.execute(query.where(sa.tuple_(*keys) > last).limit(number)).all()
        begin = connection.execute(query.where(sa.tuple_(*keys) <= last).limit(number - len(after))).all()
        return [(parent, key) for parent, key in map(tuple, (*after, *begin))]

    def advance_rotation(self, connection: Connection, stream: str, parent: int, key: str) -> None:
        """Record which row of the rotation was the last."""
        check_version(connection)
        connection.execute(_of(stream).values(cursor=msgspec.json.encode([parent, key]).decode()))

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
        due = WALKS.c.done_pass < self.number
        if stream.moved is not None and not self.full:
            doubted = WALKS.c.parent.in_(sa.select(MISSING.c.parent).where(self._unconfirmed(stream)))
            moved = sa.or_(WALKS.c.target != WALKS.c.mark, WALKS.c.aim.is_not(None))
            due = sa.or_(moved, sa.and_(due, doubted))
        own = WALKS.c.parent != 0 if stream.parent else WALKS.c.parent == 0
        return sa.and_(WALKS.c.stream == stream.name, own, due, WALKS.c.failed_pass < self.number)

    def _unconfirmed(self, stream: Stream) -> sa.ColumnElement[bool]:
        """Return the condition for rows that an earlier pass found missing from a list, which must be read again."""
        return sa.and_(MISSING.c.stream == stream.name, MISSING.c.last_pass < self.number, ~MISSING.c.twice)

    def _set(self, connection: Connection, walk: Walk, values: Mapping[str, Any], *, done_at: Any = None) -> None:
        values = {"of_stream": walk.stream, "of_parent": walk.parent, **values}
        statement = _UPDATE
        if self._shared:
            values["of_holder"] = self._holder
            statement = _UPDATE_HELD if done_at is None else _END_HELD
        elif done_at is not None:
            values["done_at"] = done_at
        if not execute(connection, statement, values):
            raise LeaseLostError

    def _lease(self) -> Any:
        return sa.func.clock_timestamp() + sa.text(f"interval '{LEASE:g} seconds'")


def forget_seen(connection: Connection, stream: str, parents: Sequence[int]) -> None:
    """Drop what walks of these lists have seen."""
    connection.execute(sa.delete(SEEN).where(SEEN.c.stream == stream, SEEN.c.parent.in_(parents)))


_START: Mapping[str, Any] = {
    "cursor": None, "walked": 0, "complete": False, "deep": False, "proves": True, "round": 1, "restarts": 0,
    "pending": "[]", "looking_up": False, "doubts": 0,
}  # fmt: skip
"""A walk that has not begun."""


def _has_gap(stream: Stream, row: sa.RowMapping) -> bool:
    """Whether a walk was under way that had stored the newest rows, but not yet met those that were known."""
    return stream.order is Order.NEWEST and row["aim"] is not None and not row["looking_up"]


def _of(stream: str, parent: int = 0) -> sa.Update:
    return sa.update(WALKS).where(WALKS.c.stream == stream, WALKS.c.parent == parent)


def _resumed(row: sa.RowMapping) -> Walk:
    return Walk(
        row["stream"],
        row["parent"],
        row["aim"],
        row["cursor"],
        walked=row["walked"],
        complete=row["complete"],
        deep=row["deep"],
        proves=row["proves"],
        round=row["round"],
        restarts=row["restarts"],
        pending=tuple(msgspec.json.decode(row["pending"])),
        looking_up=row["looking_up"],
        doubts=row["doubts"],
        lacking=row["lacking"],
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
