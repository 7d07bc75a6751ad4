"""The tables: one per stream, derived from its model, and three for the state of the mirror.

A stream's table has the key, a column for every field of the model that is a number, a string, a boolean or a datetime,
the object as Workato sent it (``json``), and when it was found to be deleted (``deleted_at``).
"""

from __future__ import annotations

import types
import typing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import attrs
import sqlalchemy as sa

from workato_async.mirror.streams import STREAMS, UNENDED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.engine import Dialect
    from sqlalchemy.types import TypeEngine

    from workato_async.mirror.streams import Stream


EARLIEST = datetime(1, 1, 1, 0, 0, 1, tzinfo=UTC)
LATEST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""The range of times that every database stores as times: PostgreSQL takes the last ones beyond it for infinity."""


class Instant(sa.TypeDecorator[datetime]):
    """A datetime with an offset; stored in UTC on SQLite, which has no such type."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert a datetime to UTC; one outside the range that can be stored becomes the end of that range."""
        return None if value is None else in_range(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Restore the offset."""
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


def in_range(value: datetime) -> datetime:
    """Return a datetime in UTC; for one outside the range that can be stored, the end of that range."""
    try:
        return min(max(value.astimezone(UTC), EARLIEST), LATEST)
    except OverflowError:
        return EARLIEST if value.year == 1 else LATEST


_TYPES: Mapping[object, type[TypeEngine[Any]]] = {
    int: sa.BigInteger,
    float: sa.Float,
    str: sa.Text,
    bool: sa.Boolean,
    datetime: Instant,
}

metadata = sa.MetaData()


def columns_of(model: type) -> dict[str, type[TypeEngine[Any]]]:
    """Return the fields of a model that are columns, with their types; nested ones are in ``json`` only."""
    hints = typing.get_type_hints(model)
    found = {}
    for field in attrs.fields(model):
        hint = hints[field.name]
        if typing.get_origin(hint) in (types.UnionType, typing.Union):
            hint = next(part for part in typing.get_args(hint) if part is not types.NoneType)
        if (kind := _TYPES.get(hint)) is not None:
            found[field.name] = kind
    return found


def _table(stream: Stream) -> sa.Table:
    columns = columns_of(stream.model)
    key = columns.pop("id")
    columns.pop(stream.parent_key, None)
    parent = [sa.Column(stream.parent_key, sa.BigInteger, primary_key=True)] if stream.parent else []
    table = sa.Table(
        stream.name,
        metadata,
        *parent,
        sa.Column("id", key, primary_key=True, autoincrement=False),
        *(sa.Column(name, kind) for name, kind in columns.items()),
        sa.Column("json", sa.JSON, nullable=False),
        sa.Column("deleted_at", Instant),
    )
    if stream.final:
        pending = unfinished(table, stream)
        sa.Index(f"{stream.name}_unfinished", *table.primary_key, sqlite_where=pending, postgresql_where=pending)
    return table


def unfinished(table: sa.Table, stream: Stream) -> sa.ColumnElement[bool]:
    """Return the condition for live rows that are not in a final state; see ``streams.is_final``."""
    final, going_on = (
        ", ".join(f"'{state}'" for state in sorted(states)) for states in (stream.final, UNENDED)
    )  # literals, which an index needs
    ended = f"(status IN ({final}) OR (completed_at IS NOT NULL AND status NOT IN ({going_on})))"
    return sa.and_(table.c.deleted_at.is_(None), sa.text(f"status IS NOT NULL AND NOT {ended}"))


TABLES: Mapping[str, sa.Table] = {stream.name: _table(stream) for stream in STREAMS.values()}
"""The tables of the streams."""

WALKS = sa.Table(
    "mirror_walks",
    metadata,
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("parent", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("target", sa.Text, nullable=False, default="", comment="counters of the parent now"),
    sa.Column("mark", sa.Text, nullable=False, default="", comment="the same when the last completed walk began"),
    sa.Column("aim", sa.Text, comment="the same when the current walk began; null if there is none"),
    sa.Column("cursor", sa.Text, comment="where its next page begins"),
    sa.Column("walked", sa.Integer, nullable=False, default=0, comment="rows read so far"),
    sa.Column("complete", sa.Boolean, nullable=False, default=False, comment="it reads to the end, whatever it finds"),
    sa.Column("round", sa.Integer, nullable=False, default=1, comment="2 if it confirms what is missing"),
    sa.Column("pending", sa.Text, nullable=False, default="[]", comment="ids to fetch after its pages"),
    sa.Column("looking_up", sa.Boolean, nullable=False, default=False, comment="its pages are done"),
    sa.Column("done_at", Instant, comment="when the last walk ended"),
    sa.Column("done_pass", sa.Integer, nullable=False, server_default="0", comment="the pass in which it ended"),
    sa.Column(
        "failed_pass", sa.Integer, nullable=False, server_default="0", comment="the last pass in which it failed"
    ),
    sa.Column("walk_pass", sa.Integer, nullable=False, server_default="0", comment="the pass that saved its progress"),
    sa.Column("restarts", sa.Integer, nullable=False, server_default="0", comment="of the current walk"),
    sa.Column("deep", sa.Boolean, nullable=False, server_default=sa.false(), comment="it passes over known rows"),
    sa.Column("proves", sa.Boolean, nullable=False, server_default=sa.true(), comment="all its pages were whole"),
    sa.Column("doubts", sa.Integer, nullable=False, server_default="0", comment="passes that found rows lacking"),
    sa.Column("lacking", sa.Integer, nullable=False, server_default="0", comment="rows that the counters have more"),
    sa.Column("added", sa.Integer, nullable=False, server_default="0", comment="rows that this pass added to others"),
    sa.Column("holder", sa.Text, comment="the mirror that is working on it"),
    sa.Column("held_until", Instant, comment="when that mirror is considered dead"),
)
"""One row per list: a stream's own (parent 0), or that of one parent. What is due, and how far its walk is."""

SEEN = sa.Table(
    "mirror_seen",
    metadata,
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("parent", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("id", sa.Text, primary_key=True),
)
"""The ids that walks of several pages have seen, until they end."""

MISSING = sa.Table(
    "mirror_missing",
    metadata,
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("parent", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("first_pass", sa.Integer, nullable=False, comment="the pass that found it missing"),
    sa.Column("last_pass", sa.Integer, nullable=False, comment="the last pass that did"),
    sa.Column("twice", sa.Boolean, nullable=False, comment="two passes must find it missing, however few there are"),
)
"""Stored rows that a list no longer had: at the end of the pass they are marked as deleted, unless too many are."""

PASSES = sa.Table(
    "mirror_passes",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("streams", sa.Text, nullable=False),
    sa.Column("full", sa.Boolean, nullable=False),
    sa.Column("begun_at", Instant, nullable=False),
    sa.Column("ended_at", Instant, comment="null while it is running, or if it was interrupted"),
)
"""The last pass. What is due is decided by its number, never by a clock."""

RESULTS = sa.Table(
    "mirror_results",
    metadata,
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("withheld", sa.Integer, nullable=False, comment="rows missing in the last pass, not marked as deleted"),
    sa.Column("incomplete", sa.Integer, nullable=False, comment="lists that it did not read to their end"),
    sa.Column("unreadable", sa.Integer, nullable=False, comment="objects that it could not read"),
    sa.Column("error", sa.Text, comment="what went wrong in the last pass"),
    sa.Column("wrong_since", Instant, comment="when the first of a series of incomplete passes ended"),
    sa.Column("full_at", Instant, comment="when every list was last read to its end"),
)
"""How the last pass of each stream ended."""

WORKSPACE = sa.Table(
    "mirror_workspace",
    metadata,
    sa.Column("single", sa.Boolean, primary_key=True, comment="there is one row"),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("workspace", sa.BigInteger, comment="null while no token could tell"),
)
"""The workspace that the database mirrors."""

VERSIONS = sa.Table(
    "mirror_schema",
    metadata,
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("since", Instant, nullable=False),
)
"""The versions of this schema that the database has had; the highest is the current one."""
