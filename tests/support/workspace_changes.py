"""A workspace that lives: what people and recipes do to it, at random."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING

from tests.support.virtual_time import VirtualTimeLoop

if TYPE_CHECKING:
    from workato_async.testing import State


class Life:
    """Changes a workspace, one thing at a time.

    Args:
        state: of the fake.
        rng: draws what happens.
        erase: single jobs may also be erased, which only a full pass can find.
    """

    def __init__(self, state: State, rng: Random, *, erase: bool = False) -> None:
        self._state = state
        self._rng = rng
        self._events = [
            *[self.run] * 6, *[self.finish] * 3, *[self.rename] * 3, *[self.publish] * 2, self.create, self.remove,
            self.connect, self.disconnect, self.file, self.fill, self.clear, self.deploy, self.log,
            *([self.erase] if erase else []),
        ]  # fmt: skip

    def happen(self, times: int = 1) -> None:
        """Let that many things happen."""
        for _ in range(times):
            loop = asyncio.get_running_loop()
            if isinstance(loop, VirtualTimeLoop):
                loop.now += 0.001  # the fake has timestamps of milliseconds, and no two changes share one
            self._rng.choice(self._events)()

    def run(self) -> None:
        for _ in range(self._rng.choice((1, 1, 2, 12, 30))):
            self._state.add_job(self._recipe(), status=self._rng.choice(("succeeded", "failed", "pending")))

    def finish(self) -> None:
        recipe_id = self._recipe()
        waiting = [job for job in self._state.jobs[recipe_id].values() if job["status"] == "pending"]
        if waiting:
            job_id = self._rng.choice(waiting)["id"]
            self._state.finish_job(recipe_id, job_id, status=self._rng.choice(("succeeded", "failed")))

    def erase(self) -> None:
        jobs = self._state.jobs[self._recipe()]
        if jobs:
            del jobs[self._rng.choice(list(jobs))]

    def rename(self) -> None:
        self._state.recipes[self._recipe()]["name"] = f"renamed {self._rng.random()}"

    def publish(self) -> None:
        self._state.add_version(self._recipe(), comment="better")

    def create(self) -> None:
        self._state.add_recipe(running=True)

    def remove(self) -> None:
        self._state.remove_recipe(self._recipe())

    def connect(self) -> None:
        self._state.add_connection(provider="slack")

    def disconnect(self) -> None:
        if self._state.connections:
            del self._state.connections[self._rng.choice(list(self._state.connections))]

    def file(self) -> None:
        self._state.add_folder("inner", parent_id=self._rng.choice(list(self._state.folders)[1:]))

    def fill(self) -> None:
        self._state.add_lookup_row(6_001, {"Code": str(self._rng.random())})

    def clear(self) -> None:
        rows = self._state.lookup_rows[6_001]
        if rows:
            del rows[self._rng.choice(list(rows))]

    def deploy(self) -> None:
        self._state.add_deployment(self._state.first_project()["id"])

    def log(self) -> None:
        for _ in range(self._rng.choice((1, 120))):
            self._state.add_activity("recipe_started")

    def _recipe(self) -> int:
        return self._rng.choice(list(self._state.recipes))
