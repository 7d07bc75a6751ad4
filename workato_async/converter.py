"""Bytes to models and back: the one place that knows JSON.

Every model is decoded by msgspec, straight from the bytes. Where the strict decoder refuses an answer, the one cattrs
converter has a second look at it, with the few liberties that live replies are known to take (ids that are numbers in
one reply and strings in the next, dates without an offset, one object where an array of one is documented, ``null`` for
an empty list). Only what neither can read is an error.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, get_args, get_origin

import attrs
import cattrs
import msgspec
from cattrs.gen import make_dict_structure_fn

from workato_async.base_model import Origin, remember, unwrap
from workato_async.endpoint import JsonObject
from workato_async.errors import ConfigurationError, InvalidResponseError

if TYPE_CHECKING:
    from collections.abc import Callable

    from workato_async.endpoint import AnyEndpoint, Endpoint, Listing

T = TypeVar("T")


def encode_body(body: object) -> bytes:
    """Give the JSON of a request body; attrs objects are taken apart and aware datetimes become UTC text.

    Raises:
        ConfigurationError: if something in it has no JSON form.
    """
    try:
        return msgspec.json.encode(_converter().unstructure(body))
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"the request body cannot be sent as JSON: {error}") from None


def api_time(moment: datetime) -> str:
    """Give the form in which the API takes moments, ``YYYY-MM-DDTHH:MM:SSZ`` in UTC.

    Raises:
        ConfigurationError: if the datetime is naive, since no one can tell which moment it means.
    """
    if moment.tzinfo is None:
        raise ConfigurationError(f"a datetime needs a time zone, and {moment.isoformat()} has none: add tzinfo=UTC")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def decode(endpoint: Endpoint[T], body: bytes) -> T | None:
    """Decode the answer of an endpoint that gives one object; None for an empty body or ``null``.

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
    """Decode one page of a list: its items, and what of its envelope says where it goes on.

    Raises:
        InvalidResponseError: if the body has another shape, with the JSON path.
    """
    origin = Origin(body, endpoint.wrapper)
    around = endpoint.wrapper.rpartition(".")[0]  # what is looked for stands next to the items
    try:
        envelope = _decoder(endpoint).decode(body)
        items = _unpack(envelope, endpoint)
        for key in around.split(".") if around else ():
            envelope = getattr(envelope, key)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        items = _second_look(endpoint, body, error)
        envelope = unwrap(decode_json(body), around)
    remember(items, origin)
    return items, {
        name: envelope.get(name) if isinstance(envelope, dict) else getattr(envelope, name, None)
        for name in _around(listing)
    }


def decode_json(body: bytes) -> Any:
    """Parse any JSON; None for an empty body.

    Raises:
        InvalidResponseError: if it is not JSON.
    """
    if not body:
        return None
    try:
        return msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidResponseError(
            f"the answer is {_describe(body)}, not JSON: check base_url and what lies between, e.g. a proxy"
        ) from None


@cache
def _decoder(endpoint: AnyEndpoint) -> msgspec.json.Decoder[Any]:
    """Build the msgspec decoder of an endpoint: its envelope around its model."""
    if endpoint.envelope:
        return msgspec.json.Decoder(endpoint.envelope)
    shape: Any = list[endpoint.result] if endpoint.single or endpoint.listing else endpoint.result  # type: ignore[name-defined]
    counters = [(name, Any, None) for name in _around(endpoint.listing)] if endpoint.listing else []
    for depth, key in enumerate(reversed(endpoint.wrapper.split(".") if endpoint.wrapper else ())):
        content = shape if endpoint.listing else shape | None
        shape = msgspec.defstruct("Envelope", [(key, content), *(counters if depth == 0 else [])])
    if not endpoint.listing:
        shape = shape | None
    return msgspec.json.Decoder(shape)


def _around(listing: Listing) -> list[str]:
    """Name what may stand around the items of a page and says where the list goes on."""
    return [name for name in ("per_page", listing.total, listing.following) if name]


def _unpack(value: Any, endpoint: AnyEndpoint) -> Any:
    if endpoint.envelope:
        return list(value.items)
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


