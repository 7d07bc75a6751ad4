"""Responses that quote the token: it never comes into an error, a log line or a record; data are never altered.

No test may hold the token in a local variable: see ``test_secrets.py``.
"""

from __future__ import annotations

import html
import json
import logging
from base64 import b64encode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.test_secrets import assert_plain, assert_secret
from tests.support.scripted_server import TOKEN, Reply, reply, session_of
from workato_async import (
    Endpoint,
    Limiter,
    OperationRefusedError,
    PaginationError,
    Quota,
    ResponseError,
    RetryPolicy,
    WorkatoError,
    WorkatoSession,
)
from workato_async.endpoint import JsonObject
from workato_async.http.credentials import SHORTEST_SECRET, Token
from workato_async.http.messages import Response
from workato_async.http.responses import LONGEST_REASON, response_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.scripted_server import ScriptedServer
    from workato_async.events import Event

ONCE = RetryPolicy(attempts=1)
REDACTED = "***"
FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "as a header": lambda text: f"Authorization: Bearer {text}",
    "upper case": str.upper,
    "some JSON escapes": lambda text: text.replace("0", "\\u0030").replace("-", "\\u002d"),
    "all JSON escapes": lambda text: "".join(f"\\u{ord(c):04X}" for c in text),
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)).replace("-", "\\u002d"),
    "percent-encoding": lambda text: "".join(f"%{ord(c):02x}" for c in text),
    "percent-encoding, upper case": lambda text: "".join(f"%{ord(c):02X}" for c in text),
    "percent-encoding of some": lambda text: text.replace("-", "%2D"),
    "percent-encoding, twice": lambda text: quote("".join(f"%{ord(c):02x}" for c in text)),
    "HTML": lambda text: "".join(f"&#{ord(c)};" for c in text),
    "HTML, hexadecimal": lambda text: "".join(f"&#x{ord(c):X};" for c in text),
    "base64": lambda text: b64encode(text.encode()).decode(),
    "base64 of a header": lambda text: b64encode(f"Bearer {text}".encode()).decode(),
    "base64 between others": lambda text: urlsafe_b64encode(f"ab{text}cde".encode()).decode(),
}


def longest_shared(text: str, secret: str) -> int:
    """Return the length of the longest part of a secret that a text shows."""
    return max(
        (n for n in range(len(secret) + 1) for i in range(len(secret) - n + 1) if secret[i : i + n] in text), default=0
    )


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "value", ["wrkaus-eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln_bmF0-XJl", "a+b/c=d.e~f$g", '<tok>"en"&\\x']
)
def test_a_token_is_found_in_every_form(value: str, form: str) -> None:
    quoted = FORMS[form](value)
    found = Token(value).redact_text(f"before {quoted} after")
    assert REDACTED in found
    assert found.startswith("before ")
    assert found.endswith(" after")
    for part in (quoted, value, value.upper()):
        assert longest_shared(found, part) < 8 or "Bearer" in form or "header" in form


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=SHORTEST_SECRET), st.text(), st.text())
def test_no_token_survives(value: str, before: str, after: str) -> None:
    token = Token(value)
    for coded in (value, quote(value, safe=""), html.escape(value), json.dumps(value)[1:-1]):
        assert (
            coded not in token.redact_text(before + coded + after).replace(REDACTED, "")[len(before) :]
            or coded in after
        )


@given(st.text())
def test_a_text_without_the_token_is_not_altered(text: str) -> None:
    assert Token(TOKEN).redact_text(text) == text


@pytest.mark.parametrize("short", ["test", "id", "tok", "t", "HTTP", "Not"])
def test_a_short_token_blackens_no_words(short: str) -> None:
    text = "HTTP 404: Not found: invalid id of the test token t"
    assert Token(short).redact_text(text) == text
    assert Token(short).redact_text(f"{text}; Authorization: bearer {short}") == f"{text}; Authorization: bearer ***"


