"""Which way a call goes: without aiohttp's client, unless somebody watches or mocks aiohttp, or the call needs it."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
from typing import TYPE_CHECKING, Any, cast
from unittest import mock

import aiohttp
import pytest
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ClientRequest, ClientResponse
from aiohttp.http_writer import StreamWriter
from aioresponses import aioresponses

from tests.support.raw_socket_server import RESPONSE, RawServer
from tests.support.scripted_server import session_of
from workato_async import RetryPolicy, WorkatoError, WorkatoSession
from workato_async.http import lean
from workato_async.http.uploads import WHOLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.support.scripted_server import ScriptedServer
    from tests.support.virtual_time import VirtualTimeLoop
    from workato_async.http.messages import Request

ONE_ATTEMPT = RetryPolicy(attempts=1)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the targets of the requests that go without aiohttp's client."""
    targets: list[str] = []
    begin = lean.Lean.begin

    async def spied(self: lean.Lean, request: Request, root: Any) -> lean.LeanResponse:
        targets.append(request.target)
        return await begin(self, request, root)

    monkeypatch.setattr(lean.Lean, "begin", spied)
    monkeypatch.delenv(lean.PLAIN, raising=False)
    return targets


# --- calls that need no client, and those that do


@pytest.mark.parametrize("verb", ["get", "start", "delete"])
async def test_a_usual_call_needs_no_client(
    server: ScriptedServer, workato: WorkatoSession, taken: list[str], verb: str
) -> None:
    await getattr(workato.recipes, verb)(1)
    assert taken == [seen.target for seen in server.seen]
    assert len(taken) == 1


async def test_a_borrowed_session_and_a_proxy_need_it(server: ScriptedServer, taken: list[str]) -> None:
    async with aiohttp.ClientSession() as http, session_of(server.url, http=http) as workato:
        await workato.recipes.get(1)
    async with session_of("http://127.0.0.1:9", proxy=server.url) as workato:
        await workato.recipes.get(1)
    assert len(server.seen) == 2
    assert taken == []


async def test_files_and_large_bodies_need_it(
    server: ScriptedServer, workato: WorkatoSession, taken: list[str], tmp_path: Path
) -> None:
    archive = tmp_path / "a.zip"
    archive.write_bytes(b"PK")
    with contextlib.suppress(WorkatoError):
        await workato.packages.import_(1, archive)
    await workato.recipes.create(name="a", code={"a": "x" * WHOLE}, folder_id=1)
    assert len(server.seen) == 2
    assert taken == []


@pytest.mark.parametrize("target", ["/api/a b", "/api/ü", "/api/a#b", "/api/a\x7f"])
async def test_targets_that_aiohttp_would_encode_or_reject_are_left_to_it(
    server: ScriptedServer, workato: WorkatoSession, taken: list[str], target: str
) -> None:
    with contextlib.suppress(WorkatoError):
        await workato.request("GET", target)
    assert taken == []


@pytest.mark.parametrize(("value", "expected"), [("1", 0), ("yes", 0), ("0", 1), ("", 1)])
async def test_the_environment_switches_it_off(
    server: ScriptedServer, taken: list[str], monkeypatch: pytest.MonkeyPatch, value: str, expected: int
) -> None:
    monkeypatch.setenv(lean.PLAIN, value)
    async with session_of(server.url) as workato:
        await workato.recipes.get(1)
    assert (len(server.seen), len(taken)) == (1, expected)


async def test_both_ways_send_the_same(monkeypatch: pytest.MonkeyPatch, taken: list[str]) -> None:
    sent = []
    for plain in ("", "1"):
        monkeypatch.setenv(lean.PLAIN, plain)
        async with RawServer(lambda _, __: RESPONSE) as raw, session_of(raw.url) as workato:
            await workato.recipes.get(1, includes=["tags", "ü&"])
            await workato.recipes.start(1)
            await workato.recipes.delete(1)
            await workato.request("PATCH", "/api/recipes/1", body={"name": "Größe"})
            await workato.request("POST", "/api/recipes/1/a", body=[])
            sent.append([_parts(request, str(raw.port)) for request in raw.requests])
    assert sent[0] == sent[1]
    assert len(sent[0]) == len(taken) == 5


