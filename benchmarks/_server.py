"""A fake server in a process of its own, so that its work is not in the client's figures."""

from __future__ import annotations

import asyncio
import multiprocessing
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Concatenate, Generic, ParamSpec, TypeVar

import attrs

from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection
    from random import Random

F = TypeVar("F", bound=FakeWorkato)
P = ParamSpec("P")
R = TypeVar("R")

START_TIMEOUT = 60.0
"""Seconds for the process to start."""
TOKEN = "benchmark-" * 30
"""As long as a real one; the fake server accepts any token."""


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
class Counts:
    """What the server saw of one endpoint.

    Attributes:
        requests: all requests.
        rate_limited: those it responded to with 429.
        most_in_window: the most arrivals, rate-limited ones included, in any window.
    """

    requests: int
    rate_limited: int
    most_in_window: int


def count(fake: FakeWorkato, endpoint: str) -> Counts:
    """Count the requests of an endpoint, given by id."""
    statuses = [request.status for request in fake.requests if request.endpoint == endpoint]
    return Counts(len(statuses), statuses.count(429), fake.most_in_window(endpoint))


@attrs.frozen
class Served(Generic[F]):
    """A running server: its address and the ids of its recipes."""

    url: str
    recipe_ids: list[int]
    _pipe: Connection

    def ask(self, question: Callable[Concatenate[F, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a module-level function with the fake in the server's process; return what it returns."""
        self._pipe.send((question, args, kwargs))
        result: R = self._pipe.recv()
        return result


@contextmanager
def served(make_fake: Callable[[], F]) -> Iterator[Served[F]]:
    """Run a fake while the block runs.

    Args:
        make_fake: makes it in the server's process; a module-level function, or a partial of one.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(make_fake, there), daemon=True)
    process.start()
    there.close()
    try:
        if not here.poll(START_TIMEOUT):
            raise RuntimeError(f"the server did not start within {START_TIMEOUT:g} s")
        try:
            url, recipe_ids = here.recv()
        except EOFError:
            raise RuntimeError("the server ended before it listened; its own error is printed above") from None
        yield Served(url, recipe_ids, here)
    finally:
        here.close()  # the end of the pipe ends the server
        process.join()


def _serve(make_fake: Callable[[], FakeWorkato], pipe: Connection) -> None:
    with suppress(KeyboardInterrupt):
        asyncio.run(_run(make_fake, pipe))


async def _run(make_fake: Callable[[], FakeWorkato], pipe: Connection) -> None:
    async with make_fake() as fake:
        loop = asyncio.get_running_loop()
        ended = loop.create_future()

        def respond() -> None:
            try:
                question, args, kwargs = pipe.recv()
                pipe.send(question(fake, *args, **kwargs))
            except EOFError:  # the client has left its block
                ended.set_result(None)
            except Exception as error:
                ended.set_exception(error)
            if ended.done():
                loop.remove_reader(pipe.fileno())

        pipe.send((fake.url, list(fake.state.recipes)))
        loop.add_reader(pipe.fileno(), respond)
        await ended
