"""What a handler works with: a call with its arguments, a response, an error response."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import msgspec

from workato_async.errors import ConfigurationError

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
    return FakeResponse(status, msgspec.json.encode(value), JSON, headers)


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


def invalid(field: str, problem: str) -> ErrorResponse:
    """Return the response for a value that does not pass validation, in the shape of the field maps."""
    return error_response(400, {"message": f"{field} {problem}", "errors": {field: [problem]}})


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

    def number(self, name: str, default: int) -> int:
        """Return a query parameter that counts something: a whole number from 1."""
        value = self.text(name)
        if value is None:
            return default
        number = whole_number(value)
        if not number:
            raise missing(name)
        return number

    def time(self, name: str) -> datetime | None:
        """Return a query parameter that is a time; without an offset it is taken as UTC."""
        value = self.text(name)
        if value is None:
            return None
        try:
            return parse_time(value)
        except ValueError:
            raise missing(name) from None

    @property
    def body(self) -> JsonObject:
        """The JSON object of the body, ``{}`` if there is none."""
        body = self.request.json if self.request.body else {}
        if not isinstance(body, dict):
            raise error_response(400, {"message": "The request body is not a JSON object"})
        return body

    def find(self, table: Mapping[Key, JsonObject], position: int = 0) -> JsonObject:
        """Return the row of a table that a path argument names."""
        return find(table, self.arguments[position])


def find(table: Mapping[Key, JsonObject], wanted: object) -> JsonObject:
    """Return the row of a table with this id, given as a number or as text."""
    text = str(wanted)
    for key in (whole_number(text), text):
        if key in table:
            return table[key]  # type: ignore[index]
    raise not_found()


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

HANDLERS: dict[str, Handler] = {}
"""By endpoint id."""
ALSO: dict[str, tuple[str, ...]] = {}
"""Methods that an endpoint takes besides its own, by endpoint id."""


def handles(endpoint_id: str, *, also: tuple[str, ...] = ()) -> Callable[[Handler], Handler]:
    """Register the handler of an endpoint."""

    def register(handler: Handler) -> Handler:
        if endpoint_id in HANDLERS:
            raise ConfigurationError(f"{endpoint_id} has two handlers")
        HANDLERS[endpoint_id] = handler
        ALSO[endpoint_id] = also
        return handler

    return register
