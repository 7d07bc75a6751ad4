"""The way of one call is short: what a debugger steps through, and what every call pays for."""

from __future__ import annotations

import asyncio
import inspect
import sys
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from tests.support.scripted_server import session_of
from workato_async import Limiter, Quota

if TYPE_CHECKING:
    from types import FrameType

    from tests.support.scripted_server import ScriptedServer
    from workato_async.events import OnEvent

MOST = 8
MOST_WAITING = 7


def our_coroutines() -> list[str]:
    """Return the coroutines of the package that wait for the one that runs, outermost last."""
    found = []
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_code.co_flags & inspect.CO_COROUTINE and frame.f_globals["__name__"].startswith("workato_async."):
            found.append(frame.f_code.co_qualname)
        frame = frame.f_back
    return found


@pytest.mark.parametrize("on_event", [None, lambda event: None], ids=["unobserved", "observed"])
@pytest.mark.parametrize("deadline", [None, 60.0], ids=["no deadline", "deadline"])
async def test_a_call_has_at_most_eight_coroutines_above_aiohttp(
    server: ScriptedServer, on_event: OnEvent | None, deadline: float | None
) -> None:
    seen: list[list[str]] = []

    async def look(*_: object) -> None:
        seen.append(our_coroutines())

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(look)
    async with (
        aiohttp.ClientSession(trace_configs=[trace]) as http,
        session_of(server.url, http=http, on_event=on_event) as workato,
    ):
        view = workato.options(deadline=deadline)
        await view.recipes.get(1)
        await view.recipes.get(1)
    cold, warm = seen
    assert cold == warm
    assert warm[-1] == "Recipes.get"
    assert len(warm) <= MOST, warm


async def test_a_call_that_waits_has_at_most_seven_coroutines() -> None:
    """Each takes memory as long as the call waits, and time whenever garbage is looked for."""
    limiter = Limiter(quotas={"recipes.get": Quota(1, per=60)})
    async with session_of("http://127.0.0.1:9", limiter=limiter) as workato:
        calls = [asyncio.create_task(workato.recipes.get(1)) for _ in range(2)]
        await asyncio.sleep(0)
        waiting: Any = calls[1].get_coro()
        found = []
        while inspect.iscoroutine(waiting):
            found.append(waiting.cr_code.co_qualname)
            waiting = waiting.cr_await
        for call in calls:
            call.cancel()
        await asyncio.wait(calls)
    assert found[-1] == "WaitingBucket.acquire"
    assert len(found) <= MOST_WAITING, found
