"""The statements on which a mirror spends most of its time: writing rows, and recording the progress of a walk.

SQLAlchemy builds them. On SQLite they are passed to the driver directly, at half the binding. Transactions remain
SQLAlchemy's.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

from workato_async.mirror.schema import Instant, in_range

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import sqlalchemy as sa
    from sqlalchemy.engine import Connection


def insert(connection: Connection) -> Any:
    """Return the function that builds an INSERT for the database of a connection, with ON CONFLICT."""
    return insert_for(connection.dialect.name)


def insert_for(dialect: str) -> Any:
    """Return the function that builds an INSERT for a kind of database, with ON CONFLICT."""
    return sqlite.insert if dialect == "sqlite" else postgresql.insert


def execute(connection: Connection, statement: sa.Update, values: Mapping[str, Any]) -> int:
    """Execute a statement that is built once and reused; return how many rows it affected."""
    if connection.dialect.name != "sqlite":
        return connection.execute(statement, values).rowcount
    sql, names, times = _compiled(statement, tuple(values))
    return _execute(connection, sql, times, [[values[name] for name in names]])


def execute_many(connection: Connection, statement: sa.Insert, rows: Sequence[Sequence[Any]]) -> None:
    """Execute a statement for every row.

    Args:
        connection: in a transaction.
        statement: one that is built once and reused, and that relies on no column defaults.
        rows: the values of its parameters, in the order of the statement; at least one.
    """
    sql, names, times = _compiled(statement, None)
    if connection.dialect.name == "sqlite":
        _execute(connection, sql, times, rows)
    else:
        connection.execute(statement, [dict(zip(names, row, strict=True)) for row in rows])


def _execute(connection: Connection, sql: str, times: Sequence[int], rows: Sequence[Sequence[Any]]) -> int:
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    for at in times:
        columns[at] = [value and _sqlite_time(value) for value in columns[at]]
    driver: Any = connection.connection.driver_connection
    affected: int = driver.executemany(sql, zip(*columns, strict=True)).rowcount
    return affected


@cache
def _compiled(
    statement: sa.Insert | sa.Update, names: tuple[str, ...] | None
) -> tuple[str, Sequence[str], Sequence[int]]:
    """Return the SQL for SQLite, its parameters in order, and which of them are times."""
    compiled: Any = statement.compile(dialect=sqlite.dialect(), column_keys=names)
    order = compiled.positiontup
    return str(compiled), order, [at for at, name in enumerate(order) if isinstance(compiled.binds[name].type, Instant)]


def _sqlite_time(value: datetime) -> str:
    """Return a time as SQLAlchemy stores it: in UTC, without saying so."""
    return in_range(value).isoformat(" ", "microseconds")[:26]