def _second_look(endpoint: AnyEndpoint, body: bytes, refusal: Exception) -> Any:
    try:
        whole = decode_json(body)
    except InvalidResponseError as error:
        raise InvalidResponseError(f"{endpoint.key}: {error}", endpoint=endpoint.key) from None
    if endpoint.envelope:
        try:
            return list(_converter().structure(whole, endpoint.envelope).items)
        except Exception:
            _refuse(endpoint, refusal)
    tree = unwrap(whole, endpoint.wrapper)
    if tree is whole and endpoint.wrapper and isinstance(tree, dict) and not _demands_anything(endpoint.result):
        _refuse(endpoint, refusal)  # any object at all would do for a model without required fields
    if endpoint.single and isinstance(tree, list) and len(tree) == 1:
        tree = tree[0]
    shape: Any = list[endpoint.result] if endpoint.listing else endpoint.result  # type: ignore[name-defined]
    try:
        return None if tree is None and not endpoint.listing else _converter().structure(tree, shape)
    except Exception:
        _refuse(endpoint, refusal)


def _demands_anything(cls: type | None) -> bool:
    return cls is None or not attrs.has(cls) or any(field.default is attrs.NOTHING for field in attrs.fields(cls))


def _refuse(endpoint: AnyEndpoint, refusal: Exception) -> NoReturn:
    found = _MSGSPEC_PATH.match(str(refusal))
    path = (found and found["path"]) or "$"
    what = (found and found["what"]) or "not readable"
    raise InvalidResponseError(
        f"{endpoint.key}: the answer has an unexpected shape at {path}: {what}. "
        "If Workato changed its answer, please report it; `session.request` gives the raw JSON meanwhile.",
        path=path,
        endpoint=endpoint.key,
    ) from None


def _describe(body: bytes) -> str:
    """Describe a body without quoting it: an answer may hold a credential."""
    start = body[:256].lstrip().lower()
    kind = "an HTML page" if start.startswith((b"<!doctype", b"<html")) else "text"
    return f"{kind} of {len(body):,} bytes"


@cache
def _converter() -> cattrs.Converter:
    converter = cattrs.Converter(detailed_validation=False)
    converter.register_unstructure_hook(datetime, api_time)
    converter.register_unstructure_hook(float, _finite)
    converter.register_structure_hook(str, _to_text)
    converter.register_structure_hook(int, _to_integer)
    converter.register_structure_hook(float, _to_float)
    converter.register_structure_hook(bool, _to_boolean)
    converter.register_structure_hook(datetime, _to_datetime)
    converter.register_structure_hook_func(_is_array, lambda value, hint: _to_array(value, hint, converter))
    converter.register_structure_hook_factory(attrs.has, lambda cls: _null_is_missing(cls, converter))
    return converter


def _null_is_missing(cls: type, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    """Structure an attrs class, taking ``null`` as "not given" for fields that have a default."""
    structure: Callable[[Any, Any], Any] = make_dict_structure_fn(cls, converter)
    with_default = {field.name for field in attrs.fields(cls) if field.default is not attrs.NOTHING}

    def hook(value: Any, hint: Any) -> Any:
        if not isinstance(value, dict):
            raise TypeError(f"not an object: {type(value).__name__}")
        return structure({k: v for k, v in value.items() if v is not None or k not in with_default}, hint)

    return hook


def _finite(value: float) -> float:
    if not math.isfinite(value):  # it would be sent as null
        raise ValueError(f"{value} has no form in JSON")
    return value


def _is_array(hint: Any) -> bool:
    origin: Any = get_origin(hint)
    return origin in (list, tuple)


def _to_array(value: Any, hint: Any, converter: cattrs.Converter) -> Any:
    """Structure an array, and nothing else that Python would iterate over: an object, the letters of a text."""
    if not isinstance(value, list):
        raise TypeError("not an array")
    return get_origin(hint)(converter.structure(item, get_args(hint)[0]) for item in value)


def _to_text(value: Any, _: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise TypeError("not text")


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
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
