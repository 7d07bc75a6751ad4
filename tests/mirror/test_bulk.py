"""Statements that go to SQLite's driver directly store what SQLAlchemy would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa

from workato_async.mirror.bulk import execute_many
from workato_async.mirror.schema import Instant

TABLE = sa.Table("things", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("at", Instant))


@pytest.mark.parametrize("microsecond", [0, 250])
def test_a_time_is_stored_as_sqlalchemy_stores_it(tmp_path: Path, microsecond: int) -> None:
    """As text: the adapter of ``sqlite3`` is deprecated since Python 3.12, and writes another form."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'file.db'}")
    at = datetime(2026, 3, 1, 1, 30, 0, microsecond, tzinfo=timezone(timedelta(hours=2)))
    with engine.begin() as connection:
        TABLE.create(connection)
        execute_many(connection, sa.insert(TABLE), [(1, at)])
        connection.execute(sa.insert(TABLE), {"id": 2, "at": at})
        first, second = connection.scalars(sa.text("SELECT at FROM things ORDER BY id")).all()
        assert first == second
        assert set(connection.scalars(sa.select(TABLE.c.at)).all()) == {at.astimezone(UTC)}
    engine.dispose()
