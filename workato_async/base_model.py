"""The bases of every typed response: ``Model``, and ``Part`` for the objects inside one.

A model is a frozen, slotted attrs class that msgspec fills straight from the bytes of the response, at the cost of a
bare JSON parse. The price of that speed is that fields the class does not have are skipped. To lose none of them, a
model remembers where it came from (``workato_async.origin``); ``raw``, ``extra`` and ``to_dict`` are computed when
they are asked for.
"""

from __future__ import annotations

import json
import math
from datetime import datetime
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import attrs
import msgspec

from workato_async._json import parse_json
from workato_async.origin import Received, restore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ModelT = TypeVar("ModelT", bound="Model")

AwareDatetime = Annotated[datetime, msgspec.Meta(tz=True)]
"""A datetime that always has an offset; a response without one is taken as UTC."""

SHOWN = 40
"""Characters of one value in a repr."""


def unwrap(tree: Any, wrapper: str) -> Any:
    """Follow a dotted key into a JSON tree; a missing level is skipped, because some responses leave it out."""
    for key in wrapper.split(".") if wrapper else ():
        if isinstance(tree, dict) and key in tree:
            tree = tree[key]
    return tree


class Part:
    """Base of the typed objects inside a response: hashable, with a short repr, convertible back to JSON."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        """Put the methods that attrs would write otherwise into the class itself, where it looks for them."""
        super().__init_subclass__()
        for name in ("__hash__", "__repr__"):
            if cls.__dict__.get(name) is None:
                setattr(cls, name, getattr(cls, name) or getattr(Part, name))

    def to_dict(self) -> dict[str, Any]:
        """Return the fields that are set, as plain JSON types; times are in ISO 8601.

        It has this class's fields only: whatever else Workato sent is in the ``to_dict()`` of the whole response.
        """
        return _set_fields(self)

    def to_json(self) -> str:
        """Return ``to_dict`` as JSON text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, separators=(",", ":"))

    def __hash__(self) -> int:
        """Hash the type with the id or, without one, with what can be hashed of the fields: equal ones hash alike."""
        id_ = getattr(self, "id", None)
        if isinstance(id_, int | float | str):
            return hash((type(self), id_))
        values = (getattr(self, name) for name in _defaults(self))
        return hash((type(self), *(value for value in values if isinstance(value, int | float | str | datetime))))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(_shown_fields(self))})"


class Model(Part, Received):
    """Base of every typed response."""

    __slots__ = ()

    @property
    def extra(self) -> Mapping[str, Any]:
        """What Workato sent and the fields do not hold, so that a field it adds tomorrow is usable today.

        These are the fields that this class does not have, and the raw values of those that could not be decoded, such
        as an invalid date, whose attribute is None or empty. What belongs to a nested object is under the name of its
        field. Empty for an object you build yourself.
        """
        raw = self.raw
        return {} if raw is None else _unread(self, parse_json(raw)) or {}

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object as Workato sent it, unknown fields included: ``pd.DataFrame(r.to_dict() for r in …)``.

        Every call returns a new dict of plain JSON types. Of an object you build yourself, it has the fields that are
        set, with times in ISO 8601.
        """
        raw = self.raw
        found = _set_fields(self) if raw is None else parse_json(raw)
        return found if isinstance(found, dict) else {}

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle the fields and this object's own JSON; the rest of the response stays behind."""
        cls: Any = type(self)
        return _rebuild, (cls, {f.alias: getattr(self, f.name) for f in attrs.fields(cls) if f.init}, self.raw)


def _rebuild(cls: type[ModelT], fields: dict[str, Any], raw: bytes | None) -> ModelT:
    model = cls(**fields)
    if raw is not None:
        restore(model, raw)
    return model


def _defaults(part: object) -> dict[str, Any]:
    """Return the names of all fields with their defaults; ``attrs.NOTHING`` for those without."""
    cls: type = type(part)
    return _defaults_of(cls)


@cache
def _defaults_of(cls: Any) -> dict[str, Any]:
    return {field.name: _default_of(field) for field in attrs.fields(cls)}


def _default_of(field: attrs.Attribute[Any]) -> Any:
    default: Any = field.default
    if not isinstance(default, attrs.Factory):  # type: ignore[arg-type]
        return default
    return attrs.NOTHING if default.takes_self else default.factory()


def _set_fields(part: Part) -> dict[str, Any]:
    fields = ((name, getattr(part, name), default) for name, default in _defaults(part).items())
    return {name: _plain(value) for name, value, default in fields if value != default}


def _plain(value: Any) -> Any:
    match value:
        case Part():
            return _set_fields(value)
        case dict():
            return {str(_plain(key)): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case Enum():
            return _plain(value.value)
        case None | bool() | int():
            return value
        case float():
            return value if math.isfinite(value) else None
        case datetime():
            return value.isoformat()
    return str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # JSON text has no half characters


def _unread(value: Any, sent: Any, default: Any = None) -> Any:
    """Return what of the JSON that was sent is not in the value decoded from it; None if all of it is."""
    if sent is None or value == sent:
        return None
    if isinstance(sent, list) and not isinstance(value, tuple | list):
        sent_item = sent[0] if len(sent) == 1 else None  # an array of one may stand for an object
        return _unread(value, sent_item) if isinstance(value, Part) and isinstance(sent_item, dict) else sent
    if isinstance(value, Part):
        return _unread_fields(value, sent) if isinstance(sent, dict) else sent
    if isinstance(value, tuple | list):
        sent_items = sent if isinstance(sent, list) else [sent]  # and an object for an array of one
        if len(sent_items) != len(value):
            return sent
        items = [_unread(*pair) for pair in zip(value, sent_items, strict=True)]
        return None if all(item is None for item in items) else [{} if item is None else item for item in items]
    if isinstance(value, dict) and isinstance(sent, dict):
        found = {name: _unread(value.get(name), item) for name, item in sent.items()}
        return {name: item for name, item in found.items() if item is not None} or None
    defaulted = value is None or (value == default and str(value).lower() != str(sent).lower())
    return sent if defaulted or isinstance(value, dict) else None


def _unread_fields(part: Part, sent: dict[str, Any]) -> dict[str, Any] | None:
    known = _defaults(part)
    found = {
        name: _unread(getattr(part, name), item, known[name]) if name in known else item for name, item in sent.items()
    }
    return {name: item for name, item in found.items() if item is not None or name not in known} or None


def _shown_fields(part: Any) -> Iterator[str]:
    for field, default in zip(attrs.fields(type(part)), _defaults(part).values(), strict=True):
        value = getattr(part, field.name)
        if default is attrs.NOTHING or not (value == default or value is None or value in ((), [], {})):
            yield f"{field.name}={_shown(value) if field.repr else '<hidden>'}"


def _shown(value: Any) -> str:
    if isinstance(value, Part):
        return repr(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str):
        return repr(value if len(value) <= SHOWN else value[: SHOWN - 1] + "…")
    if isinstance(value, list | tuple) and any(isinstance(item, Part) for item in value):
        return _count(value)
    text = repr(value)
    if len(text) <= SHOWN:
        return text
    return _count(value) if isinstance(value, list | tuple | dict) else text[: SHOWN - 1] + "…"


def _count(value: Sequence[Any] | dict[Any, Any]) -> str:
    many = "" if len(value) == 1 else "s"
    return f"{{{len(value)} key{many}}}" if isinstance(value, dict) else f"[{len(value)} item{many}]"
