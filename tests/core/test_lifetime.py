"""Uses that cannot work: after close, from a second event loop; and closing under calls."""

from __future__ import annotations

import asyncio
import gc
import threading
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.scripted_server import HANG, TOKEN, session_of
from tests.support.virtual_time import VirtualTimeLoop
from workato_async import (
    ConfigurationError,
    ConnectionFailedError,
    Limiter,
    OutcomeUnknownError,
    Quota,
    RetryPolicy,
    WorkatoError,
    WorkatoSession,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.scripted_server import ScriptedServer


GET_RECIPE = "GET /api/recipes/{id}"


# --- uses that cannot work


async def test_use_after_close_is_an_error_at_once_and_costs_no_permit(server: ScriptedServer) -> None:
    workato = session_of(server.url, limiter=Limiter(default=Quota(2, per=60)))
    await workato.recipes.get(1)
    await workato.close()
    begun = asyncio.get_running_loop().time()
    for call in (workato.recipes.get, workato.recipes.start, workato.options(timeout=1).recipes.get):
        with pytest.raises(ConfigurationError, match="closed"):
            await call(1)
    assert asyncio.get_running_loop().time() == begun
    assert len(server.seen) == 1


async def test_use_after_close_waits_for_no_token_and_loses_none(server: ScriptedServer) -> None:
    """The limiter may be shared: a closed session must not use up what the others have."""
    limiter = Limiter(default=Quota(2, per=60))
    closed = session_of(server.url, limiter=limiter)
    await closed.close()
    begun = asyncio.get_running_loop().time()
    for _ in range(5):
        with pytest.raises(ConfigurationError):
            await closed.recipes.get(1)
    assert asyncio.get_running_loop().time() == begun
    assert sum(state.sent for state in limiter.snapshot().values()) == 0


def in_another_loop(call: Callable[[], Any]) -> BaseException | None:
    """Make a call in a loop of its own, in a thread of its own."""
    result: list[BaseException | None] = []

    def target() -> None:
        async def main() -> None:
            try:
                await call()
            except BaseException as error:
                result.append(error)
            else:
                result.append(None)

        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            runner.run(main())

    thread = threading.Thread(target=target)
    thread.start()
    thread.join(timeout=20)
    return result[0]


async def test_use_from_a_second_loop_is_an_error(server: ScriptedServer, workato: WorkatoSession) -> None:
    await workato.recipes.get(1)
    for call in (
        lambda: workato.recipes.get(2),
        lambda: workato.recipes.start(2),
        lambda: workato.request("GET", "/api/x"),
    ):
        error = in_another_loop(call)
        assert isinstance(error, ConfigurationError)
        assert "event loop" in str(error)
    assert len(server.seen) == 1


async def test_a_failed_use_from_a_second_loop_does_not_spoil_the_first(
    server: ScriptedServer, workato: WorkatoSession
) -> None:
    """The endpoint's bucket is made by the failed call, but must not belong to its loop."""
    await workato.recipes.get(1)
    other: asyncio.AbstractEventLoop = VirtualTimeLoop()
    failed: list[BaseException] = []

    def target() -> None:
        async def main() -> None:
            try:
                await workato.recipes.start(1)
            except ConfigurationError as error:
                failed.append(error)

        other.run_until_complete(main())

    thread = threading.Thread(target=target)
    thread.start()
    thread.join(timeout=20)
    try:
        assert len(failed) == 1
        await workato.recipes.start(1)  # the other loop is stopped, but still open
    finally:
        other.close()
    assert len(server.seen) == 2


def test_a_session_cannot_outlive_its_loop() -> None:
    workato = WorkatoSession("token", base_url="http://127.0.0.1:1", retry=RetryPolicy(attempts=1))

    async def call() -> None:
        with pytest.raises(WorkatoError) as caught:
            await workato.recipes.get(1)
        errors.append(caught.value)

    errors: list[WorkatoError] = []
    asyncio.run(call())
    asyncio.run(call())
    assert isinstance(errors[0], ConnectionFailedError)
    assert isinstance(errors[1], ConfigurationError)
    asyncio.run(workato.close())


async def test_a_limiter_serves_several_sessions_and_keeps_accounts_apart(server: ScriptedServer) -> None:
    limiter = Limiter(default=Quota(2, per=60))
    loop = asyncio.get_running_loop()
    begun = loop.time()
    async with (
        session_of(server.url, limiter=limiter) as first,
        session_of(server.url, limiter=limiter) as same,
        WorkatoSession("another-token", base_url=server.url, limiter=limiter) as another,
    ):
        await asyncio.gather(*(session.recipes.get(1) for session in (first, same, another, another)))
        assert loop.time() - begun < 1
        await asyncio.gather(first.recipes.get(1), another.recipes.get(1))
        assert loop.time() - begun > 59
    assert sum(state.sent for state in limiter.snapshot().values()) == 6
    assert sorted(limiter.snapshot()) == [GET_RECIPE, f"{GET_RECIPE} @2"]


async def test_closing_ends_waiting_calls_at_once_and_says_why(server: ScriptedServer) -> None:
    workato = session_of(server.url, limiter=Limiter(default=Quota(1, per=60)))
    await workato.recipes.get(1)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    waiting = [asyncio.create_task(call(1)) for call in (workato.recipes.get, workato.recipes.get)]
    await asyncio.sleep(1)
    await workato.close()
    for result in await asyncio.gather(*waiting, return_exceptions=True):
        assert isinstance(result, ConfigurationError)
        assert "closed" in str(result)
    assert loop.time() - begun == pytest.approx(1, abs=0.01)
    assert [task.cancelled() for task in waiting] == [False, False]


async def test_closing_is_no_cancellation_of_a_task_that_survived_one_before(server: ScriptedServer) -> None:
    """A task may have swallowed a cancellation without taking it back; asyncio then counts it for ever."""
    server.otherwise = lambda seen: HANG
    workato = session_of(server.url)

    async def survivor() -> str:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(1e6)
        try:
            await workato.recipes.get(1)
        except ConfigurationError:
            return "told"
        return "answered"

    task = asyncio.create_task(survivor())
    await asyncio.sleep(0.1)
    task.cancel()
    await server.reached(1)
    await workato.close()
    (result,) = await asyncio.gather(task, return_exceptions=True)
    assert result == "told"


async def test_a_timeout_and_a_close_at_the_same_time(server: ScriptedServer) -> None:
    server.otherwise = lambda seen: HANG
    workato = session_of(server.url)

    async def call() -> str:
        try:
            async with asyncio.timeout(5):
                await workato.recipes.get(1)
        except TimeoutError:
            return "timed out"
        except ConfigurationError:
            return "closed"
        return "answered"

    task = asyncio.create_task(call())
    await asyncio.sleep(0.01)
    asyncio.get_running_loop().call_later(4.99, lambda: closing.append(asyncio.create_task(workato.close())))
    closing: list[asyncio.Task[None]] = []
    assert await task in ("timed out", "closed")
    assert task.cancelling() == 0
    await closing[0]


@pytest.mark.parametrize("times", [2, 3])
async def test_closing_again_before_the_calls_have_ended_changes_nothing_for_them(
    server: ScriptedServer, times: int
) -> None:
    server.otherwise = lambda seen: HANG
    workato = session_of(server.url)
    reading, writing = (asyncio.create_task(call(1)) for call in (workato.recipes.get, workato.recipes.start))
    await server.reached(2)
    await asyncio.gather(*(workato.close() for _ in range(times)))
    results = await asyncio.gather(reading, writing, return_exceptions=True)
    assert [type(result) for result in results] == [ConfigurationError, OutcomeUnknownError]


async def test_a_call_begun_while_the_session_closes_is_an_error(server: ScriptedServer) -> None:
    workato = session_of(server.url)
    await workato.recipes.get(1)
    closing = asyncio.create_task(workato.close())
    late = asyncio.create_task(workato.recipes.get(2))
    with pytest.raises(ConfigurationError):
        await late
    await closing
    assert len(server.seen) == 1


async def test_a_session_that_is_never_closed_says_so_once_and_in_our_words(server: ScriptedServer) -> None:
    workato = session_of(server.url)
    await workato.recipes.get(1)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del workato
        gc.collect()
        await asyncio.sleep(1)
        gc.collect()
    (warning,) = caught
    assert warning.category is ResourceWarning
    assert "WorkatoSession" in str(warning.message)
    assert TOKEN not in str(warning.message)
