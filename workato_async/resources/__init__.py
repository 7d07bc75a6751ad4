"""One module or package per resource family: its endpoints as data, its models, its methods.

They are loaded one by one on first use; reading ``ENDPOINTS`` loads all of them.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from workato_async.endpoint import AnyEndpoint

    ENDPOINTS: tuple[AnyEndpoint, ...]
    """Every endpoint of the package, in the order of the modules' names and, within a module, of their declarations."""


def modules(package: str = __name__) -> Iterator[ModuleType]:
    """Import and yield every module of the resource families, in the order of their names."""
    for module in iter_modules(import_module(package).__path__, f"{package}."):
        if module.ispkg:
            yield from modules(module.name)
        else:
            yield import_module(module.name)


if not TYPE_CHECKING:  # with __getattr__, type checkers would accept any name

    def __getattr__(name: str) -> object:
        if name != "ENDPOINTS":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from workato_async.endpoint import Endpoint

        found = (value for module in modules() for value in vars(module).values() if isinstance(value, Endpoint))
        # An endpoint that another module imports counts once.
        return globals().setdefault(name, tuple(dict.fromkeys(found)))  # one for all threads
