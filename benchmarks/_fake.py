"""A fake server in a process of its own whose quotas are given and whose faults are planned; it counts by endpoint."""

from __future__ import annotations

import asyncio
import multiprocessing
from contextlib import contextmanager
from typing import TYPE_CHECKING

import attrs

from benchmarks._server import START_TIMEOUT, Counts
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from multiprocessing.connection import Connection

    from workato_async import Quota
    from workato_async.testing import Fault


@attrs.frozen
class Planned:
    """A fault that strikes once: at this endpoint (its key), after so many requests that go well."""

    endpoint: str
    fault: Fault
    after: int = 0


@attrs.frozen
class Fake:
    """How the fake is set up.

    Attributes:
        recipes: how many there are.
        time_scale: every window is that many times as long.
        quotas: other quotas than the documented ones, by endpoint key.
        faults: what goes wrong.
        watched: ids of the endpoints that are counted.
    """

    recipes: int = 1
    time_scale: float = 1.0
    quotas: Mapping[str, Quota] = attrs.field(factory=dict)
    faults: Sequence[Planned] = ()
    watched: Sequence[str] = ()


@attrs.define
class Running:
    """A running server: its address and its recipes; after the block also its counts by endpoint id."""

    url: str
    recipe_ids: list[int]
    counts: Mapping[str, Counts] = attrs.field(factory=dict)


@contextmanager
def serve(fake: Fake) -> Iterator[Running]:
    """Run the fake while the block runs."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(fake, there), daemon=True)
    process.start()
    there.close()
    try:
        if not here.poll(START_TIMEOUT):
            raise RuntimeError(f"the server did not start within {START_TIMEOUT:g} s")
        running = Running(*here.recv())
        yield running
        here.send(None)
        running.counts = here.recv()
    finally:
        here.close()  # the end of the pipe ends the server, too
        process.join()


def _serve(fake: Fake, pipe: Connection) -> None:
    asyncio.run(_run(fake, pipe))


async def _run(setup: Fake, pipe: Connection) -> None:
    fake = FakeWorkato(recipes=setup.recipes, jobs=0, time_scale=setup.time_scale, quotas=setup.quotas)
    for planned in setup.faults:
        fake.fail(planned.endpoint, planned.fault, after=planned.after)
    async with fake:
        pipe.send((fake.url, list(fake.state.recipes)))
        stop = asyncio.Event()
        asyncio.get_running_loop().add_reader(pipe.fileno(), stop.set)
        await stop.wait()
        asyncio.get_running_loop().remove_reader(pipe.fileno())
        try:
            pipe.recv()
        except EOFError:  # the client is gone, nobody wants to know
            return
        pipe.send({endpoint_id: _counts(fake, endpoint_id) for endpoint_id in setup.watched})


def _counts(fake: FakeWorkato, endpoint_id: str) -> Counts:
    refused = sum(request.status == 429 and request.endpoint == endpoint_id for request in fake.requests)
    return Counts(fake.sent(endpoint_id), refused, fake.most_in_window(endpoint_id))
