"""A fake server in a process of its own that tells every arrival: when, at which recipe, and how it was answered."""

from __future__ import annotations

import asyncio
import multiprocessing
from contextlib import contextmanager
from typing import TYPE_CHECKING

import attrs

from benchmarks._server import START_TIMEOUT, Delay
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection

    from workato_async import Quota


@attrs.frozen
class Arrival:
    """One request: the monotonic clock, the id of the recipe, the status of the answer."""

    at: float
    recipe: int
    status: int


@attrs.define
class Running:
    """A running server: its address and its recipes; after the block also the arrivals in their order."""

    url: str
    recipe_ids: Sequence[int]
    arrivals: Sequence[Arrival] = ()


@contextmanager
def serve(recipes: int, quota: Quota, latency: Delay) -> Iterator[Running]:
    """Run the fake while the block runs; the quota is that of ``recipes.get``."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(recipes, quota, latency, there), daemon=True)
    process.start()
    there.close()
    try:
        if not here.poll(START_TIMEOUT):
            raise RuntimeError(f"the server did not start within {START_TIMEOUT:g} s")
        running = Running(*here.recv())
        yield running
        here.send(None)
        running.arrivals = here.recv()
    finally:
        here.close()  # the end of the pipe ends the server, too
        process.join()


def _serve(recipes: int, quota: Quota, latency: Delay, pipe: Connection) -> None:
    asyncio.run(_run(recipes, quota, latency, pipe))


async def _run(recipes: int, quota: Quota, latency: Delay, pipe: Connection) -> None:
    async with FakeWorkato(recipes=recipes, jobs=0, quotas={"recipes.get": quota}, latency=latency) as fake:
        pipe.send((fake.url, list(fake.state.recipes)))
        stop = asyncio.Event()
        asyncio.get_running_loop().add_reader(pipe.fileno(), stop.set)
        await stop.wait()
        asyncio.get_running_loop().remove_reader(pipe.fileno())
        try:
            pipe.recv()
        except EOFError:  # the client is gone, nobody wants to know
            return
        pipe.send(
            [
                Arrival(request.arrived_at, int(request.path.rpartition("/")[2]), request.status)
                for request in fake.requests
            ]
        )
