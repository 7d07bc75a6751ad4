"""A function that returns the token: asked at the start, and once after a 401.

No test may hold a token in a local variable: the frames of the tests are looked through too.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
import traceback
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from tests.core.test_secrets import assert_plain, assert_secret, everything_shown
from tests.support.scripted_server import HANG, TOKEN, Drop, reply
from workato_async import (
    AuthenticationError,
    ConfigurationError,
    Limiter,
    OutcomeUnknownError,
    PermissionDeniedError,
    Quota,
    RetryPolicy,
    WorkatoError,
    WorkatoSession,
)
from workato_async.events import Retried
from workato_async.http.credentials import Token
from workato_async.http.token_provider import PROVIDER_TIMEOUT, RotatingToken

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.support.scripted_server import ScriptedServer, Seen, Step
    from workato_async.events import Event

NEW = TOKEN.replace("s3cr3t", "n3w3r")
NEWEST = TOKEN.replace("s3cr3t", "n3w3st")
UNAUTHORIZED = reply(401, {"message": "Unauthorized"})
RECIPE = reply(200, {"id": 1, "name": "a", "success": True})


class Provider:
    """Returns one token after the other, the last one for ever; counts how often it was asked."""

    def __init__(self, *values: Any, seconds: float = 0.0) -> None:
        self.values = [Token(value) for value in values]
        self.asked = 0
        self.seconds = seconds

    def __call__(self) -> str:
        self.asked += 1
        value: Any = self.values[min(self.asked, len(self.values)) - 1]._value
        if isinstance(value, BaseException):
            raise value
        return value  # type: ignore[no-any-return]

    async def later(self) -> str:
        await asyncio.sleep(self.seconds)
        return self()


def session(server: ScriptedServer, provider: Any, **options: Any) -> WorkatoSession:
    options.setdefault("limiter", Limiter(default=Quota(1000, per=60)))
    return WorkatoSession(provider, base_url=server.url, **options)


def only(*tokens: str) -> Callable[[Seen], Step]:
    """Return a server's rule: 401 for any other token."""
    known = {f"Bearer {token}" for token in tokens}
    return lambda seen: RECIPE if seen.headers["Authorization"] in known else UNAUTHORIZED


def sent(server: ScriptedServer) -> list[str]:
    names = {f"Bearer {TOKEN}": "old", f"Bearer {NEW}": "new", f"Bearer {NEWEST}": "newest"}
    return [names[seen.headers["Authorization"]] for seen in server.seen]


@pytest.mark.parametrize("kind", ["sync", "async", "lambda", "object"])
async def test_it_is_asked_at_the_start_and_no_more(server: ScriptedServer, kind: str) -> None:
    provider = Provider(TOKEN)
    functions: dict[str, Any] = {
        "sync": provider.__call__,
        "async": provider.later,
        "lambda": lambda: provider.later(),
        "object": provider,
    }
    async with session(server, functions[kind]) as workato:
        assert provider.asked == 1
        for _ in range(3):
            await workato.recipes.get(1)
    assert provider.asked == 1
    assert sent(server) == ["old"] * 3


async def test_without_a_block_it_is_asked_by_the_first_call(server: ScriptedServer) -> None:
    provider = Provider(TOKEN, seconds=1)
    workato = session(server, provider.later)
    assert provider.asked == 0
    await asyncio.gather(*(workato.recipes.get(1) for _ in range(10)))
    await workato.close()
    assert provider.asked == 1
    assert sent(server) == ["old"] * 10


CALLS: dict[str, Callable[[WorkatoSession], Awaitable[object]]] = {
    "read": lambda workato: workato.recipes.get(1),
    "idempotent write": lambda workato: workato.recipes.start(1),
    "write": lambda workato: workato.recipes.create(folder_id=1, code={}),
    "request": lambda workato: workato.request("POST", "/api/unknown", body={"a": 1}),
}


