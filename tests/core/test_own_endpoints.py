"""Endpoints that this package does not describe: session.call and session.pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest

from tests.support.scripted_server import reply, session_of
from workato_async import ConfigurationError, Endpoint, Limiter, Quota, QuotaWaitError
from workato_async.base_model import Model
from workato_async.endpoint import PAGE

if TYPE_CHECKING:
    from tests.support.scripted_server import ScriptedServer


@attrs.frozen(kw_only=True)
class Widget(Model):
    id: int
    name: str | None = None


GET_WIDGET = Endpoint("widgets.get", "GET", "/api/widgets/{id}", Widget, wrapper="data", quota=Quota(1, per=60))
LIST_WIDGETS = Endpoint("widgets.list", "GET", "/api/shelves/{id}/widgets", Widget, wrapper="items", listing=PAGE)
PUT_WIDGET: Endpoint[None] = Endpoint("widgets.update", "PUT", "/api/widgets/{id}")


async def test_an_endpoint_of_ones_own_is_called_like_any_other(server: ScriptedServer) -> None:
    server.otherwise = lambda seen: reply(200, {"data": {"id": 7, "name": "bolt", "color": "red"}})
    async with session_of(server.url, limiter=Limiter()) as workato:
        widget = await workato.call(GET_WIDGET, 7, query={"a": 1})
        assert (widget, widget.extra) == (Widget(id=7, name="bolt"), {"color": "red"})
        assert server.seen[0].target == "/api/widgets/7?a=1"
        with pytest.raises(QuotaWaitError):  # its own quota holds, in views too
            await workato.options(max_wait=1).call(GET_WIDGET, 8)


async def test_an_endpoint_of_ones_own_may_write(server: ScriptedServer) -> None:
    server.otherwise = lambda seen: reply(200, {"success": True})
    async with session_of(server.url) as workato:
        assert await workato.call(PUT_WIDGET, 7, body={"name": "nut"}) is None  # type: ignore[func-returns-value]
    assert (server.seen[0].method, server.seen[0].json) == ("PUT", {"name": "nut"})


async def test_a_list_of_ones_own_has_pages(server: ScriptedServer) -> None:
    server.plays(reply(200, {"items": [{"id": 2}, {"id": 1}]}), reply(200, {"items": []}))
    async with session_of(server.url) as workato:
        pages = workato.pages(LIST_WIDGETS, 5, query={"color": "red"}, per_page=2)
        assert await pages.collect() == [Widget(id=2), Widget(id=1)]
    assert server.seen[0].target == "/api/shelves/5/widgets?color=red&page=1&per_page=2"


async def test_what_is_not_such_an_endpoint_is_said(server: ScriptedServer) -> None:
    async with session_of(server.url) as workato:
        with pytest.raises(ConfigurationError, match=r"is a list: use pages\(\)"):
            await workato.call(LIST_WIDGETS, 5)
        with pytest.raises(ConfigurationError, match="is not a list"):
            workato.pages(GET_WIDGET, 5)
        not_an_endpoint: Any = "/api/widgets"
        with pytest.raises(ConfigurationError, match="Endpoint"):
            await workato.call(not_an_endpoint)
        with pytest.raises(ConfigurationError, match="Endpoint"):
            workato.pages(not_an_endpoint)
    assert server.seen == []
