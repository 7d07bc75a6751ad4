"""An extension of Griffe: the reference shows the value of a default rather than the name of a constant."""

from __future__ import annotations

from typing import Any

import griffe


class Defaults(griffe.Extension):
    """Replaces a name by the number or text that it stands for; an object keeps its name."""

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        """Look at every function of a package, which is then complete."""
        self._replace(pkg, pkg.modules_collection)

    def _replace(self, parent: griffe.Object, modules: griffe.ModulesCollection) -> None:
        for member in parent.members.values():
            if member.is_alias or not isinstance(member, griffe.Object):
                continue
            if isinstance(member, griffe.Function):
                for parameter in member.parameters:
                    if isinstance(parameter.default, griffe.ExprName):
                        parameter.default = _value(parameter.default, modules)
            self._replace(member, modules)


def _value(name: griffe.ExprName, modules: griffe.ModulesCollection) -> griffe.ExprName | str:
    try:
        value = str(modules[name.canonical_path].value)
    except (KeyError, AttributeError, griffe.GriffeError):
        return name
    return value if value[:1].isdigit() or value[:1] in "'\"" else name
