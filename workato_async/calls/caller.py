"""Caller: one call of an endpoint, from its arguments to its typed result."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, TypeVar, cast

import attrs

from workato_async import converter
from workato_async._json import leading_json
from workato_async.endpoint import JsonObject
from workato_async.errors import ConfigurationError, InvalidResponseError, WorkatoError
from workato_async.http import responses
from workato_async.http.correlation import new_id
from workato_async.http.messages import UNDECODED, Request, about
from workato_async.http.urls import build_target
from workato_async.limits.wait_queue import Priority
from workato_async.page_lengths import PageLengths

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from workato_async.endpoint import AnyEndpoint, Endpoint, Host, Listing
    from workato_async.http.messages import Response, Send, Sink, Upload
    from workato_async.http.urls import PathArgument, Query
    from workato_async.second_look import DecodedPage

T = TypeVar("T")

ACCEPTED = (
    "The write was accepted (HTTP {status}) and probably carried out; only its response, which is the `body` of this "
    "error, could not be read. Check before you repeat it."
)


@attrs.frozen(eq=False)
class Caller:
    """Sends calls with the options of one session, or of one view of it.

    Attributes:
        send: the pipeline, retry outermost.
        timeout: seconds to wait for a response.
        max_wait: seconds to wait for a permit, None for the limiter's own setting.
        priority: decides which waiting calls it may overtake.
        hosts: the names of the hosts, for errors and events.
        page_lengths: by endpoint key, what the session has learned about the pages of its lists.
    """

    send: Send
    timeout: float
    max_wait: float | None = None
    priority: Priority = Priority.NORMAL
    hosts: Mapping[Host, str] = attrs.field(factory=dict)
    page_lengths: defaultdict[str, PageLengths] = attrs.field(factory=lambda: defaultdict(PageLengths))

    def resolve(
        self, endpoint: Endpoint[T], arguments: Sequence[PathArgument]
    ) -> tuple[Caller, Endpoint[T], Sequence[PathArgument]]:
        """Return what sends the calls of an endpoint, the endpoint that they reach, and the arguments of its path."""
        return self, endpoint, arguments

    async def call(
        self,
        endpoint: Endpoint[T],
        arguments: Sequence[PathArgument],
        query: Query | None = None,
        body: object = None,
        *,
        upload: Upload | None = None,
    ) -> T:
        """Call an endpoint that returns one object, or None where success is all that it reports."""
        request = self._request(endpoint, arguments, query, body, upload=upload, decode=_decode)
        return await self._exchange(request)  # type: ignore[no-any-return]

    async def call_optional(
        self, endpoint: Endpoint[T], arguments: Sequence[PathArgument], query: Query | None = None, body: object = None
    ) -> T | None:
        """Call an endpoint whose response may be empty: None."""
        request = self._request(endpoint, arguments, query, body, decode=_decode_optional)
        return cast("T | None", await self._exchange(request))

    async def page(
        self,
        endpoint: Endpoint[T],
        listing: Listing,
        arguments: Sequence[PathArgument],
        parameters: Mapping[str, Any],
        timeout: float | None = None,
    ) -> DecodedPage[T]:
        """Fetch one page of a list."""

        def decode(request: Request, response: Response) -> DecodedPage[T]:
            try:
                return converter.decode_page(request.endpoint, response.body, listing)
            except InvalidResponseError as error:
                raise _completed(error, request, response) from None

        if listing.in_body:
            body = {name: value for name, value in parameters.items() if value is not None}
            request = self._request(endpoint, arguments, None, body, timeout=timeout, decode=decode)
        else:
            request = self._request(endpoint, arguments, parameters, timeout=timeout, decode=decode)
        return cast("DecodedPage[T]", await self._exchange(request))

    async def json(
        self, endpoint: AnyEndpoint, arguments: Sequence[PathArgument], query: Query | None = None, body: object = None
    ) -> Any:
        """Call an endpoint and return its JSON as it is."""
        return await self._exchange(self._request(endpoint, arguments, query, body, decode=_decode_json))

    async def save(
        self,
        sink: Sink,
        endpoint: AnyEndpoint,
        arguments: Sequence[PathArgument],
        body: object = None,
        *,
        check: Callable[[bytes], object] | None = None,
        link: str = "",
    ) -> Response:
        """Call an endpoint whose response is a file, and return the rest of the response.

        Args:
            sink: receives the file.
            endpoint: what is called.
            arguments: of its path.
            body: sent as JSON.
            check: checks a short file, which may be a message instead, and raises InvalidResponseError if it is.
            link: the field of the response that has the link to the file, if the response itself is not the file.

        Raises:
            InvalidResponseError: for a success other than 200, which has no file.
        """

        def decode(request: Request, response: Response) -> Response:
            _accept_file(request, response)
            try:
                if check is not None and response.body:
                    check(response.body)
            except InvalidResponseError as error:
                raise _completed(error, request, response) from None
            return attrs.evolve(response)  # a copy: one that holds itself would stay in memory for a while

        request = self._request(endpoint, arguments, None, body, sink=sink, decode=decode)
        request.link = link
        return cast("Response", await self._exchange(request))

    def _request(
        self,
        endpoint: AnyEndpoint,
        arguments: Sequence[PathArgument],
        query: Query | None = None,
        body: object = None,
        *,
        upload: Upload | None = None,
        sink: Sink | None = None,
        timeout: float | None = None,
        decode: Callable[[Request, Response], object],
    ) -> Request:
        """Build the request of a call.

        Args:
            endpoint: what is called.
            arguments: of its path.
            query: of its URL.
            body: sent as JSON.
            upload: sent as it is, instead of a body.
            sink: receives the body of the response while it comes in.
            timeout: seconds for a response, at least as long as the session's own.
            decode: makes the result of a response with a success.

        Raises:
            ConfigurationError: for arguments that cannot be sent.
        """
        host = self.hosts.get(endpoint.host, "")
        try:
            target = build_target(endpoint.path, arguments, query)
            content = upload if body is None else converter.encode_body(body)
        except ConfigurationError as error:
            if endpoint.path not in error.reason:
                error.concern(endpoint.key, "", host)
            raise
        return Request(
            endpoint,
            target,
            content,
            new_id(),
            self.timeout if timeout is None else max(timeout, self.timeout),
            self.max_wait,
            self.priority,
            sink=sink,
            host=host,
            decode=decode,
        )

    async def _exchange(self, request: Request) -> Any:
        """Send one call and return the value of its successful response.

        Raises:
            WorkatoError: any kind; see ``workato_async.errors``.
        """
        try:
            response = await self.send(request)
            if response.value is not UNDECODED:
                return response.value
            responses.check(request.endpoint, response)
            return request.decode(request, response) if request.decode is not None else None
        except WorkatoError as error:
            about(error, request)
            raise


def _decode(request: Request, response: Response, *, optional: bool = False) -> Any:
    endpoint = request.endpoint
    try:
        if endpoint.result is None:
            converter.accept_nothing(response.body)
            return None
        value = converter.decode(endpoint, response.body)
        if value is None and endpoint.result is JsonObject:
            return {}  # the response is not documented, so an empty one may be correct
        if value is None and not optional:
            value = converter.without_fields(endpoint)
        if value is None and not optional:
            raise InvalidResponseError("the response is empty where an object is documented", path="$")
        return value
    except InvalidResponseError as error:
        raise _completed(error, request, response) from None


def _decode_optional(request: Request, response: Response) -> Any:
    return _decode(request, response, optional=True)


def _decode_json(request: Request, response: Response) -> Any:
    is_read = request.endpoint.is_read
    if is_read and (rejection := responses.rejection(request.endpoint, response)):
        raise about(rejection, request)
    try:
        return converter.decode_json(response.body)
    except InvalidResponseError as error:
        if not is_read and (text := converter.confirmation(response.body)):
            return text.strip()
        if not is_read and (whole := leading_json(response.body)):
            return converter.decode_json(whole)
        raise _completed(error, request, response) from None


def _accept_file(request: Request, response: Response) -> None:
    """Accept a response whose file went into the sink.

    Raises:
        InvalidResponseError: for a success other than 200, which has no file, and for a page for a browser.
    """
    problem = ""
    if response.status != 200:
        problem = f"HTTP {response.status} without a file"
    elif responses.is_html(attrs.evolve(response, content_type="")):  # the header may be wrong, the beginning is not
        problem = "the response is an HTML page, not a file: check base_url and anything in between, e.g. a proxy"
    if problem:
        raise _completed(InvalidResponseError(problem), request, response)


def _completed(error: InvalidResponseError, request: Request, response: Response) -> WorkatoError:
    """Return the error for a response that could not be decoded, with everything known about it."""
    endpoint = request.endpoint
    if rejection := responses.rejection(endpoint, response):
        return about(rejection, request)
    error.status, error.body = response.status, response.body
    error.correlation_ids, error.attempts = response.correlation_ids, response.attempts
    # What is JSON, or begins like it, is from the API itself. Anything else may come from a proxy in front of it.
    body = response.body.lstrip()
    accepted = error.field or body.startswith((b"{", b"[")) or converter.confirmation(body)
    outcome = ACCEPTED.format(status=response.status) if accepted else responses.IN_DOUBT
    advice = ("" if endpoint.is_read else outcome, responses.page_advice(endpoint, response))
    error.advice = " ".join(filter(None, (*advice, error.advice)))
    return about(error.with_traceback(None), request)
