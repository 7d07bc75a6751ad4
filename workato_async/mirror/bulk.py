"""The statements on which a mirror spends most of its time: writing rows, and recording the progress of a walk.

SQLAlchemy builds them. On SQLite they are passed to the driver directly, at half the binding. Transactions remain
SQLAlchemy's.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

from workato_async.mirror.schema import Instant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import sqlalchemy as sa
    from sqlalchemy.engine import Connection


def insert(connection: Connection) -> Any:
    """Return the function that builds an INSERT for the database of a connection, with ON CONFLICT."""
    return insert_for(connection.dialect.name)


def insert_for(dialect: str) -> Any:
    """Return the function that builds an INSERT for a kind of database, with ON CONFLICT."""
    return sqlite.insert if dialect == "sqlite" else postgresql.insert


def execute_many(connection: Connection, statement: sa.Insert | sa.Update, rows: Sequence[Mapping[str, Any]]) -> int:
    """Execute a statement for every row; return how many rows it affected, -1 if unknown.

    Args:
        connection: in a transaction.
        statement: one that is built once and reused, and that relies on no column defaults.
        rows: its parameters, all with the same names; at least one.
    """
    if connection.dialect.name != "sqlite":
        return connection.execute(statement, rows[0] if len(rows) == 1 else rows).rowcount
    sql, columns = _compiled(statement, tuple(rows[0]))
    values = [[row[name] if bind is None else bind(row[name]) for name, bind in columns] for row in rows]
    driver: Any = connection.connection.driver_connection
    affected: int = driver.executemany(sql, values).rowcount
    return affected


@cache
def _compiled(statement: sa.Insert | sa.Update, names: tuple[str, ...]) -> tuple[str, list[tuple[str, Any]]]:
    """Return the SQL, and its parameters in order with the functions that convert their values for SQLite."""
    dialect = sqlite.dialect()
    compiled: Any = statement.compile(dialect=dialect, column_keys=names)
    types = {name: compiled.binds[name].type for name in compiled.positiontup}
    instants = {name: kind.dialect_impl(dialect) for name, kind in types.items() if isinstance(kind, Instant)}
    binds = {name: kind.bind_processor(dialect) for name, kind in instants.items()}
    return str(compiled), [(name, binds.get(name)) for name in compiled.positiontup]
