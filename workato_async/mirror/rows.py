"""From objects to rows: the columns of the models, and every object's own JSON."""

from __future__ import annotations

from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import attrs
import msgspec
import sqlalchemy as sa

from workato_async import Page
from workato_async.mirror.schema import columns_of
from workato_async.mirror.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workato_async.mirror.streams import Stream

Row = dict[str, Any]


def rows_of(stream: Stream, parent: int, items: Sequence[Any]) -> list[Row]:
    """Return the rows of one page."""
    names, values, numbers = _columns(stream.name)
    rows = []
    for item in items:
        text = _json_of(item)
        row = dict(zip(names, values(item), strict=True))
        if "\\u0000" in text or not all(fits(row[name]) for name in numbers):
            row = {name: _storable(value) for name, value in row.items()}
        row["json"] = text
        row["deleted_at"] = None
        if stream.parent:
            row[stream.parent_key] = parent
        rows.append(row)
    return rows


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
    fields = {*msgspec.json.decode(before), "error_parts"}
    tree = {name: value for name, value in msgspec.json.decode(_json_of(item)).items() if name in fields}
    return rows_of(stream, parent, objects_of(stream, [msgspec.json.encode(tree).decode()]))[0]


def objects_of(stream: Stream, texts: Sequence[str]) -> Sequence[Any]:
    """Return the objects that were stored as these JSON texts."""
    unwrapped = attrs.evolve(stream.endpoint, wrapper="")
    return Page.from_json(unwrapped, f"[{','.join(texts)}]".encode()).items


def same(text: str, other: str) -> bool:
    """Whether two JSON texts are equal, apart from the order of keys and spacing."""
    return text == other or msgspec.json.decode(text) == msgspec.json.decode(other)


@cache
def _columns(name: str) -> tuple[list[str], Callable[[Any], tuple[Any, ...]], list[str]]:
    """Return the columns of a stream's model, a getter of their values, and the names of the whole numbers."""
    columns = columns_of(STREAMS[name].model)
    return [*columns], attrgetter(*columns), [name for name, kind in columns.items() if kind is sa.BigInteger]


def _storable(value: Any) -> Any:
    """Return a value that any database can hold: without NUL, which PostgreSQL rejects, or numbers beyond 64 bits."""
    if isinstance(value, str):
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return None if isinstance(value, int) and not fits(value) else value


def fits(key: object) -> bool:
    """Whether a database can hold a key as it is."""
    return -(2**63) <= key < 2**63 if isinstance(key, int) else "\0" not in str(key)
