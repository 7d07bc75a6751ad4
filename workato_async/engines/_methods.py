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
        _require_arguments(_method_named(method), method)
        id_ = ".".join(part.rstrip("_") for part in method.split("."))
        return next((endpoint for endpoint in ENDPOINTS if endpoint.id == id_), None)
    owner = getattr(method, "__self__", None)
    if type(owner).__module__.startswith("workato_async."):
        name = getattr(method, "__name__", "")
        raise ConfigurationError(
            f"a method of a session cannot be sent to the workers, who have sessions of their own: name it, as in "
            f"'recipes.get', instead of passing {type(owner).__name__}.{name}"
        )
    if not (inspect.iscoroutinefunction(method) or inspect.iscoroutinefunction(getattr(method, "__call__", None))):  # noqa: B004
        given = getattr(method, "__name__", None) or type(method).__name__
        raise ConfigurationError(
            "the method must be the name of a method of the session, such as 'recipes.get', or a coroutine function: "
            f"`async def function(session, item)`, not {given}"
        )
    if not _takes(method, 2):
        raise ConfigurationError(
            f"{getattr(method, '__name__', type(method).__name__)} must take two arguments, the worker's session and "
            "the item: `async def function(session, item)`"
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
        signature = inspect.signature(_method_named(method))
        try:
            signature.bind(*_arguments(item))
        except TypeError as error:
            names = ", ".join(signature.parameters)
            raise ConfigurationError(
                f"an item must be what {method} takes by position ({names}), as a tuple if it is more than one "
                f"argument: {error}"
            ) from None


def _arguments(item: object) -> tuple[Any, ...]:
    return item if isinstance(item, tuple) else (item,)


def _named(name: str, session: Api) -> Any:
    return reduce(getattr, name.split("."), cast("Any", session))


@cache
def _method_named(name: str) -> Any:
    family, *rest = name.split(".")
    found: Any = None
    if family in Api.__annotations__ and rest and not any(part.startswith("_") for part in rest):
        try:
            found = _named(name, Api(cast("Any", None)))  # the families need no session to be looked at
        except AttributeError:
            found = None
    if not inspect.ismethod(found):
        raise ConfigurationError(
            f"a session has no method {name!r}: name it as you would write it after `session.`, as in 'recipes.get', "
            "'jobs.repeat' or 'recipes.versions.list'"
        )
    return found


def _require_arguments(method: Any, name: str) -> None:
    """Raise ConfigurationError unless a method takes its arguments by position."""
    parameters = inspect.signature(method).parameters.values()
    if not any(parameter.kind is parameter.POSITIONAL_OR_KEYWORD for parameter in parameters) or any(
        parameter.kind is parameter.KEYWORD_ONLY and parameter.default is parameter.empty for parameter in parameters
    ):
        raise ConfigurationError(
            f"{name} does not take an item: its arguments are {', '.join(map(_shown, parameters)) or 'none'}. Pass a "
            f"coroutine function, as in `async def function(session, item): return await session.{name}(…)`"
        )


def _shown(parameter: inspect.Parameter) -> str:
    return f"{parameter.name}=" if parameter.kind is parameter.KEYWORD_ONLY else parameter.name


def _takes(function: Any, count: int) -> bool:
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    except ValueError:  # one that is written in C does not say what it takes
        return True
    return True
