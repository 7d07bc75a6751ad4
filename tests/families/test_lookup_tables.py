"""Lookup tables: made, searched and deleted; single rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workato_async import BadRequestError, NotFoundError
from workato_async.testing import faults

if TYPE_CHECKING:
    from workato_async import WorkatoSession
    from workato_async.testing import FakeWorkato


async def test_a_table_lives_and_dies(workato: WorkatoSession) -> None:
    table = await workato.lookup_tables.create(
        name="Countries", schema=[{"label": "Code"}, {"label": "Population", "type": "integer"}], project_id=301
    )
    assert [(column["label"], column["type"]) for column in table.columns] == [
        ("Code", "string"),
        ("Population", "integer"),
    ]
    assert table.project_id == "301"
    for code in ("AT", "CH"):
        made = await workato.lookup_tables.rows.create(table, data={"Code": code, "Population": 9})
    assert await workato.lookup_tables.rows.get(table, made) == made
    changed = await workato.lookup_tables.rows.update(table, made, data={"Population": 10})
    assert changed.data == {"Code": "CH", "Population": 10}
    assert await workato.lookup_tables.lookup(table, by={"Code": "CH", "Population": 10}) == changed
    await workato.lookup_tables.rows.delete(table, made)
    with pytest.raises(NotFoundError):
        await workato.lookup_tables.rows.get(table, made)
    await workato.lookup_tables.batch_delete(ids=[table.id])
    assert table.id not in [one.id async for one in workato.lookup_tables.list()]


async def test_the_first_row_is_looked_up(fake: FakeWorkato, workato: WorkatoSession) -> None:
    table = await workato.lookup_tables.create(name="Cities", schema=[{"label": "Country code"}, {"label": "City"}])
    assert table.project_id is None, "it belongs to the workspace"
    for city in ("Wien", "Graz"):
        await workato.lookup_tables.rows.create(table, data={"Country code": "AT", "City": city})
    found = await workato.lookup_tables.lookup(table.id, by={"Country code": "AT"})
    assert found.data["City"] == "Wien"
    assert fake.requests[-1].query == [("by[Country code]", "AT")]
    with pytest.raises(NotFoundError):
        await workato.lookup_tables.lookup(table, by={"Country code": "AT", "City": "Bern"})


@pytest.mark.parametrize("schema", [[], [{"name": "no label"}], [{"label": f"column {n}"} for n in range(11)]])
async def test_a_table_has_one_to_ten_columns(
    fake: FakeWorkato, workato: WorkatoSession, schema: list[dict[str, object]]
) -> None:
    with pytest.raises(BadRequestError, match="schema"):
        await workato.lookup_tables.create(name="Odd", schema=schema)
    assert len(fake.state.lookup_tables) == 2


async def test_deleting_tables_again_does_no_harm(fake: FakeWorkato, workato: WorkatoSession) -> None:
    fake.fail("lookup_tables.batch_delete", faults.Reset("after"))
    await workato.lookup_tables.batch_delete(ids=[6001, 6002])
    assert fake.state.lookup_tables == {}
    assert fake.sent("lookup_tables.batch_delete") == 2
