"""Model: the base of every typed answer.

A model is a frozen, slotted attrs class that msgspec fills straight from the bytes of the answer, which costs what a
bare JSON parse costs. The price of that speed is that fields the class does not have are skipped; so that none is lost,
a model remembers where it came from (:class:`Origin`) and works out ``extra`` when it is asked for.
"""

from __future__ import annotations

import typing
from datetime import datetime
from functools import cache, lru_cache
from typing import Annotated, Any, TypeVar

import attrs
import msgspec

if typing.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ModelT = TypeVar("ModelT", bound="Model")

AwareDatetime = Annotated[datetime, msgspec.Meta(tz=True)]
"""A datetime that always knows its offset; an answer without one is taken as UTC."""


@attrs.frozen(eq=False)
class Origin:
    """One answer: its body, the dotted key under which its data sits, and the models decoded from it."""

    body: bytes = attrs.field(repr=False)  # it may hold a credential
    wrapper: str

    def data(self) -> Any:
        """Parse the body again, generically, and give what sits under the wrapper."""
        return _parsed(self)


@lru_cache(maxsize=1)
def _parsed(origin: Origin) -> Any:
    """Parse an answer once for all the items of its page that are asked one after the other."""
    return unwrap(msgspec.json.decode(origin.body.removeprefix(b"\xef\xbb\xbf")), origin.wrapper)


def unwrap(tree: Any, wrapper: str) -> Any:
    """Follow a dotted key into a JSON tree; a level that is missing is skipped, because some answers leave it out."""
    for key in wrapper.split(".") if wrapper else ():
        if isinstance(tree, dict) and key in tree:
            tree = tree[key]
    return tree


class Model:
    """Base of every typed answer.

    ``extra`` holds what the answer had and the class has no field for, so that a field Workato adds tomorrow can be
    used today; unknown fields of nested objects stand under the nested field's name. It is empty for objects you build
    yourself.
    """

    __slots__ = ("_index", "_origin")
    _origin: Origin
    _index: int

    @property
    def extra(self) -> Mapping[str, Any]:
        """Fields of the answer that this class does not have."""
        try:
            origin, index = self._origin, self._index
        except AttributeError:
            return {}
        data = origin.data()
        if isinstance(data, list):
            data = data[index]
        return _unknown(type(self), data)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by field values; what was extra is worked out first, since the answer's body does not travel."""
        fields = {field.name: getattr(self, field.name) for field in attrs.fields(type(self))}  # type: ignore[arg-type]
        return _rebuild, (type(self), fields, dict(self.extra))


_set_origin = Model._origin.__set__  # type: ignore[attr-defined, misc]  # noqa: SLF001 - slots, set past the freezing
_set_index = Model._index.__set__  # type: ignore[attr-defined, misc]  # noqa: SLF001


def remember(models: Iterable[object], origin: Origin) -> None:
    """Tell freshly decoded models where they came from; objects of other classes are left alone."""
    for index, model in enumerate(models):
        if isinstance(model, Model):
            _set_origin(model, origin)
            _set_index(model, index)


def _rebuild(cls: type[ModelT], fields: dict[str, Any], extra: dict[str, Any]) -> ModelT:
    model = cls(**fields)
    remember([model], Origin(msgspec.json.encode(extra), ""))
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
    """Give each field of an attrs class with the attrs class nested in it, if there is one."""
    hints = typing.get_type_hints(cls)
    return {field.name: _nested(hints[field.name]) for field in attrs.fields(cls)}


def _nested(hint: Any) -> type | None:
    origin = typing.get_origin(hint)
    if origin is None and isinstance(hint, type):
        return hint if attrs.has(hint) else None
    if origin is dict:
        return None  # keys are data there, not names of fields
    return next((part for argument in typing.get_args(hint) if (part := _nested(argument))), None)