def _parts(request: bytes, port: str) -> tuple[str, list[str], bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    first, *headers = head.decode().lower().replace(port, "PORT").split("\r\n")
    untrue = "content-type: application/octet-stream"  # what aiohttp says of no body at all
    return first, sorted(line for line in headers if not line.startswith(("x-correlation-id", untrue))), body


# --- whoever mocks or watches


async def _rejected(*_: object, **__: object) -> Any:
    raise aiohttp.ClientConnectionError("nothing may be sent")


def _in_place_of(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that looks like a method of aiohttp."""
    return functools.wraps(method)(lambda *_, **__: _rejected())


MOCKS: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "aioresponses": aioresponses,
    "_request": lambda: mock.patch("aiohttp.ClientSession._request", _rejected),
    "_request, wrapped": lambda: mock.patch.object(
        aiohttp.ClientSession, "_request", _in_place_of(aiohttp.ClientSession._request)
    ),
    "_request, autospec": lambda: mock.patch(
        "aiohttp.client.ClientSession._request", autospec=True, side_effect=_rejected
    ),
    "request": lambda: mock.patch("aiohttp.ClientSession.request", side_effect=_rejected),
    "connect": lambda: mock.patch("aiohttp.TCPConnector.connect", _rejected),
    "connect of the base": lambda: mock.patch("aiohttp.BaseConnector.connect", _rejected),
    "send": lambda: mock.patch.object(ClientRequest, "send", _rejected),
    "write_headers": lambda: mock.patch.object(StreamWriter, "write_headers", _rejected),
}
OF_NEW_CONNECTIONS: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "_create_connection": lambda: mock.patch("aiohttp.TCPConnector._create_connection", _rejected),
    "_resolve_host": lambda: mock.patch("aiohttp.TCPConnector._resolve_host", _rejected),
    "resolve": lambda: mock.patch.object(aiohttp.DefaultResolver, "resolve", _rejected),
}
"""These would also have no effect on a connection that is open already."""


@pytest.mark.parametrize("kind", MOCKS)
async def test_no_request_goes_out_behind_a_mock(server: ScriptedServer, taken: list[str], kind: str) -> None:
    """Whether it begins before the session or in the middle of it; and when it has gone, so has the detour."""
    async with session_of(server.url, retry=ONE_ATTEMPT) as workato:
        with MOCKS[kind](), pytest.raises(WorkatoError):
            await workato.recipes.get(1)
        assert server.seen == []
        await workato.recipes.get(2)
        with MOCKS[kind](), pytest.raises(WorkatoError):
            await workato.recipes.start(3)
        await workato.recipes.get(4)
    assert taken == [seen.target for seen in server.seen] == ["/api/recipes/2", "/api/recipes/4"]


@pytest.mark.parametrize("kind", OF_NEW_CONNECTIONS)
async def test_no_connection_is_made_behind_a_mock(server: ScriptedServer, kind: str) -> None:
    url = server.url.replace("127.0.0.1", "localhost")
    async with session_of(url, retry=ONE_ATTEMPT) as workato:
        with OF_NEW_CONNECTIONS[kind](), pytest.raises(WorkatoError):
            await workato.recipes.get(1)
    assert server.seen == []


async def test_a_mock_of_the_response_is_asked(server: ScriptedServer, workato: WorkatoSession) -> None:
    await workato.recipes.get(1)
    with mock.patch.object(ClientResponse, "read", mock.AsyncMock(return_value=b'{"id": 9}')):
        assert (await workato.recipes.get(1)).id == 9
    assert (await workato.recipes.get(1)).id == 1


async def test_a_wrapper_that_looks_like_what_it_wraps(server: ScriptedServer, taken: list[str]) -> None:
    """As those of wrapt, which many tools that watch are made with: it is equal to what it wraps, its hash is too."""
    wrapt = pytest.importorskip("wrapt")
    watched = []

    def watch(wrapped: Callable[..., Any], _: object, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        watched.append(args[0])
        return wrapped(*args, **kwargs)

    own = aiohttp.ClientSession._request
    async with session_of(server.url) as workato:
        await workato.recipes.get(1)
        with mock.patch.object(aiohttp.ClientSession, "_request", wrapt.FunctionWrapper(own, watch)):
            await workato.recipes.get(2)
        await workato.recipes.get(3)
    assert watched == ["GET"]
    assert taken == ["/api/recipes/1", "/api/recipes/3"]


async def test_a_mock_that_was_there_at_import(
    server: ScriptedServer, taken: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is aiohttp's own is not what was found first."""
    monkeypatch.setattr(lean, "_own", [])
    async with session_of(server.url, retry=ONE_ATTEMPT) as workato:
        with MOCKS["_request"](), pytest.raises(WorkatoError):
            await workato.recipes.get(1)
        assert server.seen == []
        assert lean._own == []
        await workato.recipes.get(1)
        assert len(lean._own) > 5
        assert len(taken) == 1


async def test_sessions_that_are_made_with_traces_show_them(
    server: ScriptedServer, taken: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As OpenTelemetry's and Sentry's instrumentations do it: they wrap what makes a session."""
    traced = []

    async def end(_: object, __: object, parameters: aiohttp.TraceRequestEndParams) -> None:
        traced.append(parameters.url.path)

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(end)
    own = aiohttp.ClientSession.__init__

    def instrumented(self: aiohttp.ClientSession, *args: Any, **kwargs: Any) -> None:
        own(self, *args, **{**kwargs, "trace_configs": [trace]})

    monkeypatch.setattr(aiohttp.ClientSession, "__init__", instrumented)
    async with session_of(server.url) as workato:
        await workato.recipes.get(1)
        monkeypatch.undo()
        await workato.recipes.get(2)
    assert traced == ["/api/recipes/1", "/api/recipes/2"]
    assert taken == []


async def test_a_trace_that_is_added_later_is_heeded(server: ScriptedServer, workato: WorkatoSession) -> None:
    await workato.recipes.get(1)
    http = workato._transport._http
    assert http is not None
    traced = mock.AsyncMock()
    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(traced)
    trace.freeze()
    http.trace_configs.append(trace)
    await workato.recipes.get(1)
    assert traced.await_count == 1


@pytest.mark.parametrize("name", ["_request", "request", "_connector"])
async def test_a_mock_of_one_session_only(server: ScriptedServer, taken: list[str], name: str) -> None:
    async with session_of(server.url, retry=ONE_ATTEMPT) as workato:
        await workato.recipes.get(1)
        http = workato._transport._http
        instead = mock.Mock(side_effect=_rejected, connect=_rejected, _timeout_ceil_threshold=5)
        instead.allowed_protocol_schema_set = {"http"}
        with mock.patch.object(http, name, instead), pytest.raises(WorkatoError):
            await workato.recipes.get(2)
        with mock.patch.object(http.connector, "connect", _rejected), pytest.raises(WorkatoError):  # type: ignore[union-attr]
            await workato.recipes.get(3)
    assert taken == [seen.target for seen in server.seen] == ["/api/recipes/1"]


async def test_a_session_class_of_somebody_elses_is_used(
    server: ScriptedServer, taken: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    own = aiohttp.ClientSession._request

    async def _request(self: aiohttp.ClientSession, *args: Any, **kwargs: Any) -> Any:
        asked.append(args[0])
        return await own(self, *args, **kwargs)

    with pytest.warns(DeprecationWarning, match="Inheritance"):
        watched = type("Watched", (aiohttp.ClientSession,), {"_request": _request})
    monkeypatch.setattr(aiohttp, "ClientSession", watched)
    async with session_of(server.url) as workato:
        await workato.recipes.get(1)
    assert asked == ["GET"]
    assert taken == []


async def test_vcrpy_records_and_plays(server: ScriptedServer, taken: list[str], tmp_path: Path) -> None:
    vcr = pytest.importorskip("vcr", reason="vcrpy is not installed")
    async with session_of(server.url) as workato:
        for _ in range(2):
            with vcr.use_cassette(str(tmp_path / "cassette.yaml")):
                assert (await workato.recipes.get(1)).id == 1
        assert len(server.seen) == 1
        assert taken == []
        await workato.recipes.get(1)
    assert (len(server.seen), len(taken)) == (2, 1)


async def test_opentelemetry_sees_the_calls(server: ScriptedServer, taken: list[str]) -> None:
    client = pytest.importorskip(
        "opentelemetry.instrumentation.aiohttp_client", reason="the instrumentation of aiohttp is not installed"
    )
    trace = pytest.importorskip("opentelemetry.sdk.trace")
    memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")
    simple = pytest.importorskip("opentelemetry.sdk.trace.export")
    exporter = memory.InMemorySpanExporter()
    provider = trace.TracerProvider()
    provider.add_span_processor(simple.SimpleSpanProcessor(exporter))
    client.AioHttpClientInstrumentor().instrument(tracer_provider=provider)
    try:
        async with session_of(server.url) as workato:
            await workato.recipes.get(1)
    finally:
        client.AioHttpClientInstrumentor().uninstrument()
    assert len(exporter.get_finished_spans()) == 1
    assert taken == []
    async with session_of(server.url) as workato:
        await workato.recipes.get(1)
    assert len(taken) == 1


# --- a blocked loop


async def test_a_response_that_came_in_time_is_read_by_a_loop_that_was_blocked(taken: list[str]) -> None:
    """The loop finds the response and the deadline at the same time, both in the past."""
    loop = cast("VirtualTimeLoop", asyncio.get_running_loop())

    def respond_and_block(_: int, __: int) -> bytes:
        loop.now += 100.0
        return RESPONSE

    async with RawServer(respond_and_block) as raw, session_of(raw.url, retry=ONE_ATTEMPT) as workato:
        for _ in range(2):
            assert (await workato.recipes.get(1)).id == 1
    assert len(taken) == 2


# --- another aiohttp


@pytest.mark.parametrize(
    ("owner", "name", "named"),
    [
        (ResponseHandler, "set_exception", "set_exception"),
        (ClientRequest, "connection_key", "ClientRequest.connection_key"),
        (aiohttp.ClientSession, "_request", "ClientSession._request"),
    ],
)
def test_an_aiohttp_that_lacks_something_is_used_as_documented(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, owner: type, name: str, named: str
) -> None:
    for base in owner.__mro__:
        if name in vars(base):
            monkeypatch.delattr(base, name)
    assert not lean._is_available()
    [record] = caplog.records
    assert named in record.getMessage()
    assert record.levelno == logging.WARNING


@pytest.mark.parametrize("name", ["_payload", "_tail"])
async def test_an_aiohttp_whose_connections_have_other_attributes(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    """Calls work, and the log says once that something is gone."""
    own = ResponseHandler.__init__
    renamed = own.__code__.replace(co_names=tuple("_other" if each == name else each for each in own.__code__.co_names))
    monkeypatch.setattr(own, "__code__", renamed)
    assert not lean._is_available()
    assert [record.getMessage().count(f"ResponseHandler.{name}") for record in caplog.records] == [1]
    monkeypatch.setattr(lean, "AVAILABLE", False)
    async with session_of(server.url) as workato:
        for _ in range(2):
            await workato.recipes.get(1)


def test_an_aiohttp_whose_method_takes_something_else(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(aiohttp.BaseConnector, "connect", lambda self, request: None)
    assert not lean._is_available()
    assert "parameter req of" in caplog.text
    monkeypatch.setattr(aiohttp.BaseConnector, "connect", 1)
    assert not lean._is_available()


@pytest.mark.parametrize("place", [("http_writer", "Gone"), ("gone", "StreamWriter")])
def test_an_aiohttp_that_has_moved_a_class(
    place: tuple[str, str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(lean._WATCHED, lean._class(*place), ("write_headers",))
    assert not lean._is_available()
    assert f"{place[1]}.write_headers" in caplog.text


async def test_nothing_is_lost_without_this_way(
    server: ScriptedServer, taken: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lean, "AVAILABLE", False)
    async with session_of(server.url) as workato:
        await workato.recipes.get(1)
    assert len(server.seen) == 1
    assert taken == []


def test_this_aiohttp_has_all_that_is_needed() -> None:
    assert lean.AVAILABLE
