"""From objects to rows: the columns of the models, and every object's own JSON."""

from __future__ import annotations

import json
import re
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs
import msgspec
import sqlalchemy as sa

from workato_async import Page
from workato_async.mirror.schema import TABLES
from workato_async.mirror.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workato_async.mirror.streams import Stream


class Row(NamedTuple):
    """One row.

    Attributes:
        id: of its object.
        json: the object as Workato sent it.
        values: all its columns, in the order of the table.
    """

    id: Any
    json: str
    values: tuple[Any, ...]


def rows_of(stream: Stream, parent: int, items: Sequence[Any]) -> list[Row]:
    """Return the rows of one page."""
    fields, numbers = _columns(stream.name)
    under = (parent,) if stream.parent else ()
    rows = []
    for item in items:
        text = _json_of(item)
        values = fields(item)
        if "\\u" in text or any(values[at] is not None and not -_LARGE <= values[at] < _LARGE for at in numbers):
            values = tuple(map(_storable, values))
        rows.append(Row(values[0], text, (*under, *values, text, None)))
    return rows


def without_columns(stream: Stream, row: Row) -> Row:
    """Return a row with its key and its JSON only, the other columns NULL."""
    kept = (column.primary_key or column.name == "json" for column in TABLES[stream.name].c)
    return row._replace(values=tuple(value if keep else None for value, keep in zip(row.values, kept, strict=True)))


def _json_of(item: Any) -> str:
    """Return the JSON of an object as Workato sent it, mended where it is not JSON that a database takes."""
    text: str = item.raw.decode(errors="replace")
    try:
        _VALID.decode(text)
    except msgspec.DecodeError:  # NaN, or text that is not Unicode
        text = item.to_json()
    return text


_VALID = msgspec.json.Decoder(msgspec.Raw)


def as_listed(stream: Stream, parent: int, item: Any, before: str) -> Row:
    """Return the row of an object that was fetched on its own, without the fields that the list does not have.

    Args:
        stream: of the row.
        parent: the object that it is listed under.
        item: the object.
        before: its JSON as the list returned it.
    """
    fields = {*tree_of(before), "error_parts"}
    tree = {name: value for name, value in tree_of(_json_of(item)).items() if name in fields}
    return rows_of(stream, parent, objects_of(stream, [msgspec.json.encode(tree).decode()]))[0]


def objects_of(stream: Stream, texts: Sequence[str]) -> Sequence[Any]:
    """Return the objects that were stored as these JSON texts."""
    unwrapped = attrs.evolve(stream.endpoint, wrapper="")
    return Page.from_json(unwrapped, f"[{','.join(texts)}]".encode()).items


def same(text: str, other: str) -> bool:
    """Whether two JSON texts are equal, apart from the order of keys and spacing."""
    return text == other or tree_of(text) == tree_of(other)


def tree_of(text: str) -> Any:
    """Return stored JSON as objects; a number beyond the range of floats is infinite."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return json.loads(text)


@cache
def _columns(name: str) -> tuple[Callable[[Any], tuple[Any, ...]], list[int]]:
    """Return a getter of the fields that are columns of a stream, and the positions of whole numbers among them."""
    columns = list(TABLES[name].c)[:-2]  # without `json` and `deleted_at`
    columns = columns[bool(STREAMS[name].parent) :]
    return attrgetter(*(column.name for column in columns)), [
        at for at, column in enumerate(columns) if isinstance(column.type, sa.BigInteger)
    ]


_LARGE = 2**63
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""NUL, which PostgreSQL rejects, and halves of characters."""


def _storable(value: Any) -> Any:
    """Return a value that any database can hold: without NUL, halves of characters, or numbers beyond 64 bits."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    return None if isinstance(value, int) and not fits(value) else value


def fits(value: object) -> bool:
    """Whether a database can hold a number."""
    return not isinstance(value, int) or -_LARGE <= value < _LARGE


def is_key(value: object) -> bool:
    """Whether a value can be the id of a row: a database can hold it, and a path or a cursor can name it."""
    if isinstance(value, str):
        return _KEY.fullmatch(value) is not None and value not in (".", "..")
    return isinstance(value, int) and 0 <= value < _LARGE


_KEY = re.compile(r"[^\x00-\x20\x7f-\x9f/\\?#%\ud800-\udfff]{1,255}")
