"""The escape hatch: session.request() is paced, retried and checked like a typed call."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from yarl import URL

from tests.support.scripted_server import Drop, session_of
from workato_async import (
    ConfigurationError,
    Limiter,
    NotFoundError,
    OperationRefusedError,
    OutcomeUnknownError,
    Quota,
    QuotaWaitError,
    WorkatoSession,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.scripted_server import ScriptedServer
    from workato_async.testing import mocked


HOST = "https://www.workato.com"
NEW = f"{HOST}/api/some/new/endpoint"
GET_RECIPE = "GET /api/recipes/{id}"


@pytest.fixture
async def workato(responses: mocked) -> AsyncIterator[WorkatoSession]:
    async with session_of(HOST) as session:
        yield session


async def test_a_raw_request_shares_the_bucket_of_the_typed_call(responses: mocked) -> None:
    responses.get(f"{HOST}/api/recipes/12389", payload={"id": 1, "success": True})
    async with session_of(HOST, limiter=Limiter(default=Quota(1, per=60))) as workato:
        assert await workato.request("GET", "/api/recipes/12389") == {"id": 1, "success": True}
        with pytest.raises(QuotaWaitError):
            await workato.options(max_wait=1).recipes.get(5)
        with pytest.raises(QuotaWaitError):
            await workato.options(max_wait=1).request("GET", "/api/recipes/6", idempotent=False)
        assert list(workato.limiter.snapshot()) == [GET_RECIPE]


async def test_ids_of_unknown_endpoints_share_a_bucket(responses: mocked, workato: WorkatoSession) -> None:
    paths = [f"/api/genies/{id_}" for id_ in ("1", "2", "gin-Ab1", "door")]
    for path in paths:
        responses.get(HOST + path, payload={})
        await workato.request("GET", path)
    assert list(workato.limiter.snapshot()) == ["GET /api/genies/*"]
    assert list(responses.requests) == [("GET", URL(HOST + path)) for path in paths]


@pytest.mark.parametrize(
    ("body", "value"),
    [(b"", None), (b"null", None), (b"[1, 2]", [1, 2]), (b'"x"', "x"), (b'{"a": {"b": 1.5}}', {"a": {"b": 1.5}}),
     (b"\xef\xbb\xbf{}", {})],
)  # fmt: skip
async def test_a_raw_request_gives_the_json_as_it_is(
    responses: mocked, workato: WorkatoSession, body: bytes, value: object
) -> None:
    responses.get(NEW, body=body)
    responses.post(NEW, body=body)
    assert await workato.request("GET", "/api/some/new/endpoint") == value
    assert await workato.request("POST", "/api/some/new/endpoint") == value


async def test_what_a_raw_request_sends(server: ScriptedServer) -> None:
    async with session_of(server.url) as workato:
        await workato.request("GET", "/api/some/new/endpoint", query={"a": 1, "b[]": ["x", "y"], "c": None})
        assert server.seen[0].target == "/api/some/new/endpoint?a=1&b%5B%5D=x&b%5B%5D=y"
        bodies: list[object] = [{"a": [1, None]}, [], {}, "text", 0, False]
        for body in bodies:
            await workato.request("POST", "/api/some/new/endpoint", body=body)
            assert server.seen[-1].json == body
        await workato.request("DELETE", "/api/some/new/endpoint", body={"ids": [1]})
    assert (server.seen[-1].method, server.seen[-1].json) == ("DELETE", {"ids": [1]})


async def test_a_raw_write_is_retried_only_if_it_is_idempotent(server: ScriptedServer) -> None:
    async with session_of(server.url) as workato:
        server.plays(Drop())
        with pytest.raises(OutcomeUnknownError):
            await workato.request("POST", "/api/some/new")
        server.plays(Drop())
        await workato.request("POST", "/api/some/new", idempotent=True)
        server.plays(Drop())
        with pytest.raises(OutcomeUnknownError):
            await workato.request("PUT", "/api/recipes/1/start", idempotent=False)
    assert len(server.seen) == 4


async def test_errors_of_a_raw_request_are_of_the_tree(responses: mocked, workato: WorkatoSession) -> None:
    responses.get(f"{HOST}/api/genies/1", status=404, payload={"message": "API not found"})
    with pytest.raises(NotFoundError) as caught:
        await workato.request("GET", "/api/genies/1")
    assert caught.value.endpoint == "GET /api/genies/{id}"


@pytest.mark.parametrize(
    ("method", "path", "more"),
    [
        ("get", "/api/x", {}),
        ("GET", "api/x", {}),
        ("GET", "/api/x?y=1", {}),
        ("GET", "/api/../x", {}),
        ("GET", "/api/x", {"query": {"a": object()}}),
        ("POST", "/api/x", {"body": object()}),
        ("POST", "/api/x", {"body": {"a": math.nan}}),
        ("POST", "/api/x", {"body": [[math.inf]]}),
        ("POST", "/api/x", {"body": {1: {2: object()}}}),
    ],
    ids=str,
)
async def test_an_invalid_raw_request_is_not_sent(
    responses: mocked, workato: WorkatoSession, method: str, path: str, more: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError):
        await workato.request(method, path, **more)
    responses.assert_not_called()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("path", ["/api/recipes", "/api/recipes/job_counts", "/api/something/new"])
async def test_a_read_with_success_false_raises(responses: mocked, workato: WorkatoSession, path: str) -> None:
    responses.get(HOST + path, payload={"success": False, "message": "not now"})
    with pytest.raises(OperationRefusedError, match="not now"):
        await workato.request("GET", path)
