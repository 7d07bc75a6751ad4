"""Arguments cannot turn a request into another one: the server sees exactly the intended one, or nothing at all.

Most cases are judged on the request target alone, by a parser that shares nothing with the code that builds it; some
go over a socket, many to a connection, and are judged on the bytes that arrive. The long profile judges 100,000.
"""

from __future__ import annotations

import json
import math
import os
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import virtual_time
from tests.support.fault_calls import VERBS
from tests.support.raw_socket_server import RESPONSE, RawServer
from workato_async import (
    ENDPOINTS,
    ConfigurationError,
    InvalidResponseError,
    Limiter,
    Quota,
    WorkatoError,
    WorkatoSession,
)
from workato_async.http.urls import build_target
from workato_async.testing import FakeWorkato, Status

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
bulk = settings(max_examples=10_000 if LONG else 60)
"""Ten cases an example."""
over_sockets = settings(max_examples=400 if LONG else 15)
"""Up to 25 cases an example, on one connection."""

TEMPLATES = sorted({endpoint.path for endpoint in ENDPOINTS if "{" in endpoint.path})
NASTY = [
    "", ".", "..", "/", "\\", "?", "#", "%", "%2e%2e", "%2F", "..%2f", "a/../b", "1/jobs", "1?x=1", "1#", "1;x=1",
    "1&x=1", " ", "1 HTTP/1.1\r\nX: y", "\r\n", "\n", "\x00", "\x7f", "\x85", "\u2028", "\u202e", "\ufeff", "\uff0f",
    "\u2024\u2024", "\ud800", "é", "e\u0301", "😀", "+", "&", "=", "@", ":", "//", "http://evil", "*", "(", "'", '"',
    "<script>", "${x}", "{id}", "~", "a,b",
]  # fmt: skip
texts = st.one_of(
    st.sampled_from(NASTY),
    st.text(max_size=20),
    st.text(alphabet=st.characters(max_codepoint=0x2FF), max_size=8),
    st.lists(st.sampled_from([*NASTY, "1", "j-AJ"]), max_size=4).map("".join),
    st.text(alphabet=st.characters(categories=["Cs", "Cc", "Cf", "Zs", "Zl", "Zp"]), max_size=4),
)
handles = st.from_regex(r"[A-Za-z0-9_-]{1,20}", fullmatch=True)
path_arguments = st.one_of(st.integers(0, 2**63), handles, texts, st.integers(max_value=-1))
instants = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-8))]), min_value=datetime(1000, 1, 1))
scalars = st.one_of(texts, st.integers(), st.booleans(), instants, st.floats(allow_nan=False, allow_infinity=False))
queries = st.dictionaries(texts, st.one_of(st.none(), scalars, st.lists(texts, max_size=3)), max_size=4)


# --- a reader of request targets, which knows RFC 3986 and nothing of the package


def percent_decoded(text: str, *, plus: bool) -> str:
    assert re.fullmatch(r"(?:[A-Za-z0-9._~!$'()*,;:@+-]|%[0-9A-Fa-f]{2})*", text), text
    raw = bytearray()
    position = 0
    while position < len(text):
        if text[position] == "%":
            raw.append(int(text[position + 1 : position + 3], 16))
            position += 3
        else:
            raw += b" " if plus and text[position] == "+" else text[position].encode("ascii")
            position += 1
    return raw.decode()


def read_target(target: str) -> tuple[list[str], list[tuple[str, str]]]:
    path, mark, query = target.partition("?")
    assert path.startswith("/")
    segments = [percent_decoded(segment, plus=False) for segment in path[1:].split("/")]
    assert not {"", ".", ".."} & set(segments)
    assert bool(mark) == bool(query)
    pairs = [pair.split("=") for pair in query.split("&")] if query else []
    return segments, [(percent_decoded(name, plus=True), percent_decoded(value, plus=True)) for name, value in pairs]


# --- what is meant


def meant_path(template: str, arguments: list[Any]) -> list[str]:
    rest = iter(arguments)
    return [str(next(rest)) if part.startswith("{") else part for part in template[1:].split("/")]


def meant_query(query: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (name, meant_text(item))
        for name, value in query.items()
        if value is not None
        for item in (value if isinstance(value, list) else [value])
    ]


