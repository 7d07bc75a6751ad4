"""One call of every endpoint, one module per family; read by ``tests.contract.test_calls``."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.example import Example

EXAMPLES: list[Example] = [
    example for module in iter_modules(__path__) for example in import_module(f"{__name__}.{module.name}").EXAMPLES
]
