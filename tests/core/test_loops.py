"""A session belongs to the event loop that it was opened in; any use in another one says so at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.core.test_lifetime import in_another_loop
from tests.support.scripted_server import HANG, session_of
from workato_async import ConfigurationError, WorkatoSession, fan_out

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.support.scripted_server import ScriptedServer


async def outcomes_of(workato: WorkatoSession) -> None:
    async with fan_out(workato.recipes.get, [1, 2, 3], concurrency=2) as outcomes:
        async for outcome in outcomes:
            if outcome.error is not None:
                raise outcome.error


async def walk(workato: WorkatoSession) -> None:
    async for _ in workato.recipes.list():
        pass


async def enter(workato: WorkatoSession) -> None:
    async with workato:
        pass


USES: dict[str, Callable[[WorkatoSession], Awaitable[Any]]] = {
    "call": lambda workato: workato.recipes.get(1),
    "write": lambda workato: workato.recipes.start(1),
    "view": lambda workato: workato.options(timeout=3).recipes.get(1),
    "raw request": lambda workato: workato.request("GET", "/api/things"),
    "pages": walk,
    "collect": lambda workato: workato.recipes.list().collect(),
    "fan-out": outcomes_of,
    "repeat": lambda workato: workato.jobs.repeat(1, ["j-1"]),
    "close": WorkatoSession.close,
    "async with": enter,
}


@pytest.mark.parametrize("use", USES)
async def test_a_session_that_was_only_opened_belongs_to_its_loop(
    server: ScriptedServer, workato: WorkatoSession, use: str
) -> None:
    """No call was made yet: without the binding, one from another loop would wait for its timeouts."""
    error = in_another_loop(lambda: USES[use](workato))
    while isinstance(error, BaseExceptionGroup):
        [error] = error.exceptions
    assert isinstance(error, ConfigurationError)
    assert "the session belongs to another event loop. Create one session per loop and thread." in str(error)
    assert "same loop scope" in str(error)
    assert server.seen == []
    await workato.recipes.get(1)
    assert not workato.closed


async def test_a_session_that_was_not_opened_belongs_to_the_loop_of_its_first_call(server: ScriptedServer) -> None:
    workato = session_of(server.url)
    await workato.recipes.get(1)
    assert isinstance(in_another_loop(lambda: workato.recipes.get(1)), ConfigurationError)
    await workato.close()


async def test_a_failed_opening_in_another_loop_leaves_the_session_as_it_was(server: ScriptedServer) -> None:
    workato = session_of(server.url)
    await workato.recipes.get(1)
    assert isinstance(in_another_loop(lambda: enter(workato)), ConfigurationError)
    async with workato:
        await workato.recipes.get(1)


def test_a_session_can_be_closed_after_the_end_of_its_loop() -> None:
    workato = WorkatoSession("token", base_url="http://127.0.0.1:1")

    async def begin() -> None:
        await workato.__aenter__()

    asyncio.run(begin())

    async def call() -> None:
        with pytest.raises(ConfigurationError, match="another event loop"):
            await workato.recipes.get(1)

    asyncio.run(call())
    asyncio.run(workato.close())
    assert workato.closed


async def test_closing_from_another_loop_ends_no_call(server: ScriptedServer, workato: WorkatoSession) -> None:
    server.plays(HANG)
    call = asyncio.create_task(workato.recipes.get(1))
    await asyncio.sleep(1)
    assert server.seen
    assert isinstance(in_another_loop(workato.close), ConfigurationError)
    assert not call.done()
    assert not workato.closed
    call.cancel()


async def test_a_closed_session_cannot_be_opened_again(server: ScriptedServer) -> None:
    workato = session_of(server.url)
    async with workato:
        pass
    with pytest.raises(ConfigurationError, match="the session is closed: create a new one"):
        await enter(workato)


async def test_a_session_is_opened_once(server: ScriptedServer, workato: WorkatoSession) -> None:
    """The inner block would close it under the outer one."""
    with pytest.raises(ConfigurationError, match="open already"):
        await enter(workato)
    await workato.recipes.get(1)
