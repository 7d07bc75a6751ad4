"""is_retryable(): for every error of the tree, whether its call may be made again without harm."""

from __future__ import annotations

import asyncio
import pickle
from typing import TYPE_CHECKING

import aiohttp
import pytest

import workato_async
from tests.support.scripted_server import HANG, Drop, reply, session_of
from workato_async import RetryPolicy, WorkatoError, errors, is_retryable
from workato_async.errors import error_class
from workato_async.mirror import errors as mirror_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.scripted_server import ScriptedServer, Step

Case = tuple[WorkatoError, bool]


OF_MIRRORS = (mirror_errors.MirrorError, mirror_errors.RowsRejectedError, mirror_errors.AnotherWorkspaceError)


def cases() -> dict[type[WorkatoError], list[Case]]:
    """Return what each class means, with each of its own fields that matters."""
    e = errors
    return {
        e.WorkatoError: [(e.WorkatoError("x", idempotent=True), False)],
        e.ConfigurationError: [(e.ConfigurationError("x", idempotent=True), False)],
        e.QuotaWaitError: [(e.QuotaWaitError("x"), True), (e.QuotaWaitError("x", paused=True), True)],
        e.QuotaStoreError: [(e.QuotaStoreError("x"), True)],
        e.WaitTimeoutError: [(e.WaitTimeoutError("x", idempotent=True), False)],
        e.OperationFailedError: [(e.OperationFailedError("x", idempotent=True), False)],
        e.ConnectionFailedError: [
            (e.ConnectionFailedError("x"), True),
            (e.ConnectionFailedError("x", permanent=True, idempotent=True), False),
        ],
        e.ResponseTimeoutError: [
            (e.ResponseTimeoutError("x"), True),
            (e.ResponseTimeoutError("x", permanent=True), False),
        ],
        e.OutcomeUnknownError: [(e.OutcomeUnknownError("x", idempotent=True), False)],
        e.InvalidResponseError: [
            (e.InvalidResponseError("x", idempotent=True), False),
            (e.InvalidResponseError("x", temporary=True), True),
        ],
        e.PaginationError: [(e.PaginationError("x"), True)],
        e.IncompleteListError: [(e.IncompleteListError("x"), True)],
        e.ResponseError: [
            (e.ResponseError("x", status=408, idempotent=True), True),
            (e.ResponseError("x", status=408), False),
            (e.ResponseError("x", status=425), True),
            *((e.ResponseError("x", status=s, idempotent=True), False) for s in (301, 302, 402, 405, 410, 413, 423)),
        ],
        e.BadRequestError: [(e.BadRequestError("x", status=400, idempotent=True), False)],
        e.AuthenticationError: [(e.AuthenticationError("x", status=401, idempotent=True), False)],
        e.PermissionDeniedError: [(e.PermissionDeniedError("x", status=403, idempotent=True), False)],
        e.NotFoundError: [(e.NotFoundError("x", status=404, idempotent=True), False)],
        e.ConflictError: [(e.ConflictError("x", status=409, idempotent=True), False)],
        e.UnprocessableError: [(e.UnprocessableError("x", status=422, idempotent=True), False)],
        e.RateLimitedError: [(e.RateLimitedError("x", status=429), True)],
        e.ServerError: [
            *((e.ServerError("x", status=s, idempotent=True), True) for s in (500, 502, 503, 504, 507, 520, 524)),
            *((e.ServerError("x", status=s), False) for s in (500, 502, 503, 504, 520)),
        ],
        e.OperationRefusedError: [(e.OperationRefusedError("x", idempotent=True), False)],
        **{kind: [(kind("x", idempotent=True), False)] for kind in OF_MIRRORS},
    }


def tree(kind: type[WorkatoError] = WorkatoError) -> Iterator[type[WorkatoError]]:
    yield kind
    for one in kind.__subclasses__():
        if one.__module__.startswith("workato_async."):
            yield from tree(one)


def test_every_class_has_a_decision() -> None:
    assert set(tree()) == set(cases())


