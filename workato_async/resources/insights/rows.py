"""The rows of a response of Insights, whatever its form. No source shows it: only that it is CSV or JSON.

It may be CSV with a header; an array of objects; or an array of arrays, with the names of the columns beside it or as
its first item: bare, one object per line, or under the usual keys. Columns with the same name get a number, so none is
lost. Everything is read row by row; in JSON, only the places of the rows are found in advance.
"""

from __future__ import annotations

import csv
import io
import mmap
import sys
from itertools import chain
from typing import IO, TYPE_CHECKING, Any

import msgspec

from workato_async._json import BYTE_ORDER_MARK, UNREADABLE, parse_json
from workato_async.errors import InvalidResponseError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Row = dict[str, Any]
"""One row by the names of its columns."""

ROWS = ("rows", "data", "result", "results", "records", "items", "tables")
"""The keys under which rows may be, those first that hold nothing else."""
COLUMNS = ("columns", "column_names", "header", "headers", "fields", "schema")
"""The keys under which the names of the columns may be."""
_NAMES = ("name", "column_name", "column", "field", "label")
"""The keys of the name, where a column is an object."""
_PROBLEMS = ("error", "errors")
"""The keys beside or in place of the rows under which a response says why it has none."""
_DEEPEST = 4
_BEGINNING = 1024


def rows_in(file: IO[bytes]) -> Iterator[Row]:
    """Iterate over the rows of a response, from the beginning of a file.

    Raises:
        InvalidResponseError: as soon as something cannot be understood.
    """
    file.seek(0)
    beginning = file.read(_BEGINNING).removeprefix(BYTE_ORDER_MARK).lstrip()
    file.seek(0)
    if not beginning:
        raise InvalidResponseError("the response is empty")
    if is_json(beginning):
        return _rows_of(*_table(_parsed(_whole(file))))
    return _csv_rows(file)


def is_json(beginning: bytes) -> bool:
    """Whether a response is JSON, by its first bytes; a header of CSV does not begin like that."""
    return beginning.removeprefix(BYTE_ORDER_MARK).lstrip()[:1] in (b"{", b"[")


def rows_of_tree(tree: Any) -> Iterator[Row] | Iterator[str]:
    """Iterate over the rows of parsed JSON, or over its items if all of them are plain text.

    Raises:
        InvalidResponseError: for anything that is not a table.
    """
    columns, found = _table(tree)
    rows = list(found)
    return iter(rows) if all(isinstance(row, str) for row in rows) else _rows_of(columns, rows)


def _whole(file: IO[bytes]) -> bytes:
    """Return the content of a file; of one on the disk without reading it into memory.

    Except on Windows, where a file that is mapped cannot be removed.
    """
    if isinstance(file, io.BytesIO) or sys.platform == "win32":
        return file.read()
    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)  # type: ignore[return-value]  # a buffer, as bytes are


def _parsed(body: bytes) -> Any:
    """Parse the outermost level of JSON, or one object for each line."""
    try:
        return _OUTER.decode(body)
    except UNREADABLE:
        pass
    try:
        return _LINE.decode_lines(body)
    except UNREADABLE:
        pass
    return _lenient(bytes(body))


def _lenient(body: bytes) -> Any:
    try:
        return parse_json(body)
    except msgspec.DecodeError as error:
        problem = str(error)
    raise InvalidResponseError(f"the response is neither CSV nor JSON: {problem}")


_OUTER = msgspec.json.Decoder(dict[str, msgspec.Raw] | list[msgspec.Raw])
_LINE = msgspec.json.Decoder(msgspec.Raw)


def _open(value: Any) -> Any:
    """Return one level of a value that was not parsed yet; the rows inside an array stay as they are."""
    if not isinstance(value, msgspec.Raw):
        return value
    try:
        return _OUTER.decode(value)
    except UNREADABLE:
        return _row(value)  # a text, a number, or JSON that only the last attempt can read


def _row(value: Any) -> Any:
    if not isinstance(value, msgspec.Raw):
        return value
    try:
        return msgspec.json.decode(value)
    except UNREADABLE:
        return _lenient(bytes(value))


