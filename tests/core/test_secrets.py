"""The token is in the Authorization header and nowhere else, whatever fails.

No test may hold the token in a local variable: the frames of the tests are looked through too.
"""

from __future__ import annotations

import asyncio
import copy
import logging
import pickle
import traceback
from typing import TYPE_CHECKING, Any

import aiohttp
import attrs
import pytest

from tests.support.raw_socket_server import RawServer
from tests.support.scripted_server import HANG, OK, TOKEN, Drop, Reply, Truncate, reply, session_of
from workato_async import (
    ConfigurationError,
    Limiter,
    PermissionDeniedError,
    Quota,
    RetryPolicy,
    WorkatoError,
    WorkatoSession,
    fan_out,
)
from workato_async.events import Event
from workato_async.http.credentials import Token

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from tests.support.scripted_server import ScriptedServer, Step


STEPS: dict[str, tuple[Step, ...]] = {
    "400": (reply(400, {"message": "bad", "errors": {"name": ["is taken"]}}),),
    "401": (reply(401, {"message": "Unauthorized"}),),
    "403": (reply(403, {"message": "Forbidden"}),),
    "404": (reply(404, {"message": "Not found"}),),
    "422": (reply(422, {"errors": [{"code": "validation_error", "title": "too long", "detail": None}]}),),
    "429 for too long": (reply(429, None, Retry_After="7200"),),
    "500 for ever": (reply(500),) * 5,
    "redirect": (reply(302, None, Location="https://example.com/"),),
    "success false": (reply(200, {"success": False, "code_errors": [[1, [["a", "b", "c"]]]]}),),
    "HTML": (Reply(200, b"<html>", (("Content-Type", "text/html"),)),),
    "wrong shape": (reply(200, [1, 2, 3]),),
    "empty": (reply(200, None),),
    "body too large": (Reply(200, b" " * 2000),),
    "dropped for ever": (Drop(),) * 5,
    "truncated for ever": (Truncate(),) * 5,
    "no response": (HANG,) * 5,
}
CALLS: dict[str, Callable[[WorkatoSession], Awaitable[object]]] = {
    "read": lambda workato: workato.recipes.get(1),
    "list": lambda workato: workato.recipes.list().collect(),
    "idempotent write": lambda workato: workato.recipes.start(1),
    "write": lambda workato: workato.recipes.create(folder_id=1, code={}),
    "request": lambda workato: workato.request("POST", "/api/unknown", body={"a": 1}),
}


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Go through an error and all that hangs on it."""
    waiting, seen = [error], set()
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions


def everything_shown(error: BaseException) -> str:
    """Return all that a thorough error report would print: traceback with locals, repr, arguments, attributes."""
    parts = ["".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())]
    for one in chain(error):
        parts += [str(one), repr(one), repr(one.args), repr(vars(one)), repr(getattr(one, "__notes__", ""))]
        parts.append("".join(traceback.TracebackException.from_exception(one, capture_locals=True).format()))
    return "\n".join(parts)


def assert_secret(error: BaseException) -> None:
    shown = everything_shown(error)
    if TOKEN in shown:  # not a bare assert, which would print the token's surroundings at great length
        lines = [line for line in shown.splitlines() if TOKEN in line]
        pytest.fail(f"{type(error).__name__} shows the token: {lines[0][:300]}")


def assert_plain(error: WorkatoError) -> None:
    """The error holds plain values only: no object of aiohttp, asyncio or the pipeline."""

    def check(value: object) -> None:
        if isinstance(value, list | tuple):
            for part in value:
                check(part)
        elif isinstance(value, dict):
            check([*value.keys(), *value.values()])
        else:
            assert value is None or type(value) in (str, int, float, bool), type(value)

    for one in chain(error):
        check(vars(one))
        check(list(one.args))
        assert not type(one).__module__.startswith(("aiohttp", "asyncio")), type(one)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("steps", STEPS)
async def test_no_error_shows_the_token(
    server: ScriptedServer, caplog: pytest.LogCaptureFixture, steps: str, call: str
) -> None:
    caplog.set_level(logging.DEBUG)
    asyncio.get_running_loop().set_debug(True)
    events: list[Event] = []
    server.plays(*STEPS[steps])
    async with session_of(server.url, on_event=events.append, max_body=1000) as workato:
        try:
            await CALLS[call](workato)
        except WorkatoError as error:
            caught = error
        else:
            assert steps in ("empty", "wrong shape", "HTML"), "nothing was raised"
            return
    assert_secret(caught)
    assert_plain(caught)
    assert TOKEN.encode() not in pickle.dumps(caught)
    again = pickle.loads(pickle.dumps(caught))
    assert (type(again), str(again), vars(again)) == (type(caught), str(caught), vars(caught))
    assert TOKEN not in caplog.text
    assert TOKEN not in repr([record.__dict__ for record in caplog.records])
    assert events
    assert TOKEN not in repr(events)
    assert TOKEN.encode() not in pickle.dumps([attrs.asdict(event) for event in events])


async def test_no_failure_to_connect_shows_the_token(server: ScriptedServer) -> None:
    tls_on_plain = server.url.replace("http:", "https:")
    silent = RawServer(lambda connection, request: b"")
    async with silent:
        for url in ("http://127.0.0.1:1", tls_on_plain, silent.url.replace("http:", "https:")):
            async with session_of(url, retry=RetryPolicy(attempts=2)) as workato:
                for call in CALLS.values():
                    with pytest.raises(WorkatoError) as caught:
                        await call(workato)
                    assert_secret(caught.value)
                    assert_plain(caught.value)


async def test_no_deadline_shows_the_token(server: ScriptedServer) -> None:
    server.otherwise = lambda seen: HANG
    async with session_of(server.url, retry=RetryPolicy(deadline=5)) as workato:
        for call in CALLS.values():
            with pytest.raises(WorkatoError) as caught:
                await call(workato)
            assert_secret(caught.value)
            assert_plain(caught.value)


@pytest.mark.parametrize("call", CALLS)
async def test_a_call_cancelled_in_flight_does_not_show_the_token(server: ScriptedServer, call: str) -> None:
    server.otherwise = lambda seen: HANG
    async with session_of(server.url) as workato:
        with pytest.raises(TimeoutError) as caught:
            async with asyncio.timeout(5):
                await CALLS[call](workato)
    assert server.seen
    assert_secret(caught.value)


async def test_a_call_cancelled_while_it_waits_does_not_show_the_token(server: ScriptedServer) -> None:
    async with session_of(server.url, limiter=Limiter(default=Quota(1, per=60))) as workato:
        await workato.recipes.get(1)
        with pytest.raises(TimeoutError) as caught:
            async with asyncio.timeout(5):
                await workato.recipes.get(1)
    assert_secret(caught.value)


async def test_the_outcomes_of_a_fan_out_do_not_show_the_token(server: ScriptedServer) -> None:
    server.otherwise = lambda seen: reply(404, {"message": "Not found"})
    async with session_of(server.url) as workato, fan_out(workato.recipes.get, range(3)) as outcomes:
        async for outcome in outcomes:
            assert outcome.error is not None
            assert_secret(outcome.error)
            assert TOKEN not in repr(outcome)


def malformed(part: str) -> list[Any]:
    return [
        "",
        " ",
        part + "\n",
        part + "\r\nX-Evil: 1",
        " " + part,
        part + " ",
        part + "\x00",
        part + "é",
        part + "\t",
        part[:5] + " " + part[5:],
        "Bearer " + part,
        part.encode(),
        5,
    ]


@pytest.mark.parametrize("number", range(13))
def test_a_malformed_token_is_invalid_and_not_shown(number: int) -> None:
    with pytest.raises(ConfigurationError) as caught:
        WorkatoSession(malformed(TOKEN)[number])
    assert isinstance(caught.value, ValueError)
    assert TOKEN not in str(caught.value)
    assert_secret(caught.value)


def test_a_missing_token_is_an_error() -> None:
    with pytest.raises(ConfigurationError) as caught:
        WorkatoSession()
    assert "WORKATO_API_TOKEN" in str(caught.value)


@pytest.mark.parametrize("number", range(1, 4))
def test_a_malformed_token_of_the_environment_is_invalid_and_not_shown(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKATO_API_TOKEN", malformed(TOKEN)[number])
    with pytest.raises(ConfigurationError) as caught:
        WorkatoSession()
    assert_secret(caught.value)


def test_an_empty_token_of_the_environment_is_invalid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKATO_API_TOKEN", "")
    with pytest.raises(ConfigurationError):
        WorkatoSession()


async def test_the_token_of_the_environment_is_used(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKATO_API_TOKEN", TOKEN)
    monkeypatch.setenv("WORKATO_HOST", server.url)
    async with WorkatoSession() as workato:
        await workato.recipes.get(1)
    assert server.seen[0].headers["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    "arguments",
    [
        {"data_center": "mars"},
        {"base_url": "http://example.com"},
        {"base_url": "nonsense"},
        {"max_connections": 0},
        {"max_body": 0},
        {"timeout": -1},
    ],
    ids=str,
)
def test_a_bad_argument_does_not_show_the_token(arguments: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        WorkatoSession(TOKEN, **arguments)
    assert_secret(caught.value)


@pytest.mark.parametrize("name", ["base_url", "data_center"])
def test_a_token_in_the_place_of_the_host_is_not_shown(name: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        WorkatoSession("https://www.workato.com", **{name: TOKEN})  # type: ignore[arg-type]
    assert TOKEN not in str(caught.value)


async def test_bad_arguments_of_calls_do_not_show_the_token(server: ScriptedServer, workato: WorkatoSession) -> None:
    bad: list[Callable[[], Awaitable[object]]] = [
        lambda: workato.jobs.get(1, "../x"),
        lambda: workato.request("GET", "nonsense"),
        lambda: workato.request("GET", "/api/things", query={"a": object()}),  # type: ignore[dict-item]
        lambda: workato.request("POST", "/api/things", body=object()),
        lambda: workato.jobs.repeat(1, "j-1"),
    ]
    for call in bad:
        with pytest.raises(ConfigurationError) as caught:
            await call()
        assert_secret(caught.value)
    assert server.seen == []


async def test_use_after_close_does_not_show_the_token(server: ScriptedServer) -> None:
    workato = session_of(server.url)
    await workato.close()
    with pytest.raises(ConfigurationError) as caught:
        await workato.recipes.get(1)
    assert_secret(caught.value)


async def test_no_object_in_reach_shows_the_token(server: ScriptedServer, workato: WorkatoSession) -> None:
    await workato.recipes.get(1)
    view = workato.options(timeout=3)
    objects = [
        workato, view, workato.limiter, workato.recipes, workato.jobs, workato.recipes.list(), workato._caller,
        workato._transport, workato.limiter.snapshot(), workato.limiter.bucket("GET /api/recipes/{id}"), Token(TOKEN),
        fan_out(workato.recipes.get, [1]),
    ]  # fmt: skip
    for one in objects:
        assert TOKEN not in repr(one)
        assert TOKEN not in str(one)


async def test_nothing_that_holds_the_token_can_be_pickled_or_copied_into_a_pickle(
    server: ScriptedServer, workato: WorkatoSession
) -> None:
    for one in (workato, workato._transport, workato._caller, workato.recipes, Token(TOKEN), workato.limiter):
        for copied in (False, True):
            try:
                pickled = pickle.dumps(copy.copy(one) if copied else one)
            except Exception as error:
                assert_secret(error)
            else:
                assert TOKEN.encode() not in pickled, type(one)


async def test_models_do_not_carry_the_token_in_their_pickles(server: ScriptedServer, workato: WorkatoSession) -> None:
    server.plays(reply(200, {"id": 1, "name": "a", "news": {"x": 1}}))
    recipe = await workato.recipes.get(1)
    assert TOKEN.encode() not in pickle.dumps(recipe)
    assert pickle.loads(pickle.dumps(recipe)) == recipe


async def test_a_successful_call_logs_no_token(server: ScriptedServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    asyncio.get_running_loop().set_debug(True)
    server.plays(reply(429, None, Retry_After="1"), Drop(), OK)
    async with aiohttp.ClientSession() as http, session_of(server.url, http=http) as workato:
        await workato.recipes.get(1)
    assert "rate limited (429)" in caplog.text
    assert TOKEN not in caplog.text


async def test_a_response_that_quotes_the_token_does_not_bring_it_into_the_error(
    server: ScriptedServer, workato: WorkatoSession
) -> None:
    """Some proxies respond with a page that shows the headers of the request."""
    server.otherwise = lambda seen: reply(403, {"message": f"refused: Authorization: Bearer {TOKEN}"})
    with pytest.raises(PermissionDeniedError, match=r"Bearer \*\*\*") as caught:
        await workato.recipes.get(1)
    assert_secret(caught.value)