@pytest.mark.parametrize(
    ("error", "expected"),
    [case for several in cases().values() for case in several],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_the_decisions(error: WorkatoError, expected: bool) -> None:
    assert is_retryable(error) is expected
    assert is_retryable(pickle.loads(pickle.dumps(error))) is expected


@pytest.mark.parametrize(
    "error",
    [
        TimeoutError(),
        asyncio.CancelledError(),
        ConnectionResetError(),
        aiohttp.ServerDisconnectedError(),
        ValueError(),
        KeyboardInterrupt(),
        BaseExceptionGroup("x", [errors.RateLimitedError("x")]),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_of_others_are_not_ours_to_judge(error: BaseException) -> None:
    assert is_retryable(error) is False


def test_a_class_that_a_user_derives_is_what_it_derives_from() -> None:
    class MyError(errors.RateLimitedError):
        pass

    assert is_retryable(MyError("x"))


def test_it_is_public_and_its_docstring_names_every_class() -> None:
    assert workato_async.is_retryable is errors.is_retryable is is_retryable
    assert "is_retryable" in workato_async.__all__
    text = is_retryable.__doc__ or ""
    for name in (kind.__name__ for kind in cases()):
        of_status = [kind.__name__ for kind in map(error_class, range(400, 429))]
        general = ("WorkatoError", *(kind.__name__ for kind in OF_MIRRORS), *of_status)
        assert name in text or name in general, name


ONCE = RetryPolicy(attempts=1)


@pytest.mark.parametrize(
    ("step", "read", "safe_write", "write"),
    [
        (reply(503), True, True, False),
        (reply(520), True, True, False),
        (reply(408), True, True, False),
        (reply(425), True, True, True),
        (reply(429, None, Retry_After="7200"), True, True, True),
        (reply(404), False, False, False),
        (reply(401), False, False, False),
        (reply(302, None, Location="/"), False, False, False),
        (Drop(), True, False, False),
        (HANG, True, False, False),
        (reply(200, {"success": False}), False, False, False),
    ],
    ids=["503", "520", "408", "425", "429", "404", "401", "302", "lost", "timeout", "rejected"],
)
async def test_the_errors_of_calls_know_what_they_need(
    server: ScriptedServer, step: Step, read: bool, safe_write: bool, write: bool
) -> None:
    server.otherwise = lambda seen: step
    async with session_of(server.url, retry=ONCE) as workato:
        calls = (
            workato.recipes.get(1),
            workato.recipes.start(1),
            workato.recipes.create(folder_id=1, code={}),
            workato.request("POST", "/api/unknown"),
            workato.request("POST", "/api/unknown", idempotent=True),
        )
        found = []
        for call in calls:
            with pytest.raises(WorkatoError) as caught:
                await call
            found.append(is_retryable(caught.value))
            assert is_retryable(pickle.loads(pickle.dumps(caught.value))) is found[-1]
            assert found[-1] or "Safe to retry" not in str(caught.value)
            assert not found[-1] or "check before you retry" not in str(caught.value)
    assert found == [read, safe_write, write, write, safe_write]


@pytest.mark.parametrize("status", [408, 425, 500, 503, 520])
async def test_the_text_says_whether_it_is_safe(server: ScriptedServer, status: int) -> None:
    server.otherwise = lambda seen: reply(status)
    async with session_of(server.url, retry=ONCE) as workato:
        with pytest.raises(errors.ResponseError, match="Safe to retry later"):
            await workato.recipes.get(1)
        text = "Safe to retry later" if status == 425 else "may have been carried out"
        with pytest.raises(errors.ResponseError, match=text):
            await workato.recipes.create(folder_id=1, code={})


async def test_what_was_never_sent_may_be_sent(server: ScriptedServer) -> None:
    async with session_of("http://127.0.0.1:1", retry=ONCE) as workato:
        for call in (workato.recipes.get(1), workato.recipes.create(folder_id=1, code={})):
            with pytest.raises(errors.ConnectionFailedError) as caught:
                await call
            assert is_retryable(caught.value)
            assert not caught.value.permanent
