"""Bytes to models: the one place that reads JSON.

Every model is decoded by msgspec, straight from the bytes. What the strict decoder rejects, the one cattrs converter
decodes again, tolerating four deviations seen in live responses: ids that are numbers in one response and strings in
the next, dates without an offset, one object where an array of one is documented, and ``null`` for an empty list. Only
what neither can decode is an error.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, get_args, get_origin

import attrs
import cattrs
import msgspec
from cattrs.gen import make_dict_structure_fn

from workato_async._json import UNREADABLE, parse_json
from workato_async.arguments import api_time as api_time
from workato_async.arguments import encode_body as encode_body
from workato_async.base_model import unwrap
from workato_async.endpoint import JsonObject
from workato_async.errors import InvalidResponseError
from workato_async.origin import Origin, remember

if TYPE_CHECKING:
    from collections.abc import Callable

    from workato_async.endpoint import AnyEndpoint, Endpoint, Listing

T = TypeVar("T")


def decode(endpoint: Endpoint[T], body: bytes) -> T | None:
    """Decode the response of an endpoint that returns one object; None for an empty body or ``null``.

    Raises:
        InvalidResponseError: if the body has another shape, with the JSON path.
    """
    if not body:
        return None
    if endpoint.result is JsonObject and not endpoint.wrapper and body.lstrip().startswith(b"["):
        return {"data": decode_json(body)}  # type: ignore[return-value]
    try:
        value = _unpack(_decoder(endpoint).decode(body), endpoint)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        value = _second_look(endpoint, body, error)
    remember([value], Origin(body, endpoint.wrapper))
    return value  # type: ignore[no-any-return]


def decode_page(endpoint: Endpoint[T], body: bytes, listing: Listing) -> tuple[list[T], dict[str, Any]]:
    """Decode one page of a list: its items, and the part of its envelope that leads to the next page.

    Raises:
        InvalidResponseError: if the body has another shape, with the JSON path.
    """
    if endpoint.read_page is not None:
        page = _parsed(endpoint, body)
        try:
            return endpoint.read_page(page), _continuation(listing, page)
        except msgspec.ValidationError as error:
            _reject(endpoint, error)
    origin = Origin(body, endpoint.wrapper)
    around = endpoint.wrapper.rpartition(".")[0]  # counters and cursors are next to the items
    try:
        envelope = _decoder(endpoint).decode(body)
        items = _unpack(envelope, endpoint)
        for key in around.split(".") if around else ():
            envelope = getattr(envelope, key)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        items = _second_look(endpoint, body, error)
        envelope = unwrap(decode_json(body), around)
    remember(items, origin)
    return items, _continuation(listing, envelope)


def _continuation(listing: Listing, envelope: Any) -> dict[str, Any]:
    names = _around(listing)
    if isinstance(envelope, dict):
        return {name: envelope.get(name) for name in names}
    return {name: getattr(envelope, name, None) for name in names}


def decode_json(body: bytes) -> Any:
    """Parse any JSON; None for an empty body.

    Raises:
        InvalidResponseError: if it is not JSON.
    """
    if not body:
        return None
    try:
        return parse_json(body)
    except UNREADABLE:
        raise InvalidResponseError(
            f"the response is {_describe(body)}, not JSON: check base_url and anything in between, e.g. a proxy"
        ) from None


@cache
def _decoder(endpoint: AnyEndpoint) -> msgspec.json.Decoder[Any]:
    """Build the msgspec decoder of an endpoint: its envelope around its model."""
    shape: Any = list[endpoint.result] if endpoint.single or endpoint.listing else endpoint.result  # type: ignore[name-defined]
    counters = [(name, Any, None) for name in _around(endpoint.listing)] if endpoint.listing else []
    for depth, key in enumerate(reversed(endpoint.wrapper.split(".") if endpoint.wrapper else ())):
        content = shape if endpoint.listing else shape | None
        shape = msgspec.defstruct("Envelope", [(key, content), *(counters if depth == 0 else [])])
    if not endpoint.listing:
        shape = shape | None
    return msgspec.json.Decoder(shape)


def _around(listing: Listing) -> list[str]:
    """Return the names around the items of a page that lead to the next page."""
    return [name for name in ("per_page", listing.total, listing.following) if name]


def _unpack(value: Any, endpoint: AnyEndpoint) -> Any:
    for key in endpoint.wrapper.split(".") if endpoint.wrapper else ():
        if value is None:
            return None
        value = getattr(value, key)
    if endpoint.single and isinstance(value, list):
        if len(value) != 1:
            raise msgspec.ValidationError(f"Expected an array of one, got {len(value)}")
        return value[0]
    return value


_MSGSPEC_PATH = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)


def _parsed(endpoint: AnyEndpoint, body: bytes) -> Any:
    try:
        return decode_json(body)
    except InvalidResponseError as error:
        raise InvalidResponseError(f"{endpoint.key}: {error}", endpoint=endpoint.key) from None


def _second_look(endpoint: AnyEndpoint, body: bytes, reason: Exception) -> Any:
    whole = _parsed(endpoint, body)
    tree = unwrap(whole, endpoint.wrapper)
    if tree is whole and endpoint.wrapper and isinstance(tree, dict) and not _requires_fields(endpoint.result):
        _reject(endpoint, reason)  # a model without required fields would accept any object
    if endpoint.single and isinstance(tree, list) and len(tree) == 1:
        tree = tree[0]
    shape: Any = list[endpoint.result] if endpoint.listing else endpoint.result  # type: ignore[name-defined]
    try:
        return None if tree is None and not endpoint.listing else _converter().structure(tree, shape)
    except Exception:
        _reject(endpoint, reason)


def _requires_fields(cls: type | None) -> bool:
    return cls is None or not attrs.has(cls) or any(field.default is attrs.NOTHING for field in attrs.fields(cls))


def _reject(endpoint: AnyEndpoint, reason: Exception) -> NoReturn:
    found = _MSGSPEC_PATH.match(str(reason))
    path = (found and found["path"]) or "$"
    what = (found and found["what"]) or "not readable"
    raise InvalidResponseError(
        f"{endpoint.key}: the response has an unexpected shape at {path}: {what}. "
        "If Workato changed its response, please report it; until then, `session.request` returns the raw JSON.",
        path=path,
        endpoint=endpoint.key,
    ) from None


def _describe(body: bytes) -> str:
    """Describe a body without quoting it: a response may hold a credential."""
    start = body[:256].lstrip().lower()
    kind = "an HTML page" if start.startswith((b"<!doctype", b"<html")) else "text"
    return f"{kind} of {len(body):,} bytes"


@cache
def _converter() -> cattrs.Converter:
    converter = cattrs.Converter(detailed_validation=False)
    converter.register_structure_hook(str, _to_text)
    converter.register_structure_hook(int, _to_integer)
    converter.register_structure_hook(float, _to_float)
    converter.register_structure_hook(bool, _to_boolean)
    converter.register_structure_hook(datetime, _to_datetime)
    converter.register_structure_hook(str | tuple[str, ...] | None, _to_text_or_texts)
    converter.register_structure_hook_func(_is_array, lambda value, hint: _to_array(value, hint, converter))
    converter.register_structure_hook_factory(attrs.has, lambda cls: _null_is_missing(cls, converter))
    return converter


def _null_is_missing(cls: type, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    """Structure an attrs class, treating ``null`` as absent for fields that have a default."""
    structure: Callable[[Any, Any], Any] = make_dict_structure_fn(cls, converter)
    with_default = {field.name for field in attrs.fields(cls) if field.default is not attrs.NOTHING}

    def hook(value: Any, hint: Any) -> Any:
        if not isinstance(value, dict):
            raise TypeError(f"not an object: {type(value).__name__}")
        return structure({k: v for k, v in value.items() if v is not None or k not in with_default}, hint)

    return hook


def _is_array(hint: Any) -> bool:
    origin: Any = get_origin(hint)
    return origin in (list, tuple)


def _to_array(value: Any, hint: Any, converter: cattrs.Converter) -> Any:
    """Structure an array, but nothing else that Python can iterate over, such as an object or a string."""
    if not isinstance(value, list):
        raise TypeError("not an array")
    return get_origin(hint)(converter.structure(item, get_args(hint)[0]) for item in value)


def _to_text(value: Any, _: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise TypeError("not text")


def _to_text_or_texts(value: Any, hint: Any) -> Any:
    if isinstance(value, list):
        return tuple(_to_text(item, hint) for item in value)
    return None if value is None else _to_text(value, hint)


def _to_integer(value: Any, _: Any) -> int:
    if isinstance(value, bool):
        raise TypeError("not a number")
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        return int(value)
    raise TypeError("not a whole number")


def _to_float(value: Any, _: Any) -> float:
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        return float(value)
    raise TypeError("not a number")


def _to_boolean(value: Any, _: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise TypeError("not a boolean")


def _to_datetime(value: Any, _: Any) -> datetime:
    time = datetime.fromisoformat(value)
    return time if time.tzinfo else time.replace(tzinfo=UTC)
