"""Workers and a store in one process, in virtual time: the real courier, buckets and claims over the script's twin."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence

from tests.redis.twin import Twin
from workato_async.limits.quota import Quota
from workato_async.limits.redis_bucket import RedisBucket
from workato_async.limits.redis_courier import Courier, Link, LinkError
from workato_async.limits.redis_messages import Answer, Call, Step
from workato_async.limits.redis_terms import Terms


class SimulatedStore:
    """A store whose messages take between ``quickest`` and ``slowest`` seconds each way.

    Attributes:
        steps: how many it carried out.
        calls: how many times it called a worker.
        clock_ahead: seconds its clock is ahead of the loop's.
    """

    def __init__(self, quickest: float = 0.0002, slowest: float = 0.001, seed: int = 0) -> None:
        self.rng = random.Random(seed)
        self.quickest, self.slowest = quickest, slowest
        self.started = asyncio.get_running_loop().time() - 1e6
        self.clock_ahead = 1e6
        self.steps = self.calls = 0
        self.up = True
        self.twins: dict[str, Twin] = {}
        self.links: dict[str, SimulatedLink] = {}

    def delay(self) -> float:
        return self.rng.uniform(self.quickest, self.slowest)

    def clock(self) -> int:
        return int((asyncio.get_running_loop().time() + self.clock_ahead) * 1e6)

    def step(self, name: str, step: Step) -> Answer | None:
        self.steps += 1
        if name not in self.twins:
            self.twins[name] = Twin(self.links.__contains__, lambda worker, *said: self.call(worker, name, *said))
        return self.twins[name].step(self.clock(), step)

    def call(self, worker: str, name: str, after: int, version: int, tokens: int) -> bool:
        self.calls += 1
        link = self.links.get(worker)
        if link is None:
            return False
        asyncio.get_running_loop().call_later(self.delay(), link.called, Call(name, after, version, tokens))
        return True

    def restart(self) -> None:
        """Lose everything, and all connections."""
        self.twins.clear()
        self.started = asyncio.get_running_loop().time()
        for link in list(self.links.values()):
            self.kill(link.worker)
            link.lost(link, "restarted")

    def kill(self, worker: str) -> None:
        """Cut a worker's connection."""
        self.links.pop(worker).open = False


class SimulatedLink:
    def __init__(
        self, store: SimulatedStore, worker: str, called: Callable[[Call], None], lost: Callable[[Link, str], None]
    ) -> None:
        self.store, self.worker, self.called, self.lost = store, worker, called, lost
        self.open = True

    async def exchange(self, steps: Sequence[tuple[str, Step]]) -> list[Answer]:
        await asyncio.sleep(self.store.delay())
        if not self.open or not self.store.up:
            raise LinkError("cut")
        answers = [self.store.step(name, step) for name, step in steps]
        await asyncio.sleep(self.store.delay())
        if not self.open:
            raise LinkError("cut")
        return [answer for answer in answers if answer is not None]

    def server_age(self, now: float) -> float:
        return now - self.store.started

    async def close(self) -> None:
        self.open = False
        if self.store.links.get(self.worker) is self:
            del self.store.links[self.worker]


class SimulatedWorker:
    """A worker with one bucket."""

    def __init__(self, store: SimulatedStore, name: str, quota: Quota, lease: float = 60.0) -> None:
        self.store, self.name = store, name
        self.dead = False
        self.courier = Courier(self.connect, timeout=2.0, place="simulation", advice="wait", goes_on=False)
        self.bucket = RedisBucket(
            Terms.of(quota, lease), key="GET /x", name="x", worker=name, local_share=None, carrier=self.courier
        )

    def kill(self) -> None:
        """End the worker at once: its connections are closed, and it says no more."""
        self.dead = True
        if self.name in self.store.links:
            self.store.kill(self.name)

    async def connect(self, called: Callable[[Call], None], lost: Callable[[Link, str], None]) -> Link:
        await asyncio.sleep(self.store.delay())
        if self.dead:
            await asyncio.Event().wait()
        if not self.store.up:
            raise LinkError("refused")
        link = SimulatedLink(self.store, self.name, called, lost)
        self.store.links[self.name] = link
        return link
