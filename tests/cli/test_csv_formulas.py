"""What stands in a workspace is other people's text: no cell of ``--csv`` is a formula, unless it is asked for."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.conftest import Shell
from tests.support.mirrored import mirrored
from workato_async.cli.formulas import defused, restored
from workato_async.cli.output import Format, Row, Rows, print_record

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=cmd|'/c calc'!A0", "\uff1d1+1", "-", "=")
HARMLESS = ("", "a=1", "1-1", " =1", "'a", "name@example.com", "ä", "2026-01-31T08:00:00Z", "#", "~")


def printed(rows: list[Row], output: Format, monkeypatch: pytest.MonkeyPatch, *, terminal: bool = False) -> str:
    stream = io.StringIO(newline="")
    monkeypatch.setattr(stream, "isatty", lambda: terminal)
    monkeypatch.setattr(sys, "stdout", stream)
    with Rows([*rows[0]], output) as table:
        for row in rows:
            table.add(row)
    monkeypatch.undo()
    return stream.getvalue()


def cells(text: str) -> list[list[str]]:
    return [*csv.reader(io.StringIO(text, newline=""))][1:]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_becomes_text(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cells(printed([{"name": text}], Format.CSV, monkeypatch)) == [[f"'{text}"]]
    assert cells(printed([{"name": text}], Format.RAW_CSV, monkeypatch)) == [[text]]


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_stays(text: str) -> None:
    assert defused(text, numbers=False) == text


def test_numbers_lists_and_booleans_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"a": -5, "b": -1.5, "c": None, "d": True, "e": ["=1"], "f": {"=1": "=1"}}
    assert cells(printed([row], Format.CSV, monkeypatch)) == [["-5", "-1.5", "", "true", '["=1"]', '{"=1": "=1"}']]


def test_names_of_columns_are_text_too(monkeypatch: pytest.MonkeyPatch) -> None:
    assert printed([{"=1": 1}], Format.CSV, monkeypatch) == "'=1\n1\n"


@given(st.text())
def test_no_cell_begins_like_a_formula(text: str) -> None:
    made = defused(text, numbers=False)
    assert restored(made) == text
    assert not made.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert made in (text, f"'{text}")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=3))
def test_raw_csv_is_read_back_as_it_was(texts: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        rows = [{"id": 1, "name": text} for text in texts]
        assert cells(printed(rows, Format.RAW_CSV, patch)) == [["1", text] for text in texts]


HOSTILE = "=\x1b]0;x\x07 \x9b2J \x7f \u202e \u2066 \U000e0041"


@pytest.mark.parametrize("output", [Format.CSV, Format.RAW_CSV])
def test_a_terminal_gets_no_control_characters(output: Format, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = printed([{"name": HOSTILE, HOSTILE: HOSTILE}], output, monkeypatch, terminal=True)
    assert "\ufffd" in shown
    assert not any(character in shown for character in "\x1b\x07\x9b\x7f\u202e\u2066\U000e0041")
    assert HOSTILE in printed([{"name": HOSTILE}], output, monkeypatch)


def test_one_record(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    print_record({"name": "=1"}, Format.CSV)
    assert capsys.readouterr().out == "name\n'=1\n"


def test_commands(shell: Shell) -> None:
    shell.fake.state.add_recipe(name="=HYPERLINK(A1)")
    assert "'=HYPERLINK(A1)" in shell("recipes", "list", "--csv").stdout
    raw = shell("recipes", "list", "--raw-csv").stdout
    assert "=HYPERLINK(A1)" in raw
    assert "'=" not in raw
    assert "use either --json or --csv" in shell("recipes", "list", "--raw-csv", "--json", status=2).stderr
    assert json.loads(shell("recipes", "list", "--json").stdout)["name"] == "=HYPERLINK(A1)"


def test_the_files_of_a_mirror_are_read_back_as_they_were(shell: Shell, tmp_path: Path) -> None:
    """They are data for programs, which would not know the apostrophe."""
    database = tmp_path / "workato.db"

    async def write() -> None:
        async with mirrored(f"sqlite:///{database}", recipes=[{"id": 1, "name": "=1+1"}]):
            pass

    asyncio.run(write())
    for suffix in ("csv", "jsonl"):
        shell("mirror", "export", database, "--format", suffix, "--stream", "recipes", "--to", tmp_path / f"r.{suffix}")
    (row,) = csv.DictReader(io.StringIO((tmp_path / "r.csv").read_text("utf-8")))
    assert row["name"] == json.loads((tmp_path / "r.jsonl").read_text())["name"] == "=1+1"


def test_a_lookup_table(shell: Shell) -> None:
    shell.fake.state.lookup_rows[6001] = {1: {"id": 1, "data": {"Code": "=1+1", "Region": "-5"}}}
    assert "'=1+1" in shell("lookup-tables", "export", "6001").stdout
    raw = shell("lookup-tables", "export", "6001", "--raw-csv").stdout
    assert "=1+1" in raw
    assert "'" not in raw
