"""Other event loops than CPython's own: nothing more is asked of them than asyncio documents for all."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import redis

from tests.support.bucket_callers import ACCOUNT, KEY, NEVER, Arrivals, crowd
from tests.support.redis_server import RedisServer
from tests.support.redis_simulation import World
from tests.support.virtual_time import VirtualTimeLoop
from workato_async.limits.quota import Quota
from workato_async.limits.redis import RedisStore


class BareHandle:
    """A handle as uvloop's: it can be cancelled, and has no time."""

    _source_traceback = None  # asyncio's own call_later looks at it

    def __init__(self, handle: asyncio.TimerHandle) -> None:
        self._handle = handle

    def cancel(self) -> None:
        self._handle.cancel()


class BareLoop(VirtualTimeLoop):
    def call_at(self, *arguments: Any, **options: Any) -> Any:  # type: ignore[override]
        return BareHandle(super().call_at(*arguments, **options))


def test_a_timer_is_only_ever_cancelled(blocking_client: redis.Redis) -> None:
    async def main() -> int:
        world = World(blocking_client)
        buckets = [world.bucket(Quota(4, 2)) for _ in range(2)]
        arrivals = Arrivals()
        await crowd(buckets, arrivals, 12, 0.5)
        await buckets[0].acquire(max_wait=10)
        await world.close()
        return len(arrivals.log)

    with asyncio.Runner(loop_factory=BareLoop) as runner:
        assert runner.run(main()) == 24


def test_a_store_works_on_uvloop(shared_server: RedisServer) -> None:
    uvloop = pytest.importorskip("uvloop")

    async def main() -> None:
        stores = [RedisStore(shared_server.url, timeout=NEVER) for _ in range(2)]
        buckets = [store.bucket(Quota(6, 0.1), key=f"{KEY}/uvloop", account=ACCOUNT) for store in stores]
        arrivals = Arrivals()
        await asyncio.wait_for(crowd(buckets, arrivals, 60), NEVER)
        assert len(arrivals.log) == 120
        assert arrivals.most_in(0.1) <= 6
        for store in stores:
            await store.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
