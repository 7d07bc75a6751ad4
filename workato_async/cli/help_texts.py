"""How the help shows arguments and options: by the names given to them, not by Python types."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption


def _require_content(parameter: TyperArgument | TyperOption, ctx: Any, value: Any) -> None:
    """Raise an error for an empty value: a variable of a script without content must not be taken for no filter."""
    values = value if isinstance(value, list | tuple) else (value,)
    if parameter.default != "" and "" in values:
        name = parameter.opts[0] if isinstance(parameter, TyperOption) else parameter.metavar or parameter.name
        raise typer.BadParameter("must not be empty", ctx=ctx, param_hint=name)


class _Argument(TyperArgument):
    """Shown as ``RECIPE``, ``[RECIPE]`` or ``[RECIPE]...``."""

    def process_value(self, ctx: Any, value: Any) -> Any:
        """Return the value of an argument, which is not empty."""
        _require_content(self, ctx, value)
        return super().process_value(ctx, value)

    def _usage_display_name(self) -> str:
        name = self.display_name_raw if self.required else f"[{self.display_name_raw}]"
        return name if self.nargs == 1 else f"{name}..."

    def _rich_display_name(self) -> str:
        return self.display_name_raw

    def display_type_rich(self, ctx: Any) -> None:
        return None

    def _get_number_range_help_str(self) -> None:
        return None


class _Option(TyperOption):
    """Shown without the limits of a number, which errors name."""

    def process_value(self, ctx: Any, value: Any) -> Any:
        """Return the value of an option; one that is not there costs no import of what Typer checks values with."""
        if value is None and not (self.required or self.multiple):
            return self.callback(ctx, self, None) if self.callback else None
        _require_content(self, ctx, value)
        return super().process_value(ctx, value)

    def _get_number_range_help_str(self) -> None:
        return None


class PlainCommand(TyperCommand):
    """A command whose help shows them so. Typer has no hook for it, so its objects change their class."""

    def get_params(self, ctx: Any) -> list[Any]:
        return spelled_out(super().get_params(ctx))


def spelled_out(parameters: list[Any]) -> list[Any]:
    """Return the parameters of a command or group, which help shows so."""
    for parameter in parameters:
        if type(parameter) is TyperArgument:
            parameter.__class__ = _Argument
        elif type(parameter) is TyperOption:
            parameter.__class__ = _Option
    return parameters


class SortedGroup(TyperGroup):
    """A group that lists its commands by name; Typer lists single commands first, and groups after them."""

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(super().list_commands(ctx))

    def get_params(self, ctx: Any) -> list[Any]:
        return spelled_out(super().get_params(ctx))
