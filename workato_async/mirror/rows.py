"""From an answer to rows: the columns of the models, and every object's own JSON beside them."""

from __future__ import annotations

from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from workato_async.base_model import unwrap
from workato_async.converter import decode, decode_json
from workato_async.mirror.schema import columns_of
from workato_async.mirror.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workato_async.mirror.streams import Stream

Row = dict[str, Any]


def rows_of(stream: Stream, parent: int, items: Sequence[Any]) -> list[Row]:
    """Give the rows of one page, as they came from one answer."""
    names, values, numbers = _columns(stream.name)
    rows = []
    for item, text in zip(items, _texts(items), strict=True):
        row = dict(zip(names, values(item), strict=True))
        if "\\u0000" in text or not all(fits(row[name]) for name in numbers):
            row = {name: _storable(value) for name, value in row.items()}
        row["json"] = text
        row["deleted_at"] = None
        if stream.parent:
            row[stream.parent_key] = parent
        rows.append(row)
    return rows


def as_listed(stream: Stream, parent: int, item: Any, before: str) -> Row:
    """Give the row of an object that was fetched alone, as if it had come from the list, which gives fewer fields.

    Args:
        stream: of the row.
        parent: the object under which it is listed.
        item: the object.
        before: its JSON as the list gave it.
    """
    fields = {*msgspec.json.decode(before), "error_parts"}
    tree = {name: value for name, value in msgspec.json.decode(_texts([item])[0]).items() if name in fields}
    assert stream.detail is not None  # noqa: S101 - only such streams look objects up
    return rows_of(stream, parent, [decode(stream.detail, msgspec.json.encode(tree))])[0]


def same(text: str, other: str) -> bool:
    """Tell whether two JSON texts say the same, in whatever order and spacing."""
    return text == other or msgspec.json.decode(text) == msgspec.json.decode(other)


@cache
def _columns(name: str) -> tuple[list[str], Callable[[Any], tuple[Any, ...]], list[str]]:
    """Give the columns of a stream's model, what gets them all from an object, and those that are whole numbers."""
    columns = columns_of(STREAMS[name].model)
    return [*columns], attrgetter(*columns), [name for name, kind in columns.items() if kind is sa.BigInteger]


def _texts(items: Sequence[Any]) -> list[str]:
    """Cut the answer from which models were decoded into the JSON of each of them."""
    if not items:
        return []
    origin = items[0]._origin  # noqa: SLF001 - models remember where they came from
    try:
        whole = _decoder(origin.wrapper).decode(origin.body)
        for key in origin.wrapper.split(".") if origin.wrapper else ():
            whole = getattr(whole, key)
        parts = [bytes(part).decode() for part in whole]
    except (msgspec.DecodeError, UnicodeDecodeError):
        # The second look found a shape that is not the documented one.
        data = unwrap(decode_json(origin.body), origin.wrapper)
        parts = [msgspec.json.encode(part).decode() for part in (data if isinstance(data, list) else [data])]
    return [parts[item._index] for item in items]  # noqa: SLF001


@cache
def _decoder(wrapper: str) -> msgspec.json.Decoder[Any]:
    shape: Any = list[msgspec.Raw]
    for key in reversed(wrapper.split(".") if wrapper else ()):
        shape = msgspec.defstruct("Envelope", [(key, shape)])
    return msgspec.json.Decoder(shape)


def _storable(value: Any) -> Any:
    """Give a value that any database can hold: no NUL, which PostgreSQL refuses, and no number beyond 64 bits."""
    if isinstance(value, str):
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return None if isinstance(value, int) and not fits(value) else value


def fits(key: object) -> bool:
    """Tell whether a database can hold a key as it is."""
    return -(2**63) <= key < 2**63 if isinstance(key, int) else "\0" not in str(key)
