"""What a handler works with: a call with its arguments, a response, an error response."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import msgspec

from workato_async.errors import ConfigurationError
from workato_async.testing.bodies import is_too_deep, problem_of

if TYPE_CHECKING:
    from workato_async.endpoint import AnyEndpoint, JsonObject
    from workato_async.testing.record import RecordedRequest
    from workato_async.testing.state import State

JSON = "application/json; charset=utf-8"
Key = TypeVar("Key", int, str, int | str)


@attrs.frozen
class FakeResponse:
    """A response as bytes."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()


@attrs.frozen
class LongPoll:
    """A response that waits until there is something to send.

    Attributes:
        poll: returns what is sent as JSON, or None while there is nothing; called after every request.
        seconds: how long it waits.
        fallback: what is sent when that time is over.
    """

    poll: Callable[[], Any]
    seconds: float
    fallback: Any


def json_response(value: object, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> FakeResponse:
    """Return a response whose body is the JSON of a value."""
    try:
        body = msgspec.json.encode(value)
    except OverflowError:  # a number of more than 64 bits, which a client has sent
        body = json.dumps(value).encode()
    return FakeResponse(status, body, JSON, headers)


class ErrorResponse(Exception):  # noqa: N818 - it is a response, not an error
    """The server does not carry the request out. Its status may be 200, with ``success: false``."""

    def __init__(self, response: FakeResponse) -> None:
        super().__init__(response.status)
        self.response = response


def error_response(status: int, body: object, headers: tuple[tuple[str, str], ...] = ()) -> ErrorResponse:
    """Return an error response with a JSON body."""
    return ErrorResponse(json_response(body, status, headers))


def not_found() -> ErrorResponse:
    """Return the response for anything that is unknown or invisible."""
    return error_response(404, {"message": "Not found"})


def missing(parameter: str) -> ErrorResponse:
    """Return the response for a parameter that is missing, empty or malformed, with Workato's generic sentence."""
    return error_response(400, {"message": f"param is missing or the value is empty or invalid: {parameter}"})


def invalid(field: str, problem: str, status: int = 400) -> ErrorResponse:
    """Return the response for a value that does not pass validation, in the shape of the field maps."""
    return error_response(status, {"message": f"{field} {problem}", "errors": {field: [problem]}})


@attrs.frozen(eq=False)
class Options:
    """How the workspace behaves where the documentation leaves it open or it depends on the plan."""

    jobs_per_page: int = 25
    environments: bool = True


@attrs.frozen(eq=False)
class Call:
    """One request to one endpoint: the state, and the arguments of path, query and body."""

    endpoint: AnyEndpoint
    arguments: tuple[str, ...]
    request: RecordedRequest
    state: State
    options: Options

    def text(self, name: str) -> str | None:
        """Return the last value of a query parameter, None if it is missing."""
        values = self.texts(name)
        return values[-1] if values else None

    def texts(self, name: str) -> list[str]:
        """Return every value of a query parameter."""
        return [value for key, value in self.request.query if key == name]

    def flag(self, name: str) -> bool:
        """Whether a query parameter is ``true``."""
        return self.text(name) == "true"

    def number(self, name: str, default: int, least: int = 1) -> int:
        """Return a query parameter that is a whole number; one below the least is rejected."""
        number = self.cursor(name)
        if number is None:
            return default
        if number < least:
            raise missing(name)
        return number

    def cursor(self, name: str) -> int | None:
        """Return a query parameter that is any whole number: a page before the first, an id that nothing has."""
        value = self.text(name)
        if value is None:
            return None
        digits = whole_number(value.removeprefix("-"))
        if digits is None:
            raise missing(name)
        return -digits if value.startswith("-") else digits

    def time(self, name: str) -> datetime | None:
        """Return a query parameter that is a time; without an offset it is taken as UTC."""
        value = self.text(name)
        if value is None:
            return None
        try:
            return parse_time(value)
        except ValueError:
            raise missing(name) from None

    @cached_property
    def body(self) -> JsonObject:
        """The JSON object of the body, ``{}`` if there is none; its documented fields are of their kinds."""
        if problem := problem_of(self.payload):
            raise invalid(*problem)
        return self.payload

    @cached_property
    def payload(self) -> JsonObject:
        """The same with any fields, for a body that is the user's own."""
        body = self.request.json if self.request.body else {}
        if not isinstance(body, dict):
            raise error_response(400, {"message": "The request body is not a JSON object"})
        if is_too_deep(body):
            raise error_response(400, {"message": "The request body is nested too deeply"})
        return body

    def listed(self, name: str) -> list[Any]:
        """Return a list of the body, empty if it is missing or null."""
        return self.body.get(name) or []

    def find(self, table: Mapping[Key, JsonObject], position: int = 0) -> JsonObject:
        """Return the row of a table that a path argument names."""
        return find(table, self.arguments[position])


def found(table: Mapping[Key, JsonObject], wanted: object) -> JsonObject | None:
    """Return the row of a table with this id, given as a number or as text; None if there is none."""
    text = str(wanted)
    return next((table[key] for key in (whole_number(text), text) if key in table), None)  # type: ignore[index]


def find(table: Mapping[Key, JsonObject], wanted: object) -> JsonObject:
    """Return the row of a table with this id, or raise the response for what is unknown."""
    row = found(table, wanted)
    if row is None:
        raise not_found()
    return row


def whole_number(text: str) -> int | None:
    """Parse an id or a count; None if it is not a whole number."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else None


def required(fields: JsonObject, *names: str) -> None:
    """Raise an ErrorResponse if a body lacks one of these fields or has it blank."""
    for name in names:
        if fields.get(name) in (None, "", [], {}):
            raise missing(name)


def parse_time(text: str) -> datetime:
    """Parse an ISO 8601 time; without an offset it is taken as UTC."""
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


Handler = Callable[[Call], Any]
"""Returns a FakeResponse, a LongPoll, or a value to send as JSON with status 200; or raises an ErrorResponse."""

_STATUS = {"export_manifests.create": 201}
HANDLERS: dict[str, Handler] = {}
"""By endpoint id."""
ALSO: dict[str, tuple[str, ...]] = {}
"""Methods that an endpoint takes besides its own, by endpoint id."""


def status_of(endpoint: AnyEndpoint) -> int:
    """Return the status of a success that has a body, of an endpoint or of the same one for a customer."""
    return _STATUS.get(endpoint.id.removeprefix("embedded."), 200)


def handles(endpoint_id: str, *, also: tuple[str, ...] = ()) -> Callable[[Handler], Handler]:
    """Register the handler of an endpoint."""

    def register(handler: Handler) -> Handler:
        if endpoint_id in HANDLERS:
            raise ConfigurationError(f"{endpoint_id} has two handlers")
        HANDLERS[endpoint_id] = handler
        ALSO[endpoint_id] = also
        return handler

    return register
