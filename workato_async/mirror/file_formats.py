r"""The formats a stream is exported in. Each turns rows into bytes as they come.

| format | content |
|---|---|
| ``csv`` | RFC 4180 in UTF-8: a header, commas, ``\r\n``; NULL and an empty text are both empty cells |
| ``jsonl`` | one object per line, with the stored object as its ``json`` |
| ``parquet`` | 64-bit integers, booleans, texts, timestamps in UTC (µs); ``json`` is text. Extra ``parquet`` |

None of them changes a text, so you read back what was stored. In CSV, a text may therefore begin with ``=``, which a
spreadsheet takes for a formula unless the column is imported as text.

Times are in UTC in all of them, ``2026-01-31T08:00:00Z`` where they are text; booleans ``true`` and ``false``.
"""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
import sqlalchemy as sa

from workato_async.errors import ConfigurationError
from workato_async.mirror.schema import Instant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class Encoder(Protocol):
    """Turns the rows of one table into a file; used by one thread at a time."""

    def add(self, rows: Sequence[Sequence[Any]]) -> bytes:
        """Return what the file continues with, after these rows."""
        ...

    def end(self) -> bytes:
        """Return the rest of the file."""
        ...


class _Csv:
    def __init__(self, table: sa.Table) -> None:
        self._buffer = io.StringIO(newline="")
        self._writer = csv.writer(self._buffer)
        self._writer.writerow(table.c.keys())

    def add(self, rows: Sequence[Sequence[Any]]) -> bytes:
        self._writer.writerows([_cell(value) for value in row] for row in rows)
        return self.end()

    def end(self) -> bytes:
        text = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return text.encode()


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return str(value).lower() if isinstance(value, bool) else value


class _JsonLines:
    def __init__(self, table: sa.Table) -> None:
        self._names = table.c.keys()
        self._json = self._names.index("json")
        self._encoder = msgspec.json.Encoder()

    def add(self, rows: Sequence[Sequence[Any]]) -> bytes:
        return self._encoder.encode_lines([self._object(row) for row in rows])

    def _object(self, row: Sequence[Any]) -> dict[str, Any]:
        found = dict(zip(self._names, row, strict=True))
        # Stored as Workato sent it, maybe on many lines.
        found["json"] = msgspec.Raw(msgspec.json.format(row[self._json].encode(), indent=-1))
        return found

    def end(self) -> bytes:
        return b""


class _Parquet:
    """Writes a row group for every few megabytes, the least that is worth a group."""

    def __init__(self, table: sa.Table) -> None:
        try:
            self._arrow: Any = import_module("pyarrow")
            parquet: Any = import_module("pyarrow.parquet")
        except ModuleNotFoundError:
            raise ConfigurationError("pyarrow is missing: pip install 'workato-async[parquet]'") from None
        fields = [self._arrow.field(one.name, self._type(one), nullable=bool(one.nullable)) for one in table.c]
        self._schema = self._arrow.schema(fields)
        self._sink = _Sink()
        self._writer = parquet.ParquetWriter(self._sink, self._schema, compression="zstd")
        self._waiting: list[Any] = []

    def _type(self, column: sa.Column[Any]) -> Any:
        arrow = self._arrow
        kinds = {
            sa.BigInteger: arrow.int64(),
            sa.Float: arrow.float64(),
            sa.Boolean: arrow.bool_(),
            Instant: arrow.timestamp("us", tz="UTC"),
        }
        return kinds.get(type(column.type), arrow.string())

    def add(self, rows: Sequence[Sequence[Any]]) -> bytes:
        columns = zip(zip(*rows, strict=True), self._schema.types, strict=True)
        arrays = [self._arrow.array(values, kind) for values, kind in columns]
        self._waiting.append(self._arrow.RecordBatch.from_arrays(arrays, schema=self._schema))
        if sum(batch.nbytes for batch in self._waiting) >= _GROUP:
            self._write()
        return self._sink.take()

    def _write(self) -> None:
        self._writer.write_table(self._arrow.Table.from_batches(self._waiting, self._schema))
        self._waiting = []

    def end(self) -> bytes:
        if self._waiting:
            self._write()
        self._writer.close()
        return self._sink.take()


_GROUP = 16 * 2**20


class _Sink(io.RawIOBase):
    """A file that only grows, whose content is taken away piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []
        self._position = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def write(self, data: Any) -> int:
        self._pieces.append(bytes(data))
        self._position += len(self._pieces[-1])
        return len(self._pieces[-1])

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces = []
        return taken


FORMATS: Mapping[str, Callable[[sa.Table], Encoder]] = {"csv": _Csv, "jsonl": _JsonLines, "parquet": _Parquet}
"""What makes the encoder of a format; its name is also the suffix of its files."""


def in_utc(value: Any) -> Any:
    """Return a time in UTC, in which not every driver returns it, and any other value unchanged."""
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo is not UTC else value
