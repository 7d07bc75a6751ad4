"""Endpoint keys: ``"GET /api/recipes/{id}"``, whatever the placeholder is called."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TypeVar

from workato_async.errors import ConfigurationError

V = TypeVar("V")

_KEY = re.compile(r"[A-Z]+ /\S*(?: @\d+)?")
"""A method and a path template. At the end of one, ``*`` stands for whatever follows: the key of the requests to
unknown paths that begin in the same way, such as ``"GET /api/widgets/*"``."""


@lru_cache(maxsize=4096)  # bounded: a raw request may name any path
def canonical(key: str) -> str:
    """Return the key with nameless placeholders, so that ``{id}`` and ``{recipe_id}`` mean the same endpoint."""
    return re.sub(r"\{[^}]*\}", "{}", key)


def fits(template: str, key: str) -> bool:
    """Whether a canonical key is that of a template, or has words in some of its placeholders."""
    parts, others = template.split("/"), key.split("/")
    return len(parts) == len(others) and all(part in ("{}", other) for part, other in zip(parts, others, strict=True))


class ByEndpoint(Mapping[str, V]):
    """A mapping by endpoint key that does not care how a placeholder is called.

    Raises:
        ConfigurationError: for a key that is not ``"METHOD /path"``.
    """

    __slots__ = ("_names", "_values")

    def __init__(self, values: Mapping[str, V]) -> None:
        for key in values:
            if not _KEY.fullmatch(key):
                raise ConfigurationError(f"{key!r} is not an endpoint key such as 'GET /api/recipes/{{id}}'")
        self._values = {canonical(key): value for key, value in values.items()}
        self._names = {canonical(key): key for key in values}

    def __getitem__(self, key: str) -> V:
        return self._values[canonical(key)]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and canonical(key) in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._names.values())

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(dict(self.items()))
