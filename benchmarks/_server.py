"""The fake server in a process of its own, so that its work is not in the client's figures."""

from __future__ import annotations

import asyncio
import multiprocessing
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import attrs

from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from random import Random

START_TIMEOUT = 60.0
"""Seconds for the process to start."""
TOKEN = "benchmark"
"""Any token is one to the fake server."""


@attrs.frozen
class Delay:
    """Seconds drawn from ``low`` to ``high``, and ``spike`` instead for that part of the draws."""

    low: float
    high: float
    spike: float = 0.0
    spikes: float = 0.0

    def __call__(self, rng: Random) -> float:
        return self.spike if rng.random() < self.spikes else rng.uniform(self.low, self.high)


@attrs.frozen
class Server:
    """How the fake is set up.

    Attributes:
        recipes: how many there are, each with about 1 KB of code.
        window: how it counts, None for no quotas.
        time_scale: every window is that many times as long.
        uplink: delay of a request before its arrival is counted.
        latency: delay of the answer after it.
        seed: of the delays and the data.
        watched: key of the endpoint whose fullest window is told at the end.
    """

    recipes: int
    window: Literal["sliding", "fixed", "token_bucket"] | None = "sliding"
    time_scale: float = 1.0
    uplink: Delay | None = None
    latency: Delay | None = None
    seed: int = 0
    watched: str = ""


@attrs.frozen
class Counts:
    """What the server saw.

    Attributes:
        requests: all requests.
        refused: those answered 429.
        most_in_window: the most arrivals, refused ones included, in any window of the watched endpoint.
    """

    requests: int
    refused: int
    most_in_window: int


@attrs.define
class Running:
    """A running server: its address and its recipes; after the block also its counts."""

    url: str
    recipe_ids: list[int]
    _counts: Counts | None = None

    @property
    def counts(self) -> Counts:
        if self._counts is None:
            raise RuntimeError("the server counts until its block is left")
        return self._counts


@contextmanager
def serve(server: Server) -> Iterator[Running]:
    """Run the fake while the block runs."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(server, there), daemon=True)
    process.start()
    there.close()
    try:
        if not here.poll(START_TIMEOUT):
            raise RuntimeError(f"the server did not start within {START_TIMEOUT:g} s")
        try:
            running = Running(*here.recv())
        except EOFError:
            raise RuntimeError("the server ended before it listened; its own error stands above") from None
        yield running
        here.send(None)
        running._counts = here.recv()
    finally:
        here.close()  # the end of the pipe ends the server, too
        process.join()


def _serve(server: Server, pipe: Connection) -> None:
    asyncio.run(_run(server, pipe))


async def _run(server: Server, pipe: Connection) -> None:
    fake = FakeWorkato(
        recipes=server.recipes,
        jobs=0,
        window=server.window,
        time_scale=server.time_scale,
        uplink=server.uplink,
        latency=server.latency,
        seed=server.seed,
    )
    async with fake:
        pipe.send((fake.url, list(fake.state.recipes)))
        stop = asyncio.Event()
        asyncio.get_running_loop().add_reader(pipe.fileno(), stop.set)
        await stop.wait()
        asyncio.get_running_loop().remove_reader(pipe.fileno())
        most = fake.most_in_window(server.watched) if server.watched else 0
        try:
            pipe.recv()
        except EOFError:  # the client is gone, nobody wants to know
            return
        pipe.send(Counts(len(fake.requests), fake.refused, most))
