"""The thread whose event loop all blocking calls of this process run on.

It is started by the first call, and ends when the last ``Workato`` is closed, at the latest when the interpreter
exits. A forked child starts one of its own.
"""

from __future__ import annotations

import _thread
import asyncio
import atexit
import os
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar, Protocol
from weakref import WeakSet

from workato_async._blocking import call as calls
from workato_async._blocking.call import Call
from workato_async.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class LoopThread:
    """An event loop that runs in a thread of its own until ``stop``."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.kept: set[object] = set()  # sessions: were one collected, it would close its connections in any thread
        self._calls: set[Call] = set()
        self._lock = threading.RLock()  # the garbage collector may close something while it is held
        self.stopping = False
        self._loop: asyncio.AbstractEventLoop | None = asyncio.new_event_loop()
        # Python waits for other threads before it calls what is registered with atexit, so this must be a daemon.
        self._thread = threading.Thread(target=self._run, args=(self._loop,), name="workato_async", daemon=True)

    def start_thread(self) -> None:
        """Start the thread, unless it was started; by way of another one, as Ctrl-C in ``Thread.start()`` breaks it."""
        if self._thread.ident is None:
            _thread.start_new_thread(self._start_once, ())

    def _start_once(self) -> None:
        with self._lock:
            if self._thread.ident is not None or self._loop is None:
                return
            try:
                self._thread.start()
            except RuntimeError as error:  # there are too many
                self._loop.close()
                self._loop, self.stopping = None, True
                for call in tuple(self._calls):
                    call.fail(error)

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
        call.over = False
        self._calls.add(call)
        try:
            if not call.wait(make, self.call_soon):
                raise closed()
            return call.result()
        except (asyncio.CancelledError, ConfigurationError) as error:
            end = closed()
            if isinstance(end, SystemExit) or (self._loop is None and isinstance(error, asyncio.CancelledError)):
                raise end from None
            raise
        finally:
            self._calls.discard(call)

    def finish(self, call: Call, make: Callable[[], Awaitable[Any]]) -> None:
        """Await the clean-up after an iteration; without waiting for it in the loop's own thread."""
        if self.is_current:  # the garbage collector does not choose its thread
            self.start(make)
        elif self.pid == os.getpid():
            with suppress(ConfigurationError):  # the loop was stopped, and has cleaned up
                self.run(Call(ended=call), make)

    def start(self, make: Callable[[], Awaitable[Any]]) -> None:
        """Await something in the event loop, and do not wait for it."""

        async def await_it() -> None:
            await make()

        def begin() -> None:
            task = asyncio.get_running_loop().create_task(await_it())
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        tasks: set[asyncio.Task[None]] = set()
        self.call_soon(begin)

    def interrupt(self) -> None:
        """End all calls as Ctrl-C does: for the end of the interpreter, which daemon threads of the program survive."""
        _Process.exiting = True
        for call in tuple(self._calls):
            self.call_soon(call.interrupt)
        deadline = time.monotonic() + calls.GRACE + calls.PATIENCE
        while time.monotonic() < deadline and not all(call.over for call in tuple(self._calls)):
            time.sleep(0.01)

    def request_stop(self) -> None:
        """End the loop and its thread, and whatever still runs there."""
        self.stopping = True
        self.call_soon(self._stop_loop)

    def _stop_loop(self) -> None:
        if self._loop is not None:  # it is not cleaning up already
            self._loop.stop()

    def stop(self) -> None:
        """End the loop and its thread, and wait for that."""
        self.request_stop()
        if not self.is_current:
            with suppress(RuntimeError):  # it was not started yet
                self._thread.join()

    @property
    def is_current(self) -> bool:
        """Whether this is the thread of the loop."""
        return threading.current_thread() is self._thread

    def call_soon(self, function: Callable[[], object]) -> bool:
        """Call a function in the event loop; return False if there is none any more."""
        if self.pid != os.getpid():
            return False  # the lock may have been held when this process was forked
        with self._lock:
            if self._loop is None:
                return False
            self._loop.call_soon_threadsafe(function)
            return True

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: loop) as runner:
                runner.get_loop()
                while not self.stopping:
                    with suppress(SystemExit, KeyboardInterrupt):  # of one task, and its result
                        loop.run_forever()
                with self._lock:  # from here on it takes no more calls; those that it has are cancelled
                    self._loop = None
        finally:
            for call in tuple(self._calls):
                call.fail(closed())


class Client(Protocol):
    """What uses the loop of this process: a ``Workato``."""

    def close(self) -> None:
        """Close it."""


class _Process:
    """The state of this process."""

    lock = threading.RLock()
    thread: LoopThread | None = None
    exiting = False
    clients: ClassVar[WeakSet[Client]] = WeakSet()


def process_lock() -> threading.RLock:
    """Return the lock for what exists once per process."""
    return _Process.lock


def join(client: Client) -> LoopThread:
    """Return the thread of this process, started if necessary, for a client that will ``leave``."""
    with _Process.lock:
        if _Process.thread is None or _Process.thread.stopping:
            _Process.thread = LoopThread()
        _Process.thread.start_thread()
        _Process.clients.add(client)
        return _Process.thread


def leave(client: Client) -> None:
    """End the thread if this was its last client."""
    with _Process.lock:
        _Process.clients.discard(client)
        thread = _Process.thread
        if _Process.clients or thread is None:
            return
        thread.request_stop()
        _Process.thread = None
    thread.stop()


def abandon(thing: object) -> None:
    """Never collect something of the parent process, not even at the end: it would close what the parent still uses."""
    import ctypes

    ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))


def in_loop_thread() -> bool:
    """Whether the current thread is the one of the loop."""
    return _Process.thread is not None and _Process.thread.is_current


def closed() -> BaseException:
    """Return the error for a use after the end; in a daemon thread, the end of the interpreter ends it silently."""
    if _Process.exiting and threading.current_thread() is not threading.main_thread():
        return SystemExit()
    return ConfigurationError("this Workato is closed: make a new one, and use it inside its `with` block")


def own_thread() -> ConfigurationError:
    """Return the error for a blocking call where there is nobody else to do the work."""
    return ConfigurationError(
        "a blocking call in the thread of its own event loop would wait for itself",
        advice="Code that runs there (coroutine functions given to run(), token providers, listeners with "
        'thread="loop") uses the asynchronous session, workato.session, with await.',
    )


def _after_fork_in_child() -> None:
    for thing in (_Process.thread, *_Process.clients):
        abandon(thing)
    _Process.lock, _Process.thread, _Process.clients = threading.RLock(), None, WeakSet()


def _at_exit() -> None:
    thread = _Process.thread
    if thread is None:
        return
    thread.interrupt()
    for client in tuple(_Process.clients):
        client.close()
    if _Process.thread is thread:  # it waits for the end of clients that were collected
        thread.stop()


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
