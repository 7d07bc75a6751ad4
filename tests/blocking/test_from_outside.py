"""What ends a wait from outside, at any time, and what a call leaves behind."""

from __future__ import annotations

import _thread
import asyncio
import ctypes
import gc
import threading
import time

import pytest

from tests.blocking.test_interruption import one_a_minute, waiters, when
from tests.support.signals import Interrupted, Signals
from workato_async import ConfigurationError, NotFoundError
from workato_async._blocking.call import Call
from workato_async.blocking import Workato
from workato_async.events import Completed, Event
from workato_async.testing import FakeWorkato

__all__ = ["one_a_minute"]


class TimeLimitError(Exception):
    """What a worker's middleware raises in a thread whose time is up."""


def test_interrupt_main(one_a_minute: Workato, signals: Signals) -> None:
    """It sends no signal, which would wake the thread."""
    one_a_minute.recipes.list().first()
    list(one_a_minute.fan_out(one_a_minute.recipes.get, [1]))
    with pytest.raises(Interrupted):
        when(lambda: waiters(one_a_minute) > 0, _thread.interrupt_main)
        one_a_minute.recipes.get(1)
    assert waiters(one_a_minute) == 0


def test_a_time_limit_of_a_worker_thread(one_a_minute: Workato) -> None:
    """Dramatiq and RQ raise it so; it arrives between two steps of the interpreter."""
    list(one_a_minute.fan_out(one_a_minute.recipes.get, [1]))
    raised: list[type[BaseException]] = []

    def work() -> None:
        try:
            one_a_minute.recipes.get(1)
        except BaseException as error:
            raised.append(type(error))

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    while waiters(one_a_minute) < 1:
        time.sleep(0.001)
    assert worker.ident is not None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(worker.ident), ctypes.py_object(TimeLimitError))
    worker.join(10)
    assert raised == [TimeLimitError]
    assert waiters(one_a_minute) == 0


def test_a_write_that_ends_just_then_tells_its_outcome(fake: FakeWorkato, workato: Workato, signals: Signals) -> None:
    """Its response is there, but its result was not handed over."""
    (recipe, *_) = workato.recipes.list()

    def interrupt(event: Event) -> None:
        if isinstance(event, Completed):
            signals.send()
            time.sleep(0.05)

    for use in (workato.recipes.start, lambda id_: list(workato.fan_out(workato.recipes.start, [id_]))):
        remove = workato.add_listener(interrupt, thread="loop")
        with pytest.raises(Interrupted) as raised:
            use(recipe.id)
        remove()
        (note,) = raised.value.__notes__
        assert f"PUT /api/recipes/{recipe.id}/start" in note
        assert "HTTP 200" in note


def test_a_call_is_freed_when_it_ends(workato: Workato) -> None:
    """Without the garbage collector, which some workers turn off."""
    gc.collect()
    gc.disable()
    try:
        for _ in range(5):
            workato.workspace.me()
            with pytest.raises(NotFoundError):
                workato.recipes.get(1)
            next(iter(workato.recipes.list()))
            list(workato.fan_out(lambda id_: id_, [1, 2]))
        workato.workspace.me()
        assert sum(type(thing) is Call for thing in gc.get_objects()) <= 2
    finally:
        gc.enable()


def test_an_interruption_of_the_first_use(monkeypatch: pytest.MonkeyPatch, signals: Signals) -> None:
    """No thread is left, and nothing else is raised."""
    start, started = threading.Thread.start, []

    def starts(self: threading.Thread) -> None:
        start(self)
        started.append(self)
        signals.send()

    workato = Workato("secret")
    with monkeypatch.context() as patched, pytest.raises(Interrupted):
        patched.setattr(threading.Thread, "start", starts)
        workato.run(asyncio.sleep, 60)
    workato.close()
    (thread,) = started
    thread.join(10)
    assert not thread.is_alive()


def test_there_are_too_many_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    workato = Workato("secret")
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", fails)
        with pytest.raises(RuntimeError, match="can't start new thread"):
            workato.run(asyncio.sleep, 0)
    workato.close()
    with Workato("secret") as another:
        assert another.run(asyncio.sleep, 0, 3) == 3


def test_the_end_of_the_loop_does_not_replace_a_result(workato: Workato) -> None:
    """A thread may fetch its result only after the loop has ended."""
    thread = vars(workato)["_thread"]()
    call = Call()

    async def three() -> int:
        return 3

    assert call.wait(three, thread.call_soon)
    call.fail(ConfigurationError("this Workato is closed"))
    assert call.result() == 3
