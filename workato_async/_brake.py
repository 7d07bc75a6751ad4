"""The brake on deletions: when a single reading of a list must not be believed."""

from __future__ import annotations

FEW = 3
"""Objects that one reading may take for deleted, unless they are all of them."""
SHARE = 10
"""One object in this many may be taken for deleted by one reading."""


def is_too_many(gone: int, live: int) -> bool:
    """Whether a single reading misses too many of the live objects for any of them to be deleted."""
    return gone > 0 and (gone >= live or (gone > FEW and gone * SHARE > live))
