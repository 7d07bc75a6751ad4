"""What a sync of a lookup table does, worked out before anything is changed."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs

from workato_async._brake import is_too_many
from workato_async.arguments import api_time, plain
from workato_async.errors import ConfigurationError
from workato_async.resources.lookup_tables.models import LookupTable, LookupTableRow, LookupTableSync, RowChange

if TYPE_CHECKING:
    from workato_async.endpoint import JsonObject

SHOWN = 5
"""Examples that an error names."""
_OTHER_THAN_TEXT = {"integer": "number", "number": "number", "boolean": "boolean"}
Key = tuple[str, ...]


class Plan(NamedTuple):
    """The changes, and how columns are named in requests."""

    table: LookupTable
    added: Sequence[RowChange]
    changed: Sequence[RowChange]
    removed: Sequence[RowChange]
    unchanged: int
    kept: int
    present: int
    names: Mapping[str, str]

    @property
    def too_many_removals(self) -> bool:
        """Whether it removes so many rows that the rows given may be the wrong ones."""
        return is_too_many(len(self.removed), self.present)

    def require_few_removals(self, *, allowed: bool) -> None:
        """Raise an error if it removes too many rows.

        Raises:
            ConfigurationError: if it does, and that is not allowed.
        """
        if self.too_many_removals and not allowed:
            raise ConfigurationError(
                f"this would remove {len(self.removed):,} of the {self.present:,} rows of {_name(self.table)}; "
                "nothing was changed",
                advice="If that is meant, pass allow_deletions=True; remove=False keeps the rows that were not given.",
            )

    def require_part_of(self, planned: LookupTableSync) -> None:
        """Raise an error if it does more than was planned, because the table was changed since.

        Raises:
            ConfigurationError: if it does.
        """
        agreed = {_identity(change): change for change in planned.changes}
        todo = (*self.added, *self.changed, *self.removed)
        more = [change for change in todo if agreed.get(_identity(change)) != change]
        if more:
            raise ConfigurationError(
                f"{_name(self.table)} was changed since: {len(more):,} of the changes differ from those planned; "
                "nothing was changed",
                advice="Plan again.",
            )

    def report(self, **fields: Any) -> LookupTableSync:
        """Return the report of what it does, with other fields for what was done."""
        report = LookupTableSync(
            table=self.table,
            added=tuple(self.added),
            changed=tuple(self.changed),
            removed=tuple(self.removed),
            unchanged=self.unchanged,
            kept=self.kept,
            too_many_removals=self.too_many_removals,
        )
        return attrs.evolve(report, **fields)

    def sent(self, data: JsonObject) -> JsonObject:
        """Return values by column as the API names them."""
        return {self.names.get(column, column): value for column, value in data.items()}


class Columns:
    """The columns of a table: what their labels are, and how values compare."""

    def __init__(self, table: LookupTable) -> None:
        try:
            columns = [column for column in table.columns if isinstance(column, dict)]
        except (ValueError, TypeError):
            raise ConfigurationError(f"the schema of {_name(table)} cannot be read: {table.schema!r:.80}") from None
        self.table = table
        labels = [str(column.get("label") or column.get("name")) for column in columns]
        self._label_of = {
            str(one["name"]): label for one, label in zip(columns, labels, strict=True) if one.get("name")
        }
        kinds = (_OTHER_THAN_TEXT.get(str(column.get("type")), "text") for column in columns)
        self._kinds = dict(zip(labels, kinds, strict=True))

    def keys(self, key: str | Sequence[str]) -> Sequence[str]:
        """Return the key columns."""
        keys = [key] if isinstance(key, str) else [*key] if isinstance(key, Sequence) else []
        if not keys or not all(isinstance(column, str) and column for column in keys):
            raise ConfigurationError(f"key must be a column, or several of them, not {key!r}")
        self._require_known(keys, "key")
        return keys

    def require(self, given: Iterable[JsonObject]) -> None:
        """Raise an error unless the table has all columns, and their values can be sent."""
        self._require_known(dict.fromkeys(column for row in given for column in row), "the rows")
        for number, row in enumerate(given, start=1):
            for column, value in row.items():
                if reason := _unsendable(value):
                    raise ConfigurationError(
                        f"row {number}: {column!r} is {reason}",
                        advice="A value is text, a number, True, False or None.",
                    )

    def _require_known(self, columns: Iterable[str], what: str) -> None:
        unknown = [column for column in columns if column not in self._kinds]
        if unknown and self._kinds:
            similar = {_folded(label): label for label in self._kinds}
            meant = similar.get(_folded(unknown[0]))
            raise ConfigurationError(
                f"{what}: {_name(self.table)} has no column {_listed(unknown)}"
                + (f"; did you mean {meant!r}?" if meant else ""),
                advice=f"Its columns are {', '.join(map(repr, self._kinds))}; upper and lower case count.",
            )

    def text(self, column: str, value: object) -> str:
        """Return the text by which two values of a column are compared."""
        kind, text = self._kinds.get(column, "text"), _text(value)
        if kind == "boolean":
            return text.lower()
        if kind == "number":
            with suppress(InvalidOperation):
                number = Decimal(text)
                return str(number.normalize()) if number.is_finite() else text
        return text

    def key(self, row: JsonObject, keys: Sequence[str]) -> Key:
        """Return the key of a row."""
        return tuple(self.text(column, row.get(column)) for column in keys)

    def sendable(self, row: JsonObject) -> JsonObject:
        """Return values as they are sent: columns of text get text, whatever kind of file it comes from."""
        return {c: _text(value) if self._kinds.get(c, "text") == "text" else value for c, value in row.items()}

    def labeled(self, row: JsonObject) -> JsonObject:
        """Return the data of a row by the labels of columns."""
        return {c if c in self._kinds else self._label_of.get(c, c): value for c, value in row.items()}

    def names_in_use(self, rows: Iterable[LookupTableRow]) -> Mapping[str, str]:
        """Return the names by label, if rows have names such as ``col1`` where the documentation has labels."""
        used = {column for row in rows for column in row.data if column not in self._kinds} & self._label_of.keys()
        return {label: name for name, label in self._label_of.items()} if used else {}


class Wanted(NamedTuple):
    """The rows given, checked against the columns of a table."""

    columns: Columns
    keys: Sequence[str]
    rows: Mapping[Key, JsonObject]


def wanted(table: LookupTable, given: Sequence[JsonObject], key: str | Sequence[str]) -> Wanted:
    """Check the rows given.

    Raises:
        ConfigurationError: if the table cannot hold them, or the key does not tell them apart.
    """
    columns = Columns(table)
    keys = columns.keys(key)
    columns.require(given)
    return Wanted(columns, keys, _by_key(given, columns, keys))


def plan(given: Wanted, present: Sequence[LookupTableRow], *, remove: bool) -> Plan:
    """Compare the rows given with those of a table.

    Raises:
        ConfigurationError: if the table has several rows for one of them.
    """
    columns, keys = given.columns, given.keys
    names = columns.names_in_use(present)
    rows = {row.id: columns.labeled(row.data) for row in present}
    there: dict[Key, list[int]] = defaultdict(list)
    for row_id, data in rows.items():
        there[columns.key(data, keys)].append(row_id)
    _require_one_each(there, given)

    added, changed, unchanged = [], [], 0
    for key, data in given.rows.items():
        shown = {column: data[column] for column in keys}
        if key not in there:
            added.append(RowChange(action="add", key=shown, after=columns.sendable(data)))
            continue
        [row_id] = there[key]
        before = rows[row_id]
        different = {c: v for c, v in data.items() if columns.text(c, v) != columns.text(c, before.get(c))}
        if different:
            old = {column: before.get(column) for column in different}
            new = columns.sendable(different)
            changed.append(RowChange(action="change", key=shown, row_id=row_id, before=old, after=new))
        else:
            unchanged += 1
    gone = [
        RowChange(action="remove", key={c: rows[row_id].get(c) for c in keys}, row_id=row_id, before=rows[row_id])
        for key, row_ids in there.items()
        if key not in given.rows
        for row_id in row_ids
    ]
    return Plan(
        table=columns.table,
        added=added,
        changed=changed,
        removed=gone if remove else (),
        unchanged=unchanged,
        kept=0 if remove else len(gone),
        present=len(present),
        names=names,
    )


def _identity(change: RowChange) -> tuple[object, ...]:
    return (change.action, change.row_id, *map(str, change.key.values()))


def _by_key(given: Sequence[JsonObject], columns: Columns, keys: Sequence[str]) -> dict[Key, JsonObject]:
    numbers: dict[Key, list[int]] = defaultdict(list)
    for number, row in enumerate(given, start=1):
        for column in keys:
            if not _text(row.get(column)):
                raise ConfigurationError(f"row {number} has no {column!r}, which is its key")
        numbers[columns.key(row, keys)].append(number)
    if twice := {_shown(key): rows for key, rows in numbers.items() if len(rows) > 1}:
        found = [f"{key} in rows {', '.join(map(str, rows[:SHOWN]))}" for key, rows in twice.items()]
        raise ConfigurationError(f"the key {_of(keys)} must be unique: {_listed(found, quoted=False)}")
    return {key: given[rows[0] - 1] for key, rows in numbers.items()}


def _require_one_each(there: Mapping[Key, Sequence[int]], given: Wanted) -> None:
    """Raise an error if the table has several rows for the key of a row: it is not known which of them is meant."""
    twice = {_shown(key): ids for key, ids in there.items() if len(ids) > 1 and key in given.rows}
    if twice:
        found = [f"{key} has ids {', '.join(map(str, ids[:SHOWN]))}" for key, ids in twice.items()]
        table, keys = _name(given.columns.table), _of(given.keys)
        raise ConfigurationError(
            f"{table} has several rows with the same {keys}: {_listed(found, quoted=False)}",
            advice="Choose another key, or delete all but one of them (lookup_tables.rows.delete).",
        )


def _unsendable(value: object) -> str:
    """Return what is wrong with a value; empty if it can be sent."""
    if isinstance(value, float | Decimal) and not math.isfinite(value):
        return f"{value}, which JSON does not have"
    if isinstance(value, str) and not value.isascii() and any("\ud800" <= one <= "\udfff" for one in value):
        return "not valid Unicode: it has half a surrogate pair"
    if value is None or isinstance(plain(value), str | int | float | Decimal | date):
        return ""
    return f"of type {type(value).__name__}"


def _text(value: object) -> str:
    value = plain(value)
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case datetime():
            return api_time(value)
        case date():
            return value.isoformat()
        case dict() | list():  # in the table; nothing documented has them
            return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value)


def _folded(label: str) -> str:
    return "".join(label.split()).casefold()


def _shown(key: Key) -> str:
    return " / ".join(map(repr, key))


def _of(keys: Sequence[str]) -> str:
    return " and ".join(map(repr, keys))


def _listed(found: Sequence[str], *, quoted: bool = True) -> str:
    shown = ", ".join(map(repr, found[:SHOWN])) if quoted else "; ".join(found[:SHOWN])
    return shown + (f" and {len(found) - SHOWN:,} more" if len(found) > SHOWN else "")


def _name(table: LookupTable) -> str:
    return f"lookup table {table.id}" + (f" ({table.name})" if table.name else "")
