"""A write that was done does not raise because nobody has shown the shape of its response."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.methods import method_named
from workato_async import OperationRefusedError
from workato_async.api import Api
from workato_async.calls.caller import Caller
from workato_async.http.messages import Request, Response

WRITES: dict[str, dict[str, Any]] = {
    "start": {},
    "stop": {},
    "assign_skills": {"skill_ids": ["skl-1"]},
    "remove_skills": {"skill_ids": ["skl-1"]},
    "assign_knowledge_bases": {"knowledge_base_ids": ["kb-1"]},
    "remove_knowledge_bases": {"knowledge_base_ids": ["kb-1"]},
    "assign_user_groups": {"user_group_ids": ["am-1"]},
    "remove_user_groups": {"user_group_ids": ["am-1"]},
}
SHAPES: list[tuple[bytes, dict[str, Any]]] = [
    (b"", {}),
    (b"null", {}),
    (b"{}", {}),
    (b'{"success": true}', {"success": True}),
    (b'{"data": null}', {"data": None}),
    (b'{"data": [{"id": "skl-1"}]}', {"data": [{"id": "skl-1"}]}),
    (b'{"data": {"id": "gin-1"}}', {"data": {"id": "gin-1"}}),
    (b'{"items": []}', {"items": []}),
    (b'[{"id": "skl-1"}]', {"data": [{"id": "skl-1"}]}),
]


def api_with(body: bytes) -> Api:
    async def send(request: Request) -> Response:
        return Response(200, body)

    return Api(Caller(send, timeout=1.0))


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize(("body", "result"), SHAPES, ids=lambda value: repr(value)[:40])
async def test_any_shape_is_returned(name: str, body: bytes, result: dict[str, Any]) -> None:
    method = method_named(api_with(body), f"genies.{name}")
    assert await method("gin-1", **WRITES[name]) == result


async def test_a_rejection_is_still_an_error() -> None:
    with pytest.raises(OperationRefusedError):
        await api_with(b'{"success": false}').genies.start("gin-1")


@pytest.mark.parametrize(
    ("sent", "value"),
    [
        ("192.0.2.1,192.0.2.2", "192.0.2.1,192.0.2.2"),
        (["192.0.2.1", "192.0.2.2"], ("192.0.2.1", "192.0.2.2")),
        (None, None),
    ],
)
@pytest.mark.parametrize("odd", [{}, {"created_at": "2024-01-01T00:00:00"}], ids=["strict", "second look"])
async def test_the_allowed_addresses_in_either_form(sent: object, value: object, odd: dict[str, str]) -> None:
    body = {"result": {"id": 1, "ip_allow_list": sent, "token": {"value": "shown once"}, **odd}}
    api = api_with(json.dumps(body).encode())
    client = await api.developer_api_clients.create(name="x", api_privilege_group_id=1, all_folders=True)
    assert client.ip_allow_list == value
    assert client.token
    assert client.token.value == "shown once"
