"""A second session with the same settings; and what a cancelled write says."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from tests.core.test_secrets import assert_secret
from tests.support.scripted_server import HANG, TOKEN, reply, session_of
from workato_async import ConfigurationError, Limiter, OutcomeUnknownError, Quota, RetryPolicy, WorkatoSession
from workato_async.events import Completed

if TYPE_CHECKING:
    from tests.support.scripted_server import ScriptedServer

RECIPE = reply(200, {"id": 1, "name": "a"})


def test_a_clone_serves_another_loop_with_the_same_settings(server: ScriptedServer) -> None:
    first = session_of(server.url, retry=RetryPolicy(attempts=1), timeout=7.0, max_body=1000)
    second = first.clone()
    assert second is not first
    assert second.limiter is first.limiter
    assert {name: value for name, value in second._arguments.items() if name != "token"} == {
        name: value for name, value in first._arguments.items() if name != "token"
    }
    assert second._arguments["timeout"] == 7.0
    assert first.clone(limiter=(other := Limiter())).limiter is other


async def test_a_clone_has_connections_and_a_life_of_its_own(server: ScriptedServer) -> None:
    server.otherwise = lambda seen: RECIPE
    first = session_of(server.url)
    second = first.clone()
    heard: list[Any] = []
    first.add_listener(heard.append)
    async with first:
        await first.recipes.get(1)
    count = len(heard)
    async with second:
        assert (await second.recipes.get(1)).id == 1
    assert len(heard) == count > 0
    assert {seen.headers["Authorization"] for seen in server.seen} == {f"Bearer {TOKEN}"}


async def test_a_clone_asks_the_token_provider_again(server: ScriptedServer) -> None:
    server.otherwise = lambda seen: RECIPE
    asked: list[int] = []

    def provider() -> str:
        asked.append(1)
        return TOKEN

    first = WorkatoSession(provider, base_url=server.url, limiter=Limiter())
    async with first, first.clone() as second:
        await first.recipes.get(1)
        await second.recipes.get(1)
    assert len(asked) == 2


def test_a_clone_of_a_session_without_a_limiter_shares_that_of_its_process() -> None:
    first = WorkatoSession(TOKEN, base_url="http://127.0.0.1:1")
    assert first.clone().limiter is first.limiter
    assert first.clone()._arguments["limiter"] is None


async def test_a_borrowed_aiohttp_session_cannot_be_cloned(server: ScriptedServer) -> None:
    async with aiohttp.ClientSession() as http:
        with pytest.raises(ConfigurationError, match="cannot be cloned"):
            session_of(server.url, http=http).clone()


def test_a_clone_shows_no_token() -> None:
    first = WorkatoSession(TOKEN, base_url="http://127.0.0.1:1")
    with pytest.raises(ConfigurationError) as caught:
        first.clone(limiter="none")  # type: ignore[arg-type]
    assert_secret(caught.value)
    assert TOKEN not in repr(first._arguments)


# --- a cancelled write


async def test_a_write_that_is_cancelled_in_flight_says_so(server: ScriptedServer) -> None:
    server.otherwise = lambda seen: HANG
    events: list[Any] = []
    async with session_of(server.url, on_event=events.append) as workato:
        task = asyncio.create_task(workato.recipes.start(7))
        await server.reached(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
    cause = caught.value.__cause__
    assert isinstance(cause, OutcomeUnknownError)
    assert (cause.endpoint, cause.path, cause.attempts) == ("PUT /api/recipes/{id}/start", "/api/recipes/7/start", 1)
    assert "the call was cancelled" in str(cause)
    assert [event.error for event in events if isinstance(event, Completed)] == ["OutcomeUnknownError"]


async def test_a_read_and_a_waiting_write_that_are_cancelled_are_just_cancelled(server: ScriptedServer) -> None:
    server.otherwise = lambda seen: HANG
    events: list[Any] = []
    limiter = Limiter(default=Quota(1, per=60))
    async with session_of(server.url, limiter=limiter, on_event=events.append) as workato:
        calls = [asyncio.create_task(call(7)) for call in (workato.recipes.get, workato.recipes.start)]
        waiting = asyncio.create_task(workato.recipes.start(8))
        await server.reached(2)
        for task in (calls[0], waiting):
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            assert caught.value.__cause__ is None
        calls[1].cancel()
    assert [event.error for event in events if isinstance(event, Completed)][:2] == ["CancelledError"] * 2