def _table(tree: Any) -> tuple[list[str] | None, Iterable[Any]]:
    """Find the rows, and the names of their columns where they have any."""
    columns: list[str] | None = None
    for _ in range(_DEEPEST):
        tree = _open(tree)
        if isinstance(tree, list):
            return columns, tree
        if isinstance(tree, str):
            return None, _csv_rows(io.BytesIO(tree.encode()))
        if not isinstance(tree, dict):
            break
        if reported := next((key for key in _PROBLEMS if _row(tree.get(key))), ""):
            raise InvalidResponseError(f"the response has an error under {reported!r}, see the `body` of this error")
        columns = next(filter(None, (_names_in(tree.get(key)) for key in COLUMNS)), columns)
        key = next((key for key in ROWS if key in tree), None)
        if key is None:
            break
        tree = tree[key]
    raise InvalidResponseError("the response is JSON without rows in any known place")


def _names_in(value: Any) -> list[str]:
    """Return the names of columns, which are texts or objects with a name; nothing if it has none."""
    columns = _row(value)
    names = [_name(column) for column in columns] if isinstance(columns, list) else []
    return _distinct([name for name in names if name is not None]) if None not in names else []


def _name(column: Any) -> str | None:
    if isinstance(column, dict):
        column = next((column[key] for key in _NAMES if key in column), None)
    return column if isinstance(column, str) else None


def _distinct(names: Sequence[str]) -> list[str]:
    """Return names of which none is there twice: ``id``, ``id_2``, ``id_3``."""
    found: dict[str, None] = {}
    for name in names:
        distinct, number = name, 2
        while distinct in found:
            distinct, number = f"{name}_{number}", number + 1
        found[distinct] = None
    return list(found)


def _rows_of(columns: list[str] | None, rows: Iterable[Any]) -> Iterator[Row]:
    for number, raw in enumerate(rows):
        row = _row(raw)
        if isinstance(row, dict):
            yield row
        elif not isinstance(row, list):
            raise InvalidResponseError(f"row {number + 1} is neither an object nor an array")
        elif columns is None:  # the first row of such a table has the names
            columns = _names_in(row)
            if not columns:
                raise InvalidResponseError("the rows are arrays, and the names of their columns are not there")
        else:
            yield _named(columns, row, number + 1)


def _csv_rows(file: IO[bytes]) -> Iterator[Row]:
    # Line by line: a text wrapper would close the file, and other readers take more than line feeds for ends of lines.
    begun = chain([file.readline().removeprefix(BYTE_ORDER_MARK)], file)
    lines = csv.reader((line.decode(errors="replace") for line in begun), strict=True)
    try:
        header = next(lines, [])
        if any(not character.isprintable() for name in header for character in name) or _is_markup(header):
            raise InvalidResponseError("the response is neither CSV nor JSON")
        columns = _distinct(header)
        first = next(lines, None)
        if first is None and _is_sentence(columns, file):
            raise InvalidResponseError("the response is one word or sentence, not rows")
        for row in chain([] if first is None else [first], lines):
            if row or len(columns) == 1:  # the only value of a line may be empty
                yield _named(columns, row or [""], lines.line_num)
    except csv.Error as error:
        problem = str(error)
    else:
        return
    advice = "csv.field_size_limit() raises the limit of this process." if "field limit" in problem else ""
    raise InvalidResponseError(f"line {lines.line_num} is not CSV: {problem}", advice=advice)


def _is_markup(header: Sequence[str]) -> bool:
    return bool(header) and header[0].lstrip().startswith("<")


def _is_sentence(columns: Sequence[str], file: IO[bytes]) -> bool:
    """Whether a first line is a message: a table ends with the end of a line, and has no space after its commas."""
    if len(columns) > 1:
        return any(name.startswith(" ") for name in columns[1:])
    file.seek(0)
    return not file.read(_BEGINNING).endswith(b"\n")


def _named(columns: Sequence[str], values: Sequence[Any], number: int) -> Row:
    if len(values) != len(columns):
        raise InvalidResponseError(f"row {number} has {len(values)} values for {len(columns)} columns")
    return dict(zip(columns, values, strict=True))
