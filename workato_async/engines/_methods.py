"""What an engine may call for each item: a method of the session by its name, or a function."""

from __future__ import annotations

import inspect
from functools import cache, reduce
from typing import TYPE_CHECKING, Any, cast

from workato_async.api import Api
from workato_async.errors import ConfigurationError
from workato_async.resources import ENDPOINTS

if TYPE_CHECKING:
    from workato_async.endpoint import AnyEndpoint


def endpoint_of(method: object) -> AnyEndpoint | None:
    """Return the endpoint that a method of the session calls, None if it is not exactly one, or a function.

    Raises:
        ConfigurationError: for a name that no method has, a method that takes no item, a function that does not
            take session and item, and anything else.
    """
    if isinstance(method, str):
        _signature(method)
        id_ = ".".join(part.rstrip("_") for part in method.split("."))
        return next((endpoint for endpoint in ENDPOINTS if endpoint.id == id_), None)
    name = getattr(method, "__name__", None) or type(method).__name__
    owner = type(getattr(method, "__self__", None))
    if owner.__module__.startswith("workato_async."):
        raise ConfigurationError(
            "a method of a session cannot be sent to the workers, which have sessions of their own: name it, as in "
            f"'recipes.get', instead of passing {owner.__name__}.{name}"
        )
    try:
        inspect.signature(cast("Any", method)).bind("session", "item")
        takes_two = True
    except (TypeError, ValueError):
        takes_two = False
    if not takes_two or not any(map(inspect.iscoroutinefunction, (method, getattr(method, "__call__", None)))):  # noqa: B004
        raise ConfigurationError(
            "the method must be the name of a method of the session, such as 'recipes.get', or a coroutine function of "
            f"two arguments: `async def function(session, item)`, not {name}"
        )
    return None


def bound(method: Any, session: Api) -> Any:
    """Return a function of an item: the session's method of that name, or the function with the session filled in."""
    if not isinstance(method, str):
        return lambda item: method(session, item)
    named = _named(method, session)
    return lambda item: named(*_arguments(item))


def require_item(method: object, item: object) -> None:
    """Raise ConfigurationError if an item is not what a method of the session takes."""
    if isinstance(method, str):
        signature = _signature(method)
        try:
            signature.bind(*_arguments(item))
        except TypeError as error:
            raise ConfigurationError(
                f"an item must be what {method} takes by position ({', '.join(signature.parameters)}), as a tuple if "
                f"it is more than one argument: {error}"
            ) from None


def _arguments(item: object) -> tuple[Any, ...]:
    return item if isinstance(item, tuple) else (item,)


def _named(name: str, session: Api) -> Any:
    return reduce(getattr, name.split("."), cast("Any", session))


@cache
def _signature(name: str) -> inspect.Signature:
    """Return what a method of the session takes; raise ConfigurationError unless it is an item, by position."""
    family, *rest = name.split(".")
    try:
        known = family in Api.__annotations__ and not any(part.startswith("_") for part in rest)
        found = _named(name, Api(cast("Any", None))) if known else None  # no session is needed to inspect them
    except AttributeError:
        found = None
    if not inspect.ismethod(found):
        raise ConfigurationError(
            f"a session has no method {name!r}: name it as you would write it after `session.`, as in 'recipes.get', "
            "'jobs.repeat' or 'recipes.versions.list'"
        )
    signature = inspect.signature(found)
    parameters = signature.parameters.values()
    if not any(parameter.kind is parameter.POSITIONAL_OR_KEYWORD for parameter in parameters) or any(
        parameter.kind is parameter.KEYWORD_ONLY and parameter.default is parameter.empty for parameter in parameters
    ):
        raise ConfigurationError(
            f"{name} does not take an item, but {signature}. Pass a coroutine function, as in "
            f"`async def function(session, item): return await session.{name}(…)`"
        )
    return signature
