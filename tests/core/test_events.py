"""Listeners: what they are told, in which order, and that they cannot harm a call."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from tests.support.scripted_server import HANG, OK, TOKEN, Drop, reply, session_of
from workato_async import ConfigurationError, Limiter, NotFoundError, OutcomeUnknownError, Quota, WorkatoSession
from workato_async.events import Completed, Event, Observer, Paused, RateLimited, Retried, Sent, Waited, logger

if TYPE_CHECKING:
    from tests.support.scripted_server import ScriptedServer

GET_RECIPE = "GET /api/recipes/{id}"


async def test_a_call_is_waited_for_sent_and_completed(server: ScriptedServer) -> None:
    events: list[Event] = []
    server.plays(reply(200, {"id": 1}, delay=2, x_correlation_id="wk-1"))
    async with session_of(server.url, on_event=events.append) as workato:
        await workato.recipes.get(1)
    waited, sent, completed = events
    ours = server.seen[0].headers["x-correlation-id"]
    assert waited == Waited(GET_RECIPE, ours, 1, 0.0)
    assert sent == Sent(GET_RECIPE, ours, 1)
    host = server.url.removeprefix("http://")
    assert {(event.path, event.host) for event in events} == {("/api/recipes/1", host)}
    assert isinstance(completed, Completed)
    assert (completed.status, completed.attempt, completed.correlation_ids) == (200, 1, (ours, "wk-1"))
    assert completed.seconds == pytest.approx(2, abs=0.1)


async def test_the_wait_for_a_token_is_told(server: ScriptedServer) -> None:
    events: list[Event] = []
    async with session_of(server.url, on_event=events.append, limiter=Limiter(default=Quota(1, per=60))) as workato:
        await asyncio.gather(workato.recipes.get(1), workato.recipes.get(2))
    waits = [event.seconds for event in events if isinstance(event, Waited)]
    assert waits == pytest.approx([0, 60], abs=0.1)
    whole = [event.seconds for event in events if isinstance(event, Completed)]
    assert whole == pytest.approx([0, 60], abs=0.1)


async def test_every_attempt_of_a_call_has_its_records(server: ScriptedServer) -> None:
    events: list[Event] = []
    server.plays(Drop(), reply(503), reply(429, None, Retry_After="5"), OK)
    async with session_of(server.url, on_event=events.append) as workato:
        await workato.recipes.get(1)
    assert [(type(event), event.attempt) for event in events] == [
        (Waited, 1), (Sent, 1), (Retried, 1),
        (Waited, 2), (Sent, 2), (Retried, 2),
        (Waited, 3), (Sent, 3), (RateLimited, 3), (Paused, 3), (Retried, 3),
        (Waited, 4), (Sent, 4), (Completed, 4),
    ]  # fmt: skip
    assert len({event.correlation_id for event in events}) == 1
    assert {(event.endpoint, event.path) for event in events} == {(GET_RECIPE, "/api/recipes/1")}
    assert len({event.host for event in events}) == 1


@pytest.mark.parametrize(
    ("steps", "error_class", "status"),
    [((reply(404),), NotFoundError, 404), ((Drop(),), OutcomeUnknownError, 0)],
)
async def test_a_call_that_fails_is_completed_too(
    server: ScriptedServer, steps: tuple[Drop], error_class: type[Exception], status: int
) -> None:
    events: list[Event] = []
    server.plays(*steps)
    async with session_of(server.url, on_event=events.append) as workato:
        with pytest.raises(error_class):
            await workato.recipes.reset_trigger(1)
    (completed,) = (event for event in events if isinstance(event, Completed))
    assert completed.status == status


async def test_a_call_that_is_cancelled_is_completed_too(server: ScriptedServer) -> None:
    events: list[Event] = []
    server.plays(HANG)
    async with session_of(server.url, on_event=events.append) as workato:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3):
                await workato.recipes.get(1)
    assert [type(event) for event in events] == [Waited, Sent, Completed]


async def test_as_many_sent_records_as_the_server_saw_requests(server: ScriptedServer) -> None:
    events: list[Event] = []
    server.otherwise = lambda seen: Drop() if len(server.seen) % 3 == 0 else OK
    async with session_of(server.url, on_event=events.append) as workato:
        await asyncio.gather(*(workato.recipes.get(n) for n in range(30)), return_exceptions=True)
    assert sum(isinstance(event, Sent) for event in events) == len(server.seen)


@pytest.mark.parametrize("error", [KeyError("hook"), ValueError("hook"), RuntimeError("hook"), NotFoundError("hook")])
async def test_a_hook_that_fails_is_logged_and_harms_no_call(
    server: ScriptedServer, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    def broken(event: Event) -> None:
        raise error

    async with session_of(server.url, on_event=broken) as workato:
        assert (await workato.recipes.get(1)).id == 1
    assert caplog.text.count("a listener failed on ") == 3
    assert TOKEN not in caplog.text


async def test_a_hook_that_wants_to_end_the_program_may(server: ScriptedServer) -> None:
    class Stop(BaseException):
        pass

    def stop(event: Event) -> None:
        if isinstance(event, Sent):
            raise Stop

    async with session_of(server.url, on_event=stop, limiter=Limiter(default=Quota(3, per=60))) as workato:
        with pytest.raises(Stop):
            await workato.recipes.get(1)
        await asyncio.sleep(200)
        assert workato.limiter.snapshot()[GET_RECIPE].free == 3, "the token of the call was lost"


async def test_nobody_listening_costs_no_records(
    server: ScriptedServer, workato: WorkatoSession, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "workato_async")
    await workato.recipes.get(1)
    assert caplog.records == []
    assert not Observer()
    assert Observer(print)


async def test_any_number_of_listeners_hear_every_record(server: ScriptedServer) -> None:
    heard: tuple[list[Event], ...] = ([], [], [])
    async with session_of(server.url, on_event=heard[0].append) as workato:
        workato.add_listener(heard[1].append)
        workato.add_listener(heard[2].append)
        await workato.recipes.get(1)
        await workato.options(priority="bulk").recipes.get(2)
    assert heard[0] == heard[1] == heard[2]
    assert [type(event) for event in heard[0]] == [Waited, Sent, Completed] * 2


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 1, 1)])
async def test_listeners_are_removed_in_any_order_and_more_than_once(
    server: ScriptedServer, order: tuple[int, ...]
) -> None:
    heard: tuple[list[Event], ...] = ([], [], [])
    async with session_of(server.url) as workato:
        removes = [workato.add_listener(events.append) for events in heard]
        removed: set[int] = set()
        for which in order:
            removes[which]()
            removes[which]()
            removed.add(which)
            before = [len(events) for events in heard]
            await workato.recipes.get(1)
            gained = [len(events) - count for events, count in zip(heard, before, strict=True)]
            assert gained == [0 if number in removed else 3 for number in range(3)]


async def test_a_listener_added_twice_hears_twice_and_is_removed_once(server: ScriptedServer) -> None:
    events: list[Event] = []
    hear = events.append
    async with session_of(server.url) as workato:
        remove = workato.add_listener(hear)
        workato.add_listener(hear)
        await workato.recipes.get(1)
        assert len(events) == 6
        remove()
        remove()
        await workato.recipes.get(1)
        assert len(events) == 9


async def test_a_listener_that_fails_takes_no_record_from_the_others(
    server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    events: list[Event] = []
    async with session_of(server.url) as workato:
        workato.add_listener(lambda event: 1 / 0)
        workato.add_listener(events.append)
        assert (await workato.recipes.get(1)).id == 1
    assert [type(event) for event in events] == [Waited, Sent, Completed]
    assert caplog.text.count("a listener failed on ") == 3


async def test_a_listener_may_remove_itself(server: ScriptedServer) -> None:
    events: list[Event] = []

    def once(event: Event) -> None:
        events.append(event)
        remove()

    async with session_of(server.url) as workato:
        remove = workato.add_listener(once)
        await workato.recipes.get(1)
    assert [type(event) for event in events] == [Waited]


async def test_a_listener_added_while_a_call_waits_is_told_of_no_wait_it_cannot_know(server: ScriptedServer) -> None:
    events: list[Event] = []
    async with session_of(server.url, limiter=Limiter(default=Quota(1, per=60))) as workato:
        calls = asyncio.gather(workato.recipes.get(1), workato.recipes.get(2))
        await asyncio.sleep(30)
        workato.add_listener(events.append)
        await calls
    assert [type(event) for event in events] == [Sent]


async def test_nobody_listening_any_more_costs_no_records() -> None:
    observer = Observer()
    remove = observer.add(print)
    assert observer
    remove()
    assert not observer


@pytest.mark.parametrize("callback", [None, "print", 1])
async def test_what_cannot_be_called_cannot_listen(server: ScriptedServer, callback: Any) -> None:
    async with session_of(server.url) as workato:
        with pytest.raises(ConfigurationError, match="callback must be a function"):
            workato.add_listener(callback)
    if callback is not None:
        with pytest.raises(ConfigurationError, match="on_event must be a function"):
            session_of(server.url, on_event=callback)


def test_the_logger_can_be_found_by_its_name() -> None:
    assert logger is logging.getLogger("workato_async")


@pytest.mark.parametrize("kind", [Waited, Sent, RateLimited, Paused, Retried, Completed])
def test_records_are_frozen_values(kind: type[Event]) -> None:
    names = [field.name for field in attrs.fields(kind)]
    assert names[:5] == ["endpoint", "correlation_id", "attempt", "path", "host"]
    assert not {"token", "body", "query", "target", "headers"} & set(names)
    record = kind(**dict.fromkeys(names, "x"))  # type: ignore[arg-type]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        record.attempt = 2  # type: ignore[misc]
