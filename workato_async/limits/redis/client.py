"""Carries the steps of a worker's buckets to the store, many at once, and sees outages through."""

from __future__ import annotations

import asyncio
import math
import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from workato_async.errors import ConfigurationError
from workato_async.events import logger

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from workato_async.limits.redis.bucket import RedisBucket
    from workato_async.limits.redis.protocol import Answer, Call, Step

FIRST_RETRY = 0.02
"""Seconds until the store is tried again; they double with every failure."""
LAST_RETRY = 1.0
"""The most seconds between two tries."""


class LinkError(Exception):
    """The store did not answer, or not with an answer to a step. The text says why, without any secret."""


class Link(Protocol):
    """Open connections to the store."""

    async def exchange(self, steps: Sequence[tuple[str, Step]]) -> list[Answer]:
        """Carry out steps, each at the bucket of that name.

        Raises:
            LinkError: if that failed; whether steps were carried out is not known then.
        """
        ...

    def server_age(self, now: float) -> float:
        """Give the seconds since the server was started."""
        ...

    async def close(self) -> None:
        """Cut the connections."""
        ...


class Connect(Protocol):
    """Opens a link."""

    def __call__(
        self, worker: str, called: Callable[[Call], None], lost: Callable[[Link, str], None], /
    ) -> Awaitable[Link]:
        """Open it.

        Args:
            worker: the worker's id.
            called: hears the calls to this worker.
            lost: hears that the link broke, and why.

        Raises:
            LinkError: if the store cannot be reached.
        """
        ...


