"""From an endpoint's id to its method."""

from __future__ import annotations

from functools import reduce
from keyword import iskeyword
from typing import Any


def method_named(api: object, id_: str) -> Any:
    """Return the method of an endpoint; one whose name is a keyword of Python has an underscore at its end."""
    return reduce(getattr, (f"{name}_" if iskeyword(name) else name for name in id_.split(".")), api)
