"""The output formats: a table for people, JSON Lines and CSV for programs."""

from __future__ import annotations

import csv
import enum
import json
import os
import re
import shutil
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

import typer

from workato_async.cli.command_runner import discard_output
from workato_async.cli.formulas import defused
from workato_async.cli.terminal import echo_err, escape_control_chars, strip_control_chars

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Row = dict[str, Any]
GAP = "  "
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:")
MIN_WIDTH = 20
"""Shortened columns keep this many characters: enough for timestamps and job ids."""


class Format(enum.Enum):
    """How rows are printed."""

    TABLE = enum.auto()
    JSON = enum.auto()
    CSV = enum.auto()
    """Also for spreadsheets: what they would take for a formula has an apostrophe before it."""
    RAW_CSV = enum.auto()
    """For programs that read it back: every text as it is."""

    @classmethod
    def of(cls, as_json: bool, as_csv: bool, raw_csv: bool = False) -> Format:
        """Return the format that the flags select.

        Raises:
            typer.BadParameter: if they contradict each other.
        """
        if as_json and (as_csv or raw_csv):
            raise typer.BadParameter("use either --json or --csv")
        return cls.JSON if as_json else cls.RAW_CSV if raw_csv else cls.CSV if as_csv else cls.TABLE

    @property
    def is_csv(self) -> bool:
        """Whether it is a form of CSV."""
        return self in (Format.CSV, Format.RAW_CSV)

    @property
    def allows_progress(self) -> bool:
        """Whether nothing is printed to a terminal before the end, which leaves it to a progress bar."""
        return self is Format.TABLE or not sys.stdout.isatty()


class Rows:
    """Prints rows: JSON and CSV at once, a table when the block ends.

    Args:
        columns: the fields shown in a table or CSV; JSON shows all fields.
        format: how to print.
        none: printed on stderr if there are no rows for a table.
        header: False for CSV that continues earlier output.
        changing: the rows report changes: each is out at once, even if the process is killed, and goes to stderr if
            the output cannot be written. Changes go on when the reader of the output is gone.
    """

    def __init__(
        self,
        columns: Sequence[str],
        format: Format,  # noqa: A002
        *,
        none: str = "nothing found",
        header: bool = True,
        changing: bool = False,
    ) -> None:
        self._columns = columns
        self._format = format
        self._none = none
        self._header = header
        self._changing = changing
        self._problem: OSError | None = None
        self._kept: list[Row] = []
        self._csv = csv.writer(_Lines())

    def __enter__(self) -> Self:
        if self._format.is_csv and self._header:
            self._csv.writerow(map(self._csv_cell, self._columns))
        return self

    def add(self, row: Row) -> None:
        """Print a row, or keep it for the table."""
        if self._problem is not None:
            echo_err(json.dumps(row, ensure_ascii=False))
            return
        with self._reader_may_leave(row):
            if self._format is Format.JSON:
                print_json(row)
            elif self._format.is_csv:
                self._csv.writerow(self._csv_cell(row.get(column)) for column in self._columns)
            else:
                self._kept.append({column: row.get(column) for column in self._columns})
            if self._changing and self._format is not Format.TABLE:
                sys.stdout.flush()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._reader_may_leave(*self._kept):
            if self._kept:
                print_table(self._columns, [[*map(_cell, row.values())] for row in self._kept])
            elif kind is None and self._format is Format.TABLE:
                echo_err(self._none)
            sys.stdout.flush()
        if self._problem is not None and kind is None:
            raise self._problem

    def _csv_cell(self, value: object) -> object:
        """Return a cell of CSV; on a terminal it has no control characters."""
        flat = _flat(value)
        if not isinstance(flat, str):
            return flat
        if sys.stdout.isatty():
            flat = strip_control_chars(flat)
        return flat if self._format is Format.RAW_CSV else defused(flat, numbers=False)

    @contextmanager
    def _reader_may_leave(self, *rows: Row) -> Iterator[None]:
        """Continue without output if it cannot be written and the rows report changes."""
        try:
            yield
        except BrokenPipeError:
            if not self._changing:
                raise
            discard_output()
        except OSError as error:  # the disk is full
            if not self._changing:
                raise
            discard_output()
            self._problem = error
            for row in rows:
                echo_err(json.dumps(row, ensure_ascii=False))


class _Lines:
    """Writes lines of CSV with the platform's line ends; a writer that had those would not quote the other ones."""

    def write(self, line: str) -> None:
        sys.stdout.write(line.removesuffix("\r\n") + "\n")


def print_record(record: Row, format: Format) -> None:  # noqa: A002
    """Print one object: a line for each field, or one row of JSON or CSV."""
    if format is Format.TABLE:
        names = sorted(record, key=lambda name: name not in ("id", "name"))
        shown = {name: record[name] for name in names if record[name] not in (None, (), [], {})}
        print_table(("", ""), [[strip_control_chars(name), _cell(value)] for name, value in shown.items()])
        return
    with Rows(list(record), format) as rows:
        rows.add(record)


def print_json(value: object, indent: int | None = None) -> None:
    """Print JSON, in ASCII unless the output is UTF-8 or similar; a terminal gets no control characters."""
    unicode = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    text = json.dumps(value, ensure_ascii=not unicode, indent=indent) + "\n"
    sys.stdout.write(escape_control_chars(text) if sys.stdout.isatty() else text)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table, one line per row; on a terminal, columns that do not fit are shortened or left out."""
    from rich.cells import cell_len, set_cell_size

    lines = [columns, *rows] if any(columns) else rows
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    terminal = sys.stdout.isatty()
    if terminal and any(columns):
        _fit(widths, shutil.get_terminal_size().columns)
    for index, line in enumerate(lines):
        cells = [
            cell if cell_len(cell) <= width else set_cell_size(cell, width - 1) + "…"
            for cell, width in zip(line, widths, strict=False)
        ]
        text = GAP.join(cell + " " * (width - cell_len(cell)) for cell, width in zip(cells, widths, strict=True))
        bold = terminal and index == 0 and any(columns) and os.environ.get("TERM") != "dumb"
        typer.echo(typer.style(text.rstrip(), bold=True) if bold else text.rstrip())
    if len(widths) < len(columns):
        echo_err(f"terminal too narrow for {', '.join(columns[len(widths) :])}; use --json to see everything")


def _fit(widths: list[int], available: int) -> None:
    """Drop trailing columns if necessary, then shrink the widest; the first column keeps its width."""

    def surplus(columns: Sequence[int]) -> int:
        return sum(columns) + len(GAP) * (len(columns) - 1) - available

    while len(widths) > 1 and surplus([widths[0], *(min(width, MIN_WIDTH) for width in widths[1:])]) > 0:
        widths.pop()
    while len(widths) > 1 and surplus(widths) > 0:
        widest = max(range(1, len(widths)), key=lambda index: widths[index])
        widths[widest] -= 1


def _flat(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list | tuple) else value


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and _TIME.match(value):
        value = _in_utc(value)
    if isinstance(value, list | tuple) and not any(isinstance(item, dict | list) for item in value):
        value = ", ".join(map(str, value))
    return strip_control_chars(str(_flat(value)))


def _in_utc(text: str) -> str:
    """Convert a timestamp to UTC: responses mix offsets."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    return found.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ") if found.tzinfo else text
