"""The way of one call is short: what a debugger steps through, and what every call pays for."""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING

import aiohttp
import pytest

from tests.support.scripted_server import session_of

if TYPE_CHECKING:
    from types import FrameType

    from tests.support.scripted_server import ScriptedServer
    from workato_async.events import OnEvent

MOST = 8


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
