"""The asyncio SDK for the Workato Developer API: typed, and paced inside every quota."""

from workato_async._version import __version__
from workato_async.endpoint import Endpoint
from workato_async.errors import (
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    ConnectionFailedError,
    InvalidResponseError,
    NotFoundError,
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
)
from workato_async.fan_out import FanOut, Outcome, fan_out
from workato_async.limits.limiter import Limiter
from workato_async.limits.queue import Priority
from workato_async.limits.quota import Quota
from workato_async.pages import Page, Pages
from workato_async.resources import ENDPOINTS
from workato_async.retry import RetryPolicy
from workato_async.session import Api, WorkatoSession

__all__ = [
    "ENDPOINTS",
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
    "WaitTimeoutError",
    "WorkatoError",
    "WorkatoSession",
    "__version__",
    "fan_out",
]
