"""The thread whose event loop all blocking calls of this process run on.

It is started by the first call, and ends when the last :class:`Workato` is closed, at the latest when the interpreter
exits. A forked child starts one of its own.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, ClassVar, Protocol
from weakref import WeakSet

from workato_async._blocking.call import CURRENT, GRACE, PATIENCE, Call
from workato_async.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class LoopThread:
    """An event loop that runs in a thread of its own until :meth:`stop`."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._calls: set[Call] = set()
        self._ending = False
        self._lock = threading.RLock()  # the garbage collector may close something while it is held
        self._loop: asyncio.AbstractEventLoop | None = None
        started = threading.Event()
        # Python waits for other threads before it calls what is registered with atexit, so this must be a daemon.
        self._thread = threading.Thread(target=self._run, args=(started,), name="workato_async", daemon=True)
        self._thread.start()
        started.wait()

    def run(self, call: Call, make: Callable[[], Awaitable[Any]]) -> Any:
        """Await something in the event loop, and wait for its result.

        Raises:
            ConfigurationError: in the loop's own thread, in a forked child, or if the loop was stopped.
        """
        if self.pid != os.getpid():
            raise ConfigurationError(
                "this was made in the process that this one was forked from",
                advice="Make it in this process: a Workato itself may be used in both, what it returned may not.",
            )
        if self.is_current:
            raise own_thread()
        context = copy_context()
        context.run(CURRENT.set, call)
        try:
            with self._lock:
                if self._loop is None:
                    raise closed()
                self._calls.add(call)
                self._loop.call_soon_threadsafe(call.begin, make, context, context=context)
            return call.wait(lambda: self._call_soon(call.interrupt), lambda: self._call_soon(call.cancel))
        except BaseException as error:
            self._call_soon(call.cancel)  # Ctrl-C may have come before the wait
            if isinstance(error, asyncio.CancelledError) and (self._ending or self._loop is None):
                raise closed() from None
            raise
        finally:
            self._calls.discard(call)

    def finish(self, make: Callable[[], Awaitable[Any]]) -> None:
        """Await a clean-up in the event loop; without waiting for it in the loop's own thread, or if it is too late."""
        if self.pid != os.getpid() or self._loop is None:
            return
        if self.is_current:  # the garbage collector does not choose its thread
            self.start(make)
        else:
            self.run(Call(), make)

    def start(self, make: Callable[[], Awaitable[Any]]) -> None:
        """Await something in the event loop, and do not wait for it."""

        async def await_it() -> None:
            await make()

        def begin() -> None:
            task = asyncio.get_running_loop().create_task(await_it())
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        tasks: set[asyncio.Task[None]] = set()
        self._call_soon(begin)

    def interrupt(self) -> None:
        """End all calls as Ctrl-C does: for the end of the interpreter, which daemon threads of the program survive."""
        self._ending = True
        for call in tuple(self._calls):
            self._call_soon(call.interrupt)
        self.run(Call(), self._until_idle)

    def stop(self) -> None:
        """End the loop and its thread, and whatever still runs there."""
        self._call_soon(lambda: asyncio.get_running_loop().stop())
        if not self.is_current:
            self._thread.join()

    @property
    def is_current(self) -> bool:
        """Whether this is the thread of the loop."""
        return threading.current_thread() is self._thread

    def _call_soon(self, function: Callable[[], object]) -> None:
        if self.pid != os.getpid():
            return  # the lock may have been held when this process was forked
        with self._lock:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(function)

    async def _until_idle(self) -> None:
        own = asyncio.current_task()
        tasks = {call.task for call in tuple(self._calls) if call.task not in (None, own)}
        if tasks:
            await asyncio.wait(tasks, timeout=GRACE + PATIENCE)

    def _run(self, started: threading.Event) -> None:
        try:
            with asyncio.Runner() as runner:
                self._loop = runner.get_loop()
                started.set()
                self._loop.run_forever()
        finally:
            started.set()
            with self._lock:
                self._loop = None
            for call in tuple(self._calls):
                call.fail(closed())


class Client(Protocol):
    """What uses the loop of this process: a :class:`Workato`."""

    def close(self) -> None:
        """Close it."""


class _Process:
    """The state of this process."""

    lock = threading.RLock()
    thread: LoopThread | None = None
    clients: ClassVar[WeakSet[Client]] = WeakSet()
    of_parents: tuple[object, ...] = ()


def process_lock() -> threading.RLock:
    """Return the lock for what exists once per process."""
    return _Process.lock


def join(client: Client) -> LoopThread:
    """Return the thread of this process, starting it if need be, for a client that will :func:`leave`."""
    with _Process.lock:
        if _Process.thread is None:
            _Process.thread = LoopThread()
        _Process.clients.add(client)
        return _Process.thread


def leave(client: Client) -> None:
    """End the thread if this was its last client."""
    with _Process.lock:
        _Process.clients.discard(client)
        if _Process.clients or _Process.thread is None:
            return
        thread, _Process.thread = _Process.thread, None
    thread.stop()


def abandon(thing: object) -> None:
    """Keep something of the parent process alive: if it were collected, it would close what the parent still uses."""
    _Process.of_parents += (thing,)


def in_loop_thread() -> bool:
    """Whether the current thread is the one of the loop."""
    return _Process.thread is not None and _Process.thread.is_current


def closed() -> ConfigurationError:
    """Return the error for a use after the end."""
    return ConfigurationError("this Workato is closed: make a new one, and use it inside its `with` block")


def own_thread() -> ConfigurationError:
    """Return the error for a blocking call where there is nobody else to do the work."""
    return ConfigurationError(
        "a blocking call in the thread of its own event loop would wait for itself",
        advice="Code that runs there (coroutine functions given to run(), token providers, listeners with "
        'thread="loop") uses the asynchronous session, workato.session, with await.',
    )


def _after_fork_in_child() -> None:
    if _Process.thread is not None:
        abandon(_Process.thread)
    _Process.lock, _Process.thread, _Process.clients = threading.RLock(), None, WeakSet()


def _at_exit() -> None:
    thread = _Process.thread
    if thread is None or thread.pid != os.getpid():
        return
    thread.interrupt()
    for client in tuple(_Process.clients):
        client.close()


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