class StoreClient:
    """Has one exchange with the store at a time; steps that become due meanwhile go together in the next one.

    Args:
        connect: opens a link.
        timeout: seconds that an outage may last before the buckets hear of it.
        place: where the store is, for errors and the log.
        advice: what to do if it cannot be reached, for errors.
        goes_on: whether the buckets go on without the store, for the log.
    """

    def __init__(self, connect: Connect, *, timeout: float, place: str, advice: str, goes_on: bool) -> None:
        self._connect = connect
        self._timeout = timeout
        self._place = place
        self._advice = advice
        self._goes_on = goes_on
        self._loop: asyncio.AbstractEventLoop | None = None
        self._buckets: dict[str, RedisBucket] = {}
        self._due: dict[str, RedisBucket] = {}
        self._link: Link | None = None
        self._work: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()
        self._down_since: float | None = None
        self._out_of_reach = False
        self._failures = 0
        self._closed = False
        self._asks_from = -math.inf
        self._worker = ""
        self._process = 0

    def serve(self, bucket: RedisBucket, loop: asyncio.AbstractEventLoop) -> None:
        """Serve a bucket on a loop from now on.

        Raises:
            ConfigurationError: if the store serves another loop or process already, or was closed.
        """
        if self._closed:
            raise ConfigurationError("the store was closed: make a RedisStore for each Limiter", endpoint=bucket.key)
        if loop is not self._loop:
            if not self._worker:
                self._worker, self._process = secrets.token_hex(6), os.getpid()
            elif os.getpid() != self._process:  # a fork: two workers under one name would undo each other's books
                raise ConfigurationError(
                    "the store was used by the process that this one was forked from: make a RedisStore in each",
                    endpoint=bucket.key,
                )
            if self._loop is not None and not self._loop.is_closed():
                raise ConfigurationError(
                    "the store belongs to another event loop: give each loop (and thread) a RedisStore of its own",
                    endpoint=bucket.key,
                )
            self._loop, self._hurry = loop, asyncio.Event()
            self._link = self._work = self._down_since = None
            self._buckets.clear()
            self._due.clear()
        self._buckets[bucket.name] = bucket
        bucket.asks_from = self._asks_from

    def wake(self, bucket: RedisBucket) -> None:
        """Ask the bucket for a step as soon as possible."""
        if self._closed:
            return
        self._due[bucket.name] = bucket
        self._begin()
        if self._out_of_reach and bucket.waits():
            self._hurry.set()

    async def close(self) -> None:
        """Give back what the buckets hold, and cut the connections."""
        if self._closed:
            return
        self._closed = True
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            return
        turn = loop.create_future()
        loop.call_soon(turn.set_result, None)
        await turn  # calls that were just cancelled give back their tokens first
        if self._work is not None:
            self._work.cancel()
            with suppress(asyncio.CancelledError):
                await self._work
        for bucket in self._buckets.values():
            bucket.leave()
        with suppress(LinkError, TimeoutError):
            async with asyncio.timeout(self._timeout):
                # A second time, because a step whose answer was lost comes again as it was.
                for _ in range(0 if self._out_of_reach else 2):
                    self._due = {name: bucket for name, bucket in self._buckets.items() if bucket.holds()}
                    if self._due:
                        await self._deliver(loop)
        await self._cut()

    def _begin(self) -> None:
        if self._work is None and self._loop is not None:
            self._work = self._loop.create_task(self._run(self._loop))

    async def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            while self._due:
                began = loop.time()
                patience = self._timeout
                if self._down_since is not None and not self._out_of_reach:
                    patience = max(self._down_since + self._timeout - began, self._timeout / 10)
                try:
                    async with asyncio.timeout(patience):
                        await self._deliver(loop)
                except LinkError as error:
                    await self._failed(began, str(error))
                except TimeoutError:
                    await self._failed(began, f"no answer within {patience:.1f} s")
                except Exception as error:  # whatever it is, no caller must be left hanging
                    await self._failed(began, f"{type(error).__name__}: {error}")
                else:
                    if self._out_of_reach and self._goes_on:
                        logger.warning("the store at %s answers again: the quotas are shared again", self._place)
                        # All have told by then what they used by themselves: within a try and the pause before it.
                        self._ask_from(loop.time() + LAST_RETRY + self._timeout)
                    self._down_since, self._out_of_reach, self._failures = None, False, 0
        except asyncio.CancelledError:
            await self._cut()
            raise
        finally:
            self._work = None

    async def _deliver(self, loop: asyncio.AbstractEventLoop) -> None:
        """Have one exchange with the store about every bucket that is due."""
        link = self._link
        if link is None:
            link = self._link = await self._connect(self._worker, self._called, self._lost)
            for bucket in self._buckets.values():
                bucket.relinked()
        due, self._due = self._due, {}
        now = loop.time()
        age = link.server_age(now)
        try:
            answers = await link.exchange([(name, bucket.step(self._worker, now, age)) for name, bucket in due.items()])
        except BaseException:
            for bucket in due.values():
                bucket.missed()
            self._due = due | self._due
            raise
        now = loop.time()
        for bucket, answer in zip(due.values(), answers, strict=True):
            bucket.heard(answer, now)

    async def _failed(self, began: float, cause: str) -> None:
        """Wait before the next try, or tell the buckets if it has lasted for too long."""
        await self._cut()
        now = asyncio.get_running_loop().time()
        if self._down_since is None:
            self._down_since = began
        if now >= self._down_since + self._timeout:
            if not self._out_of_reach and self._goes_on:
                logger.warning(
                    "the store at %s cannot be reached (%s): going on with a share of the quotas", self._place, cause
                )
                self._ask_from(math.inf)
            self._out_of_reach = True
            for bucket in self._buckets.values():
                bucket.outage(f"the store at {self._place} cannot be reached ({cause}); {self._advice}")
        self._due = {name: b for name, b in self._buckets.items() if b.concerned() or b.waits()}
        if not self._due:
            return
        delay = min(LAST_RETRY, FIRST_RETRY * 2.0 ** min(self._failures, 16))
        self._failures += 1
        if not self._out_of_reach:
            delay = min(delay, self._down_since + self._timeout - now)
        self._hurry.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(delay):
                await self._hurry.wait()

    def _ask_from(self, moment: float) -> None:
        self._asks_from = moment
        for bucket in self._buckets.values():
            bucket.asks_from = self._asks_from

    def _called(self, call: Call) -> None:
        if (bucket := self._buckets.get(call.bucket)) is not None:
            bucket.called(call)

    def _lost(self, link: Link, cause: str) -> None:
        """Have the buckets make themselves known again: the store may have forgotten them."""
        if link is not self._link or self._closed:
            return
        logger.debug("the connection to %s was lost (%s)", self._place, cause)
        self._link = None
        self._due |= {name: b for name, b in self._buckets.items() if b.concerned() or b.waits()}
        if self._due:
            self._begin()

    async def _cut(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            await link.close()
