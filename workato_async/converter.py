"""Bytes to models: the one place that reads JSON.

Every model is decoded by msgspec, straight from the bytes. What the strict decoder rejects is read again, as much of it
as can be (``workato_async.second_look``). Only what holds nothing that fits is an error.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

import attrs
import msgspec

from workato_async._json import UNREADABLE, leading_json
from workato_async.arguments import api_time as api_time
from workato_async.arguments import encode_body as encode_body
from workato_async.endpoint import JsonObject
from workato_async.errors import InvalidResponseError
from workato_async.origin import Origin, remember, remember_object
from workato_async.second_look import DecodedPage, parsed, read_items, read_object, read_whole

if TYPE_CHECKING:
    from workato_async.endpoint import AnyEndpoint, Endpoint, Listing

T = TypeVar("T")


def decode(endpoint: Endpoint[T], body: bytes) -> T | None:
    """Decode the response of an endpoint that returns one object; None for an empty body or ``null``.

    Raises:
        InvalidResponseError: if nothing of the body fits, with the JSON path.
    """
    if not body or body.isspace():
        return None
    if endpoint.also_under:
        endpoint = _as_sent(endpoint, body)
    try:
        value = _decoder(endpoint).decode(body)
        if endpoint.wrapper or endpoint.single:
            value = _unpack(value, endpoint)
    except UNREADABLE:
        return _read_again(endpoint, body)
    if not endpoint.wrapper and body.startswith(b"{") and body.endswith(b"}"):  # nearly always
        remember_object(value, body)
    else:
        remember([value], Origin(body, endpoint.wrapper))
    return value  # type: ignore[no-any-return]


def _read_again(endpoint: Endpoint[T], body: bytes) -> T | None:
    try:
        return read_object(endpoint, body)  # type: ignore[no-any-return]
    except InvalidResponseError:
        if not endpoint.is_read and (whole := leading_json(body)):  # it was done, whatever a proxy has added
            return decode(endpoint, whole)
        if endpoint.result is JsonObject and not endpoint.is_read and (text := confirmation(body)):
            return {"data": text.strip()}  # type: ignore[return-value]  # a write that was done, and says so in its own way
        if (nothing := without_fields(endpoint)) is None:
            raise
        tree = decode_json(body)
    remember([nothing], Origin(body if isinstance(tree, dict) else b'{"data":%b}' % body, ""))
    return nothing


def without_fields(endpoint: Endpoint[T]) -> T | None:
    """Return an empty model, the result of a write that was done and whose response has none of the model's fields.

    None for a read, and for a model with a field that it needs.
    """
    model: Any = endpoint.result
    if endpoint.is_read or not attrs.has(model):
        return None
    fields: Any = attrs.fields(model)
    return None if any(field.default is attrs.NOTHING for field in fields) else cast("T", model())


def decode_page(endpoint: Endpoint[T], body: bytes, listing: Listing) -> DecodedPage[T]:
    """Decode one page of a list.

    Raises:
        InvalidResponseError: if there is no list where one is documented, with the JSON path.
    """
    if endpoint.also_under:
        endpoint = _as_sent(endpoint, body)
    if endpoint.read_page is not None:
        return _continued(read_whole(endpoint, body, endpoint.read_page), listing)
    around = endpoint.wrapper.rpartition(".")[0]  # counters and cursors are next to the items
    try:
        envelope = _decoder(endpoint).decode(body)
        items = _unpack(envelope, endpoint)
        for key in around.split(".") if around else ():
            envelope = getattr(envelope, key)
    except UNREADABLE:
        return _continued(read_items(endpoint, body), listing)
    remember(items, Origin(body, endpoint.wrapper))
    return DecodedPage(items, {name: getattr(envelope, name, None) for name in _around(listing)})


def _as_sent(endpoint: Endpoint[T], body: bytes) -> Endpoint[T]:
    """Return an endpoint with the envelope that a body has, of the two that it may have."""
    found = re.match(rb'\s*\{\s*"' + endpoint.also_under.encode() + rb'"\s*:\s*([{\[])', body)
    return _enveloped(endpoint, found[1] == b"{") if found else endpoint


@cache
def _enveloped(endpoint: AnyEndpoint, around_object: bool) -> AnyEndpoint:
    """Return an endpoint whose data is under its other key; an object there may have the documented envelope, and where
    a list has none, that of most lists.
    """
    inner = endpoint.wrapper or ("items" if endpoint.listing and endpoint.read_page is None else "")
    keys = [endpoint.also_under, inner] if inner and around_object else [endpoint.also_under]
    return attrs.evolve(endpoint, wrapper=".".join(keys), also_under="")


def _continued(page: DecodedPage[T], listing: Listing) -> DecodedPage[T]:
    return attrs.evolve(page, envelope={name: page.envelope.get(name) for name in _around(listing)})


def decode_json(body: bytes) -> Any:
    """Parse any JSON; None for an empty body.

    Raises:
        InvalidResponseError: if it is not JSON.
    """
    return None if not body or body.isspace() else parsed(body)


def confirmation(body: bytes) -> str:
    """Return a body that is one word, such as ``OK``, as text; empty for any other, e.g. the greeting of a network."""
    return body.decode() if _WORD.fullmatch(body) else ""


_WORD = re.compile(rb"\s*[A-Za-z]{1,32}[.!]?\s*")


def accept_nothing(body: bytes) -> None:
    """Accept a response that only says that the call worked: any JSON to begin with, one word, or no body at all.

    Raises:
        InvalidResponseError: for anything else, such as the login page of a proxy.
    """
    if not confirmation(body) and not leading_json(body):
        decode_json(body)


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
