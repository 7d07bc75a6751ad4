"""Every error this package raises, as one tree.

```text
WorkatoError
├─ ConfigurationError            bad token, host, argument: before anything is sent  (also a ValueError)
├─ QuotaWaitError                waiting for a permit would exceed max_wait
├─ QuotaStoreError               the store that shares the permits cannot be reached
├─ WaitTimeoutError              a long-running operation did not finish in time  (also a TimeoutError)
├─ OperationFailedError          a long-running operation failed: result
├─ ConnectionFailedError         nothing reached the server, or a read got no response
│  └─ ResponseTimeoutError       a read whose attempts all timed out  (also a TimeoutError)
├─ OutcomeUnknownError           a write was sent and its response lost
├─ InvalidResponseError          the response could not be read
├─ PaginationError               the server repeats itself
├─ IncompleteListError           a list over many objects lacks those of some: errors, items
└─ ResponseError                 status, message, errors, correlation_ids, endpoint, attempts
   ├─ BadRequestError 400 · AuthenticationError 401 · PermissionDeniedError 403 · NotFoundError 404
   ├─ ConflictError 409 · UnprocessableError 422
   ├─ RateLimitedError 429       retry_after
   ├─ ServerError 5xx
   └─ OperationRefusedError      2xx with success false: code_errors, config_errors
```

The errors hold plain values only (never an aiohttp object, never a token), so they can be logged, pickled and kept.
Their text is composed from those values in one place, ``WorkatoError.__str__``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence


def _strings(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(values)


def _values(values: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(values)


@attrs.define(slots=False, eq=False, repr=False, auto_exc=False)
class WorkatoError(Exception):
    """Base of every error of this package.

    Attributes:
        reason: what went wrong, without where and without what to do next.
        endpoint: the endpoint's key, e.g. ``"GET /api/recipes/{id}"``; empty if the error is not about a call.
        request_path: the path of the request without its query, e.g. ``"/api/recipes/42"``; empty if it is not known.
        host: the host of the request, e.g. ``"app.eu.workato.com"``; empty if it is not known.
        advice: what to do next, in sentences.
        correlation_ids: every known ``x-correlation-id`` of the call, ours first; support asks for Workato's.
        attempts: how many times the call was tried, attempts without a connection included.
        idempotent: the call may be made twice without harm; see ``is_retryable``.
    """

    reason: str
    endpoint: str = attrs.field(default="", kw_only=True)
    request_path: str = attrs.field(default="", kw_only=True)
    host: str = attrs.field(default="", kw_only=True)
    advice: str = attrs.field(default="", kw_only=True)
    correlation_ids: tuple[str, ...] = attrs.field(default=(), converter=_strings, kw_only=True)
    attempts: int = attrs.field(default=0, kw_only=True)
    idempotent: bool = attrs.field(default=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        self.args = (self.reason,)

    @property
    def path(self) -> str:
        """The same as ``request_path``."""
        return self.request_path

    def concern(self, endpoint: str, request_path: str, host: str, *, idempotent: bool = False) -> None:
        """Record which request the error is about, and whether that may be sent twice."""
        self.endpoint, self.request_path, self.host, self.idempotent = endpoint, request_path, host, idempotent

    def __str__(self) -> str:
        """Compose the text: which request, what happened, what to do next, and what to tell support."""
        method, _, template = self.endpoint.partition(" ")
        where = f"{method} {self.request_path or template}".strip() if self.endpoint else ""
        text = self.reason
        if where:
            where += f" on {self.host}" if self.host else ""
            text = f"{where}: {text.removeprefix(self.endpoint).lstrip(': ')}"
        if self.attempts > 1:
            text += f" Attempts: {self.attempts}." if text.endswith(".") else f" ({self.attempts} attempts)"
        # Ids of a call of which nothing was sent are of no use to anyone.
        ids = f"Correlation ids: {', '.join(self.correlation_ids)}." if self.correlation_ids and self.attempts else ""
        if not self.advice and not ids:
            return text
        return " ".join(filter(None, (text if text.endswith((".", "?", "…")) else f"{text}.", self.advice, ids)))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.reason,), vars(self)


class ConfigurationError(WorkatoError, ValueError):
    """A token, host, argument or use that cannot work; raised before anything is sent."""


@attrs.define(slots=False, eq=False, repr=False, auto_exc=False, kw_only=True)
class QuotaWaitError(WorkatoError):
    """Waiting for a permit would take longer than ``max_wait`` allows.

    Attributes:
        wait: seconds the call would have had to wait.
        max_wait: seconds it was allowed to wait.
        paused: the endpoint is paused after a 429 for longer than any call waits.
    """

    wait: float = 0.0
    max_wait: float = 0.0
    paused: bool = False


class QuotaStoreError(WorkatoError):
    """The store that shares the permits with other processes cannot be reached; nothing was sent."""


class WaitTimeoutError(WorkatoError, TimeoutError):
    """A long-running operation of the server (a health scan, an export) did not finish within the time given."""


@attrs.define(slots=False, eq=False, repr=False, auto_exc=False, kw_only=True)
class OperationFailedError(WorkatoError):
    """A long-running operation of the server failed.

    Attributes:
        result: its last state: what the operation's ``wait`` would have returned.
    """

    result: object = None


@attrs.define(slots=False, eq=False, repr=False, auto_exc=False, kw_only=True)
class ConnectionFailedError(WorkatoError):
    """Nothing reached the server, or a read got no response in all its attempts: it is safe to retry.

    Attributes:
        permanent: another attempt would fail in the same way, e.g. because the server's certificate is not trusted.
    """

    permanent: bool = False


class ResponseTimeoutError(ConnectionFailedError, TimeoutError):
    """A read whose attempts all timed out."""


class OutcomeUnknownError(WorkatoError):
    """A write was sent and its response lost: it may have been carried out. Check before you retry it."""


@attrs.define(slots=False, eq=False, repr=False, auto_exc=False, kw_only=True)
class InvalidResponseError(WorkatoError):
    """The response could not be read.

    Here ``path`` is the JSON path of the wrong field, the same as ``field``; only if no field is wrong, it is the path
    of the request, as on every other error.

    Attributes:
        field: where in the JSON it went wrong, e.g. ``$.items[3].id``; empty if it is not JSON at all. The argument is
            called ``path``.
        status: the HTTP status of the response.
        temporary: it is a read whose host has given this session readable responses before, so a later one may be
            readable again.
    """

    field: str = attrs.field(default="", alias="path")
    status: int = 0
    temporary: bool = False

    __slots__ = ("_body",)  # outside of the attributes that are pickled and that error reports show

    @property
    def body(self) -> bytes:
        """The response, with what is shown only once, e.g. a new token; empty in a copy or an unpickled error."""
        return getattr(self, "_body", b"")

    @body.setter
    def body(self, body: bytes) -> None:
        self._body = body

    @property
    def path(self) -> str:
        """The JSON path of the wrong field; the path of the request if no field is wrong."""
        return self.field or self.request_path


class PaginationError(WorkatoError):
    """The server returned the same page or cursor twice; continuing would never end."""


@attrs.define(slots=False, eq=False, repr=False, auto_exc=False, kw_only=True)
class IncompleteListError(WorkatoError):
    """A list combined from the lists of many objects is incomplete: the lists of some objects could not be read.

    Attributes:
        errors: why, by the id of the object.
        unreadable: how many objects cannot be read, so that not even their ids are known.
        items: what was found, if it was collected into a list; an iteration has yielded it before.
    """

    errors: dict[int, WorkatoError] = attrs.field(factory=dict)
    unreadable: int = 0
    items: tuple[Any, ...] = ()


@attrs.define(slots=False, eq=False, repr=False, auto_exc=False, kw_only=True)
class ResponseError(WorkatoError):
    """The server responded with an error.

    Attributes:
        status: the HTTP status.
        message: Workato's own sentence, empty if it gave none.
        errors: Workato's list of single errors as text, e.g. ``("name: has already been taken",)``.
        retry_after: seconds to wait according to the server, None if it did not say.
        from_json: the body was a JSON object, as Workato's own errors are, and not the page of a proxy.
    """

    status: int = 0
    from_json: bool = False
    message: str = ""
    errors: tuple[str, ...] = attrs.field(default=(), converter=_strings)
    retry_after: float | None = None


class BadRequestError(ResponseError):
    """400: malformed, or against a rule of the endpoint."""


class AuthenticationError(ResponseError):
    """401: missing, wrong, expired or legacy credentials, or a token of another data center."""


class PermissionDeniedError(ResponseError):
    """403: the client role lacks the endpoint, or the project scope lacks the asset."""


class NotFoundError(ResponseError):
    """404: unknown, or invisible to this token."""


class ConflictError(ResponseError):
    """409: the object is in a state that does not allow it."""


class UnprocessableError(ResponseError):
    """422: the values do not pass validation."""


class RateLimitedError(ResponseError):
    """429, even after waiting: too many in a row, or a longer wait than is allowed."""


class ServerError(ResponseError):
    """5xx: the server failed. A write that is not idempotent may still have been carried out."""


@attrs.define(slots=False, eq=False, repr=False, auto_exc=False, kw_only=True)
class OperationRefusedError(ResponseError):
    """HTTP 2xx whose body says ``success: false``.

    Attributes:
        code_errors: ``[step number, [[label, value, message, …], …]]`` entries of a recipe that cannot start.
        config_errors: ``[step number, [[field, value, message, …], …]]`` entries of connections that are missing.
    """

    status: int = 200
    code_errors: tuple[Any, ...] = attrs.field(default=(), converter=_values)
    config_errors: tuple[Any, ...] = attrs.field(default=(), converter=_values)


_CLASS_OF_STATUS: dict[int, type[ResponseError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: UnprocessableError,
    429: RateLimitedError,
}


def error_class(status: int) -> type[ResponseError]:
    """Return the class for an HTTP status."""
    if status >= 500:
        return ServerError
    return _CLASS_OF_STATUS.get(status, ResponseError)


def is_retryable(error: BaseException) -> bool:
    """Whether the call that raised an error may be made again without harm, and with a chance of success.

    This is for task queues and schedulers. The call itself was already retried, as often as its policy allows.

    | error | retryable |
    |---|---|
    | QuotaWaitError, QuotaStoreError | yes: nothing was sent |
    | ConnectionFailedError, ResponseTimeoutError | yes, unless it is ``permanent`` |
    | RateLimitedError (429), ResponseError with 425 | yes: nothing was done |
    | ServerError (5xx), ResponseError with 408 | if the endpoint is idempotent |
    | InvalidResponseError | if it is ``temporary``: reads only |
    | PaginationError, IncompleteListError | yes: start again |
    | OutcomeUnknownError | no: it may have been carried out |
    | WaitTimeoutError, OperationFailedError | no: it would start a second operation |
    | OperationRefusedError, all other ResponseErrors (3xx, 4xx) | no: it would be rejected again |
    | ConfigurationError, any other error of this package or of others | no |

    Args:
        error: any exception, also one that was pickled in another process.
    """
    match error:
        case QuotaWaitError() | QuotaStoreError() | RateLimitedError() | PaginationError() | IncompleteListError():
            return True
        case ConnectionFailedError():
            return not error.permanent
        case InvalidResponseError():
            return error.temporary
        case ServerError():
            return error.idempotent
        case ResponseError():
            return error.status == 425 or (error.status == 408 and error.idempotent)
        case _:
            return False
