"""What survives a worker: the scheduler keeps which calls of a run were begun, and the replies of those made."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Literal

import attrs
from distributed import SchedulerPlugin

if TYPE_CHECKING:
    from distributed import Scheduler

State = Literal["free", "claimed", "done", "ended"]
"""Of an input: nobody has begun its call; somebody has; its reply was delivered; or its whole run has ended."""

_STATES: tuple[State, ...] = ("free", "claimed", "done")


@attrs.define
class _Run:
    client: str
    states: bytearray = attrs.Factory(bytearray)
    """A byte for every input: a million of them are a megabyte."""
    replies: dict[int, bytes] = attrs.Factory(dict)
    """Delivered, and not yet taken."""

    def change(self, index: int, state: State) -> State:
        """Set the state of an input, and return the one before."""
        self.states.extend(bytes(max(0, index + 1 - len(self.states))))
        before, self.states[index] = _STATES[self.states[index]], _STATES.index(state)
        return before


class Runs(SchedulerPlugin):
    """The runs of a cluster. A run ends with its iteration or its client.

    Replies go this way, not as the results of Dask's tasks: those are lost with their worker, and made again.
    """

    name = "workato_async"
    idempotent = True

    def __init__(self) -> None:
        self._runs: dict[str, _Run] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._scheduler: Scheduler | None = None

    async def start(self, scheduler: Scheduler) -> None:
        """Add what clients and workers may call."""
        self._scheduler = scheduler
        scheduler.handlers.update(
            workato_begin=self.begin,
            workato_claim=self.claim,
            workato_deliver=self.deliver,
            workato_take=self.take,
            workato_end=self.end,
        )

    def begin(self, run: str, client: str) -> None:
        """Remember a run."""
        self._runs.setdefault(run, _Run(client))

    def claim(self, run: str, index: int) -> State:
        """Record that a call is about to be made, and return the state before: ``"free"`` for the first who asks."""
        if (found := self._runs.get(run)) is None:
            return "ended"
        if (before := found.change(index, "claimed")) == "done":
            found.change(index, "done")
        return before

    def deliver(self, run: str, index: int, content: bytes) -> None:
        """Keep the reply of a call for the client; of two, the first."""
        if (found := self._runs.get(run)) is not None and found.change(index, "done") != "done":
            found.replies[index] = content

    def take(self, run: str, index: int) -> dict[str, State | bytes]:
        """Return the state of an input and, if it is done, the reply. From now on, nobody may make its call."""
        if (found := self._runs.get(run)) is None:
            return {"state": "ended"}
        return {"state": found.change(index, "done"), "content": found.replies.pop(index, b"")}

    async def end(self, run: str) -> None:
        """Forget a run, and close its sessions."""
        self._runs.pop(run, None)
        if self._scheduler is not None and run in self._scheduler.worker_plugins:
            with suppress(OSError):  # of a worker that has just ended
                await self._scheduler.unregister_worker_plugin(None, run)

    def remove_client(self, scheduler: Scheduler, client: str) -> None:
        """End the runs of a client that has gone."""
        for name in [name for name, run in self._runs.items() if run.client == client]:
            task = asyncio.ensure_future(self.end(name))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
