"""lookup_tables.sync: a table becomes what it was asked to be, with as few writes as that takes, and no row twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.scripted_server import HANG, Drop, ScriptedServer, Seen, Step, reply, session_of
from workato_async import (
    AuthenticationError,
    ConfigurationError,
    InvalidResponseError,
    NotFoundError,
    OutcomeUnknownError,
    ServerError,
    WorkatoError,
    WorkatoSession,
)
from workato_async.models import LookupTable, LookupTableRow, RowChange
from workato_async.resources.lookup_tables.plan import plan, wanted
from workato_async.testing import FakeWorkato, Reset, Slow, Status

WRITES = ("lookup_tables.rows.create", "lookup_tables.rows.update", "lookup_tables.rows.delete")


def row(sku: Any, name: Any = "", **more: Any) -> dict[str, Any]:
    return {"sku": sku, "name": name, **more}


class Prices:
    """A table of prices in a fake workspace."""

    def __init__(self, fake: FakeWorkato, workato: WorkatoSession) -> None:
        self.fake = fake
        self.workato = workato
        table = fake.state.add_lookup_table("Prices", columns=("sku", "name", {"label": "price", "type": "number"}))
        self.id: int = table["id"]

    def holds(self, *rows: dict[str, Any]) -> None:
        for data in rows:
            self.fake.state.add_lookup_row(self.id, data)

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [one["data"] for one in self.fake.state.lookup_rows[self.id].values()]

    async def sync(self, rows: Any, **options: Any) -> Any:
        return await self.workato.lookup_tables.sync(self.id, rows, **{"key": "sku", **options})

    @property
    def writes(self) -> int:
        return sum(self.fake.sent(name) for name in WRITES)


@pytest.fixture
async def prices() -> AsyncIterator[Prices]:
    fake = FakeWorkato(recipes=0, jobs=0, connections=0)
    async with fake, WorkatoSession("any", base_url=fake.url) as workato:
        yield Prices(fake, workato)


def keys(changes: tuple[RowChange, ...]) -> list[Any]:
    return [change.key["sku"] for change in changes]


async def test_it_adds_changes_and_removes(prices: Prices) -> None:
    prices.holds(*(row(f"S{n:02}", "same") for n in range(20)))
    wanted = [row(f"S{n:02}", "same") for n in range(1, 20)]
    wanted[4]["name"] = "new"
    wanted.append(row("S99", "added", price=3))
    report = await prices.sync(wanted)
    assert (keys(report.added), keys(report.changed), keys(report.removed)) == (["S99"], ["S05"], ["S00"])
    assert (report.unchanged, report.failed, report.unknown, report.complete) == (18, (), (), True)
    assert report.table.name == "Prices"
    assert report.changed[0].before == {"name": "same"}
    assert report.changed[0].after == {"name": "new"}
    assert report.removed[0].before == row("S00", "same")
    assert sorted(prices.rows, key=lambda data: data["sku"]) == wanted
    assert str(report) == "1 added, 1 changed, 1 removed, 18 unchanged"
    assert report.to_dict()["added"][0]["after"] == {"sku": "S99", "name": "added", "price": 3}

    assert prices.writes == 3
    again = await prices.sync(wanted)
    assert prices.writes == 3
    assert (again.changes, again.unchanged, again.complete) == ((), 20, True)


async def test_only_what_differs_is_sent(prices: Prices) -> None:
    prices.holds(row("A", "old", price=1))
    await prices.sync([row("A", "new", price=1)])
    assert json.loads(prices.fake.requests[-1].body or b"") == {"data": {"name": "new"}}


async def test_a_dry_run_changes_nothing_and_says_the_same(prices: Prices) -> None:
    prices.holds(row("A", "a"), row("B", "b"), row("C", "c"), row("D", "d"))
    wanted = [row("A", "new"), row("C", "c"), row("D", "d"), row("E", "e")]
    planned = await prices.sync(wanted, dry_run=True)
    assert prices.writes == 0
    assert planned.dry_run
    assert not planned.complete
    assert str(planned) == "1 to be added, 1 to be changed, 1 to be removed, 2 unchanged"
    done = await prices.sync(wanted)
    assert (planned.added, planned.changed, planned.removed) == (done.added, done.changed, done.removed)


async def test_the_fewest_requests(prices: Prices) -> None:
    """The schema is in the list of tables, unless the table is given; rows come 1,000 per request."""
    prices.holds(*(row(f"S{n}") for n in range(1500)))
    await prices.sync(prices.rows)
    assert (prices.fake.sent("lookup_tables.list"), prices.fake.sent("lookup_tables.rows.list")) == (
        1,
        3,
    )  # the last one is empty
    table = next(one for one in await prices.workato.lookup_tables.list() if one.id == prices.id)
    lists = prices.fake.sent("lookup_tables.list")
    await prices.workato.lookup_tables.sync(table, prices.rows, key="sku")
    assert prices.fake.sent("lookup_tables.list") == lists
    assert prices.writes == 0


async def test_additions_and_changes_run_side_by_side_inside_the_quotas(prices: Prices) -> None:
    prices.holds(*(row(f"S{n}", "old") for n in range(120)))
    began = asyncio.get_running_loop().time()
    report = await prices.sync([row(f"S{n}", "new") for n in range(120)] + [row(f"T{n}") for n in range(120)])
    assert (len(report.added), len(report.changed)) == (120, 120)
    assert prices.fake.refused == 0
    assert asyncio.get_running_loop().time() - began < 75  # one after the other would take twice as long


async def test_rows_are_kept_if_asked(prices: Prices) -> None:
    prices.holds(row("A"), row("B"))
    report = await prices.sync([row("A")], remove=False)
    assert (report.changes, report.kept) == ((), 1)
    assert len(prices.rows) == 2
    assert str(report).endswith("1 unchanged, 1 kept")


@pytest.mark.parametrize(("there", "given_rows", "too_many"), [(40, 36, False), (40, 35, True), (2, 0, True)])
async def test_an_empty_or_short_file_does_not_empty_the_table(
    prices: Prices, there: int, given_rows: int, too_many: bool
) -> None:
    prices.holds(*(row(f"S{n}") for n in range(there)))
    wanted = [row(f"S{n}", "new") for n in range(given_rows)]
    assert (await prices.sync(wanted, dry_run=True)).too_many_removals == too_many
    if too_many:
        with pytest.raises(ConfigurationError, match=rf"remove {there - given_rows} of the {there} rows of .*Prices"):
            await prices.sync(wanted)
        assert prices.writes == 0
    report = await prices.sync(wanted, allow_deletions=too_many)
    assert len(report.removed) == there - given_rows
    assert len(prices.rows) == given_rows


# What cannot be right changes nothing.


@pytest.mark.parametrize(
    ("rows", "options", "text"),
    [
        ([row("A"), row("B"), row("A", "other")], {}, r"'sku' must be unique: 'A' in rows 1, 3"),
        ([row(7), row("7")], {}, "must be unique"),
        ([row("A"), {"name": "x"}], {}, "row 2 has no 'sku'"),
        ([row("")], {}, "row 1 has no 'sku'"),
        ([row(None)], {}, "row 1 has no 'sku'"),
        ([row("A")], {"key": "code"}, r"key: lookup table \d+ \(Prices\) has no column 'code'.*'sku', 'name', 'price'"),
        ([row("A")], {"key": "SKU "}, r"did you mean 'sku'\? Its columns"),
        ([row("A", Name="x")], {}, r"the rows: .*no column 'Name'; did you mean 'name'\?"),
        ([row("A", color="red", size=1)], {}, "'color', 'size'"),
        ([row("A", ["x"])], {}, "row 1: 'name' is of type list"),
        ([row("A", b"x")], {}, "row 1: 'name' is of type bytes"),
        ([row("A"), row("B", price=float("nan"))], {}, "row 2: 'price' is nan"),
        ([row("A")], {"key": ""}, "key must be"),
        ([row("A")], {"key": []}, "key must be"),
        ([row("A")], {"key": 7}, "key must be"),
        ("A", {}, "rows must be a collection of mappings, not str"),
        (row("A"), {}, "rows must be a collection of mappings, not dict"),
        (None, {}, "rows must be a collection"),
        ([("A", "x")], {}, r"row 1 must be a mapping .* not tuple.*to_dict\('records'\)"),
        ([{1: "x"}], {}, "row 1 must be a mapping"),
        ([row("A")], {"on_change": 7}, "on_change must be a function"),
    ],
    ids=repr,
)  # fmt: skip
async def test_what_cannot_be_right_changes_nothing(
    prices: Prices, rows: Any, options: dict[str, Any], text: str
) -> None:
    """And says so before the rows of the table are read."""
    prices.holds(row("A", "old"))
    for dry_run in (False, True):
        with pytest.raises(ConfigurationError, match=text):
            await prices.sync(rows, dry_run=dry_run, **options)
    assert {one.endpoint for one in prices.fake.requests} <= {"lookup_tables.list"}


async def test_a_key_that_the_table_has_twice(prices: Prices) -> None:
    """Nobody knows which of them is meant; those that go anyway are no question."""
    prices.holds(row("A"), row("A"), *(row(f"S{n}") for n in range(20)))
    with pytest.raises(ConfigurationError, match=r"\(Prices\) has several rows with the same 'sku': 'A' has ids \d+, "):
        await prices.sync([row("A")])
    assert prices.writes == 0
    report = await prices.sync([row(f"S{n}") for n in range(20)])
    assert keys(report.removed) == ["A", "A"]


async def test_a_table_that_is_not_there(prices: Prices) -> None:
    with pytest.raises(NotFoundError):
        await prices.workato.lookup_tables.sync(999_999, [row("A")], key="sku")
    with pytest.raises(ConfigurationError, match="the schema of lookup table 5 cannot be read"):
        await prices.workato.lookup_tables.sync(LookupTable(id=5, schema="{"), [], key="sku")


# Values.


@pytest.mark.parametrize(
    ("column", "there", "given_value"),
    [
        ("name", "", None), ("name", None, ""), ("name", "7", 7), ("name", 7, "7"), ("name", "true", True),
        ("name", True, "true"), ("name", "1.5", 1.5), ("name", "2026-01-31", date(2026, 1, 31)),
        ("name", "2026-01-31T08:00:00Z", datetime(2026, 1, 31, 8, tzinfo=UTC)), ("name", "1.50", Decimal("1.50")),
        ("price", 9, "9"), ("price", "9", 9.0), ("price", 9, "9.00"), ("price", 1500, "1.5e3"), ("price", None, ""),
        ("price", "n/a", "n/a"), ("price", "nan", "nan"),
    ],
    ids=repr,
)  # fmt: skip
async def test_values_that_are_the_same(prices: Prices, column: str, there: Any, given_value: Any) -> None:
    prices.holds({**row("A"), column: there})
    report = await prices.sync([{**row("A"), column: given_value}])
    assert (report.changes, report.unchanged) == ((), 1)


@pytest.mark.parametrize(
    ("column", "there", "given_value", "sent"),
    [
        ("name", "x", "X", "X"), ("name", "x", " x", " x"), ("name", "7", "07", "07"), ("name", "x", None, ""),
        ("name", "1.5", "1.50", "1.50"), ("name", "x", 12, "12"), ("name", "é", "e\u0301", "e\u0301"),
        ("price", 9, "9.5", "9.5"), ("price", 9, None, None), ("price", 9, 10, 10), ("price", "nan", "inf", "inf"),
    ],
    ids=repr,
)  # fmt: skip
async def test_values_that_differ(prices: Prices, column: str, there: Any, given_value: Any, sent: Any) -> None:
    prices.holds({**row("A"), column: there})
    wanted = [{**row("A"), column: given_value}]
    report = await prices.sync(wanted)
    assert report.changed[0].after == {column: sent}
    assert json.loads(prices.fake.requests[-1].body or b"") == {"data": {column: sent}}
    assert (await prices.sync(wanted)).changes == ()


async def test_a_column_that_a_row_does_not_have_stays(prices: Prices) -> None:
    prices.holds(row("A", "stays", price=1), row("B", "b"))
    report = await prices.sync([{"sku": "A", "price": 2}, {"sku": "B"}])
    assert keys(report.changed) == ["A"]
    assert prices.rows[0] == row("A", "stays", price=2)


async def test_the_order_of_rows_and_columns_is_nothing(prices: Prices) -> None:
    prices.holds(row("A", "a"), row("B", "b"))
    assert (await prices.sync([{"name": "b", "sku": "B"}, {"name": "a", "sku": "A"}])).changes == ()


async def test_keys_compare_exactly(prices: Prices) -> None:
    prices.holds(*(row(f"S{n}") for n in range(30)), row("a"))
    report = await prices.sync([*(row(f"S{n}") for n in range(30)), row("A"), row("a ")])
    assert (keys(report.added), keys(report.removed)) == (["A", "a "], ["a"])


async def test_a_key_of_several_columns(prices: Prices) -> None:
    prices.holds(row("A", "x", price=1), row("A", "y", price=2))
    report = await prices.sync([row("A", "x", price=1), row("A", "y", price=3)], key=["sku", "name"])
    assert [change.key for change in report.changed] == [row("A", "y")]


async def test_a_row_without_a_key_is_one_that_was_not_given(prices: Prices) -> None:
    prices.holds(*(row(f"S{n}") for n in range(20)), {"name": "no key"}, row("", "none either"))
    report = await prices.sync([row(f"S{n}") for n in range(20)])
    assert [change.before.get("name") for change in report.removed] == ["no key", "none either"]


async def test_rows_may_come_from_anywhere(prices: Prices) -> None:
    other = Prices(prices.fake, prices.workato)
    other.holds(row("A", "a"), row("B", "b"))

    def generated() -> Iterator[dict[str, Any]]:
        yield from other.rows

    copied = await prices.sync(other.workato.lookup_tables.rows.list(other.id))  # the rows of another table
    assert len(copied.added) == 2
    assert (await prices.sync(generated())).changes == ()
    assert (await prices.sync([LookupTableRow(id=1, data=data) for data in other.rows])).changes == ()


async def test_an_error_of_the_rows_changes_nothing(prices: Prices) -> None:
    async def broken() -> AsyncIterator[dict[str, Any]]:
        yield row("A")
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        await prices.sync(broken())
    assert prices.writes == 0


async def test_tables_whose_rows_have_the_names_of_columns(prices: Prices) -> None:
    """The documentation has labels; where a server has ``col1`` there, requests have it, too."""
    prices.holds({"col1": "A", "col2": "old"}, {"col1": "B", "col2": "b"})
    report = await prices.sync([row("A", "new"), row("B", "b"), row("C", "c")])
    assert (keys(report.added), keys(report.changed), report.unchanged) == (["C"], ["A"], 1)
    assert report.changed[0].before == {"name": "old"}
    assert prices.rows == [{"col1": s, "col2": n} for s, n in (("A", "new"), ("B", "b"), ("C", "c"))]


def test_a_schema_with_labels_only() -> None:
    table = LookupTable(id=5, schema='[{"label": "sku"}, {"label": "n", "type": "integer"}]')
    given_rows: list[dict[str, Any]] = [{"sku": "A", "n": "07"}, {"sku": "B", "n": 8}]
    present = [LookupTableRow(id=1, data={"sku": "A", "n": 7})]
    found = plan(wanted(table, given_rows, "sku"), present, remove=True).report()
    assert ([change.after for change in found.changes], found.unchanged) == ([{"sku": "B", "n": 8}], 1)


# Failures.


async def test_a_row_that_is_rejected_costs_no_other(prices: Prices) -> None:
    prices.holds(*(row(f"S{n}") for n in range(30)))
    prices.fake.fail("lookup_tables.rows.create", Status(400, '{"message": "too long"}'), times=1)
    seen: list[RowChange] = []
    wanted = [*(row(f"S{n}") for n in range(29)), row("A"), row("B"), row("C")]
    report = await prices.sync(wanted, on_change=seen.append)
    assert (len(report.added), keys(report.failed), keys(report.removed)) == (2, ["A"], ["S29"])
    assert "too long" in str(report.failed[0].error)
    assert not report.complete
    assert str(report) == "2 added, 0 changed, 1 removed, 29 unchanged, 1 failed"
    assert sorted(keys(tuple(seen))) == ["A", "B", "C", "S29"]
    assert keys((await prices.sync(wanted)).added) == ["A"]


@pytest.mark.parametrize("fault", [Reset("after"), Status(500), Status(502)])
async def test_a_lost_addition_is_named_and_not_sent_twice(prices: Prices, fault: Any) -> None:
    prices.fake.fail("lookup_tables.rows.create", fault, times=1)
    report = await prices.sync([row("A"), row("B")])
    assert (keys(report.unknown), keys(report.added), report.failed) == (["A"], ["B"], ())
    assert isinstance(report.unknown[0].error, OutcomeUnknownError | ServerError)
    assert prices.fake.sent("lookup_tables.rows.create") == 2
    assert str(report).endswith("1 unknown")
    again = await prices.sync([row("A"), row("B")])
    assert len(prices.rows) == 2
    assert keys(again.added) == ([] if isinstance(fault, Reset) else ["A"])


async def test_changes_and_removals_are_repeated_after_a_lost_response(prices: Prices) -> None:
    prices.holds(*(row(f"S{n}", "old") for n in range(12)))
    for endpoint in WRITES[1:]:
        prices.fake.fail(endpoint, Reset("after"), times=1)
    report = await prices.sync([row(f"S{n}", "new") for n in range(11)])
    assert (len(report.changed), len(report.removed), report.complete) == (11, 1, True)


async def test_a_row_that_is_gone_already_is_removed(prices: Prices) -> None:
    prices.holds(*(row(f"S{n}") for n in range(20)))
    prices.fake.fail("lookup_tables.rows.delete", Status(404, '{"message": "Not found"}'))
    assert keys((await prices.sync(prices.rows[1:])).removed) == ["S0"]


async def test_nothing_is_removed_if_nothing_could_be_added(prices: Prices) -> None:
    """A role without that endpoint must not turn a change of keys into a loss of rows."""
    prices.holds(*(row(f"S{n}") for n in range(20)))
    prices.fake.fail("lookup_tables.rows.create", Status(403))
    report = await prices.sync([*prices.rows[1:], row("T0")])
    assert (keys(report.failed), report.removed) == (["T0", "S0"], ())
    assert "no row could be added" in str(report.failed[1].error)
    assert prices.fake.sent("lookup_tables.rows.delete") == 0


async def test_a_closed_session_is_an_error_of_the_call(prices: Prices) -> None:
    async with WorkatoSession("any", base_url=prices.fake.url) as workato:
        table = next(one for one in await workato.lookup_tables.list() if one.id == prices.id)
    with pytest.raises(ConfigurationError):
        await workato.lookup_tables.sync(table, [row("A")], key="sku")


async def test_a_row_that_cannot_be_read_might_be_added_twice(server: ScriptedServer, workato: WorkatoSession) -> None:
    server.plays(reply(200, [{"id": 1, "data": {"sku": "A"}}, {"data": {"sku": "B"}}]))
    table = LookupTable(id=5, schema='[{"label": "sku", "name": "col1"}]')
    with pytest.raises(
        InvalidResponseError, match="rows of lookup table 5 cannot be read: 1 of them; nothing was changed"
    ):
        await workato.lookup_tables.sync(table, [{"sku": "B"}], key="sku")
    assert [seen.method for seen in server.seen] == ["GET"]


async def test_a_response_that_never_comes(server: ScriptedServer) -> None:
    def step(seen: Seen) -> Step:
        if seen.method == "GET":
            return reply(200, [])
        return HANG if b"A" in seen.body else Drop() if b"B" in seen.body else reply(200, {"id": 1})

    server.otherwise = step
    table = LookupTable(id=5, schema='[{"label": "sku", "name": "col1"}]')
    async with session_of(server.url) as workato:
        report = await workato.lookup_tables.sync(table, [{"sku": sku} for sku in "ABC"], key="sku")
    assert (sorted(keys(report.unknown)), keys(report.added)) == (["A", "B"], ["C"])
    assert [seen.method for seen in server.seen].count("POST") == 3


async def test_an_error_of_the_listener_is_raised(prices: Prices) -> None:
    def wrong(_: RowChange) -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await prices.sync([row("A")], on_change=wrong)


async def test_an_interrupted_sync_goes_on_where_it_was(prices: Prices) -> None:
    wanted = [row(f"S{n}") for n in range(100)]
    seen: list[RowChange] = []
    syncing = asyncio.create_task(prices.sync(wanted, on_change=seen.append))
    prices.fake.fail("lookup_tables.rows.create", Slow(20), after=30)
    await asyncio.sleep(10)
    syncing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await syncing
    assert 0 < len(prices.rows) < 100
    assert [change.outcome_unknown for change in seen].count(True) == 1, "the one under way was not forgotten"
    assert len(seen) - 1 <= len(prices.rows) <= len(seen)
    report = await prices.sync(wanted)
    assert sorted(data["sku"] for data in prices.rows) == sorted(data["sku"] for data in wanted)
    assert len(report.added) + report.unchanged == 100


def test_a_change_says_whether_it_is_known() -> None:
    lost = OutcomeUnknownError("lost")
    for action, error, unknown in (
        ("add", None, False), ("add", lost, True), ("add", ServerError("500"), True), ("change", lost, True),
        ("change", ServerError("500"), False), ("remove", ServerError("500"), False), ("add", WorkatoError("x"), False),
    ):  # fmt: skip
        assert RowChange(action=action, key={}, error=error).outcome_unknown == unknown  # type: ignore[arg-type]


cells = st.none() | st.text(max_size=3) | st.integers(-5, 5) | st.booleans() | st.floats(-5, 5)
tables = st.dictionaries(st.text("AaBb 1", min_size=1, max_size=2), st.fixed_dictionaries({"name": cells}), max_size=8)


@given(there=tables, goal=tables)
def test_a_plan_makes_the_table_what_was_given(there: dict[str, Any], goal: dict[str, Any]) -> None:
    table = LookupTable(id=1, schema='[{"label": "sku", "name": "col1"}, {"label": "name", "name": "col2"}]')
    rows = {n: {"sku": sku, **data} for n, (sku, data) in enumerate(there.items(), start=1)}
    given_rows = [{"sku": sku, **data} for sku, data in goal.items()]

    def planned() -> Any:
        present = [LookupTableRow(id=n, data=data) for n, data in rows.items()]
        return plan(wanted(table, given_rows, "sku"), present, remove=True)

    first = planned()
    assert len(first.added) + len(first.changed) + first.unchanged == len(goal)
    for number, change in enumerate(first.added, start=100):
        rows[number] = change.after
    for change in first.changed:
        rows[change.row_id] |= change.after
    for change in first.removed:
        del rows[change.row_id]
    assert {data["sku"] for data in rows.values()} == set(goal)
    assert planned().report().changes == ()


async def test_only_what_was_agreed_to_is_done(prices: Prices) -> None:
    prices.holds(row("A", "old"), row("B", "old"), row("C", "old"))
    given = [row("A", "new"), row("B", "old"), row("D", "new")]
    planned = await prices.sync(given, dry_run=True)
    prices.holds(row("E", "somebody else's"))
    before = prices.writes
    with pytest.raises(ConfigurationError, match="was changed since: 1 of the changes differ"):
        await prices.sync(given, planned=planned)
    with pytest.raises(ConfigurationError, match="planned must be a LookupTableSync, not dict"):
        await prices.sync(given, planned={})
    assert prices.writes == before
    await prices.sync([*given, row("E", "somebody else's")], planned=planned)  # which leaves it alone
    assert prices.writes == before + 3


async def test_nothing_is_sent_once_the_token_is_rejected(prices: Prices) -> None:
    prices.holds(row("gone"))
    prices.fake.fail("lookup_tables.rows.create", Status(401), times=1000)
    done = await prices.sync([row(f"S{number}") for number in range(200)], allow_deletions=True)
    assert not done.complete
    assert [*done.added, *done.removed] == []
    assert 1 <= prices.writes <= 64  # those that were sent side by side
    assert isinstance(done.failed[0].error, AuthenticationError)


@pytest.mark.parametrize("text", ["\ud800", "a\udcffb"])
async def test_half_a_character_is_found_before_anything_is_sent(prices: Prices, text: str) -> None:
    with pytest.raises(ConfigurationError, match="row 2: 'name' is not valid Unicode: it has half a surrogate pair"):
        await prices.sync([row("A"), row("B", text)], remove=False)
    assert prices.writes == 0
