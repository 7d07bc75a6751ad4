"""Sends the steps of a worker's buckets to the store, many at once, and handles outages."""

from __future__ import annotations

import asyncio
import math
import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from workato_async.errors import ConfigurationError
from workato_async.events import logger
from workato_async.limits.limiter import SWEEP_FROM

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from workato_async.limits.redis.bucket import RedisBucket
    from workato_async.limits.redis.protocol import Reply, Step, Wakeup

FIRST_RETRY = 0.02
"""Seconds until the store is tried again; they double with every failure."""
LAST_RETRY = 1.0
"""The most seconds between two attempts."""


class LinkError(Exception):
    """The store did not reply to a step as it should. The text says why, without any secret."""


class Link(Protocol):
    """Open connections to the store."""

    async def exchange(self, steps: Sequence[tuple[str, Step]]) -> list[Reply]:
        """Carry out steps, each at the bucket of that name.

        Raises:
            LinkError: if that failed; whether steps were carried out is not known then.
        """
        ...

    def server_age(self, now: float) -> float:
        """Return the seconds since the server was started, infinite if that is not known."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class Connect(Protocol):
    """Opens a link."""

    def __call__(
        self, worker: str, on_wakeup: Callable[[Wakeup], None], on_lost_link: Callable[[Link, str], None], /
    ) -> Awaitable[Link]:
        """Open a link.

        Args:
            worker: the worker's id.
            on_wakeup: called when the store wakes this worker.
            on_lost_link: called when the link breaks, with the reason.

        Raises:
            LinkError: if the store cannot be reached.
        """
        ...


class StoreClient:
    """Has one exchange with the store at a time; steps that become due during one share the next one.

    Args:
        connect: opens a link.
        timeout: seconds that an outage may last before the buckets are told.
        address: where the store is, for errors and the log.
        advice: what to do if it cannot be reached, for errors.
        falls_back: whether the buckets go on without the store, for the log.

    Attributes:
        ask_from: see ``bucket.Client``.
        closed: see ``bucket.Client``.
    """

    def __init__(self, connect: Connect, *, timeout: float, address: str, advice: str, falls_back: bool) -> None:
        self._connect = connect
        self._timeout = timeout
        self._address = address
        self._advice = advice
        self._falls_back = falls_back
        self._loop: asyncio.AbstractEventLoop | None = None
        self._buckets: dict[str, RedisBucket] = {}
        self._due: dict[str, RedisBucket] = {}
        self._link: Link | None = None
        self._task: asyncio.Task[None] | None = None
        self._retry_now = asyncio.Event()
        self._down_since: float | None = None
        self._unreachable = False
        self._failures = 0
        self.closed = False
        self.ask_from = -math.inf
        self._sweep_at = SWEEP_FROM
        self._worker = ""
        self._process = 0

    def serve(self, bucket: RedisBucket, loop: asyncio.AbstractEventLoop) -> None:
        """Serve a bucket on a loop from now on.

        Raises:
            ConfigurationError: if the store serves another loop or process already, or was closed.
        """
        if self.closed:
            raise ConfigurationError("the store was closed: make a RedisStore for each Limiter", endpoint=bucket.key)
        if loop is not self._loop:
            if not self._worker:
                self._worker, self._process = secrets.token_hex(6), os.getpid()
            elif os.getpid() != self._process:  # a fork: two workers with one id would undo each other's steps
                raise ConfigurationError(
                    "the store was used by the process that this one was forked from: make a RedisStore in each",
                    advice="A blocking Workato does so by itself: limiter=lambda: Limiter(store=RedisStore(url)).",
                    endpoint=bucket.key,
                )
            if self._loop is not None and not self._loop.is_closed():
                raise ConfigurationError(
                    "the store belongs to another event loop: give each loop (and thread) a RedisStore of its own",
                    endpoint=bucket.key,
                )
            self._loop, self._retry_now = loop, asyncio.Event()
            self._link = self._task = self._down_since = None
            self._buckets.clear()
            self._due.clear()

    def request_step(self, bucket: RedisBucket) -> None:
        """Send a step of the bucket as soon as possible."""
        if self.closed:
            return
        if bucket.name not in self._buckets:
            self._add(bucket)
        self._due[bucket.name] = bucket
        self._start()
        if self._unreachable and bucket.has_waiters():
            self._retry_now.set()

    async def close(self) -> None:
        """Return what the buckets hold, and close the connections."""
        if self.closed:
            return
        self.closed = True
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            return
        one_turn = loop.create_future()
        loop.call_soon(one_turn.set_result, None)
        await one_turn  # calls that were just cancelled give back their permits first
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        for bucket in self._buckets.values():
            bucket.on_close()
        with suppress(LinkError, TimeoutError):
            async with asyncio.timeout(self._timeout):
                # Twice, because a step whose reply was lost is repeated as it was.
                for _ in range(0 if self._unreachable else 2):
                    self._due = {name: bucket for name, bucket in self._buckets.items() if bucket.holds()}
                    if self._due:
                        await self._exchange(loop)
        await self._disconnect()

    def _add(self, bucket: RedisBucket) -> None:
        if len(self._buckets) >= self._sweep_at:
            self._buckets = {name: it for name, it in self._buckets.items() if name in self._due or not it.idle}
            self._sweep_at = max(SWEEP_FROM, 2 * len(self._buckets))
        self._buckets[bucket.name] = bucket

    def _start(self) -> None:
        if self._task is None and self._loop is not None:
            self._task = self._loop.create_task(self._run(self._loop))

    async def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            while self._due:
                began = loop.time()
                timeout = self._timeout
                if self._down_since is not None and not self._unreachable:
                    timeout = max(self._down_since + self._timeout - began, self._timeout / 10)
                try:
                    async with asyncio.timeout(timeout):
                        await self._exchange(loop)
                except LinkError as error:
                    await self._on_failure(began, str(error))
                except TimeoutError:
                    await self._on_failure(began, f"no reply within {timeout:.1f} s")
                except Exception as error:  # whatever it is, no caller may hang
                    await self._on_failure(began, f"{type(error).__name__}: {error}")
                else:
                    if self._unreachable and self._falls_back:
                        logger.warning("the store at %s is reachable again: sharing the quotas", self._address)
                        # By then all workers have reported what they used alone: a timeout, and the delay before it.
                        self.ask_from = loop.time() + LAST_RETRY + self._timeout
                    self._down_since, self._unreachable, self._failures = None, False, 0
        except asyncio.CancelledError:
            await self._disconnect()
            raise
        finally:
            self._task = None

    async def _exchange(self, loop: asyncio.AbstractEventLoop) -> None:
        """Have one exchange with the store about every bucket that is due."""
        if self._link is None:
            self._link = await self._connect(self._worker, self._on_wakeup, self._on_lost_link)
        link = self._link
        waiting, self._due = self._due, {}
        try:
            now = loop.time()
            age = link.server_age(now)
            steps = [(name, bucket.step(self._worker, now, age)) for name, bucket in waiting.items()]
            replies = await link.exchange(steps)
            now = loop.time()
            for (name, _), reply in zip(steps, replies, strict=True):
                waiting[name].on_reply(reply, now)
                del waiting[name]
        except BaseException:
            for bucket in waiting.values():
                bucket.on_lost_reply()
            self._due = waiting | self._due
            raise

    async def _on_failure(self, began: float, cause: str) -> None:
        """Wait before the next attempt; tell the buckets if the outage has lasted for too long."""
        await self._disconnect()
        now = asyncio.get_running_loop().time()
        if self._down_since is None:
            self._down_since = began
        if now >= self._down_since + self._timeout:
            if not self._unreachable and self._falls_back:
                logger.warning(
                    "the store at %s cannot be reached (%s): continuing with a share of the quotas",
                    self._address,
                    cause,
                )
                self.ask_from = math.inf
            self._unreachable = True
            for bucket in self._buckets.values():
                bucket.on_outage(f"the store at {self._address} cannot be reached ({cause}); {self._advice}")
        self._due = {name: b for name, b in self._buckets.items() if b.needs_store() or b.has_waiters()}
        if not self._due:
            return
        delay = min(LAST_RETRY, FIRST_RETRY * 2.0 ** min(self._failures, 16))
        self._failures += 1
        if not self._unreachable:
            delay = min(delay, self._down_since + self._timeout - now)
        self._retry_now.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(delay):
                await self._retry_now.wait()

    def _on_wakeup(self, wakeup: Wakeup) -> None:
        if (bucket := self._buckets.get(wakeup.bucket)) is not None:
            bucket.on_wakeup(wakeup)

    def _on_lost_link(self, link: Link, cause: str) -> None:
        """Have the buckets report again: the store may have forgotten them."""
        if link is not self._link or self.closed:
            return
        logger.debug("the connection to %s was lost (%s)", self._address, cause)
        self._link = None
        self._due |= {name: b for name, b in self._buckets.items() if b.needs_store() or b.has_waiters()}
        if self._due:
            self._start()

    async def _disconnect(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            await link.close()
