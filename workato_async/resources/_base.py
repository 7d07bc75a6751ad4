"""Resource: what every room of the API shares, so that an endpoint's method is a signature, a docstring, a return."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from workato_async.errors import InvalidResponseError
from workato_async.pages import Pages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workato_async.calls.caller import Caller
    from workato_async.endpoint import AnyEndpoint, Endpoint, Listing
    from workato_async.http.messages import Sink, Upload
    from workato_async.http.urls import PathArgument, Query

T = TypeVar("T")
IdT = TypeVar("IdT", int, str)
IdT_co = TypeVar("IdT_co", int, str, covariant=True)


class Resource:
    """Base of the resource families. You get them from a session: ``workato.recipes``."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def _call(
        self,
        endpoint: Endpoint[T],
        *arguments: PathArgument,
        query: Query | None = None,
        body: object = None,
        upload: Upload | None = None,
    ) -> T:
        """Call an endpoint whose answer has a value (or, with ``result=None``, says no more than that it worked)."""
        return cast("T", await self._caller.call(endpoint, arguments, query, body, upload=upload))

    async def _call_optional(
        self, endpoint: Endpoint[T], *arguments: PathArgument, query: Query | None = None, body: object = None
    ) -> T | None:
        """Call an endpoint that may have nothing to say."""
        return await self._caller.call(endpoint, arguments, query, body, optional=True)

    async def _save(self, sink: Sink, endpoint: AnyEndpoint, *arguments: PathArgument) -> None:
        """Call an endpoint whose answer is a file.

        Raises:
            InvalidResponseError: if it is another success than 200, which brings none.
        """
        response = await self._caller.exchange(endpoint, arguments, sink=sink)
        if response.status != 200:
            raise InvalidResponseError(
                f"{endpoint.key} answered {response.status}, without a file. "
                f"Correlation ids: {', '.join(response.correlation_ids)}.",
                status=response.status,
                endpoint=endpoint.key,
                correlation_ids=response.correlation_ids,
                attempts=response.attempts,
            )

    def _pages(
        self,
        endpoint: Endpoint[T],
        *arguments: PathArgument,
        query: Mapping[str, Any] | None = None,
        per_page: int | None = None,
        listing: Listing | None = None,
        timeout: float | None = None,
    ) -> Pages[T]:
        """Give the pages of a list; nothing is sent before they are iterated.

        Args:
            endpoint: the list.
            arguments: of its path.
            query: its other parameters, which some listings send in the body.
            per_page: the length of a page, None for the largest.
            listing: another way to walk it than the endpoint's own.
            timeout: seconds for a page, where an answer may take longer than the session's timeout.
        """
        return Pages(
            self._caller, endpoint, arguments, query or {}, listing=listing, per_page=per_page, timeout=timeout
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of a Workato session>"


class Identified(Protocol[IdT_co]):
    """Anything that has an id: a number, or a handle such as ``gin-AJTAt8w6-wdAgWM``."""

    @property
    def id(self) -> IdT_co:
        """Give its id."""
        ...


def id_of(thing: IdT | Identified[IdT]) -> IdT:
    """Give the id of an object, or the id itself; what is neither is refused when the path is built."""
    return cast("IdT", getattr(thing, "id", thing))


def without_none(**fields: object) -> dict[str, object]:
    """Give the arguments that are not None: those are the fields to send."""
    return {name: value for name, value in fields.items() if value is not None}


def commas(values: str | Sequence[str] | None) -> str | None:
    """Join what the API wants as one comma-separated string."""
    return values if values is None or isinstance(values, str) else ",".join(values)


def id_text(number: int | str | None) -> str | None:
    """Give an id as text, the form that some write endpoints want of folders and connections."""
    return None if number is None else str(number)
