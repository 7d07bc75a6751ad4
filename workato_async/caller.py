"""Caller: one call of an endpoint, from its arguments to its typed result."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from workato_async import converter, reply
from workato_async.errors import InvalidResponseError
from workato_async.exchange import Request
from workato_async.limits.queue import Priority
from workato_async.target import build_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workato_async.endpoint import AnyEndpoint, Endpoint, Listing
    from workato_async.exchange import Response, Send
    from workato_async.target import PathArgument, Query

T = TypeVar("T")

_random = random.SystemRandom()  # neither a seed set by the program nor a fork may repeat its numbers


@attrs.frozen(eq=False)
class Caller:
    """Sends calls with the options of one session, or of one view of it.

    Attributes:
        send: the pipeline, retry outermost.
        timeout: seconds to wait for an answer.
        max_wait: seconds to wait for a token, None for what the limiter says.
        priority: whom its calls pass in the queue for a token.
    """

    send: Send
    timeout: float
    max_wait: float | None = None
    priority: Priority = Priority.NORMAL

    async def call(
        self,
        endpoint: Endpoint[T],
        arguments: Sequence[PathArgument],
        query: Query | None = None,
        body: object = None,
        *,
        optional: bool = False,
    ) -> T | None:
        """Call an endpoint that gives one object; None only if it has no result, or may have nothing to say."""
        response = await self.exchange(endpoint, arguments, query, body)
        try:
            if endpoint.result is None:
                _accept_nothing(response.body)
                return None
            value = converter.decode(endpoint, response.body)
            if value is None and not optional:
                raise InvalidResponseError("the answer is empty where an object is documented", path="$")
            return value
        except InvalidResponseError as error:
            raise _located(error, endpoint, response) from None

    async def page(
        self, endpoint: Endpoint[T], listing: Listing, arguments: Sequence[PathArgument], query: Query
    ) -> tuple[list[T], dict[str, int]]:
        """Fetch one page of a list: its items and the counters of its envelope."""
        response = await self.exchange(endpoint, arguments, query)
        try:
            return converter.decode_page(endpoint, response.body, listing.total)
        except InvalidResponseError as error:
            raise _located(error, endpoint, response) from None

    async def json(
        self, endpoint: AnyEndpoint, arguments: Sequence[PathArgument], query: Query | None = None, body: object = None
    ) -> Any:
        """Call an endpoint and give its JSON as it is."""
        response = await self.exchange(endpoint, arguments, query, body)
        if endpoint.is_read and (refusal := reply.refused_read(endpoint, response)):
            raise refusal
        try:
            return converter.decode_json(response.body)
        except InvalidResponseError as error:
            raise _located(error, endpoint, response) from None

    async def exchange(
        self, endpoint: AnyEndpoint, arguments: Sequence[PathArgument], query: Query | None = None, body: object = None
    ) -> Response:
        """Send one call and give its successful answer.

        Raises:
            WorkatoError: any of the tree; see ``workato_async.errors``.
        """
        response = await self.send(
            Request(
                endpoint,
                build_target(endpoint.path, arguments, query),
                None if body is None else converter.encode_body(body),
                _correlation_id(),
                self.timeout,
                self.max_wait,
                self.priority,
            )
        )
        reply.check(endpoint, response)
        return response


def _accept_nothing(body: bytes) -> None:
    """Accept an answer that says no more than that it worked: an object, ``null``, or no body at all.

    Raises:
        InvalidResponseError: for anything else, such as the login page of something in between.
    """
    if not isinstance(converter.decode_json(body), dict | None):
        raise InvalidResponseError("the answer is not an object", path="$")


def _correlation_id() -> str:
    """Make an id that no other call has; it need not be hard to guess, only quick to make."""
    return f"{_random.getrandbits(128):032x}"


def _located(error: InvalidResponseError, endpoint: AnyEndpoint, response: Response) -> Exception:
    """Give the error for an answer that could not be decoded all it lacks: whose it was."""
    if refusal := reply.refused_read(endpoint, response):
        return refusal
    text = (str(error) if str(error).startswith(endpoint.key) else f"{endpoint.key}: {error}").rstrip(".")
    doubt = "" if endpoint.is_read else reply.IN_DOUBT
    return InvalidResponseError(
        f"{text}.{doubt} Correlation ids: {', '.join(response.correlation_ids)}.",
        path=error.path,
        status=response.status,
        endpoint=endpoint.key,
        correlation_ids=response.correlation_ids,
        attempts=response.attempts,
    )