def meant_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        utc = value.astimezone(UTC)
        return f"{utc.year:04}-{utc.month:02}-{utc.day:02}T{utc.hour:02}:{utc.minute:02}:{utc.second:02}Z"
    return str(value)


def is_text(value: Any) -> bool:
    """Whether a value is free of lone surrogates, which have no form on the wire."""
    return not any("\ud800" <= character <= "\udfff" for character in str(value))


def is_identifier(value: Any) -> bool:
    """Whether a path argument can only be one segment."""
    if isinstance(value, int):
        return value >= 0
    return value not in ("", ".", "..") and is_text(value) and not re.search(r"[\x00-\x20\x7f-\x9f/\\?#%]", value)


# --- the bulk


@st.composite
def paths(draw: st.DrawFn) -> tuple[str, list[Any]]:
    template = draw(st.sampled_from(TEMPLATES))
    return template, draw(st.lists(path_arguments, min_size=template.count("{"), max_size=template.count("{")))


@bulk
@given(st.lists(st.tuples(paths(), queries), min_size=10, max_size=10))
def test_targets_are_the_intended_ones_or_invalid(cases: list[tuple[tuple[str, list[Any]], dict[str, Any]]]) -> None:
    for (template, arguments), query in cases:
        possible = all(map(is_identifier, arguments)) and all(
            is_text(item) for pair in meant_query(query) for item in pair
        )
        try:
            target = build_target(template, arguments, query)
        except ConfigurationError:
            assert not possible, (template, arguments, query)
            continue
        assert possible, target
        assert read_target(target) == (meant_path(template, arguments), meant_query(query))


@pytest.mark.parametrize(
    "value",
    [b"ab", bytearray(b"ab"), [b"a"], [[1]], {"a": 1}, object(), math.nan, math.inf],
    ids=repr,
)
def test_query_values_that_mean_nothing_are_invalid(value: Any) -> None:
    with pytest.raises(ConfigurationError):
        build_target("/api/recipes", [], {"a": value})


@pytest.mark.parametrize("value", [True, None, 1.0, b"1", ["1"], object()])
def test_path_arguments_that_are_no_ids_are_invalid(value: Any) -> None:
    with pytest.raises(ConfigurationError):
        build_target("/api/recipes/{id}", [value])


# --- over sockets

HEADERS = {b"host", b"authorization", b"accept", b"accept-encoding", b"user-agent", b"x-correlation-id"}
OF_BODIES = {b"content-type", b"content-length"}

Call = tuple[str, "Callable[[WorkatoSession], Awaitable[object]]", "Callable[[str, bytes], None]"]
"""The method, how to make the call, and how to judge target and body."""


def arrived(calls: list[Call]) -> None:
    """Make calls on one connection; each arrives as intended, or is invalid and nothing is sent."""

    async def main() -> None:
        async with RawServer(lambda connection, request: RESPONSE) as server:
            limiter = Limiter(default=Quota(1_000_000, per=1))
            async with WorkatoSession("wrk-token", base_url=server.url, limiter=limiter) as workato:
                for method, call, judge in calls:
                    before = len(server.requests)
                    try:
                        await call(workato)
                    except ConfigurationError:
                        assert len(server.requests) == before
                        continue
                    except InvalidResponseError:  # every request gets the same response
                        pass
                    (request,) = server.requests[before:]
                    head, _, body = request.partition(b"\r\n\r\n")
                    line, *headers = head.split(b"\r\n")
                    assert line.count(b" ") == 2
                    assert line.startswith(method.encode() + b" ")
                    assert line.endswith(b" HTTP/1.1")
                    names = [header.partition(b":")[0].lower() for header in headers]
                    assert len(names) == len(set(names))
                    assert set(names) - (set() if method == "GET" else OF_BODIES) == HEADERS
                    assert b"Authorization: Bearer wrk-token" in headers
                    judge(line.split(b" ")[1].decode("ascii"), body)
            assert server.connections <= 1

    virtual_time.run(main())


@over_sockets
@given(st.lists(st.tuples(st.integers(0, 10**9), texts), max_size=25))
def test_path_arguments_over_sockets(cases: list[tuple[int, str]]) -> None:
    def one(recipe_id: int, job_id: str) -> Call:
        def judge(target: str, body: bytes) -> None:
            assert read_target(target) == (["api", "recipes", str(recipe_id), "jobs", job_id], [])
            assert body == b""

        return "GET", lambda workato: workato.jobs.get(recipe_id, job_id), judge

    arrived([one(*case) for case in cases])


