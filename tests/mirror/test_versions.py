"""Databases of older and newer releases, on every database."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tests.support.mirror_contents import contents, differences, expected, mirror_of, rows
from workato_async import WorkatoSession
from workato_async.mirror import STREAMS, Mirror, MirrorError, versions
from workato_async.mirror.schema import PASSES, TABLES, VERSIONS, WALKS, metadata
from workato_async.testing import FakeWorkato, Status

REAL_TIME = True
AT = datetime(2026, 1, 15, tzinfo=UTC)
VERSION_1 = (Path(__file__).parent / "version_1.sql").read_text().splitlines()
INTERRUPTED = """
INSERT INTO mirror_walks VALUES
('', 0, '{}', '', '2026-01-15T17:00:00Z', NULL, 0, {no}, 1, '[]', {no}, NULL, NULL, NULL)
"""


def to_version_1(connection: Connection) -> None:
    """Rebuild the tables as release 0.1.0 made them, with what they hold, in the middle of a pass."""
    times = "TIMESTAMP WITH TIME ZONE" if connection.dialect.name == "postgresql" else "DATETIME"
    tables = {line.split()[2]: line for line in VERSION_1 if line.startswith("CREATE TABLE")}
    connection.exec_driver_sql("DROP INDEX jobs_unfinished")
    for name, definition in tables.items():
        connection.exec_driver_sql(f"ALTER TABLE {name} RENAME TO newer_{name}")
        if connection.dialect.name == "postgresql":  # where the names of indexes stay
            connection.exec_driver_sql(f"ALTER INDEX {name}_pkey RENAME TO newer_{name}_pkey")
        connection.exec_driver_sql(definition.replace("DATETIME", times))
        columns = ", ".join(column["name"] for column in sa.inspect(connection).get_columns(name))
        connection.exec_driver_sql(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM newer_{name}")
        connection.exec_driver_sql(f"DROP TABLE newer_{name}")
    connection.exec_driver_sql(next(line for line in VERSION_1 if line.startswith("CREATE INDEX")))
    for name in {*metadata.tables} - {*tables}:
        connection.exec_driver_sql(f"DROP TABLE {name}")
    no = "0" if connection.dialect.name == "sqlite" else "false"
    connection.exec_driver_sql(INTERRUPTED.format(",".join(STREAMS), no=no))
    connection.execute(sa.delete(VERSIONS))
    connection.execute(sa.insert(VERSIONS), {"version": 1, "since": AT})


def walks(connection: Connection) -> list[Any]:
    columns = (WALKS.c.stream, WALKS.c.parent, WALKS.c.target, WALKS.c.mark, WALKS.c.aim, WALKS.c.cursor)
    query = sa.select(*columns).where(WALKS.c.stream != "").order_by(WALKS.c.stream, WALKS.c.parent)
    return list(map(tuple, connection.execute(query)))


def schema(connection: Connection) -> dict[str, Any]:
    found = sa.inspect(connection)
    return {
        name: (
            sorted(column["name"] for column in found.get_columns(name)),
            sorted(str(index["name"]) for index in found.get_indexes(name)),
        )
        for name in metadata.tables
    }


async def test_version_1(any_url: str) -> None:
    async with FakeWorkato(recipes=8, jobs=60, jobs_per_page=5, connections=2, lookup_rows=3, window=None) as fake:
        async with mirror_of(fake, any_url) as mirror:
            await mirror.run(["recipes", "folders", "lookup_table_rows", "connections"])
            del fake.state.connections[min(fake.state.connections)]
            for _ in range(2):  # the second confirms that one of two is gone
                await mirror.run(["connections"])
            fake.fail("jobs.list", Status(400, "{}"), times=1, after=9)  # a walk that has begun
            await mirror.run(["jobs"])
            whole = await mirror._database.run_in_transaction(schema)
            before = {name: await rows(mirror, name) for name in TABLES}
            marks = await mirror._database.run_in_transaction(walks)
            assert any(row["deleted_at"] for row in before["connections"])
            assert any(aim for *_, aim, _ in marks)
            await mirror._database._once(to_version_1)
        fake.requests = []
        async with mirror_of(fake, any_url) as mirror:
            assert {name: await rows(mirror, name) for name in TABLES} == before
            assert await mirror._database.run_in_transaction(walks) == marks
            assert await mirror._database.run_in_transaction(schema) == whole
            report = await mirror.run()
            assert report.is_complete, report.problems
            assert differences(await contents(mirror), expected(fake.state)) == {}
            assert report["recipes"].added + report["recipes"].changed + report["recipes"].deleted == 0
            stored = {row["recipe_id"] for row in before["jobs"]}
            read = {
                int(request.raw_target.split("/")[3]) for request in fake.requests if "/jobs?" in request.raw_target
            }
            begun = {parent for stream, parent, *_, aim, _ in marks if stream == "jobs" and aim}
            assert read & stored == begun & stored  # what was read is not read again


async def test_a_newer_release_upgrades_a_database_in_use(any_url: str) -> None:
    """The older one stops at its next transaction, and writes nothing that the newer one would not understand."""
    async with (
        FakeWorkato(recipes=9, jobs=90, jobs_per_page=5, window=None) as fake,
        mirror_of(fake, any_url) as older,
        mirror_of(fake, any_url) as newer,
    ):
        await older.run(["recipes"])

        def upgrade(connection: Connection) -> None:
            connection.execute(sa.insert(VERSIONS), {"version": versions.VERSION + 1, "since": AT})
            connection.exec_driver_sql("ALTER TABLE jobs DROP COLUMN title")

        def held(connection: Connection) -> int:
            return connection.scalar(sa.select(sa.func.count()).select_from(TABLES["jobs"])) or 0

        async def upgraded() -> int:
            await newer._database._once(upgrade)
            return await newer._database._once(held)

        counts: list[int] = []
        handler = older._database.run_in_transaction

        async def interleaved(work: Any, **options: Any) -> Any:
            done = await handler(work, **options)
            if not counts and await newer._database._once(held) > 20:
                counts.append(await upgraded())
            return done

        older._database.run_in_transaction = interleaved  # type: ignore[method-assign]
        with pytest.raises(MirrorError, match=r"has schema \d+, of a newer release"):
            await older.run(["jobs"])
        assert counts == [await newer._database._once(held)]
        for again in (older.run(["folders"]), older.status()):
            with pytest.raises(MirrorError, match="of a newer release"):
                await again


async def test_passes_begin_at_the_next_number(fake: FakeWorkato, workato: WorkatoSession, any_url: str) -> None:
    async with Mirror(workato, any_url) as mirror:
        await mirror._database._once(to_version_1)
    async with Mirror(workato, any_url) as mirror:
        for number in (1, 2):
            await mirror.run(["folders"])
            passes = await mirror._database.run_in_transaction(
                lambda connection: connection.execute(sa.select(PASSES)).all()
            )
            assert [one.number for one in passes] == [number]
