"""What survives a worker: the scheduler keeps which calls of a run were begun, and the replies of those made."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import attrs
from distributed import SchedulerPlugin

if TYPE_CHECKING:
    from distributed import Scheduler


@attrs.define
class _Run:
    client: str
    begun: set[int] = attrs.Factory(set)
    """Calls that may have been made, and must not be made twice."""
    replies: dict[int, bytes] = attrs.Factory(dict)
    """Delivered, and not yet taken."""


class Runs(SchedulerPlugin):
    """The runs of a cluster. A run ends with its iteration or its client.

    Replies go this way, not as the results of Dask's tasks: those are lost with their worker, and made again.
    """

    name = "workato_async"
    idempotent = True

    def __init__(self) -> None:
        self._runs: dict[str, _Run] = {}
        self._scheduler: Scheduler | None = None

    async def start(self, scheduler: Scheduler) -> None:
        """Add what clients and workers may call."""
        self._scheduler = scheduler
        for handler in (self.begin, self.claim, self.deliver, self.take, self.end):
            scheduler.handlers[f"workato_{handler.__name__}"] = handler

    def begin(self, run: str, client: str) -> None:
        """Remember a run."""
        self._runs.setdefault(run, _Run(client))

    def claim(self, run: str, index: int) -> bool:
        """Record that a call is about to be made; return whether it may be: only the first who asks may make it."""
        if (found := self._runs.get(run)) is None or index in found.begun:
            return False
        found.begun.add(index)
        return True

    def deliver(self, run: str, index: int, content: bytes) -> None:
        """Keep the reply of a call for the client; of two, the first."""
        if (found := self._runs.get(run)) is not None:
            found.replies.setdefault(index, content)

    def take(self, run: str, index: int) -> bytes | bool | None:
        """Return the reply of a call. Without one, return whether it was begun: from now on, nobody may begin it.

        None if the run has ended.
        """
        if (found := self._runs.get(run)) is None:
            return None
        return found.replies.pop(index, None) or not self.claim(run, index)

    async def end(self, run: str) -> None:
        """Forget a run, and close its sessions."""
        self._runs.pop(run, None)
        if self._scheduler is not None and run in self._scheduler.worker_plugins:
            with suppress(OSError):  # of a worker that has just ended
                await self._scheduler.unregister_worker_plugin(None, run)

    def remove_client(self, scheduler: Scheduler, client: str) -> None:
        """End the runs of a client that has gone."""
        for name in [name for name, run in self._runs.items() if run.client == client]:
            scheduler.loop.add_callback(self.end, name)