@pytest.mark.parametrize("attempts", [1, 5])
@pytest.mark.parametrize("call", CALLS)
async def test_a_rejected_token_is_replaced_and_the_call_made_again(
    server: ScriptedServer, call: str, attempts: int
) -> None:
    server.otherwise = only(NEW)
    provider = Provider(TOKEN, NEW)
    events: list[Event] = []
    retry = RetryPolicy(attempts=attempts, budget=0)
    async with session(server, provider, on_event=events.append, retry=retry) as workato:
        await CALLS[call](workato)
        assert sent(server) == ["old", "new"]
        await CALLS[call](workato)
        (state,) = workato.limiter.snapshot().values()
        assert state.sent == 3, "one permit an attempt, in one bucket"
    assert sent(server) == ["old", "new", "new"]
    assert provider.asked == 2
    assert len({seen.headers["x-correlation-id"] for seen in server.seen}) == 2
    (retried,) = (event for event in events if isinstance(event, Retried))
    assert (retried.reason, retried.seconds) == ("HTTP 401, and the token has changed since", 0.0)


async def test_a_second_401_is_an_error(server: ScriptedServer) -> None:
    server.otherwise = only(NEWEST)
    provider = Provider(TOKEN, NEW, NEWEST)
    async with session(server, provider) as workato:
        with pytest.raises(AuthenticationError) as caught:
            await workato.recipes.get(1)
        assert (caught.value.attempts, sent(server), provider.asked) == (2, ["old", "new"], 2)
        await workato.recipes.get(1)
    assert sent(server) == ["old", "new", "new", "newest"]


async def test_the_same_token_again_is_an_error(server: ScriptedServer) -> None:
    server.otherwise = only(NEW)
    provider = Provider(TOKEN)
    async with session(server, provider) as workato:
        for asked in (2, 3):
            with pytest.raises(AuthenticationError) as caught:
                await workato.recipes.get(1)
            assert (caught.value.attempts, provider.asked) == (1, asked)
    assert len(server.seen) == 2


@pytest.mark.parametrize("second", [NEW, TOKEN], ids=["another", "the same"])
@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_many_rejected_at_once_ask_once(server: ScriptedServer, kind: str, second: str) -> None:
    rule = only(NEW)
    server.otherwise = lambda seen: late(rule(seen), 0.5)
    provider = Provider(TOKEN, second, seconds=3)
    async with session(server, provider if kind == "sync" else provider.later) as workato:
        results = await asyncio.gather(*(workato.recipes.get(1) for _ in range(50)), return_exceptions=True)
    assert provider.asked == 2
    if second == NEW:
        assert not any(isinstance(result, BaseException) for result in results)
        assert sorted(sent(server)) == ["new"] * 50 + ["old"] * 50
    else:
        assert all(isinstance(result, AuthenticationError) for result in results)
        assert len(server.seen) == 50


def late(step: Any, delay: float) -> Step:
    """Return a step that takes so many seconds."""
    evolved: Step = attrs.evolve(step, delay=delay)
    return evolved


async def test_a_401_that_comes_after_the_token_has_changed_asks_nobody(server: ScriptedServer) -> None:
    server.plays(late(UNAUTHORIZED, 10), UNAUTHORIZED, RECIPE, RECIPE)
    provider = Provider(TOKEN, NEW, NEWEST)
    async with session(server, provider) as workato:
        slow = asyncio.create_task(workato.recipes.get(1))
        await server.reached(1)
        await workato.recipes.get(1)
        await slow
    assert provider.asked == 2
    assert sent(server) == ["old", "old", "new", "new"]


async def test_a_caller_that_is_cancelled_while_it_asks_does_not_stop_the_others(server: ScriptedServer) -> None:
    server.otherwise = only(NEW)
    provider = Provider(TOKEN, NEW, seconds=5)
    async with session(server, provider.later) as workato:
        first, second = (asyncio.create_task(workato.recipes.get(1)) for _ in range(2))
        await asyncio.sleep(2)
        first.cancel()
        await second
    assert first.cancelled()
    assert provider.asked == 2


