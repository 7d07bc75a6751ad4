"""WorkatoSession: its arguments, its views, and many calls at once."""

from __future__ import annotations

import asyncio
import itertools
import math
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from tests.support.scripted_server import HANG, OK, Drop, session_of
from workato_async import (
    Api,
    ConfigurationError,
    ConnectionFailedError,
    Limiter,
    Priority,
    Quota,
    QuotaWaitError,
    ResponseTimeoutError,
    RetryPolicy,
    WorkatoSession,
    find_endpoint,
)

if TYPE_CHECKING:
    from tests.support.scripted_server import ScriptedServer


GET_RECIPE = "GET /api/recipes/{id}"


# --- arguments


@pytest.mark.parametrize(
    "arguments",
    [
        {"timeout": 0},
        {"timeout": -1},
        {"timeout": math.nan},
        {"timeout": math.inf},
        {"timeout": "5"},
        {"timeout": True},
        {"max_connections": 0},
        {"max_connections": -1},
        {"max_connections": 1.5},
        {"max_connections": True},
        {"max_body": 0},
        {"max_body": -1},
        {"max_body": None},
    ],
    ids=str,
)
def test_numbers_out_of_their_range_are_invalid(arguments: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        WorkatoSession("token", **arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        {"share": 0},
        {"share": -1},
        {"share": 1.1},
        {"share": math.nan},
        {"time_scale": 0},
        {"time_scale": -1},
        {"time_scale": math.inf},
        {"time_scale": math.nan},
        {"max_wait": -1},
        {"max_wait": math.nan},
        {"quotas": {"GET recipes": Quota(1, 1)}},
        {"quotas": {"get /api/recipes": Quota(1, 1)}},
        {"quotas": {" ": Quota(1, 1)}},
    ],
    ids=str,
)
def test_a_limiter_that_makes_no_sense_is_invalid(arguments: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        Limiter(**arguments)


@pytest.mark.parametrize("family", ["", "recipies", "/api/recipes", "recipes.versions.list.x"])
def test_a_quota_for_a_family_that_does_not_exist_is_invalid(family: str) -> None:
    with pytest.raises(ConfigurationError):
        WorkatoSession("token", limiter=Limiter({family: Quota(1, 1)}))


@pytest.mark.parametrize(
    ("requests", "per"),
    [(0, 60), (-1, 60), (1.5, 60), (True, 60), ("60", 60), (60, 0), (60, -1), (60, math.nan), (60, math.inf)],
)
def test_a_quota_that_makes_no_sense_is_invalid(requests: Any, per: Any) -> None:
    with pytest.raises(ConfigurationError):
        Quota(requests, per=per)


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": 0},
        {"timeout": -5},
        {"timeout": math.inf},
        {"timeout": "5"},
        {"max_wait": -1},
        {"max_wait": math.nan},
        {"priority": "urgent"},
        {"priority": ""},
        {"priority": 9},
        {"priority": None},
        {"max_wait": "5"},
    ],
    ids=str,
)
def test_options_that_make_no_sense_are_invalid(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        WorkatoSession("token").options(**options)


async def test_a_proxy_that_is_no_url_is_invalid_and_no_write_in_doubt() -> None:
    with pytest.raises(ConfigurationError):
        async with WorkatoSession("token", base_url="http://127.0.0.1:1", proxy="nonsense") as workato:
            await workato.recipes.copy(1, folder_id=1)


async def test_nothing_happens_before_the_first_call() -> None:
    workato = WorkatoSession("token")
    assert workato.limiter.snapshot() == {}
    assert "www.workato.com" in repr(workato)
    assert "closed" not in repr(workato)
    await workato.close()
    assert workato.closed
    assert "closed" in repr(workato)


def test_a_session_can_be_made_outside_of_a_loop() -> None:
    workato = WorkatoSession("token", base_url="http://127.0.0.1:1", retry=RetryPolicy(attempts=1))

    async def main() -> None:
        async with workato:
            with pytest.raises(ConnectionFailedError):
                await workato.recipes.get(1)

    asyncio.run(main())


async def test_resources_are_made_once(workato: WorkatoSession) -> None:
    assert workato.recipes is workato.recipes
    assert workato.options().recipes is not workato.recipes


# --- views


async def test_a_view_shares_connections_limiter_and_close(server: ScriptedServer, workato: WorkatoSession) -> None:
    view = workato.options(timeout=5, priority="bulk")
    assert isinstance(view, Api)
    await workato.recipes.get(1)
    await view.recipes.get(1)
    assert workato.limiter.snapshot()[GET_RECIPE].sent == 2
    assert {seen.headers["Authorization"] for seen in server.seen} == {server.seen[0].headers["Authorization"]}
    await workato.close()
    with pytest.raises(ConfigurationError):
        await view.recipes.get(1)


async def test_a_view_shares_the_connections_themselves(server: ScriptedServer) -> None:
    opened = []

    async def created(*_: object) -> None:
        opened.append(1)

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(created)
    async with aiohttp.ClientSession(trace_configs=[trace]) as http, session_of(server.url, http=http) as workato:
        for api in (workato, workato.options(timeout=5), workato.options(max_wait=5), workato):
            await api.recipes.get(1)
    assert len(opened) == 1


async def test_a_view_shares_the_retry_budget() -> None:
    async with session_of("http://127.0.0.1:1", retry=RetryPolicy(budget=4)) as workato:
        for api in (workato, workato.options(timeout=5)):
            with pytest.raises(ConnectionFailedError) as caught:
                await api.recipes.get(1)
        assert "budget" in str(caught.value)


async def test_the_options_of_a_view_are_its_own(server: ScriptedServer, workato: WorkatoSession) -> None:
    server.plays(Drop(), OK)
    with pytest.raises(ConnectionFailedError):
        await workato.options(retry=RetryPolicy(attempts=1)).recipes.get(1)
    await workato.recipes.get(1)
    server.plays(HANG)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    with pytest.raises(ResponseTimeoutError):
        await workato.options(timeout=3, retry=RetryPolicy(attempts=1)).recipes.get(1)
    assert loop.time() - begun < 15


async def test_max_wait_fails_at_once_and_says_how_long(server: ScriptedServer) -> None:
    loop = asyncio.get_running_loop()
    async with session_of(server.url, limiter=Limiter(default=Quota(1, per=60))) as workato:
        await workato.recipes.get(1)
        begun = loop.time()
        with pytest.raises(QuotaWaitError) as caught:
            await workato.options(max_wait=10).recipes.get(2)
        assert loop.time() == begun
        assert caught.value.endpoint == GET_RECIPE
        assert caught.value.wait == pytest.approx(60, abs=0.1)
        assert caught.value.max_wait == 10
        assert "GET /api/recipes/2 on 127.0.0.1" in str(caught.value)
        await workato.options(max_wait=61).recipes.get(3)
        assert loop.time() - begun == pytest.approx(60, abs=0.1)
    assert len(server.seen) == 2


async def test_max_wait_zero_takes_what_is_free(server: ScriptedServer) -> None:
    async with session_of(server.url, limiter=Limiter(default=Quota(1, per=60))) as workato:
        at_once = workato.options(max_wait=0)
        await at_once.recipes.get(1)
        with pytest.raises(QuotaWaitError):
            await at_once.recipes.get(1)


async def test_max_wait_of_the_limiter_holds_unless_the_call_says_otherwise(server: ScriptedServer) -> None:
    limiter = Limiter(default=Quota(1, per=60), max_wait=5)
    async with session_of(server.url, limiter=limiter) as workato:
        await workato.recipes.get(1)
        with pytest.raises(QuotaWaitError):
            await workato.recipes.get(1)
        await workato.options(max_wait=100).recipes.get(1)


async def test_interactive_calls_pass_the_others_and_bulk_calls_let_them_pass(server: ScriptedServer) -> None:
    async with session_of(server.url, limiter=Limiter(default=Quota(1, per=60))) as workato:
        calls = [workato.recipes.get(0)]
        await asyncio.gather(*calls)
        waiting = []
        for number, priority in enumerate(("bulk", "bulk", "normal", "interactive", Priority.INTERACTIVE), 1):
            waiting.append(asyncio.create_task(workato.options(priority=priority).recipes.get(number)))  # type: ignore[arg-type]
            await asyncio.sleep(0.01)
        await asyncio.gather(*waiting)
    order = [int(seen.path.rsplit("/", 1)[1]) for seen in server.seen]
    assert order == [0, 4, 5, 3, 1, 2]


async def test_bulk_calls_are_not_starved(server: ScriptedServer) -> None:
    async with session_of(server.url, limiter=Limiter(default=Quota(1, per=60))) as workato:
        await workato.recipes.get(0)
        bulk = asyncio.create_task(workato.options(priority="bulk").recipes.get(99))
        await asyncio.sleep(0.01)
        eager = [asyncio.create_task(workato.options(priority="interactive").recipes.get(n)) for n in range(1, 21)]
        await asyncio.gather(bulk, *eager)
    order = [int(seen.path.rsplit("/", 1)[1]) for seen in server.seen]
    assert order.index(99) <= 5


# --- many at once


async def test_thousands_of_calls_end_with_as_many_results_inside_the_quota(server: ScriptedServer) -> None:
    async with session_of(server.url, limiter=Limiter(default=Quota(500, per=60))) as workato:
        recipes = await asyncio.gather(*(workato.recipes.get(n) for n in range(2_000)))
    assert len(recipes) == 2_000
    times = [seen.at for seen in server.seen]
    assert len(times) == 2_000
    assert all(later - earlier > 60 for earlier, later in zip(times, itertools.islice(times, 500, None), strict=False))


async def test_cancelled_calls_lose_no_permit(server: ScriptedServer) -> None:
    async with session_of(server.url, limiter=Limiter(default=Quota(5, per=60))) as workato:
        tasks = [asyncio.create_task(workato.recipes.get(n)) for n in range(20)]
        await asyncio.sleep(30)
        for task in tasks[5:15]:
            task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert sum(isinstance(one, asyncio.CancelledError) for one in done) == 10
        await asyncio.sleep(1000)
        assert workato.limiter.snapshot()[GET_RECIPE].free == 5
    assert len(server.seen) == 10


@pytest.mark.parametrize(
    "wrong",
    [{"limiter": 5}, {"retry": None}, {"retry": 3}, {"ssl": False}, {"ssl": "ca.pem"}, {"data_center": ""}],
    ids=str,
)
def test_things_of_another_kind_are_invalid(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        WorkatoSession("token", **wrong)


@pytest.mark.parametrize(
    ("arguments", "root"),
    [
        ({}, "https://www.workato.com"),
        ({"data_center": "eu"}, "https://app.eu.workato.com"),
        ({"base_url": "https://workato.example.com/api/"}, "https://workato.example.com"),
    ],
)
def test_the_root_that_is_called(arguments: dict[str, Any], root: str) -> None:
    assert WorkatoSession("t", **arguments).base_url == root


@pytest.mark.parametrize("path", ["/api/recipes/7", "/api/recipes/8"])
def test_the_endpoint_of_a_path(path: str) -> None:
    endpoint, arguments = find_endpoint("GET", path)
    assert (endpoint.id, arguments) == ("recipes.get", (path.rpartition("/")[2],))
