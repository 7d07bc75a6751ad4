"""Ctrl-C and other signals: what waits is cancelled, and a write in flight tells its outcome."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Any

import pytest

from tests.support.signals import Interrupted, Signals
from workato_async import Limiter, OutcomeUnknownError, Quota, WorkatoSession
from workato_async._blocking import call
from workato_async.blocking import Workato
from workato_async.events import Completed, Event, Sent
from workato_async.testing import FakeWorkato
from workato_async.testing.faults import Slow, Stall

GET = "GET /api/recipes/{id}"


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call, "GRACE", 0.1)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch, short: None) -> None:
    monkeypatch.setattr(call, "GRACE", 30.0)


@pytest.fixture
def one_a_minute(fake: FakeWorkato) -> Iterator[Workato]:
    limiter = Limiter({"recipes.get": Quota(1, per=60)})
    with Workato("secret", base_url=fake.url, limiter=limiter) as workato:
        yield workato


def when(condition: Callable[[], bool], act: Callable[[], object]) -> None:
    """Act in another thread as soon as a condition holds."""

    def watch() -> None:
        while not condition():
            time.sleep(0.001)
        act()

    threading.Thread(target=watch, daemon=True).start()


def sends(workato: Workato, endpoint: str, count: int = 1) -> Callable[[], bool]:
    """Return a function: whether so many requests of an endpoint have been sent."""
    sent: list[Event] = []
    workato.add_listener(
        lambda event: sent.append(event) if isinstance(event, Sent) and endpoint in event.endpoint else None,
        thread="loop",
    )
    return lambda: len(sent) >= count


def waiters(workato: Workato) -> int:
    try:
        return workato.limiter.snapshot()[GET].waiters
    except (KeyError, RuntimeError):  # read while the loop's thread changes it
        return 0


@pytest.mark.parametrize(
    "use",
    [
        lambda w: w.recipes.get(1),
        lambda w: w.options(priority="bulk").recipes.get(1),
        lambda w: list(w.fan_out(w.recipes.get, [1, 2, 3])),
        lambda w: list(w.fan_out(lambda id_: w.recipes.get(id_), [1, 2, 3])),
        lambda w: w.run(w.session.recipes.get, 1),
        lambda w: list(w.iterate(all_of, w.session)),
    ],
    ids=["call", "view", "fan_out", "fan_out of a plain function", "run", "iterate"],
)
@pytest.mark.parametrize("error", [Interrupted, SystemExit, TimeoutError])
def test_a_call_that_waits_for_a_permit_ends_at_once(
    one_a_minute: Workato, use: Any, error: type[BaseException]
) -> None:
    list(one_a_minute.fan_out(one_a_minute.recipes.get, [1]))
    with Signals(error) as signals, pytest.raises(error) as raised:
        when(lambda: waiters(one_a_minute) > 0, signals.send)
        use(one_a_minute)
    assert not hasattr(raised.value, "__notes__")
    assert waiters(one_a_minute) == 0
    assert one_a_minute.workspace.me() is not None


async def all_of(session: WorkatoSession) -> AsyncGenerator[object, None]:
    for id_ in (1, 2):
        yield await session.recipes.get(id_)


@pytest.mark.parametrize(
    "use",
    [
        lambda w, id_: w.recipes.start(id_),
        lambda w, id_: w.run(w.session.recipes.start, id_),
        lambda w, id_: list(w.fan_out(w.recipes.start, [id_])),
        lambda w, id_: list(w.fan_out(lambda i: w.recipes.start(i), [id_])),
        lambda w, id_: w.run(asyncio.to_thread, w.recipes.start, id_),
    ],
    ids=["call", "run", "fan_out", "fan_out of a plain function", "thread"],
)
@pytest.mark.usefixtures("patient")
def test_a_write_in_flight_tells_its_outcome(fake: FakeWorkato, workato: Workato, signals: Signals, use: Any) -> None:
    recipe = next(recipe for recipe in workato.recipes.list() if not recipe.running)
    fake.fail("recipes.start", Slow(0.05))
    with pytest.raises(Interrupted) as raised:
        when(sends(workato, "/start"), signals.send)
        use(workato, recipe.id)
    (note,) = raised.value.__notes__
    assert note.startswith(f"in flight when interrupted: PUT /api/recipes/{recipe.id}/start on 127.0.0.1")
    assert "HTTP 200" in note
    assert workato.recipes.get(recipe.id).running


@pytest.mark.parametrize(
    "use",
    [
        lambda w, id_: w.recipes.start(id_),
        lambda w, id_: list(w.fan_out(w.recipes.start, [id_])),
        lambda w, id_: list(w.fan_out(lambda i: w.recipes.start(i), [id_])),
    ],
    ids=["call", "fan_out", "fan_out of a plain function"],
)
def test_a_write_without_a_response_is_in_doubt(
    fake: FakeWorkato, workato: Workato, signals: Signals, use: Any
) -> None:
    fake.fail("recipes.start", Stall(processed=True))
    with pytest.raises(Interrupted) as raised:
        when(sends(workato, "/start"), signals.send)
        use(workato, 7)
    (note,) = raised.value.__notes__
    assert "PUT /api/recipes/7/start" in note
    assert "OutcomeUnknownError" in note
    assert workato.workspace.me() is not None


def test_the_cause_is_the_error_of_the_write(fake: FakeWorkato, workato: Workato, signals: Signals) -> None:
    fake.fail("recipes.start", Stall(processed=True))
    with pytest.raises(Interrupted) as raised:
        when(sends(workato, "/start"), signals.send)
        workato.recipes.start(7)
    assert isinstance(raised.value.__cause__, OutcomeUnknownError)
    assert "PUT /api/recipes/7/start" in str(raised.value.__cause__)


def test_the_second_time_ends_at_once(
    fake: FakeWorkato, workato: Workato, signals: Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call, "GRACE", 1000.0)
    fake.fail("recipes.start", Stall(processed=True))
    interrupted: list[call.Call] = []
    monkeypatch.setattr(call.Call, "interrupt", recording(interrupted, call.Call.interrupt))
    with pytest.raises(Interrupted) as raised:
        when(lambda: fake.sent("recipes.start") > 0, signals.send)  # the cause is in doubt once it arrived
        when(lambda: bool(interrupted), signals.send)
        workato.recipes.start(7)
    assert isinstance(raised.value.__cause__, OutcomeUnknownError)


def recording(calls: list[call.Call], function: Callable[[call.Call], None]) -> Callable[[call.Call], None]:
    def recorded(self: call.Call) -> None:
        function(self)
        calls.append(self)

    return recorded


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.usefixtures("patient")
def test_a_fan_out_starts_nothing_new(fake: FakeWorkato, signals: Signals, plain: bool) -> None:
    """Three writes are in flight, others wait for a permit, and others have not begun."""
    fake.fail("recipes.start", Slow(0.1), times=3)
    limiter = Limiter({"recipes.start": Quota(3, per=0.05)})  # permits come back before the end
    with Workato("secret", base_url=fake.url, limiter=limiter) as workato:
        ids = [recipe.id for recipe in workato.recipes.list()]
        function: Any = (lambda id_: workato.recipes.start(id_)) if plain else workato.recipes.start
        with pytest.raises(Interrupted) as raised:
            when(sends(workato, "/start", 3), signals.send)
            list(workato.fan_out(function, ids, concurrency=10))
        assert len(raised.value.__notes__) == 3
        assert fake.sent("recipes.start") == 3
        assert all("HTTP 200" in note for note in raised.value.__notes__)


@pytest.mark.usefixtures("patient")
def test_an_interruption_while_items_are_taken(fake: FakeWorkato, workato: Workato, signals: Signals) -> None:
    fake.fail("recipes.start", Slow(0.05))
    begun = sends(workato, "/start")

    def items() -> Iterator[int]:
        yield 7
        while not begun():
            time.sleep(0.001)
        signals.send()
        time.sleep(10)

    with pytest.raises(Interrupted) as raised:
        list(workato.fan_out(workato.recipes.start, items()))
    assert len(raised.value.__notes__) == 1


@pytest.mark.usefixtures("patient")
def test_many_writes_are_counted(fake: FakeWorkato, workato: Workato, signals: Signals) -> None:
    fake.fail("recipes.start", Slow(0.1), times=30)
    with pytest.raises(Interrupted) as raised:
        when(sends(workato, "/start", 15), signals.send)
        list(workato.fan_out(workato.recipes.start, range(1, 16), concurrency=15))
    assert len(raised.value.__notes__) == 11
    assert raised.value.__notes__[-1] == "in flight when interrupted: 5 more"


def test_leaving_early_because_of_an_interruption(fake: FakeWorkato, workato: Workato, signals: Signals) -> None:
    """Ctrl-C in the body of the loop: the calls still running are cancelled, as by any other exception."""
    fake.fail("recipes.get", Stall(), times=2)
    with pytest.raises(Interrupted):
        for _ in workato.fan_out(workato.recipes.get, [1, 2, 3]):
            signals.send()
            time.sleep(10)
    assert workato.workspace.me() is not None


def test_pages_that_wait_are_interrupted(fake: FakeWorkato, workato: Workato, signals: Signals) -> None:
    fake.fail("recipes.list", Stall(), after=2)
    seen = 0
    with pytest.raises(Interrupted) as raised:
        when(sends(workato, "/recipes", 3), signals.send)
        for _ in workato.recipes.list(per_page=20):
            seen += 1
    assert seen < 60
    assert not hasattr(raised.value, "__notes__")
    assert workato.workspace.me() is not None


def test_what_a_listener_raises_on_purpose(workato: Workato, signals: Signals) -> None:
    def listener(event: Event) -> None:
        if isinstance(event, Completed):
            raise SystemExit(3)

    remove = workato.add_listener(listener)
    with pytest.raises(SystemExit):
        workato.workspace.me()
    remove()
    assert workato.workspace.me() is not None


def test_a_callback_of_an_operation_that_raises_ends_it(workato: Workato) -> None:
    folder = workato.folders.list().first()
    assert folder is not None
    manifest = workato.export_manifests.create(name="m", folder_id=folder.id)
    with pytest.raises(ZeroDivisionError):
        workato.packages.export(manifest.id).wait(on_progress=lambda state: 1 // 0)
    assert workato.workspace.me() is not None