async def test_a_token_in_the_text_is_never_asked_for_again(server: ScriptedServer) -> None:
    server.otherwise = only(NEW)
    async with session(server, TOKEN) as workato:
        with pytest.raises(AuthenticationError):
            await workato.recipes.get(1)
    assert sent(server) == ["old"]


async def test_the_quotas_stay_the_same_when_the_token_changes(server: ScriptedServer) -> None:
    server.otherwise = only(NEW)
    limiter = Limiter(default=Quota(3, per=60))
    async with (
        session(server, Provider(TOKEN, NEW), limiter=limiter) as first,
        session(server, Provider(TOKEN, NEW), limiter=limiter) as second,
    ):
        begun = asyncio.get_running_loop().time()
        await first.recipes.get(1)  # two permits
        await second.recipes.get(1)  # one, and one of the next window
    assert len(server.seen) == 4
    assert asyncio.get_running_loop().time() - begun >= 60


async def test_the_quotas_are_those_of_the_first_token(server: ScriptedServer) -> None:
    """A session with the same token shares them, one with another token has its own."""
    loop = asyncio.get_running_loop()
    limiter = Limiter(default=Quota(1, per=60))
    async with (
        session(server, TOKEN, limiter=limiter) as fixed,
        session(server, Provider(NEW), limiter=limiter) as other,
        session(server, Provider(TOKEN), limiter=limiter) as same,
    ):
        begun = loop.time()
        await fixed.recipes.get(1)
        await other.recipes.get(1)
        assert loop.time() - begun < 1
        await same.recipes.get(1)
        assert loop.time() - begun >= 60


def rubbish() -> list[tuple[str, Any]]:
    return [
        ("None", None),
        ("empty", ""),
        ("number", 5),
        ("bytes", TOKEN.encode()),
        ("newline", TOKEN + "\n"),
        ("Bearer", "Bearer " + TOKEN),
        ("list", [TOKEN]),
        ("error", ValueError(f"no access to {TOKEN}")),
        ("KeyError", KeyError(TOKEN)),
        ("our error", PermissionDeniedError(TOKEN)),
        ("cancelled inside", asyncio.CancelledError(TOKEN)),
    ]


@pytest.mark.parametrize("number", range(11), ids=lambda number: rubbish()[number][0])
@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_a_provider_without_a_token_is_named_and_nothing_shown(
    server: ScriptedServer, kind: str, number: int
) -> None:
    provider = Provider(rubbish()[number][1])
    function = provider if kind == "sync" else provider.later
    with pytest.raises(ConfigurationError, match=r"the token provider (raised|returned)") as caught:
        async with session(server, function):
            raise AssertionError
    assert_secret(caught.value)
    workato = session(server, function)
    with pytest.raises(ConfigurationError, match="the token provider") as caught:
        await workato.recipes.get(1)
    await workato.close()
    assert_secret(caught.value)
    assert_plain(caught.value)
    assert "pass" not in str(caught.value), "that is for a token given as text"
    assert caught.value.path == "/api/recipes/1"
    assert TOKEN.encode() not in pickle.dumps(caught.value)
    assert server.seen == []


@pytest.mark.parametrize("number", [0, 4, 7])
async def test_a_provider_that_fails_later_is_named(server: ScriptedServer, number: int) -> None:
    server.otherwise = lambda seen: UNAUTHORIZED
    provider = Provider(TOKEN, rubbish()[number][1])
    async with session(server, provider) as workato:
        results = await asyncio.gather(*(workato.recipes.get(1) for _ in range(20)), return_exceptions=True)
        assert provider.asked == 2
        for result in results:
            assert isinstance(result, ConfigurationError)
            assert "the token provider" in str(result)
            assert_secret(result)
        assert len({id(result) for result in results}) == 20, "each call has an error of its own"


async def test_a_provider_that_fails_once_is_asked_again(server: ScriptedServer) -> None:
    server.otherwise = only(NEW)
    provider = Provider(OSError(), TOKEN, OSError(), NEW)
    workato = session(server, provider)
    for _ in range(2):
        with pytest.raises(ConfigurationError):
            await workato.recipes.get(1)
    await workato.recipes.get(1)
    await workato.close()
    assert sent(server) == ["old", "old", "new"]


