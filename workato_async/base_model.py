"""Model: the base of every typed response.

A model is a frozen, slotted attrs class that msgspec fills straight from the bytes of the response, at the cost of a
bare JSON parse. The price of that speed is that fields the class does not have are skipped. To lose none of them, a
model remembers where it came from (:class:`Origin`); ``raw`` and ``extra`` are computed when they are read.
"""

from __future__ import annotations

import typing
from datetime import datetime
from functools import cache, lru_cache
from typing import Annotated, Any, TypeVar

import attrs
import msgspec

from workato_async._json import BYTE_ORDER_MARK

if typing.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ModelT = TypeVar("ModelT", bound="Model")

AwareDatetime = Annotated[datetime, msgspec.Meta(tz=True)]
"""A datetime that always has an offset; a response without one is taken as UTC."""


@attrs.frozen(eq=False)
class Origin:
    """The response that models were decoded from: its body, and the dotted key under which its data is."""

    body: bytes = attrs.field(repr=False)  # it may hold a credential
    wrapper: str


@lru_cache(maxsize=1)
def _objects(origin: Origin) -> Sequence[msgspec.Raw]:
    """Split a response into the JSON objects of its models, once for all items of a page that are asked in turn."""
    data = msgspec.Raw(origin.body.removeprefix(BYTE_ORDER_MARK).strip())
    for key in origin.wrapper.split(".") if origin.wrapper else ():
        try:
            data = getattr(_level(key).decode(data), key)
        except msgspec.ValidationError:
            continue  # some responses leave a level out: see unwrap()
    try:
        return _ARRAY.decode(data)
    except msgspec.ValidationError:
        return (data,)


_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])


@cache
def _level(key: str) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(msgspec.defstruct("Envelope", [(key, msgspec.Raw)]))


def unwrap(tree: Any, wrapper: str) -> Any:
    """Follow a dotted key into a JSON tree; a missing level is skipped, because some responses leave it out."""
    for key in wrapper.split(".") if wrapper else ():
        if isinstance(tree, dict) and key in tree:
            tree = tree[key]
    return tree


class Model:
    """Base of every typed response."""

    __slots__ = ("_index", "_origin")
    _origin: Origin
    _index: int

    @property
    def raw(self) -> bytes | None:
        """The JSON object exactly as Workato sent it, unknown fields included; None for an object you build yourself.

        The bytes are cut out of the response when this is read. The response is split once for all the objects of a
        page as long as no other page is read in between.
        """
        try:
            origin, index = self._origin, self._index
        except AttributeError:
            return None
        return bytes(_objects(origin)[index])

    @property
    def extra(self) -> Mapping[str, Any]:
        """Fields of the response that this class does not have, so that a field Workato adds tomorrow is usable today.

        Unknown fields of nested objects are under the nested field's name. Empty for an object you build yourself.
        """
        raw = self.raw
        return {} if raw is None else _unknown(type(self), msgspec.json.decode(raw))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the fields and this object's own JSON; the rest of the response stays behind."""
        fields = {field.name: getattr(self, field.name) for field in attrs.fields(type(self))}  # type: ignore[arg-type]
        return _rebuild, (type(self), fields, self.raw)


_set_origin = Model._origin.__set__  # type: ignore[attr-defined, misc]  # noqa: SLF001 - bypasses frozen
_set_index = Model._index.__set__  # type: ignore[attr-defined, misc]  # noqa: SLF001


def remember(models: Iterable[object], origin: Origin) -> None:
    """Record where freshly decoded models came from; objects of other classes are left alone."""
    for index, model in enumerate(models):
        if isinstance(model, Model):
            _set_origin(model, origin)
            _set_index(model, index)


def _rebuild(cls: type[ModelT], fields: dict[str, Any], raw: bytes | None) -> ModelT:
    model = cls(**fields)
    if raw is not None:
        remember([model], Origin(raw, ""))
    return model


def _unknown(cls: type, tree: Any) -> dict[str, Any]:
    if not isinstance(tree, dict):
        return {}
    parts = _parts(cls)
    unknown: dict[str, Any] = {}
    for key, value in tree.items():
        if key not in parts:
            unknown[key] = value
        elif (part := parts[key]) is None:
            continue
        elif isinstance(value, list):
            if any(found := [_unknown(part, item) for item in value]):
                unknown[key] = found
        elif found_one := _unknown(part, value):
            unknown[key] = found_one
    return unknown


@cache
def _parts(cls: type) -> dict[str, type | None]:
    """Return each field of an attrs class with the attrs class nested in it, if any."""
    hints = typing.get_type_hints(cls)
    return {field.name: _nested(hints[field.name]) for field in attrs.fields(cls)}


def _nested(hint: Any) -> type | None:
    origin = typing.get_origin(hint)
    if origin is None and isinstance(hint, type):
        return hint if attrs.has(hint) else None
    if origin is dict:
        return None  # its keys are data, not names of fields
    return next((part for argument in typing.get_args(hint) if (part := _nested(argument))), None)
