"""A success that cannot be read: retried for a read, once its host has given this session a readable one."""

from __future__ import annotations

import asyncio
import pickle
import random
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.scripted_server import Reply, Truncate, reply, session_of
from workato_async import (
    Endpoint,
    InvalidResponseError,
    OperationRefusedError,
    RetryPolicy,
    WorkatoError,
    WorkatoSession,
    fan_out,
    is_retryable,
)
from workato_async.endpoint import PAGE
from workato_async.events import Completed, Retried
from workato_async.testing import FakeWorkato, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from tests.support.scripted_server import ScriptedServer, Step
    from workato_async.events import Event

RECIPE = reply(200, {"id": 1, "name": "a"})
HTML = Reply(200, b"<!DOCTYPE html><html><body>We'll be back</body></html>", (("Content-Type", "text/html"),))
GARBAGE: dict[str, Step] = {
    "HTML": HTML,
    "a login page called JSON": Reply(200, HTML.body),
    "text": Reply(200, b"Welcome to the guest network"),
    "nothing": Reply(200, b""),
    "null": Reply(200, b"null"),
    "cut JSON": Reply(200, b'{"id": 1, "na'),
    "an array": Reply(200, b"[1, 2]"),
    "a number": Reply(200, b"5"),
    "another object": Reply(200, b'{"status": "maintenance"}'),
    "not UTF-8": Reply(200, b"\xff\xfe\xfa"),
    "nested deeply": Reply(200, b"[" * 100_000),
    "203": Reply(203, b"<html>"),
}


@pytest.mark.parametrize("step", GARBAGE.values(), ids=GARBAGE)
async def test_a_wrong_host_fails_at_once(server: ScriptedServer, step: Step) -> None:
    server.plays(step)
    async with session_of(server.url) as workato:
        with pytest.raises(InvalidResponseError) as caught:
            await workato.recipes.get(1)
    assert len(server.seen) == caught.value.attempts == 1
    assert not caught.value.temporary
    assert not is_retryable(caught.value)


@pytest.mark.parametrize("step", GARBAGE.values(), ids=GARBAGE)
async def test_a_read_is_retried_once_its_host_was_readable(server: ScriptedServer, step: Step) -> None:
    events: list[Event] = []
    server.plays(RECIPE, step, step, RECIPE)
    async with session_of(server.url, on_event=events.append) as workato:
        await workato.recipes.get(1)
        assert (await workato.recipes.get(1)).id == 1
    assert len(server.seen) == 4
    assert {event.reason for event in events if isinstance(event, Retried)} == {
        f"HTTP {203 if step == GARBAGE['203'] else 200} with a response that cannot be read"
    }


async def test_garbage_for_ever_is_bounded_and_counted(server: ScriptedServer) -> None:
    events: list[Event] = []
    server.plays(RECIPE, *[HTML] * 5)
    async with session_of(server.url, on_event=events.append) as workato:
        await workato.recipes.get(1)
        with pytest.raises(InvalidResponseError, match="5 attempts") as caught:
            await workato.recipes.get(1)
    error = caught.value
    assert (error.attempts, error.status, len(server.seen)) == (5, 200, 6)
    assert error.correlation_ids[0] == server.seen[-1].headers["x-correlation-id"]
    assert is_retryable(error)
    assert is_retryable(pickle.loads(pickle.dumps(error)))
    completed = events[-1]
    assert isinstance(completed, Completed)
    assert (completed.status, completed.error, completed.attempt) == (200, "InvalidResponseError", 5)
    assert completed.correlation_ids == error.correlation_ids


async def test_it_costs_the_budget_like_any_failure(server: ScriptedServer) -> None:
    server.plays(RECIPE, HTML, HTML)
    async with session_of(server.url, retry=RetryPolicy(budget=1)) as workato:
        await workato.recipes.get(1)
        with pytest.raises(InvalidResponseError) as caught:
            await workato.recipes.get(1)
    assert (caught.value.attempts, len(server.seen)) == (2, 3)


async def test_garbage_earns_nothing(server: ScriptedServer) -> None:
    server.plays(RECIPE, HTML, RECIPE, *[HTML] * 9)
    async with session_of(server.url, retry=RetryPolicy(budget=1)) as workato:
        await workato.recipes.get(1)
        await workato.recipes.get(1)
        for _ in range(9):
            with pytest.raises(InvalidResponseError):
                await workato.recipes.get(1)
    assert len(server.seen) == 12, "one retry, which the budget held from the start"


@pytest.mark.parametrize("step", [GARBAGE["HTML"], GARBAGE["text"], GARBAGE["an array"]], ids=["HTML", "text", "array"])
async def test_a_write_is_never_repeated_for_an_unreadable_success(server: ScriptedServer, step: Step) -> None:
    async with session_of(server.url) as workato:
        await workato.recipes.get(1)
        calls: tuple[Callable[[], Coroutine[Any, Any, object]], ...] = (
            lambda: workato.recipes.start(1),
            lambda: workato.recipes.delete(1),
            lambda: workato.recipes.update(1, name="b"),
            lambda: workato.recipes.create(folder_id=1, code={}),
        )
        for number, call in enumerate(calls, 2):
            server.plays(step)
            results = await asyncio.gather(call(), return_exceptions=True)
            assert not any(is_retryable(result) for result in results if isinstance(result, BaseException))
            assert len(server.seen) == number


