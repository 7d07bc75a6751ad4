"""Every error this package raises, as one tree.

::

    WorkatoError
    ├─ ConfigurationError            bad token, host, argument: before anything is sent  (also a ValueError)
    ├─ QuotaWaitError                the wait for a token would exceed max_wait
    ├─ QuotaStoreError               the store that shares the tokens cannot be reached
    ├─ WaitTimeoutError              work that was polled did not end in time  (also a TimeoutError)
    ├─ OperationFailedError          work that was polled ended in failure: result
    ├─ ConnectionFailedError         nothing reached the server, or no answer came to a read
    │  └─ ResponseTimeoutError       a read whose attempts all timed out  (also a TimeoutError)
    ├─ OutcomeUnknownError           a write was sent and its answer lost
    ├─ InvalidResponseError          the answer could not be read
    ├─ PaginationError               the server repeats itself
    └─ ResponseError                 status, message, errors, correlation_ids, endpoint, attempts
       ├─ BadRequestError 400 · AuthenticationError 401 · PermissionDeniedError 403 · NotFoundError 404
       ├─ ConflictError 409 · UnprocessableError 422
       ├─ RateLimitedError 429       retry_after
       ├─ ServerError 5xx
       └─ OperationRefusedError      2xx with success false: code_errors, config_errors

The errors hold plain values only (never an aiohttp object, never a token), so they can be logged, pickled and kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


class WorkatoError(Exception):
    """Base of every error of this package.

    Attributes:
        endpoint: the endpoint's key, e.g. ``"GET /api/recipes/{id}"``; empty where no endpoint is concerned.
        correlation_ids: every ``x-correlation-id`` known of the call, ours first; support asks for Workato's.
        attempts: how many times it was tried; a connection that did not come about counts.
    """

    def __init__(
        self,
        message: str,
        *,
        endpoint: str = "",
        correlation_ids: Sequence[str] = (),
        attempts: int = 0,
    ) -> None:
        """Keep the text and where it happened; every keyword has a default, which is what makes errors picklable."""
        super().__init__(message)
        self.endpoint = endpoint
        self.correlation_ids = tuple(correlation_ids)
        self.attempts = attempts


class ConfigurationError(WorkatoError, ValueError):
    """A token, host, argument or use that cannot work; raised before anything is sent."""


class QuotaWaitError(WorkatoError):
    """The wait for a token would be longer than ``max_wait`` allows.

    Attributes:
        wait: seconds the call would have had to wait.
        max_wait: seconds it was allowed to.
        paused: the endpoint is paused after a 429 for longer than anyone waits.
    """

    def __init__(
        self, message: str, *, wait: float = 0.0, max_wait: float = 0.0, paused: bool = False, endpoint: str = ""
    ) -> None:
        super().__init__(message, endpoint=endpoint)
        self.wait = wait
        self.max_wait = max_wait
        self.paused = paused


class QuotaStoreError(WorkatoError):
    """The store that shares the tokens with other processes cannot be reached; nothing was sent."""


class WaitTimeoutError(WorkatoError, TimeoutError):
    """Work that the server does on its own time (a health scan, an export) did not end within the time given."""


class OperationFailedError(WorkatoError):
    """Work that the server does on its own time ended, and failed.

    Attributes:
        result: what the server says of it: the object the operation's ``wait`` would have given.
    """

    def __init__(
        self,
        message: str,
        *,
        result: object = None,
        endpoint: str = "",
        correlation_ids: Sequence[str] = (),
        attempts: int = 0,
    ) -> None:
        super().__init__(message, endpoint=endpoint, correlation_ids=correlation_ids, attempts=attempts)
        self.result = result


class ConnectionFailedError(WorkatoError):
    """Nothing reached the server, or a read got no answer in all its attempts: it is safe to call again."""


class ResponseTimeoutError(ConnectionFailedError, TimeoutError):
    """A read whose attempts all timed out."""


class OutcomeUnknownError(WorkatoError):
    """A write was sent and its answer lost: it may have happened. Look before you call again."""


class InvalidResponseError(WorkatoError):
    """The answer could not be read.

    Attributes:
        path: where in the JSON it went wrong, e.g. ``$.items[3].id``; empty if it is not JSON at all.
        status: the HTTP status of the answer.
    """

    def __init__(
        self,
        message: str,
        *,
        path: str = "",
        status: int = 0,
        endpoint: str = "",
        correlation_ids: Sequence[str] = (),
        attempts: int = 0,
    ) -> None:
        super().__init__(message, endpoint=endpoint, correlation_ids=correlation_ids, attempts=attempts)
        self.path = path
        self.status = status


class PaginationError(WorkatoError):
    """The server answered a page or a cursor a second time; going on would never end."""


class ResponseError(WorkatoError):
    """The server answered, and the answer is a refusal or a failure.

    Attributes:
        status: the HTTP status.
        message: Workato's own sentence, empty if it gave none.
        errors: Workato's list of single errors as text, e.g. ``("name: has already been taken",)``.
        retry_after: seconds the server asked to wait, None if it did not say.
    """

    def __init__(
        self,
        text: str,
        *,
        status: int = 0,
        message: str = "",
        errors: Sequence[str] = (),
        retry_after: float | None = None,
        endpoint: str = "",
        correlation_ids: Sequence[str] = (),
        attempts: int = 0,
    ) -> None:
        super().__init__(text, endpoint=endpoint, correlation_ids=correlation_ids, attempts=attempts)
        self.status = status
        self.message = message
        self.errors = tuple(errors)
        self.retry_after = retry_after


class BadRequestError(ResponseError):
    """400: malformed, or refused by a rule of the endpoint."""


class AuthenticationError(ResponseError):
    """401: no, wrong, expired or legacy credentials, or a token of another data center."""


class PermissionDeniedError(ResponseError):
    """403: the client role lacks the endpoint, or the project scope the asset."""


class NotFoundError(ResponseError):
    """404: unknown, or invisible to this token."""


class ConflictError(ResponseError):
    """409: the object is in a state that does not allow it."""


class UnprocessableError(ResponseError):
    """422: the values do not pass validation."""


class RateLimitedError(ResponseError):
    """429 that was not waited out: the server kept refusing, or asked for a longer wait than allowed."""


class ServerError(ResponseError):
    """5xx: the server failed. A write that is not replay-safe may have happened all the same."""


class OperationRefusedError(ResponseError):
    """HTTP 2xx whose body says ``success: false``.

    Attributes:
        code_errors: ``[step number, [[label, value, message, …], …]]`` entries of a recipe that cannot start.
        config_errors: ``[step number, [[field, value, message, …], …]]`` entries, likewise.
    """

    def __init__(
        self,
        text: str,
        *,
        code_errors: Sequence[Any] = (),
        config_errors: Sequence[Any] = (),
        status: int = 200,
        message: str = "",
        errors: Sequence[str] = (),
        endpoint: str = "",
        correlation_ids: Sequence[str] = (),
        attempts: int = 0,
    ) -> None:
        super().__init__(
            text,
            status=status,
            message=message,
            errors=errors,
            endpoint=endpoint,
            correlation_ids=correlation_ids,
            attempts=attempts,
        )
        self.code_errors = tuple(code_errors)
        self.config_errors = tuple(config_errors)


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
    """Give the class that stands for an HTTP status."""
    if status >= 500:
        return ServerError
    return _CLASS_OF_STATUS.get(status, ResponseError)
