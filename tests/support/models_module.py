"""The source of ``workato_async.models``: ``python -m tests.support.models_module`` writes it."""

from __future__ import annotations

import inspect
from pathlib import Path
from textwrap import wrap

import attrs

import workato_async
from workato_async.resources import modules

PATH = Path(workato_async.__file__).parent / "models.py"

_TEMPLATE = '''"""Every model, importable from one place: ``from workato_async.models import Recipe, Job``.

A name loads only the module that defines its class. Written by ``python -m tests.support.models_module``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
{imports}

    __all__: list[str]

_MODULES = {{
{modules}
}}
_MODULE_OF = {{name: module for module, names in _MODULES.items() for name in names.split()}}

if not TYPE_CHECKING:  # type checkers read the imports above; with __getattr__ they would accept any name
    __all__ = sorted(_MODULE_OF)

    def __getattr__(name: str) -> object:
        module = _MODULE_OF.get(name)
        if module is None:
            raise AttributeError(f"module {{__name__!r}} has no attribute {{name!r}}", name=name)
        return getattr(import_module(f"workato_async.resources.{{module}}"), name)


def __dir__() -> list[str]:
    return sorted({{*globals(), *_MODULE_OF}})
'''


def models() -> dict[str, list[type]]:
    """Return the public attrs classes of every resource module that has any, by module name."""
    found: dict[str, list[type]] = {}
    for module in modules():
        for name, cls in inspect.getmembers(module, inspect.isclass):
            if cls.__module__ == module.__name__ and attrs.has(cls) and not name.startswith("_"):
                found.setdefault(module.__name__.removeprefix("workato_async.resources."), []).append(cls)
    return found


def rendered() -> str:
    """Return the module's source, formatted as ruff does it."""
    imports, listed = [], []
    for module, classes in models().items():
        names = sorted((cls.__name__ for cls in classes), key=str.lower)
        imports += [f"    from workato_async.resources.{module} import {name} as {name}" for name in names]
        lines = wrap(" ".join(names), 100)
        if len(lines) == 1 and len(lines[0]) + len(module) <= 105:
            listed.append(f'    "{module}": "{lines[0]}",')
        else:
            listed += [f'    "{module}": (', *(f'        "{line} "' for line in lines), "    ),"]
    return _TEMPLATE.format(imports="\n".join(imports), modules="\n".join(listed))


if __name__ == "__main__":
    PATH.write_text(rendered())