async def test_a_rejection_is_never_retried(server: ScriptedServer) -> None:
    events: list[Event] = []
    rejection = reply(200, {"success": False, "message": "Not allowed"})
    server.plays(RECIPE, rejection, rejection)
    async with session_of(server.url, on_event=events.append) as workato:
        await workato.recipes.get(1)
        for call in (workato.recipes.get, workato.recipes.start):
            with pytest.raises(OperationRefusedError, match="Not allowed") as caught:
                await call(1)
            assert not is_retryable(caught.value)
            assert caught.value.attempts == 1
            assert isinstance(events[-1], Completed)
            assert (events[-1].status, events[-1].error) == (200, "OperationRefusedError")
    assert len(server.seen) == 3


async def test_a_field_that_is_wrong_is_not_garbage(server: ScriptedServer) -> None:
    """It would be wrong again: what Workato changed in one field does not cost five requests a call."""
    server.plays(RECIPE, reply(200, {"id": {"no": "number"}, "name": "a"}))
    async with session_of(server.url) as workato:
        await workato.recipes.get(1)
        with pytest.raises(InvalidResponseError) as caught:
            await workato.recipes.get(1)
    assert caught.value.field.startswith("$.")
    assert (len(server.seen), is_retryable(caught.value)) == (2, False)


@pytest.mark.parametrize("body", [b'{"items": "down"}', b'{"items": 5}', b"[]x", b'{"message": "down"}'])
async def test_a_list_without_its_items_is_garbage(server: ScriptedServer, body: bytes) -> None:
    page = reply(200, {"items": [{"id": 1, "name": "a"}]})
    server.plays(page, Reply(200, body), page)
    async with session_of(server.url) as workato:
        assert len((await workato.recipes.list().page()).items) == 1
        assert len((await workato.recipes.list().page()).items) == 1
    assert len(server.seen) == 3


async def test_a_raw_request_that_reads_is_retried_too(server: ScriptedServer) -> None:
    server.plays(RECIPE, HTML, RECIPE)
    async with session_of(server.url) as workato:
        await workato.request("GET", "/api/unknown")
        assert await workato.request("GET", "/api/unknown") == {"id": 1, "name": "a"}
    assert len(server.seen) == 3


async def test_every_host_is_known_for_itself(server: ScriptedServer) -> None:
    """A readable response of the API says nothing about the host of the data tables."""
    server.plays(
        RECIPE, HTML, reply(200, {"data": [], "schema": [[], []]}), HTML, reply(200, {"data": [], "schema": [[], []]})
    )
    async with session_of(server.url, data_tables_url=server.url) as workato:
        await workato.recipes.get(1)
        records = workato.data_table_records
        table = "5fd2ec4b-4b1e-4f1c-8a4b-111111111111"
        with pytest.raises(InvalidResponseError):
            await records.query(table).collect()
        assert len(server.seen) == 2
        assert await records.query(table).collect() == []
        assert await records.query(table).collect() == []
    assert len(server.seen) == 5


@pytest.mark.parametrize(
    "first",
    [reply(404, {"message": "Not found"}), HTML, Reply(200, b"")],
    ids=["404", "garbage", "nothing"],
)
async def test_an_error_or_garbage_or_nothing_is_not_a_good_response(server: ScriptedServer, first: Step) -> None:
    server.plays(first, HTML)
    async with session_of(server.url) as workato:
        with suppress(WorkatoError):
            await workato.request("GET", "/api/unknown")
        with pytest.raises(InvalidResponseError):
            await workato.recipes.get(1)
    assert len(server.seen) == 2


async def test_views_of_a_session_know_its_hosts(server: ScriptedServer) -> None:
    server.plays(RECIPE, HTML, RECIPE)
    async with session_of(server.url) as workato:
        await workato.recipes.get(1)
        assert (await workato.options(deadline=100).recipes.get(1)).id == 1
    assert len(server.seen) == 3


async def test_a_response_cut_short_is_retried_at_once(server: ScriptedServer) -> None:
    server.plays(Truncate(), RECIPE)
    async with session_of(server.url) as workato:
        assert (await workato.recipes.get(1)).id == 1


@pytest.mark.parametrize("seed", range(3))
async def test_two_thousand_reads_with_garbage_fail_at_most_twice(seed: int) -> None:
    rng = random.Random(seed)
    bodies = [b"<!DOCTYPE html><html>", b"", b"null", b'{"id": 1', b"[]", b"\xff\xfe", b'{"status": "ok"}']
    async with (
        FakeWorkato(recipes=20, jobs=0, window=None, seed=seed) as fake,
        WorkatoSession("any", base_url=fake.url) as workato,
    ):
        for body in bodies:
            fake.fail("recipes.get", Status(200, body), times=None, probability=0.02 / len(bodies))
        await workato.recipes.get(10_001)
        ids = [rng.choice(list(fake.state.recipes)) for _ in range(2_000)]
        failed = 0
        async with asyncio.timeout(7 * 3600), fan_out(workato.recipes.get, ids, concurrency=64) as outcomes:
            async for outcome in outcomes:
                failed += outcome.error is not None
    assert failed <= 2
    assert fake.sent("recipes.get") > 2_010, "there was garbage"


async def test_a_response_is_decoded_once(server: ScriptedServer) -> None:
    pages: list[object] = []

    def read_page(page: object) -> list[object]:
        pages.append(page)
        return []

    endpoint = Endpoint[object]("things.list", "GET", "/api/things", listing=PAGE, read_page=read_page)
    server.plays(reply(200, {"items": []}))
    async with session_of(server.url) as workato:
        await workato._caller.page(endpoint, PAGE, (), {})
    assert pages == [{"items": []}]
