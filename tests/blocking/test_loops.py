"""Where an event loop runs already, and where it is the client's own."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Iterator
from contextvars import ContextVar
from functools import partial
from typing import Any

import pytest

from workato_async import ConfigurationError, Limiter, WorkatoSession
from workato_async.blocking import Workato
from workato_async.events import Completed, Event, Sent
from workato_async.testing import FakeWorkato

OWN = "a blocking call in the thread of its own event loop would wait for itself"


def test_it_works_where_a_loop_runs(workato: Workato) -> None:
    async def cell() -> list[int]:
        ids = [recipe.id for recipe in workato.recipes.list(per_page=25)]
        return [outcome.unwrap().id for outcome in workato.fan_out(workato.recipes.get, ids[:5], ordered=True)]

    async def notebook() -> list[int]:
        return await asyncio.create_task(cell())

    with asyncio.Runner() as runner:
        assert len(runner.run(notebook())) == 5


def test_two_sessions_of_either_kind_live_side_by_side(fake: FakeWorkato) -> None:
    async def both() -> None:
        limiter = Limiter(time_scale=0.001)
        async with WorkatoSession("secret", base_url=fake.url, limiter=limiter) as session:
            with Workato("secret", base_url=fake.url, limiter=Limiter(time_scale=0.001)) as workato:
                assert await session.workspace.me() == workato.workspace.me()

    with asyncio.Runner() as runner:
        runner.run(both())


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # policies
def test_it_runs_under_the_policy_of_uvloop(fake: FakeWorkato) -> None:
    uvloop = pytest.importorskip("uvloop")
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    try:
        with Workato("secret", base_url=fake.url, limiter=Limiter(time_scale=0.001)) as workato:
            assert workato.run(running_loop).startswith("uvloop")
            assert len(list(workato.recipes.list(per_page=25))) == 60
            assert len(list(workato.fan_out(workato.recipes.get, range(10), concurrency=3))) == 10
    finally:
        asyncio.set_event_loop_policy(None)


async def running_loop() -> str:
    return type(asyncio.get_running_loop()).__module__


# --- context variables

USER: ContextVar[str] = ContextVar("USER", default="nobody")


def test_context_variables_reach_the_call(workato: Workato) -> None:
    seen: list[tuple[str, str]] = []
    workato.add_listener(lambda event: seen.append(("loop", USER.get())), thread="loop")
    workato.add_listener(lambda event: seen.append(("caller", USER.get())))

    async def read() -> str:
        return USER.get()

    token = USER.set("me")
    try:
        workato.workspace.me()
        assert workato.run(read) == "me"
        assert [page.total for page in workato.recipes.list(per_page=25).pages()]
        assert list(workato.fan_out(workato.recipes.get, [1]))
        assert [outcome.value for outcome in workato.fan_out(lambda _: USER.get(), [1])] == ["me"]
    finally:
        USER.reset(token)
    assert set(seen) == {("loop", "me"), ("caller", "me")}


def test_an_async_generator_has_one_context(workato: Workato) -> None:
    async def spans() -> AsyncGenerator[str, None]:
        token = USER.set("span")
        try:
            for _ in range(3):
                yield USER.get()
        finally:
            USER.reset(token)  # raises in another context

    assert list(workato.iterate(spans)) == ["span"] * 3
    for name in workato.iterate(spans):
        assert name == "span"
        break
    assert USER.get() == "nobody"


# --- its own loop


@pytest.mark.parametrize(
    "use",
    [
        lambda workato: workato.workspace.me(),
        lambda workato: workato.recipes.list().collect(),
        lambda workato: next(iter(workato.recipes.list())),
        lambda workato: next(workato.fan_out(workato.recipes.get, [1])),
        lambda workato: workato.run(running_loop),
        lambda workato: workato.close(),
        lambda workato: workato.__enter__(),
        lambda _: Workato("secret"),
    ],
)
def test_a_blocking_call_in_its_own_loop_is_an_error(workato: Workato, use: Any) -> None:
    async def within() -> None:
        use(workato)

    with pytest.raises(ConfigurationError, match=OWN) as raised:
        workato.run(within)
    assert "workato.session" in str(raised.value)
    assert workato.workspace.me() is not None


def test_another_thread_of_a_coroutine_function_may_block(workato: Workato) -> None:
    async def within() -> object:
        return await asyncio.to_thread(workato.workspace.me)

    assert workato.run(within) == workato.workspace.me()


def test_a_generator_may_be_collected_in_the_loop(workato: Workato) -> None:
    halves: list[Any] = [iter(workato.recipes.list(per_page=25)), workato.fan_out(workato.recipes.get, [1, 2, 3])]
    for half in halves:
        next(half)
    del half

    async def collect() -> None:
        halves.clear()
        await asyncio.sleep(0)

    workato.run(collect)
    assert workato.workspace.me() is not None


def test_a_generator_may_be_collected_in_any_thread(workato: Workato) -> None:
    halves: list[Any] = [workato.fan_out(workato.recipes.get, [1, 2, 3], concurrency=2)]
    next(halves[0])
    thread = threading.Thread(target=halves.clear)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert workato.workspace.me() is not None


# --- listeners


def test_a_listener_in_the_callers_thread_may_make_calls(workato: Workato) -> None:
    found: list[object] = []

    def listener(event: Event) -> None:
        if isinstance(event, Completed) and event.endpoint.endswith("/recipes/{id}"):
            found.append(workato.workspace.me())

    workato.add_listener(listener)
    recipe = workato.recipes.list().first()
    assert recipe is not None
    workato.recipes.get(recipe.id)
    assert found == [workato.workspace.me()]


def test_a_listener_in_the_loop_may_not(workato: Workato, caplog: pytest.LogCaptureFixture) -> None:
    remove = workato.add_listener(lambda event: workato.workspace.me(), thread="loop")
    assert workato.workspace.me() is not None
    assert OWN in (caplog.records[0].exc_text or "")
    assert 'thread="loop"' in (caplog.records[0].exc_text or "")
    remove()
    caplog.clear()
    workato.workspace.me()
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_a_listener_may_close(fake: FakeWorkato) -> None:
    workato = Workato("secret", base_url=fake.url)
    workato.add_listener(lambda event: workato.close() if isinstance(event, Sent) else None)
    with pytest.raises(ConfigurationError, match="closed"):
        for _ in range(2):
            workato.workspace.me()
    assert workato.closed


def test_a_listener_that_raises_is_logged(workato: Workato, caplog: pytest.LogCaptureFixture) -> None:
    def broken(event: Event) -> None:
        raise ValueError("broken")

    remove = workato.add_listener(broken)
    assert workato.workspace.me() is not None
    remove()
    remove()
    assert "a listener failed on" in caplog.text
    assert "ValueError: broken" in caplog.text


def test_records_arrive_in_order(fake: FakeWorkato, workato: Workato) -> None:
    events: list[tuple[Event, int]] = []
    workato.add_listener(lambda event: events.append((event, threading.get_ident())))
    assert len(list(workato.recipes.list(per_page=25))) == 60
    ids = list(dict.fromkeys(event.correlation_id for event, _ in events))
    assert len(ids) == fake.sent("recipes.list")
    for id_ in ids:
        kinds = [type(event).__name__ for event, _ in events if event.correlation_id == id_]
        assert kinds == ["Waited", "Sent", "Completed"]
    assert {ident for _, ident in events} == {threading.get_ident()}


def test_a_listener_gets_the_rest_of_an_iteration_that_is_left(workato: Workato) -> None:
    events: list[Event] = []
    workato.add_listener(events.append)
    for _ in workato.recipes.list(per_page=25):
        break
    begun = {event.correlation_id for event in events if isinstance(event, Sent)}
    ended = {event.correlation_id for event in events if isinstance(event, Completed)}
    assert begun <= ended


# --- run and iterate


async def doubled(number: int, *, plus: int = 0) -> int:
    await asyncio.sleep(0)
    return 2 * number + plus


async def numbers(upto: int) -> AsyncGenerator[int, None]:
    for number in range(upto):
        await asyncio.sleep(0)
        yield number


def test_run_and_iterate(workato: Workato) -> None:
    assert workato.run(doubled, 2, plus=1) == 5
    assert workato.run(partial(doubled, plus=3), 2) == 7
    assert workato.run(lambda: doubled(4)) == 8
    assert list(workato.iterate(numbers, 3)) == [0, 1, 2]
    with pytest.raises(ZeroDivisionError):
        workato.run(lambda: doubled(1 // 0))


def test_run_and_iterate_reach_the_session(workato: Workato) -> None:
    async def names(session: WorkatoSession) -> list[str | None]:
        return [recipe.name async for recipe in session.recipes.list()]

    async def recipes(session: WorkatoSession) -> AsyncGenerator[str | None, None]:
        async for recipe in session.recipes.list(per_page=25):
            yield recipe.name

    assert workato.run(names, workato.session) == list(workato.iterate(recipes, workato.session))
    assert len(list(workato.iterate(workato.session.recipes.list))) == 60


def plain_generator() -> Iterator[int]:
    yield 1


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda w: w.run(doubled(1)), r"run\(function, 1\), not function\(1\)"),
        (lambda w: w.run(w.recipes.get, 1), r"get\(\) is a blocking method already: call it without run\(\)"),
        (lambda w: w.run(partial(w.recipes.get, 1)), r"get\(\) is a blocking method already"),
        (lambda w: w.run(3), r"run\(\) takes a coroutine function, not int"),
        (lambda w: w.run(len, [1]), "returned int: call it directly"),
        (lambda w: w.run(print), "returned NoneType: call it directly"),
        (lambda w: w.run(numbers, 3), r"returned async_generator: iterate over it with iterate\(\)"),
        (lambda w: w.iterate(doubled, 3), r"iterate\(\) takes an async generator function, not <function doubled"),
        (lambda w: w.iterate(plain_generator), r"iterate\(\) takes an async generator function"),
        (lambda w: w.iterate([1]), r"iterate\(\) takes an async generator function, not list"),
        (lambda w: w.iterate(numbers(3)), r"iterate\(\) takes the function and its arguments"),
        (lambda w: w.iterate(w.recipes.list), r"list\(\) is a blocking method already: call it without iterate\(\)"),
    ],
)
def test_what_run_and_iterate_do_not_take(workato: Workato, wrong: Any, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        wrong(workato)


# --- coroutine functions where plain ones are wanted


async def asynchronous(*_: object) -> Any:
    """Return nothing."""


class AsyncCallable:
    async def __call__(self, *_: object) -> Any:
        """Return nothing."""


@pytest.mark.parametrize("function", [asynchronous, AsyncCallable(), partial(asynchronous)])
@pytest.mark.parametrize(
    "use",
    [
        lambda w, f: Workato("secret", limiter=f),
        lambda w, f: Workato("secret", on_event=f),
        lambda w, f: w.add_listener(f),
        lambda w, f: w.add_listener(f, thread="loop"),
        lambda w, f: w.packages.export(1).wait(on_progress=f),
    ],
)
def test_a_coroutine_function_where_a_plain_one_is_wanted(workato: Workato, use: Any, function: Any) -> None:
    with pytest.raises(ConfigurationError, match="plain function"):
        use(workato, function)


def test_a_token_provider_may_be_a_coroutine_function(fake: FakeWorkato) -> None:
    async def provider() -> str:
        return "secret"

    with Workato(provider, base_url=fake.url) as workato:
        assert workato.workspace.me() is not None
    unopened = Workato(lambda: "secret", base_url=fake.url)
    assert unopened.workspace.me() is not None
    unopened.close()


# --- after the end


def test_it_is_not_used_after_close(fake: FakeWorkato) -> None:
    with Workato("secret", base_url=fake.url, limiter=Limiter(time_scale=0.001)) as workato:
        recipes, pages, view = workato.recipes, workato.recipes.list(per_page=25), workato.options(timeout=3)
        operation, half, outcomes = workato.packages.export(1), iter(pages), workato.fan_out(recipes.get, [1, 2])
        next(half)
        next(outcomes)
    workato.close()
    for use in (
        lambda: workato.recipes.get(1),
        lambda: recipes.get(1),
        lambda: recipes.get,
        lambda: view.recipes.get(1),
        lambda: list(pages),
        lambda: pages.collect(),
        lambda: operation.start(),
        lambda: operation.wait(),
        lambda: list(half),
        lambda: list(outcomes),
        lambda: workato.run(doubled, 1),
        lambda: workato.iterate(numbers, 1),
        lambda: workato.fan_out(doubled, [1]),
        lambda: workato.session,
        lambda: workato.__enter__(),
    ):
        with pytest.raises(ConfigurationError, match="this Workato is closed: make a new one"):
            use()
    vars(operation)["_get"]().close()
    assert repr(recipes).startswith("<blocking")


def test_opening_twice_is_an_error(workato: Workato) -> None:
    with pytest.raises(ConfigurationError, match="open already"):
        workato.__enter__()
    assert workato.workspace.me() is not None


def test_a_half_consumed_iteration_of_a_closed_client(fake: FakeWorkato, workato: Workato) -> None:
    """Another client keeps the event loop alive, so it is the session that notices."""
    workato.workspace.me()
    for use in (
        lambda w: iter(w.recipes.list(per_page=5)),
        lambda w: w.recipes.list(per_page=5).pages(),
        lambda w: w.iterate(w.session.recipes.list(per_page=5).__aiter__),
        lambda w: (o.unwrap() for o in w.fan_out(w.recipes.get, [recipe.id for recipe in w.recipes.list()])),
    ):
        with Workato("secret", base_url=fake.url, limiter=Limiter(time_scale=0.001)) as closed:
            half = use(closed)
            next(half)
        with pytest.raises(ConfigurationError, match="closed") as raised:
            list(half)
        assert "async" not in str(raised.value)
    assert workato.workspace.me() is not None


def test_there_are_no_clones(workato: Workato) -> None:
    """Nobody would close their sessions."""
    with pytest.raises(ConfigurationError, match="any thread and any forked child may use this one"):
        vars(Workato)["clone"](workato, limiter=Limiter())  # the stub does not have it
