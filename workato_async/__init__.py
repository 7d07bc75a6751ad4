"""The asyncio SDK for the Workato Developer API: typed, and always inside its quotas."""

from typing import TYPE_CHECKING

from workato_async._unset import UNSET, Unset
from workato_async._version import __version__
from workato_async.api import Api
from workato_async.calls.retry import RetryPolicy
from workato_async.endpoint import Endpoint
from workato_async.errors import (
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    ConnectionFailedError,
    InvalidResponseError,
    NotFoundError,
    OperationFailedError,
    OperationRefusedError,
    OutcomeUnknownError,
    PaginationError,
    PermissionDeniedError,
    QuotaStoreError,
    QuotaWaitError,
    RateLimitedError,
    ResponseError,
    ResponseTimeoutError,
    ServerError,
    UnprocessableError,
    WaitTimeoutError,
    WorkatoError,
    is_retryable,
)
from workato_async.fan_out import FanOut, Outcome, fan_out
from workato_async.limits.limiter import Limiter
from workato_async.limits.quota import Quota
from workato_async.limits.wait_queue import Priority
from workato_async.operations import Operation
from workato_async.pages import Page, Pages
from workato_async.session import WorkatoSession

if TYPE_CHECKING:
    from workato_async.embedded import EMBEDDED_ENDPOINTS as EMBEDDED_ENDPOINTS
    from workato_async.resources import ENDPOINTS as ENDPOINTS
    from workato_async.routes import find_endpoint as find_endpoint

__all__ = [
    "EMBEDDED_ENDPOINTS",
    "ENDPOINTS",
    "UNSET",
    "Api",
    "AuthenticationError",
    "BadRequestError",
    "ConfigurationError",
    "ConflictError",
    "ConnectionFailedError",
    "Endpoint",
    "FanOut",
    "InvalidResponseError",
    "Limiter",
    "NotFoundError",
    "Operation",
    "OperationFailedError",
    "OperationRefusedError",
    "Outcome",
    "OutcomeUnknownError",
    "Page",
    "Pages",
    "PaginationError",
    "PermissionDeniedError",
    "Priority",
    "Quota",
    "QuotaStoreError",
    "QuotaWaitError",
    "RateLimitedError",
    "ResponseError",
    "ResponseTimeoutError",
    "RetryPolicy",
    "ServerError",
    "UnprocessableError",
    "Unset",
    "WaitTimeoutError",
    "WorkatoError",
    "WorkatoSession",
    "__version__",
    "fan_out",
    "find_endpoint",
    "is_retryable",
]


def __getattr__(name: str) -> object:
    # All of them load every family, which few programs need.
    if name == "ENDPOINTS":
        from workato_async.resources import ENDPOINTS

        return ENDPOINTS
    if name == "EMBEDDED_ENDPOINTS":
        from workato_async.embedded import EMBEDDED_ENDPOINTS

        return EMBEDDED_ENDPOINTS
    if name == "find_endpoint":
        from workato_async.routes import find_endpoint

        return find_endpoint
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
