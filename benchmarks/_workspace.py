"""A fake workspace that changes while it is read, for the benchmarks of the mirror."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

from tests.support.mirror_contents import expected
from tests.support.workspace_changes import Life
from workato_async.testing import FakeWorkato


class Workspace(FakeWorkato):
    """A workspace without quotas that can be changed.

    The methods are also the questions to ask of one that is served.
    """

    def __init__(self, recipes: int, jobs: int, seed: int = 0) -> None:
        super().__init__(recipes=recipes, jobs=jobs, window=None, seed=seed)
        self.life = Life(self.state, Random(seed))
        self.requests = self.arrivals = _Arrivals(self.life)

    def activate(self, recipes: int) -> None:
        """Let that many recipes run a job, spread over all of them."""
        ids = list(self.state.recipes)
        for recipe_id in ids[:: len(ids) // recipes][:recipes]:
            self.state.add_job(recipe_id)

    def queue(self, jobs: int) -> None:
        """Let the first recipe have that many jobs that wait."""
        for _ in range(jobs):
            self.state.add_job(next(iter(self.state.recipes)), status="pending")

    def change_every(self, requests: int) -> None:
        """Change something with every so many requests; 0 stops that."""
        self.arrivals.every = requests

    def change(self, times: int) -> None:
        """Change that many things now."""
        self.life.happen(times)

    def counts(self) -> Counter[str]:
        """Return the requests since the last call, by endpoint id."""
        counts = Counter(request.endpoint for request in self.arrivals)
        self.arrivals.clear()
        return counts

    def contents(self) -> dict[str, dict[Any, Any]]:
        """Return all objects, by stream and key."""
        return expected(self.state)


class _Arrivals(list[Any]):
    """The requests; with some of them something changes."""

    def __init__(self, life: Life) -> None:
        super().__init__()
        self._life = life
        self.every = 0

    def append(self, request: Any) -> None:
        super().append(request)
        if self.every and len(self) % self.every == 0:
            self._life.happen()
