"""Whose database it is: a mirror knows the workspace it was made from, and rejects another one."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import attrs
import sqlalchemy as sa

from workato_async.errors import ConfigurationError, WorkatoError
from workato_async.events import logger
from workato_async.mirror.bulk import insert
from workato_async.mirror.errors import MirrorError
from workato_async.mirror.rows import is_key
from workato_async.mirror.schema import TABLES, WORKSPACE
from workato_async.mirror.streams import Order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Connection

    from workato_async import WorkatoSession
    from workato_async.mirror.plan import Key
    from workato_async.mirror.streams import Stream

ENOUGH = 4
"""Rows that must be stored, and listed, before they are compared: fewer may well have been replaced."""


@attrs.frozen
class Identity:
    """A workspace.

    Attributes:
        host: of the API.
        workspace: its id, None if it could not be found out.
    """

    host: str
    workspace: int | None

    def __str__(self) -> str:
        return f"workspace {self.workspace} on {self.host}" if self.workspace else f"a workspace on {self.host}"


async def identify(session: WorkatoSession) -> Identity:
    """Return the workspace of a session. One request.

    Raises:
        ConfigurationError: if the session cannot be used.
    """
    host = urlsplit(session.base_url).hostname or ""
    try:
        workspace = (await session.options(priority="bulk").workspace.me()).id
    except ConfigurationError:
        raise
    except WorkatoError as error:  # tokens of some environments may not ask
        logger.info("the mirror cannot find out the workspace: %s", error)
        return Identity(host, None)
    return Identity(host, workspace if is_key(workspace) else None)


def claim_for(connection: Connection, identity: Identity, name: str, *, compared: bool = False) -> bool:
    """Record whose database it is, or check it.

    Args:
        connection: in a transaction.
        identity: the workspace of the session.
        name: of the database, for the error.
        compared: a pass has found its rows in the workspace.

    Returns:
        Whether it is known to be the same workspace. A database with rows that does not know its own adopts one only
        after they were compared.

    Raises:
        MirrorError: if the database has another workspace.
    """
    row = connection.execute(sa.select(WORKSPACE)).one_or_none()
    known = Identity(row.host, row.workspace) if row is not None else Identity(identity.host, None)
    if known.workspace is None and known.host != identity.host and _is_empty(connection):
        known = Identity(identity.host, None)  # the first pass met the wrong host, and stored nothing
    both = known.workspace is not None and identity.workspace is not None
    if known.host != identity.host or (both and known.workspace != identity.workspace):
        raise MirrorError(
            f"{name} has {known}, and the session is for {identity}. Nothing was changed. "
            "Use another database for it, or delete this one to start anew"
        )
    if not both and (compared or _is_empty(connection)):
        values = {"host": identity.host, "workspace": known.workspace or identity.workspace}
        statement = insert(connection)(WORKSPACE).values(single=True, **values)
        connection.execute(statement.on_conflict_do_update(index_elements=[WORKSPACE.c.single], set_=values))
        return identity.workspace is not None
    return both


def is_foreign(connection: Connection, stream: Stream, ids: Sequence[Key]) -> bool:
    """Whether the first page of a list has nothing of what is stored in its range, although both have enough rows.

    Args:
        connection: in a transaction.
        stream: whose list.
        ids: of the page.
    """
    if len(set(ids)) < ENOUGH or any_is_stored(connection, stream, ids):
        return False
    table = TABLES[stream.name]
    range_ = sa.true() if stream.order is Order.WHOLE else table.c.id >= min(ids)
    return _live(connection, stream, range_) >= ENOUGH


def newest_below(connection: Connection, stream: Stream, ids: Sequence[Key]) -> int | None:
    """Return the newest stored row if a page of a descending list ends above it, and both have enough rows."""
    if stream.order is not Order.DESCENDING or len(set(ids)) < ENOUGH or _live(connection, stream, sa.true()) < ENOUGH:
        return None
    table = TABLES[stream.name]
    newest: int | None = connection.scalar(sa.select(sa.func.max(table.c.id)).where(table.c.deleted_at.is_(None)))
    return newest if newest is not None and newest < int(min(ids)) else None


def any_is_stored(connection: Connection, stream: Stream, ids: Sequence[Key]) -> bool:
    """Whether one of the rows is stored, even if marked as deleted."""
    table = TABLES[stream.name]
    return connection.scalar(sa.select(table.c.id).where(table.c.id.in_(ids)).limit(1)) is not None


def _is_empty(connection: Connection) -> bool:
    return all(
        connection.scalar(sa.select(sa.literal(1)).select_from(table).limit(1)) is None for table in TABLES.values()
    )


def _live(connection: Connection, stream: Stream, where: sa.ColumnElement[bool]) -> int:
    table = TABLES[stream.name]
    query = sa.select(sa.func.count()).select_from(table).where(table.c.deleted_at.is_(None), where)
    return connection.scalar(query) or 0
