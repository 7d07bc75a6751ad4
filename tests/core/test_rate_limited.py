"""429: waited out by all waiters of the endpoint together, or raised where it can mean something else."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from tests.support.scripted_server import OK, Drop, reply, session_of
from workato_async import (
    Limiter,
    OutcomeUnknownError,
    Quota,
    QuotaWaitError,
    RateLimitedError,
    WorkatoError,
    WorkatoSession,
)
from workato_async.events import Completed, Event, Paused, RateLimited, Retried, Sent

if TYPE_CHECKING:
    from tests.support.scripted_server import ScriptedServer

GET_RECIPE = "GET /api/recipes/{id}"


async def test_a_429_is_waited_out_for_the_seconds_the_server_names(
    server: ScriptedServer, workato: WorkatoSession
) -> None:
    server.plays(reply(429, None, Retry_After="30"), OK)
    assert (await workato.recipes.get(1)).id == 1
    first, second = server.seen
    assert second.at - first.at == pytest.approx(30, abs=0.1)
    assert first.headers["x-correlation-id"] == second.headers["x-correlation-id"]


@pytest.mark.parametrize("method", ["create", "repeat"])
async def test_a_write_that_is_not_idempotent_waits_a_429_out(
    server: ScriptedServer, workato: WorkatoSession, method: str
) -> None:
    server.plays(reply(429, None, Retry_After="3"), reply(200, {"id": 7, "results": []}))
    if method == "create":
        assert (await workato.recipes.create(folder_id=1, code={})).id == 7
    else:
        await workato.jobs.repeat(1, ["j-1"])
    assert len(server.seen) == 2
    assert server.seen[0].body == server.seen[1].body


async def test_an_http_date_is_waited_for(server: ScriptedServer, workato: WorkatoSession) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    server.plays(reply(429, None, Retry_After=later), OK)
    await workato.recipes.get(1)
    assert 80 <= server.seen[1].at - server.seen[0].at <= 91


@pytest.mark.parametrize("hours", [-1, 1])
async def test_an_http_date_is_one_of_the_server_s_clock_whatever_ours_says(
    server: ScriptedServer, workato: WorkatoSession, hours: int
) -> None:
    there = datetime.now(UTC) + timedelta(hours=hours)
    later = format_datetime(there + timedelta(seconds=30), usegmt=True)
    server.plays(reply(429, None, Retry_After=later, Date=format_datetime(there, usegmt=True)), OK)
    await workato.recipes.get(1)
    assert server.seen[1].at - server.seen[0].at == pytest.approx(30, rel=0.01)


@pytest.mark.parametrize("header", [None, "0", "-5", "nan", "inf", "soon", ""])
async def test_without_usable_seconds_pauses_grow_up_to_the_window(
    server: ScriptedServer, workato: WorkatoSession, header: str | None
) -> None:
    limited = reply(429, None) if header is None else reply(429, None, Retry_After=header)
    server.plays(*[limited] * 8, OK)
    await workato.recipes.get(1)
    pauses = [later.at - earlier.at for earlier, later in itertools.pairwise(server.seen)]
    assert pauses == pytest.approx([3.75, 7.5, 15, 30, 60, 60, 60, 60], rel=0.01)


async def test_all_waiters_share_one_pause(server: ScriptedServer) -> None:
    """Fifty calls at once, the first rate limited for 100 s: nobody else is sent before that, and all end."""
    limiter = Limiter(default=Quota(10, per=60), adaptive=False)
    server.plays(reply(429, None, Retry_After="100"), *[reply(200, {"id": 1}, delay=1)] * 9)
    async with session_of(server.url, limiter=limiter) as workato:
        recipes = await asyncio.gather(*(workato.recipes.get(n) for n in range(50)))
    assert len(recipes) == 50
    assert len(server.seen) == 51
    assert [seen.at for seen in server.seen[:10]] == [server.seen[0].at] * 10
    assert server.seen[10].at - server.seen[0].at == pytest.approx(100, abs=0.1)
    assert limiter.snapshot()[GET_RECIPE].refused == 1


async def test_the_rate_limited_call_goes_first_after_the_pause(server: ScriptedServer) -> None:
    server.plays(reply(429, None, Retry_After="100"))
    async with session_of(server.url, limiter=Limiter(default=Quota(1, per=60))) as workato:
        await asyncio.gather(*(workato.recipes.get(n) for n in (1, 2, 3)))
    assert [seen.path for seen in server.seen] == [f"/api/recipes/{n}" for n in (1, 1, 2, 3)]


async def test_the_pause_of_one_endpoint_does_not_slow_another(server: ScriptedServer, workato: WorkatoSession) -> None:
    server.otherwise = lambda seen: reply(429, None, Retry_After="50") if len(server.seen) == 1 else OK
    waiting = asyncio.create_task(workato.recipes.get(1))
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await server.reached(1)
    await workato.jobs.get(1, "j-1")
    assert loop.time() - begun < 1
    assert not waiting.done()
    await waiting


async def test_a_pause_is_never_shortened_by_a_later_429(server: ScriptedServer, workato: WorkatoSession) -> None:
    server.plays(
        reply(429, None, Retry_After="100"),
        reply(429, None, Retry_After="2", delay=1),
    )
    await asyncio.gather(workato.recipes.get(1), workato.recipes.get(2))
    assert len(server.seen) == 4
    assert all(seen.at - server.seen[0].at >= 99.9 for seen in server.seen[2:])


async def test_a_server_that_sends_429_for_ever_ends_in_an_error(
    server: ScriptedServer, workato: WorkatoSession
) -> None:
    server.otherwise = lambda seen: reply(
        429, {"message": "Too many requests"}, Retry_After="1", x_correlation_id=f"wk-{len(server.seen)}"
    )
    with pytest.raises(RateLimitedError) as caught:
        await workato.recipes.get(1)
    error = caught.value
    assert len(server.seen) == error.attempts == 11
    assert (error.status, error.message, error.retry_after) == (429, "Too many requests", 1.0)
    assert error.correlation_ids == (server.seen[0].headers["x-correlation-id"], "wk-11")


async def test_429s_do_not_use_up_the_attempts(server: ScriptedServer, workato: WorkatoSession) -> None:
    server.plays(*[reply(429, None, Retry_After="1")] * 6, *[reply(503)] * 4, OK)
    await workato.recipes.get(1)
    assert len(server.seen) == 11


@pytest.mark.parametrize("seconds", ["3601", "86400"])
async def test_a_wait_beyond_the_longest_pause_is_an_error_that_names_it(
    server: ScriptedServer, workato: WorkatoSession, seconds: str
) -> None:
    server.plays(reply(429, {"message": "Too many requests"}, Retry_After=seconds))
    begun = asyncio.get_running_loop().time()
    with pytest.raises(RateLimitedError) as caught:
        await workato.recipes.get(1)
    assert asyncio.get_running_loop().time() - begun < 1
    assert len(server.seen) == caught.value.attempts == 1
    assert caught.value.retry_after == float(seconds)
    assert seconds in str(caught.value).replace(",", "")


async def test_the_longest_pause_itself_is_waited_for(server: ScriptedServer, workato: WorkatoSession) -> None:
    server.plays(reply(429, None, Retry_After="3600"), OK)
    await workato.recipes.get(1)
    assert server.seen[1].at - server.seen[0].at == pytest.approx(3600, abs=0.1)


async def test_a_wait_beyond_the_longest_pause_does_not_hang_the_other_calls(server: ScriptedServer) -> None:
    """A day of silence for everybody else would be a call that hangs without saying why."""
    server.plays(reply(429, None, Retry_After="80000"))
    async with session_of(server.url) as workato:
        with pytest.raises(RateLimitedError):
            await workato.recipes.get(1)
        async with asyncio.timeout(3601):
            with suppress(WorkatoError):
                await workato.recipes.get(2)


async def test_max_wait_bounds_the_wait_after_a_429(server: ScriptedServer, workato: WorkatoSession) -> None:
    server.plays(reply(429, None, Retry_After="30"))
    begun = asyncio.get_running_loop().time()
    with pytest.raises(QuotaWaitError) as caught:
        await workato.options(max_wait=5).recipes.get(1)
    assert asyncio.get_running_loop().time() - begun < 1
    assert caught.value.wait == pytest.approx(30, abs=0.1)
    assert caught.value.max_wait == 5


async def test_max_wait_never_hides_a_write_in_doubt(server: ScriptedServer) -> None:
    server.plays(Drop())
    async with session_of(server.url, limiter=Limiter(default=Quota(1, per=60))) as workato:
        with pytest.raises(OutcomeUnknownError):
            await workato.options(max_wait=5).recipes.start(1)
    assert len(server.seen) == 1


async def test_poll_now_raises_its_429_at_once(server: ScriptedServer, workato: WorkatoSession) -> None:
    server.plays(reply(429, {"message": "Recipe is in trigger backoff"}, Retry_After="120"), OK)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    with pytest.raises(RateLimitedError) as caught:
        await workato.recipes.poll_now(1)
    assert caught.value.retry_after == 120
    assert caught.value.message == "Recipe is in trigger backoff"
    assert caught.value.attempts == 1
    await workato.recipes.poll_now(2)
    assert loop.time() - begun < 1, "the bucket was paused"
    assert workato.limiter.snapshot()["POST /api/recipes/{recipe_id}/poll_now"].paused_for == 0


@pytest.mark.parametrize("idempotent", [None, False, True])
async def test_poll_now_by_request_raises_its_429_at_once_too(
    server: ScriptedServer, workato: WorkatoSession, idempotent: bool | None
) -> None:
    server.plays(reply(429, None, Retry_After="120"))
    with pytest.raises(RateLimitedError):
        await workato.request("POST", "/api/recipes/1/poll_now", idempotent=idempotent)
    assert len(server.seen) == 1


async def test_what_is_told_of_a_429(server: ScriptedServer, caplog: pytest.LogCaptureFixture) -> None:
    events: list[Event] = []
    server.plays(reply(429, None, Retry_After="30"), OK)
    async with session_of(server.url, on_event=events.append) as workato:
        await workato.recipes.get(1)
    kinds = [type(event) for event in events]
    assert kinds.count(Sent) == 2
    (told,) = (event for event in events if isinstance(event, RateLimited))
    assert told.retry_after == 30
    (paused,) = (event for event in events if isinstance(event, Paused))
    assert paused.seconds == pytest.approx(30, abs=0.1)
    (again,) = (event for event in events if isinstance(event, Retried))
    assert "429" in again.reason
    assert isinstance(events[-1], Completed)
    assert events[-1].attempt == 2
    assert len({event.correlation_id for event in events}) == 1
    pause, wait = (record.getMessage() for record in caplog.records if record.levelname == "WARNING")
    assert pause == "rate limited (429): pausing GET /api/recipes/{id} for 30.0 s; room for 999 of 1000 per 60 s"
    assert wait == "GET /api/recipes/{id}: paused after a 429; 1 call waits, the next leaves in 30 s"


async def test_a_volley_of_429s_is_one_warning(
    server: ScriptedServer, workato: WorkatoSession, caplog: pytest.LogCaptureFixture
) -> None:
    server.plays(*[reply(429, None, Retry_After="30")] * 8)
    await asyncio.gather(*(workato.recipes.get(number) for number in range(8)))
    assert sum("pausing" in record.getMessage() for record in caplog.records) == 1


async def test_a_quota_that_is_used_up_is_said_once_per_window(
    server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with session_of(server.url, limiter=Limiter(default=Quota(5, per=60))) as workato:
        await asyncio.gather(*(workato.recipes.get(number) for number in range(12)))
    said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert said == [
        "GET /api/recipes/{id}: quota of 5 per 60 s used up; 7 calls wait, the next leaves in 60 s",
    ]


@pytest.mark.parametrize("absurd", ["1795871113", "1795871113000", "Fri, 31 Dec 9999 23:59:59 GMT"])
async def test_a_time_that_cannot_be_meant_does_not_lock_the_endpoint(
    server: ScriptedServer, workato: WorkatoSession, absurd: str
) -> None:
    server.plays(reply(429, None, Retry_After=absurd), OK)
    await workato.recipes.get(1)
    assert server.seen[1].at - server.seen[0].at == pytest.approx(3.75, rel=0.01)


async def test_a_long_pause_can_be_ended(server: ScriptedServer, workato: WorkatoSession) -> None:
    server.plays(reply(429, None, Retry_After="80000"), OK)
    with pytest.raises(RateLimitedError):
        await workato.recipes.get(1)
    with pytest.raises(QuotaWaitError, match="resume"):
        await workato.recipes.get(1)
    workato.limiter.resume("recipes.get")
    await workato.recipes.get(1)


async def test_calls_that_wait_already_hear_of_a_pause_too_long_at_once(server: ScriptedServer) -> None:
    server.plays(reply(429, None, Retry_After="80000", delay=1))
    loop = asyncio.get_running_loop()
    begun = loop.time()
    async with session_of(server.url, limiter=Limiter(default=Quota(1, per=60))) as workato:
        first, *waiting = await asyncio.gather(*(workato.recipes.get(n) for n in range(5)), return_exceptions=True)
    assert loop.time() - begun < 2
    assert isinstance(first, RateLimitedError)
    assert all(isinstance(error, WorkatoError) and "80,000 s" in str(error) for error in waiting)
    assert len(server.seen) == 1
