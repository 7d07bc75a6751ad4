"""The middleware of the taskiq example queues a task again only where that does no harm."""

from __future__ import annotations

from importlib import import_module

import pytest

from workato_async import OutcomeUnknownError, QuotaStoreError, ServerError

pytest.importorskip("taskiq_redis")

from taskiq import InMemoryBroker

ATTEMPTS = 3


@pytest.mark.parametrize(
    ("error", "retried"),
    [
        (QuotaStoreError("no store"), True),
        (ServerError("500", status=500, idempotent=True), True),
        (ServerError("500", status=500), False),
        (OutcomeUnknownError("lost"), False),
        (ValueError("a fault of the task"), False),
    ],
)
async def test_a_task_is_retried_where_that_does_no_harm(error: Exception, retried: bool) -> None:
    example = import_module("examples.distributed_job")
    (retries,) = [one for one in example.broker.middlewares if isinstance(one, example.RetryWithoutHarm)]
    broker = InMemoryBroker(await_inplace=True).with_middlewares(retries)
    runs = 0

    @broker.task("fail")
    async def fail() -> None:
        nonlocal runs
        runs += 1
        raise error

    await broker.startup()
    result = await (await fail.kiq()).wait_result()
    await broker.shutdown()
    assert runs == (ATTEMPTS if retried else 1)
    assert type(result.error) is type(error)
