"""An endpoint without a handler is still served, with the shape of its result."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.bare_http_client import Http
from workato_async import WorkatoSession
from workato_async.converter import decode, decode_page
from workato_async.endpoint import JsonObject
from workato_async.resources import ENDPOINTS
from workato_async.testing import FakeWorkato
from workato_async.testing import server as server_module


@pytest.fixture
async def fake(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(server_module, "HANDLERS", {})
    async with FakeWorkato(recipes=1, jobs=0, window=None) as running:
        yield running


async def test_a_client_gets_a_typed_result(fake: FakeWorkato) -> None:
    async with WorkatoSession("a-token", base_url=fake.url) as workato:
        assert (await workato.recipes.get(7)).id == 1
        assert [folder.id for folder in await workato.folders.list().collect()] == [1]
        await workato.recipes.delete(7)
    assert [request.executed for request in fake.requests] == [True] * 4


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
async def test_every_endpoint_returns_what_its_model_reads(fake: FakeWorkato, method: str) -> None:
    async with Http(fake) as http:
        for endpoint in ENDPOINTS:
            if endpoint.method != method or endpoint.read_page:
                continue
            reply = await http(method, endpoint.path.replace("{", "").replace("}", ""), None)
            assert reply.status in (200, 201), endpoint.id
            if endpoint.result is None:
                assert json.loads(reply.body) == {}
            elif endpoint.listing:
                items = decode_page(endpoint, reply.body, endpoint.listing).items
                assert len(items) == 1, endpoint.id
            else:
                result = decode(endpoint, reply.body)
                assert result == {} if endpoint.result is JsonObject else result is not None, endpoint.id
                assert not getattr(result, "extra", None)
