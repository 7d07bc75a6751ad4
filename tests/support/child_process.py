"""A forked child that does one thing and says how it went."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import traceback
import warnings
from collections.abc import Callable, Iterator
from typing import Any


class Child:
    """A process that runs a function; its first result comes through a pipe."""

    def __init__(self, function: Callable[[Callable[[object], None]], object]) -> None:
        self._read, write = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # other threads of the tests do not matter to the child
            self.pid = os.fork()
        if not self.pid:
            _run(function, write)
        os.close(write)
        self._ended = False

    def result(self) -> Any:
        """Return what the function said or returned first.

        Raises:
            AssertionError: if the child failed.
        """
        with open(self._read, "rb", closefd=False) as pipe:
            what = pickle.load(pipe)
        assert not isinstance(what, _Failure), what.text
        return what

    def kill(self) -> None:
        """End it by a signal that it cannot notice."""
        os.kill(self.pid, signal.SIGKILL)
        self.wait()

    def wait(self) -> None:
        if not self._ended:
            os.waitpid(self.pid, 0)
            os.close(self._read)
            self._ended = True


class _Failure:
    def __init__(self, text: str) -> None:
        self.text = text


@contextlib.contextmanager
def child(function: Callable[[Callable[[object], None]], object]) -> Iterator[Child]:
    """Run ``function(say)`` in a forked child while the block runs; what it returns is said at the end."""
    process = Child(function)
    try:
        yield process
    finally:
        if not process._ended:
            with contextlib.suppress(ProcessLookupError):
                process.kill()


def _run(function: Callable[[Callable[[object], None]], object], write: int) -> None:
    def say(what: object) -> None:
        os.write(write, pickle.dumps(what))

    try:
        say(function(say))
    except BaseException:
        say(_Failure(traceback.format_exc()))
    finally:
        os._exit(0)
