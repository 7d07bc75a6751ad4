"""Resource: what all resource modules share, so that a method is a signature, a docstring and a return."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from workato_async.pages import Pages

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence

    from workato_async.calls.caller import Caller
    from workato_async.endpoint import AnyEndpoint, Endpoint, Listing
    from workato_async.http.messages import Sink, Upload
    from workato_async.http.urls import PathArgument, Query
    from workato_async.pages import Cut

T = TypeVar("T")
IdT = TypeVar("IdT", int, str)
IdT_co = TypeVar("IdT_co", int, str, covariant=True)


class Resource:
    """Base of the resources of a session, e.g. ``workato.recipes``."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def _call(
        self,
        endpoint: Endpoint[T],
        *arguments: PathArgument,
        query: Query | None = None,
        body: object = None,
        upload: Upload | None = None,
    ) -> Coroutine[Any, Any, T]:
        """Call an endpoint whose response has a value (or, with ``result=None``, only says that it worked)."""
        return self._caller.call(endpoint, arguments, query, body, upload=upload)

    def _call_optional(
        self, endpoint: Endpoint[T], *arguments: PathArgument, query: Query | None = None, body: object = None
    ) -> Coroutine[Any, Any, T | None]:
        """Call an endpoint whose response may be empty."""
        return self._caller.call_optional(endpoint, arguments, query, body)

    def _save(self, sink: Sink, endpoint: AnyEndpoint, *arguments: PathArgument) -> Coroutine[Any, Any, None]:
        """Call an endpoint whose response is a file."""
        return self._caller.save(sink, endpoint, arguments)

    def _pages(
        self,
        endpoint: Endpoint[T],
        *arguments: PathArgument,
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
        return Pages(
            self._caller, endpoint, arguments, query or {}, listing=listing, per_page=per_page, timeout=timeout, cut=cut
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of a Workato session>"


class Identified(Protocol[IdT_co]):
    """Anything that has an id: a number, or a handle such as ``gin-AJTAt8w6-wdAgWM``."""

    @property
    def id(self) -> IdT_co:
        """The id."""
        ...


def id_of(thing: IdT | Identified[IdT]) -> IdT:
    """Return the id of an object, or the id itself; anything else fails when the path is built."""
    return cast("IdT", getattr(thing, "id", thing))


def without_none(**fields: object) -> dict[str, object]:
    """Return the arguments that are not None: the fields to send."""
    return {name: value for name, value in fields.items() if value is not None}


def commas(values: str | Sequence[str] | None) -> str | None:
    """Join values that the API expects as one comma-separated string."""
    return values if values is None or isinstance(values, str) else ",".join(values)


def id_text(number: int | str | None) -> str | None:
    """Return an id as text, the form in which some write endpoints expect folders and connections."""
    return None if number is None else str(number)
