"""Workers in one process and in virtual time: the real client, buckets and permits over the real script.

Only the connections are not real, and the server's clock, which is the loop's.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable, Sequence

import redis

from tests.support.redis_script import Scripted
from workato_async.limits.quota import Quota
from workato_async.limits.redis.bucket import RedisBucket
from workato_async.limits.redis.client import Link, LinkError, StoreClient
from workato_async.limits.redis.protocol import Reply, Step, Wakeup
from workato_async.limits.redis.timings import Timings

NAME = "workato:3:{account}:bucket"


class SimulatedStore:
    """A store whose messages take between ``quickest`` and ``slowest`` seconds each way.

    Attributes:
        steps: how many it carried out.
        wakeups: how many times it woke a worker.
        tries: how many times a worker tried to connect.
        clock_ahead: seconds its clock is ahead of the loop's.
        up: whether it replies.
    """

    def __init__(self, client: redis.Redis, quickest: float = 0.0002, slowest: float = 0.001, seed: int = 0) -> None:
        self.rng = random.Random(seed)
        self.quickest, self.slowest = quickest, slowest
        self.started = asyncio.get_running_loop().time() - 1e6
        self.clock_ahead = 1e6
        self.steps = self.wakeups = self.tries = 0
        self.up = True
        self.links: dict[str, SimulatedLink] = {}
        self.scripted = Scripted(client)

    def delay(self) -> float:
        return self.rng.uniform(self.quickest, self.slowest)

    def clock(self) -> int:
        return int((asyncio.get_running_loop().time() + self.clock_ahead) * 1e6)

    def step(self, name: str, step: Step) -> Reply:
        self.steps += 1
        reply, wakeups = self.scripted.step(name, self.clock(), step, self.links)
        loop = asyncio.get_running_loop()
        for worker, wakeup in wakeups:
            self.wakeups += 1
            loop.call_later(self.delay(), self.links[worker].on_wakeup, wakeup)
        if reply is None:
            raise LinkError("a step arrived after a later one")
        return reply

    def restart(self) -> None:
        """Lose everything, and all connections."""
        self.scripted.lose(NAME)
        self.started = asyncio.get_running_loop().time()
        for link in list(self.links.values()):
            self.cut(link.worker)

    def cut(self, worker: str) -> None:
        """Cut a worker's connection; it notices."""
        link = self.links.pop(worker)
        link.open = False
        link.on_lost_link(link, "cut")


class SimulatedLink:
    def __init__(
        self,
        store: SimulatedStore,
        worker: str,
        on_wakeup: Callable[[Wakeup], None],
        on_lost_link: Callable[[Link, str], None],
    ) -> None:
        self.store, self.worker, self.on_lost_link = store, worker, on_lost_link
        self.open = True
        self.on_wakeup: Callable[[Wakeup], None] = lambda wakeup: on_wakeup(wakeup) if self.open else None

    async def exchange(self, steps: Sequence[tuple[str, Step]]) -> list[Reply]:
        await asyncio.sleep(self.store.delay())
        if not self.open or not self.store.up:
            raise LinkError("cut")
        replies = [self.store.step(name, step) for name, step in steps]
        await asyncio.sleep(self.store.delay())
        if not self.open:
            raise LinkError("cut")
        return replies

    def server_age(self, now: float) -> float:
        return now - self.store.started

    async def close(self) -> None:
        self.open = False
        if self.store.links.get(self.worker) is self:
            del self.store.links[self.worker]


class World:
    """A store and its workers.

    Args:
        client: of the server that runs the script.
        quickest: seconds that a message takes at least.
        slowest: and at most.
    """

    def __init__(self, client: redis.Redis, quickest: float = 0.0002, slowest: float = 0.001) -> None:
        self.store = SimulatedStore(client, quickest, slowest)
        self.workers: list[SimulatedWorker] = []

    def bucket(
        self, quota: Quota, *, lease: float = 60.0, local_share: float | None = None, adaptive: bool = True
    ) -> RedisBucket:
        """Return the bucket of a new worker."""
        name = f"w{len(self.workers)}"
        self.workers.append(SimulatedWorker(self.store, name, quota, lease, local_share, adaptive=adaptive))
        return self.workers[-1].bucket

    async def close(self) -> None:
        for worker in self.workers:
            if not worker.dead:
                await worker.client.close()


class SimulatedWorker:
    """A worker with one bucket.

    Args:
        store: where its permits are.
        name: its id.
        quota: what may be sent.
        lease: after how long a request counts as lost.
        local_share: the part of the quota to go on with without the store, None to fail.
        adaptive: find out how much of the quota is really there.
    """

    def __init__(
        self,
        store: SimulatedStore,
        name: str,
        quota: Quota,
        lease: float = 60.0,
        local_share: float | None = None,
        *,
        adaptive: bool = True,
    ) -> None:
        self.store, self.name = store, name
        self.dead = False
        self.client = StoreClient(
            self.connect, timeout=2.0, address="simulation", advice="wait", falls_back=local_share is not None
        )
        self.client._worker, self.client._process = name, os.getpid()
        self.bucket = RedisBucket(
            Timings.of(quota, lease),
            key="GET /x",
            name=NAME,
            adaptive=adaptive,
            local_share=local_share,
            client=self.client,
        )

    def kill(self) -> None:
        """End the worker at once: its connections are closed, and it sends nothing more."""
        self.dead = True
        link = self.store.links.pop(self.name, None)
        if link is not None:
            link.open = False

    async def connect(
        self, worker: str, on_wakeup: Callable[[Wakeup], None], on_lost_link: Callable[[Link, str], None]
    ) -> Link:
        self.store.tries += 1
        await asyncio.sleep(self.store.delay())
        if self.dead:
            await asyncio.Event().wait()
        if not self.store.up:
            raise LinkError("refused")
        link = SimulatedLink(self.store, worker, on_wakeup, on_lost_link)
        self.store.links[worker] = link
        return link
