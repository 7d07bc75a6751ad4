"""The statements in which most of a mirror's time goes: rows in, and how far the walk is.

SQLAlchemy builds them all. On SQLite they are handed to the driver directly: each then costs one turn of its thread
instead of three, and half the binding. Transactions are SQLAlchemy's all the same.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import sqlite

from workato_async.mirror.schema import Instant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import sqlalchemy as sa
    from sqlalchemy.ext.asyncio import AsyncConnection


async def execute_many(
    connection: AsyncConnection, statement: sa.Insert | sa.Update, rows: Sequence[Mapping[str, Any]]
) -> int:
    """Execute a statement for every row; give how many rows it touched, -1 where that cannot be told.

    Args:
        connection: in a transaction.
        statement: one that is made once and used again, and leaves no value to a default of its table.
        rows: its parameters, all with the same names; at least one.
    """
    if connection.dialect.name != "sqlite":
        return (await connection.execute(statement, rows[0] if len(rows) == 1 else rows)).rowcount
    sql, columns = _compiled(statement, tuple(rows[0]))
    values = [[row[name] if bind is None else bind(row[name]) for name, bind in columns] for row in rows]
    driver: Any = (await connection.get_raw_connection()).driver_connection
    touched: int = (await driver.executemany(sql, values)).rowcount
    return touched


@cache
def _compiled(statement: sa.Insert | sa.Update, names: tuple[str, ...]) -> tuple[str, list[tuple[str, Any]]]:
    """Give the SQL, and its parameters in order with what turns their values into those that SQLite stores."""
    dialect = sqlite.dialect()
    compiled: Any = statement.compile(dialect=dialect, column_keys=names)
    types = {name: compiled.binds[name].type for name in compiled.positiontup}
    binds = {name: kind.bind_processor(dialect) for name, kind in types.items() if isinstance(kind, Instant)}
    return str(compiled), [(name, binds.get(name)) for name in compiled.positiontup]
