"""Resource: what all resource modules share, so that a method is a signature, a docstring and a return."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from workato_async._unset import UNSET
from workato_async.arguments import id_of, ids_of, plain
from workato_async.errors import ConfigurationError
from workato_async.http.urls import build_target
from workato_async.pages import Pages

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from workato_async._unset import Unset
    from workato_async.arguments import Id
    from workato_async.calls.caller import Caller
    from workato_async.endpoint import AnyEndpoint, Endpoint, Listing
    from workato_async.http.messages import Sink, Upload
    from workato_async.operations import Polled
    from workato_async.pages import Cut

T = TypeVar("T")


class Resource:
    """Base of the resources of a session, e.g. ``workato.recipes``."""

    __slots__ = ("_caller",)
    retired: ClassVar[str] = ""
    """The warning of calls to a family that Workato has retired."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def _call(
        self,
        endpoint: Endpoint[T],
        *arguments: Id,
        query: Mapping[str, Any] | None = None,
        body: object = None,
        upload: Upload | None = None,
    ) -> Coroutine[Any, Any, T]:
        """Call an endpoint whose response has a value (or, with ``result=None``, only says that it worked)."""
        if self.retired:
            warnings.warn(self.retired, DeprecationWarning, stacklevel=3)
        return self._caller.call(endpoint, arguments, query and _given(query), body, upload=upload)

    def _call_optional(self, endpoint: Endpoint[T], *arguments: Id) -> Coroutine[Any, Any, T | None]:
        """Call an endpoint whose response may be empty."""
        return self._caller.call_optional(endpoint, arguments)

    def _save(self, sink: Sink, endpoint: AnyEndpoint, *arguments: Id, link: str = "") -> Coroutine[Any, Any, object]:
        """Call an endpoint whose response is a file, or has the link to one in a field."""
        return self._caller.save(sink, endpoint, arguments, link=link)

    def _pages(
        self,
        endpoint: Endpoint[T],
        *arguments: Id,
        query: Mapping[str, Any] | None = None,
        per_page: int | None = None,
        listing: Listing | None = None,
        timeout: float | None = None,
        cut: Cut[T] | None = None,
    ) -> Pages[T]:
        """Return the pages of a list; nothing is sent before they are iterated.

        Args:
            endpoint: the list.
            arguments: of its path.
            query: its other parameters, which some listings send in the body.
            per_page: items per page, None for the maximum.
            listing: another kind of pagination than the endpoint's own.
            timeout: seconds per page, where a response may take longer than the session's timeout.
            cut: ends an iteration early.
        """
        if self.retired:
            warnings.warn(self.retired, DeprecationWarning, stacklevel=3)
        given = without_none(**query) if query else {}
        return Pages(
            *self._caller.resolve(endpoint, arguments),
            given,
            listing=listing,
            per_page=per_page,
            timeout=timeout,
            cut=cut,
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of a Workato session>"


def polled(caller: Caller, endpoint: AnyEndpoint, *arguments: Id) -> Polled:
    """Return a request of an operation, for its errors."""
    _, reached, path_arguments = caller.resolve(endpoint, arguments)
    return reached.key, build_target(reached.path, path_arguments), caller.hosts.get(reached.host, "")


def without_none(**fields: Any) -> dict[str, Any]:
    """Return the arguments that were given, in the form in which they are sent; see ``sent``."""
    return _given(fields)


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: sent(name, value) for name, value in fields.items() if value is not None and value is not UNSET}


def changes(endpoint: AnyEndpoint, /, **fields: Any) -> dict[str, Any]:
    """Return the fields that an update changes: all but those that are UNSET. None is sent as ``null``.

    Raises:
        ConfigurationError: if there are none.
    """
    given = {name: sent(name, value) for name, value in fields.items() if value is not UNSET}
    if not given:
        raise ConfigurationError(f"nothing to change: pass at least one of {', '.join(fields)}", endpoint=endpoint.key)
    return given


def sent(name: str, value: Any) -> Any:
    """Return an argument in the form in which it is sent: ids in place of objects, if its name says that it is an id.

    Raises:
        ConfigurationError: if an id is none.
    """
    if value is None or not (kind := _kind_of_id(name)):
        return value
    return id_of(value, name) if kind == "id" else ids_of(value, name)


@lru_cache(maxsize=1024)  # bounded: the columns of lookup tables are also names
def _kind_of_id(name: str) -> str:
    found = _ID.fullmatch(name)
    return found[1] if found else ""


_ID = re.compile(r"(?!external_id)(?:q\[)?(?:\w*_)?(ids?)(?:_eq)?\]?(?:\[\])?")
"""Names of arguments that are ids, such as ``folder_id``, ``q[recipe_id_eq]`` and ``user_ids[]``. An external id is
the caller's own text, and a column of a lookup table, ``by[…]``, may hold anything."""


def commas(values: str | Sequence[str] | Unset | None) -> str | Unset | None:
    """Join values that the API expects as one comma-separated string."""
    given = plain(values)
    if isinstance(given, Sequence) and not isinstance(given, str):
        given = ",".join(_text(plain(value)) for value in given)
    return cast("str | Unset | None", given)


def _text(value: object) -> str:
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value)
    raise ConfigurationError(f"a list of texts cannot have an item of type {type(value).__name__}")


def id_text(thing: Id | Unset | None, what: str) -> str | Unset | None:
    """Return an id as text, the form in which some write endpoints expect folders and connections."""
    return thing if thing is None or thing is UNSET else str(id_of(thing, what))
