"""A server that fails and says when to come back is obeyed, or the call ends at once with what it said."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

import pytest

from tests.support.scripted_server import Reply, reply, session_of
from workato_async import ResponseError, RetryPolicy, ServerError
from workato_async.events import Retried

if TYPE_CHECKING:
    from tests.support.scripted_server import ScriptedServer
    from workato_async.events import Event

RECIPE = reply(200, {"id": 1, "name": "a"})


def gaps(server: ScriptedServer) -> list[float]:
    return [later.at - earlier.at for earlier, later in itertools.pairwise(server.seen)]


@pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504, 520, 524])
async def test_the_wait_that_a_failing_server_asks_for_is_kept(server: ScriptedServer, status: int) -> None:
    server.plays(reply(status, None, Retry_After="30"), RECIPE)
    async with session_of(server.url) as workato:
        assert (await workato.recipes.get(1)).id == 1
    assert gaps(server) == [pytest.approx(30, abs=0.1)]


async def test_a_write_that_may_be_repeated_waits_too(server: ScriptedServer) -> None:
    events: list[Event] = []
    server.plays(reply(503, None, Retry_After="7"), reply(200, {"success": True}))
    async with session_of(server.url, on_event=events.append) as workato:
        await workato.recipes.start(1)
    assert gaps(server) == [pytest.approx(7, abs=0.1)]
    assert [event.seconds for event in events if isinstance(event, Retried)] == [7.0]


async def test_garbage_with_a_wait_waits_too(server: ScriptedServer) -> None:
    html = Reply(200, b"<html>", (("Content-Type", "text/html"), ("Retry-After", "9")))
    server.plays(RECIPE, html, RECIPE)
    async with session_of(server.url) as workato:
        await workato.recipes.get(1)
        await workato.recipes.get(1)
    assert gaps(server)[-1] == pytest.approx(9, abs=0.1)


async def test_a_date_is_a_wait_too(server: ScriptedServer) -> None:
    date, retry_after = "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:49 GMT"
    server.plays(reply(503, None, Date=date, Retry_After=retry_after), RECIPE)
    async with session_of(server.url) as workato:
        await workato.recipes.get(1)
    assert gaps(server) == [pytest.approx(12, abs=0.1)]


async def test_a_longer_wait_than_the_cap_ends_the_call_at_once(server: ScriptedServer) -> None:
    server.plays(reply(503, None, Retry_After="31"))
    async with session_of(server.url) as workato:
        begun = asyncio.get_running_loop().time()
        with pytest.raises(ServerError, match="asks to wait 31 s") as caught:
            await workato.recipes.get(1)
    assert asyncio.get_running_loop().time() - begun < 1
    assert (caught.value.retry_after, caught.value.attempts, len(server.seen)) == (31.0, 1, 1)


async def test_a_higher_cap_allows_a_longer_wait(server: ScriptedServer) -> None:
    server.plays(reply(503, None, Retry_After="300"), RECIPE)
    async with session_of(server.url, retry=RetryPolicy(cap=300)) as workato:
        await workato.recipes.get(1)
    assert gaps(server) == [pytest.approx(300, abs=0.1)]


async def test_a_wait_beyond_the_deadline_ends_the_call_at_once(server: ScriptedServer) -> None:
    server.plays(reply(503, None, Retry_After="20"))
    async with session_of(server.url) as workato:
        begun = asyncio.get_running_loop().time()
        with pytest.raises(ServerError) as caught:
            await workato.options(deadline=15).recipes.get(1)
    assert asyncio.get_running_loop().time() - begun < 1
    assert caught.value.retry_after == 20.0


@pytest.mark.parametrize("value", ["1764350000", "Fri, 31 Dec 9999 23:59:59 GMT", "86401", "-5", "soon", "", "0"])
async def test_a_wait_that_nobody_can_mean_is_no_wait(server: ScriptedServer, value: str) -> None:
    server.plays(reply(503, None, Retry_After=value), RECIPE)
    async with session_of(server.url) as workato:
        await workato.recipes.get(1)
    assert 0 <= gaps(server)[0] < 1


@pytest.mark.parametrize("status", [503, 408])
async def test_a_write_that_may_have_been_carried_out_is_not_repeated_for_all_that(
    server: ScriptedServer, status: int
) -> None:
    server.plays(reply(status, None, Retry_After="1"))
    async with session_of(server.url) as workato:
        with pytest.raises(ResponseError) as caught:
            await workato.recipes.create(folder_id=1, code={})
    assert (caught.value.retry_after, len(server.seen)) == (1.0, 1)


async def test_a_write_that_came_too_early_is_repeated(server: ScriptedServer) -> None:
    server.plays(reply(425, None, Retry_After="2"), reply(200, {"success": True, "id": 7}))
    async with session_of(server.url) as workato:
        await workato.recipes.create(folder_id=1, code={})
    assert gaps(server) == [pytest.approx(2, abs=0.1)]
