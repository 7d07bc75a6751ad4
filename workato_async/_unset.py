"""UNSET: the default of an argument that was not given, where None is a value of its own."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Unset(Enum):
    """The type of ``UNSET``, for annotations such as ``str | None | Unset``.

    An enumeration with one member: type checkers narrow ``is UNSET``, and a copy or a pickle of it is the same object.
    """

    UNSET = "UNSET"

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "UNSET"

    __str__ = __repr__


UNSET: Final = Unset.UNSET
"""Leaves a field as it is. Methods that update something send ``null`` for None, and nothing for UNSET."""
