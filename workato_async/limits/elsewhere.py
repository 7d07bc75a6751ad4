"""Permits for callers on a second event loop of this process: the loop that owns the bucket hands them over."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from workato_async.limits.permit import LONGEST_MEANT, Permit, StalePermitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from workato_async.limits.wait_queue import Priority

CHECK_EVERY = 0.25
"""Seconds between checks whether the other loop still runs."""


class QueuedBucket(Protocol):
    """What is asked of a bucket here; see ``waiting.WaitingBucket``."""

    async def acquire(
        self, *, ahead: bool = False, priority: Priority = ..., max_wait: float | None = None
    ) -> Permit: ...

    def take(self, now: float) -> Permit | None: ...

    def enqueue(
        self, loop: asyncio.AbstractEventLoop, now: float, *, ahead: bool, priority: Priority, max_wait: float | None
    ) -> asyncio.Future[Permit]: ...

    def leave(self, turn: asyncio.Future[Permit]) -> None: ...


class _Messenger:
    """Takes permits back on one loop, and hands them over to the bucket on another."""

    __slots__ = ("_owner", "_permit")

    def __init__(self, permit: Permit, owner: asyncio.AbstractEventLoop) -> None:
        self._permit = permit
        self._owner = owner

    def check_lease(self, permit: Permit) -> None:
        if permit.use_by is not None and self._owner.time() > permit.use_by:
            raise StalePermitError

    def responded(self, permit: Permit) -> None:
        _call(self._owner, self._permit.responded)

    def given_up(self, permit: Permit) -> None:
        self._permit.mark_sent()
        _call(self._owner, self._permit.given_up)

    def unsent(self, permit: Permit) -> None:
        _call(self._owner, self._permit.unsent)

    def rate_limited(self, permit: Permit, retry_after: float | None) -> float:
        _call(self._owner, lambda: self._permit.rate_limited(retry_after))
        return 0.0 if retry_after is None or retry_after > LONGEST_MEANT else retry_after


async def acquire_elsewhere(
    bucket: QueuedBucket,
    owner: asyncio.AbstractEventLoop,
    *,
    ahead: bool,
    priority: Priority,
    max_wait: float | None,
) -> Permit:
    """Acquire a permit of a bucket that belongs to another running loop.

    If that loop stops while the caller waits, the caller's own loop takes the bucket over.

    Raises:
        QuotaWaitError, ConfigurationError: as ``waiting.WaitingBucket.acquire`` does.
    """
    here = asyncio.get_running_loop()
    promised: asyncio.Future[Permit] = here.create_future()
    turns: list[asyncio.Future[Permit]] = []

    def ask() -> None:  # on the owner
        if promised.done():
            return
        try:
            now = owner.time()
            if (permit := bucket.take(now)) is not None:
                hand_over(permit)
                return
            turns.append(bucket.enqueue(owner, now, ahead=ahead, priority=priority, max_wait=max_wait))
            turns[0].add_done_callback(come)
        except Exception as error:
            fail(error)

    def come(turn: asyncio.Future[Permit]) -> None:  # on the owner
        if turn.cancelled():
            return
        if (error := turn.exception()) is not None:
            fail(error)
        else:
            hand_over(turn.result())

    def fail(error: BaseException) -> None:  # on the owner
        _call(here, lambda: None if promised.done() else promised.set_exception(error))

    def hand_over(permit: Permit) -> None:  # on the owner
        if not _call(here, lambda: take(permit)):
            permit.unsent()

    def take(permit: Permit) -> None:
        if promised.done():  # the caller was cancelled
            _call(owner, permit.unsent)
        else:
            promised.set_result(permit)

    def leave() -> None:  # on the owner
        for turn in turns:
            if not turn.done():
                bucket.leave(turn)

    _call(owner, ask)
    try:
        while not promised.done():
            await asyncio.wait([promised], timeout=CHECK_EVERY)
            if not owner.is_running() and not promised.done():
                promised.cancel()
                if not owner.is_closed():
                    leave()
                return await bucket.acquire(ahead=ahead, priority=priority, max_wait=max_wait)
    except asyncio.CancelledError:
        if not promised.cancel():
            _call(owner, promised.result().unsent)
        _call(owner, leave)
        raise
    permit = promised.result()
    proxy = Permit(_Messenger(permit, owner), permit.source, permit.taken)
    proxy.use_by = permit.use_by
    return proxy


def _call(loop: asyncio.AbstractEventLoop, function: Callable[[], object]) -> bool:
    """Call a function on a loop; return whether it still takes calls."""
    try:
        loop.call_soon_threadsafe(function)
    except RuntimeError:  # closed
        return False
    return True
