"""Responses that msgspec rejected, read again: as much of them as can be.

An array of one may stand for an object, and a level of the envelope may be missing, or be there without being
documented. Each item of a page is read on its own. What had to be left out is logged once for each endpoint and field.
"""

from __future__ import annotations

from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

import attrs
import msgspec

from workato_async._json import UNREADABLE, cut, cut_array, parse_json
from workato_async.endpoint import JsonObject
from workato_async.errors import InvalidResponseError
from workato_async.events import logger
from workato_async.origin import Origin, remember
from workato_async.tolerant import MisfitError, Odd, Path, json_path, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from workato_async.endpoint import AnyEndpoint

T = TypeVar("T")

ENVELOPES = ("data", "result", "results", "items")
"""The keys under which endpoints have their data, for one that is not where it is documented."""
LOGGED_AT_MOST = 1000
NOTHING_LIKE_IT = " at line 1, column 1"
"""Where the parser stops in a text that does not even begin like JSON."""


@attrs.frozen
class UnreadableItem:
    """An item of a page that cannot be read, such as ``null`` or an object without its id.

    Attributes:
        index: its place on the page, from 0.
        path: the JSON path of what is wrong, e.g. ``$.items[3].id``.
        reason: what is wrong with it.
        raw: the item, exactly as it was sent.
    """

    index: int
    path: str
    reason: str
    raw: bytes = attrs.field(repr=False)  # it may hold a credential


@attrs.frozen
class DecodedPage(Generic[T]):
    """One page of a list.

    Attributes:
        items: its items, in order, without those that cannot be read.
        envelope: the counters and cursors next to them.
        unreadable: the items that cannot be read.
    """

    items: list[T]
    envelope: dict[str, Any] = attrs.field(factory=dict)
    unreadable: tuple[UnreadableItem, ...] = ()

    @property
    def ids(self) -> list[Any]:
        """The id of each item, in the order of the page, including unreadable ones; None where it has none."""
        ids = ids_of(self.items)
        for item in self.unreadable:
            ids.insert(item.index, _id_in(item.raw))
        return ids


def ids_of(items: Sequence[object]) -> list[Any]:
    """Return the id of each item, None where it has none."""
    try:
        return list(map(_id, items))
    except AttributeError:
        return [item.get("id") if isinstance(item, dict) else getattr(item, "id", None) for item in items]


_id = attrgetter("id")


def _id_in(raw: bytes) -> int | str | None:
    try:
        tree = parse_json(raw)
    except msgspec.DecodeError:
        return None
    id_ = tree.get("id") if isinstance(tree, dict) else None
    return id_ if isinstance(id_, int | str) and not isinstance(id_, bool) and id_ != "" else None


def parsed(body: bytes, endpoint: str = "") -> Any:
    """Parse a response.

    Raises:
        InvalidResponseError: if it is not JSON.
    """
    try:
        return parse_json(body)
    except msgspec.DecodeError as error:
        problem = str(error)
    raise not_json(body, problem, endpoint)


def not_json(body: bytes, problem: str, endpoint: str = "") -> InvalidResponseError:
    """Return the error for a body that is not JSON. It does not quote the body, which may hold a credential."""
    size, kind = f"{len(body):,} bytes", "an HTML page" if is_markup(body) else "text"
    if not body.strip():
        reason = "the response is empty, not JSON"
    elif is_markup(body) or problem.endswith(NOTHING_LIKE_IT):
        reason = f"the response is {kind} of {size}, not JSON: check base_url and anything in between, e.g. a proxy"
    else:
        reason = f"the response of {size} is not JSON: {problem}"
    return InvalidResponseError(reason, endpoint=endpoint)


