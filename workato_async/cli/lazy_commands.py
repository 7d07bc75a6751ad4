"""Commands that are imported when they are used: the help of all of them needs a name and a summary of each."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer.main
from typer.core import TyperCommand, TyperGroup

from workato_async.cli.help_texts import SortedGroup
from workato_async.cli.terminal import echo_err

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Later(TyperCommand):
    """A command or group in the help of its parent, before it was imported.

    Args:
        name: its name.
        where: the module and, after a colon, the Typer application or the function.
        summary: the first sentence of its help.
        build: makes a command of the function.
    """

    def __init__(self, name: str, where: str, summary: str, build: Callable[[Any], TyperCommand]) -> None:
        super().__init__(name, help=summary)
        self._where = where
        self._build = build

    def load(self) -> TyperCommand | TyperGroup:
        """Import it."""
        module, _, attribute = self._where.partition(":")
        found = getattr(import_module(module), attribute)
        if not isinstance(found, typer.Typer):
            return self._build(found)
        group = typer.main.get_group(found)
        group.name = self.name
        return group


def group_class(later: Mapping[str, Later]) -> type[TyperGroup]:
    """Return the class of a group with commands that are imported when they are used.

    Args:
        later: those commands by name; more may be added until the group is made.
    """

    class LazyGroup(SortedGroup):
        def __init__(self, *, commands: Any = None, **options: Any) -> None:
            super().__init__(commands={**later, **(commands or {})}, **options)

        def resolve_command(self, ctx: Any, args: list[str]) -> Any:
            name, command, rest = super().resolve_command(ctx, args)
            return name, command.load() if isinstance(command, Later) else command, rest

        def invoke(self, ctx: Any) -> Any:
            try:
                return super().invoke(ctx)
            except KeyboardInterrupt:  # while modules are imported; commands handle it themselves
                echo_err("interrupted")
                raise typer.Exit(130) from None

    return LazyGroup