async def test_a_write_in_doubt_stays_in_doubt_when_no_token_can_be_had(server: ScriptedServer) -> None:
    server.plays(Drop(), UNAUTHORIZED)
    async with session(server, Provider(TOKEN, OSError())) as workato:
        with pytest.raises(OutcomeUnknownError, match="token provider"):
            await workato.recipes.start(1)


async def test_a_provider_that_never_returns_is_given_up(server: ScriptedServer) -> None:
    provider = Provider(TOKEN, seconds=1e9)
    begun = asyncio.get_running_loop().time()
    with pytest.raises(ConfigurationError, match="took longer than 60 s"):
        async with session(server, provider.later):
            raise AssertionError
    assert asyncio.get_running_loop().time() - begun == pytest.approx(PROVIDER_TIMEOUT)
    workato = session(server, provider.later)
    with pytest.raises(WorkatoError, match="deadline of 5 s"):
        await workato.options(deadline=5).recipes.get(1)
    await workato.close()


async def test_its_own_timeout_is_its_own(server: ScriptedServer) -> None:
    with pytest.raises(ConfigurationError, match="raised TimeoutError"):
        async with session(server, Provider(TimeoutError())):
            raise AssertionError


async def test_a_call_cancelled_while_it_asks_does_not_show_a_token(server: ScriptedServer) -> None:
    async def provider() -> str:
        secret = f"{TOKEN}"
        await asyncio.sleep(100)
        return secret

    workato = session(server, provider)
    with pytest.raises(TimeoutError) as caught:
        async with asyncio.timeout(5):
            await workato.recipes.get(1)
    await workato.close()
    assert_secret(caught.value)


async def test_old_and_new_are_taken_out_of_texts(server: ScriptedServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.plays(UNAUTHORIZED, UNAUTHORIZED, UNAUTHORIZED)
    server.otherwise = lambda seen: reply(403, {"message": f"you sent {TOKEN}, then {NEW}, then {NEWEST}"})
    async with session(server, Provider(TOKEN, NEW, NEWEST)) as workato:
        with pytest.raises(AuthenticationError):
            await workato.recipes.get(1)
        with pytest.raises(PermissionDeniedError, match=r"you sent \*\*\*, then \*\*\*, then \*\*\*") as caught:
            await workato.recipes.get(1)
    assert sent(server) == ["old", "new", "new", "newest"]
    assert_secret(caught.value)
    shown = everything_shown(caught.value) + caplog.text
    if NEW in shown or NEWEST in shown:
        pytest.fail("a newer token is shown")


async def test_no_object_shows_or_pickles_it(server: ScriptedServer) -> None:
    rotating = RotatingToken(Provider(TOKEN))
    assert await rotating.renew(0)
    workato = session(server, Provider(TOKEN))
    await workato.recipes.get(1)
    for one in (rotating, workato, workato._transport, workato._caller):
        assert TOKEN not in repr(one)
        try:
            pickled = pickle.dumps(one)
        except Exception as error:
            shown = "".join(traceback.format_exception(error))
            assert TOKEN not in shown
        else:
            assert TOKEN.encode() not in pickled
    await workato.close()


async def test_a_hanging_call_does_not_hold_up_a_new_token(server: ScriptedServer) -> None:
    server.plays(HANG, UNAUTHORIZED, RECIPE)
    async with session(server, Provider(TOKEN, NEW)) as workato:
        hanging = asyncio.create_task(workato.recipes.get(1))
        await server.reached(1)
        await workato.recipes.get(1)
        hanging.cancel()
    assert sent(server) == ["old", "old", "new"]


async def test_closing_the_session_ends_a_call_that_waits_for_a_token(server: ScriptedServer) -> None:
    workato = session(server, Provider(TOKEN, seconds=50).later)
    waiting = asyncio.create_task(workato.recipes.get(1))
    await asyncio.sleep(1)
    await workato.close()
    with pytest.raises(ConfigurationError, match="session was closed"):
        await waiting
    assert server.seen == []
