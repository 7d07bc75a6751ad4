"""``mocked``: aioresponses under a session, with the newest aiohttp."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aioresponses import CallbackResult, aioresponses, core

from workato_async import (
    ConnectionFailedError,
    InvalidResponseError,
    NotFoundError,
    PermissionDeniedError,
    RetryPolicy,
    WorkatoSession,
)
from workato_async.testing import AiohttpResponse, mocked

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

URL = "https://www.workato.com/api/recipes/7"


@pytest.fixture
def responses() -> Iterator[mocked]:
    with mocked() as started:
        yield started


@pytest.fixture
async def workato(responses: mocked) -> AsyncIterator[WorkatoSession]:
    async with WorkatoSession("a-token", retry=RetryPolicy(attempts=2)) as session:
        yield session


async def test_a_success(responses: mocked, workato: WorkatoSession) -> None:
    responses.get(URL, payload={"id": 7, "name": "Leads", "brand_new": 1}, headers={"x-correlation-id": "theirs"})
    recipe = await workato.recipes.get(7)
    assert (recipe.id, recipe.name, recipe.extra) == (7, "Leads", {"brand_new": 1})
    [[call]] = responses.requests.values()
    assert call.kwargs["headers"]["Authorization"] == "Bearer a-token"


async def test_a_list(responses: mocked, workato: WorkatoSession) -> None:
    list_url = "https://www.workato.com/api/recipes?page=1&per_page=100"
    responses.get(list_url, payload={"items": [{"id": 7}, {"id": 8}]})
    assert [recipe.id for recipe in await workato.recipes.list().collect(limit=2)] == [7, 8]


@pytest.mark.parametrize(
    ("status", "error", "advice"),
    [(404, NotFoundError, "project scopes"), (403, PermissionDeniedError, '"Recipes: details"')],
)
async def test_an_error_with_its_advice(
    responses: mocked, workato: WorkatoSession, status: int, error: type[Exception], advice: str
) -> None:
    responses.get(URL, status=status, payload={"message": "No such luck"})
    with pytest.raises(error, match=advice) as caught:
        await workato.recipes.get(7)
    assert "No such luck" in str(caught.value)


async def test_a_body_that_is_not_json(responses: mocked, workato: WorkatoSession) -> None:
    responses.get(URL, body="<html>Sign in</html>", content_type="text/html", repeat=True)
    with pytest.raises(InvalidResponseError, match=r"GET /api/recipes/7 on www\.workato\.com"):
        await workato.recipes.get(7)


async def test_a_429_is_waited_out(responses: mocked, workato: WorkatoSession) -> None:
    responses.get(URL, status=429, headers={"Retry-After": "3"})
    responses.get(URL, payload={"id": 7})
    loop = asyncio.get_running_loop()
    started = loop.time()
    assert (await workato.recipes.get(7)).id == 7
    assert loop.time() - started >= 3  # virtual seconds
    [calls] = responses.requests.values()
    assert len(calls) == 2


async def test_a_write_sends_its_body(responses: mocked, workato: WorkatoSession) -> None:
    responses.put(f"{URL}/start", payload={"success": True})
    await workato.recipes.start(7)
    responses.post("https://www.workato.com/api/folders", payload={"id": 1, "name": "New"})
    assert (await workato.folders.create(name="New")).name == "New"


async def test_an_exception_and_an_unknown_url(responses: mocked, workato: WorkatoSession) -> None:
    responses.get(URL, exception=aiohttp.ClientConnectionError("gone"))
    responses.get(URL, payload={"id": 7})
    assert (await workato.recipes.get(7)).id == 7
    with pytest.raises(ConnectionFailedError):
        await workato.recipes.get(8)


async def test_the_result_of_a_callback(responses: mocked, workato: WorkatoSession) -> None:
    responses.get(URL, callback=lambda *_, **__: CallbackResult(payload={"id": 7}))
    assert (await workato.recipes.get(7)).id == 7


async def test_the_response_class_alone_is_enough() -> None:
    with aioresponses() as plain:
        plain.get(URL, payload={"id": 7}, response_class=AiohttpResponse)
        async with WorkatoSession("a-token") as workato:
            assert (await workato.recipes.get(7)).id == 7


async def test_nothing_stays_patched() -> None:
    before = aiohttp.ClientSession._request
    with mocked():
        assert aiohttp.ClientSession._request is not before
    assert aiohttp.ClientSession._request is before
    assert vars(core)["ClientResponse"] is aiohttp.ClientResponse
