"""Values at and beyond the limits of a database: what is stored and what is read back, by every driver."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy.engine import Connection

from tests.support.mirror_contents import contents, expected, rows
from workato_async import WorkatoSession
from workato_async.mirror import STREAMS, Mirror
from workato_async.mirror.commit import upsert, upsert_carefully
from workato_async.mirror.errors import RowsRejectedError
from workato_async.mirror.rows import Row, rows_of
from workato_async.mirror.schema import EARLIEST, LATEST, TABLES, in_range
from workato_async.testing import FakeWorkato

REAL_TIME = True
TIMES = {
    "9999-12-31T23:59:59.000-08:00": LATEST,
    "9999-12-31T23:59:59.999Z": LATEST,
    "9999-12-31T15:59:59.000-08:00": LATEST,
    "9999-12-31T00:00:00.000+14:00": datetime(9999, 12, 30, 10, tzinfo=UTC),
    "0001-01-01T00:00:00.000+09:00": EARLIEST,
    "0001-01-01T00:00:00Z": EARLIEST,
    "0001-01-01T00:00:02Z": datetime(1, 1, 1, 0, 0, 2, tzinfo=UTC),
    "1969-12-31T23:59:59.999-12:00": datetime(1970, 1, 1, 11, 59, 59, 999_000, tzinfo=UTC),
}


async def test_times_and_numbers_and_texts(fake: FakeWorkato, workato: WorkatoSession, any_url: str) -> None:
    recipes = list(fake.state.recipes.values())
    for recipe, time in zip(recipes, TIMES, strict=False):
        recipe["created_at"] = recipe["last_run_at"] = time
    recipes[0]["copy_count"], recipes[1]["copy_count"] = 2**63, 2**63 - 1
    recipes[2]["name"], recipes[3]["name"] = "a\0b", "\N{PILE OF POO}"
    async with Mirror(workato, any_url) as mirror:
        for added in (len(recipes), 0):
            report = await mirror.run(["recipes"])
            assert report.is_complete
            assert (report["recipes"].added, report["recipes"].changed) == (added, 0)
        assert (await contents(mirror))["recipes"] == expected(fake.state)["recipes"]
        stored = {row["id"]: row for row in await rows(mirror, "recipes")}
    found = [stored[recipe["id"]] for recipe in recipes]
    assert [row["created_at"] for row in found[: len(TIMES)]] == list(TIMES.values())
    assert all(row["created_at"].utcoffset() == timedelta(0) for row in found)
    assert [row["copy_count"] for row in found[:2]] == [None, 2**63 - 1]
    assert [row["name"] for row in found[2:4]] == ["a\N{REPLACEMENT CHARACTER}b", "\N{PILE OF POO}"]


ODD: dict[str, Any] = {
    "name": "half \ud83d",
    "copy_count": 2**70,
    "running": "neither",
}


@pytest.mark.parametrize("column", ODD)
async def test_a_row_that_the_database_rejects_is_stored_without_its_columns(
    fake: FakeWorkato, workato: WorkatoSession, any_url: str, column: str, caplog: pytest.LogCaptureFixture
) -> None:
    stream = STREAMS["recipes"]
    first, second, *_ = await workato.recipes.list().collect()
    good, odd = rows_of(stream, 0, [first, second])
    odd = with_value(odd, column, ODD[column])
    async with Mirror(workato, any_url) as mirror:
        sqlite = not mirror._database.shared

        def store(connection: Connection) -> None:
            upsert(connection, stream, [good, odd])

        def store_carefully(connection: Connection) -> None:
            upsert_carefully(connection, stream, [good, odd])

        if sqlite and column == "running":
            pytest.skip("SQLite takes any value in any column")
        with pytest.raises(RowsRejectedError):
            await mirror._database.run_in_transaction(store)
        assert await rows(mirror, "recipes") == []
        await mirror._database.run_in_transaction(store_carefully)
        found = {row["id"]: row for row in await rows(mirror, "recipes")}
    assert found[first.id]["name"] == first.name
    assert found[second.id]["json"] == odd.json
    others = {name: value for name, value in found[second.id].items() if name not in ("id", "json")}
    assert set(others.values()) == {None}
    assert f"recipes {second.id}: stored without its columns" in caplog.text


def with_value(row: Row, column: str, value: Any) -> Row:
    values = dict(zip(TABLES["recipes"].c.keys(), row.values, strict=True)) | {column: value}
    return row._replace(values=tuple(values.values()))


def test_times_of_any_zone_stay_in_range() -> None:
    for zone in (timezone(timedelta(hours=hours)) for hours in (-23, 0, 23)):
        for at in (datetime.min.replace(tzinfo=zone), datetime.max.replace(tzinfo=zone)):
            assert EARLIEST <= in_range(at) <= LATEST
