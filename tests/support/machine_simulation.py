"""Processes of one machine, simulated in virtual time: each has a MachineStore, and all have one file, in memory."""

from __future__ import annotations

import asyncio
import contextlib
import random
from bisect import bisect_right
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from workato_async.errors import QuotaStoreError
from workato_async.limits.machine import MachineStore
from workato_async.limits.machine_bucket import MachineBucket
from workato_async.limits.quota import Quota
from workato_async.limits.quota_file import QuotaFile
from workato_async.limits.shared_state import SharedState

KEY = "GET /api/recipes/{id}"


class MemoryFile(QuotaFile):
    """Keeps states as bytes, counts transactions, and fails when it is told to."""

    def __init__(self) -> None:
        super().__init__(Path("memory"))
        self.rows: dict[str, bytes] = {}
        self.steps = 0
        self.fails = False

    @contextlib.contextmanager
    def transaction(self, name: str, endpoint: str) -> Iterator[SharedState]:
        if self.fails:
            raise QuotaStoreError("the file fails", endpoint=endpoint)
        self.steps += 1
        row = self.rows.get(name)
        state = msgspec.msgpack.decode(row, type=SharedState) if row else SharedState()
        yield state
        self.rows[name] = msgspec.msgpack.encode(state)


class Machine:
    """Makes processes that share a quota, and knows which of them have ended."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.file = MemoryFile()
        self.dead: set[str] = set()
        self.arrivals: list[tuple[float, int]] = []

    def bucket(self, quota: Quota, *, local_share: float | None = None, adaptive: bool = True) -> MachineBucket:
        """Return the bucket of a new process."""
        store = MachineStore("memory", on_store_failure="raise" if local_share is None else "local")
        store.local_share = local_share
        store.file, store.clock, store.draw = self.file, self.clock, lambda: 0.0
        store.lives = lambda name: name not in self.dead
        return store.bucket(quota, key=KEY, account="account", adaptive=adaptive)

    def used(self, per: float) -> int:
        """Return the arrivals in the last ``per`` seconds."""
        return sum(at > self.clock() - per for at, _ in self.arrivals)

    def kill(self, bucket: MachineBucket) -> None:
        """Have a process end, whatever it holds."""
        self.dead.add(bucket._shared._worker)

    async def call(self, bucket: MachineBucket, who: int, there: float, back: float) -> None:
        """Send one request, which arrives ``there`` seconds later and is responded to."""
        permit = await bucket.acquire()
        permit.mark_sent()
        await asyncio.sleep(there)
        self.arrivals.append((self.clock(), who))
        await asyncio.sleep(back)
        permit.responded()

    async def demand(self, bucket: MachineBucket, who: int, callers: int, seed: int, slowest: float) -> None:
        """Have so many callers send one request after the other, until cancelled."""
        rng = random.Random(seed * 1000 + who)

        async def caller() -> None:
            while True:
                await self.call(bucket, who, rng.uniform(0, slowest / 2), rng.uniform(0, slowest / 2))

        await asyncio.gather(*(caller() for _ in range(callers)))


def most_in_a_window(times: list[float], per: float) -> int:
    """Return the most arrivals in any window."""
    ordered = sorted(times)
    return max((index + 1 - bisect_right(ordered, at - per) for index, at in enumerate(ordered)), default=0)
