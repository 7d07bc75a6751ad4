"""Workato: the session without ``await``."""

from __future__ import annotations

import inspect
import os
import sys
import warnings
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NoReturn, ParamSpec, Self, TypeVar

from workato_async._blocking import thread as threads
from workato_async._blocking.call import Call, current, in_callers_thread
from workato_async._blocking.fan_out import outcomes
from workato_async._blocking.proxies import Api, awaitable, coroutine_function, steps, when_awaited
from workato_async._checks import require_listener
from workato_async.errors import ConfigurationError
from workato_async.events import logger
from workato_async.limits import forks
from workato_async.session import WorkatoSession

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Awaitable, Callable, Generator, Iterable
    from types import TracebackType

    from workato_async._blocking.thread import LoopThread
    from workato_async.events import Event
    from workato_async.fan_out import Outcome
    from workato_async.limits.limiter import Limiter

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")


class Workato(Api):
    """The Workato Developer API, inside its quotas, without ``await``.

    ```py
    with Workato(data_center="eu") as workato:
        for recipe in workato.recipes.list(running=True):
            print(recipe.name)
    ```

    It has everything that ``WorkatoSession`` has, under the same names; ``help(workato.recipes)`` lists methods.
    Any number of threads may use it. The work is done on an event loop in a thread of its own, which the first call
    starts; so it also works where a loop runs already, as in a notebook. A module may keep one: it is closed when the
    interpreter exits, and a forked child (Celery, gunicorn) gets a session of its own. **Processes share a quota only
    through a store**, see ``limiter``.

    Args:
        token: as for ``WorkatoSession``, and so are all arguments that are not listed here.
        limiter: keeps the calls inside their quotas; None for the one that all sessions of this process share. For
            several processes a function that makes one in each: ``lambda: Limiter(store=MachineStore())`` on one
            machine, ``lambda: Limiter(store=RedisStore(url))`` on several. A limiter made by that function is closed
            with this object.
        on_event: a first listener, see ``add_listener``.

    Raises:
        ConfigurationError: as for ``WorkatoSession``.
    """

    def __init__(
        self,
        token: str | Callable[[], Any] | None = None,
        *,
        limiter: Limiter | Callable[[], Limiter] | None = None,
        on_event: Callable[[Event], object] | None = None,
        **options: Any,
    ) -> None:
        try:
            if threads.in_loop_thread():
                raise threads.own_thread()
            if options.get("http") is not None:
                raise ConfigurationError(
                    "a Workato makes its own connections: an aiohttp session belongs to the event loop it was made in",
                    advice="Leave http out; ssl= and proxy= say how to reach the server.",
                )
            self._closed = False
            self._make_limiter = _factory(limiter)
            session = WorkatoSession(token, limiter=self._make_limiter(), **options)
        finally:
            del token  # no frame holds it, whatever is raised
        self._listeners: dict[object, Callable[[Event], object]] = {}
        self._pid = os.getpid()
        self._loop_thread: LoopThread | None = None
        self._session = _prepared(session, self._listeners)
        super().__init__(self._thread_here, lambda: self.session)
        if on_event is not None:
            require_listener("on_event", on_event)
            self.add_listener(on_event)

    @property
    def session(self) -> WorkatoSession:
        """The session that does the work in this process, for coroutine functions given to ``run``."""
        self._in_this_process()
        return self._session

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._closed

    def run(self, function: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a coroutine function on the event loop, and return its result: the way into asynchronous code.

        ```py
        async def names(workato: WorkatoSession) -> list[str]:
            return [recipe.name async for recipe in workato.recipes.list()]

        workato.run(names, workato.session)
        ```

        Args:
            function: a coroutine function; it must not block, because every call needs this loop.
            args: for the function.
            kwargs: for the function.

        Raises:
            ConfigurationError: for anything but a coroutine function.
        """
        given: object = function
        if inspect.iscoroutine(given):
            given.close()
            raise ConfigurationError("run() takes the function and its arguments: run(function, 1), not function(1)")
        _require_not_blocking("run", function)
        if not callable(given):
            raise ConfigurationError(f"run() takes a coroutine function, not {type(given).__name__}")
        return self._thread().run(Call(), when_awaited(function, *args, **kwargs))  # type: ignore[no-any-return]

    def iterate(
        self, function: Callable[P, AsyncIterable[T]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Generator[T, None, None]:
        """Iterate over what an async generator function yields, or over another async iterable that a function makes.

        Args:
            function: returns the iterable.
            args: for the function.
            kwargs: for the function.

        Raises:
            ConfigurationError: if it returns something else.
        """
        _require_not_blocking("iterate", function)
        if hasattr(function, "__aiter__"):
            raise ConfigurationError("iterate() takes the function and its arguments: iterate(function, 1)")
        if not callable(function):
            raise ConfigurationError(f"iterate() takes an async generator function, not {type(function).__name__}")
        iterable: object = function(*args, **kwargs)
        if not hasattr(iterable, "__aiter__"):
            if inspect.iscoroutine(iterable):
                iterable.close()
            raise ConfigurationError(f"iterate() takes an async generator function, not {function!r}")
        return steps(self._thread(), iterable)

    def fan_out(
        self,
        function: Callable[[T], R],
        items: Iterable[T],
        *,
        concurrency: int = 64,
        ordered: bool = False,
    ) -> Generator[Outcome[T, R], None, None]:
        """Call a function for every item, at most ``concurrency`` at a time, and yield the outcomes.

        As ``workato_async.fan_out``: every item has exactly one outcome, and calls are started only as you take
        outcomes. Leaving the loop cancels the calls still running. After Ctrl-C, writes in flight have a few seconds to
        end, and the KeyboardInterrupt notes what became of them.

        Args:
            function: a method such as ``workato.recipes.get``, also inside a ``functools.partial``; a coroutine
                function; or a plain function, which is called in a thread and may make blocking calls.
            items: any iterable, even an endless one; it is consumed here, as outcomes are taken.
            concurrency: the largest number of calls started and not yet handed over.
            ordered: yield outcomes in the order of the items instead of as they complete.

        Raises:
            ConfigurationError: if concurrency is below 1, or items cannot be iterated.
        """
        return outcomes(self._thread(), function, items, concurrency=concurrency, ordered=ordered)

    def add_listener(
        self, callback: Callable[[Event], object], *, thread: Literal["caller", "loop"] = "caller"
    ) -> Callable[[], None]:
        """Call a function with every record of ``workato_async.events``.

        Args:
            callback: takes one record.
            thread: ``"caller"`` calls it in the thread that waits for the call, so it may use what belongs to that
                thread, and make calls; records of what is fetched ahead arrive with the next item. ``"loop"`` calls it
                at once in the thread of the event loop, which it must not block.

        Returns:
            A function that removes the listener; calling it again does nothing.

        Raises:
            ConfigurationError: if it is not callable, or ``thread`` is neither of the two.
        """
        require_listener("callback", callback)
        if thread not in ("caller", "loop"):
            raise ConfigurationError(f"thread must be 'caller' or 'loop', not {thread!r}")
        key, told = object(), partial(_told, callback)
        self._listeners[key] = told if thread == "loop" else in_callers_thread(told)

        def remove() -> None:
            self._listeners.pop(key, None)

        return remove

    def clone(self, **_: object) -> NoReturn:
        """Raise an error: threads and forked children use this one."""
        raise ConfigurationError(
            "a Workato is not cloned: any thread and any forked child may use this one",
            advice="For other settings, use options() or make another Workato and close both.",
        )

    def close(self) -> None:
        """Close the connections, and end the thread if no other Workato uses it. Closing again does nothing.

        Calls that other threads wait for end as described at ``WorkatoSession.close``.
        """
        if threads.in_loop_thread():
            raise threads.own_thread()
        with threads.process_lock():
            if self._closed:
                return
            self._closed = True
            thread, own = self._loop_thread, self._pid == os.getpid()
        if thread is not None and own:
            try:
                if not thread.stopping:  # as when it could not be started
                    thread.run(Call(), self._close)
            finally:
                threads.leave(self)

    def __enter__(self) -> Self:
        self._thread().run(Call(), self._session.__aenter__)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        if not hasattr(self, "_session"):  # its arguments were invalid, and a traceback shows it
            return "<Workato, not initialized>"
        return f"<Workato of {self._session.base_url}{', closed' if self._closed else ''}>"

    def __del__(self, _warn: Callable[..., None] = warnings.warn) -> None:
        thread = getattr(self, "_loop_thread", None)
        if thread is None or self._closed or self._pid != os.getpid() or sys.is_finalizing():
            return
        text = f"{self!r} was never closed: use it in a `with` block"
        self._closed = True
        thread.start(self._close_and_leave)
        _warn(text, ResourceWarning, stacklevel=1, source=self)

    async def _close_and_leave(self) -> None:
        try:
            await self._close()
        finally:
            threads.leave(self)

    async def _close(self) -> None:
        try:
            await self._session.close()
            if self._make_limiter.owned:
                await self._session.limiter.close()
        finally:
            self._loop_thread.kept.discard(self._session)  # type: ignore[union-attr]

    def _in_this_process(self) -> None:
        """Make a new session if this process was forked from the one that the session belongs to.

        Raises:
            ConfigurationError: if it was closed.
        """
        if self._closed:
            raise threads.closed()
        if self._pid == os.getpid():
            return
        with threads.process_lock():
            if self._pid == os.getpid():
                return
            threads.abandon(self._session)
            self._session = _prepared(self._session.clone(limiter=self._make_limiter()), self._listeners)
            self._loop_thread, self._pid = None, os.getpid()
            if self._session.limiter.store is None:
                forks.warn("uses a Workato that was made in its parent")

    def _thread_here(self) -> LoopThread:
        """Return the thread of this process."""
        self._in_this_process()
        thread = self._loop_thread
        if thread is None:
            with threads.process_lock():
                if self._closed:
                    raise threads.closed()
                if self._loop_thread is None:
                    self._loop_thread = threads.join(self)
                    self._loop_thread.kept.add(self._session)
                thread = self._loop_thread
        return thread


def _prepared(session: WorkatoSession, listeners: dict[object, Callable[[Event], object]]) -> WorkatoSession:
    """Return a session with its one listener; that does not refer to the Workato, which would never be collected."""

    def observe(event: Event) -> None:
        call = current()
        if call is not None:
            call.observe(event)
        for listener in tuple(listeners.values()):
            listener(event)

    session.add_listener(observe)
    return session


class _factory:  # noqa: N801 - used as a function
    """Makes the limiter of each process."""

    def __init__(self, given: Limiter | Callable[[], Limiter] | None) -> None:
        self.owned = callable(given)
        if coroutine_function(given):
            raise ConfigurationError("limiter must be a Limiter or a plain function that makes one, not an async one")
        self._given = given

    def __call__(self) -> Limiter | None:
        return self._given() if callable(self._given) else self._given


def _require_not_blocking(name: str, function: object) -> None:
    if (method := awaitable(function)) is not None:
        called = getattr(method, "func", method).__name__
        raise ConfigurationError(f"{called}() is a blocking method already: call it without {name}()")


def _told(callback: Callable[[Event], object], event: Event) -> None:
    """Call a listener; one that raises is logged, and does not affect the call."""
    try:
        callback(event)
    except Exception:
        logger.exception("a listener failed on %s of %s", type(event).__name__, event)
