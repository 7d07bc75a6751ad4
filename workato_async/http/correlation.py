"""Correlation ids: each call's own, and recognizable as one of this process.

An id is a prefix that all calls of the process share and random digits. A response that carries an id with our prefix
that is not the call's own belongs to another call.
"""

from __future__ import annotations

import os

_DIGITS = 16
_AT_ONCE = 256
"""Ids for which randomness is fetched at a time: one system call for each would take longer than all the rest."""

_prefix = ""
_unused: list[str] = []


def new_id() -> str:
    """Return 32 hexadecimal digits that no other call has; they need not be hard to guess, only quick to make."""
    global _unused
    try:
        digits = _unused.pop()  # one step, so that no two threads get the same
    except IndexError:
        fresh = os.urandom(_AT_ONCE * _DIGITS // 2).hex()
        unused = [fresh[start : start + _DIGITS] for start in range(0, len(fresh), _DIGITS)]
        digits = unused.pop()
        _unused = unused
    return _prefix + digits


def is_another_calls(own: str, found: tuple[str, ...]) -> bool:
    """Whether a response with these ids belongs to another call of this process than the one with the id ``own``."""
    if not found or own in found:
        return False
    lowered = [each.lower() for each in found]
    return own.lower() not in lowered and any(len(each) == len(own) and each.startswith(_prefix) for each in lowered)


def _begin() -> None:
    """Choose a prefix; a forked child takes one of its own, and forgets the digits that its parent will use."""
    global _prefix, _unused
    _prefix, _unused = os.urandom(_DIGITS // 2).hex(), []


_begin()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin)
