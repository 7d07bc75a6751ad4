"""A server on an event loop of its own, in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager


class ServingThread:
    """Serves until it is stopped, whichever loops of other threads run or stand still.

    Args:
        server: serves inside of ``async with``.

    Raises:
        OSError: if it cannot listen.
    """

    def __init__(self, server: AbstractAsyncContextManager[object]) -> None:
        self._started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = threading.Thread(target=self._run, args=(server,), name="FakeWorkato", daemon=True)
        self._thread.start()
        try:
            self._loop, self._stopping = self._started.result()
        except Exception:
            self._thread.join()  # which ends by itself
            raise

    def stop(self) -> None:
        """Stop serving, and wait until the thread has ended."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    def _run(self, server: AbstractAsyncContextManager[object]) -> None:
        # Not the loop of the policy in force, which may be made for the tests: with virtual time, for example.
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(self._serve(server))

    async def _serve(self, server: AbstractAsyncContextManager[object]) -> None:
        stopping = asyncio.Event()
        try:
            async with server:
                self._started.set_result((asyncio.get_running_loop(), stopping))
                await stopping.wait()
        except BaseException as error:
            if self._started.done():
                raise
            self._started.set_exception(error)
