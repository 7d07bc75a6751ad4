"""Forked processes: without a store, a child and its parent each spend the whole quota."""

from __future__ import annotations

import os
from typing import ClassVar

from workato_async.events import logger

ADVICE = "Give all of them Limiter(store=MachineStore()), or a RedisStore if there are several machines"


class _Accounts:
    """The accounts whose permits limiters of this process keep, without a store."""

    used: ClassVar[set[str]] = set()
    of_parent: frozenset[str] = frozenset()
    warned = False


def count_alone(account: str) -> None:
    """Record that this process keeps the permits of an account by itself; warn once if its parent also does."""
    if account in _Accounts.of_parent:
        warn("was forked from a process that uses the same token")
    _Accounts.used.add(account)


def warn(what: str) -> None:
    """Warn, once in this process, that it shares no quota.

    Args:
        what: how it became one of several processes.
    """
    if not _Accounts.warned:
        _Accounts.warned = True
        logger.warning("this process %s: each of them spends the whole quota. %s", what, ADVICE)


def _after_fork_in_child() -> None:
    _Accounts.of_parent, _Accounts.used, _Accounts.warned = frozenset(_Accounts.used), set(), False


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
