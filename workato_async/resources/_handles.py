"""Handles: ids that are text, such as ``gin-AJTAt8w6-wdAgWM``."""

from __future__ import annotations

from typing import Protocol, cast


class Named(Protocol):
    """Anything whose id is a handle."""

    @property
    def id(self) -> str:
        """Give its id."""
        ...


def handle_of(thing: str | Named) -> str:
    """Give the handle of an object, or the handle itself; what is neither is refused when the path is built."""
    return thing if isinstance(thing, str) else getattr(thing, "id", cast("str", thing))
