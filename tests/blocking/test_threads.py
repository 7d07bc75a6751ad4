"""Any number of threads share one client: its pace, its connections, its one thread."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from workato_async import ConfigurationError, Limiter, OutcomeUnknownError, Quota
from workato_async.blocking import Workato
from workato_async.events import Waited
from workato_async.testing import FakeWorkato
from workato_async.testing.faults import Stall


def loop_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "workato_async"]


def in_thread(function: Callable[[], object]) -> tuple[threading.Thread, list[BaseException]]:
    """Start a thread; return it and what it raises."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            function()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, errors


def test_sixteen_threads_keep_to_the_quota() -> None:
    with (
        FakeWorkato(recipes=1, token="secret", time_scale=0.01, quotas={"recipes.get": Quota(400, per=60)}) as fake,
        Workato(
            "secret", base_url=fake.url, limiter=Limiter({"recipes.get": Quota(400, per=60)}, time_scale=0.01)
        ) as workato,
        ThreadPoolExecutor(16) as threads,
    ):
        (recipe,) = workato.recipes.list()

        def calls(_: int) -> int:
            return sum(workato.recipes.get(recipe.id).id == recipe.id for _ in range(100))

        assert list(threads.map(calls, range(16))) == [100] * 16
        assert fake.sent("recipes.get") == 1600
        assert fake.refused == 0
        assert fake.most_in_window("recipes.get") <= 400
        assert len(loop_threads()) == 1


def test_threads_share_the_connections(fake: FakeWorkato) -> None:
    with (
        Workato("secret", base_url=fake.url, limiter=Limiter(time_scale=0.001), max_connections=1) as workato,
        ThreadPoolExecutor(8) as threads,
    ):
        ids = [recipe.id for recipe in workato.recipes.list()]
        assert [recipe.id for recipe in threads.map(workato.recipes.get, ids)] == ids
        assert fake._server is not None
        assert len(fake._server.connections) == 1


def test_the_first_use_may_be_raced(fake: FakeWorkato) -> None:
    before = len(loop_threads())
    workato = Workato("secret", base_url=fake.url, limiter=Limiter(time_scale=0.001))
    assert len(loop_threads()) == before  # it starts with the first call
    together = threading.Barrier(8)

    def first(_: int) -> object:
        together.wait()
        return workato.workspace.me()

    with ThreadPoolExecutor(8) as threads:
        assert len({repr(found) for found in threads.map(first, range(8))}) == 1
    assert len(loop_threads()) == before + 1
    workato.close()
    assert len(loop_threads()) == before


def test_clients_share_the_thread_and_the_last_one_ends_it(fake: FakeWorkato) -> None:
    one = Workato("secret", base_url=fake.url)
    with Workato("secret", base_url=fake.url) as other:
        one.workspace.me()
        other.workspace.me()
        assert len(loop_threads()) == 1
        one.close()
        assert other.workspace.me() is not None
    assert loop_threads() == []
    with Workato("secret", base_url=fake.url) as another:
        assert another.workspace.me() is not None


def test_close_ends_what_other_threads_wait_for(fake: FakeWorkato) -> None:
    fake.fail("recipes.start", Stall(processed=True))
    limiter = Limiter({"recipes.get": Quota(1, per=60)})
    workato = Workato("secret", base_url=fake.url, limiter=limiter)
    (recipe, *_) = workato.recipes.list()
    workato.recipes.get(recipe.id)
    in_progress = threading.Event()

    async def forever() -> None:
        in_progress.set()
        await asyncio.get_running_loop().create_future()

    sent, waits = threading.Event(), threading.Event()
    workato.add_listener(lambda event: sent.set() if "start" in event.endpoint else None, thread="loop")
    waiting, of_waiting = in_thread(lambda: waits.set() or workato.recipes.get(recipe.id))  # type: ignore[func-returns-value]
    writing, of_writing = in_thread(lambda: workato.recipes.start(recipe.id))
    running, of_running = in_thread(lambda: workato.run(forever))
    assert sent.wait(10)
    assert waits.wait(10)
    while limiter.snapshot()["GET /api/recipes/{id}"].waiters < 1 or not in_progress.is_set():
        time.sleep(0.001)
    workato.close()
    for thread in (waiting, writing, running):
        thread.join(10)
    assert isinstance(of_waiting[0], ConfigurationError)
    assert "closed before the call ended" in str(of_waiting[0])
    assert isinstance(of_writing[0], OutcomeUnknownError)
    assert "the session was closed" in str(of_writing[0])
    assert isinstance(of_running[0], ConfigurationError)
    assert "this Workato is closed" in str(of_running[0])
    assert loop_threads() == []


def test_close_races_with_calls(fake: FakeWorkato) -> None:
    for _ in range(20):
        workato = Workato("secret", base_url=fake.url, limiter=Limiter(time_scale=0.001))
        workato.workspace.me()
        together = threading.Barrier(3)

        def calls(workato: Workato = workato, together: threading.Barrier = together) -> None:
            together.wait()
            while True:
                workato.workspace.me()

        threads = [in_thread(calls) for _ in range(2)]
        together.wait()
        workato.close()
        for thread, errors in threads:
            thread.join(10)
            assert not thread.is_alive()
            assert isinstance(errors[0], ConfigurationError)
            assert "closed" in str(errors[0])


@pytest.mark.filterwarnings("default::ResourceWarning")
def test_one_that_was_never_closed_is_closed_by_the_garbage_collector(fake: FakeWorkato) -> None:
    workato = Workato("secret", base_url=fake.url)
    workato.workspace.me()
    (thread,) = loop_threads()
    with pytest.warns(ResourceWarning, match=f"<Workato of {fake.url}> was never closed: use it in a `with` block"):  # noqa: PT031
        del workato
        gc.collect()
    thread.join(10)
    assert not thread.is_alive()
    with Workato("secret", base_url=fake.url) as another:
        assert another.workspace.me() is not None


def test_one_that_was_never_used_needs_no_closing() -> None:
    workato = Workato("secret")
    del workato
    gc.collect()


def test_events_say_how_long_a_thread_waited(workato: Workato) -> None:
    events: list[tuple[type, int]] = []
    workato.add_listener(lambda event: events.append((type(event), threading.get_ident())))
    workato.workspace.me()
    assert (Waited, threading.get_ident()) in events
    assert {ident for _, ident in events} == {threading.get_ident()}


def test_an_exit_of_a_coroutine_function_does_not_end_the_thread(workato: Workato) -> None:
    async def leaves() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        workato.run(leaves)
    (outcome,) = workato.fan_out(lambda _: exit(3), [1])
    assert isinstance(outcome.error, SystemExit)
    assert workato.workspace.me() is not None
