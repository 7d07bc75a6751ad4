"""The blocking form of the objects of the asynchronous API, for any methods: no list of them is needed."""

from __future__ import annotations

import inspect
import os
from functools import partial, wraps
from types import MethodType
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import attrs

from workato_async._blocking.call import Call, in_callers_thread
from workato_async.api import Api as AsyncApi
from workato_async.errors import ConfigurationError
from workato_async.operations import Operation as AsyncOperation
from workato_async.pages import Pages as AsyncPages
from workato_async.watch import Watch as AsyncWatch

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Iterator

    from workato_async._blocking.thread import LoopThread

T = TypeVar("T")
_FAMILIES = "workato_async.resources."
END: Any = object()
"""Stands for the item after the last one."""


class Proxy:
    """An object of the asynchronous API, without ``await``.

    Args:
        thread: returns the thread to run in; it may start it.
        get: returns the object, for this process.
    """

    def __init__(self, thread: Callable[[], LoopThread], get: Callable[[], Any]) -> None:
        self._thread = thread
        self._get = get

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
        value = getattr(self._get(), name)
        if isinstance(value, MethodType):
            return self._method(name, value)
        if type(value).__module__.startswith(_FAMILIES) and not attrs.has(type(value)):
            return Resource(self._thread, lambda: getattr(self._get(), name))
        return value

    def __dir__(self) -> list[str]:
        names = {*super().__dir__(), *dir(self._get())}
        return sorted(name for name in names if not name.startswith("_"))

    def __repr__(self) -> str:
        try:
            return f"<blocking {self._get()!r}>"
        except ConfigurationError as error:
            return f"<blocking {type(self).__name__}: {error.reason}>"

    def __reduce__(self) -> Any:
        raise TypeError(f"{self!r} cannot be pickled or copied: make one in each process")

    def _method(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that calls a method and waits for what it returns."""

        @wraps(function)
        def method(*args: Any, **kwargs: Any) -> Any:
            def call() -> Any:
                return getattr(self._get(), name)(*args, **in_own_thread(kwargs))

            return self._finished(call(), call)

        method.asynchronous = function  # type: ignore[attr-defined] # for fan_out
        return method

    def _finished(self, value: Any, again: Callable[[], Any]) -> Any:
        """Return the blocking form of what a method returned.

        Args:
            value: what it returned.
            again: calls it again, for the session of another process.
        """
        if isinstance(value, AsyncPages):
            return Pages(self._thread, pinned(value))
        if isinstance(value, AsyncOperation):
            return Operation(self._thread, pinned(value))
        if isinstance(value, AsyncApi):
            return Api(self._thread, _of_each_process(value, again))
        if isinstance(value, AsyncWatch):
            return Watch(self._thread, pinned(value))
        if hasattr(value, "__aiter__"):
            return Stream(self._thread, pinned(value))
        if not inspect.isawaitable(value):
            return value
        try:
            return self._thread().run(Call(), lambda: value)
        finally:
            if inspect.iscoroutine(value) and inspect.getcoroutinestate(value) == inspect.CORO_CREATED:
                value.close()  # it was not even begun


class Api(Proxy):
    """The resources of the API: what ``Workato`` and its views have in common."""


class Resource(Proxy):
    """The methods of one kind of object, such as ``workato.recipes``."""

    if not TYPE_CHECKING:

        @property
        def __doc__(self) -> str:
            """What ``help(workato.recipes)`` shows."""
            found = ((name, inspect.getdoc(getattr(self, name)) or "") for name in dir(self))
            lines = (f"    {name}: {text.partition(chr(10))[0]}" for name, text in found if text)
            return "\n".join([inspect.getdoc(self._get()) or "", "", *lines])


class Operation(Proxy, Generic[T]):
    """A long-running operation on the server: ``start()`` starts it, ``wait()`` also waits for its end."""

    def start(self) -> T:
        """Start the operation, unless it was started, and return its first state."""
        return cast("T", self._thread().run(Call(), self._get))


class Stream(Proxy, Generic[T]):
    """Anything that the asynchronous API iterates over with ``async for``."""

    def __iter__(self) -> Iterator[T]:
        """Iterate over the items; leaving the loop ends what is fetched ahead."""
        return steps(self._thread(), self._get())


class Watch(Stream[T], Generic[T]):
    """New items, for as long as you iterate over it: leaving the loop, or Ctrl-C, stops it.

    ``cursor`` is the text with which another watch continues.
    """

    def __next__(self) -> T:
        """Return the next item; end it with ``aclose()``."""
        return cast("T", self._thread().run(Call(), lambda: anext(self._get())))


class Pages(Proxy, Generic[T]):
    """A list of the API: iterate over it, or call ``collect()`` for a list.

    While the program works on the items of one page, the next page is fetched.
    """

    def __iter__(self) -> Iterator[T]:
        for page in steps(self._thread(), self._get().pages()):
            yield from page.items

    def pages(self) -> Generator[Any, None, None]:
        """Iterate over the pages; the next one is fetched while you work on this one."""
        return steps(self._thread(), self._get().pages())

    def _not_a_list(self, *_: object) -> Any:
        raise TypeError(f"{self!r} has not been fetched: write `for item in …`, or `….collect()` for a list")

    if not TYPE_CHECKING:
        __next__ = __reversed__ = __len__ = __bool__ = __contains__ = __getitem__ = _not_a_list


def steps(thread: LoopThread, iterable: Any) -> Generator[Any, None, None]:
    """Iterate over an async iterable, one hand-over per item."""
    call = Call()
    items = aiter(iterable)
    try:
        while (item := thread.run(call, lambda: anext(items, END))) is not END:
            yield item
    finally:
        if hasattr(items, "aclose"):
            thread.finish(call, items.aclose)
        call.deliver_rest()


def pinned(value: T) -> Callable[[], T]:
    """Return a function that returns a value, in the process where that was made."""
    pid = os.getpid()

    def get() -> T:
        if os.getpid() != pid:
            raise ConfigurationError(
                f"{value!r} was made in the process that this one was forked from: make it in this process"
            )
        return value

    return get


def _of_each_process(value: T, again: Callable[[], T]) -> Callable[[], T]:
    """Return a function that returns a value, in a forked child another one."""
    pid = os.getpid()

    def get() -> T:
        nonlocal pid, value
        if os.getpid() != pid:
            value, pid = again(), os.getpid()
        return value

    return get


def in_own_thread(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return arguments with callbacks that are called in the thread of the program: no blocking of the loop's.

    Whatever else is given in place of one is left for the method to reject.
    """
    return {
        name: in_callers_thread(value)
        if name.startswith("on_") and callable(value) and not coroutine_function(value)
        else value
        for name, value in kwargs.items()
    }


def awaitable(function: Any) -> Any:
    """Return the asynchronous method behind one of a ``Proxy``, also inside a ``functools.partial``; else None."""
    if isinstance(function, partial):
        inner = awaitable(function.func)
        return None if inner is None else partial(inner, *function.args, **function.keywords)
    return getattr(function, "asynchronous", None)


def coroutine_function(function: object) -> bool:
    """Whether calling something returns an awaitable, as far as can be known without."""
    return any(map(inspect.iscoroutinefunction, (function, getattr(function, "__call__", None))))  # noqa: B004


def when_awaited(function: Callable[..., Awaitable[T]], *args: Any, **kwargs: Any) -> Callable[[], Awaitable[T]]:
    """Return a function that calls another one; what that returns must be awaitable."""

    async def call() -> T:
        found: object = function(*args, **kwargs)
        if not inspect.isawaitable(found):
            how = "iterate over it with iterate()" if hasattr(found, "__aiter__") else "call it directly"
            raise ConfigurationError(
                f"run() takes a coroutine function, and {function!r} returned {type(found).__name__}: {how}"
            )
        return await cast("Awaitable[T]", found)

    return call
