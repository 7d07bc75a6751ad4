"""Rows of a lookup table in files: CSV as spreadsheets write it, and JSON."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from workato_async.cli.command_runner import CommandError, ExitStatus
from workato_async.cli.formulas import defused, restored
from workato_async.cli.identifiers import STDIN, decoded, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Row = dict[str, Any]
DELIMITERS = ",;\t|"
"""Tried in this order; spreadsheets of countries with a decimal comma write semicolons."""
_ANNOUNCED = re.compile(r"sep=(.)\r?\n")
"""A first line with the delimiter, which one spreadsheet understands."""
JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")


def read_table(source: str, *, key: Sequence[str], delimiter: str | None = None) -> list[Row]:
    """Read the rows of a file: CSV with a header, JSON Lines, or a JSON array.

    Args:
        source: the file, or ``-`` for standard input.
        key: columns that are there, by which the delimiter of CSV is found.
        delimiter: that delimiter, None to find it.

    Raises:
        CommandError: if it cannot be read, naming the line.
    """
    text = _text(source)
    suffix = Path(source).suffix.lower()
    if suffix in JSON_SUFFIXES or (suffix not in (".csv", ".tsv") and text.lstrip()[:1] in ("{", "[")):
        return _from_json(text, source)
    return _from_csv(text, source, key, delimiter)


def csv_lines(
    columns: Sequence[str], rows: Iterable[Mapping[str, Any]], *, delimiter: str = ",", raw: bool = False
) -> Iterator[str]:
    """Yield lines of CSV that ``read_table`` reads back unchanged; formulas are made harmless."""
    yield _csv_line(columns, delimiter, raw=raw)
    for row in rows:
        yield _csv_line([_cell(row.get(column)) for column in columns], delimiter, raw=raw)


def json_lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield lines of JSON."""
    for row in rows:
        yield json.dumps(row, ensure_ascii=False) + "\n"


def _text(source: str) -> str:
    try:
        data = read_bytes(source)
    except OSError as error:
        _reject(source, error.strerror or str(error))
    try:
        text = decoded(data)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        _reject(source, f"line {line} is not UTF-8 text; in a spreadsheet, save it as CSV UTF-8")
    if not text.strip():  # what made it has failed
        _reject(source, "it is empty; a table without rows is a line with the names of columns, or []")
    return text


def _from_json(text: str, source: str) -> list[Row]:
    numbered: list[tuple[int | None, Any]]
    if text.lstrip().startswith("["):
        numbered = [(None, item) for item in _parsed(text, source, None)]
    else:
        lines = enumerate(text.split("\n"), start=1)
        numbered = [(number, _parsed(line, source, number)) for number, line in lines if line.strip()]
    for number, row in numbered:
        if not isinstance(row, dict):
            _reject(source, "a row must be a JSON object", number)
    return [row for _, row in numbered]


def _parsed(text: str, source: str, line: int | None) -> Any:
    def no_constant(name: str) -> NoReturn:
        raise ValueError(f"JSON has no {name}")

    try:
        return json.loads(text, parse_constant=no_constant)
    except json.JSONDecodeError as error:
        _reject(source, f"not JSON: {error.msg}", error.lineno if line is None else line)
    except RecursionError:
        _reject(source, "it is nested too deeply", line)
    except ValueError as error:
        _reject(source, f"not JSON: {error}" if str(error).startswith("JSON") else "a number is too long", line)


def _from_csv(text: str, source: str, key: Sequence[str], delimiter: str | None) -> list[Row]:
    if announced := _ANNOUNCED.match(text):
        text, delimiter = text[announced.end() :], delimiter or announced[1]
    delimiter = delimiter or _delimiter_of(text, key)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[Row] = []
    header: Sequence[str] | None = None
    try:
        for cells in reader:
            if not cells:  # an empty line
                continue
            if header is None:
                header = [restored(cell) for cell in cells]
                _check_header(header, source)
            elif len(cells) != len(header):
                problem = f"{_cells(len(cells))}, where the header has {len(header)}"
                _reject(source, problem, reader.line_num)
            else:
                rows.append(dict(zip(header, map(restored, cells), strict=True)))
    except csv.Error as error:
        _reject(source, str(error), reader.line_num)
    if header is None:
        _reject(source, "the header line with the names of the columns is missing")
    if not rows and (
        missing := [name for name in key if name not in header]
    ):  # of rows, the table says what is missing
        _reject(source, f"there is no column {missing[0]!r}, which is the key", 1)
    return rows


def _check_header(header: Sequence[str], source: str) -> None:
    for position, name in enumerate(header, start=1):
        if not name:
            _reject(source, f"column {position} has no name", 1)
        if header.index(name) + 1 < position:
            _reject(source, f"two columns are named {name!r}", 1)


def _delimiter_of(text: str, key: Sequence[str]) -> str:
    for delimiter in DELIMITERS:
        try:
            header = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
        except csv.Error:
            continue
        if {*key} <= {restored(cell) for cell in header}:
            return delimiter
    return DELIMITERS[0]


def _csv_line(cells: Sequence[str], delimiter: str, *, raw: bool) -> str:
    line = io.StringIO()
    # Only what the end of a line contains is quoted by all versions of Python, and a cell may have a lone "\r".
    csv.writer(line, delimiter=delimiter, lineterminator="\r\n").writerow(cells if raw else map(defused, cells))
    return line.getvalue()[:-2] + "\n"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool | dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _reject(source: str, problem: str, line: int | None = None) -> NoReturn:
    name = "standard input" if source == STDIN else source
    where = f"{name}, line {line}" if line else name
    raise CommandError(f"error: {where}: {problem}", ExitStatus.USAGE)
