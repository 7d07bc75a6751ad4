"""How the help shows arguments and options: by the names given to them, not by Python types."""

from __future__ import annotations

from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption


class _Argument(TyperArgument):
    """Shown as ``RECIPE``, ``[RECIPE]`` or ``[RECIPE]...``."""

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