def test_a_hostile_text_takes_no_time_to_speak_of() -> None:
    """Nothing grows with the square: a million characters that nearly match would take hours."""
    token = Token(TOKEN)
    for part in ("\\", "%25", "&amp;", "wrkaus-", "&#0"):
        text = part * (1_000_000 // len(part))
        assert token.redact_text(text) == text


# --- in errors

ENDPOINT = Endpoint("thing", "GET", "/api/things", JsonObject)


def bodies(quoted: str) -> list[bytes]:
    """Return error bodies that quote a text in every place that errors quote from."""
    trees: list[Any] = [
        quoted,
        {"message": quoted},
        {"error": quoted},
        {"title": quoted},
        {"errors": [quoted]},
        {"errors": quoted},
        {"errors": {quoted: ["is bad"], "field": [quoted, {"a": quoted}]}},
        {"errors": [{"title": "x", "detail": quoted}, {"code": quoted}, {"message": quoted}, [quoted]]},
    ]
    escaped = [json.dumps(tree).replace("wrkaus-", "wrkaus\\u002d").replace("k", "\\u006b").encode() for tree in trees]
    return [*escaped, f"<p>{quoted}".encode(), b" " * 280 + quoted.encode(), f"{'x' * 290} {quoted}".encode()]


@pytest.mark.parametrize("number", range(len(bodies(""))))
@pytest.mark.parametrize("status", [400, 401, 404, 422, 500])
async def test_no_error_quotes_the_token(
    server: ScriptedServer, caplog: pytest.LogCaptureFixture, status: int, number: int
) -> None:
    caplog.set_level(logging.DEBUG, "workato_async")
    server.otherwise = lambda seen: Reply(status, bodies(TOKEN)[number])
    async with session_of(server.url) as workato:
        with pytest.raises(ResponseError) as caught:
            await workato.recipes.create(folder_id=1, code={})
    assert_secret(caught.value)
    assert_plain(caught.value)
    assert longest_shared(str(caught.value), TOKEN) < 8, "a part of the token was left by a cut"
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("place", ["message", "errors", "code_errors", "config_errors"])
async def test_no_rejection_quotes_the_token(server: ScriptedServer, place: str, form: str) -> None:
    """``success`` may stand anywhere in the body."""
    server.otherwise = lambda seen: reply(
        200, {"filler": "x" * 600, place: [[1, {FORMS[form](TOKEN): FORMS[form](TOKEN)}]], "success": False}
    )
    async with session_of(server.url) as workato:
        with pytest.raises(OperationRefusedError) as caught:
            await workato.recipes.start(1)
    assert_secret(caught.value)
    if place.endswith("_errors"):
        assert REDACTED in str(getattr(caught.value, place))


@pytest.mark.parametrize("before", range(LONGEST_REASON - 80, LONGEST_REASON + 5, 7))
def test_the_token_is_taken_out_before_the_text_is_cut(before: int) -> None:
    response = Response(
        400, json.dumps({"message": "x" * before + " " + TOKEN}).encode(), redact=Token(TOKEN).redact_text
    )
    assert longest_shared(str(response_error(ENDPOINT, response)), TOKEN) < 6


async def test_an_id_that_quotes_the_token_shows_it_nowhere(
    server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "workato_async")
    events: list[Event] = []
    server.otherwise = lambda seen: reply(404, {}, x_correlation_id=f"wk-{TOKEN}-1")
    async with session_of(server.url, on_event=events.append) as workato:
        with pytest.raises(WorkatoError) as caught:
            await workato.recipes.get(1)
    assert_secret(caught.value)
    assert caught.value.correlation_ids[1] == "wk-***-1"
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(events)


# --- in data


@pytest.mark.parametrize("token", ["test", "id", "success", "my-salesforce-connection"])
async def test_data_are_not_altered_whatever_the_token(server: ScriptedServer, token: str) -> None:
    item = {"id": 1, "name": "my test my-salesforce-connection", "authorization_status": "success"}
    server.otherwise = lambda seen: reply(200, [item])
    limiter = Limiter(default=Quota(100, per=60))
    async with WorkatoSession(token, base_url=server.url, limiter=limiter) as workato:
        [connection] = await workato.connections.list().collect()
        assert (connection.id, connection.name) == (1, "my test my-salesforce-connection")
        assert connection.authorization_status == "success"
        assert await workato.request("POST", "/api/things") == [item]


async def test_a_secret_that_is_shown_once_comes_whole_even_if_it_is_the_token_itself(server: ScriptedServer) -> None:
    server.otherwise = lambda seen: reply(200, {"success": True, "token": TOKEN})
    async with session_of(server.url) as workato:
        given = await workato.request("POST", "/api/things")
    assert given["token"] == TOKEN


@pytest.mark.parametrize("header", ["Content-Type", "Retry-After", "Date", "Content-Encoding"])
async def test_a_header_that_quotes_the_token_shows_it_nowhere(server: ScriptedServer, header: str) -> None:
    server.otherwise = lambda _: Reply(503, b"{}", ((header, TOKEN),))
    async with session_of(server.url, retry=ONCE) as workato:
        with pytest.raises(ResponseError) as caught:
            await workato.recipes.get(1)
    assert_secret(caught.value)


@pytest.mark.parametrize("success", ["", '"success": false, '])
async def test_no_frame_of_an_unusable_response_shows_the_token(server: ScriptedServer, success: str) -> None:
    server.otherwise = lambda _: Reply(200, f'{{{success}"name": "{TOKEN}"}}'.encode())
    async with session_of(server.url, retry=ONCE) as workato:
        for call in (workato.recipes.get(1), workato.data_tables.list().collect(), workato.folders.create(name="a")):
            with pytest.raises(WorkatoError) as caught:
                await call
            assert_secret(caught.value)
            assert caught.value.__context__ is None


async def test_no_cursor_shows_the_token(server: ScriptedServer) -> None:
    jobs = [{"id": TOKEN}, *({"id": f"j-{number}"} for number in range(99))][::-1]
    server.otherwise = lambda _: reply(200, {"items": jobs, "job_count": 900, "job_scope_count": 900})
    async with session_of(server.url) as workato:
        with pytest.raises(PaginationError) as caught:
            await workato.jobs.list(1).collect()
    assert TOKEN not in str(caught.value)
