"""What a handler gets and gives: a call with its arguments, an answer, a refusal."""

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
class Answer:
    """An answer as bytes."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()


@attrs.frozen
class LongPoll:
    """An answer that waits for something to tell.

    Attributes:
        look: gives what is sent as JSON, or None while there is nothing to tell; asked after every request.
        seconds: how long it waits.
        otherwise: what is sent when that time is over.
    """

    look: Callable[[], Any]
    seconds: float
    otherwise: Any


def json_answer(value: object, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """Give an answer whose body is the JSON of a value."""
    return Answer(status, msgspec.json.encode(value), JSON, headers)


class ErrorResponse(Exception):  # noqa: N818 - it is an answer, not an error
    """The server does not carry the request out. The status may well be 200: look at ``success``."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def refusal(status: int, body: object, headers: tuple[tuple[str, str], ...] = ()) -> ErrorResponse:
    """Refuse with a JSON body."""
    return ErrorResponse(json_answer(body, status, headers))


def not_found() -> ErrorResponse:
    """Refuse as for anything that is unknown or invisible."""
    return refusal(404, {"message": "Not found"})


def missing(parameter: str) -> ErrorResponse:
    """Refuse for a parameter that is missing, empty or malformed, with Workato's generic sentence."""
    return refusal(400, {"message": f"param is missing or the value is empty or invalid: {parameter}"})


def invalid(field: str, problem: str) -> ErrorResponse:
    """Refuse for a value that does not pass validation, in the shape of the field maps."""
    return refusal(400, {"message": f"{field} {problem}", "errors": {field: [problem]}})


@attrs.frozen(eq=False)
class Options:
    """How the workspace behaves where the documentation leaves it open, or depends on the plan."""

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
        """Give the last value of a query parameter, None if it is missing."""
        values = self.texts(name)
        return values[-1] if values else None

    def texts(self, name: str) -> list[str]:
        """Give every value of a query parameter."""
        return [value for key, value in self.request.query if key == name]

    def flag(self, name: str) -> bool:
        """Tell whether a query parameter is ``true``."""
        return self.text(name) == "true"

    def number(self, name: str, default: int) -> int:
        """Give a query parameter that counts something: a whole number from 1."""
        value = self.text(name)
        if value is None:
            return default
        number = whole_number(value)
        if not number:
            raise missing(name)
        return number

    def moment(self, name: str) -> datetime | None:
        """Give a query parameter that is a moment; one without an offset is taken as UTC."""
        value = self.text(name)
        if value is None:
            return None
        try:
            return parse_moment(value)
        except ValueError:
            raise missing(name) from None

    @property
    def body(self) -> JsonObject:
        """The JSON object of the body, ``{}`` if there is none."""
        body = self.request.json if self.request.body else {}
        if not isinstance(body, dict):
            raise refusal(400, {"message": "The request body is not a JSON object"})
        return body

    def find(self, table: Mapping[Key, JsonObject], position: int = 0) -> JsonObject:
        """Give the row of a table that a path argument names."""
        return find(table, self.arguments[position])


def find(table: Mapping[Key, JsonObject], wanted: object) -> JsonObject:
    """Give the row of a table whose id is written like this."""
    text = str(wanted)
    for key in (whole_number(text), text):
        if key in table:
            return table[key]  # type: ignore[index]
    raise not_found()


def whole_number(text: str) -> int | None:
    """Read an id or a count, None if it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else None


def required(fields: JsonObject, *names: str) -> None:
    """Refuse a body that lacks one of these fields, or has it blank."""
    for name in names:
        if fields.get(name) in (None, "", [], {}):
            raise missing(name)


def parse_moment(text: str) -> datetime:
    """Read an ISO 8601 moment."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Handler = Callable[[Call], Any]
"""Returns an Answer, a value to send as JSON with status 200, or a LongPoll; or raises an ErrorResponse."""

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