def is_markup(body: bytes) -> bool:
    """Whether a body is a page for a browser, such as a login page: no JSON and no plain text begins like that."""
    return body[:256].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def read_object(endpoint: AnyEndpoint, body: bytes) -> Any:
    """Read a response that is one object; None for ``null``.

    Raises:
        InvalidResponseError: if nothing of it fits, with the JSON path of what does not.
    """
    tree = parsed(body, endpoint.key)
    misfits: list[MisfitError] = []
    for path, value in _places(tree, endpoint.wrapper):
        if value is None and not misfits:
            return None
        if endpoint.result is JsonObject:
            return value if isinstance(value, dict) else {"data": value}
        odd: list[Odd] = []
        try:
            model, path = _read_one(endpoint, value, path, odd, documented=not misfits)
        except MisfitError as misfit:
            misfits.append(misfit)
            continue
        remember([model], Origin(_cut(endpoint, body, path), ""))
        _log(endpoint, odd)
        return model
    _reject(endpoint, misfits[0].reason, json_path(misfits[0].path))  # of where it is documented


def _read_one(endpoint: AnyEndpoint, value: Any, path: Path, odd: list[Odd], *, documented: bool) -> tuple[Any, Path]:
    model: Any = endpoint.result
    if isinstance(value, list) and (endpoint.single or attrs.has(model)):
        if len(value) != 1:
            what = "an array of one" if endpoint.single else "an object"
            raise MisfitError(path, f"expected {what}, got an array of {len(value)}")
        value, path = value[0], (*path, 0)
    missing = _missing(endpoint, path)
    # A model without required fields accepts any object: without its envelope, it must be known by a field.
    if attrs.has(model) and (missing or not documented) and isinstance(value, dict):
        names = {field.name for field in attrs.fields(model)}
        if names.isdisjoint(value):
            raise MisfitError(path, f"missing required field `{missing}`" if missing else "no known field")
    return read(value, model, path, odd), path


def _missing(endpoint: AnyEndpoint, path: Path) -> str:
    """Return the first level of the documented envelope that is not there, empty if all are."""
    return next((key for key in endpoint.wrapper.split(".") if key and key not in path), "")


def read_items(endpoint: AnyEndpoint, body: bytes) -> DecodedPage[Any]:
    """Read a page of a list, item by item; its envelope is all that is next to the items.

    Raises:
        InvalidResponseError: if there is no list in it, with the JSON path of where it should be.
    """
    tree = parsed(body, endpoint.key)
    places = list(_places(tree, endpoint.wrapper))
    # Elsewhere than documented, a list must be known by its items: an empty one could be anything.
    known = {places[0][0], (endpoint.also_under,)}
    lists = [(path, value) for path, value in places if isinstance(value, list) and (value or path in known)]
    if not lists:
        path, value = places[0]
        missing = _missing(endpoint, path)
        reason = f"missing required field `{missing}`" if missing and isinstance(value, dict) else "not an array"
        _reject(endpoint, reason, json_path(path))
    path, _ = lists[0]
    items: list[Any] = []
    unreadable: list[UnreadableItem] = []
    odd: list[Odd] = []
    for index, raw in enumerate(cut_array(_cut(endpoint, body, path))):
        try:
            item = _read_item(endpoint, raw, (*path, index), odd)
        except MisfitError as misfit:
            unreadable.append(UnreadableItem(index, json_path(misfit.path), misfit.reason, raw))
        else:
            remember([item], Origin(raw, ""))
            items.append(item)
    if unreadable and not items and _missing(endpoint, path):
        _reject(endpoint, unreadable[0].reason, unreadable[0].path)
    _log(endpoint, odd)
    return _page(endpoint, items, _follow(tree, path[:-1]), unreadable)


def read_whole(endpoint: AnyEndpoint, body: bytes, read_page: Callable[[Any], list[Any]]) -> DecodedPage[Any]:
    """Read a page whose items cannot be decoded one by one; what does not fit as a whole is tried row by row.

    Raises:
        InvalidResponseError: if there is no list in it, with the JSON path of where it should be.
    """
    page = parsed(body, endpoint.key)
    try:
        return _page(endpoint, read_page(page), page, [])
    except msgspec.ValidationError as error:
        problem = str(error)
    key = endpoint.wrapper or ENVELOPES[0]
    reason, path = _parts_of(problem)
    if not path.startswith(f"$.{key}["):
        _reject(endpoint, reason, path)
    items: list[Any] = []
    unreadable: list[UnreadableItem] = []
    for index, raw in enumerate(cut_array(_cut(endpoint, body, (key,)))):
        try:
            items += read_page({**page, key: [page[key][index]]})
        except msgspec.ValidationError as error:
            reason, path = _parts_of(str(error))
            path = path.replace(f".{key}[0]", f".{key}[{index}]", 1)
            unreadable.append(UnreadableItem(index, path, reason, raw))
    return _page(endpoint, items, page, unreadable)


