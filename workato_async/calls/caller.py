"""Caller: one call of an endpoint, from its arguments to its typed result."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, TypeVar, cast

import attrs

from workato_async import converter
from workato_async.endpoint import JsonObject
from workato_async.errors import InvalidResponseError
from workato_async.http import responses
from workato_async.http.messages import Request
from workato_async.http.urls import build_target
from workato_async.limits.wait_queue import Priority

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workato_async.endpoint import AnyEndpoint, Endpoint, Listing
    from workato_async.http.messages import Response, Send, Sink, Upload
    from workato_async.http.urls import PathArgument, Query

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
        upload: Upload | None = None,
    ) -> T | None:
        """Call an endpoint that gives one object; None only if it has no result, or may have nothing to say."""
        response = await self.exchange(endpoint, arguments, query, body, upload=upload)
        try:
            if endpoint.result is None:
                _accept_nothing(response.body)
                return None
            value = converter.decode(endpoint, response.body)
            if value is None and endpoint.result is JsonObject:
                return cast("T", {})  # nobody knows what it answers, so nothing at all is in order, too
            if value is None and not optional:
                raise InvalidResponseError("the answer is empty where an object is documented", path="$")
            return value
        except InvalidResponseError as error:
            raise _located(error, endpoint, response) from None

    async def page(
        self,
        endpoint: Endpoint[T],
        listing: Listing,
        arguments: Sequence[PathArgument],
        parameters: Mapping[str, Any],
        timeout: float | None = None,
    ) -> tuple[list[T], dict[str, Any]]:
        """Fetch one page of a list: its items, and what of its envelope says where it goes on."""
        if listing.in_body:
            body = {name: value for name, value in parameters.items() if value is not None}
            response = await self.exchange(endpoint, arguments, None, body, timeout=timeout)
        else:
            response = await self.exchange(endpoint, arguments, parameters, timeout=timeout)
        try:
            return converter.decode_page(endpoint, response.body, listing)
        except InvalidResponseError as error:
            raise _located(error, endpoint, response) from None

    async def json(
        self, endpoint: AnyEndpoint, arguments: Sequence[PathArgument], query: Query | None = None, body: object = None
    ) -> Any:
        """Call an endpoint and give its JSON as it is."""
        response = await self.exchange(endpoint, arguments, query, body)
        if endpoint.is_read and (refusal := responses.refused_read(endpoint, response)):
            raise refusal
        try:
            return converter.decode_json(response.body)
        except InvalidResponseError as error:
            raise _located(error, endpoint, response) from None

    async def exchange(
        self,
        endpoint: AnyEndpoint,
        arguments: Sequence[PathArgument],
        query: Query | None = None,
        body: object = None,
        *,
        upload: Upload | None = None,
        sink: Sink | None = None,
        timeout: float | None = None,
    ) -> Response:
        """Send one call and give its successful answer.

        Args:
            endpoint: what is called.
            arguments: of its path.
            query: of its URL.
            body: sent as JSON.
            upload: sent as it is, instead of a body.
            sink: takes the answer's body while it comes in.
            timeout: seconds for an answer, at least as long as the session's own.

        Raises:
            WorkatoError: any of the tree; see ``workato_async.errors``.
        """
        response = await self.send(
            Request(
                endpoint,
                build_target(endpoint.path, arguments, query),
                upload if body is None else converter.encode_body(body),
                _correlation_id(),
                self.timeout if timeout is None else max(timeout, self.timeout),
                self.max_wait,
                self.priority,
                sink=sink,
            )
        )
        responses.check(endpoint, response)
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
    if refusal := responses.refused_read(endpoint, response):
        return refusal
    text = (str(error) if str(error).startswith(endpoint.key) else f"{endpoint.key}: {error}").rstrip(".")
    doubt = "" if endpoint.is_read else responses.IN_DOUBT
    return InvalidResponseError(
        f"{text}.{doubt} Correlation ids: {', '.join(response.correlation_ids)}.",
        path=error.path,
        status=response.status,
        endpoint=endpoint.key,
        correlation_ids=response.correlation_ids,
        attempts=response.attempts,
    )