@over_sockets
@given(st.lists(queries, max_size=25))
def test_query_values_over_sockets(cases: list[dict[str, Any]]) -> None:
    def one(query: dict[str, Any]) -> Call:
        def judge(target: str, body: bytes) -> None:
            assert read_target(target) == (["api", "some", "new"], meant_query(query))

        return "GET", lambda workato: workato.request("GET", "/api/some/new", query=query), judge

    arrived([one(query) for query in cases])


raw_paths = st.one_of(
    st.lists(st.one_of(handles, texts), min_size=1, max_size=4).map(lambda parts: "/" + "/".join(parts)),
    texts,
    st.from_regex(r"(/[A-Za-z0-9._~!$&'()*+,;=:@-]{1,6}){1,4}", fullmatch=True),
)


@over_sockets
@given(
    st.lists(
        st.tuples(st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "get", "GET /x", "A\r\nB"]), raw_paths),
        max_size=25,
    )
)
def test_raw_requests_over_sockets(cases: list[tuple[str, str]]) -> None:
    def one(method: str, path: str) -> Call:
        def judge(target: str, body: bytes) -> None:
            assert (target, body) == (path, b"")

        return method, lambda workato: workato.request(method, path), judge

    arrived([one(*case) for case in cases])


bodies = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(2**63), 2**63), st.floats(allow_nan=False, allow_infinity=False), texts
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=8,
)


@over_sockets
@given(st.lists(bodies.filter(lambda body: body is not None), max_size=25))
def test_bodies_over_sockets(cases: list[Any]) -> None:
    def one(meant: Any) -> Call:
        def judge(target: str, body: bytes) -> None:
            assert target == "/api/some/new"
            assert json.loads(body) == meant

        return "POST", lambda workato: workato.request("POST", "/api/some/new", body=meant), judge

    arrived([one(body) for body in cases])


@pytest.mark.parametrize(
    "body",
    [
        *(math.nan, [math.inf], {"a": object()}, "\ud800", {"\ud800": 1}, 2**200, iter([1, 2])),
        json.loads("[" * 900 + "]" * 900),
    ],
    ids=["NaN", "infinity", "object", "surrogate", "surrogate key", "huge number", "iterator", "900 deep"],
)
def test_bodies_without_a_json_form_are_invalid_or_sent_whole(body: Any) -> None:
    def judge(target: str, sent: bytes) -> None:
        assert json.loads(sent, parse_constant=lambda name: pytest.fail(name)) == body

    arrived([("POST", lambda workato: workato.request("POST", "/api/some/new", body=body), judge)])


@settings(max_examples=20_000 if LONG else 100)
@given(texts)
def test_tokens_are_sent_as_they_are_or_invalid(token: str) -> None:
    try:
        workato = WorkatoSession(token)
    except ConfigurationError:
        possible = False
    else:
        possible = True
    assert possible == bool(re.fullmatch(r"[!-~]+", token))
    assert not possible or workato._transport._token.header() == f"Bearer {token}"


@pytest.mark.parametrize(
    "response",
    [
        Status(503, '{"message": "cannot serve Bearer wrk-s3cr3t"}'),
        Status(400, "You sent: Authorization: Bearer wrk-s3cr3t", "text/plain"),
        Status(200, "Bearer wrk-s3cr3t"),
        Status(200, '{"success": false, "message": "wrk-s3cr3t"}'),
        Status(200, '{"success": false, "errors": {"wrk-s3cr3t": ["no"]}}'),
        Status(200, '{"success": false, "code_errors": [["wrk-s3cr3t"]]}'),
    ],
    ids=["503", "400", "200", "success false, message", "success false, errors", "success false, code errors"],
)
@pytest.mark.parametrize("verb", ["get", "start", "create"])
async def test_a_response_that_quotes_the_token_is_quoted_without_it(verb: str, response: Status) -> None:
    texts = []
    async with FakeWorkato(recipes=25, jobs=0) as fake, WorkatoSession("wrk-s3cr3t", base_url=fake.url) as workato:
        fake.fail(None, response, times=10)
        try:
            await VERBS[verb].call(workato, [])
        except WorkatoError as error:
            texts += [str(error), repr(error), repr(vars(error))]
    assert "s3cr3t" not in "".join(texts)
