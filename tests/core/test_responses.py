"""What is read of a response: bodies up to a cap, correlation ids, content types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aioresponses import CallbackResult
from multidict import CIMultiDict

from tests.support.scripted_server import session_of
from workato_async import InvalidResponseError, NotFoundError, WorkatoSession

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from workato_async.testing import mocked


HOST = "https://www.workato.com"
URL = f"{HOST}/api/recipes/1"
GET_RECIPE = "GET /api/recipes/{id}"


@pytest.fixture
async def workato(responses: mocked) -> AsyncIterator[WorkatoSession]:
    async with session_of(HOST) as session:
        yield session


def our_id(responses: mocked) -> str:
    """Return the correlation id of the only request."""
    [[call]] = responses.requests.values()
    ours: str = call.kwargs["headers"]["x-correlation-id"]
    return ours


# --- the cap on bodies


@pytest.mark.parametrize("headers", [{"Content-Length": "1000"}, {}], ids=["length", "no length"])
async def test_a_body_up_to_the_cap_is_read(responses: mocked, headers: dict[str, str]) -> None:
    body = b'{"id": 1, "name": "' + b"x" * 979 + b'"}'
    assert len(body) == 1000
    responses.get(URL, body=body, headers=headers, repeat=True)
    async with session_of(HOST, max_body=1000) as workato:
        assert (await workato.recipes.get(1)).id == 1
    async with session_of(HOST, max_body=999) as workato:
        with pytest.raises(InvalidResponseError) as caught:
            await workato.recipes.get(1)
    assert "999" in str(caught.value)
    assert caught.value.status == 200
    assert caught.value.endpoint == GET_RECIPE
    [calls] = responses.requests.values()
    assert len(calls) == 2, "a response that is too large is not requested again"


# --- correlation ids and content types


async def test_every_correlation_id_of_the_response_is_kept_ours_first(
    responses: mocked, workato: WorkatoSession
) -> None:
    headers = CIMultiDict(
        [("x-correlation-id", "wk-1, wk-2"), ("X-Correlation-ID", "wk-3"), ("x-correlation-id", " ,wk-1,")]
    )
    responses.get(URL, status=404, payload={}, headers=headers)
    with pytest.raises(NotFoundError) as caught:
        await workato.recipes.get(1)
    assert caught.value.correlation_ids == (our_id(responses), "wk-1", "wk-2", "wk-3")
    assert "wk-3" in str(caught.value)


async def test_our_id_sent_back_is_not_doubled(responses: mocked, workato: WorkatoSession) -> None:
    def echo(url: object, *, headers: dict[str, str], **_: Any) -> CallbackResult:
        ours = headers["x-correlation-id"]
        return CallbackResult(status=404, payload={}, headers={"x-correlation-id": f"{ours}, wk-1"})

    responses.get(URL, callback=echo)
    with pytest.raises(NotFoundError) as caught:
        await workato.recipes.get(1)
    assert caught.value.correlation_ids == (our_id(responses), "wk-1")


async def test_the_errors_of_a_body_that_is_too_large_carry_every_id(responses: mocked) -> None:
    responses.get(URL, body=b" " * 200, headers={"x-correlation-id": "wk-1"})
    async with session_of(HOST, max_body=100) as workato:
        with pytest.raises(InvalidResponseError) as caught:
            await workato.recipes.get(1)
    assert caught.value.correlation_ids == (our_id(responses), "wk-1")
    assert caught.value.attempts == 1


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/vnd.api+json; charset=utf-8", "text/plain", "text/html", "", "?"]
)
async def test_json_is_read_whatever_the_content_type_says(
    responses: mocked, workato: WorkatoSession, content_type: str
) -> None:
    responses.get(URL, payload={"id": 4}, content_type=content_type)
    assert (await workato.recipes.get(1)).id == 4


async def test_an_html_page_with_200_is_an_invalid_response(responses: mocked, workato: WorkatoSession) -> None:
    responses.get(URL, body="<!DOCTYPE html><html>Sign in</html>", content_type="text/html")
    with pytest.raises(InvalidResponseError) as caught:
        await workato.recipes.get(1)
    assert "HTML" in str(caught.value)
    assert "Sign in" not in str(caught.value)
    assert (caught.value.status, caught.value.endpoint, caught.value.attempts) == (200, GET_RECIPE, 1)


@pytest.mark.parametrize("content_type", ["text/html", "Text/HTML; charset=UTF-8", "application/xhtml+xml, text/html"])
async def test_an_html_error_page_is_named_whatever_the_case_of_its_content_type(
    responses: mocked, workato: WorkatoSession, content_type: str
) -> None:
    responses.get(URL, status=404, body="<p>No such page</p>", content_type=content_type)
    with pytest.raises(NotFoundError) as caught:
        await workato.recipes.get(1)
    assert "HTML" in caught.value.message
