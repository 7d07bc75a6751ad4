"""The tree of errors: one base, plain values, picklable."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ServerDisconnectedError

import workato_async
from tests.support.scripted_server import session_of
from workato_async import (
    ConfigurationError,
    ConnectionFailedError,
    InvalidResponseError,
    NotFoundError,
    OperationRefusedError,
    OutcomeUnknownError,
    ResponseError,
    ResponseTimeoutError,
    RetryPolicy,
    ServerError,
    WaitTimeoutError,
    WorkatoError,
    errors,
)
from workato_async.errors import error_class

if TYPE_CHECKING:
    from workato_async.testing import mocked


def everything() -> list[type[WorkatoError]]:
    found: list[type[WorkatoError]] = []
    waiting: list[type[WorkatoError]] = [WorkatoError]
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting += kind.__subclasses__()
    return [kind for kind in found if kind.__module__ == "workato_async.errors"]


VALUES: dict[str, Any] = {
    "request_path": "/api/recipes/42",
    "host": "app.eu.workato.com",
    "advice": "Do this.",
    "result": {"id": 1},
    "endpoint": "GET /api/recipes/{id}",
    "correlation_ids": ("ours", "theirs"),
    "attempts": 3,
    "wait": 1.5,
    "max_wait": 1.0,
    "path": "$.items[3].id",
    "status": 418,
    "message": "no",
    "errors": ("a", "b"),
    "retry_after": 2.5,
    "code_errors": ([1, [["a", None]]],),
    "config_errors": ([2, []],),
    "paused": True,
}


def full(kind: type[WorkatoError]) -> WorkatoError:
    names = [name for name in list(inspect.signature(kind).parameters)[1:] if name in VALUES]
    return kind("the text", **{name: VALUES[name] for name in names})


@pytest.mark.parametrize("kind", everything(), ids=lambda kind: kind.__name__)
def test_every_error_can_be_pickled_and_copied_with_all_it_knows(kind: type[WorkatoError]) -> None:
    error = full(kind)
    error.add_note("a note")
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(again) is kind
        assert str(again) == str(error)
        assert repr(again) == repr(error)
        assert vars(again) == vars(error)
    assert error.endpoint == VALUES["endpoint"]
    assert error.args == ("the text",)


@pytest.mark.parametrize("kind", everything(), ids=lambda kind: kind.__name__)
def test_every_error_is_public_documented_and_takes_a_text_alone(kind: type[WorkatoError]) -> None:
    assert getattr(workato_async, kind.__name__) is kind
    assert kind.__name__ in workato_async.__all__
    assert kind.__doc__
    assert kind.__name__ in (errors.__doc__ or "")
    assert str(kind("text")) == "text"
    assert (kind("text").endpoint, kind("text").correlation_ids, kind("text").attempts) == ("", (), 0)


def test_the_tree() -> None:
    assert issubclass(ConfigurationError, ValueError)
    assert issubclass(ResponseTimeoutError, ConnectionFailedError)
    assert issubclass(ResponseTimeoutError, TimeoutError)
    assert issubclass(WaitTimeoutError, TimeoutError)
    assert issubclass(OperationRefusedError, ResponseError)
    assert not issubclass(errors.OutcomeUnknownError, ConnectionFailedError), "it is not safe to call again"
    assert not issubclass(errors.OutcomeUnknownError, ResponseError)
    assert not issubclass(WorkatoError, OSError)


def test_every_status_has_a_class_that_says_no_more_than_it_knows() -> None:
    for status in range(300, 600):
        kind = error_class(status)
        assert issubclass(kind, ResponseError)
        assert (kind is ServerError) == (status >= 500)
        if kind is not ResponseError and kind is not ServerError:
            assert str(status) in (kind.__doc__ or "")


def test_sequences_are_kept_as_tuples() -> None:
    error = OperationRefusedError("x", errors=["a"], code_errors=[1], config_errors=[2], correlation_ids=["c"])
    assert (error.errors, error.code_errors, error.config_errors, error.correlation_ids) == (("a",), (1,), (2,), ("c",))


def test_one_place_composes_the_text_from_the_fields() -> None:
    error = NotFoundError(
        "HTTP 404: Not found",
        endpoint="GET /api/recipes/{id}",
        request_path="/api/recipes/42",
        host="app.eu.workato.com",
        advice="Look elsewhere.",
        correlation_ids=("ours", "theirs"),
        attempts=5,
    )
    assert str(error) == (
        "GET /api/recipes/42 on app.eu.workato.com: HTTP 404: Not found (5 attempts). Look elsewhere. "
        "Correlation ids: ours, theirs."
    )
    assert repr(error) == f"NotFoundError({str(error)!r})"
    error.attempts = 0
    assert "ours" not in str(error), "nothing was sent"
    error.concern("GET /api/tags/{id}", "/api/tags/7", "www.workato.com")
    assert str(error).startswith("GET /api/tags/7 on www.workato.com: HTTP 404")
    error.concern("GET /api/tags", "", "")
    assert str(error).startswith("GET /api/tags: HTTP 404")


def test_a_reason_that_names_the_endpoint_does_not_name_it_twice() -> None:
    error = WorkatoError("GET /api/tags: nothing", endpoint="GET /api/tags", request_path="/api/tags", host="h")
    assert str(error) == "GET /api/tags on h: nothing"


def test_every_error_names_the_request_by_its_path_and_an_unreadable_response_the_field() -> None:
    for kind in everything():
        error = kind("text", request_path="/api/recipes/42")
        assert error.path == error.request_path == "/api/recipes/42"
    odd = InvalidResponseError("text", path="$.items[3].id", request_path="/api/recipes")
    assert (odd.path, odd.field, odd.request_path) == ("$.items[3].id", "$.items[3].id", "/api/recipes")


async def test_every_error_of_a_call_names_its_object_and_its_host(responses: mocked) -> None:
    host = "www.workato.com"
    root = f"https://{host}/api/recipes"
    responses.get(f"{root}/42", status=404, payload={"message": "Not found"})
    responses.get(f"{root}/42", payload={"id": "no number", "name": []})
    responses.post(f"{root}/42/copy", exception=ServerDisconnectedError())
    responses.get(re.compile(rf"{root}\?.*folder_id=987654"), status=404, payload={"message": "Not found"})
    async with session_of(f"https://{host}", retry=RetryPolicy(attempts=1)) as workato:
        for kind in (NotFoundError, InvalidResponseError, OutcomeUnknownError):
            with pytest.raises(kind) as caught:
                if kind is OutcomeUnknownError:
                    await workato.recipes.copy(42, folder_id=2)
                else:
                    await workato.recipes.get(42)
            error: WorkatoError = caught.value
            copied = "/copy" if kind is OutcomeUnknownError else ""
            assert (error.request_path, error.host) == (f"/api/recipes/42{copied}", host)
            assert f" /api/recipes/42{copied} on {host}: " in str(error)
        with pytest.raises(NotFoundError) as caught_list:
            await workato.recipes.list(folder_id=987_654).collect()
        assert caught_list.value.path == "/api/recipes"
        assert "987654" not in str(caught_list.value), "the query may hold anything"
    with pytest.raises(ConfigurationError, match="closed") as closed:
        await workato.recipes.get(42)
    assert (closed.value.path, closed.value.host) == ("/api/recipes/42", host)