def _parts_of(text: str) -> tuple[str, str]:
    """Return what an error of msgspec says, and the JSON path at which."""
    reason, _, path = text.partition(" - at `")
    return reason, path.rstrip("`") or "$"


def _page(endpoint: AnyEndpoint, items: list[Any], envelope: Any, unreadable: list[UnreadableItem]) -> DecodedPage[Any]:
    if unreadable and _first_time(endpoint, ""):
        logger.warning(
            "%s: %d of the %d items of a page cannot be read (%s: %s). `page.unreadable` has them; this is logged once "
            "for each endpoint",
            endpoint.key,
            len(unreadable),
            len(unreadable) + len(items),
            unreadable[0].path,
            unreadable[0].reason,
        )
    return DecodedPage(items, envelope if isinstance(envelope, dict) else {}, tuple(unreadable))


def _read_item(endpoint: AnyEndpoint, raw: bytes, path: Path, odd: list[Odd]) -> Any:
    before = len(odd)
    try:
        return _item_decoder(endpoint).decode(raw)
    except UNREADABLE:
        pass
    try:
        return read(parse_json(raw), endpoint.result, path, odd)
    except MisfitError:
        del odd[before:]
        raise
    except msgspec.DecodeError as error:
        raise MisfitError(path, str(error)) from None


@cache
def _item_decoder(endpoint: AnyEndpoint) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(endpoint.result or Any)


def _places(tree: Any, wrapper: str) -> Iterator[tuple[Path, Any]]:
    """Iterate over where the data may be: first where it is documented, less the levels that are missing."""
    path: Path = ()
    value = tree
    for key in wrapper.split(".") if wrapper else ():
        if isinstance(value, dict) and key in value:
            path, value = (*path, key), value[key]
    yield path, value
    if path != tuple(wrapper.split(".")) and isinstance(value, dict) and value.get("success") in (None, True, "true"):
        for key in ENVELOPES:
            if key in value:
                yield (*path, key), value[key]


def _follow(tree: Any, path: Sequence[str | int]) -> Any:
    """Return a part of a JSON tree."""
    for key in path:
        tree = tree[key]
    return tree


def _cut(endpoint: AnyEndpoint, body: bytes, path: Path) -> bytes:
    try:
        return cut(body, path)
    except msgspec.DecodeError as error:
        problem = str(error)
    raise not_json(body, problem, endpoint.key)


def _reject(endpoint: AnyEndpoint, reason: str, path: str) -> NoReturn:
    advice = ""
    if endpoint.is_read:  # a write would be done twice
        advice = (
            "If Workato changed its response, please report it; until then, `session.request` returns the raw JSON."
        )
    raise InvalidResponseError(
        f"{endpoint.key}: the response has an unexpected shape at {path}: {reason}.",
        path=path,
        endpoint=endpoint.key,
        advice=advice,
    ) from None


# --- what users learn of it


_logged: set[tuple[str, str]] = set()


def _log(endpoint: AnyEndpoint, odd: Sequence[Odd]) -> None:
    for value in odd:
        where = "".join("[]" if isinstance(key, int) else f".{key}" for key in value.path)
        if _first_time(endpoint, where):
            logger.warning(
                "%s: %s of a response cannot be read (%s). It is left out%s; this is logged once for each field",
                endpoint.key,
                json_path(value.path),
                value.reason,
                ", and `extra` has it as it was sent" if hasattr(endpoint.result, "extra") else "",
            )


def _first_time(endpoint: AnyEndpoint, where: str) -> bool:
    """Whether this has not been logged yet."""
    if (endpoint.key, where) in _logged or len(_logged) >= LOGGED_AT_MOST:
        return False
    _logged.add((endpoint.key, where))
    return True
