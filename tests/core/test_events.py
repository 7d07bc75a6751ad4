"""One hook for observation: what it is told, in which order, and that it cannot harm a call."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from tests.support.scripted_server import HANG, OK, TOKEN, Drop, reply, session_of
from workato_async import Limiter, NotFoundError, OutcomeUnknownError, Quota, WorkatoSession
from workato_async.events import Completed, Event, Observer, Paused, Refused, Retried, Sent, Waited, logger

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
        (Waited, 3), (Sent, 3), (Refused, 3), (Paused, 3), (Retried, 3),
        (Waited, 4), (Sent, 4), (Completed, 4),
    ]  # fmt: skip
    assert len({event.correlation_id for event in events}) == 1
    assert {event.endpoint for event in events} == {GET_RECIPE}


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
    assert caplog.text.count("on_event failed") == 3
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


async def test_the_log_has_a_line_for_each_record(server: ScriptedServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "workato_async")
    async with session_of(server.url) as workato:
        await workato.recipes.get(1)
    lines = [record.getMessage() for record in caplog.records if record.name == "workato_async"]
    assert [line.partition("(")[0] for line in lines] == ["Waited", "Sent", "Completed"]
    assert all(GET_RECIPE in line for line in lines)


async def test_nobody_listening_costs_no_records(
    server: ScriptedServer, workato: WorkatoSession, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "workato_async")
    await workato.recipes.get(1)
    assert caplog.records == []
    assert not Observer()
    assert Observer(print)


def test_the_logger_can_be_found_by_its_name() -> None:
    assert logger is logging.getLogger("workato_async")


@pytest.mark.parametrize("kind", [Waited, Sent, Refused, Paused, Retried, Completed])
def test_records_are_frozen_values(kind: type[Event]) -> None:
    names = [field.name for field in attrs.fields(kind)]
    assert names[:3] == ["endpoint", "correlation_id", "attempt"]
    assert not {"token", "body", "query", "target", "headers"} & set(names)
    values: list[Any] = ["x"] * len(names)
    record = kind(*values)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        record.attempt = 2  # type: ignore[misc]
