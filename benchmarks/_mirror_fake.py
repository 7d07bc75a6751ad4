"""A fake workspace in a process of its own that counts, and lives when it is told to."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections import Counter
from contextlib import contextmanager
from random import Random
from typing import TYPE_CHECKING, Any

import attrs

from benchmarks._server import START_TIMEOUT
from tests.support.mirror_contents import expected
from tests.support.workspace_changes import Life
from workato_async.testing import FakeWorkato

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection


@attrs.frozen
class Workspace:
    """A running workspace.

    Attributes:
        url: where it listens.
    """

    url: str
    _pipe: Connection

    def activate(self, recipes: int) -> None:
        """Let that many recipes run a job, spread over all of them."""
        self._ask("activate", recipes)

    def live(self, every: int) -> None:
        """Let something happen with every so manieth request, never with 0."""
        self._ask("live", every)

    def happen(self, times: int) -> None:
        """Let that many things happen now."""
        self._ask("happen", times)

    def counts(self) -> Counter[str]:
        """Give the requests since the last look, by endpoint id."""
        counts: Counter[str] = self._ask("counts", 0)
        return counts

    def contents(self) -> dict[str, dict[Any, Any]]:
        """Give all objects, by stream and key."""
        contents: dict[str, dict[Any, Any]] = self._ask("contents", 0)
        return contents

    def _ask(self, what: str, number: int) -> Any:
        self._pipe.send((what, number))
        return self._pipe.recv()


@contextmanager
def serve(recipes: int, jobs: int, seed: int = 0) -> Iterator[Workspace]:
    """Run a workspace while the block runs."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, recipes, jobs, seed), daemon=True)
    process.start()
    there.close()
    try:
        if not here.poll(START_TIMEOUT):
            raise RuntimeError(f"the server did not start within {START_TIMEOUT:g} s")
        yield Workspace(here.recv(), here)
    finally:
        here.close()  # the end of the pipe ends the server, too
        process.join()


def _serve(pipe: Connection, recipes: int, jobs: int, seed: int) -> None:
    asyncio.run(_run(pipe, recipes, jobs, seed))


async def _run(pipe: Connection, recipes: int, jobs: int, seed: int) -> None:
    fake = FakeWorkato(recipes=recipes, jobs=jobs, window=None, seed=seed)
    life = Life(fake.state, Random(seed))
    arrivals = fake.requests = _Arrivals(life)
    async with fake:
        pipe.send(fake.url)
        stop = asyncio.Event()

        def asked() -> None:
            try:
                what, number = pipe.recv()
            except EOFError:
                stop.set()
                return
            answer: Any = None
            if what == "activate":
                ids = list(fake.state.recipes)
                for recipe_id in ids[:: len(ids) // number][:number]:
                    fake.state.add_job(recipe_id)
            elif what == "live":
                arrivals.every = number
            elif what == "happen":
                life.happen(number)
            elif what == "counts":
                answer = Counter(request.endpoint for request in arrivals)
                arrivals.clear()
            else:
                answer = expected(fake.state)
            pipe.send(answer)

        asyncio.get_running_loop().add_reader(pipe.fileno(), asked)
        await stop.wait()
        asyncio.get_running_loop().remove_reader(pipe.fileno())


class _Arrivals(list[Any]):
    """The requests; with some of them something happens."""

    def __init__(self, life: Life) -> None:
        super().__init__()
        self._life = life
        self.every = 0

    def append(self, request: Any) -> None:
        super().append(request)
        if self.every and len(self) % self.every == 0:
            self._life.happen()
