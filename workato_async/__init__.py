"""The asyncio SDK for the Workato Developer API: typed, and always inside its quotas.

A name loads the module that defines it when it is first used, so importing the package costs next to nothing.
"""

from typing import TYPE_CHECKING

from workato_async._version import __version__

if TYPE_CHECKING:
    from workato_async._unset import UNSET, Unset
    from workato_async.api import Api
    from workato_async.calls.retry import RetryPolicy
    from workato_async.embedded import EMBEDDED_ENDPOINTS
    from workato_async.endpoint import Endpoint
    from workato_async.errors import (
        AuthenticationError,
        BadRequestError,
        ConfigurationError,
        ConflictError,
        ConnectionFailedError,
        IncompleteListError,
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
    from workato_async.resources import ENDPOINTS
    from workato_async.routes import find_endpoint
    from workato_async.session import WorkatoSession
    from workato_async.watch import Watch

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
    "IncompleteListError",
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
    "Watch",
    "WorkatoError",
    "WorkatoSession",
    "__version__",
    "fan_out",
    "find_endpoint",
    "is_retryable",
]


if not TYPE_CHECKING:  # with __getattr__, type checkers would accept any name
    import sys
    from importlib import import_module
    from types import ModuleType

    _MODULES = {
        "_unset": "UNSET Unset",
        "api": "Api",
        "calls.retry": "RetryPolicy",
        "embedded": "EMBEDDED_ENDPOINTS",
        "endpoint": "Endpoint",
        "errors": (
            "AuthenticationError BadRequestError ConfigurationError ConflictError ConnectionFailedError "
            "IncompleteListError InvalidResponseError NotFoundError OperationFailedError "
            "OperationRefusedError OutcomeUnknownError PaginationError PermissionDeniedError QuotaStoreError "
            "QuotaWaitError RateLimitedError ResponseError ResponseTimeoutError ServerError "
            "UnprocessableError WaitTimeoutError WorkatoError is_retryable"
        ),
        "fan_out": "FanOut Outcome fan_out",
        "limits.limiter": "Limiter",
        "limits.quota": "Quota",
        "limits.wait_queue": "Priority",
        "operations": "Operation",
        "pages": "Page Pages",
        "resources": "ENDPOINTS",
        "routes": "find_endpoint",
        "session": "WorkatoSession",
        "watch": "Watch",
    }
    """The same as the imports above: which names each module defines."""
    _MODULE_OF = {name: module for module, names in _MODULES.items() for name in names.split()}
    _SUBMODULES = (
        *("api", "base_model", "calls", "endpoint", "errors", "events", "http"),
        *("limits", "operations", "pages", "privileges", "session"),
    )
    """Those that are attributes without an import of their own: ``workato_async.errors``."""

    class _Package(ModuleType):
        """This package, whose ``fan_out`` stays the function when the module of that name is imported."""

        def __setattr__(self, name: str, value: object) -> None:
            if name == "fan_out" and isinstance(value, ModuleType):
                value = value.fan_out
            super().__setattr__(name, value)

    sys.modules[__name__].__class__ = _Package

    def __getattr__(name: str) -> object:
        if name in _SUBMODULES:
            import_module(f"{__name__}.session")  # and with it, all the modules of packages such as `limits`
            return import_module(f"{__name__}.{name}")
        if name not in _MODULE_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name, obj=sys.modules[__name__])
        # Not kept here: what a test has put into that module for a while would stay for good.
        return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__, *_SUBMODULES})
