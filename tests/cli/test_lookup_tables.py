"""``workato-async lookup-tables``: tables as files, and files as tables."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workato_async import WorkatoSession
from workato_async.cli import confirmation, table_diff
from workato_async.cli.command_runner import CommandError, ExitStatus
from workato_async.cli.formulas import defused, restored
from workato_async.cli.output import Format
from workato_async.cli.table_files import csv_lines, read_table
from workato_async.cli.table_sync import sync_table
from workato_async.models import RowChange
from workato_async.testing import FakeWorkato, Reset, Status

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Shell


class Prices:
    """A table of prices in the workspace of a shell, and a file beside it."""

    def __init__(self, shell: Shell, folder: Path) -> None:
        self.shell = shell
        self.file = folder / "prices.csv"
        self.id: int = shell.fake.state.add_lookup_table("Prices", columns=("sku", "name", "price"))["id"]

    def holds(self, *rows: dict[str, Any]) -> None:
        for data in rows:
            self.shell.fake.state.add_lookup_row(self.id, data)

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [one["data"] for one in self.shell.fake.state.lookup_rows[self.id].values()]

    @property
    def writes(self) -> int:
        return sum(self.shell.sent(f"lookup_tables.rows.{name}") for name in ("create", "update", "delete"))

    def sync(self, text: str | bytes, *options: str, status: int = 0) -> Any:
        self.file.write_bytes(text.encode() if isinstance(text, str) else text)
        return self.shell("lookup-tables", "sync", "prices", self.file, "--key", "sku", *options, status=status)


@pytest.fixture
def prices(shell: Shell, tmp_path: Path) -> Prices:
    found = Prices(shell, tmp_path)
    found.holds(*({"sku": f"S{n}", "name": "same", "price": "1"} for n in range(9)))
    return found


def lines(count: int = 9, *more: str) -> str:
    return "\n".join(["sku,name,price", *(f"S{n},same,1" for n in range(count)), *more, ""])


def test_the_list(prices: Prices) -> None:
    rows = {row["name"]: row for row in prices.shell.json("lookup-tables", "list")}
    assert rows["Prices"]["columns"] == ["sku", "name", "price"]
    assert "sku, name, price" in prices.shell("lookup-tables", "list").stdout
    assert len(prices.shell.json("lookup-tables", "list", "--limit", "1")) == 1
    project = prices.shell.fake.state.first_project()
    assert "Prices" in prices.shell("lookup-tables", "list", "--project", project["name"]).stdout
    prices.shell.fake.state.add_project("Other")
    assert "no lookup tables found" in prices.shell("lookup-tables", "list", "--project", "Other").stderr


def test_a_dry_run_is_a_diff(prices: Prices) -> None:
    text = lines(8, "NEW,a b,2").replace("S3,same,1", "S3,same,9")
    result = prices.sync(text, "--dry-run")
    assert result.stdout == '+ sku=NEW  name="a b"  price=2\n~ sku=S3  price: 1 -> 9\n- sku=S8  name=same  price=1\n'
    assert "1 to be added, 1 to be changed, 1 to be removed, 7 unchanged: 3 calls, about 1 s" in result.stderr
    assert prices.writes == 0
    rows = [json.loads(line) for line in prices.sync(text, "--dry-run", "--json").stdout.splitlines()]
    assert [(row["action"], row["outcome"]) for row in rows] == [
        ("add", "planned"), ("change", "planned"), ("remove", "planned"),
    ]  # fmt: skip
    assert rows[1] | {"row_id": 0} == {
        "action": "change", "key": {"sku": "S3"}, "row_id": 0, "before": {"price": "1"}, "after": {"price": "9"},
        "outcome": "planned", "error": None,
    }  # fmt: skip


def test_a_sync_and_a_second_one(prices: Prices) -> None:
    text = lines(8, "NEW,new,2")
    assert "no terminal to ask; add --yes" in prices.sync(text, status=2).stderr
    assert prices.writes == 0
    result = prices.sync(text, "--yes")
    assert (result.stdout, result.stderr.splitlines()[-1]) == ("", "1 added, 0 changed, 1 removed, 8 unchanged")
    assert prices.writes == 2
    result = prices.sync(text, "--yes")
    assert result.stderr.splitlines()[-1] == "nothing to do, 9 rows unchanged"
    assert prices.writes == 2
    prices.sync(text)  # and there is nothing to confirm


def test_the_question_says_what_would_be_done(prices: Prices, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def confirm(_: object, action: str, *, yes: bool) -> None:
        asked.append(action)
        raise CommandError("nothing was changed")

    monkeypatch.setattr("workato_async.cli.table_sync.confirm_change", confirm)
    assert confirmation.confirm_change is not confirm
    result = prices.sync(lines(8, "A,new,2", "B,new,2"), status=1)
    assert asked == ["Add 2 rows and remove 1 row of lookup table Prices"]
    assert "+ sku=A  name=new  price=2\n" in result.stderr
    prices.sync(lines(9, *(f"N{n},x,1" for n in range(30))), status=1)
    assert asked[1] == "Add 30 rows of lookup table Prices"
    assert prices.writes == 0


def test_rows_for_programs(prices: Prices) -> None:
    prices.shell.fake.fail("lookup_tables.rows.create", Status(400, '{"message": "too long"}'))
    result = prices.sync(lines(8, "A,new,2", "B,new,2"), "--yes", "--json", status=1)
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert {(row["key"]["sku"], row["outcome"]) for row in rows} == {
        ("A", "failed"), ("B", "added"), ("S8", "removed"),
    }  # fmt: skip
    assert "failed: add A: POST /api/lookup_tables/" in result.stderr
    assert "1 added, 0 changed, 1 removed, 8 unchanged, 1 failed" in result.stderr
    table = prices.sync(lines(8, "A,new,2", "B,new,2"), "--yes", "--csv")
    assert [row["outcome"] for row in csv.DictReader(io.StringIO(table.stdout))] == ["added"]


def test_a_lost_response(prices: Prices) -> None:
    prices.shell.fake.fail("lookup_tables.rows.create", Reset("after"))
    result = prices.sync(lines(9, "A,new,2"), "--yes", "--json", status=1)
    assert json.loads(result.stdout)["outcome"] == "unknown"
    assert "the next sync sees them, and adds none twice" in result.stderr
    prices.sync(lines(9, "A,new,2"), "--yes")
    assert len(prices.rows) == 10


def test_a_file_that_lacks_much(prices: Prices) -> None:
    result = prices.sync(lines(4), "--yes", status=2)
    assert f"{prices.file} lacks 5 of the 9 rows of Prices; nothing was changed. Add --allow-deletions" in result.stderr
    planned = prices.sync(lines(4), "--dry-run", status=2)
    assert planned.stdout.count("\n- ") + planned.stdout.startswith("- ") == 5
    assert f"{prices.file} lacks 5 of the 9 rows of Prices; nothing was changed" in planned.stderr
    assert prices.sync(lines(4), "--dry-run", "--allow-deletions").stdout == planned.stdout
    assert prices.writes == 0
    assert "nothing to do, 4 rows unchanged" in prices.sync(lines(4), "--keep").stderr
    prices.sync(lines(4), "--yes", "--allow-deletions")
    assert len(prices.rows) == 4
    assert "lacks 4 of the 4 rows" in prices.sync("sku\n", "--yes", status=2).stderr


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffsku,name\nA,Ä\n",
        "sku;name\r\nA;Ä\r\n",
        "sku\tname\nA\tÄ",
        "\ufeffsep=!\r\nsku!name\r\nA!Ä\r\n",
        '"sku","name"\n\n"A","Ä"\n\n',
        '{"sku": "A", "name": "Ä"}\n\n',
        '[{"name": "Ä", "sku": "A"}]',
        "sku\tname\nA\tÄ\n".encode("utf-16"),
    ],
)
def test_files_of_all_kinds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | bytes) -> None:
    path = tmp_path / "prices"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    expected = [{"sku": "A", "name": "Ä"}]
    assert read_table(str(path), key=["sku"]) == expected
    with path.open("rb") as file:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(file))
        assert read_table("-", key=["sku"]) == expected


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("a.csv", b"", "a.csv: it is empty; a table without rows is a line with the names of columns, or []"),
        ("a.jsonl", b"\xef\xbb\xbf \n\n", "a.jsonl: it is empty"),
        ("a.csv", b'""\n', "line 1: column 1 has no name"),
        ("a.csv", b"PK\x03\x04\x00\x00\n", "line 1: there is no column 'sku', which is the key"),
        ("a.csv", b"<html><body>Sign in</body></html>\n", "line 1: there is no column 'sku', which is the key"),
        ("a.jsonl", b'{"sku": ' + b"9" * 5000 + b"}", "line 1: a number is too long"),
        ("a.json", b"[" * 10**5, "a.json: it is nested too deeply"),
        ("a.csv", b"sku,name\nA,x\nB\n", "a.csv, line 3: 1 cell, where the header has 2"),
        ("a.csv", b"sku,name\nA,x,y\n", "a.csv, line 2: 3 cells, where the header has 2"),
        ("a.csv", b"sku,,name\n", "line 1: column 2 has no name"),
        ("a.csv", b"sku,sku\n", "line 1: two columns are named 'sku'"),
        ("a.csv", b'sku,name\nA,"x\n', "line 2: "),
        ("a.csv", b"sku,name\nA,\xe4\n", "line 2 is not UTF-8 text"),
        ("a.jsonl", b'{"sku": "A"}\n{"sku"', "a.jsonl, line 2: not JSON"),
        ("a.jsonl", b'{"sku": "A"}\n7\n', "line 2: a row must be a JSON object"),
        ("a.json", b'[{"sku": "A"}, 7]', "a.json: a row must be a JSON object"),
        ("a.json", b'[{"sku": NaN}]', "JSON has no NaN"),
        ("none.csv", None, "none.csv: No such file"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, name: str, data: bytes | None, text: str) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(CommandError, match=re.escape(text)) as caught:
        read_table(str(tmp_path / name), key=["sku"])
    assert caught.value.status is ExitStatus.USAGE


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("sku,name\nA,x\nA,y\n", "'sku' must be unique: 'A' in rows 1, 2"),
        ("Sku,name\nA,x\n", "did you mean 'sku'"),
        ('sku\nA\n"', "prices.csv, line 3: "),
    ],
)
def test_files_that_cannot_be_meant(prices: Prices, data: str, text: str) -> None:
    assert text in prices.sync(data, "--yes", status=2).stderr
    assert prices.writes == 0


def test_an_unknown_table_and_a_bad_delimiter(prices: Prices) -> None:
    assert "no lookup table is named 'Costs'" in prices.shell("lookup-tables", "export", "Costs", status=2).stderr
    assert "one character, or tab" in prices.sync("sku\n", "--delimiter", "::", status=2).stderr


ODD = [
    {"sku": "=1+1", "name": "'=x", "price": "-5"},
    {"sku": "''@a", "name": "'quoted'", "price": "+49 30 1"},
    {"sku": "a\nb", "name": ' "q", ', "price": "x\ry"},
    {"sku": "-", "name": "", "price": "\t"},
]


@pytest.mark.parametrize(
    ("suffix", "options"), [(".csv", []), (".jsonl", []), (".txt", ["--delimiter", ";"]), ("", ["--delimiter", "tab"])]
)
def test_what_was_exported_is_synced_back_unchanged(
    prices: Prices, tmp_path: Path, suffix: str, options: list[str]
) -> None:
    prices.holds(*ODD, {"sku": "typed", "name": 7, "price": 1.5})
    path = tmp_path / f"export{suffix}"
    result = prices.shell("lookup-tables", "export", "Prices", "--to", path, *options)
    assert f"14 rows written to {path}" in result.stderr
    result = prices.shell("lookup-tables", "sync", "Prices", path, "--key", "sku", "--dry-run", "--json")
    assert (result.stdout, result.stderr.splitlines()[-1]) == ("", "nothing to do")


def test_an_export_to_standard_output(prices: Prices) -> None:
    prices.holds(*ODD)
    exported = prices.shell("lookup-tables", "export", prices.id).stdout
    assert exported.startswith("sku,name,price\nS0,same,1\n")
    assert "'=1+1,''=x,-5\n" in exported
    assert exported == prices.shell("lookup-tables", "export", prices.id, "--csv").stdout
    assert prices.shell.json("lookup-tables", "export", prices.id)[-4:] == ODD
    prices.shell("lookup-tables", "sync", prices.id, "-", "--key", "sku", "--yes", stdin=exported)
    assert prices.writes == 0


def test_an_empty_table_is_exported_with_its_columns(shell: Shell, tmp_path: Path) -> None:
    prices = Prices(shell, tmp_path)
    assert shell("lookup-tables", "export", prices.id).stdout == "sku,name,price\n"


cell = st.text(st.sampled_from("=+-@\t\r\n'\",; aé1.5"), max_size=6)


@given(rows=st.lists(st.fixed_dictionaries({"a": cell, "b": cell, "=c": cell}), max_size=4))
def test_any_cell_survives(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, str]]) -> None:
    path = tmp_path_factory.getbasetemp() / "cells.csv"
    path.write_bytes("".join(csv_lines(["a", "b", "=c"], rows)).encode())
    assert read_table(str(path), key=["a"]) == rows


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1", "'=1"), ("-5", "-5"), ("+1.5", "+1.5"), ("-5%", "-5%"), ("-x", "'-x"), ("@a", "'@a"), ("'=1", "''=1"),
        ("'a", "'a"), ("a=1", "a=1"), ("", ""), ("\t=1", "'\t=1"),
    ],
)  # fmt: skip
def test_formulas(text: str, shown: str) -> None:
    assert defused(text) == shown
    assert restored(shown) == text


async def test_ctrl_c_says_what_was_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "many.jsonl"
    path.write_text("".join(f'{{"Code": "N{n}"}}\n' for n in range(100)))
    fake = FakeWorkato(recipes=0, jobs=0, lookup_rows=3)
    async with fake, WorkatoSession("any", base_url=fake.url) as workato:
        options = {"keep": True, "delimiter": None, "dry_run": False, "allow_deletions": False, "yes": True}
        command = sync_table(workato, "Countries", str(path), key=["Code"], output=Format.JSON, **options)  # type: ignore[arg-type]
        syncing = asyncio.create_task(command)
        await asyncio.sleep(30)
        syncing.cancel()
        with pytest.raises(CommandError, match=r"interrupted: made 60 of 100 changes. Run the command again") as caught:
            await syncing
    assert caught.value.status is ExitStatus.INTERRUPTED
    assert len(capsys.readouterr().out.splitlines()) == 60
    assert len(fake.state.lookup_rows[6001]) == 63


def test_lines_of_a_diff() -> None:
    change = RowChange(action="add", key={"sku": "A"}, after={"sku": "A", "name": "\x1b[2J", "n": 7, "empty": ""})
    assert table_diff.diff_line(change) == '+ sku=A  name="\\u001b[2J"  n=7'
