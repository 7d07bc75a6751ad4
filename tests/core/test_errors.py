"""The tree of errors: one base, plain values, picklable."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import Any

import pytest

import workato_async
from workato_async import (
    ConfigurationError,
    ConnectionFailedError,
    OperationRefusedError,
    ResponseError,
    ResponseTimeoutError,
    ServerError,
    WaitTimeoutError,
    WorkatoError,
    errors,
)
from workato_async.errors import error_class


def everything() -> list[type[WorkatoError]]:
    found: list[type[WorkatoError]] = []
    waiting: list[type[WorkatoError]] = [WorkatoError]
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting += kind.__subclasses__()
    return [kind for kind in found if kind.__module__ == "workato_async.errors"]


VALUES: dict[str, Any] = {
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
        assert str(again) == str(error) == "the text"
        assert vars(again) == vars(error)
    assert error.endpoint == VALUES["endpoint"]


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
